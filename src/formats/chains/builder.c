#include "formats/chains/builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

enum { MAX_LAYERS = 4096, MOST_NUMBERS = 1 << 16 };

const operation *chain_operation(const chain_builder *b)
{
    return &b->c->im->graph->operations[b->c->steps[b->at].value];
}

const shape *chain_input(const chain_builder *b)
{
    return &b->c->im->graph->operations[pattern_value(&b->match, "x")].shape;
}

horn_status chain_refuse(const chain_builder *b, const char *what)
{
    return imported_fail(b->c->im, &b->c->im->origins[b->c->steps[b->at].value], HORN_ERROR_UNSUPPORTED, "%s",
                         what);
}

double chain_shortest(float number)
{
    char text[32];
    int digits = 1;
    do snprintf(text, sizeof text, "%.*g", digits, (double)number);
    while (strtof(text, NULL) != number && ++digits <= 9);
    return strtod(text, NULL);
}

snapshot_layer *chain_last_layer(const chain_builder *b)
{
    return &b->s->layers[b->layer];
}

void chain_let_follow(chain_builder *b, bool bias, bool activation)
{
    b->names[b->layer].takes_bias = bias;
    b->names[b->layer].takes_activation = activation;
}

bool chain_go_on(chain_builder *b, bool with_bias)
{
    const size_t x = pattern_value(&b->match, "x"), given = b->given[x];
    if (!given || b->uses[x] != 1) return false;
    const chain_name *n = &b->names[b->calls[given - 1].layer];
    if (!(with_bias ? n->takes_bias : n->takes_activation)) return false;
    b->layer = b->calls[given - 1].layer;
    return true;
}

/* A call of the newest layer, on what the step is of, or on what the layer before it in the same step gives. */
static horn_status add_call(chain_builder *b)
{
    const chain_step *step = &b->c->steps[b->at];
    const size_t count = b->is_added ? 1 : step->input_count;
    horn_status status = memory_grow(&b->calls, b->call_count, &b->call_capacity, sizeof *b->calls);
    if (status) return status;
    chain_call added = { .layer = b->layer, .first_value = b->value_count, .value_count = count };
    for (size_t i = 0; i < count; i++) {
        status = memory_grow(&b->values, b->value_count, &b->value_capacity, sizeof *b->values);
        if (status) return status;
        b->values[b->value_count++] =
            b->is_added ? b->call_count : b->given[b->c->inputs[step->first_input + i]];
    }
    b->calls[b->call_count++] = added;
    b->given[step->value] = b->call_count;
    b->is_added = true;
    return HORN_OK;
}

horn_status chain_add_layer(chain_builder *b, const char *class_name, config **arguments)
{
    snapshot_layer *layer;
    const size_t index = b->s->layer_count;
    if (index == MAX_LAYERS)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: the graph has more than %d layers", b->c->im->where,
                    MAX_LAYERS);
    horn_status status = memory_grow(&b->names, index, &b->name_capacity, sizeof *b->names);
    if (!status) status = snapshot_add_layer(b->s, class_name, NULL, &layer);
    if (status) return status;
    b->names[index] = (chain_name){ .scope = b->c->steps[b->at].scope };
    b->layer = index;
    status = add_call(b);
    if (status) return status;
    *arguments = layer->arguments = config_object();
    config_set_string(*arguments, "name", ""); /* once all are known */
    config_set_boolean(*arguments, "trainable", true);
    config_set_string(*arguments, "dtype", "float32");
    return config_status(*arguments);
}

/* ---- weights ---- */

static void copy_view(const imported_view *v, float *to, const float *from, size_t count)
{
    size_t at[HORN_MAX_RANK] = { 0 };
    for (size_t i = 0; i < count; i++) {
        size_t offset = 0;
        for (int axis = 0; axis < v->rank; axis++)
            offset += v->stride[axis] * (v->mapped == axis + 1 ? v->map[at[axis]] : at[axis]);
        to[i] = from[offset];
        for (int axis = v->rank - 1; axis >= 0 && ++at[axis] == v->size[axis]; axis--) at[axis] = 0;
    }
}

/* As many as the view has. */
static horn_status read_view(imported *im, size_t value, float *to, size_t count)
{
    float *whole = NULL;
    horn_status status = memory_new(&whole, im->origins[value].constant.count, sizeof *whole);
    if (!status) status = imported_read(im, value, whole);
    if (!status) copy_view(&im->origins[value].view, to, whole, count);
    free(whole);
    return status;
}

static horn_status add_weight(chain_builder *b, size_t value, const char *name, const char *axes,
                              const shape *s)
{
    imported *im = b->c->im;
    const imported_origin *origin = &im->origins[value];
    const imported_constant *c = &origin->constant;
    snapshot_tensor *weight;
    horn_view like = { .dtype = HORN_FLOAT32, .rank = s->rank };
    memcpy(like.shape, s->dim, sizeof like.shape);
    if (c->count > b->budget / sizeof(float))
        return imported_fail(im, origin, HORN_ERROR_FORMAT,
                             "stands for %zu values; with it the weights are far larger than the file",
                             c->count);
    b->budget -= c->count * sizeof(float);
    chain_name *n = &b->names[b->layer];
    if (n->weight_count < CHAIN_MOST_WEIGHTS) n->weights[n->weight_count++] = value;
    if (!b->with_weights) return HORN_OK;
    horn_status status = snapshot_layer_add(chain_last_layer(b), name, &like, &weight);
    if (status) return status;
    strcpy(weight->axes, axes);
    return origin->view.rank ? read_view(im, value, weight->data, shape_count(s))
                             : imported_read(im, value, weight->data);
}

horn_status chain_add_kernel(chain_builder *b, const char *name, const char *weight, const char *axes)
{
    const size_t value = imported_behind_shapes(b->c->im, pattern_value(&b->match, name)),
                 rank = strlen(axes);
    shape s = b->c->im->graph->operations[value].shape;
    for (; s.rank > (int)rank && s.dim[0] == 1; s.rank--)
        memmove(s.dim, s.dim + 1, sizeof s.dim - sizeof *s.dim);
    if (s.rank != (int)rank) return chain_refuse(b, "takes a kernel of more axes than its layer has");
    return add_weight(b, value, weight, axes, &s);
}

/* Whether each shape that the constant gets on its way ends in an axis of that size. */
static bool keeps_last_axis(const imported *im, size_t value, size_t size)
{
    const operation *o = &im->graph->operations[value];
    for (; o->kind != OPERATION_WEIGHT && o->kind != OPERATION_NUMBER;
         o = &im->graph->operations[o->inputs[0]])
        if (!o->shape.rank || o->shape.dim[o->shape.rank - 1] != size) return false;
    return true;
}

/* As many elements as the last axis of x has, seen as one axis. */
horn_status chain_add_vector(chain_builder *b, const char *name, const char *weight, const char *axes)
{
    const imported *im = b->c->im;
    const shape *x = chain_input(b);
    const size_t size = x->dim[x->rank - 1], given = pattern_value(&b->match, name),
                 value = imported_behind_shapes(im, given);
    const imported_constant *c = imported_constant_of(im, value);
    const shape *own = &im->graph->operations[value].shape;
    if (!c->is_float || c->count != size || own->rank < 1 || own->dim[own->rank - 1] != size)
        return imported_fail(im, &im->origins[value], HORN_ERROR_UNSUPPORTED,
                             "is %zu elements of %s, expected %zu of float32", c->count, c->type, size);
    if (!keeps_last_axis(im, given, size))
        return imported_fail(im, &im->origins[given], HORN_ERROR_UNSUPPORTED,
                             "gives weights a shape that does not lie along the last axis");
    return add_weight(b, value, weight, axes, &(shape){ 1, { size } });
}

/* ---- constants along axes ---- */

/* The sizes of x along these axes, 1 along the others, without those of 1 in front. */
static shape spread_of(const shape *x, unsigned bits)
{
    shape s = { 0 };
    for (int i = 0; i < x->rank; i++)
        if (s.rank || (bits >> i & 1 && x->dim[i] != 1)) s.dim[s.rank++] = bits >> i & 1 ? x->dim[i] : 1;
    return s;
}

bool chain_lies_along(const imported *im, const pattern_match *m, const char *name, const shape *x,
                      unsigned bits)
{
    const size_t given = pattern_value(m, name), value = imported_behind_shapes(im, given);
    const imported_constant *c = imported_constant_of(im, value);
    const shape expected = spread_of(x, bits);
    shape used = im->graph->operations[given].shape;
    for (; used.rank && *used.dim == 1; used.rank--)
        memmove(used.dim, used.dim + 1, sizeof used.dim - sizeof *used.dim);
    return c && c->is_float && c->count == shape_count(&expected) && shape_equal(&used, &expected);
}

horn_status chain_add_weight(chain_builder *b, const char *name, const char *weight, const char *axes)
{
    const size_t value = pattern_value(&b->match, name);
    return add_weight(b, value, weight, axes, &b->c->im->graph->operations[value].shape);
}

static horn_status add_shaped(chain_builder *b, const char *name, const char *weight, const char *axes,
                              const shape *s)
{
    const imported *im = b->c->im;
    const size_t value = imported_behind_shapes(im, pattern_value(&b->match, name));
    const imported_constant *c = imported_constant_of(im, value);
    if (!c || !c->is_float || c->count != shape_count(s))
        return chain_refuse(b, "its weights are of other sizes than its axes, or not float32");
    return add_weight(b, value, weight, axes, s);
}

horn_status chain_add_spread(chain_builder *b, const char *name, const char *weight, const char *axes,
                             const shape *x, unsigned bits)
{
    shape s = { 0 };
    for (int i = 0; i < x->rank; i++)
        if (bits >> i & 1) s.dim[s.rank++] = x->dim[i];
    return add_shaped(b, name, weight, axes, &s);
}

horn_status chain_add_line(chain_builder *b, const char *name, const char *weight, const shape *x,
                           unsigned bits)
{
    shape s = { 1, { 1 } };
    for (int i = 0; i < x->rank; i++)
        if (bits >> i & 1) *s.dim *= x->dim[i];
    return add_shaped(b, name, weight, "c", &s);
}

horn_status chain_add_whole_behind(chain_builder *b, const char *name, const char *weight, const shape *x,
                                   unsigned bits)
{
    shape s = { .rank = x->rank + 1, .dim = { 1 } };
    if (x->rank == HORN_MAX_RANK) return chain_refuse(b, "has too many axes");
    for (int i = 0; i < x->rank; i++) s.dim[i + 1] = bits >> i & 1 ? x->dim[i] : 1;
    return add_shaped(b, name, weight, "", &s);
}

horn_status chain_add_whole(chain_builder *b, const char *name, const char *weight)
{
    const shape s = b->c->im->graph->operations[pattern_value(&b->match, name)].shape;
    return add_shaped(b, name, weight, "", &s);
}

horn_status chain_set_numbers(chain_builder *b, config *arguments, const char *key, const char *name)
{
    imported *im = b->c->im;
    const size_t value = imported_behind_shapes(im, pattern_value(&b->match, name));
    const imported_constant *c = imported_constant_of(im, value);
    float *values = NULL, number;
    if (imported_number(im, value, &number)) {
        config_set_number(arguments, key, chain_shortest(number));
        return config_status(arguments);
    }
    if (c->count > MOST_NUMBERS) return chain_refuse(b, "has too many numbers for an argument");
    horn_status status = memory_new(&values, c->count, sizeof *values);
    if (!status) status = imported_read(im, value, values);
    config *list = config_list();
    for (size_t i = 0; !status && i < c->count; i++) config_append_number(list, chain_shortest(values[i]));
    free(values);
    config_set(arguments, key, list);
    return status ? status : config_status(arguments);
}
