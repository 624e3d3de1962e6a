/* Reads comma-separated values (RFC 4180) row by row: cells may be in double quotes, in which "" is one quote; lines end with \n
 * or \r\n; blank lines and a UTF-8 byte order mark are skipped. */
#ifndef CODECS_CSV_READ_H
#define CODECS_CSV_READ_H

#include <stddef.h>
#include <horn/status.h>
#include "base/bytes.h"

typedef struct csv_rows {
    /* Borrowed. */
    char *at, *end;
    const char *path;
    /* The line on which the next row begins, and that of the row that was read last; from 1. */
    size_t next_line, line;
    /* The row: texts in the file's own bytes, without blanks around them. */
    char **cells;
    size_t count, capacity;
} csv_rows;

/* The rows borrow the bytes of the file, and change them. Free with csv_rows_free. */
HORN_CHECKED horn_status csv_rows_begin(csv_rows *rows, bytes *file, const char *path);
/* Reads the next row; count is 0 at the end. Cells stay valid as long as the file. */
HORN_CHECKED horn_status csv_rows_next(csv_rows *rows);
void csv_rows_free(csv_rows *rows);

#endif
