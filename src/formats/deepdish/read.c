/* The arrays of a deepdish file as weights: by a model's layers ("dense/kernel"), by the names of a state_dict, or as they are. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/deepdish/deepdish.h"
#include "formats/deepdish/rename.h"

static bool ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text), own = strlen(end);
    return length >= own && strcmp(text + length - own, end) == 0;
}

/* Numbers in attributes are none of a model's weights, such as an epoch, but for PyTorch's counter. */
static bool is_taken(const contents *c, size_t index)
{
    const contents_tensor *t = &c->tensors[index];
    return t->is_readable && (!deepdish_is_attribute(c, index) || ends_with(t->name, "num_batches_tracked"));
}

static horn_status take_arrays(torch_state *out, const contents *c)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; i < c->count && !status; i++) {
        const contents_tensor *t = &c->tensors[i];
        horn_view like = { .dtype = t->as, .rank = t->rank };
        torch_tensor *to;
        if (!is_taken(c, i)) continue;
        memcpy(like.shape, t->shape, sizeof like.shape);
        status = torch_state_add(out, t->name, &like, &to);
        if (!status) status = c->read(c, i, to->data, horn_view_count(&like) * horn_dtype_size(like.dtype));
    }
    return status;
}

static horn_status name_modules(torch_state *s, const schema *known, const char *where)
{
    horn_status status = HORN_OK;
    torch_modules modules = { 0 };
    snapshot *expected = NULL;
    TRY(known->of_architecture(&expected, known->model));
    TRY(snapshot_need(expected, PART_OPERATIONS));
    TRY(torch_modules_of(&modules, expected, NULL, where));
    TRY(deepdish_to_modules(s, expected, &modules));
done:
    torch_modules_free(&modules);
    snapshot_free(expected);
    return status;
}

horn_status deepdish_read(snapshot *out, const source *from, const format_options *options,
                          const schema *known)
{
    horn_status status = HORN_OK;
    contents c = { 0 };
    torch_state s = { 0 };
    const char *const *names = format_options_names(options, TORCH_NAMES);
    TRY(deepdish_list(&c, from));
    if (known && known->model && deepdish_has_rows(deepdish_file_of(&c)))
        TRY(fail(
            HORN_ERROR_UNSUPPORTED,
            "%s: was made of a checkpoint without its architecture, so that its layouts are not those of the "
            "layers, expected the checkpoint itself",
            from->path));
    TRY(take_arrays(&s, &c));
    if (known && known->model && known->of_architecture && !names) TRY(name_modules(&s, known, from->path));
    TRY(torch_read_state(out, &s, known, names, from->path));
done:
    torch_state_free(&s);
    contents_free(&c);
    return status;
}
