#include <stdio.h>
#include <string.h>
#include "base/status.h"
#include "formats/torch7/torch7.h"

static horn_view view_of(const torch_tensor *t)
{
    horn_view view = { .data = t->data, .dtype = t->dtype, .rank = t->rank };
    memcpy(view.shape, t->shape, sizeof view.shape);
    return view;
}

static horn_status put_empty(torch7_writer *w)
{
    return torch7_put_tensor(w, &(horn_view){ .dtype = HORN_FLOAT32, .rank = 1 });
}

/* ---- a table ---- */

static horn_status put_named(torch7_writer *w, const torch_tensor *t, const char *where)
{
    const horn_view view = view_of(t);
    torch7_put_text(w, t->name);
    if (!horn_view_count(&view))
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: tensor '%.200s' has no elements, as no tensor of Torch7 with a shape", where,
                    t->name);
    if (t->rank == 0 && t->dtype == HORN_INT64 && torch_is_counter(t->name)) {
        int64_t number;
        memcpy(&number, t->data, sizeof number);
        torch7_put_number(w, (double)number);
        return HORN_OK;
    }
    if (t->rank == 0)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: tensor '%.200s' has no axes, as every tensor of Torch7 has",
                    where, t->name);
    const horn_status status = torch7_put_tensor(w, &view);
    return status ? fail_in(status, where) : HORN_OK;
}

static horn_status put_state(torch7_writer *w, const torch_state *s, const char *note, const char *where)
{
    horn_status status = HORN_OK;
    torch7_put_table(w, s->count + (note != NULL));
    for (size_t i = 0; i < s->count && !status; i++) status = put_named(w, &s->tensors[i], where);
    if (note) torch7_put_text(w, "horn");
    if (note) torch7_put_text(w, note);
    return status;
}

/* ---- an nn.Sequential ---- */

enum { COMMON = 4 };

static horn_status put_common(torch7_writer *w)
{
    horn_status status;
    torch7_put_text(w, "_type");
    torch7_put_text(w, "torch.FloatTensor");
    torch7_put_text(w, "train");
    torch7_put_boolean(w, false);
    torch7_put_text(w, "output");
    status = put_empty(w);
    torch7_put_text(w, "gradInput");
    return status ? status : put_empty(w);
}

static horn_status put_field(torch7_writer *w, const torch7_field *f)
{
    torch7_put_text(w, f->name);
    switch (f->kind) {
    case TORCH7_FIELD_NUMBER:
        torch7_put_number(w, f->number);
        return HORN_OK;
    case TORCH7_FIELD_BOOLEAN:
        torch7_put_boolean(w, f->number != 0);
        return HORN_OK;
    case TORCH7_FIELD_SIZES:
        torch7_put_sizes(w, f->sizes, f->count);
        return HORN_OK;
    default:
        return put_empty(w);
    }
}

/* The tensors of a module stand together in the state, from *at on. Torch7's modules count no batches. */
static horn_status put_tensors(torch7_writer *w, const torch_module *m, const torch_state *s, size_t *at)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; i < m->place_count && !status; i++, ++*at) {
        const horn_view view = view_of(&s->tensors[*at]);
        if (torch_is_counter(m->places[i].name)) continue;
        torch7_put_text(w, m->places[i].name);
        status = torch7_put_tensor(w, &view);
    }
    return status;
}

static size_t tensor_count(const torch_module *m)
{
    size_t count = 0;
    for (size_t i = 0; i < m->place_count; i++) count += !torch_is_counter(m->places[i].name);
    return count;
}

static horn_status put_module(torch7_writer *w, const torch_module *m, const torch7_module *own,
                              const torch_state *s, size_t *at)
{
    horn_status status;
    torch7_put_object(w, own->class_name);
    torch7_put_table(w, COMMON + own->count + tensor_count(m));
    status = put_common(w);
    for (size_t i = 0; i < own->count && !status; i++) status = put_field(w, &own->fields[i]);
    return status ? status : put_tensors(w, m, s, at);
}

static horn_status put_sequential(torch7_writer *w, const torch_state *state, const torch_modules *modules,
                                  const snapshot *s, const char *note)
{
    horn_status status = HORN_OK;
    size_t at = 0;
    torch7_put_object(w, "nn.Sequential");
    torch7_put_table(w, COMMON + 1 + (note != NULL));
    TRY(put_common(w));
    torch7_put_text(w, "modules");
    torch7_put_table(w, modules->count);
    for (size_t i = 0; i < modules->count; i++) {
        torch7_module own;
        (void)torch7_module_of(&own, &modules->items[i], s);
        torch7_put_number(w, (double)(i + 1));
        TRY(put_module(w, &modules->items[i], &own, state, &at));
    }
    if (note) torch7_put_text(w, "horn");
    if (note) torch7_put_text(w, note);
done:
    return status;
}

/* Also if a user names the modules: nn.Sequential counts them. */
static bool is_sequential(const torch_modules *modules, const snapshot *s)
{
    for (size_t i = 0; i < modules->count; i++) {
        torch7_module own;
        char index[24];
        snprintf(index, sizeof index, "%zu", i);
        if (strcmp(modules->items[i].name, index) != 0 || !torch7_module_of(&own, &modules->items[i], s))
            return false;
    }
    return modules->count > 0;
}

horn_status torch7_write(bytes *out, const torch_state *state, const torch_modules *modules,
                         const snapshot *s, const char *note, const char *where)
{
    torch7_writer w = { 0 };
    horn_status status = is_sequential(modules, s) ? put_sequential(&w, state, modules, s, note)
                                                   : put_state(&w, state, note, where);
    if (!status) status = bytes_status(&w.out);
    if (status) {
        bytes_free(&w.out);
        return status;
    }
    *out = w.out;
    return HORN_OK;
}
