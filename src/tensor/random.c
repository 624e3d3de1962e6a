#include "tensor/random.h"

#include <math.h>
#include "base/kernel.h"

enum {
    /* Blocks that are computed together. */
    LANES = 16,
    /* The values of LANES blocks. */
    GROUP = 4 * LANES,
    ROUNDS = 10
};

/* The four words, each in 64 bits, so that a vector of them can be multiplied as it is. */
typedef struct words {
    uint64_t c0, c1, c2, c3;
} words;

static inline words run_rounds(random_key key, words c)
{
    uint32_t k0 = key.word[0], k1 = key.word[1];
#if defined(__clang__)
#pragma unroll
#else
#pragma GCC unroll 10
#endif
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t a = (uint64_t)(uint32_t)c.c0 * 0xD2511F53u, b = (uint64_t)(uint32_t)c.c2 * 0xCD9E8D57u;
        c = (words){ (b >> 32) ^ c.c1 ^ k0, b & UINT32_MAX, (a >> 32) ^ c.c3 ^ k1, a & UINT32_MAX };
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return c;
}

void random_block(random_key key, const uint64_t counter[2], uint32_t out[4])
{
    words c = run_rounds(
        key, (words){ counter[0] & UINT32_MAX, counter[0] >> 32, counter[1] & UINT32_MAX, counter[1] >> 32 });
    out[0] = (uint32_t)c.c0;
    out[1] = (uint32_t)c.c1;
    out[2] = (uint32_t)c.c2;
    out[3] = (uint32_t)c.c3;
}

random_key random_key_make(uint64_t seed, uint32_t purpose, uint32_t which)
{
    random_key from_seed = { { (uint32_t)seed, (uint32_t)(seed >> 32) } };
    uint32_t out[4];
    random_block(from_seed, (uint64_t[2]){ which, purpose }, out);
    return (random_key){ { out[0], out[1] } };
}

/* Computes the group of 64 values that begins at block `block`, a multiple of 16, so that the low 32 bits never
 * carry. */
static inline void make_group(random_key key, uint64_t block, uint64_t high, uint32_t *restrict out)
{
    for (uint32_t i = 0; i < LANES; i++) {
        words c =
            run_rounds(key, (words){ (block & UINT32_MAX) + i, block >> 32, high & UINT32_MAX, high >> 32 });
        out[i] = (uint32_t)c.c0;
        out[LANES + i] = (uint32_t)c.c1;
        out[2 * LANES + i] = (uint32_t)c.c2;
        out[3 * LANES + i] = (uint32_t)c.c3;
    }
}

static inline float to_uniform(uint32_t word)
{
    return (float)(int32_t)(word >> 8) * 0x1p-24f;
}

KERNEL void random_uniforms(random_key key, uint64_t counter_high, uint64_t first, size_t n, float *out)
{
    while (n > 0) {
        uint32_t group[GROUP];
        size_t from = first % GROUP, count = n < GROUP - from ? n : GROUP - from;
        make_group(key, first / GROUP * LANES, counter_high, group);
        for (size_t i = 0; i < count; i++) out[i] = to_uniform(group[from + i]);
        out += count;
        first += count;
        n -= count;
    }
}

KERNEL void random_dropout(random_key key, uint64_t step, uint64_t sample, size_t n, float rate,
                           const float *x, float *y, uint8_t *mask)
{
    const float scale = 1.0f / (1.0f - rate);
    for (size_t first = 0; first < n; first += GROUP) {
        uint32_t group[GROUP];
        size_t count = n - first < GROUP ? n - first : GROUP;
        make_group(key, sample << 32 | first / GROUP * LANES, step, group);
        for (size_t i = 0; i < count; i++) {
            uint32_t keep = to_uniform(group[i]) >= rate;
            y[first + i] = keep ? x[first + i] * scale : 0;
            mask[first + i] = (uint8_t)keep;
        }
    }
}

/* Two normal numbers from two words, by Box and Muller. In double, so that libm's last bits do not affect the
 * float. */
static void make_normals(const uint32_t block[2], float out[2])
{
    const double turn = 6.283185307179586;
    double radius = sqrt(-2 * log((block[0] + 1.0) * 0x1p-32)), angle = turn * (block[1] * 0x1p-32);
    out[0] = (float)(radius * cos(angle));
    out[1] = (float)(radius * sin(angle));
}

void random_normals(random_key key, uint64_t counter_high, uint64_t first, size_t n, float *out)
{
    uint32_t block[4];
    float normals[4];
    for (size_t i = 0; i < n; i++) {
        uint64_t at = first + i;
        if (i == 0 || at % 4 == 0) {
            random_block(key, (uint64_t[2]){ at / 4, counter_high }, block);
            make_normals(block, normals);
            make_normals(block + 2, normals + 2);
        }
        out[i] = normals[at % 4];
    }
}

/* Each value has its own blocks: the first of its candidates within the limits is the value. */
static float make_truncated(random_key key, uint64_t counter_high, uint64_t at)
{
    for (uint64_t attempt = 0;; attempt++) {
        uint32_t block[4];
        float normals[2];
        random_block(key, (uint64_t[2]){ attempt << 40 | at, counter_high }, block);
        for (int i = 0; i < 4; i++) {
            if (i % 2 == 0) make_normals(block + i, normals);
            if (fabsf(normals[i % 2]) <= 2) return normals[i % 2];
        }
    }
}

void random_truncated_normals(random_key key, uint64_t counter_high, uint64_t first, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) out[i] = make_truncated(key, counter_high, first + i);
}

/* Fisher and Yates. A choice is the upper half of a word times the number of choices; its bias is less than n /
 * 2^32. */
void random_permutation(random_key key, uint64_t epoch, uint32_t *out, size_t n)
{
    uint32_t block[4];
    for (size_t i = 0; i < n; i++) out[i] = (uint32_t)i;
    for (size_t i = n, drawn = 0; i > 1; i--, drawn++) {
        if (drawn % 4 == 0) random_block(key, (uint64_t[2]){ drawn / 4, epoch }, block);
        size_t other = (size_t)((uint64_t)block[drawn % 4] * i >> 32);
        uint32_t kept = out[i - 1];
        out[i - 1] = out[other];
        out[other] = kept;
    }
}
