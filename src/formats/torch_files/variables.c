#include "formats/torch_files/variables.h"

#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/torch_files/optimizer.h"

#define JSON    "optimizer.json"
#define IN_DICT "in_dict"

enum { MAX_JSON = 16 << 20 };

/* ---- writing ---- */

static config *describe_tensor(const snapshot_tensor *t)
{
    config *c = config_object();
    config_set_string(c, "name", t->name);
    config_set_sizes(c, "shape", t->shape, (size_t)t->rank);
    return c;
}

/* The dict has the slot's values as they are. */
static bool is_in_dict(const snapshot *s, const char *slot)
{
    const char *class_name = config_get_string(s->optimizer, "class_name");
    return s->iteration > 0 && class_name && torch_optimizer_key(class_name, slot) &&
           torch_optimizer_factor(class_name, slot, 0.5) == 1;
}

static config *describe_in_dict(const char *slot)
{
    config *c = config_object();
    config_set_string(c, "name", slot);
    config_set_boolean(c, IN_DICT, true);
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

horn_status torch_variables_write(torch_writer *w, const snapshot *s, bool has_dict)
{
    horn_status status = HORN_OK;
    config *c = config_object(), *slots = config_list();
    bytes text = { 0 };
    config_set_integer(c, "iteration", s->iteration);
    if (s->has_learning_rate) config_set_number(c, "learning_rate", s->learning_rate);
    if (s->has_product) config_set_number(c, "product", s->product);
    for (size_t i = 0; !status && i < s->slot_count; i++) {
        if (has_dict && is_in_dict(s, s->slots[i].name))
            config_append(slots, describe_in_dict(s->slots[i].name));
        else
            status = write_slot(w, &s->slots[i], i, slots);
    }
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

/* Of a tensor that is there already: it must have this shape. */
static horn_status place_tensor(void **data, snapshot_slot *slot, size_t index, size_t known,
                                const horn_view *like, const char *name)
{
    snapshot_tensor *t;
    if (index >= known) {
        horn_status status = snapshot_slot_add(slot, name, like, &t);
        if (!status) *data = t->data;
        return status;
    }
    t = &slot->tensors[index];
    if (t->rank != like->rank || memcmp(t->shape, like->shape, (size_t)t->rank * sizeof *t->shape) != 0)
        return fail(HORN_ERROR_FORMAT, "optimizer variable '%.100s' has another shape in PyTorch's dict",
                    name);
    *data = t->data;
    return HORN_OK;
}

static horn_status read_tensor(snapshot_slot *slot, size_t known, const torch_file *f,
                               const config *described, size_t number, size_t index)
{
    horn_view like;
    char name[64];
    void *to = NULL;
    const char *own = config_get_string(described, "name");
    snprintf(name, sizeof name, ".horn/optimizer/%zu/%zu", number, index);
    const zip_member *m = torch_file_member(f, name);
    if (!own || !read_shape(&like, config_get(described, "shape")) || !m || m->method != 0 ||
        m->size != horn_view_count(&like) * sizeof(float))
        return fail(HORN_ERROR_FORMAT, "%s: no valid %s%s for optimizer variable '%.100s'", f->from->path,
                    f->prefix, name, own ? own : "");
    const unsigned char *data;
    horn_status status = zip_file_stored(&data, f->zip, m);
    if (!status) status = place_tensor(&to, slot, index, known, &like, own);
    if (!status && m->size) memcpy(to, data, m->size);
    return status;
}

static horn_status read_slot(snapshot *out, const torch_file *f, const config *c, size_t number)
{
    horn_status status = HORN_OK;
    const char *name = config_get_string(c, "name");
    const config *tensors = config_get(c, "tensors");
    snapshot_slot *slot = NULL;
    if (name && config_is_true(config_get(c, IN_DICT))) return HORN_OK;
    if (!name || !config_is_list(tensors))
        return fail(HORN_ERROR_FORMAT, "%s: slot %zu in " JSON " has no name or tensors", f->from->path,
                    number);
    for (size_t i = 0; !slot && i < out->slot_count; i++)
        if (strcmp(out->slots[i].name, name) == 0) slot = &out->slots[i];
    if (!slot) TRY(snapshot_add_slot(out, name, &slot));
    const size_t known = slot->tensor_count;
    if (known && known != config_count(tensors))
        TRY(fail(HORN_ERROR_FORMAT, "%s: slot '%.100s' in " JSON " has %zu tensors, PyTorch's dict %zu",
                 f->from->path, name, config_count(tensors), known));
    for (size_t k = 0; k < config_count(tensors); k++)
        TRY(read_tensor(slot, known, f, config_at(tensors, k), number, k));
done:
    return status;
}

/* *out stays NULL if there is none. */
static horn_status read_json(config **out, const torch_file *f)
{
    bytes text = { 0 };
    const zip_member *member = torch_file_member(f, ".horn/" JSON);
    if (!member) return HORN_OK;
    horn_status status = zip_file_read(&text, f->zip, member, MAX_JSON);
    if (!status) status = config_parse(out, bytes_text(&text), text.size, f->from->path);
    bytes_free(&text);
    return status;
}

horn_status torch_variables_find(torch_variables *out, const torch_file *f)
{
    config *c = NULL;
    horn_status status = read_json(&c, f);
    const config *slots = config_get(c, "slots");
    *out = c ? TORCH_ALL_VARIABLES : TORCH_NO_VARIABLES;
    for (size_t i = 0; i < config_count(slots); i++)
        if (config_is_true(config_get(config_at(slots, i), IN_DICT))) *out = TORCH_SOME_VARIABLES;
    config_free(c);
    return status;
}

horn_status torch_variables_read(snapshot *out, const torch_file *f)
{
    horn_status status = HORN_OK;
    config *c = NULL;
    double rate;
    TRY(read_json(&c, f));
    if (!config_integer(config_get(c, "iteration"), &out->iteration) || out->iteration < 0)
        TRY(fail(HORN_ERROR_FORMAT, "%s: " JSON " has no valid 'iteration'", f->from->path));
    out->has_learning_rate = config_number(config_get(c, "learning_rate"), &rate);
    if (out->has_learning_rate) out->learning_rate = (float)rate;
    out->has_product = config_number(config_get(c, "product"), &rate);
    if (out->has_product) out->product = (float)rate;
    for (size_t i = 0; i < config_count(config_get(c, "slots")); i++)
        TRY(read_slot(out, f, config_at(config_get(c, "slots"), i), i));
    out->parts |= PART_OPTIMIZER;
done:
    config_free(c);
    return status;
}
