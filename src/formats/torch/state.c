#include "formats/torch/state.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

void torch_state_free(torch_state *s)
{
    for (size_t i = 0; i < s->count; i++) {
        free(s->tensors[i].name);
        free(s->tensors[i].data);
    }
    for (size_t i = 0; i < s->version_count; i++) free(s->versions[i].module);
    free(s->tensors);
    free(s->versions);
    *s = (torch_state){ 0 };
}

const torch_tensor *torch_state_find(const torch_state *s, const char *name)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->tensors[i].name, name) == 0) return &s->tensors[i];
    return NULL;
}

horn_status torch_state_add(torch_state *s, const char *name, const horn_view *like, torch_tensor **out)
{
    horn_status status = HORN_OK;
    size_t count = 1;
    for (int i = 0; i < like->rank; i++)
        if (!memory_multiply(&count, like->shape[i])) return fail_memory("tensor", SIZE_MAX);
    TRY(memory_grow(&s->tensors, s->count, &s->capacity, sizeof *s->tensors));
    torch_tensor *t = &s->tensors[s->count];
    *t = (torch_tensor){ .dtype = like->dtype, .rank = like->rank, .is_parameter = true };
    memcpy(t->shape, like->shape, sizeof t->shape);
    TRY(memory_copy_string(&t->name, name));
    s->count++;
    TRY(memory_new_aligned(&t->data, count, horn_dtype_size(like->dtype)));
    *out = t;
done:
    return status;
}

static bool ends_with(const char *name, const char *end)
{
    const size_t length = strlen(name), own = strlen(end);
    return length >= own && strcmp(name + length - own, end) == 0;
}

bool torch_is_counter(const char *name)
{
    return ends_with(name, "num_batches_tracked");
}

bool torch_is_buffer(const char *name)
{
    return torch_is_counter(name) || ends_with(name, "running_mean") || ends_with(name, "running_var");
}

/* ---- versions ---- */

static horn_status add_version(torch_state *s, const char *module, size_t length, int version)
{
    for (size_t i = 0; i < s->version_count; i++)
        if (strlen(s->versions[i].module) == length && memcmp(s->versions[i].module, module, length) == 0)
            return HORN_OK;
    horn_status status =
        memory_grow(&s->versions, s->version_count, &s->version_capacity, sizeof *s->versions);
    if (!status) status = memory_copy_text(&s->versions[s->version_count].module, module, length);
    if (!status) s->versions[s->version_count++].version = version;
    return status;
}

/* Of the modules around it too: "features" for "features.0". */
static horn_status add_versions(torch_state *s, const torch_module *m)
{
    horn_status status = HORN_OK;
    for (const char *dot = strchr(m->name, '.'); !status && dot; dot = strchr(dot + 1, '.'))
        status = add_version(s, m->name, (size_t)(dot - m->name), 1);
    return status ? status : add_version(s, m->name, strlen(m->name), m->version);
}

/* ---- from a snapshot ---- */

static void fill(torch_tensor *t, const torch_place *p, int64_t iteration)
{
    const size_t count = torch_place_count(p);
    if (p->dtype == HORN_INT64) {
        memcpy(t->data, &iteration, sizeof iteration);
        return;
    }
    for (size_t i = 0; i < count; i++) ((float *)t->data)[i] = (float)p->fill;
}

const snapshot_layer *torch_weights_of(const snapshot_layer *l)
{
    while (!l->tensor_count && l->inner_count) l = &l->inner[0];
    return l;
}

static const snapshot_tensor *find_weight(const snapshot *s, const torch_place *p)
{
    const snapshot_layer *l = torch_weights_of(&s->layers[p->layer]);
    for (size_t i = 0; i < l->tensor_count; i++)
        if (strcmp(l->tensors[i].name, p->weight) == 0) return &l->tensors[i];
    return NULL;
}

void torch_state_place(torch_tensor *t, const torch_place *p, size_t weight)
{
    t->is_placed = true;
    t->layer = p->layer;
    t->weight = weight;
    t->place = *p;
    t->place.name = t->place.weight = NULL;
}

static horn_status add_tensor(torch_state *out, const snapshot *s, const torch_module *m,
                              const torch_place *p)
{
    horn_status status = HORN_OK;
    torch_tensor *t;
    bytes name = { 0 };
    horn_view like = { .dtype = p->dtype, .rank = p->rank };
    memcpy(like.shape, p->shape, sizeof like.shape);
    const snapshot_tensor *w = p->weight ? find_weight(s, p) : NULL;
    bytes_print(&name, "%s.%s", m->name, p->name);
    TRY(bytes_status(&name));
    if (p->weight && (!w || !w->data || w->dtype != HORN_FLOAT32 ||
                      snapshot_tensor_bytes(w) != torch_place_whole(p) * sizeof(float)))
        TRY(fail(HORN_ERROR_UNSUPPORTED, "layer '%s' has no weight '%s' in float32", s->layers[p->layer].name,
                 p->weight));
    TRY(torch_state_add(out, bytes_text(&name), &like, &t));
    t->is_parameter = p->is_parameter;
    if (w) torch_place_to(p, sizeof(float), w->data, t->data);
    if (w)
        torch_state_place(t, p, (size_t)(w - torch_weights_of(&s->layers[p->layer])->tensors));
    else
        fill(t, p, s->iteration);
done:
    bytes_free(&name);
    return status;
}

horn_status torch_state_of_snapshot(torch_state *out, const snapshot *s, const torch_modules *modules)
{
    horn_status status = HORN_OK;
    TRY(add_version(out, "", 0, 1));
    for (size_t i = 0; i < modules->count; i++) {
        const torch_module *m = &modules->items[i];
        TRY(add_versions(out, m));
        for (size_t k = 0; k < m->place_count; k++) TRY(add_tensor(out, s, m, &m->places[k]));
    }
done:
    return status;
}

/* Of a snapshot whose layouts are PyTorch's: as it is. */
static horn_status copy_tensors(torch_state *out, const snapshot *s)
{
    horn_status status = HORN_OK;
    bytes name = { 0 };
    for (size_t i = 0; i < s->layer_count; i++)
        for (size_t k = 0; k < s->layers[i].tensor_count; k++) {
            const snapshot_tensor *from = &s->layers[i].tensors[k];
            const horn_view like = snapshot_tensor_view(from);
            torch_tensor *t;
            name.size = 0;
            bytes_print(&name, "%s%s%s", s->layers[i].name, *s->layers[i].name ? "." : "", from->name);
            TRY(bytes_status(&name));
            TRY(torch_state_add(out, bytes_text(&name), &like, &t));
            memcpy(t->data, from->data, snapshot_tensor_bytes(from));
            t->is_parameter = from->trainable;
        }
done:
    bytes_free(&name);
    return status;
}

horn_status torch_write_state(torch_state *out, torch_modules *modules, const snapshot *s,
                              const format_options *options, const char *where)
{
    if (s->by_name && s->torch_layouts) return copy_tensors(out, s);
    horn_status status = torch_modules_of(modules, s, format_options_names(options, TORCH_NAMES), where);
    if (!status) status = torch_state_of_snapshot(out, s, modules);
    return status;
}

horn_status torch_write_notes(bytes *out, const snapshot *s, const format_options *options)
{
    torch_modules modules = { 0 };
    horn_status status = HORN_OK;
    if (s->by_name && s->torch_layouts) return HORN_OK;
    status = torch_modules_of(&modules, s, format_options_names(options, TORCH_NAMES), s->name);
    if (!status) bytes_append(out, modules.notes.data, modules.notes.size);
    torch_modules_free(&modules);
    return status;
}
