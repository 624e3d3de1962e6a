#include <string.h>
#include "formats/chains/chain.h"
#include "formats/onnx/onnx.h"
#include "formats/onnx/translation.h"

/* What weights may take beyond the file's size: an initializer may be that of several layers. */
#define EXPANSION ((size_t)256 << 20)

bool onnx_recognizes(const source *from)
{
    return !from->files && onnx_model_is(from->data, from->size);
}

/* Horn's nodes are LAYER/OP; others tell no layers. */
static void find_scopes(chain *c, const onnx_model *m)
{
    c->model = m->name;
    for (size_t i = 0; i < c->count; i++) {
        const protobuf_text name = c->im->origins[c->steps[i].value].name;
        const char *slash = name.size ? memrchr(name.at, '/', name.size) : NULL;
        if (slash) c->steps[i].scope = (protobuf_text){ name.at, (size_t)(slash - name.at) };
    }
}

horn_status onnx_read(snapshot *out, const source *from, const format_options *options, const schema *known)
{
    (void)known;
    const bool with_weights = !options || !(options->leave_out & PART_WEIGHTS);
    onnx_model m = { 0 };
    imported im = { 0 };
    chain c = { 0 };
    bool is_own = false;
    horn_status status = onnx_model_read(&m, from->data, from->size, from->path);
    if (!status) status = onnx_translate(&im, &m, &is_own);
    if (!status) status = chain_find(&c, &im);
    if (!status && is_own) find_scopes(&c, &m);
    if (!status) status = chain_layers(out, &c, from->size + EXPANSION, with_weights);
    chain_free(&c);
    imported_free(&im);
    onnx_model_free(&m);
    return status;
}
