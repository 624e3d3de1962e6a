/* Operations of two operands, value by value: y = f(a, b). An operand is an input or constants of the config. Shapes stretch as in
 * TensorFlow, but not along the batch: inputs have the same number of axes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/kernel.h"
#include "base/memory.h"
#include "base/status.h"
#include "layers/operations/operation.h"
#include "layers/stretch.h"
#include "tensor/elementwise.h"

enum {
    /* Values that are computed at a time if no operand is stretched along an axis. */
    PIECE = 1024,
    MOST_CONSTANTS = 1 << 20
};

/* ---- the functions ---- */

typedef struct pair_rule {
    const char *name;
    void (*apply)(size_t n, const float *a, const float *b, float *y);
    /* The gradients of a and of b, by dy. */
    void (*gradient[2])(size_t n, const float *a, const float *b, const float *dy, float *dx);
} pair_rule;

#define PAIR(NAME, VALUE, GRADIENT_A, GRADIENT_B)                                               \
    KERNEL static void NAME##_apply(size_t n, const float *restrict a, const float *restrict b, \
                                    float *restrict y)                                          \
    {                                                                                           \
        for (size_t i = 0; i < n; i++) y[i] = VALUE;                                            \
    }                                                                                           \
    KERNEL static void NAME##_a(size_t n, const float *restrict a, const float *restrict b,     \
                                const float *restrict dy, float *restrict dx)                   \
    {                                                                                           \
        (void)a, (void)b;                                                                       \
        for (size_t i = 0; i < n; i++) dx[i] = GRADIENT_A;                                      \
    }                                                                                           \
    KERNEL static void NAME##_b(size_t n, const float *restrict a, const float *restrict b,     \
                                const float *restrict dy, float *restrict dx)                   \
    {                                                                                           \
        (void)a, (void)b;                                                                       \
        for (size_t i = 0; i < n; i++) dx[i] = GRADIENT_B;                                      \
    }

PAIR(add, a[i] + b[i], dy[i], dy[i])
PAIR(subtract, a[i] - b[i], dy[i], -dy[i])
PAIR(multiply, a[i] * b[i], dy[i] * b[i], dy[i] * a[i])
PAIR(divide, a[i] / b[i], dy[i] / b[i], dy[i] * (-a[i] / b[i] / b[i]))
/* Equal values: the gradient is a's, as in TensorFlow. NaN goes on. */
PAIR(maximum, a[i] >= b[i] || a[i] != a[i] ? a[i] : b[i], a[i] >= b[i] ? dy[i] : 0, a[i] >= b[i] ? 0 : dy[i])
PAIR(minimum, a[i] <= b[i] || a[i] != a[i] ? a[i] : b[i], a[i] <= b[i] ? dy[i] : 0, a[i] <= b[i] ? 0 : dy[i])
PAIR(squared_difference, (a[i] - b[i]) * (a[i] - b[i]), 2 * dy[i] * (a[i] - b[i]), -2 * dy[i] * (a[i] - b[i]))

static void power_apply(size_t n, const float *a, const float *b, float *y)
{
    for (size_t i = 0; i < n; i++) y[i] = (float)pow((double)a[i], (double)b[i]);
}

static void power_a(size_t n, const float *a, const float *b, const float *dy, float *dx)
{
    for (size_t i = 0; i < n; i++)
        dx[i] = b[i] == 0 ? 0 : dy[i] * (b[i] * (float)pow((double)a[i], (double)b[i] - 1));
}

/* Where a is not above 0 the logarithm counts as 0. */
static void power_b(size_t n, const float *a, const float *b, const float *dy, float *dx)
{
    for (size_t i = 0; i < n; i++)
        dx[i] = a[i] > 0 ? dy[i] * (float)(pow((double)a[i], (double)b[i]) * log((double)a[i])) : 0;
}

#define RULE(NAME, FUNCTION)           \
    {                                  \
        NAME, FUNCTION##_apply,        \
        {                              \
            FUNCTION##_a, FUNCTION##_b \
        }                              \
    }

static const pair_rule rules[] = {
    RULE("Add", add),         RULE("Subtract", subtract), RULE("Multiply", multiply),
    RULE("Divide", divide),   RULE("TrueDivide", divide), RULE("Maximum", maximum),
    RULE("Minimum", minimum), RULE("Power", power),       RULE("SquaredDifference", squared_difference),
};

static bool computes(operation_layer *o)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (strcmp(rules[i].name, o->operation->name) == 0) o->rule = &rules[i];
    return o->rule;
}

/* ---- constants ---- */

/* The shape of lists in lists, by their first members. */
static bool find_shape(const config *value, shape *out)
{
    for (; config_is_list(value); value = config_at(value, 0)) {
        if (out->rank == HORN_MAX_RANK || !config_count(value)) return false;
        out->dim[out->rank++] = config_count(value);
    }
    return shape_count(out) <= MOST_CONSTANTS;
}

/* Fills `at` from axis `axis` on; false if a list has another length or a value is no number. */
static bool fill(const config *value, const shape *s, int axis, float **at)
{
    double number;
    if (axis == s->rank) {
        if (!config_number(value, &number)) return false;
        *(*at)++ = (float)number;
        return true;
    }
    if (!config_is_list(value) || config_count(value) != s->dim[axis]) return false;
    for (const config *member = config_at(value, 0); member; member = config_next(member))
        if (!fill(member, s, axis + 1, at)) return false;
    return true;
}

static void read_constants(constants *out, const operation_layer *o, size_t operand, config_reader *r)
{
    const char *key = o->operation->parameters[operand].name;
    const config *value = config_get(o->arguments, key);
    if (!value || r->status) return;
    if (find_shape(value, &out->shape))
        r->status = memory_new(&out->data, shape_count(&out->shape), sizeof *out->data);
    float *at = out->data;
    if (!r->status && (!at || !fill(value, &out->shape, 0, &at)))
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, key, "is no number and no array of numbers");
}

static const layer_class constant_class;

static void configure(layer *l, config_reader *r)
{
    operation_layer *o = operation_of(l);
    for (size_t i = 0; i < 2; i++) read_constants(&o->constants[i], o, i, r);
    if (o->constants[0].data && o->constants[1].data)
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, o->operation->parameters[0].name,
                           "is a constant as the other operand: it is called on nothing");
    if (o->constants[0].data || o->constants[1].data) l->class = &constant_class;
}

/* ---- shapes ---- */

/* An operand of a call. */
typedef struct operand {
    /* Of one sample. */
    shape shape;
    /* Number of the input; -1: constants. */
    int input;
    /* It has the output's shape. One number for all: a piece is filled with it. */
    bool is_whole, is_number;
} operand;

static operand *operands_of(const call *c)
{
    return c->own;
}

/* Constants say the batch's axis, too, if they have as many axes as a batch. */
static horn_status drop_batch(const layer *l, shape *s, int rank)
{
    char found[SHAPE_TEXT];
    if (s->rank <= rank) return HORN_OK;
    if (s->rank > rank + 1 || s->dim[0] != 1)
        return layer_fail(l, HORN_ERROR_UNSUPPORTED,
                          "its constants of shape %s differ from sample to sample, or give the output "
                          "another number of axes",
                          shape_print(found, s));
    memmove(s->dim, s->dim + 1, (size_t)--s->rank * sizeof *s->dim);
    return HORN_OK;
}

/* Each operand that is no constant is an input. */
static horn_status check_count(const layer *l, const call *c)
{
    const constants *k = operation_of(l)->constants;
    const size_t expected = (size_t)!k[0].data + !k[1].data;
    if (c->input_count == expected) return HORN_OK;
    return layer_fail(l, HORN_ERROR_ARGUMENT, "is called on %zu values, expected %zu", c->input_count,
                      expected);
}

static horn_status find_operands(const layer *l, call *c, operand *to)
{
    horn_status status = HORN_OK;
    int input = 0;
    TRY(check_count(l, c));
    for (size_t i = 0; i < 2; i++) {
        const constants *k = &operation_of(l)->constants[i];
        to[i] = (operand){ k->data ? k->shape : c->inputs[input], k->data ? -1 : input, false,
                           k->data && shape_count(&k->shape) == 1 };
        input += !k->data;
        if (k->data) TRY(drop_batch(l, &to[i].shape, c->inputs->rank));
    }
done:
    return status;
}

static horn_status place(const layer *l, call *c)
{
    operand *to = operands_of(c);
    char first[SHAPE_TEXT], second[SHAPE_TEXT];
    horn_status status = find_operands(l, c, to);
    if (status) return status;
    if (c->input_count == 2 && c->inputs[0].rank != c->inputs[1].rank)
        return layer_fail(
            l, HORN_ERROR_UNSUPPORTED,
            "its inputs %s and %s have other numbers of axes: one would stretch along the batch",
            shape_print(first, &c->inputs[0]), shape_print(second, &c->inputs[1]));
    if (c->inputs->rank == 0)
        return layer_fail(l, HORN_ERROR_SHAPE, "its input has no axis beside the batch");
    c->outputs[0] = to[0].shape;
    if (!stretch_shape(c->outputs, &to[1].shape))
        return layer_fail(l, HORN_ERROR_SHAPE, "its operands do not fit: %s and %s",
                          shape_print(first, &to[0].shape), shape_print(second, &to[1].shape));
    for (size_t i = 0; i < 2; i++) to[i].is_whole = shape_equal(&to[i].shape, c->outputs) && to[i].input >= 0;
    const size_t count = shape_count(c->outputs);
    call_ask_scratch(c, 3 * (count < PIECE ? PIECE : count));
    return HORN_OK;
}

/* ---- computing ---- */

/* A slice is computed in pieces: parts of any length if each operand is whole or one number, else samples. */
typedef struct pieces {
    size_t total, size;
} pieces;

static pieces pieces_of(const call *c, size_t rows)
{
    const operand *o = operands_of(c);
    const size_t size = shape_count(c->outputs);
    const bool is_plain = (o[0].is_whole || o[0].is_number) && (o[1].is_whole || o[1].is_number);
    return (pieces){ rows * size, is_plain ? PIECE : size };
}

/* Where the room of an operand is, or of a gradient (2). */
static float *room_of(const call *c, lane *own, size_t i)
{
    return lane_scratch(own, c) + i * (c->scratch / 3);
}

/* What is the same for all pieces: constants, in the output's shape. */
static void spread_constants(const call *c, lane *own, const pieces *p)
{
    for (size_t i = 0; i < 2; i++) {
        const operand *o = &operands_of(c)[i];
        const float *data = operation_of(c->layer)->constants[i].data;
        if (o->input >= 0) continue;
        if (o->is_number) {
            elementwise_fill(room_of(c, own, i), *data, p->size);
            continue;
        }
        const broadcast b = stretch_place(&o->shape, c->outputs);
        stretch_spread(&b, data, room_of(c, own, i));
    }
}

/* Operand i of the piece that begins at value `at` of the slice. */
static const float *operand_at(const call *c, lane *own, const tensor *x, size_t i, size_t at)
{
    const operand *o = &operands_of(c)[i];
    if (o->input < 0) return room_of(c, own, i);
    if (o->is_whole) return x[o->input].data + at;
    const broadcast b = stretch_place(&o->shape, c->outputs);
    stretch_spread(&b, x[o->input].data + at / shape_count(c->outputs) * shape_count(&o->shape),
                   room_of(c, own, i));
    return room_of(c, own, i);
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    const pair_rule *rule = operation_of(c->layer)->rule;
    const pieces p = pieces_of(c, y->rows);
    spread_constants(c, own, &p);
    for (size_t at = 0; at < p.total; at += p.size) {
        const size_t n = p.total - at < p.size ? p.total - at : p.size;
        rule->apply(n, operand_at(c, own, x, 0, at), operand_at(c, own, x, 1, at), y->data + at);
    }
}

static void gradient_of(const call *c, lane *own, size_t i, const float *const *x, const float *dy, size_t n,
                        size_t at, tensor *dx)
{
    const operand *o = &operands_of(c)[i];
    const pair_rule *rule = operation_of(c->layer)->rule;
    if (o->input < 0 || !dx[o->input].data) return;
    if (o->is_whole) {
        rule->gradient[i](n, x[0], x[1], dy, dx[o->input].data + at);
        return;
    }
    float *room = room_of(c, own, 2);
    const broadcast b = stretch_place(&o->shape, c->outputs);
    rule->gradient[i](n, x[0], x[1], dy, room);
    stretch_gather(&b, room, dx[o->input].data + at / shape_count(c->outputs) * shape_count(&o->shape));
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    const pieces p = pieces_of(c, dy->rows);
    (void)y;
    if (!dx) return;
    spread_constants(c, own, &p);
    for (size_t at = 0; at < p.total; at += p.size) {
        const size_t n = p.total - at < p.size ? p.total - at : p.size;
        const float *values[2] = { operand_at(c, own, x, 0, at), operand_at(c, own, x, 1, at) };
        for (size_t i = 0; i < 2; i++) gradient_of(c, own, i, values, dy->data + at, n, at, dx);
    }
}

/* ---- in graphs ---- */

static size_t refuse(const call *c, graph *g, const char *what)
{
    if (!g->status)
        g->status = layer_fail(c->layer, HORN_ERROR_UNSUPPORTED, "operation %s of %s has no form in graphs",
                               operation_of(c->layer)->operation->name, what);
    return 0;
}

/* The constants, each times the factor. */
static size_t numbers_of(const call *c, graph *g, size_t i, double factor, bool inverse)
{
    const operand *o = &operands_of(c)[i];
    const float *data = operation_of(c->layer)->constants[i].data;
    const size_t count = shape_count(&o->shape);
    float *values = NULL;
    if (count == 1) return graph_number(g, inverse ? factor / (double)*data : factor * (double)*data);
    if (!g->status) g->status = memory_new(&values, count, sizeof *values);
    if (g->status) return 0;
    for (size_t k = 0; k < count; k++)
        values[k] = (float)(inverse ? factor / (double)data[k] : factor * (double)data[k]);
    const size_t found = graph_numbers(g, values, &o->shape);
    free(values);
    return found;
}

/* x and constants k: x factor + offset, as a Rescaling, which the readers of graphs know. */
static size_t operate_constant(const call *c, graph *g, size_t x)
{
    const operation_layer *o = operation_of(c->layer);
    const char *name = o->operation->name;
    const size_t i = !o->constants[0].data;
    const bool divides = strstr(name, "Divide") != NULL, subtracts = strcmp(name, "Subtract") == 0;
    if (strcmp(name, "Maximum") == 0 || strcmp(name, "Minimum") == 0)
        return graph_merge(g, strcmp(name, "Maximum") == 0 ? OPERATION_MAXIMUM : OPERATION_MINIMUM, x,
                           numbers_of(c, g, i, 1, false));
    if (strcmp(name, "Multiply") == 0 || (divides && i == 1))
        return graph_apply(g, OPERATION_ADD,
                           graph_merge(g, OPERATION_MUL, x, numbers_of(c, g, i, 1, divides)),
                           graph_number(g, 0));
    if (strcmp(name, "Add") != 0 && !subtracts) return refuse(c, g, "constants");
    const size_t scaled = graph_apply(g, OPERATION_MUL, x, graph_number(g, subtracts && i == 0 ? -1 : 1));
    return graph_merge(g, OPERATION_ADD, scaled, numbers_of(c, g, i, subtracts && i == 1 ? -1 : 1, false));
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    static const struct {
        const char *name;
        operation_kind kind;
    } kinds[] = { { "Add", OPERATION_ADD },
                  { "Subtract", OPERATION_SUB },
                  { "Multiply", OPERATION_MUL },
                  { "Maximum", OPERATION_MAXIMUM },
                  { "Minimum", OPERATION_MINIMUM } };
    const char *name = operation_of(c->layer)->operation->name;
    if (c->input_count == 1) return operate_constant(c, g, *x);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0) return graph_merge(g, kinds[i].kind, x[0], x[1]);
    if (strcmp(name, "SquaredDifference") != 0) return refuse(c, g, "two values");
    const size_t apart = graph_merge(g, OPERATION_SUB, x[0], x[1]);
    return graph_apply(g, OPERATION_MUL, apart, apart);
}

#define PAIR_CLASS                                                                         \
    OPERATION_CLASS, .call_size = 2 * sizeof(operand), .place = place, .forward = forward, \
                     .backward = backward, .operate = operate

static const layer_class pair_class = { PAIR_CLASS, .most_inputs = 2 };
static const layer_class constant_class = { PAIR_CLASS };

const operation_family pair_family = { &pair_class, computes, configure };
