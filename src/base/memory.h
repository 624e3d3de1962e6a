/* Memory: zeroed and counted allocation whose sizes cannot overflow, and 64-byte aligned blocks for arrays of
 * floats. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>
#include <stdbool.h>
#include <horn/status.h>

/* *out = count zeroed elements of `size` bytes (never NULL on success, also for 0). The caller frees with
 * free(). */
HORN_CHECKED horn_status memory_new(void *out, size_t count, size_t size);

/* The same, aligned to 64 bytes. */
HORN_CHECKED horn_status memory_new_aligned(void *out, size_t count, size_t size);

/* Copies a string, or `n` bytes of one, adding the 0. */
HORN_CHECKED horn_status memory_copy_string(char **out, const char *text);
HORN_CHECKED horn_status memory_copy_text(char **out, const char *text, size_t n);

/* Makes room for one more element in a growing array (doubles it); the new room is zeroed. `array` is a T **.
 */
HORN_CHECKED horn_status memory_grow(void *array, size_t count, size_t *capacity, size_t size);

/* Asks for huge pages under a block of some megabytes that is new or has grown: filling one by pages of 4 KiB costs more
 * than its bytes do. A hint, which a system may lack or ignore. */
void memory_expect_large(void *block, size_t size);

/* Fails if the system has no address space for so many blocks more. For libraries that crash or hang if they get no memory:
 * comes before their first call. */
HORN_CHECKED horn_status memory_need_room(const char *what, size_t blocks, size_t size);

/* product *= factor; false where it would overflow. */
bool memory_multiply(size_t *product, size_t factor);

#endif
