/* A growing buffer of bytes.
 *
 * A zero-initialised `bytes` is empty; the owner frees it with bytes_free. After a failed append every later append
 * does nothing: call bytes_status once at the end. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <horn/status.h>

typedef struct bytes {
    unsigned char *data;
    size_t size, capacity;
    bool failed;
} bytes;

/* Leaves it empty. */
void bytes_free(bytes *b);
void bytes_append(bytes *b, const void *data, size_t size);
void bytes_print(bytes *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
HORN_CHECKED horn_status bytes_status(const bytes *b);

/* Returns the bytes as a string, with a closing 0 that `size` does not count; "" if empty. NULL after a failure.
 * Borrowed. */
const char *bytes_text(bytes *b);

/* Reads a whole regular file. Fails if it is missing, not a regular file, or larger than `limit` bytes (0: no
 * limit). */
HORN_CHECKED horn_status file_read(bytes *out, const char *path, size_t limit);

#endif
