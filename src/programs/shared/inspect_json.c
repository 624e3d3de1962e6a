#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "programs/shared/inspect_print.h"
#include "programs/shared/json.h"

static void put_member(const char *name, const char *text)
{
    printf(",\n \"%s\": ", name);
    json_text(text);
}

static void put_part(const horn_file *file, const char *name, unsigned part)
{
    char *text = NULL;
    bool held = horn_file_about(file)->parts & part;
    if (!held || horn_file_json(&text, file, part)) text = NULL;
    printf(",\n \"%s\": ", name);
    json_value(text);
    free(text);
}

static const char *const names[HORN_PARTS] = { "architecture", "weights", "compile", "optimizer",
                                               "progress" };

static void put_parts(unsigned parts)
{
    const char *comma = "";
    printf(",\n \"parts\": [");
    for (int i = 0; i < 5; i++) {
        if (!(parts >> i & 1)) continue;
        printf("%s\"%s\"", comma, names[i]);
        comma = ", ";
    }
    printf("]");
}

/* {"optimizer": why} */
static void put_left_out(const horn_file_facts *f)
{
    const char *comma = "";
    printf(",\n \"left_out\": {");
    for (int i = 0; i < HORN_PARTS; i++) {
        if (!f->left_out[i]) continue;
        printf("%s\"%s\": ", comma, names[i]);
        json_text(f->left_out[i]);
        comma = ", ";
    }
    printf("}");
}

/* "shape": [784, 128], "dtype": "float32", "bytes": 401408 */
static void put_tensor(const horn_file_tensor *t)
{
    printf("\"shape\": ");
    if (t->rank < 0) printf("null");
    if (t->rank >= 0) printf("[");
    for (int i = 0; i < t->rank; i++) printf("%s%zu", i ? ", " : "", t->shape[i]);
    printf("%s, \"dtype\": \"%s\", \"bytes\": %zu", t->rank >= 0 ? "]" : "", t->dtype_name, t->bytes);
}

static void put_tensors(const horn_file *file)
{
    printf(",\n \"tensors\": [");
    for (size_t i = 0; i < horn_file_tensor_count(file); i++) {
        const horn_file_tensor *t = horn_file_tensor_at(file, i);
        printf("%s\n  {\"name\": ", i ? "," : "");
        json_text(t->name);
        printf(", ");
        put_tensor(t);
        printf("}");
    }
    printf("]");
}

void inspect_print_json(const horn_file *file)
{
    const horn_file_facts *f = horn_file_about(file);
    printf("{\"path\": ");
    json_text(f->path);
    put_member("format", f->format);
    put_member("producer", f->producer);
    put_member("operators", f->operators);
    put_parts(f->parts);
    put_member("trouble", f->trouble);
    put_left_out(f);
    put_member("name", f->name);
    put_member("summary", f->summary);
    put_part(file, "architecture", HORN_PART_ARCHITECTURE);
    put_tensors(file);
    put_part(file, "compile", HORN_PART_COMPILE);
    printf(",\n \"optimizer\": ");
    if (f->has_step) {
        printf("{\"step\": %lld, \"learning_rate\": ", (long long)f->step);
        if (f->has_learning_rate)
            json_number(f->learning_rate);
        else
            printf("null");
        if (f->parts & HORN_PART_OPTIMIZER)
            printf(", \"variables\": %zu}", f->optimizer_variables);
        else
            printf(", \"variables\": null}");
    } else {
        printf("null");
    }
    put_part(file, "progress", HORN_PART_PROGRESS);
    printf(",\n \"input_divisor\": ");
    if (f->input_divisor != 0)
        json_number(f->input_divisor);
    else
        printf("null");
    printf("}\n");
}

static void put_side(const char *name, const horn_file_tensor *t)
{
    printf(", \"%s\": ", name);
    if (t->name) printf("{");
    if (t->name) put_tensor(t);
    printf(t->name ? "}" : "null");
}

void inspect_print_comparison_json(const horn_file *first, const horn_file *second,
                                   const horn_file_comparison *c)
{
    static const char *const matches[] = { "equal",      "differs",     "other shape",
                                           "only first", "only second", "not compared" };
    printf("{\"first\": ");
    json_text(horn_file_about(first)->path);
    put_member("second", horn_file_about(second)->path);
    printf(",\n \"equal\": %s,\n \"by\": \"%s\",\n \"different\": %zu,\n \"greatest\": ",
           c->is_equal ? "true" : "false", c->by, c->different);
    json_number(c->greatest);
    printf(",\n \"architecture_differs\": %s,\n \"compile_differs\": %s",
           c->other_architecture ? "true" : "false", c->other_compile ? "true" : "false");
    printf(",\n \"tensors\": [");
    for (size_t i = 0; i < c->count; i++) {
        const horn_file_difference *d = &c->tensors[i];
        printf("%s\n  {\"name\": ", i ? "," : "");
        json_text(d->name);
        printf(", \"match\": \"%s\", \"greatest\": ", matches[d->match]);
        json_number(d->match == HORN_FILE_DIFFERS || d->match == HORN_FILE_EQUAL ? d->greatest
                                                                                 : (double)INFINITY);
        put_side("first", &d->first);
        put_side("second", &d->second);
        printf("}");
    }
    printf("]}\n");
}
