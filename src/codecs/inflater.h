/* Unpacks deflate streams in memory: members of zip files (raw) and .gz files.
 *
 * A read returns exactly the number of bytes that the caller asks for, or fails: the caller's size limits the output,
 * never the stream. The packed bytes, and the name that begins error lines, are borrowed. */
#ifndef CODECS_INFLATER_H
#define CODECS_INFLATER_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/status.h>

typedef struct inflater inflater;
typedef enum inflater_kind { INFLATER_RAW, INFLATER_GZIP } inflater_kind;

HORN_CHECKED horn_status inflater_open(inflater **out, const void *data, size_t size, inflater_kind kind,
                                       const char *name);
void inflater_close(inflater *in);

/* Reads the next `size` bytes; fails with FORMAT if the stream ends before or is broken. */
HORN_CHECKED horn_status inflater_read(inflater *in, void *out, size_t size);

/* Fails unless the stream ends here, its checksum matches (gzip), and no packed byte is left. */
HORN_CHECKED horn_status inflater_finish(inflater *in);

/* True if so many packed bytes can hold `size` bytes (deflate packs at most 1032 into one). Check it before
 * allocating. */
bool inflater_can_hold(size_t packed, size_t size);

#endif
