/* Checks the whole structure of an HDF5 file before libhdf5 sees it. Source: "HDF5 File Format Specification Version
 * 3.0".
 *
 * libhdf5 1.10.8 trusts what it reads: crafted and damaged files make it open other files, loop, allocate gigabytes,
 * read and write outside its buffers. So every address, size, count and type is checked here, and no two structures
 * may share a byte: memory and time are proportional to the file. Accepted is what h5py writes by default, and the
 * compact part of what it writes with libver="latest":
 *
 *     superblock   version 0 to 3 at byte 0, or after a user block of 512, 1024, 2048, ... bytes; 8-byte offsets;
 *                  no driver information, no extension
 *     objects      header version 1 or 2: groups (symbol table or compact links) and datasets; each is reached once;
 *                  groups nest up to 160 deep
 *     links        hard links only
 *     datasets     compact, contiguous or chunked (B-tree version 1), every declared byte stored; IEEE floats, plain
 *                  integers, enumerations, strings; filters: shuffle, deflate, fletcher32, in this order
 *     attributes   compact; strings of variable length are followed into their global heap */
#ifndef CODECS_HDF5_SURVEY_H
#define CODECS_HDF5_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/status.h>

/* Fails with FORMAT if the file is broken or hostile, with UNSUPPORTED if it is valid and uses more than the above.
 * `name` begins the error line. Bytes past the end that the superblock gives are ignored. */
HORN_CHECKED horn_status hdf5_survey(const void *data, size_t size, const char *name);
/* The same of a file of PyTables, which may have soft links in symbol tables (nothing follows them but hdf5_read_link's caller),
 * bit fields of one byte and complex numbers too. */
HORN_CHECKED horn_status hdf5_survey_pytables(const void *data, size_t size, const char *name);

/* True if the bytes are an HDF5 file; *place is the offset of its superblock: 0, or the end of the user block. An
 * HDF5 file inside another file (a zip archive) does not count: its superblock gives another address. */
bool hdf5_survey_find(const void *data, size_t size, size_t *place);

#endif
