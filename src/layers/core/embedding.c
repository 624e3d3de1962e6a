/* Embedding: y[N, ..., U] = embeddings[x[N, ...]], a row for each index. Fractions of x are cut off, as in Keras.
 *
 * Indices are float32, as all data between layers: whole numbers up to 2^24. check_data refuses data that are no rows of the
 * table, as TensorFlow does on the CPU; an index that another layer computed and that is no row gives NaN, as in Keras on JAX. */
#include <math.h>
#include <string.h>
#include "base/status.h"
#include "layers/call.h"
#include "tensor/elementwise.h"
#include "tensor/view.h"

/* The most rows whose numbers are exact in float32. */
enum { MOST_ROWS = 1 << 24 };

typedef struct embedding {
    layer base;
    size_t rows, units;
    bool mask_zero;
    initializer initializer;
    regularizer regularizer;
    constraint constraint;
} embedding;

/* An integer, or one for each axis; null leaves it open. Keras 3 ignores the argument. */
static void read_length(layer *l, config_reader *r)
{
    const char *key = "input_length";
    const config *value;
    int64_t size;
    config_read_value(r, key, &value);
    for (size_t i = 0; value && i < (config_is_list(value) ? config_count(value) : 1); i++) {
        const config *one = config_is_list(value) ? config_at(value, i) : value;
        if (!config_is_null(one) && (!config_integer(one, &size) || size < 1))
            config_reader_fail(r, HORN_ERROR_FORMAT, key, "is no size, and no list of sizes");
    }
    layer_keep(l, r, key);
}

static void configure(layer *l, config_reader *r)
{
    embedding *e = (embedding *)l;
    config_require(r, "input_dim");
    config_require(r, "output_dim");
    config_read_count(r, "input_dim", 1, &e->rows);
    config_read_count(r, "output_dim", 1, &e->units);
    if (e->rows > MOST_ROWS)
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "input_dim", "is %zu, expected at most %d", e->rows,
                           MOST_ROWS);
    layer_read_initializer(l, r, "embeddings_initializer", "random_uniform", &e->initializer);
    layer_read_regularizer(l, r, "embeddings_regularizer", &e->regularizer);
    layer_read_constraint(l, r, "embeddings_constraint", &e->constraint);
    config_read_boolean(r, "mask_zero", &e->mask_zero);
    read_length(l, r);
    config_only_boolean(r, "sparse", false);
    config_only_null(r, "weights");
    config_only_null(r, "lora_rank");
    config_only_null(r, "lora_alpha");
    config_only_null(r, "quantization_config");
}

static void describe(const layer *l, config *c)
{
    const embedding *e = (const embedding *)l;
    config_set_integer(c, "input_dim", (int64_t)e->rows);
    config_set_integer(c, "output_dim", (int64_t)e->units);
    config_set(c, "embeddings_initializer", initializer_describe(&e->initializer));
    regularizer_describe(&e->regularizer, c, "embeddings_regularizer");
    config_set_null(c, "activity_regularizer");
    constraint_describe(&e->constraint, c, "embeddings_constraint");
    config_set_boolean(c, "mask_zero", e->mask_zero);
}

static horn_status build(layer *l, const shape *inputs, size_t count)
{
    const embedding *e = (const embedding *)l;
    (void)count;
    if (inputs->rank == HORN_MAX_RANK)
        return layer_fail(l, HORN_ERROR_UNSUPPORTED, "its output would have more than %d axes",
                          HORN_MAX_RANK);
    horn_status status = layer_add_weight(l, "embeddings", "io", &(shape){ 2, { e->rows, e->units } }, true,
                                          &e->initializer, (double)e->rows, (double)e->units);
    if (status) return status;
    layer_regularize(l, 0, &e->regularizer);
    return layer_constrain(l, 0, &e->constraint);
}

static horn_status check_length(const layer *l, const shape *input)
{
    const config *value = config_get(l->kept, "input_length");
    const size_t count = config_is_list(value) ? config_count(value) : 1;
    char found[SHAPE_TEXT];
    int64_t size;
    if (!value) return HORN_OK;
    if (count != (size_t)input->rank)
        return layer_fail(l, HORN_ERROR_SHAPE, "input_length has %zu sizes, its input is %s", count,
                          shape_print(found, input));
    for (size_t i = 0; i < count; i++)
        if (config_integer(config_is_list(value) ? config_at(value, i) : value, &size) &&
            input->dim[i] != SHAPE_OPEN && input->dim[i] != (size_t)size)
            return layer_fail(l, HORN_ERROR_SHAPE, "input_length of axis %zu is %lld, its input is %s", i + 1,
                              (long long)size, shape_print(found, input));
    return HORN_OK;
}

static horn_status place(const layer *l, call *c)
{
    const embedding *e = (const embedding *)l;
    c->outputs->dim[c->outputs->rank++] = e->units;
    c->gradient_parts = e->rows;
    c->gives_mask = e->mask_zero;
    return check_length(l, c->inputs);
}

/* e->rows for what is no row. */
static size_t row_of(const embedding *e, float index)
{
    return index > -1 && index < (float)e->rows ? (size_t)index : e->rows;
}

static size_t count_indices(const call *c, const tensor *x)
{
    return x->rows * shape_count(c->inputs);
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    (void)own;
    const embedding *e = (const embedding *)c->layer;
    const float *table = c->layer->weights[0].value;
    for (size_t i = 0, n = count_indices(c, x); i < n; i++) {
        const size_t row = row_of(e, x->data[i]);
        if (row < e->rows)
            memcpy(y->data + i * e->units, table + row * e->units, e->units * sizeof *table);
        else
            elementwise_fill(y->data + i * e->units, NAN, e->units);
    }
}

static void mask(const call *c, lane *own, const tensor *x, unsigned char *y_mask)
{
    (void)own;
    for (size_t i = 0, n = count_indices(c, x); i < n; i++) y_mask[i] = x->data[i] != 0;
}

/* An index has no gradient. */
static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)own, (void)y, (void)dy;
    if (dx) elementwise_fill(dx->data, 0, count_indices(c, x));
}

/* Adds the rows of dy in their order. */
static void gradient(const call *c, lane *own, range part, const tensor *x, const tensor *dy,
                     float *const *gradients)
{
    const embedding *e = (const embedding *)c->layer;
    const size_t n = count_indices(c, x);
    if (!own->touched) elementwise_fill(gradients[0], 0, (part.end - part.first) * e->units);
    for (size_t i = 0; i < n; i++) {
        const size_t row = row_of(e, x->data[i]);
        if (row < part.first || row >= part.end) continue;
        float *sum = gradients[0] + (row - part.first) * e->units;
        if (own->touched && !own->touched[row]) {
            own->touched[row] = 1;
            memcpy(sum, dy->data + i * e->units, e->units * sizeof *sum);
        } else {
            elementwise_add(sum, dy->data + i * e->units, e->units);
        }
    }
}

static horn_status check_data(const call *c, const horn_view *x, const char *name)
{
    const embedding *e = (const embedding *)c->layer;
    const size_t n = horn_view_count(x), each = n / x->shape[0];
    for (size_t i = 0; i < n; i++) {
        const double index = view_number(x, i);
        if (index > -1 && index < (double)e->rows) continue;
        return fail(HORN_ERROR_ARGUMENT,
                    "%s: index %.15g of sample %zu, layer '%s' (Embedding) has the rows 0 to %zu", name,
                    index, i / each, c->layer->name, e->rows - 1);
    }
    return HORN_OK;
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    return graph_add(g, &(operation){ .kind = OPERATION_GATHER,
                                      .inputs = { layer_graph_weight(c->layer, g, 0), *x },
                                      .input_count = 2,
                                      .shape = *c->outputs });
}

/* x > 0, for there is no row below 0. */
static size_t operate_mask(const call *c, graph *g, const size_t *x, const size_t *masks)
{
    shape positions = *c->inputs;
    (void)masks;
    if (positions.rank == 0 || positions.rank == HORN_MAX_RANK) return NO_VALUE;
    positions.dim[positions.rank++] = 1;
    const size_t counts = graph_apply(g, OPERATION_GREATER, *x, graph_number(g, 0));
    return graph_shape(g, OPERATION_EXPAND_DIMS, graph_apply(g, OPERATION_CAST, counts, NO_VALUE),
                       &positions);
}

const layer_class embedding_class = {
    .name = "Embedding",
    .auto_name = "embedding",
    .size = sizeof(embedding),
    .flags = LAYER_GRADIENT_BY_PARTS | LAYER_GRADIENT_OF_ROWS,
    .configure = configure,
    .describe = describe,
    .build = build,
    .place = place,
    .forward = forward,
    .mask = mask,
    .operate_mask = operate_mask,
    .backward = backward,
    .gradient = gradient,
    .check_data = check_data,
    .operate = operate,
};

horn_layer *horn_embedding(const horn_embedding_options *options)
{
    horn_embedding_options o = options ? *options : (horn_embedding_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    config_set_integer(arguments, "input_dim", (int64_t)o.input_dim);
    config_set_integer(arguments, "output_dim", (int64_t)o.output_dim);
    config_set_string(arguments, "embeddings_initializer", o.embeddings_initializer);
    layer_argue_regularizer(arguments, "embeddings_regularizer", &o.embeddings_regularizer);
    layer_argue_constraint(arguments, "embeddings_constraint", &o.embeddings_constraint);
    config_set_boolean(arguments, "mask_zero", o.mask_zero);
    return layer_construct(&embedding_class, arguments);
}
