/* SimpleRNN, LSTM and GRU: their values against the equations in double, masks, dropout, long sequences, and the same bits for
 * any number of threads. Gradients without masks are those of tests/conformance/test_layer_gradients.c. */
#include "test.h"

#include <horn/horn.h>
#include "conformance/make_layer.h"

enum { T = 5, D = 2, U = 3, ROWS = 3 };

/* ---- the equations, for one sample ---- */

typedef struct cell_case {
    const char *class_name, *arguments;
    size_t columns;
    bool reset_after;
} cell_case;

static double sigmoid(double z)
{
    return 1 / (1 + exp(-z));
}

/* z[column] = from kernel[n, columns] + bias. */
static double product(const float *kernel, size_t columns, size_t column, const double *from, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += from[i] * (double)kernel[i * columns + column];
    return sum;
}

static void lstm_step(const layer *l, const double *x, double *h, double *c)
{
    double z[4 * U];
    for (size_t k = 0; k < 4 * U; k++)
        z[k] = product(l->weights[0].value, 4 * U, k, x, D) + product(l->weights[1].value, 4 * U, k, h, U) +
               (double)l->weights[2].value[k];
    for (size_t u = 0; u < U; u++) {
        c[u] = sigmoid(z[U + u]) * c[u] + sigmoid(z[u]) * tanh(z[2 * U + u]);
        h[u] = sigmoid(z[3 * U + u]) * tanh(c[u]);
    }
}

static void gru_step(const layer *l, const double *x, double *h, bool reset_after)
{
    const float *kernel = l->weights[0].value, *recurrent = l->weights[1].value, *bias = l->weights[2].value;
    double gates[2 * U], reset[U], next[U];
    for (size_t k = 0; k < 2 * U; k++)
        gates[k] = sigmoid(product(kernel, 3 * U, k, x, D) + product(recurrent, 3 * U, k, h, U) +
                           (double)bias[k] + (reset_after ? (double)bias[3 * U + k] : 0));
    for (size_t u = 0; u < U; u++) reset[u] = gates[U + u] * h[u];
    for (size_t u = 0; u < U; u++) {
        const size_t k = 2 * U + u;
        const double by_h =
            reset_after ? gates[U + u] * (product(recurrent, 3 * U, k, h, U) + (double)bias[3 * U + k])
                        : product(recurrent, 3 * U, k, reset, U);
        next[u] =
            gates[u] * h[u] + (1 - gates[u]) * tanh(product(kernel, 3 * U, k, x, D) + (double)bias[k] + by_h);
    }
    memcpy(h, next, sizeof next);
}

static void simple_step(const layer *l, const double *x, double *h)
{
    double next[U];
    for (size_t u = 0; u < U; u++)
        next[u] = tanh(product(l->weights[0].value, U, u, x, D) + product(l->weights[1].value, U, u, h, U) +
                       (double)l->weights[2].value[u]);
    memcpy(h, next, sizeof next);
}

static const cell_case cases[] = {
    { "SimpleRNN", "", 1, false },
    { "LSTM", "", 4, false },
    { "GRU", ", \"reset_after\": true", 3, true },
    { "GRU", "", 3, false }, /* as in Keras before 2.1.4 */
};
enum { CASES = sizeof cases / sizeof *cases };

static layer *make_case(size_t i, const char *more)
{
    char json[300];
    snprintf(json, sizeof json, "{\"name\": \"r\", \"units\": %d%s%s}", U, cases[i].arguments, more);
    return make_layer(cases[i].class_name, json);
}

static void walk_steps(size_t i, const harness *h, size_t row, bool backwards, double y[T][U])
{
    double state[U] = { 0 }, carry[U] = { 0 };
    for (size_t t = 0; t < T; t++) {
        const size_t at = backwards ? T - 1 - t : t;
        double x[D];
        for (size_t d = 0; d < D; d++) x[d] = (double)h->x.data[(row * T + at) * D + d];
        if (h->x.mask && !h->x.mask[row * T + at]) {
            /* no state changes */
        } else if (cases[i].columns == 4) {
            lstm_step(h->layer, x, state, carry);
        } else if (cases[i].columns == 3) {
            gru_step(h->layer, x, state, cases[i].reset_after);
        } else {
            simple_step(h->layer, x, state);
        }
        memcpy(y[t], state, sizeof state);
    }
}

/* Each row has another mask; the first has none of its steps, the last all. */
static unsigned char mask[ROWS * T] = { 0, 0, 0, 0, 0, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1 };

static void check_values(size_t i, const char *more, bool backwards, bool sequences, unsigned char *given)
{
    harness h;
    double y[T][U];
    harness_open(&h, make_case(i, more), &(shape){ 2, { T, D } }, ROWS, false);
    h.x.mask = given;
    harness_forward(&h);
    for (size_t row = 0; row < ROWS; row++) {
        walk_steps(i, &h, row, backwards, y);
        for (size_t t = 0; t < T; t++)
            for (size_t u = 0; u < U; u++) {
                if (!sequences && t != T - 1) continue;
                const double found = (double)h.y.data[(sequences ? row * T + t : row) * U + u];
                ck_assert_msg(fabs(found - y[t][u]) < 2e-6, "%s%s: y[%zu][%zu][%zu] is %g, expected %g",
                              cases[i].class_name, more, row, t, u, found, y[t][u]);
            }
    }
    harness_close(&h);
}

START_TEST(test_recurrent__values_are_those_of_the_equations)
{
    for (size_t i = 0; i < CASES; i++)
        for (int masked = 0; masked < 2; masked++) {
            unsigned char *given = masked ? mask : NULL;
            check_values(i, "", false, false, given);
            check_values(i, ", \"return_sequences\": true", false, true, given);
            check_values(i, ", \"go_backwards\": true, \"unroll\": true", true, false, given);
            check_values(i, ", \"return_sequences\": true, \"go_backwards\": true", true, true, given);
        }
}
END_TEST

/* ---- masks ---- */

START_TEST(test_recurrent__y_of_masked_steps_may_be_0)
{
    for (size_t i = 0; i < CASES; i++) {
        harness h;
        harness_open(&h, make_case(i, ", \"return_sequences\": true, \"zero_output_for_mask\": true"),
                     &(shape){ 2, { T, D } }, ROWS, false);
        h.x.mask = mask;
        harness_forward(&h);
        for (size_t k = 0; k < ROWS * T * U; k++) ck_assert((h.y.data[k] == 0) == !mask[k / U]);
        harness_close(&h);
    }
}
END_TEST

static double weighted_sum(harness *h)
{
    double sum = 0;
    harness_forward(h);
    for (size_t k = 0; k < h->y.rows * shape_count(&h->y.shape); k++)
        sum += (double)h->y.data[k] * (double)h->dy.data[k];
    return sum;
}

static void check_slopes(harness *h, const char *what, float *values, const float *gradient, size_t n)
{
    const float step = 0x1p-7f;
    for (size_t k = 0; k < n; k++) {
        const float old = values[k];
        values[k] = old + step;
        double slope = weighted_sum(h);
        values[k] = old - step;
        slope = (slope - weighted_sum(h)) / (double)(2 * step);
        values[k] = old;
        ck_assert_msg(fabs(slope - (double)gradient[k]) <= 1e-3,
                      "%s: gradient of %s[%zu] is %g, differences say %g", h->layer->class->name, what, k,
                      (double)gradient[k], slope);
    }
}

START_TEST(test_recurrent__gradients_of_masked_sequences_agree_with_differences)
{
    static const char *const more[] = { "", ", \"return_sequences\": true, \"go_backwards\": true",
                                        ", \"return_sequences\": true, \"zero_output_for_mask\": true",
                                        ", \"zero_output_for_mask\": true, \"dropout\": 0.3, "
                                        "\"recurrent_dropout\": 0.3" };
    for (size_t i = 0; i < CASES * 4; i++) {
        harness h;
        harness_open(&h, make_case(i / 4, more[i % 4]), &(shape){ 2, { T, D } }, ROWS, true);
        h.x.mask = mask;
        (void)weighted_sum(&h);
        harness_backward(&h);
        for (size_t k = 0; k < T * D; k++) ck_assert(h.dx.data[k] == 0); /* the first row is masked */
        check_slopes(&h, "x", h.x.data, h.dx.data, ROWS * T * D);
        for (size_t k = 0; k < 3; k++)
            check_slopes(&h, h.layer->weights[k].name, h.layer->weights[k].value,
                         h.layer->weights[k].gradient, shape_count(&h.layer->weights[k].shape));
        harness_close(&h);
    }
}
END_TEST

/* ---- long sequences and many samples: inference goes by pieces ---- */

START_TEST(test_recurrent__pieces_give_what_the_whole_gives)
{
    for (size_t i = 0; i < CASES; i++) {
        harness whole, pieces;
        const shape input = { 2, { 700, 8 } };
        harness_open(&whole, make_case(i, ", \"return_sequences\": true"), &input, 150, true);
        harness_open(&pieces, make_case(i, ", \"return_sequences\": true"), &input, 150, false);
        harness_forward(&whole), harness_forward(&pieces);
        for (size_t k = 0; k < 150 * 700 * U; k++)
            ck_assert_float_eq_tol(whole.y.data[k], pieces.y.data[k], 1e-6f);
        harness_close(&whole), harness_close(&pieces);
    }
}
END_TEST

/* ---- dropout ---- */

enum { WIDE = 4000, STEPS = 3 };

/* A cell that gives x back if nothing is dropped: without state, weights or activation that change it. */
static void open_wide(harness *h, size_t rows, bool training)
{
    char json[300];
    snprintf(json, sizeof json,
             "{\"units\": %d, \"activation\": \"linear\", \"use_bias\": false, \"return_sequences\": true, "
             "\"kernel_initializer\": \"zeros\", \"recurrent_initializer\": \"zeros\", \"dropout\": 0.4}",
             1);
    harness_open(h, make_layer("SimpleRNN", json), &(shape){ 2, { STEPS, WIDE } }, rows, training);
    h->layer->weights[1].value[0] = 0;
    for (size_t k = 0; k < WIDE; k++) h->layer->weights[0].value[k] = 1;
    for (size_t k = 0; k < rows * STEPS * WIDE; k++) h->x.data[k] = 1;
}

START_TEST(test_recurrent__dropout_is_that_of_a_sample_in_all_steps)
{
    harness h, again;
    open_wide(&h, 2, true);
    harness_forward(&h);
    for (size_t row = 0; row < 2; row++) {
        const float kept = h.y.data[row * STEPS] * 0.6f;
        /* 0.6 n, deviation sqrt(0.24 n) = 31 */
        ck_assert_msg(fabsf(kept - 0.6f * WIDE) < 5 * 31, "%g of %d kept", (double)kept, WIDE);
        for (size_t t = 1; t < STEPS; t++) ck_assert(h.y.data[row * STEPS + t] == h.y.data[row * STEPS]);
    }
    harness_backward(&h);
    size_t dropped = 0;
    for (size_t k = 0; k < WIDE; k++) {
        dropped += h.dx.data[k] == 0;
        ck_assert((h.dx.data[k] == 0) == (h.dx.data[2 * WIDE + k] == 0));
    }
    ck_assert_msg(dropped > 0.4 * WIDE - 5 * 31 && dropped < 0.4 * WIDE + 5 * 31, "%zu dropped", dropped);
    open_wide(&again, 1, true); /* the second sample on its own */
    again.lane.first = 1;
    harness_forward(&again);
    ck_assert_mem_eq(again.y.data, h.y.data + STEPS, STEPS * sizeof(float));
    again.lane.step++;
    harness_forward(&again);
    ck_assert_mem_ne(again.y.data, h.y.data + STEPS, STEPS * sizeof(float));
    harness_close(&h), harness_close(&again);
    open_wide(&h, 1, false);
    harness_forward(&h);
    ck_assert(h.y.data[0] == WIDE);
    harness_close(&h);
}
END_TEST

/* With recurrent_dropout each gate of an LSTM or a GRU has masks of its own, as in Keras; else they have one. */
START_TEST(test_recurrent__gates_have_masks_of_their_own)
{
    static const struct {
        size_t index;
        const char *more;
        bool apart;
    } samples[] = { { 1, ", \"dropout\": 0.5", false },
                    { 1, ", \"dropout\": 0.5, \"implementation\": 1", true },
                    { 1, ", \"dropout\": 0.5, \"recurrent_dropout\": 0.5", true },
                    { 2, ", \"dropout\": 0.5, \"recurrent_dropout\": 0.1", true },
                    { 3, ", \"dropout\": 0.5", false } };
    for (size_t s = 0; s < sizeof samples / sizeof *samples; s++) {
        harness h;
        const size_t wide = 200, width = cases[samples[s].index].columns * U;
        harness_open(&h, make_case(samples[s].index, samples[s].more), &(shape){ 2, { 1, wide } }, 1, true);
        harness_forward(&h);
        harness_backward(&h);
        size_t different = 0;
        for (size_t d = 0; d < wide; d++) {
            const float *row = h.layer->weights[0].gradient + d * width;
            for (size_t k = 2 * U; k < width; k += U) different += (row[k] == 0) != (row[0] == 0);
        }
        ck_assert_msg((different > wide / 4) == samples[s].apart, "%s%s: %zu differ",
                      cases[samples[s].index].class_name, samples[s].more, different);
        harness_close(&h);
    }
}
END_TEST

/* ---- a model ---- */

static horn_model *make_model(int threads)
{
    horn_model *m;
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 3, .threads = threads }));
    ck_ok(horn_model_add(m, horn_masking(&(horn_masking_options){ .input_shape = { HORN_OPEN, 4 } })));
    ck_ok(horn_model_add(
        m, horn_lstm(&(horn_recurrent_options){
               .units = 20, .return_sequences = true, .dropout = 0.2, .recurrent_dropout = 0.2 })));
    ck_ok(horn_model_add(m, horn_gru(&(horn_recurrent_options){ .units = 18, .return_sequences = true })));
    ck_ok(horn_model_add(m, horn_simple_rnn(&(horn_recurrent_options){ .units = 17, .go_backwards = true })));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 3 })));
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = horn_adam(NULL), .loss = horn_mean_squared_error(NULL) }));
    return m;
}

enum { SAMPLES = 150, LENGTH = 9 };

static void train(int threads, size_t batch, float out[SAMPLES * 3])
{
    static float x[SAMPLES * LENGTH * 4], y[SAMPLES * 3];
    horn_model *m = make_model(threads);
    harness_noise(1, SAMPLES * LENGTH * 4, x);
    harness_noise(2, SAMPLES * 3, y);
    for (size_t k = 0; k < SAMPLES * LENGTH; k += 3) memset(x + k * 4, 0, 4 * sizeof *x); /* masked */
    const horn_view inputs = { .data = x, .dtype = HORN_FLOAT32, .rank = 3, .shape = { SAMPLES, LENGTH, 4 } },
                    targets = { .data = y, .dtype = HORN_FLOAT32, .rank = 2, .shape = { SAMPLES, 3 } };
    ck_ok(
        horn_model_fit(NULL, m, &inputs, &targets, &(horn_fit_options){ .batch_size = batch, .epochs = 2 }));
    ck_ok(horn_model_predict(out, SAMPLES * 3, m, &inputs, NULL));
    horn_model_free(m);
}

START_TEST(test_recurrent__bits_are_the_same_for_any_number_of_threads)
{
    static float one[SAMPLES * 3], many[SAMPLES * 3];
    const size_t batches[] = { 150, 33 };
    for (size_t i = 0; i < 2; i++) {
        train(1, batches[i], one);
        train(3, batches[i], many);
        ck_assert_mem_eq(one, many, sizeof one);
        train(8, batches[i], many);
        ck_assert_mem_eq(one, many, sizeof one);
    }
}
END_TEST

/* The forget gate's bias is 1 at first. */
START_TEST(test_recurrent__weights_begin_as_in_keras)
{
    horn_weight w;
    horn_model *m = make_model(1);
    ck_ok(horn_model_get_weight(&w, m, 2));
    const float *bias = w.view.data;
    for (size_t k = 0; k < 80; k++) ck_assert(bias[k] == (k >= 20 && k < 40));
    ck_ok(horn_model_get_weight(&w, m, 1)); /* orthogonal rows */
    const float *kernel = w.view.data;
    double product = 0, square = 0;
    for (size_t k = 0; k < 80; k++) {
        product += (double)kernel[k] * (double)kernel[80 + k];
        square += (double)kernel[k] * (double)kernel[k];
    }
    ck_assert_double_eq_tol(product, 0, 1e-6);
    ck_assert_double_eq_tol(square, 1, 1e-6);
    horn_model_free(m);
}
END_TEST

TEST_MAIN(test_recurrent__values_are_those_of_the_equations, test_recurrent__y_of_masked_steps_may_be_0,
          test_recurrent__gradients_of_masked_sequences_agree_with_differences,
          test_recurrent__pieces_give_what_the_whole_gives,
          test_recurrent__dropout_is_that_of_a_sample_in_all_steps,
          test_recurrent__gates_have_masks_of_their_own,
          test_recurrent__bits_are_the_same_for_any_number_of_threads,
          test_recurrent__weights_begin_as_in_keras)
