/* Zip archives in memory, read strictly: what is ambiguous is refused, and nothing is ever unpacked to disk.
 *
 *     local header, name, extra, packed bytes [, data descriptor]     for every member
 *     central header, name, extra, comment                            for every member: what counts
 *     [zip64 end of central directory, its locator]                   where a number passes 32 bits; PyTorch:
 * always end of central directory, comment
 *
 * Refused: encryption, several disks, names with `..` or from the root, equal names, members that overlap,
 * and headers that do not agree with each other. The bytes are borrowed and must outlive the zip_file. */
#ifndef CODECS_ZIP_FILE_H
#define CODECS_ZIP_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <horn/status.h>
#include "base/bytes.h"

typedef struct zip_member {
    char *name;              /* relative, '/' between its parts; a directory's ends with '/' */
    size_t size, packed;     /* bytes unpacked and in the archive */
    unsigned method;         /* 0 stored, 8 deflate; others are listed but not read */
    uint32_t crc;            /* CRC-32 of the unpacked bytes */
    size_t start, data, end; /* offsets: the local header, the packed bytes, what follows the member */
    unsigned flags;
} zip_member;

typedef struct zip_file {
    char *name; /* of the archive, for error lines */
    const unsigned char *bytes;
    size_t size;
    zip_member *members; /* in the order of the central directory */
    size_t count;
    size_t *by_name; /* indexes into members, sorted by name */
} zip_file;

/* Whether the bytes begin as a zip archive does. */
bool zip_file_recognizes(const void *data, size_t size);

/* Reads and checks all headers; unpacks nothing. */
HORN_CHECKED horn_status zip_file_open(zip_file **out, const void *data, size_t size, const char *name);
void zip_file_close(zip_file *zip);

/* The member of that name, or NULL. Borrowed. */
const zip_member *zip_file_find(const zip_file *zip, const char *name);

/* Unpacks a member whole and checks its CRC; refuses one larger than `limit` bytes (0 = no limit). */
HORN_CHECKED horn_status zip_file_read(bytes *out, const zip_file *zip, const zip_member *member,
                                       size_t limit);

/* *data = the bytes of a stored member inside the archive, their CRC checked: nothing is copied. */
HORN_CHECKED horn_status zip_file_stored(const unsigned char **data, const zip_file *zip,
                                         const zip_member *member);

/* Whether the name may stand in an archive: relative, no empty, `.` or `..` part, no backslash, drive or
 * control byte. */
bool zip_file_name_is_safe(const char *name);

#endif
