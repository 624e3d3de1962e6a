#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/torch7/torch7.h"

/* Tables may be shared, so that a walk could be far longer than the file. */
enum { MOST_STEPS = 1 << 18, MOST_TIMES = 16, SPARE = 1 << 20 };

typedef struct walk {
    torch7_names *out;
    const char *where;
    size_t steps, total, most;
} walk;

void torch7_names_free(torch7_names *n)
{
    for (size_t i = 0; i < n->count; i++) free(n->items[i].name);
    free(n->items);
    *n = (torch7_names){ 0 };
}

horn_dtype torch7_named_dtype(const torch7_named *n)
{
    return n->value->kind == TORCH7_NUMBER ? HORN_INT64 : n->value->dtype;
}

static horn_status step(walk *w)
{
    return ++w->steps > MOST_STEPS ? fail(HORN_ERROR_FORMAT, "%s: over %d values", w->where, MOST_STEPS)
                                   : HORN_OK;
}

/* ---- names ---- */

static horn_status join(char **out, const char *before, const char *name, size_t length)
{
    bytes text = { 0 };
    bytes_print(&text, "%s%s", before, *before ? "." : "");
    bytes_append(&text, name, length);
    horn_status status = bytes_status(&text);
    if (!status) status = memory_copy_string(out, bytes_text(&text));
    bytes_free(&text);
    return status;
}

static horn_status join_number(char **out, const char *before, size_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%zu", number);
    return join(out, before, text, strlen(text));
}

/* ---- tensors ---- */

static horn_status add(walk *w, const char *name, const torch7_value *value, torch7_named **out)
{
    torch7_names *n = w->out;
    horn_status status = memory_grow(&n->items, n->count, &n->capacity, sizeof *n->items);
    if (status) return status;
    torch7_named *added = &n->items[n->count];
    *added = (torch7_named){ .value = value };
    if (value->kind == TORCH7_TENSOR) {
        added->rank = value->rank;
        memcpy(added->shape, value->shape, sizeof added->shape);
        const size_t size = torch7_count(value) * horn_dtype_size(value->dtype);
        w->total = size > SIZE_MAX - w->total ? SIZE_MAX : w->total + size;
        if (w->total > w->most)
            return fail(HORN_ERROR_FORMAT, "%s: shared tensors of %zu bytes in a file of far fewer", w->where,
                        w->total);
    }
    if ((status = memory_copy_string(&added->name, name))) return status;
    n->count++;
    if (out) *out = added;
    return HORN_OK;
}

static bool is_full(const torch7_value *v)
{
    return v && v->kind == TORCH7_TENSOR && torch7_count(v) > 0;
}

/* ---- modules ---- */

static double field_number(const torch7_value *fields, const char *name, double otherwise)
{
    double number;
    return torch7_number(torch7_get(fields, name), &number) ? number : otherwise;
}

/* nn.SpatialConvolutionMM has [outputs, inputs * height * width]. */
static void unfold(torch7_named *n, const torch7_value *fields)
{
    const double inputs = field_number(fields, "nInputPlane", 0), height = field_number(fields, "kH", 0),
                 width = field_number(fields, "kW", 0);
    if (n->rank != 2 || inputs < 1 || height < 1 || width < 1 ||
        inputs * height * width != (double)n->shape[1])
        return;
    n->rank = 4;
    n->shape[1] = (size_t)inputs;
    n->shape[2] = (size_t)height;
    n->shape[3] = (size_t)width;
}

static horn_status check_dropout(const walk *w, const torch7_value *module, const char *name)
{
    const torch7_value *v2 = torch7_get(module->payload, "v2");
    if (!torch7_is_class(module, "nn.Dropout") || (v2 && v2->kind == TORCH7_BOOLEAN && v2->boolean))
        return HORN_OK;
    return fail(HORN_ERROR_UNSUPPORTED,
                "%s: module %s is an nn.Dropout of the old kind, which scales in prediction", w->where, name);
}

static horn_status walk_parameters(walk *w, const torch7_value *module, const char *name)
{
    static const char *const fields[] = { "weight", "bias", "running_mean", "running_var", "running_std" };
    horn_status status = check_dropout(w, module, name);
    for (size_t i = 0; i < 5 && !status; i++) {
        const torch7_value *t = torch7_get(module->payload, fields[i]);
        const char *own = i == 4 ? "running_var" : fields[i];
        torch7_named *added = NULL;
        char *full = NULL;
        if (!is_full(t) || (i == 4 && torch7_get(module->payload, "running_var"))) continue;
        status = join(&full, name, own, strlen(own));
        if (!status) status = add(w, full, t, &added);
        free(full);
        if (status) return status;
        if (i == 0) unfold(added, module->payload);
        added->is_deviation = i == 4;
        added->eps = field_number(module->payload, "eps", 1e-5);
    }
    return status;
}

static horn_status walk_module(walk *w, const torch7_value *module, const char *name)
{
    const torch7_value *modules = torch7_get(module->payload, "modules");
    horn_status status = step(w);
    if (!status && !modules) return walk_parameters(w, module, name);
    for (size_t i = 1; !status && modules && i <= modules->count; i++) {
        const torch7_value *inner = torch7_at(modules, i);
        char *own = NULL;
        if (!inner || inner->kind != TORCH7_OBJECT)
            return fail(HORN_ERROR_FORMAT, "%s: module %s%s%zu is no object of nn", w->where, name,
                        *name ? "." : "", i - 1);
        status = join_number(&own, name, i - 1);
        if (!status) status = walk_module(w, inner, own);
        free(own);
    }
    return status;
}

/* ---- tables ---- */

static bool ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text), own = strlen(end);
    return length >= own && strcmp(text + length - own, end) == 0;
}

static horn_status walk_table(walk *w, const torch7_value *table, const char *name);

static horn_status walk_value(walk *w, const torch7_value *v, const char *name)
{
    horn_status status = step(w);
    if (status) return status;
    if (v->kind == TORCH7_TABLE) return walk_table(w, v, name);
    if (v->kind == TORCH7_OBJECT) return walk_module(w, v, name);
    if (is_full(v) || (v->kind == TORCH7_NUMBER && ends_with(name, "num_batches_tracked")))
        return add(w, name, v, NULL);
    return HORN_OK;
}

static horn_status walk_table(walk *w, const torch7_value *table, const char *name)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; i < table->count && !status; i++) {
        const torch7_value *key = table->pairs[i].key;
        char *own = NULL;
        if (key->kind == TORCH7_STRING && memchr(key->text, 0, key->length))
            return fail(HORN_ERROR_FORMAT, "%s: a key with a zero byte", w->where);
        if (key->kind == TORCH7_STRING)
            status = join(&own, name, key->text, key->length);
        else if (key->kind == TORCH7_NUMBER && key->number >= 0 && key->number < 1e9 &&
                 key->number == floor(key->number))
            status = join_number(&own, name, (size_t)key->number);
        if (!status && own) status = walk_value(w, table->pairs[i].value, own);
        free(own);
    }
    return status;
}

/* The only object of nn in a table; NULL: none, or several. */
static const torch7_value *find_model(const torch7_value *table)
{
    const torch7_value *found = NULL;
    for (size_t i = 0; table->kind == TORCH7_TABLE && i < table->count; i++) {
        const torch7_value *v = table->pairs[i].value;
        if (v->kind != TORCH7_OBJECT) continue;
        if (found) return NULL;
        found = v;
    }
    return found;
}

horn_status torch7_collect(torch7_names *out, const torch7_file *file, size_t file_size, bool all,
                           const char *where)
{
    walk w = { .out = out, .where = where, .most = MOST_TIMES * file_size + SPARE };
    const torch7_value *root = file->root, *model = all ? NULL : find_model(root);
    *out = (torch7_names){ 0 };
    if (root->kind != TORCH7_TABLE && root->kind != TORCH7_OBJECT)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: holds neither a table nor an object of nn", where);
    return walk_value(&w, model ? model : root, "");
}

const torch7_value *torch7_note(const torch7_file *f)
{
    const torch7_value *found =
        torch7_get(f->root->kind == TORCH7_OBJECT ? f->root->payload : f->root, "horn");
    return found && found->kind == TORCH7_STRING ? found : NULL;
}

/* ---- values ---- */

void torch7_named_copy(const torch7_named *n, void *out)
{
    if (n->value->kind == TORCH7_NUMBER) {
        const double number = n->value->number;
        const int64_t whole = number >= 0 && number < 9e15 ? (int64_t)number : 0;
        memcpy(out, &whole, sizeof whole);
        return;
    }
    torch7_copy(n->value, out);
    const size_t count = torch7_count(n->value);
    for (size_t i = 0; n->is_deviation && n->value->dtype == HORN_FLOAT32 && i < count; i++) {
        float *value = (float *)out + i;
        *value = (float)(1 / ((double)*value * *value) - n->eps);
    }
    for (size_t i = 0; n->is_deviation && n->value->dtype == HORN_FLOAT64 && i < count; i++) {
        double *value = (double *)out + i;
        *value = 1 / (*value * *value) - n->eps;
    }
}
