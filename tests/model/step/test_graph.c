/* Models whose layers are no chain: branches, skips, layers that are called several times. Gradients against finite differences
 * of the loss, and the same bits for any number of threads. */
#include "test.h"

#include <math.h>
#include <horn/horn.h>
#include "model/model.h"

enum { MOST = 1100, WIDTH = 12 };

static float x_data[MOST * WIDTH], y_data[MOST * 2];

/* ---- a layer of the test's own: the product of its inputs ---- */

enum { JOINED = 3 };

typedef struct join {
    double inputs;
} join;

static void join_configure(void *self, horn_arguments *a)
{
    ((join *)self)->inputs = horn_arguments_number(a, "inputs", 2);
}

static void join_describe(const void *self, horn_arguments *a)
{
    horn_arguments_set_number(a, "inputs", ((const join *)self)->inputs);
}

static void join_forward(const void *self, const horn_slice *s, const horn_tensor *x, horn_tensor *y)
{
    (void)s;
    for (size_t i = 0; i < horn_tensor_count(y); i++) {
        y->data[i] = 1;
        for (size_t k = 0; k < (size_t)((const join *)self)->inputs; k++) y->data[i] *= x[k].data[i];
    }
}

static void join_backward(const void *self, const horn_slice *s, const horn_tensor *x, const horn_tensor *dy,
                          horn_tensor *dx)
{
    const size_t inputs = (size_t)((const join *)self)->inputs;
    (void)s;
    for (size_t k = 0; dx && k < inputs; k++)
        for (size_t i = 0; dx[k].data && i < horn_tensor_count(dy); i++) {
            dx[k].data[i] = dy->data[i];
            for (size_t j = 0; j < inputs; j++)
                if (j != k) dx[k].data[i] *= x[j].data[i];
        }
}

static const horn_layer_class join_class = { .name = "Join",
                                             .size = sizeof(join),
                                             .configure = join_configure,
                                             .describe = join_describe,
                                             .most_inputs = JOINED,
                                             .forward = join_forward,
                                             .backward = join_backward };

/* ---- building ---- */

static size_t put(horn_model *m, horn_layer *l, size_t value)
{
    ck_ok(model_add_layer(m, l, &value, 1));
    return m->node_count;
}

static size_t again(horn_model *m, size_t of, size_t value)
{
    ck_ok(model_call_layer(m, m->nodes[of - 1].layer, &value, 1));
    return m->node_count;
}

/* Joins two values, or three. */
static size_t put_join(horn_model *m, size_t a, size_t b, size_t c)
{
    const size_t values[] = { a, b, c }, count = c ? 3 : 2;
    horn_layer *l = horn_custom_layer(
        "Join", &(horn_custom_layer_options){ .arguments = { HORN_NUMBER("inputs", (double)count) } });
    ck_ok(model_add_layer(m, l, values, count));
    return m->node_count;
}

static horn_layer *dense(size_t units, const char *name)
{
    return horn_dense(&(horn_dense_options){ .units = units, .activation = name });
}

static horn_layer *apply(const char *name)
{
    return horn_activation(&(horn_activation_options){ .activation = name });
}

static horn_layer *batch_normalization(void)
{
    return horn_batch_normalization(NULL);
}

/* ---- the models: from an input of WIDTH numbers to 2 ---- */

static void branches(horn_model *m)
{
    const size_t a = put(m, dense(4, "tanh"), 0), b = put(m, dense(3, "tanh"), a),
                 c = put(m, dense(3, NULL), a);
    put(m, dense(2, NULL), put_join(m, b, c, 0));
}

/* A value from before two BatchNormalizations is read between them and behind them, and the last value before the second, too. */
static void skips(horn_model *m)
{
    const size_t a = put(m, dense(4, "tanh"), 0), b = put(m, batch_normalization(), a);
    const size_t c = put_join(m, a, b, 0), d = put(m, batch_normalization(), put(m, dense(4, NULL), c));
    put(m, dense(2, NULL), put_join(m, a, d, c));
}

static void shared_dense(horn_model *m)
{
    const size_t a = put(m, dense(4, NULL), 0), b = put(m, dense(4, "tanh"), a), c = again(m, b, b);
    put(m, dense(2, NULL), put_join(m, b, again(m, b, c), 0));
}

static void shared_normalization(horn_model *m)
{
    const size_t a = put(m, dense(4, "tanh"), 0), b = put(m, batch_normalization(), a);
    const size_t c = again(m, b, put(m, dense(4, NULL), b));
    put(m, dense(2, NULL), put_join(m, b, c, 0));
}

/* The data of a view, of what it is a view of, and of a view of it are read. */
static void views(horn_model *m)
{
    const size_t a = put(m, dense(12, "tanh"), 0),
                 b = put(m, horn_reshape(&(horn_reshape_options){ .target_shape = { 3, 4 } }), a),
                 c = put(m, horn_flatten(NULL), b), d = put(m, horn_global_average_pooling1d(NULL), b);
    put(m, dense(2, NULL), put_join(m, put(m, dense(4, NULL), a), put(m, dense(4, NULL), c), d));
}

/* Several read a ReLU's output, and its input. */
static void relus(horn_model *m)
{
    const size_t a = put(m, dense(4, NULL), 0), b = put(m, apply("relu"), a), c = put(m, dense(4, NULL), b);
    const size_t d = put(m, dense(4, "relu"), b), e = put(m, dense(4, NULL), d), f = put(m, apply("tanh"), a);
    put(m, dense(2, NULL), put_join(m, put_join(m, c, e, 0), put_join(m, a, d, 0), f));
}

/* An array from before a BatchNormalization is read only behind it. */
static void late(horn_model *m)
{
    const size_t first = put_join(m, put(m, dense(WIDTH, "tanh"), 0), 0, 0),
                 a = put(m, dense(4, "tanh"), first), b = put(m, dense(4, NULL), a),
                 c = put(m, batch_normalization(), a);
    put(m, dense(2, NULL), put_join(m, b, c, 0));
}

static void thrice(horn_model *m)
{
    const size_t a = put(m, dense(4, "tanh"), 0);
    put(m, dense(2, NULL), put_join(m, a, a, a));
}

/* The loss takes the logits. */
static void softmax_of_joined(horn_model *m)
{
    const size_t a = put(m, dense(2, NULL), 0), b = put(m, dense(2, "tanh"), a);
    put(m, apply("softmax"), put_join(m, a, b, 0));
}

static void images(horn_model *m)
{
    const horn_conv2d_options conv = {
        .filters = 3, .kernel_size = { 3, 3 }, .padding = "same", .activation = "relu"
    };
    const size_t a = put(m, horn_reshape(&(horn_reshape_options){ .target_shape = { 2, 2, 3 } }),
                         put(m, dense(12, NULL), 0)),
                 b = put(m, horn_conv2d(&conv), a), c = put(m, horn_conv2d(&conv), b), d = again(m, c, c);
    put(m, dense(2, NULL), put(m, horn_flatten(NULL), put_join(m, b, c, d)));
}

static horn_layer *pooling(void)
{
    return horn_max_pooling2d(&(horn_pooling2d_options){ .pool_size = { 1, 1 } });
}

/* Convolutions apply the ReLU behind them and max poolings turn that before them, but not if these are of other branches, or if
 * others read them. */
static void neighbours(horn_model *m)
{
    const horn_conv2d_options conv = { .filters = 3, .kernel_size = { 3, 3 }, .padding = "same" };
    horn_conv2d_options with_relu = conv;
    with_relu.activation = "relu";
    const size_t a = put(m, horn_reshape(&(horn_reshape_options){ .target_shape = { 2, 2, 3 } }),
                         put(m, dense(12, NULL), 0)),
                 b = put(m, horn_conv2d(&with_relu), a), c = put(m, horn_conv2d(&conv), put(m, pooling(), b)),
                 d = put(m, horn_conv2d(&conv), a), e = put(m, horn_conv2d(&conv), a),
                 f = put(m, apply("relu"), d), g = put(m, pooling(), e);
    put(m, dense(2, NULL), put(m, horn_flatten(NULL), put_join(m, b, c, put_join(m, f, g, 0))));
}

static void activities(horn_model *m)
{
    const size_t a = put(m,
                         horn_activity_regularization(&(horn_activity_regularization_options){ .l2 = 0.5 }),
                         put(m, dense(4, NULL), 0)),
                 b = put(m, horn_reshape(&(horn_reshape_options){ .target_shape = { 4 } }), a);
    put(m, dense(2, NULL),
        put_join(m, put(m, dense(4, NULL), a), put(m, dense(4, NULL), b),
                 again(m, a, put(m, dense(4, NULL), b))));
}

static void embeddings(horn_model *m)
{
    const size_t a = put(m, horn_embedding(&(horn_embedding_options){ .input_dim = 5, .output_dim = 3 }), 0);
    put(m, dense(2, NULL), put(m, horn_flatten(NULL), put_join(m, a, again(m, a, 0), 0)));
}

static const struct {
    const char *name;
    void (*build)(horn_model *);
    bool differs_in_training;
} all[] = { { "branches", branches, false },
            { "skips", skips, true },
            { "shared dense", shared_dense, false },
            { "shared normalization", shared_normalization, true },
            { "views", views, false },
            { "relus", relus, false },
            { "neighbours", neighbours, false },
            { "late", late, true },
            { "thrice", thrice, false },
            { "softmax", softmax_of_joined, false },
            { "images", images, false },
            { "activities", activities, true },
            { "embeddings", embeddings, false } };

enum { MODELS = sizeof all / sizeof *all };

static horn_model *make(size_t index, int threads, double learning_rate)
{
    horn_model *m;
    ck_ok(horn_register_layer(&join_class));
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 7, .threads = threads }));
    ck_ok(horn_model_add(m, horn_input(&(horn_input_options){ .input_shape = { WIDTH } })));
    all[index].build(m);
    horn_loss *error = strcmp(all[index].name, "softmax") == 0 ? horn_categorical_crossentropy(NULL)
                                                               : horn_mean_squared_error(NULL);
    ck_ok(horn_model_compile(m, &(horn_compile_options){ .optimizer = horn_sgd(&(horn_sgd_options){
                                                             .learning_rate = learning_rate }),
                                                         .loss = error }));
    for (size_t i = 0; i < MOST * WIDTH; i++)
        x_data[i] = strcmp(all[index].name, "embeddings") == 0 ? (float)(i * 7 % 11 % 5)
                                                               : sinf((float)i * 1.7f) * 1.2f;
    for (size_t i = 0; i < MOST * 2; i++) y_data[i] = (float)((i / 2 * 7 % 3 + i) % 2);
    return m;
}

static double train(horn_model *m, size_t n)
{
    horn_logs logs;
    ck_ok(horn_model_train_on_batch(
        &logs, m, &(horn_view){ .data = x_data, .dtype = HORN_FLOAT32, .rank = 2, .shape = { n, WIDTH } },
        &(horn_view){ .data = y_data, .dtype = HORN_FLOAT32, .rank = 2, .shape = { n, 2 } }));
    return logs.values[0];
}

/* ---- gradients ---- */

static void check_value(horn_model *m, const weight *w, size_t at, size_t n, const char *name)
{
    const float before = w->value[at], step = 0.001f;
    train(m, n);
    const double gradient = (double)w->gradient[at];
    w->value[at] = before + step;
    double difference = train(m, n);
    w->value[at] = before - step;
    difference = (difference - train(m, n)) / (2 * (double)step);
    w->value[at] = before;
    ck_assert_msg(fabs(gradient - difference) < 1e-3 + 0.01 * fabs(difference),
                  "%s, %zu samples: %s/%s[%zu] has gradient %g, the loss changes by %g", name, n,
                  w->layer->name, w->name, at, gradient, difference);
}

static void check_gradients(size_t index, size_t n)
{
    horn_model *m = make(index, 2, HORN_ZERO);
    for (size_t i = 0; i < m->trained_count; i++) {
        const size_t count = shape_count(&m->trained[i]->shape), stride = count > 5 ? count / 5 : 1;
        for (size_t at = 0; at < count; at += stride) check_value(m, m->trained[i], at, n, all[index].name);
    }
    horn_model_free(m);
}

START_TEST(test_graph__gradients_are_those_of_the_loss)
{
    for (size_t i = 0; i < MODELS; i++) {
        check_gradients(i, 6);
        check_gradients(i, 600);
        check_gradients(i, MOST);
    }
}
END_TEST

/* ---- bits ---- */

static void check_threads(size_t index, size_t n)
{
    horn_model *one = make(index, 1, 0.05);
    for (int k = 0; k < 3; k++) train(one, n);
    for (int threads = 2; threads <= 3; threads++) {
        horn_model *many = make(index, threads, 0.05);
        for (int k = 0; k < 3; k++) train(many, n);
        ck_assert_mem_eq(many->values, one->values, one->trainable_floats * sizeof *one->values);
        ck_assert_mem_eq(many->frozen, one->frozen, one->frozen_floats * sizeof *one->frozen);
        horn_model_free(many);
    }
    horn_model_free(one);
}

START_TEST(test_graph__threads_never_change_a_bit)
{
    for (size_t i = 0; i < MODELS; i++) {
        check_threads(i, 40);
        check_threads(i, MOST);
    }
}
END_TEST

/* ---- values ---- */

/* Each value in an array of its own, computed call by call. */
static float *compute(const call *c, float *const *values, size_t rows)
{
    const size_t count = rows * shape_count(c->outputs);
    float *y = calloc(count, sizeof *y), *scratch = calloc(c->scratch + 1, sizeof *scratch),
          *prepared[64] = { NULL };
    unsigned char *keep[64] = { NULL };
    double *sums[64] = { NULL };
    tensor x[JOINED], out = { .data = y, .rows = rows, .shape = *c->outputs };
    lane own = { .scratch = scratch, .prepared = prepared, .keep = keep, .sums = sums };
    ck_assert_uint_lt(c->number, 64);
    prepared[c->number] = calloc(c->prepared + 1, sizeof **prepared);
    if (c->prepared)
        c->layer->class->prepare(c, false, rows, (range){ 0, c->prepare_parts }, prepared[c->number]);
    for (size_t i = 0; i < c->input_count; i++)
        x[i] = (tensor){ .data = values[c->values[i]], .rows = rows, .shape = c->inputs[i] };
    if (c->layer->class->forward)
        c->layer->class->forward(c, &own, x, &out);
    else
        memcpy(y, x->data, count * sizeof *y);
    if (c->layer->activation) c->layer->activation->forward(tensor_lines(&out), tensor_columns(&out), y, y);
    free(prepared[c->number]);
    free(scratch);
    return y;
}

static double loss_of(const float *out, size_t rows, bool softmax)
{
    double sum = 0;
    for (size_t i = 0; i < rows * 2; i++)
        sum += softmax ? -(double)y_data[i] * log((double)out[i]) / (double)rows
                       : pow((double)(out[i] - y_data[i]), 2) / (double)(rows * 2);
    return sum;
}

/* Arrays that share data never lose what is read later, in inference or in training. */
static void check_values(size_t index)
{
    enum { ROWS = 6 };
    float out[ROWS * 2], *values[64] = { x_data };
    horn_model *m = make(index, 1, HORN_ZERO);
    const horn_view x = { .data = x_data, .dtype = HORN_FLOAT32, .rank = 2, .shape = { ROWS, WIDTH } };
    ck_ok(horn_model_predict(out, ROWS * 2, m, &x, NULL));
    for (size_t i = 0; i < m->calls->count; i++) values[i + 1] = compute(m->calls->at[i], values, ROWS);
    for (size_t i = 0; i < ROWS * 2; i++)
        ck_assert_float_eq_tol(out[i], values[m->calls->outputs[0]][i], 1e-5f);
    if (!all[index].differs_in_training)
        ck_assert_double_eq_tol(train(m, ROWS), loss_of(out, ROWS, strstr(all[index].name, "softmax")), 1e-5);
    for (size_t i = 1; i <= m->calls->count; i++) free(values[i]);
    horn_model_free(m);
}

START_TEST(test_graph__values_are_those_of_the_layers_one_by_one)
{
    for (size_t i = 0; i < MODELS; i++) check_values(i);
}
END_TEST

/* The optimizer makes one step with each gradient, however often its layer is called. */
START_TEST(test_graph__a_step_changes_each_weight_once)
{
    for (size_t i = 0; i < MODELS; i++) {
        horn_model *m = make(i, 2, 0.5);
        float *before = malloc(m->trainable_floats * sizeof *before);
        memcpy(before, m->values, m->trainable_floats * sizeof *before);
        train(m, 40);
        for (size_t k = 0; k < m->trainable_floats; k++)
            ck_assert_float_eq_tol(m->values[k], before[k] - 0.5f * m->gradients[k], 1e-5f);
        free(before);
        horn_model_free(m);
    }
}
END_TEST

/* ---- what is refused ---- */

START_TEST(test_graph__a_layer_is_called_again_only_on_inputs_that_its_weights_fit)
{
    horn_model *m;
    const size_t input = 0;
    ck_ok(horn_sequential_new(&m, NULL));
    ck_ok(horn_model_add(m, horn_input(&(horn_input_options){ .input_shape = { WIDTH } })));
    const size_t a = put(m, dense(4, NULL), 0);
    ck_fails(
        model_call_layer(m, m->layers[0], &a, 1), HORN_ERROR_SHAPE,
        "layer 'dense' (Dense): is called again, on an input of shape (4,), which its weights do not fit");
    ck_ok(model_call_layer(m, m->layers[0], &input, 1));
    ck_assert_uint_eq(m->node_count, 2);
    ck_assert_uint_eq(m->weight_count, 2);
    ck_assert_uint_eq(m->calls->count, 2);
    horn_model_free(m);
}
END_TEST

START_TEST(test_graph__calls_on_what_is_not_there_are_refused)
{
    horn_model *m;
    size_t values[CALL_MOST_INPUTS + 1] = { 2 };
    ck_ok(horn_sequential_new(&m, NULL));
    ck_ok(horn_model_add(m, horn_input(&(horn_input_options){ .input_shape = { WIDTH } })));
    put(m, dense(WIDTH, NULL), 0);
    ck_fails(model_call_layer(m, m->layers[0], values, 1), HORN_ERROR_ARGUMENT, "is called on value 2 of 2");
    ck_fails(model_call_layer(m, m->layers[0], values, 0), HORN_ERROR_UNSUPPORTED,
             "is called on 0 values, expected 1 to 64");
    ck_fails(model_call_layer(m, m->layers[0], values, CALL_MOST_INPUTS + 1), HORN_ERROR_UNSUPPORTED,
             "is called on 65 values");
    values[0] = 0;
    ck_fails(model_call_layer(m, m->layers[0], values, 2), HORN_ERROR_ARGUMENT,
             "is called with 2 inputs, expected 1");
    horn_model_free(m);
}
END_TEST

TEST_MAIN(test_graph__gradients_are_those_of_the_loss, test_graph__threads_never_change_a_bit,
          test_graph__values_are_those_of_the_layers_one_by_one, test_graph__a_step_changes_each_weight_once,
          test_graph__a_layer_is_called_again_only_on_inputs_that_its_weights_fit,
          test_graph__calls_on_what_is_not_there_are_refused)
