#include <string.h>
#include "formats/chains/chain.h"
#include "formats/tflite/tflite.h"
#include "formats/tflite/translation.h"

/* What weights may take beyond the file's size: a tensor may be that of several layers. */
#define EXPANSION ((size_t)256 << 20)

/* Horn's tensors are LAYER/WHAT; others tell no layers. */
static protobuf_text scope_of(protobuf_text name)
{
    const char *slash = name.size ? memrchr(name.at, '/', name.size) : NULL;
    return slash ? (protobuf_text){ name.at, (size_t)(slash - name.at) } : (protobuf_text){ "", 0 };
}

/* A weight of which the value is computed, at most so many operations before it; NO_VALUE: there is none. */
static size_t weight_before(const imported *im, size_t value, int depth)
{
    const operation *o = &im->graph->operations[value];
    size_t found = NO_VALUE;
    for (int i = o->input_count; i-- > 0 && found == NO_VALUE;) {
        const size_t input = o->inputs[i];
        if (input == NO_VALUE) continue;
        const operation *from = &im->graph->operations[input];
        if (from->kind == OPERATION_WEIGHT && from->shape.rank)
            found = input;
        else if (depth && (!im->origins[input].is_computed || from->kind == OPERATION_MUL))
            found = weight_before(im, input, depth - 1);
    }
    return found;
}

/* The tensor of a layer with an activation is called after that; weights tell the layer itself. What has neither, and is the output,
 * belongs to the layer before it. */
static void find_scopes(chain *c)
{
    const imported *im = c->im;
    for (size_t i = 0; i < c->count; i++) {
        const size_t weight = weight_before(im, c->steps[i].value, 6);
        c->steps[i].scope = scope_of(im->origins[weight == NO_VALUE ? c->steps[i].value : weight].name);
        if (!c->steps[i].scope.size && i && c->inputs[c->steps[i].first_input] == c->steps[i - 1].value)
            c->steps[i].scope = c->steps[i - 1].scope;
    }
}

horn_status tflite_read(snapshot *out, const source *from, const format_options *options, const schema *known)
{
    (void)known;
    const bool with_weights = !options || !(options->leave_out & PART_WEIGHTS);
    tflite_model m = { 0 };
    imported im = { 0 };
    chain c = { 0 };
    horn_status status = tflite_model_read(&m, from->data, from->size, from->path);
    if (!status) status = tflite_translate(&im, &m);
    if (!status) status = chain_find(&c, &im);
    if (!status && m.is_own) find_scopes(&c);
    if (!status && m.is_own) c.model = m.name;
    if (!status) status = chain_layers(out, &c, from->size + EXPANSION, with_weights);
    chain_free(&c);
    imported_free(&im);
    tflite_model_free(&m);
    return status;
}
