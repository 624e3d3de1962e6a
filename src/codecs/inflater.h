/* What deflate packed, unpacked from bytes in memory: members of zip files (raw) and .gz files.
 *
 * Whoever reads asks for so many bytes and gets exactly these or an error: what comes out is bounded by what
 * the caller asked for, never by the stream. The packed bytes and the name, which error lines begin with, are
 * borrowed. */
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

/* The next `size` bytes; FORMAT where the stream ends before them or is broken. */
HORN_CHECKED horn_status inflater_read(inflater *in, void *out, size_t size);

/* The stream ends here, its checksum holds (gzip), and no packed byte is left. */
HORN_CHECKED horn_status inflater_finish(inflater *in);

/* Whether so many packed bytes can hold `size` bytes: deflate packs at most 1032 into one. Ask before
 * allocating. */
bool inflater_can_hold(size_t packed, size_t size);

#endif
