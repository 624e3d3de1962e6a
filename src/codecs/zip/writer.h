/* Writes zip archives of stored (not packed) members; file.h shows the layout.
 *
 * The same members give the same bytes: dates are 1980-01-01 00:00:00, modes 0644. The writer appends to `archive`,
 * which it borrows. Numbers of 32 bits, and from 65,535 members on, are written as zip64. */
#ifndef CODECS_ZIP_WRITER_H
#define CODECS_ZIP_WRITER_H

#include <stddef.h>
#include <horn/status.h>
#include "base/pieces.h"

typedef struct zip_writer zip_writer;

HORN_CHECKED horn_status zip_writer_new(zip_writer **out, pieces *archive);
void zip_writer_free(zip_writer *writer);

/* Writes headers as PyTorch does: no versions, dates and modes, all names UTF-8; CRC and sizes behind a member's bytes alone, in a
 * data descriptor, which an empty member does not have; always a zip64 end. Call it before the first addition. */
void zip_writer_as_torch(zip_writer *writer);

/* Adds a member whose bytes begin at a multiple of `alignment` (a power of two up to 32768; 0: anywhere). As in
 * PyTorch's files, which use 64, an extra field "FB" pads the local header. */
HORN_CHECKED horn_status zip_writer_add(zip_writer *writer, const char *name, const void *data, size_t size,
                                        size_t alignment);
/* The same; loans of the content become loans of the archive. */
HORN_CHECKED horn_status zip_writer_add_pieces(zip_writer *writer, const char *name, const pieces *content,
                                               size_t alignment);

/* Writes the central directory. Nothing may be added afterwards. */
HORN_CHECKED horn_status zip_writer_finish(zip_writer *writer);

#endif
