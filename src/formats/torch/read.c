/* torch_read_state: from named tensors to the weights of layers. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/torch/rename.h"
#include "formats/torch/state.h"
#include "snapshot/index.h"
#include "tensor/tensor.h"

typedef struct reading {
    snapshot *out;
    /* What the layers are, and their schema. */
    const snapshot *architecture, *expected;
    /* Of the state: names without what stands before every one. Borrowed. */
    torch_state *state;
    const char **names;
    bool *taken;
    torch_modules modules;
    const char *where;
} reading;

/* ---- names ---- */

/* DataParallel calls its model "module". */
static size_t prefix_of(const torch_state *s)
{
    static const char prefix[] = "module.";
    for (size_t i = 0; i < s->count; i++)
        if (strncmp(s->tensors[i].name, prefix, sizeof prefix - 1) != 0) return 0;
    return sizeof prefix - 1;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static horn_status check_unique(const reading *r)
{
    horn_status status = HORN_OK;
    const size_t count = r->state->count;
    const char **sorted = NULL;
    TRY(memory_new(&sorted, count, sizeof *sorted));
    for (size_t i = 0; i < count; i++) sorted[i] = r->names[i];
    qsort(sorted, count, sizeof *sorted, compare_names);
    for (size_t i = 1; i < count; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            TRY(fail(HORN_ERROR_FORMAT, "%s: holds two tensors '%.200s'", r->where, sorted[i]));
done:
    free(sorted);
    return status;
}

static horn_status take_names(reading *r)
{
    horn_status status = HORN_OK;
    const torch_state *s = r->state;
    const size_t prefix = prefix_of(s);
    TRY(memory_new(&r->names, s->count, sizeof *r->names));
    TRY(memory_new(&r->taken, s->count, sizeof *r->taken));
    for (size_t i = 0; i < s->count; i++) r->names[i] = s->tensors[i].name + prefix;
    status = check_unique(r);
done:
    return status;
}

/* ---- tensors ---- */

/* The tensor of a module; SIZE_MAX: there is none. */
static size_t find(const reading *r, const char *module, const char *name)
{
    const size_t length = strlen(module);
    for (size_t i = 0; i < r->state->count; i++) {
        const char *own = r->names[i];
        if (strncmp(own, module, length) == 0 && own[length] == '.' && strcmp(own + length + 1, name) == 0)
            return i;
    }
    return SIZE_MAX;
}

static horn_status misfit(const reading *r, size_t index, const torch_place *p)
{
    const torch_tensor *t = &r->state->tensors[index];
    char found[SHAPE_TEXT], expected[SHAPE_TEXT];
    shape own = { .rank = t->rank }, other = { .rank = p->rank };
    memcpy(own.dim, t->shape, sizeof own.dim);
    memcpy(other.dim, p->shape, sizeof other.dim);
    return fail(HORN_ERROR_SHAPE, "%s: tensor '%.200s' has shape %s (%s), expected %s (float32)", r->where,
                t->name, shape_print(found, &own), horn_dtype_name(t->dtype), shape_print(expected, &other));
}

static bool fits(const torch_tensor *t, const torch_place *p)
{
    return (t->dtype == HORN_FLOAT32 || t->dtype == HORN_FLOAT64) && t->rank == p->rank &&
           memcmp(t->shape, p->shape, (size_t)p->rank * sizeof *p->shape) == 0;
}

/* float64 becomes float32 in place. */
static const float *values_of(const torch_tensor *t, size_t count)
{
    if (t->dtype == HORN_FLOAT64)
        for (size_t i = 0; i < count; i++) ((float *)t->data)[i] = (float)((double *)t->data)[i];
    return t->data;
}

/* The model has no such weight: then it may be missing, or must change nothing. */
static horn_status check_fill(reading *r, size_t index, const torch_place *p)
{
    if (index == SIZE_MAX) return HORN_OK;
    const torch_tensor *t = &r->state->tensors[index];
    r->taken[index] = true;
    if (p->dtype == HORN_INT64) return HORN_OK;
    if (!fits(t, p)) return misfit(r, index, p);
    const size_t count = torch_place_count(p);
    for (size_t i = 0; i < count; i++) {
        const double value =
            t->dtype == HORN_FLOAT64 ? ((double *)t->data)[i] : (double)((float *)t->data)[i];
        if (value != p->fill)
            return fail(
                HORN_ERROR_UNSUPPORTED,
                "%s: tensor '%.200s' is not %g everywhere, and the model's layer '%s' has no such weight",
                r->where, t->name, p->fill, r->expected->layers[p->layer].name);
    }
    return HORN_OK;
}

/* The modules of the file, for an error line. */
static horn_status lacks(const reading *r, const torch_module *m, const torch_place *p)
{
    enum { SHOWN = 4 };
    bytes names = { 0 };
    for (size_t i = 0; i < r->state->count && i < SHOWN; i++)
        bytes_print(&names, "%s'%.100s'", i ? ", " : "", r->names[i]);
    horn_status status = bytes_status(&names);
    if (!status)
        status = fail(HORN_ERROR_SHAPE,
                      "%s: holds no tensor '%s.%s' for layer '%s'; it has %s%s: names of modules other than "
                      "nn.Sequential's are given by the option names",
                      r->where, m->name, p->name, r->expected->layers[p->layer].name,
                      r->state->count ? bytes_text(&names) : "none", r->state->count > SHOWN ? ", ..." : "");
    bytes_free(&names);
    return status;
}

static snapshot_tensor *find_weight(snapshot_layer *l, const char *name)
{
    for (size_t i = 0; i < l->tensor_count; i++)
        if (strcmp(l->tensors[i].name, name) == 0) return &l->tensors[i];
    return NULL;
}

/* PyTorch's second bias of a recurrent layer, which adds to the first. */
static horn_status add_to_weight(reading *r, size_t index, const torch_place *p)
{
    const size_t count = torch_place_count(p);
    snapshot_tensor *w = find_weight(&r->out->layers[p->layer], p->added_to);
    if (index == SIZE_MAX) return HORN_OK;
    if (!w || !fits(&r->state->tensors[index], p) || snapshot_tensor_bytes(w) != count * sizeof(float))
        return misfit(r, index, p);
    r->taken[index] = true;
    const float *values = values_of(&r->state->tensors[index], count);
    for (size_t i = 0; i < count; i++) ((float *)w->data)[i] += values[i];
    return HORN_OK;
}

static horn_status read_place(reading *r, const torch_module *m, const torch_place *p)
{
    const size_t index = find(r, m->name, p->name), count = torch_place_count(p);
    if (!p->weight && p->added_to) return add_to_weight(r, index, p);
    if (!p->weight) return check_fill(r, index, p);
    snapshot_tensor *w = find_weight(&r->out->layers[p->layer], p->weight);
    if (index == SIZE_MAX) return lacks(r, m, p);
    if (!w || !fits(&r->state->tensors[index], p) ||
        snapshot_tensor_bytes(w) != torch_place_whole(p) * sizeof(float))
        return misfit(r, index, p);
    r->taken[index] = true;
    torch_place_from(p, sizeof(float), values_of(&r->state->tensors[index], count), w->data);
    torch_state_place(&r->state->tensors[index], p, (size_t)(w - r->out->layers[p->layer].tensors));
    return HORN_OK;
}

/* ---- layers ---- */

/* Fails before it allocates if the state has fewer values than the model. */
static horn_status check_places(const reading *r)
{
    for (size_t i = 0; i < r->modules.count; i++)
        for (size_t k = 0; k < r->modules.items[i].place_count; k++) {
            const torch_place *p = &r->modules.items[i].places[k];
            const size_t index = find(r, r->modules.items[i].name, p->name);
            if (!p->weight) continue;
            if (index == SIZE_MAX) return lacks(r, &r->modules.items[i], p);
            if (!fits(&r->state->tensors[index], p)) return misfit(r, index, p);
        }
    return HORN_OK;
}

/* Adds the layers, if the snapshot has none yet, and weights of zeros. */
static horn_status add_weights(reading *r)
{
    horn_status status = HORN_OK;
    const bool has_layers = r->out->layer_count > 0;
    for (size_t i = 0; i < r->expected->layer_count; i++) {
        const snapshot_layer *whole = &r->expected->layers[i], *from = torch_weights_of(whole);
        snapshot_layer *layer = has_layers ? &r->out->layers[i] : NULL;
        if (!layer) TRY(snapshot_add_layer(r->out, NULL, whole->name, &layer));
        layer->is_flat |= from != whole;
        for (size_t k = 0; k < from->tensor_count; k++) {
            const horn_view like = snapshot_tensor_view(&from->tensors[k]);
            snapshot_tensor *t;
            TRY(snapshot_layer_add(layer, from->tensors[k].name, &like, &t));
            schema_apply_to(t, &from->tensors[k]);
            if (!has_layers && snapshot_is_frozen(&r->architecture->layers[i])) t->trainable = false;
        }
    }
done:
    return status;
}

static horn_status check_left(const reading *r)
{
    for (size_t i = 0; i < r->state->count; i++)
        if (!r->taken[i])
            return fail(HORN_ERROR_SHAPE, "%s: holds a tensor '%.200s', which the model has not", r->where,
                        r->state->tensors[i].name);
    return HORN_OK;
}

static horn_status read_layers(reading *r, const char *const *lines)
{
    horn_status status = HORN_OK;
    TRY(snapshot_need(r->expected, PART_OPERATIONS));
    TRY(torch_modules_of(&r->modules, r->expected, lines, r->where));
    if (!lines) TRY(torch_rename(&r->modules, r->names, r->state->count));
    TRY(check_places(r));
    TRY(add_weights(r));
    for (size_t i = 0; i < r->modules.count; i++)
        for (size_t k = 0; k < r->modules.items[i].place_count; k++)
            TRY(read_place(r, &r->modules.items[i], &r->modules.items[i].places[k]));
    status = check_left(r);
done:
    return status;
}

horn_status torch_read_state(snapshot *out, torch_state *s, const schema *known, const char *const *names,
                             const char *where)
{
    horn_status status = HORN_OK;
    snapshot *expected = NULL;
    reading r = { .out = out, .state = s, .where = where };
    r.architecture = out->parts & PART_ARCHITECTURE ? out : known ? known->model : NULL;
    TRY(take_names(&r));
    if (r.architecture && (!known || !known->of_architecture))
        TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: nobody knows the weights of its architecture", where));
    if (r.architecture) TRY(known->of_architecture(&expected, r.architecture));
    r.expected = expected;
    TRY(r.architecture ? read_layers(&r, names) : torch_read_by_name(out, s, r.names));
    out->parts |= PART_WEIGHTS;
done:
    free(r.names);
    free(r.taken);
    torch_modules_free(&r.modules);
    snapshot_free(expected);
    return status;
}
