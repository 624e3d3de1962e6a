/* Memory: zeroed allocation with overflow checks, and 64-byte aligned blocks for arrays of floats. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>
#include <stdbool.h>
#include <horn/status.h>

/* Allocates `count` zeroed elements of `size` bytes. *out is never NULL on success, also if count is 0. The caller
 * frees it with free(). */
HORN_CHECKED horn_status memory_new(void *out, size_t count, size_t size);

/* As memory_new, aligned to 64 bytes. */
HORN_CHECKED horn_status memory_new_aligned(void *out, size_t count, size_t size);

/* Copies a string, or its first `n` bytes, and adds the closing 0. The caller frees it. */
HORN_CHECKED horn_status memory_copy_string(char **out, const char *text);
HORN_CHECKED horn_status memory_copy_text(char **out, const char *text, size_t n);

/* Makes room for one more element in an array of `count` elements: doubles *capacity if needed, zeroes the new room.
 * `array` is a T **. */
HORN_CHECKED horn_status memory_grow(void *array, size_t count, size_t *capacity, size_t size);

/* Asks for huge pages for a block of several megabytes that is new or has grown: page faults of 4 KiB pages cost more
 * than filling the block does. Only a hint; the system may ignore it. */
void memory_expect_large(void *block, size_t size);

/* Fails if the system has no address space for `blocks` more blocks of `size` bytes. Call it before libraries that
 * crash or hang if an allocation fails. */
HORN_CHECKED horn_status memory_need_room(const char *what, size_t blocks, size_t size);

/* product *= factor; returns false if it would overflow. */
bool memory_multiply(size_t *product, size_t factor);

#endif
