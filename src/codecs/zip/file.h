/* Zip archives in memory, read strictly: ambiguous archives are refused, and nothing is ever unpacked to the disk.
 * Source: PKWARE's APPNOTE.TXT.
 *
 *     local header, name, extra, packed bytes [, data descriptor]     for each member
 *     central header, name, extra, comment                            for each member; these headers decide
 *     [zip64 end of central directory, its locator]                   if a number needs more than 32 bits; PyTorch: always
 *     end of central directory, comment
 *
 * Refused: encryption, several disks, absolute names and names with `..`, equal names, overlapping members, headers
 * that disagree. The bytes are borrowed and must outlive the zip_file. */
#ifndef CODECS_ZIP_FILE_H
#define CODECS_ZIP_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <horn/status.h>
#include "base/bytes.h"

typedef struct zip_member {
    /* Relative, with '/' between its parts; a directory's name ends with '/'. */
    char *name;
    /* Bytes unpacked, and in the archive. */
    size_t size, packed;
    /* 0 stored, 8 deflate; members of other methods are listed but cannot be read. */
    unsigned method;
    /* CRC-32 of the unpacked bytes. */
    uint32_t crc;
    /* Offsets of the local header, of the packed bytes, of what follows the member. */
    size_t start, data, end;
    unsigned flags;
} zip_member;

typedef struct zip_file {
    /* Of the archive, for error lines. */
    char *name;
    const unsigned char *bytes;
    size_t size;
    /* In the order of the central directory. */
    zip_member *members;
    size_t count;
    /* Indexes into members, sorted by name. */
    size_t *by_name;
} zip_file;

/* True if the bytes begin as a zip archive. */
bool zip_file_recognizes(const void *data, size_t size);

/* Reads and checks all headers; unpacks nothing. */
HORN_CHECKED horn_status zip_file_open(zip_file **out, const void *data, size_t size, const char *name);
void zip_file_close(zip_file *zip);

/* Returns the member of that name, or NULL. Borrowed. */
const zip_member *zip_file_find(const zip_file *zip, const char *name);

/* Unpacks a whole member and checks its CRC; fails if it is larger than `limit` bytes (0: no limit). */
HORN_CHECKED horn_status zip_file_read(bytes *out, const zip_file *zip, const zip_member *member,
                                       size_t limit);

/* *data points to the bytes of a stored member within the archive, after a check of their CRC; nothing is copied. */
HORN_CHECKED horn_status zip_file_stored(const unsigned char **data, const zip_file *zip,
                                         const zip_member *member);

/* True if the name may be in an archive: relative, without empty, `.` and `..` parts, backslashes, drives and control
 * bytes. */
bool zip_file_name_is_safe(const char *name);

#endif
