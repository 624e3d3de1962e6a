#include "codecs/csv_read.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

horn_status csv_rows_begin(csv_rows *rows, bytes *file, const char *path)
{
    static const char mark[] = "\xef\xbb\xbf";
    *rows = (csv_rows){ .path = path, .next_line = 1 };
    /* The closing 0 ends the last cell. */
    if (!bytes_text(file)) return bytes_status(file);
    if (memchr(file->data, 0, file->size))
        return fail(HORN_ERROR_FORMAT, "%s: has a byte 0, expected text", path);
    rows->at = (char *)file->data;
    if (!rows->at) return HORN_OK;
    rows->end = rows->at + file->size;
    if (strncmp(rows->at, mark, strlen(mark)) == 0) rows->at += strlen(mark);
    return HORN_OK;
}

void csv_rows_free(csv_rows *rows)
{
    free(rows->cells);
    *rows = (csv_rows){ 0 };
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool ends_cell(char c)
{
    return c == ',' || c == '\n' || c == '\r' || c == '\0';
}

/* Reads a cell that begins with a quote; its text is written over it, without the quotes. */
static horn_status read_quoted(csv_rows *rows, char **cell)
{
    char *from = rows->at + 1, *to = from;
    *cell = to;
    for (; *from && (*from != '"' || from[1] == '"'); from++) {
        if (*from == '\n') rows->next_line++;
        if (*from == '"') from++;
        *to++ = *from;
    }
    if (!*from)
        return fail(HORN_ERROR_FORMAT, "%s: row %zu, column %zu: a quote that is not closed", rows->path,
                    rows->line, rows->count + 1);
    for (from++; is_blank(*from); from++) continue;
    if (!ends_cell(*from))
        return fail(HORN_ERROR_FORMAT, "%s: row %zu, column %zu: text after a closing quote", rows->path,
                    rows->line, rows->count + 1);
    rows->at = from;
    *to = '\0';
    return HORN_OK;
}

static void read_plain(csv_rows *rows, char **cell, char **last)
{
    *cell = rows->at;
    while (!ends_cell(*rows->at)) rows->at++;
    for (*last = rows->at; *last > *cell && is_blank((*last)[-1]); (*last)--) continue;
}

/* Reads a cell and what ends it. *more: another one follows on the line. */
static horn_status read_cell(csv_rows *rows, bool *more)
{
    char *cell, *last = NULL;
    horn_status status = memory_grow(&rows->cells, rows->count, &rows->capacity, sizeof *rows->cells);
    if (status) return status;
    while (is_blank(*rows->at)) rows->at++;
    if (*rows->at == '"')
        status = read_quoted(rows, &cell);
    else
        read_plain(rows, &cell, &last);
    if (status) return status;
    const char stop = *rows->at;
    *more = stop == ',';
    if (stop == '\r' && rows->at[1] == '\n') rows->at++;
    if (stop) rows->at++;
    if (stop == '\n' || stop == '\r') rows->next_line++;
    if (last) *last = '\0';
    rows->cells[rows->count++] = cell;
    return HORN_OK;
}

horn_status csv_rows_next(csv_rows *rows)
{
    horn_status status = HORN_OK;
    do {
        bool more = true;
        rows->count = 0;
        rows->line = rows->next_line;
        if (rows->at >= rows->end) return HORN_OK;
        while (more) TRY(read_cell(rows, &more));
    } while (rows->count == 1 && !*rows->cells[0]);
done:
    return status;
}
