/* Weights into a deepdish file: a model's in PyTorch's layouts under the names of its layers, or of PyTorch's modules if the option
 * names gives them; tensors by name as they are. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/deepdish/deepdish.h"
#include "formats/deepdish/paths.h"
#include "formats/deepdish/rename.h"

static horn_status write_tensors(hdf5_file *file, const torch_state *s, const char *where)
{
    horn_status status = HORN_OK;
    const char **names = NULL;
    char **paths = NULL;
    TRY(memory_new(&names, s->count, sizeof *names));
    for (size_t i = 0; i < s->count; i++) names[i] = s->tensors[i].name;
    TRY(deepdish_paths(&paths, names, s->count, where));
    for (size_t i = 0; i < s->count; i++) {
        const torch_tensor *t = &s->tensors[i];
        horn_view view = { .data = t->data, .dtype = t->dtype, .rank = t->rank };
        memcpy(view.shape, t->shape, sizeof view.shape);
        TRY(hdf5_write_dataset(file, paths[i], &view));
    }
done:
    deepdish_paths_free(paths, s->count);
    free(names);
    return status;
}

horn_status deepdish_write(const snapshot *s, transaction *t, const format_options *options)
{
    horn_status status = HORN_OK;
    torch_modules modules = { 0 };
    torch_state state = { 0 };
    hdf5_file *file = NULL;
    pieces content = { 0 };
    const char *where = transaction_target(t);
    if (s->by_name && !s->torch_layouts)
        TRY(fail(HORN_ERROR_UNSUPPORTED,
                 "%s: the names of the tensors do not say what their layouts are, expected an architecture",
                 where));
    TRY(torch_write_state(&state, &modules, s, options, where));
    if (!s->by_name && !format_options_names(options, TORCH_NAMES))
        TRY(deepdish_to_layers(&state, s, &modules));
    TRY(hdf5_file_create(&file));
    TRY(deepdish_begin(file));
    TRY(write_tensors(file, &state, where));
    status = hdf5_file_finish_plain(file, &content);
    file = NULL;
    if (!status) status = transaction_add_pieces(t, "", &content);
done:
    hdf5_file_close(file);
    pieces_free(&content);
    torch_state_free(&state);
    torch_modules_free(&modules);
    return status;
}
