/* torch-module: Python source of the torch.nn.Sequential that computes what the model does, for load_state_dict with a file of
 * the weights. Suffix .py; it is written, not read.
 *
 *     def make_model():
 *         return nn.Sequential(
 *             nn.Linear(784, 64),  # 0: dense
 *             ...
 *         ) */
#include <string.h>
#include "base/status.h"
#include "formats/format.h"
#include "formats/torch/state.h"
#include "snapshot/graph.h"
#include "tensor/tensor.h"

/* A name as it may stand in a comment or a text of Python: control characters, quotes and backslashes become '?'. */
static void put_name(bytes *out, const char *name)
{
    for (const char *c = name; *c; c++) {
        const bool is_plain = (unsigned char)*c >= ' ' && *c != 127 && *c != '"' && *c != '\\';
        bytes_append(out, is_plain ? c : "?", 1);
    }
}

static void put_input(bytes *out, const snapshot *s)
{
    const shape *input = &s->operations->operations[0].shape;
    const bool is_image = input->rank == 3;
    bytes_print(out, "The input is (N");
    for (int i = 0; i < input->rank; i++) bytes_print(out, ", %zu", input->dim[is_image ? (i + 2) % 3 : i]);
    bytes_print(out, ") in float32");
    if (is_image) bytes_print(out, ", channels first");
    if (s->input_divisor != 0) bytes_print(out, ", divided by %.9g", s->input_divisor);
    bytes_print(out, ".\n");
}

static void put_head(bytes *out, const snapshot *s)
{
    bytes_print(out, "\"\"\"The model '");
    put_name(out, s->name);
    bytes_print(out, "' as modules of PyTorch.\n\n"
                     "    model = make_model()\n"
                     "    model.load_state_dict(torch.load(\"model.pth\"))\n"
                     "    model.eval()\n\n");
    put_input(out, s);
    bytes_print(out, "\"\"\"\n");
}

static bool is_first_of_class(const torch_modules *m, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (m->items[i].source == m->items[index].source) return false;
    return true;
}

/* True if modules have names of their own. */
static bool has_names(const torch_modules *m)
{
    bool found = false;
    for (size_t i = 0; i < m->count; i++)
        found |= strspn(m->items[i].name, "0123456789") != strlen(m->items[i].name);
    return found;
}

static void put_classes(bytes *out, const torch_modules *m)
{
    bool needs_torch = false;
    for (size_t i = 0; i < m->count; i++)
        needs_torch |= m->items[i].source && strstr(m->items[i].source, "torch.") != NULL;
    if (has_names(m)) bytes_print(out, "from collections import OrderedDict\n\n");
    if (needs_torch) bytes_print(out, "import torch\n");
    bytes_print(out, "from torch import nn\n");
    for (size_t i = 0; i < m->count; i++)
        if (m->items[i].source && is_first_of_class(m, i)) bytes_print(out, "\n\n%s", m->items[i].source);
}

static void put_module(bytes *out, const torch_modules *m, size_t index, const snapshot *s)
{
    const torch_module *own = &m->items[index];
    const bool named = has_names(m);
    bytes_print(out, "        ");
    if (named) bytes_print(out, "    (\"%s\", ", own->name);
    bytes_print(out, "%s%s(%s)%s,  # %zu: ", own->source ? "" : "nn.", own->class_name, own->arguments,
                named ? ")" : "", index);
    put_name(out, s->layers[own->layer].name);
    if (own->comment) bytes_print(out, ", %s", own->comment);
    bytes_print(out, "\n");
}

static horn_status print_source(bytes *out, const snapshot *s, const torch_modules *m, const char *where)
{
    const bool named = has_names(m);
    for (size_t i = 0; i < m->count; i++)
        if (strchr(m->items[i].name, '.'))
            return fail(HORN_ERROR_ARGUMENT,
                        "%s: module '%s' is in another module, which nn.Sequential does not have", where,
                        m->items[i].name);
    put_head(out, s);
    put_classes(out, m);
    bytes_print(out, "\n\ndef make_model():\n    return nn.Sequential(\n%s",
                named ? "        OrderedDict([\n" : "");
    for (size_t i = 0; i < m->count; i++) put_module(out, m, i, s);
    bytes_print(out, "%s    )\n", named ? "        ])\n" : "");
    return bytes_status(out);
}

static horn_status write_source(const snapshot *s, transaction *t, const format_options *options)
{
    horn_status status = HORN_OK;
    const char *where = transaction_target(t);
    torch_modules modules = { 0 };
    bytes text = { 0 };
    if (options && options->dialect)
        TRY(fail(HORN_ERROR_ARGUMENT, "%s: dialect is '%s', expected none", where, options->dialect));
    TRY(torch_modules_of(&modules, s, format_options_names(options, TORCH_NAMES), where));
    TRY(print_source(&text, s, &modules, where));
    TRY(transaction_add(t, "", &text));
done:
    bytes_free(&text);
    torch_modules_free(&modules);
    return status;
}

static const char *const suffixes[] = { ".py", NULL };
static const format_option options[] = { { TORCH_NAMES, FORMAT_NAMES, 0, 0 }, { 0 } };

const format torch_module_format = {
    .name = "torch-module",
    .suffixes = suffixes,
    .writes = PART_ARCHITECTURE,
    .needs = PART_OPERATIONS,
    .options = options,
    .write = write_source,
    .notes = torch_write_notes,
};
