/* Counter-based random numbers: Philox4x32-10, a function of a key and a counter. Source: Salmon, Moraes, Dror, Shaw,
 * "Parallel Random Numbers: As Easy as 1, 2, 3" (2011). There is no state: a value depends only on its position in
 * its stream, whoever computes it, in any order and in pieces of any size, on any CPU.
 *
 * A stream is a key and a counter_high; its values are numbered from 0. Uniforms and dropout take 64 values from 16
 * blocks: value i is word i / 16 % 4 of block i / 64 * 16 + i % 16. */
#ifndef TENSOR_RANDOM_H
#define TENSOR_RANDOM_H

#include <stddef.h>
#include <stdint.h>

typedef struct random_key {
    uint32_t word[2];
} random_key;

/* The purpose of random numbers. It is part of what a seed means: never renumber. */
enum { RANDOM_INITIALIZER = 1, RANDOM_DROPOUT = 2, RANDOM_SHUFFLE = 3 };

/* Makes a key. `which` separates streams of the same purpose: the number of a layer or weight. */
random_key random_key_make(uint64_t seed, uint32_t purpose, uint32_t which);

/* Computes one block of Philox; counter[0] is the low half. */
void random_block(random_key key, const uint64_t counter[2], uint32_t out[4]);

/* Compute the values first to first + n - 1 of the stream: uniform in [0, 1), multiples of 2^-24; normal with mean 0
 * and standard deviation 1; truncated normal: drawn again beyond 2 standard deviations, as Keras does. At most 2^36
 * values. */
void random_uniforms(random_key key, uint64_t counter_high, uint64_t first, size_t n, float *out);
void random_normals(random_key key, uint64_t counter_high, uint64_t first, size_t n, float *out);
void random_truncated_normals(random_key key, uint64_t counter_high, uint64_t first, size_t n, float *out);

/* Applies dropout to elements 0 to n - 1 of sample number `sample` (below 2^32) in training step `step`: if the
 * uniform u >= rate, y = x / (1 - rate) and mask = 1, else both are 0. y may be x. */
void random_dropout(random_key key, uint64_t step, uint64_t sample, size_t n, float rate, const float *x,
                    float *y, uint8_t *mask);

/* Writes the numbers 0 to n - 1 (n < 2^32), shuffled for this epoch. */
void random_permutation(random_key key, uint64_t epoch, uint32_t *out, size_t n);

#endif
