#include "data/csv_table.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/plain_numbers.h"
#include "base/status.h"
#include "codecs/csv_read.h"
#include "data/classes.h"

typedef struct table {
    const char *path;
    const horn_dataset_options *options;
    csv_rows rows;
    /* The header's cells; NULL: no header. */
    char **names;
    /* `label`: a column; `columns` if there is none. */
    size_t columns, label;
    /* [count, features], one after the other. */
    bytes numbers;
    /* For each sample. */
    char **labels;
    size_t *lines;
    size_t count, label_capacity, line_capacity;
} table;

/* Decimal numbers only: no nan, no inf, no hexadecimal ones. */
static bool read_number(const char *text, double *out)
{
    char *end;
    if (!*text || text[strspn(text, "+-.0123456789eE")]) return false;
    *out = strtod(text, &end);
    return end > text && !*end;
}

static bool is_number(const char *text)
{
    double value;
    return read_number(text, &value);
}

/* A number that int64 and double both hold. */
static bool read_whole(const char *text, int64_t *out)
{
    double value;
    if (!read_number(text, &value) || floor(value) != value || fabs(value) > 0x1p53) return false;
    *out = (int64_t)value;
    return true;
}

static horn_status fail_cell(const table *t, size_t line, size_t column, const char *cell,
                             const char *expected)
{
    enum { SHOWN = 40 };
    const char *name = t->names ? t->names[column] : "", *open = *name ? " (" : "", *close = *name ? ")" : "";
    if (!*cell)
        return fail(HORN_ERROR_FORMAT, "%s: row %zu, column %zu%s%s%s: is empty, expected %s", t->path, line,
                    column + 1, open, name, close, expected);
    return fail(HORN_ERROR_FORMAT, "%s: row %zu, column %zu%s%s%s: '%.*s', expected %s", t->path, line,
                column + 1, open, name, close, SHOWN, cell, expected);
}

/* ---- which column is what ---- */

static horn_status fail_column(const table *t, const char *wanted)
{
    enum { SHOWN = 8 };
    bytes list = { 0 };
    for (size_t i = 0; i < t->columns && i < SHOWN; i++)
        bytes_print(&list, "%s%s", i ? ", " : "", t->rows.cells[i]);
    if (t->columns > SHOWN) bytes_print(&list, ", ...");
    const char *text = bytes_text(&list);
    const horn_status status = fail(HORN_ERROR_ARGUMENT, "%s: no column '%s' among %zu; row %zu is %s",
                                    t->path, wanted, t->columns, t->rows.line, text ? text : "");
    bytes_free(&list);
    return status;
}

/* In the first row. *by_name: it is the header. */
static horn_status find_label(table *t, bool *by_name)
{
    const char *wanted = t->options->target ? t->options->target : t->options->label_column;
    int64_t number;
    *by_name = false;
    t->label = t->columns - 1;
    if (!wanted) {
        if (t->options->features == t->columns) t->label = t->columns;
        return HORN_OK;
    }
    if (read_whole(wanted, &number)) {
        if (number < 0) number += (int64_t)t->columns + 1;
        t->label = (size_t)number - 1;
        return number >= 1 && (size_t)number <= t->columns ? HORN_OK : fail_column(t, wanted);
    }
    for (t->label = 0; t->label < t->columns; t->label++)
        if (strcmp(t->rows.cells[t->label], wanted) == 0) break;
    *by_name = t->label < t->columns;
    return *by_name ? HORN_OK : fail_column(t, wanted);
}

/* A header has a text for each column; a row of data that has a text where a number is expected is wrong. */
static bool looks_like_header(const table *t)
{
    bool has_text = false;
    for (size_t i = 0; i < t->columns; i++) {
        if (i == t->label) continue;
        if (is_number(t->rows.cells[i])) return false;
        has_text |= *t->rows.cells[i] != '\0';
    }
    return has_text;
}

static horn_status keep_header(table *t, char *const *cells)
{
    const horn_status status = memory_new(&t->names, t->columns, sizeof *t->names);
    if (!status) memcpy(t->names, cells, t->columns * sizeof *t->names);
    return status;
}

/* ---- rows ---- */

static horn_status add_cell(table *t, char *cell, size_t line, size_t column)
{
    double value;
    if (column == t->label) {
        t->labels[t->count] = cell;
        return *cell ? HORN_OK : fail_cell(t, line, column, cell, "a label");
    }
    if (!read_number(cell, &value)) return fail_cell(t, line, column, cell, "a number");
    const float number = (float)value;
    if (!isfinite(number)) return fail_cell(t, line, column, cell, "a number that float32 holds");
    bytes_append(&t->numbers, &number, sizeof number);
    return HORN_OK;
}

static horn_status add_row(table *t, char *const *cells, size_t count, size_t line)
{
    horn_status status = HORN_OK;
    if (count != t->columns)
        return fail(HORN_ERROR_FORMAT, "%s: row %zu has %zu columns, expected %zu as in the first row",
                    t->path, line, count, t->columns);
    TRY(memory_grow(&t->labels, t->count, &t->label_capacity, sizeof *t->labels));
    TRY(memory_grow(&t->lines, t->count, &t->line_capacity, sizeof *t->lines));
    for (size_t i = 0; i < count; i++) TRY(add_cell(t, cells[i], line, i));
    TRY(bytes_status(&t->numbers));
    t->lines[t->count++] = line;
done:
    return status;
}

/* The first row's label is a text that names no class, and the second's a number: a header of numbers. */
static bool is_header_of_numbers(const table *t, char *const *first)
{
    for (size_t i = 0; i < t->options->class_count && t->label < t->columns; i++)
        if (strcmp(t->options->class_names[i], first[t->label]) == 0) return false;
    return t->label < t->columns && t->rows.count == t->columns && !is_number(first[t->label]) &&
           is_number(t->rows.cells[t->label]);
}

/* Reads the first row, which may be a header. */
static horn_status begin_rows(table *t)
{
    horn_status status = HORN_OK;
    char **first = NULL;
    bool is_header;
    TRY(csv_rows_next(&t->rows));
    const size_t line = t->rows.line;
    t->columns = t->rows.count;
    if (!t->columns) return fail(HORN_ERROR_FORMAT, "%s: has no rows", t->path);
    TRY(find_label(t, &is_header));
    if (t->columns < 2 && t->label < t->columns)
        return fail(HORN_ERROR_FORMAT,
                    "%s: row %zu has one column, expected numbers and a label, separated by commas", t->path,
                    line);
    is_header = is_header || looks_like_header(t);
    TRY(memory_new(&first, t->columns, sizeof *first));
    memcpy(first, t->rows.cells, t->columns * sizeof *first);
    TRY(csv_rows_next(&t->rows));
    if (is_header || is_header_of_numbers(t, first))
        TRY(keep_header(t, first));
    else
        TRY(add_row(t, first, t->columns, line));
done:
    free(first);
    return status;
}

static horn_status read_rows(table *t)
{
    horn_status status = HORN_OK;
    TRY(begin_rows(t));
    while (t->rows.count) {
        TRY(add_row(t, t->rows.cells, t->rows.count, t->rows.line));
        TRY(csv_rows_next(&t->rows));
    }
    if (!t->count) TRY(fail(HORN_ERROR_FORMAT, "%s: has a header and no rows", t->path));
done:
    return status;
}

/* ---- arrays ---- */

static horn_status put_numbers(table *t, horn_dataset *d)
{
    npy_array x = { 0 };
    const size_t shape[2] = { t->count, t->columns - (t->label < t->columns) };
    const horn_status status = npy_array_new(&x, HORN_FLOAT32, 2, shape, t->path);
    if (status) return status;
    memcpy(x.data, t->numbers.data, t->numbers.size);
    dataset_put(d, X_TRAIN, &x);
    return HORN_OK;
}

static horn_status put_targets(table *t, horn_dataset *d)
{
    npy_array y = { 0 };
    horn_status status = npy_array_new(&y, HORN_FLOAT32, 1, &t->count, t->path);
    if (status) return status;
    for (size_t i = 0; i < t->count && !status; i++) {
        double value;
        if (!read_number(t->labels[i], &value) || !isfinite((float)value))
            status = fail_cell(t, t->lines[i], t->label, t->labels[i], "a number");
        else
            ((float *)y.data)[i] = (float)value;
    }
    if (!status) dataset_put(d, Y_TRAIN, &y);
    npy_array_free(&y);
    return status;
}

/* Labels that are all whole numbers are classes as they are, unless the caller's names have them. */
static horn_status choose_classes(table *t, horn_dataset *d, bool *are_names)
{
    size_t words = 0, first = 0, numbers = 0;
    for (size_t i = 0; i < t->count; i++) {
        int64_t ignored;
        if (strcasecmp(t->labels[i], "nan") == 0)
            return fail_cell(t, t->lines[i], t->label, t->labels[i], "a class");
        if (is_number(t->labels[i])) numbers++;
        if (read_whole(t->labels[i], &ignored)) continue;
        if (!words++) first = i;
    }
    if (words && numbers == t->count)
        return fail_cell(t, t->lines[first], t->label, t->labels[first],
                         "a class, as a whole number or a name; a target of numbers must be asked for");
    *are_names = words > 0;
    for (size_t i = 0; !words && i < t->options->class_count; i++)
        *are_names |= strcmp(t->options->class_names[i], t->labels[0]) == 0;
    if (!*are_names) return HORN_OK;
    return classes_choose(d, t->options, (const char *const *)t->labels, t->count);
}

static horn_status put_labels(table *t, horn_dataset *d)
{
    npy_array y = { 0 };
    bool are_names;
    horn_status status = HORN_OK;
    TRY(choose_classes(t, d, &are_names));
    TRY(npy_array_new(&y, HORN_INT64, 1, &t->count, t->path));
    for (size_t i = 0; i < t->count; i++) {
        int64_t class = -1;
        if (are_names)
            class = class_names_find(&d->classes, t->labels[i]);
        else if (!read_whole(t->labels[i], &class))
            class = -1;
        if (class < 0)
            TRY(fail_cell(t, t->lines[i], t->label, t->labels[i],
                          are_names ? "one of the model's classes" : "a class, from 0"));
        ((int64_t *)y.data)[i] = class;
    }
    dataset_put(d, Y_TRAIN, &y);
done:
    npy_array_free(&y);
    return status;
}

/* ---- */

static horn_status load(table *t, horn_dataset *d)
{
    horn_status status = HORN_OK;
    const size_t samples = t->options->no_train ? t->options->test_samples : t->options->train_samples;
    bytes file = { 0 };
    TRY(file_read(&file, t->path, 0));
    TRY(csv_rows_begin(&t->rows, &file, t->path));
    TRY(read_rows(t));
    TRY(put_numbers(t, d));
    if (t->label < t->columns) TRY((t->options->target ? put_targets : put_labels)(t, d));
    TRY(dataset_cut(d, X_TRAIN, samples, t->path));
    if (d->there[Y_TRAIN]) TRY(dataset_cut(d, Y_TRAIN, samples, t->path));
done:
    csv_rows_free(&t->rows);
    bytes_free(&file);
    return status;
}

horn_status csv_table_load(horn_dataset *d, const char *path, const horn_dataset_options *options)
{
    table t = { .path = path, .options = options };
    if (options->no_train && !options->fall_back)
        return fail(HORN_ERROR_FORMAT, "%s: a table has no test set", path);
    const plain_numbers before = plain_numbers_begin();
    const horn_status status = load(&t, d);
    plain_numbers_end(before);
    free(t.names);
    free(t.labels);
    free(t.lines);
    bytes_free(&t.numbers);
    return status;
}
