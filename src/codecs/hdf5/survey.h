/* A walk over the whole structure of an HDF5 file, before libhdf5 sees it (HDF5 File Format Specification,
 * version 3).
 *
 * libhdf5 1.10.8 trusts what it reads: crafted and damaged files make it open other files, loop, take
 * gigabytes, read and write outside its buffers. So every address, size, count and type is checked here
 * first, and no two structures may share a byte: memory and time stay in proportion to the file. Accepted is
 * what h5py writes by default and the compact part of what it writes with libver="latest":
 *
 *     superblock   version 0 to 3 at byte 0, or behind a user block of 512, 1024, 2048, ... bytes; 8-byte offsets; no
 *                  driver information or extension
 *     objects      header version 1 or 2: groups (symbol table or compact links) and datasets, each reached
 * once, 32 deep links        hard ones only datasets     compact, contiguous or chunked (B-tree version 1),
 * every declared byte stored; IEEE floats, plain integers, enumerations, texts; filters only shuffle,
 * deflate, fletcher32, in this order attributes   compact; texts of variable length are traced into their
 * global heap
 */
#ifndef CODECS_HDF5_SURVEY_H
#define CODECS_HDF5_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/status.h>

/* FORMAT where the file is broken or hostile, UNSUPPORTED where it is whole and uses more than the above.
 * `name` begins the error line. Bytes behind the end of file that the superblock gives are not looked at. */
HORN_CHECKED horn_status hdf5_survey(const void *data, size_t size, const char *name);

/* Whether the bytes are an HDF5 file, and where its superblock is: at byte 0, or where a user block ends. An HDF5 file
 * that lies inside another one, as in a zip archive, does not count: its superblock gives another place. */
bool hdf5_survey_find(const void *data, size_t size, size_t *place);

#endif
