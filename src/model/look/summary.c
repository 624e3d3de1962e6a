#include "model/look/summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"
#include "config/keras_object.h"
#include "layers/operations/operation.h"
#include "model/look/connections.h"
#include "model/use.h"

enum { MOST_WIDTH = 98, MOST_COLUMNS = 4 };

/* The last column, "Connected to", is that of models that are no chains. */
typedef struct layout {
    size_t columns, ends[MOST_COLUMNS];
} layout;

static const layout of_chains = { 3, { 29, 55, 65 } }, of_graphs = { 4, { 29, 58, 68, MOST_WIDTH } };

static size_t width_of(const layout *o)
{
    return o->ends[o->columns - 1];
}

static void put_line(bytes *out, const layout *o, char c)
{
    char line[MOST_WIDTH + 1];
    const size_t width = width_of(o);
    memset(line, c, width);
    line[width] = '\n';
    bytes_append(out, line, width + 1);
}

/* Keras breaks a field at the end of its column, or after a closing bracket. */
static size_t fitting(const char *text, size_t room)
{
    static const char *const breaks[] = { "),", "},", "],", "'," };
    const size_t length = strnlen(text, room);
    size_t best = length;
    for (size_t i = 0; i < sizeof breaks / sizeof *breaks; i++) {
        const char *at = memmem(text, length, breaks[i], 2);
        if (at && (size_t)(at - text) + 2 < best) best = (size_t)(at - text) + 2;
    }
    return best;
}

static bool is_done(const char *const left[MOST_COLUMNS], size_t columns)
{
    for (size_t c = 0; c < columns; c++)
        if (*left[c]) return false;
    return true;
}

static void put_row(bytes *out, const layout *o, const char *first, const char *second, const char *third,
                    const char *fourth)
{
    const char *left[MOST_COLUMNS] = { first, second, third, fourth };
    while (!is_done(left, o->columns)) {
        char line[MOST_WIDTH + 1];
        size_t start = 0;
        memset(line, ' ', sizeof line);
        for (size_t c = 0; c < o->columns; c++) {
            size_t room = o->ends[c] - start - (c < o->columns - 1 ? 3 : 0), n = fitting(left[c], room);
            memcpy(line + (c == 0 ? 1 : start), left[c], n);
            left[c] += n;
            start = o->ends[c];
        }
        line[width_of(o)] = '\n';
        bytes_append(out, line, width_of(o) + 1);
    }
}

static void put_layer(bytes *out, const layout *o, const summary_row *row)
{
    char name[256], shape_text[SHAPE_TEXT + 8] = "?", params[32] = "?";
    const char *end = row->is_input ? ")]" : ")";
    const size_t room = sizeof shape_text - strlen(end) - 1;
    snprintf(name, sizeof name, "%.120s (%.120s)", row->name, row->class_name);
    if (row->has_several)
        strcpy(shape_text, "multiple");
    else if (row->output) {
        size_t at = (size_t)snprintf(shape_text, sizeof shape_text, row->is_input ? "[(None" : "(None");
        for (int i = 0; i < row->output->rank && at < sizeof shape_text; i++)
            at += (size_t)(row->output->dim[i] == SHAPE_OPEN
                               ? snprintf(shape_text + at, sizeof shape_text - at, ", None")
                               : snprintf(shape_text + at, sizeof shape_text - at, ", %zu",
                                          row->output->dim[i]));
        strcpy(shape_text + (at < room ? at : room), end);
    }
    if (!row->is_unknown) snprintf(params, sizeof params, "%zu", row->trainable + row->frozen);
    put_row(out, o, name, shape_text, params, row->connections ? row->connections : "[]");
    put_line(out, o, ' ');
}

static void put_total(bytes *out, const char *what, size_t params, bool at_least)
{
    static const char *const units[] = { "Byte", "KB", "MB", "GB", "TB" };
    double size = 4.0 * (double)params;
    size_t unit = 0;
    for (; size >= 1024 && unit < 4; unit++) size /= 1024;
    bytes_print(out, "%s params: %s%zu (%.2f %s)\n", what, at_least ? "at least " : "", params, size,
                units[unit]);
}

static bool is_graph(const summary_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].connections) return true;
    return false;
}

horn_status summary_print(char **text, const char *model, const summary_row *rows, size_t count)
{
    bytes out = { 0 };
    size_t trainable = 0, frozen = 0;
    bool at_least = false;
    const layout *o = is_graph(rows, count) ? &of_graphs : &of_chains;
    bytes_print(&out, "Model: \"%s\"\n", model);
    put_line(&out, o, '_');
    put_row(&out, o, "Layer (type)", "Output Shape", "Param #", "Connected to");
    put_line(&out, o, '=');
    for (size_t i = 0; i < count; i++) {
        put_layer(&out, o, &rows[i]);
        trainable += rows[i].trainable;
        frozen += rows[i].frozen;
        at_least |= rows[i].is_unknown;
    }
    put_line(&out, o, '=');
    put_total(&out, "Total", trainable + frozen, at_least);
    put_total(&out, "Trainable", trainable, at_least);
    put_total(&out, "Non-trainable", frozen, at_least);
    put_line(&out, o, '_');
    if (!bytes_text(&out) || bytes_status(&out)) {
        horn_status status = bytes_status(&out);
        bytes_free(&out);
        return status;
    }
    *text = (char *)out.data;
    return HORN_OK;
}

static void count_weights(summary_row *row, const layer *l)
{
    for (size_t p = 0; p < l->weight_count; p++)
        *(layer_weight_trains(l, p) ? &row->trainable : &row->frozen) += shape_count(&l->weights[p].shape);
    for (size_t i = 0; i < l->inner_count; i++) count_weights(row, l->inner[i].layer);
}

/* As Keras 2 calls it. */
static const char *class_of(const layer *l)
{
    const keras_operation *o = operation_in(l);
    return o ? keras_operation_class(o) : keras_bare_name(l->class->name);
}

summary_row summary_row_of(const horn_model *m, size_t index)
{
    const layer *l = m->layers[index];
    summary_row row = { .name = l->name,
                        .class_name = class_of(l),
                        .output = model_layer_output(m, index),
                        .is_input = l->class->flags & LAYER_IS_INPUT };
    count_weights(&row, l);
    return row;
}

summary_row summary_row_of_input(const horn_model *m)
{
    const layer *l = m->input_layer;
    return (summary_row){ .name = l && l->name ? l->name : "input_1",
                          .class_name = keras_class_of(KERAS_INPUT),
                          .output = m->layer_count ? &m->calls->input
                                    : l            ? &l->input_shape
                                                   : NULL,
                          .is_input = true };
}

static horn_status summarize(horn_model *m, char **text)
{
    summary_row *rows = NULL;
    size_t count = 0;
    horn_status status = model_build(m);
    if (!status) status = memory_new(&rows, m->layer_count + 1, sizeof *rows);
    if (status) return status;
    if (m->is_functional) rows[count++] = summary_row_of_input(m);
    for (size_t i = 0; i < m->layer_count; i++) rows[count++] = summary_row_of(m, i);
    if (!model_is_chain(m)) status = connections_of_model(rows + 1, m, rows->name);
    if (!status) status = summary_print(text, m->name, rows, count);
    connections_free(rows, count);
    free(rows);
    return status;
}

horn_status horn_model_summary(char **text, horn_model *m)
{
    NEED(text, "text");
    horn_status status = model_enter(m, __func__, false);
    if (status) return status;
    status = summarize(m, text);
    return model_leave(m, status);
}
