/* Writes operations on any values: products, activations, normalization, shapes. */
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/tflite/writer.h"

static flatbuffers_field number_field(unsigned number, double value)
{
    const float as = (float)value;
    flatbuffers_field f = { number, 4, 0 };
    memcpy(&f.value, &as, sizeof as);
    return f;
}

/* ---- shapes ---- */

/* A constant has no samples in front. */
static tflite_operator reshape(tflite_writer *t, const operation *o, int32_t x, const shape *to,
                               bool is_computed)
{
    int32_t sizes[HORN_MAX_RANK + 1] = { -1 };
    const int first = is_computed;
    for (int i = 0; i < to->rank; i++) sizes[first + i] = (int32_t)to->dim[i];
    tflite_operator r = { .op = TFLITE_RESHAPE, .inputs = { x }, .input_count = 2 };
    r.inputs[1] = tflite_integers(t, o, "shape", sizes, &(shape){ 1, { (size_t)(first + to->rank) } });
    return r;
}

void tflite_put_reshape(tflite_writer *t, const operation *o)
{
    const bool is_computed = t->known[o->inputs[0]].is_computed;
    tflite_operator r = reshape(t, o, tflite_operand(t, o, 0), &o->shape, is_computed);
    tflite_put(t, tflite_number_of(t, o), &r);
}

int32_t tflite_put_sizes(tflite_writer *t, const operation *o, int32_t x, const shape *to)
{
    tflite_operator r = reshape(t, o, x, to, true);
    return tflite_put_as(t, o, &r,
                         &(tflite_tensor){ .type = TFLITE_FLOAT32, .is_computed = true, .shape = *to });
}

/* A kernel's is taken by the convolution. */
void tflite_put_axis(tflite_writer *t, const operation *o)
{
    if (t->known[o->inputs[0]].is_computed) tflite_put_reshape(t, o);
}

/* ---- products ---- */

/* (inputs, units) as (units, inputs). */
static int32_t put_kernel(tflite_writer *t, const operation *o)
{
    float *turned = NULL;
    const operation *from = &t->g->operations[o->inputs[1]];
    int32_t *known = &t->turned[o->inputs[1]];
    if (*known) return *known - 1;
    const snapshot_tensor *weight = tflite_weight_of(t, from);
    if (!weight) return 0;
    const size_t D = weight->shape[0], U = weight->shape[1];
    horn_status status = memory_new(&turned, D * U, sizeof *turned);
    if (status) {
        t->n->status = status;
        return 0;
    }
    for (size_t i = 0; i < D; i++)
        for (size_t u = 0; u < U; u++) turned[u * D + i] = ((const float *)weight->data)[i * U + u];
    *known = tflite_floats(t, from, from->weight, turned, &(shape){ 2, { U, D } }) + 1;
    return *known - 1;
}

/* Version 5 keeps the axes in front of the last one. */
void tflite_put_product(tflite_writer *t, const operation *o)
{
    const bool keeps = o->shape.rank > 1;
    if (t->g->operations[o->inputs[1]].kind != OPERATION_WEIGHT) {
        t->n->status =
            fail(HORN_ERROR_UNSUPPORTED, "%s: layer '%s': the kernel of operation '%s' is no weight",
                 t->where, tflite_layer_of(t, o), operation_name(o->kind));
        return;
    }
    tflite_operator r = { .op = TFLITE_FULLY_CONNECTED,
                          .version = keeps ? 5 : 1,
                          .inputs = { tflite_operand(t, o, 0), put_kernel(t, o), TFLITE_LEFT_OUT },
                          .input_count = 3,
                          .kind = TFLITE_FULLY_CONNECTED_OPTIONS };
    const tflite_fused f = tflite_fuse(t, o, true);
    r.inputs[2] = f.bias;
    r.options[r.option_count++] = (flatbuffers_field){ 0, 1, f.activation };
    if (keeps) r.options[r.option_count++] = (flatbuffers_field){ 2, 1, 1 };
    tflite_put(t, f.last, &r);
}

/* ---- elementwise ---- */

static tflite_operator operator_of(tflite_writer *t, const operation *o)
{
    tflite_operator r = { .op = t->now->op, .kind = t->now->kind, .input_count = (size_t)o->input_count };
    for (int i = 0; i < o->input_count; i++) r.inputs[i] = tflite_operand(t, o, i);
    return r;
}

void tflite_put_elementwise(tflite_writer *t, const operation *o)
{
    tflite_operator r = operator_of(t, o);
    tflite_put(t, tflite_number_of(t, o), &r);
}

/* Sums and products, which may have a ReLU behind them. */
void tflite_put_arithmetic(tflite_writer *t, const operation *o)
{
    tflite_operator r = operator_of(t, o);
    const tflite_fused f = tflite_fuse(t, o, false);
    r.options[r.option_count++] = (flatbuffers_field){ 0, 1, f.activation };
    tflite_put(t, f.last, &r);
}

void tflite_put_leaky_relu(tflite_writer *t, const operation *o)
{
    tflite_operator r = operator_of(t, o);
    r.kind = TFLITE_LEAKY_RELU_OPTIONS;
    r.options[r.option_count++] = number_field(0, o->number);
    tflite_put(t, tflite_number_of(t, o), &r);
}

void tflite_put_softmax(tflite_writer *t, const operation *o)
{
    tflite_operator r = operator_of(t, o);
    r.kind = TFLITE_SOFTMAX_OPTIONS;
    r.options[r.option_count++] = number_field(0, 1);
    tflite_put(t, tflite_number_of(t, o), &r);
}

/* ---- what takes several operators ---- */

static const tflite_options *options_of(tflite_op op)
{
    static const tflite_options options[] = { TFLITE_ADD_OPTIONS, TFLITE_SUB_OPTIONS, TFLITE_MUL_OPTIONS };
    return op == TFLITE_ADD   ? &options[0]
           : op == TFLITE_SUB ? &options[1]
           : op == TFLITE_MUL ? &options[2]
                              : NULL;
}

static tflite_operator step(tflite_op op, int32_t x, int32_t y)
{
    const tflite_options *kind = options_of(op);
    return (tflite_operator){ .op = op,
                              .inputs = { x, y },
                              .input_count = y == TFLITE_LEFT_OUT ? 1 : 2,
                              .kind = kind ? *kind : TFLITE_NO_OPTIONS };
}

static int32_t inner(tflite_writer *t, const operation *o, tflite_op op, int32_t x, int32_t y, const shape *s)
{
    tflite_operator r = step(op, x, y);
    return tflite_put_inner(t, o, &r, s);
}

static void last(tflite_writer *t, const operation *o, tflite_op op, int32_t x, int32_t y)
{
    tflite_operator r = step(op, x, y);
    tflite_put(t, tflite_number_of(t, o), &r);
}

/* scale relu(x) + scale alpha elu(min(x, 0)) */
void tflite_put_selu(tflite_writer *t, const operation *o)
{
    const double alpha = 1.6732632423543772, scale = 1.0507009873554805;
    const int32_t x = tflite_operand(t, o, 0), above = inner(t, o, TFLITE_RELU, x, TFLITE_LEFT_OUT, NULL),
                  below = inner(t, o, TFLITE_MINIMUM, x, tflite_scalar(t, o, 0), NULL),
                  bent = inner(t, o, TFLITE_ELU, below, TFLITE_LEFT_OUT, NULL),
                  scaled = inner(t, o, TFLITE_MUL, above, tflite_scalar(t, o, scale), NULL);
    last(t, o, TFLITE_ADD, scaled, inner(t, o, TFLITE_MUL, bent, tflite_scalar(t, o, scale * alpha), NULL));
}

/* relu(x) + log(1 + exp(-|x|)) */
void tflite_put_softplus(tflite_writer *t, const operation *o)
{
    const int32_t x = tflite_operand(t, o, 0), size = inner(t, o, TFLITE_ABS, x, TFLITE_LEFT_OUT, NULL),
                  below = inner(t, o, TFLITE_NEG, size, TFLITE_LEFT_OUT, NULL),
                  power = inner(t, o, TFLITE_EXP, below, TFLITE_LEFT_OUT, NULL),
                  sum = inner(t, o, TFLITE_ADD, power, tflite_scalar(t, o, 1), NULL),
                  tail = inner(t, o, TFLITE_LOG, sum, TFLITE_LEFT_OUT, NULL);
    last(t, o, TFLITE_ADD, inner(t, o, TFLITE_RELU, x, TFLITE_LEFT_OUT, NULL), tail);
}

/* x factor + (beta - mean factor), factor = gamma / sqrt(variance + epsilon) */
void tflite_put_normalization(tflite_writer *t, const operation *o)
{
    enum { MEAN = 1, VARIANCE, GAMMA, BETA };
    const bool has_gamma = o->input_count > GAMMA && o->inputs[GAMMA] != NO_VALUE,
               has_beta = o->input_count > BETA && o->inputs[BETA] != NO_VALUE;
    const shape c = { 1, { o->shape.dim[o->shape.rank - 1] } };
    const int32_t x = tflite_operand(t, o, 0), mean = tflite_operand(t, o, MEAN),
                  sum = inner(t, o, TFLITE_ADD, tflite_operand(t, o, VARIANCE),
                              tflite_scalar(t, o, o->number), &c);
    int32_t factor = inner(t, o, TFLITE_RSQRT, sum, TFLITE_LEFT_OUT, &c);
    if (has_gamma) factor = inner(t, o, TFLITE_MUL, factor, tflite_operand(t, o, GAMMA), &c);
    int32_t shift = inner(t, o, TFLITE_MUL, mean, factor, &c);
    if (has_beta) shift = inner(t, o, TFLITE_SUB, tflite_operand(t, o, BETA), shift, &c);
    tflite_operator r =
        step(has_beta ? TFLITE_ADD : TFLITE_SUB, inner(t, o, TFLITE_MUL, x, factor, NULL), shift);
    const tflite_fused f = tflite_fuse(t, o, false);
    r.options[r.option_count++] = (flatbuffers_field){ 0, 1, f.activation };
    tflite_put(t, f.last, &r);
}
