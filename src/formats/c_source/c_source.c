/* C source (.c): what a model computes for one sample, as C99 without dependencies but math.h. Written, not read.
 *
 *     a comment: names, shapes, the sizes of weights and memory
 *     the prototype of NAME_predict
 *     static const float arrays: the weights
 *     static float memory: values under way, those of different times in one place
 *     static functions: those that are called, see helpers.h
 *     NAME_predict, a call an operation
 */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <horn/version.h>
#include "base/memory.h"
#include "base/plain_numbers.h"
#include "base/status.h"
#include "formats/c_source/writer.h"
#include "formats/format.h"
#include "formats/graph_unrolling.h"

enum { NUMBERS_IN_A_LINE = 12 };

/* ---- constants ---- */

/* float32 comes back from nine digits. */
static void print_number(bytes *out, float v)
{
    if (isnan(v))
        bytes_print(out, "NAN");
    else if (isinf(v))
        bytes_print(out, v < 0 ? "-INFINITY" : "INFINITY");
    else if (v == truncf(v) && fabsf(v) < 1e6f)
        bytes_print(out, "%s%.1ff", signbit(v) && v == 0 ? "-" : "", fabsf(v) * (v < 0 ? -1 : 1));
    else
        bytes_print(out, "%.9gf", v);
}

/* The name of a constant: "w_" and that of layer and weight; a number behind it if there is another one of that name. */
static horn_status name_constant(c_source_writer *w, size_t value)
{
    const operation *o = &w->g->operations[value];
    const char *what = o->kind == OPERATION_WEIGHT ? o->weight : "constant";
    char name[C_SOURCE_TEXT];
    bool is_taken = false;
    snprintf(name, sizeof name - 24, "w_%s_%s", w->leaves->at[o->layer].name, what);
    for (char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) || (unsigned char)*c > 126) *c = '_';
    for (size_t i = 0; i < value; i++) is_taken |= w->names[i] && strcmp(w->names[i], name) == 0;
    if (is_taken) snprintf(name + strlen(name), 24, "_%zu", value);
    return memory_copy_string(&w->names[value], name);
}

static horn_status put_constant(c_source_writer *w, size_t value, const float *numbers)
{
    const size_t count = w->places[value].count;
    char text[SHAPE_TEXT];
    horn_status status = name_constant(w, value);
    if (status) return status;
    bytes_print(&w->data, "\n/* %s */\nstatic const float %s[%zu] = {",
                shape_print(text, &w->g->operations[value].shape), w->names[value], count);
    for (size_t i = 0; i < count; i++) {
        bytes_print(&w->data, i % NUMBERS_IN_A_LINE ? ", " : i ? ",\n    " : "\n    ");
        print_number(&w->data, numbers[i]);
    }
    bytes_print(&w->data, "\n};\n");
    w->constants += count;
    return bytes_status(&w->data);
}

/* Weights that nothing takes are left out: a static array that nobody reads is a warning. */
static horn_status put_constants(c_source_writer *w)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; i < w->g->count && !status; i++) {
        const operation *o = &w->g->operations[i];
        const snapshot_tensor *weight;
        const float number = (float)o->number;
        if (!w->known[i].uses) continue;
        if (o->kind == OPERATION_WEIGHT) {
            status = snapshot_leaves_find(&weight, w->leaves, o, w->where);
            if (!status) status = put_constant(w, i, weight->data);
        } else if (o->kind == OPERATION_NUMBER) {
            status = put_constant(w, i, &number);
        } else if (o->kind == OPERATION_NUMBERS) {
            status = put_constant(w, i, o->values);
        }
    }
    return status;
}

/* ---- the file ---- */

/* As it can begin a name in C. */
static void name_of_model(const snapshot *s, char out[C_SOURCE_TEXT])
{
    const char *name = s->name && *s->name ? s->name : "model";
    snprintf(out, C_SOURCE_TEXT - 24, "%s%s", isdigit((unsigned char)*name) ? "model_" : "", name);
    for (char *c = out; *c; c++)
        if (!isalnum((unsigned char)*c) || (unsigned char)*c > 126) *c = '_';
}

static void put_head(bytes *out, const c_source_writer *w, const char *name)
{
    const operation *x = &w->g->operations[0], *y = &w->g->operations[w->g->output];
    char of_x[SHAPE_TEXT], of_y[SHAPE_TEXT];
    bytes_print(
        out,
        "/* What the model '%s' makes of one sample: x is %s, y is %s, row by row.\n"
        " * Weights: %zu bytes of constants. Static memory: %zu bytes, so that one call runs at a time.\n"
        " * Written by Horn %s. */\n"
        "#include <math.h>\n#include <stddef.h>\n\n"
        "void %s_predict(const float x[%zu], float y[%zu]);\n",
        name, shape_print(of_x, &x->shape), shape_print(of_y, &y->shape), w->constants * sizeof(float),
        w->memory * sizeof(float), horn_version(), name, shape_count(&x->shape), shape_count(&y->shape));
}

static void put_file(bytes *out, c_source_writer *w)
{
    char name[C_SOURCE_TEXT], last[C_SOURCE_TEXT];
    const size_t count = shape_count(&w->g->operations[w->g->output].shape);
    name_of_model(w->s, name);
    w->helpers[HELPER_COPY] = true;
    put_head(out, w, name);
    bytes_append(out, w->data.data, w->data.size);
    if (w->memory) bytes_print(out, "\nstatic float memory[%zu];\n", w->memory);
    helpers_write(out, w->helpers);
    bytes_print(out, "\nvoid %s_predict(const float x[%zu], float y[%zu])\n{\n", name, w->places[0].count,
                count);
    bytes_append(out, w->calls.data, w->calls.size);
    bytes_print(out, "    copy(%s, y, %zu);\n}\n", c_source_operand(w, w->g->output, last), count);
}

static horn_status put_calls(c_source_writer *w)
{
    for (size_t i = 0; i < w->g->count; i++)
        if (w->places[i].in_memory) c_source_put(w, i);
    return bytes_status(&w->calls);
}

static horn_status write_source(bytes *out, const snapshot *s, const char *where)
{
    horn_status status = HORN_OK;
    graph *unrolled = NULL;
    snapshot_leaves leaves = { 0 };
    c_source_writer w = { .s = s, .leaves = &leaves, .g = s->operations, .where = where };
    if (!w.g) return fail(HORN_ERROR_ARGUMENT, "%s: the model's operations are missing", where);
    TRY(snapshot_leaves_new(&leaves, s));
    if (graph_is_recurrent(w.g)) TRY(graph_unroll(&unrolled, w.g, &leaves, where));
    if (unrolled) w.g = unrolled;
    TRY(memory_new(&w.places, w.g->count, sizeof *w.places));
    TRY(memory_new(&w.names, w.g->count, sizeof *w.names));
    TRY(graph_look_ahead(&w.known, w.g));
    TRY(c_source_place_values(&w));
    TRY(put_constants(&w));
    TRY(put_calls(&w));
    put_file(out, &w);
    status = bytes_status(out);
done:
    for (size_t i = 0; w.names && i < w.g->count; i++) free(w.names[i]);
    free(w.names);
    free(w.places);
    free(w.known);
    bytes_free(&w.data);
    bytes_free(&w.calls);
    snapshot_leaves_free(&leaves);
    graph_free(unrolled);
    return status;
}

static horn_status write(const snapshot *s, transaction *t, const format_options *options)
{
    const char *where = transaction_target(t);
    bytes content = { 0 };
    if (options && options->dialect)
        return fail(HORN_ERROR_ARGUMENT, "%s: dialect is '%s', expected none", where, options->dialect);
    const plain_numbers before = plain_numbers_begin();
    horn_status status = write_source(&content, s, where);
    plain_numbers_end(before);
    if (!status) status = transaction_add(t, "", &content);
    bytes_free(&content);
    return status;
}

static bool recognizes(const source *from)
{
    (void)from;
    return false;
}

static const char *const suffixes[] = { ".c", NULL };

const format c_source_format = {
    .name = "c-source",
    .suffixes = suffixes,
    .writes = PART_ARCHITECTURE | PART_WEIGHTS | PART_OPERATIONS,
    .inference_alone = true,
    .recognizes = recognizes,
    .write = write,
};
