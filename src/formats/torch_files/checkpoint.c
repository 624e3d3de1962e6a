#include "formats/torch_files/checkpoint.h"

#include <string.h>
#include "base/status.h"

/* True for a dict of tensors by names; also for an empty state_dict. */
static bool is_state(const pickle_value *v)
{
    const size_t count = pickle_count(v);
    if (!pickle_is(v, PICKLE_DICT) || (!count && !v->global)) return false;
    for (size_t i = 0; i < count; i++)
        if (!pickle_string(pickle_key_at(v, i)) || !torch_is_tensor(pickle_at(v, i))) return false;
    return true;
}

torch_checkpoint torch_checkpoint_of(const pickle_value *object)
{
    static const char *const models[] = { "model", "state_dict", "model_state_dict", "net", "network", NULL },
                             *const optimizers[] = { "optimizer", "optimizer_state_dict", "optim", "opt",
                                                     NULL };
    torch_checkpoint found = { 0 };
    if (is_state(object)) found.model = object;
    for (int i = 0; !found.model && models[i]; i++)
        if (is_state(pickle_get(object, models[i]))) found.model = pickle_get(object, models[i]);
    for (int i = 0; found.model && found.model != object && !found.optimizer && optimizers[i]; i++)
        if (pickle_is(pickle_get(object, optimizers[i]), PICKLE_DICT))
            found.optimizer = pickle_get(object, optimizers[i]);
    return found;
}

/* ---- the state ---- */

static horn_status add_tensor(torch_state *out, const torch_file *f, const char *name,
                              const pickle_value *tensor, size_t *taken)
{
    const torch_array a = torch_file_array(f, tensor);
    horn_view view;
    torch_tensor *t;
    horn_status status = torch_array_view(&view, f, &a, name);
    if (status) return status;
    *taken += a.count * horn_dtype_size(view.dtype);
    if (*taken > 8 * f->from->size + (1 << 20))
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: its tensors share storages so often that they take more than 8 times its size",
                    f->from->path);
    status = torch_state_add(out, name, &view, &t);
    if (status) return status;
    torch_array_read(t->data, &a);
    t->is_parameter = !torch_is_buffer(name);
    return HORN_OK;
}

horn_status torch_checkpoint_state(torch_state *out, const torch_file *f, const pickle_value *model)
{
    horn_status status = HORN_OK;
    size_t taken = 0;
    for (size_t i = 0; !status && i < pickle_count(model); i++)
        status = add_tensor(out, f, pickle_string(pickle_key_at(model, i)), pickle_at(model, i), &taken);
    return status;
}
