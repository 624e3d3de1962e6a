/* A growing run of bytes, and a reader that cannot leave it.
 *
 * bytes: owned; zero-initialised is empty. The first failed append makes every later one a no-op; ask
 * bytes_status once. A file is read into one whole, by file_read, with a bound of its own. */
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

void bytes_free(bytes *b); /* leaves it empty */
void bytes_append(bytes *b, const void *data, size_t size);
void bytes_print(bytes *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
HORN_CHECKED horn_status bytes_status(const bytes *b);

/* The text so far, ended by a 0 that is not counted in size; "" where it is empty. Borrowed. NULL after a
 * failure. */
const char *bytes_text(bytes *b);

/* Reads a regular file whole; fails where it is missing, not a regular file, or larger than `limit` bytes (0
 * = no limit). */
HORN_CHECKED horn_status file_read(bytes *out, const char *path, size_t limit);

#endif
