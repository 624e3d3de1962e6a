#include "programs/shared/inspect_print.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "programs/shared/json.h"
#include "programs/shared/terminal.h"

enum { WIDEST_NAME = 80, TEXT = 256 };

/* TensorFlow ends nearly all names with it. */
#define USUAL_ENDING "/.ATTRIBUTES/VARIABLE_VALUE"

static void put_fact(const char *name, const char *value)
{
    printf("%-11s", name);
    print_clean(value, "");
    printf("\n");
}

/* As Python writes a tuple. */
static const char *shape_text(const horn_file_tensor *t, char out[TEXT])
{
    size_t at = 1;
    if (t->rank < 0) return "?";
    strcpy(out, "(");
    for (int i = 0; i < t->rank; i++)
        at += (size_t)snprintf(out + at, TEXT - at, "%s%zu", i ? ", " : "", t->shape[i]);
    strcpy(out + at, t->rank == 1 ? ",)" : ")");
    return out;
}

/* ---- a file ---- */

static void put_parts(const horn_file_facts *f)
{
    static const char *const names[] = { "architecture", "weights", "compile settings", "optimizer state",
                                         "progress" };
    const char *comma = "";
    bool told = false;
    printf("%-11s", "model:");
    for (int i = 0; i < 5; i++) {
        if (!(f->parts >> i & 1)) continue;
        printf("%s%s", comma, names[i]);
        comma = ", ";
    }
    printf("%s\n", f->parts ? "" : f->trouble ? "cannot be read" : "none");
    for (int i = 0; i < HORN_PARTS; i++) {
        if (!f->left_out[i]) continue;
        printf("%-11s%s (", "left out:", names[i]);
        print_clean(f->left_out[i], "");
        printf(")\n");
        told = told || strcmp(f->left_out[i], f->trouble) == 0;
    }
    if (f->trouble && !told) put_fact("note:", f->trouble);
}

static size_t name_length(const char *name, bool cut)
{
    return strlen(name) - (cut && strlen(name) > strlen(USUAL_ENDING) ? strlen(USUAL_ENDING) : 0);
}

static bool ends_usually(const char *name)
{
    size_t length = strlen(name), own = strlen(USUAL_ENDING);
    return length > own && strcmp(name + length - own, USUAL_ENDING) == 0;
}

/* Prints the name without its usual ending, padded. */
static void put_name(const char *name, size_t width)
{
    char *own = strdup(name);
    size_t length = name_length(name, ends_usually(name));
    if (own) own[length] = 0;
    print_clean(own ? own : name, "");
    printf("%*s", (int)(length < width ? width - length : 0), "");
    free(own);
}

static void widen(size_t *width, size_t length)
{
    if (length > *width && length <= WIDEST_NAME) *width = length;
}

static void put_tensors(const horn_file *file)
{
    char text[TEXT];
    size_t name_width = 6, shape_width = 5, type_width = 5, bytes = 0, count = horn_file_tensor_count(file);
    bool usual = false;
    for (size_t i = 0; i < count; i++) {
        const horn_file_tensor *t = horn_file_tensor_at(file, i);
        usual |= ends_usually(t->name);
        widen(&name_width, name_length(t->name, ends_usually(t->name)));
        widen(&shape_width, strlen(shape_text(t, text)));
        widen(&type_width, strlen(t->dtype_name));
        bytes += t->bytes;
    }
    printf("\n%-*s  %-*s  %-*s  %12s\n", (int)name_width, "tensor", (int)shape_width, "shape",
           (int)type_width, "dtype", "bytes");
    for (size_t i = 0; i < count; i++) {
        const horn_file_tensor *t = horn_file_tensor_at(file, i);
        put_name(t->name, name_width);
        printf("  %-*s  %-*s  %12zu\n", (int)shape_width, shape_text(t, text), (int)type_width, t->dtype_name,
               t->bytes);
    }
    printf("%zu tensor%s, %zu bytes%s\n", count, count == 1 ? "" : "s", bytes,
           usual ? "; names without their ending " USUAL_ENDING : "");
}

static void put_settings(const horn_file_facts *f)
{
    const bool is_scaled = f->input_divisor != 0;
    bool says =
        f->loss || f->metrics || f->optimizer || f->has_step || f->parts & HORN_PART_PROGRESS || is_scaled;
    if (says) printf("\n");
    if (f->loss) put_fact("loss:", f->loss);
    if (f->metrics && *f->metrics) put_fact("metrics:", f->metrics);
    if (f->optimizer) put_fact("optimizer:", f->optimizer);
    if (f->has_step) {
        printf("%-11sstep %lld", "state:", (long long)f->step);
        if (f->has_learning_rate) printf(", learning rate %.7g", f->learning_rate);
        if (f->parts & HORN_PART_OPTIMIZER)
            printf(", %zu variable%s", f->optimizer_variables, f->optimizer_variables == 1 ? "" : "s");
        printf("\n");
    }
    if (f->parts & HORN_PART_PROGRESS)
        printf("%-11s%zu epoch%s done, then %zu batch%s; history of %zu epoch%s\n", "progress:", f->epoch,
               f->epoch == 1 ? "" : "s", f->batch, f->batch == 1 ? "" : "es", f->history,
               f->history == 1 ? "" : "s");
    if (is_scaled && f->input_divisor == 1)
        put_fact("scale:", "none, data were taken as they are");
    else if (is_scaled)
        printf("%-11sdata were divided by %.7g\n", "scale:", f->input_divisor);
}

void inspect_print(const horn_file *file)
{
    const horn_file_facts *f = horn_file_about(file);
    put_fact("file:", f->path);
    printf("%-11s%s", "format:", f->format);
    if (f->producer) {
        printf(", by ");
        print_clean(f->producer, "");
    }
    printf("\n");
    if (f->operators) {
        printf("%-11s", "operators:");
        print_clean(f->operators, "");
        printf("\n");
    }
    put_parts(f);
    if (f->summary) {
        printf("\n");
        print_clean(f->summary, "\n");
    }
    if (horn_file_tensor_count(file)) put_tensors(file);
    put_settings(f);
}

void inspect_print_verified(const horn_file *file, const char *report, bool json)
{
    if (json) {
        printf("{\"path\": ");
        json_text(horn_file_about(file)->path);
        printf(", \"verified\": ");
        json_text(report);
        printf("}\n");
        return;
    }
    printf("verified: ");
    print_clean(report, "");
    printf("\n");
}

/* ---- two files ---- */

static void put_match(const horn_file_difference *d)
{
    char first[TEXT], second[TEXT];
    switch (d->match) {
    case HORN_FILE_EQUAL:
        printf("0\n");
        break;
    case HORN_FILE_DIFFERS:
        if (isnan(d->greatest))
            printf(d->first.is_readable ? "nan\n" : "other bytes\n");
        else
            printf("%.6g\n", d->greatest);
        break;
    case HORN_FILE_OTHER_SHAPE:
        printf("%s %s in the first, ", shape_text(&d->first, first), d->first.dtype_name);
        printf("%s %s in the second\n", shape_text(&d->second, second), d->second.dtype_name);
        break;
    case HORN_FILE_ONLY_FIRST:
        printf("only in the first\n");
        break;
    case HORN_FILE_ONLY_SECOND:
        printf("only in the second\n");
        break;
    case HORN_FILE_NOT_COMPARED:
        printf("not compared: %s\n", d->first.dtype_name);
        break;
    }
}

void inspect_print_comparison(const horn_file *first, const horn_file *second, const horn_file_comparison *c)
{
    size_t width = 6;
    put_fact("first:", horn_file_about(first)->path);
    put_fact("second:", horn_file_about(second)->path);
    for (size_t i = 0; i < c->count; i++)
        widen(&width, name_length(c->tensors[i].name, ends_usually(c->tensors[i].name)));
    if (c->count) printf("\n%-*s  greatest difference\n", (int)width, "tensor");
    for (size_t i = 0; i < c->count; i++) {
        put_name(c->tensors[i].name, width);
        printf("  ");
        put_match(&c->tensors[i]);
    }
    if (c->is_equal)
        printf("equal: %zu tensor%s, by %s", c->count, c->count == 1 ? "" : "s", c->by);
    else
        printf("different: %zu of %zu tensors, by %s", c->different, c->count, c->by);
    if (isnan(c->greatest))
        printf("; a number is compared with NaN");
    else if (c->greatest > 0)
        printf("; greatest difference %.6g", c->greatest);
    if (c->not_compared) printf("; %zu not compared", c->not_compared);
    if (c->other_architecture) printf("; the architectures differ");
    if (c->other_compile) printf("; the compile settings differ");
    printf("\n");
}
