#include "formats/torch/variables.h"

#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

#define JSON "optimizer.json"

enum { MAX_JSON = 16 << 20 };

/* ---- writing ---- */

static config *describe_tensor(const snapshot_tensor *t)
{
    config *c = config_object();
    config_set_string(c, "name", t->name);
    config_set_sizes(c, "shape", t->shape, (size_t)t->rank);
    return c;
}

static horn_status write_slot(torch_writer *w, const snapshot_slot *slot, size_t number, config *slots)
{
    horn_status status = HORN_OK;
    config *c = config_object(), *tensors = config_list();
    char name[64];
    config_set_string(c, "name", slot->name);
    for (size_t i = 0; !status && i < slot->tensor_count; i++) {
        const snapshot_tensor *t = &slot->tensors[i];
        bytes content = { 0 };
        config_append(tensors, describe_tensor(t));
        if (t->dtype != HORN_FLOAT32)
            status = fail(HORN_ERROR_UNSUPPORTED, "optimizer variable '%s' is %s, expected float32", t->name,
                          horn_dtype_name(t->dtype));
        bytes_append(&content, t->data, snapshot_tensor_bytes(t));
        if (!status) status = bytes_status(&content);
        snprintf(name, sizeof name, "optimizer/%zu/%zu", number, i);
        if (!status) status = torch_writer_note(w, name, &content);
        bytes_free(&content);
    }
    config_set(c, "tensors", tensors);
    config_append(slots, c);
    return status;
}

horn_status torch_variables_write(torch_writer *w, const snapshot *s)
{
    horn_status status = HORN_OK;
    config *c = config_object(), *slots = config_list();
    bytes text = { 0 };
    config_set_integer(c, "iteration", s->iteration);
    if (s->has_learning_rate) config_set_number(c, "learning_rate", s->learning_rate);
    if (s->has_product) config_set_number(c, "product", s->product);
    for (size_t i = 0; !status && i < s->slot_count; i++) status = write_slot(w, &s->slots[i], i, slots);
    config_set(c, "slots", slots);
    TRY(status);
    TRY(config_status(c));
    TRY(config_print(c, false, &text));
    TRY(torch_writer_note(w, JSON, &text));
done:
    bytes_free(&text);
    config_free(c);
    return status;
}

/* ---- reading ---- */

static bool read_shape(horn_view *out, const config *shape)
{
    *out = (horn_view){ .dtype = HORN_FLOAT32, .rank = (int)config_count(shape) };
    if (!config_is_list(shape) || config_count(shape) > HORN_MAX_RANK) return false;
    for (int i = 0; i < out->rank; i++) {
        int64_t size;
        if (!config_integer(config_at(shape, (size_t)i), &size) || size < 0) return false;
        out->shape[i] = (size_t)size;
    }
    return horn_view_count(out) < SIZE_MAX / 16;
}

static horn_status read_tensor(snapshot_slot *slot, const torch_file *f, const config *described,
                               size_t number, size_t index)
{
    horn_view like;
    snapshot_tensor *t;
    char name[64];
    const char *own = config_get_string(described, "name");
    snprintf(name, sizeof name, ".horn/optimizer/%zu/%zu", number, index);
    const zip_member *m = torch_file_member(f, name);
    if (!own || !read_shape(&like, config_get(described, "shape")) || !m || m->method != 0 ||
        m->size != horn_view_count(&like) * sizeof(float))
        return fail(HORN_ERROR_FORMAT, "%s: no valid %s%s for optimizer variable '%.100s'", f->from->path,
                    f->prefix, name, own ? own : "");
    const unsigned char *data;
    horn_status status = zip_file_stored(&data, f->zip, m);
    if (!status) status = snapshot_slot_add(slot, own, &like, &t);
    if (!status) memcpy(t->data, data, m->size);
    return status;
}

static horn_status read_slots(snapshot *out, const torch_file *f, const config *slots)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; i < config_count(slots); i++) {
        const config *c = config_at(slots, i), *tensors = config_get(c, "tensors");
        snapshot_slot *slot;
        if (!config_get_string(c, "name") || !config_is_list(tensors))
            TRY(fail(HORN_ERROR_FORMAT, "%s: slot %zu in " JSON " has no name or tensors", f->from->path, i));
        TRY(snapshot_add_slot(out, config_get_string(c, "name"), &slot));
        for (size_t k = 0; k < config_count(tensors); k++)
            TRY(read_tensor(slot, f, config_at(tensors, k), i, k));
    }
done:
    return status;
}

horn_status torch_variables_read(snapshot *out, bool *found, const torch_file *f)
{
    horn_status status = HORN_OK;
    const zip_member *member = torch_file_member(f, ".horn/" JSON);
    bytes text = { 0 };
    config *c = NULL;
    double rate;
    *found = member;
    if (!member) return HORN_OK;
    TRY(zip_file_read(&text, f->zip, member, MAX_JSON));
    TRY(config_parse(&c, bytes_text(&text), text.size, f->from->path));
    if (!config_integer(config_get(c, "iteration"), &out->iteration) || out->iteration < 0)
        TRY(fail(HORN_ERROR_FORMAT, "%s: " JSON " has no valid 'iteration'", f->from->path));
    out->has_learning_rate = config_number(config_get(c, "learning_rate"), &rate);
    if (out->has_learning_rate) out->learning_rate = (float)rate;
    out->has_product = config_number(config_get(c, "product"), &rate);
    if (out->has_product) out->product = (float)rate;
    TRY(read_slots(out, f, config_get(c, "slots")));
    out->parts |= PART_OPTIMIZER;
done:
    bytes_free(&text);
    config_free(c);
    return status;
}
