/* Every layer of the registry: its gradients against differences, independence of samples, and fusion with ReLU. */
#include "test.h"

#include "conformance/make_layer.h"
#include "losses/loss.h"

/* ---- gradients ---- */

static const char *const activations[] = { "linear", "relu", "softmax", "sigmoid",
                                           "tanh",   "elu",  "selu",    "softplus" };

/* A layer, its activation and a loss. */
typedef struct task {
    harness h;
    loss *loss;
    outputs_kind kind;
    int32_t labels[64];
    float rows[256];
    targets targets;
} task;

static double measure(task *t, float *gradient)
{
    size_t columns = harness_columns(&t->h), n = t->h.y.rows * shape_count(&t->h.y.shape);
    harness_forward(&t->h);
    return t->loss->class->value(t->loss, t->kind, n / columns, columns, t->h.y.data, &t->targets, gradient,
                                 1);
}

/* Losses here are up to 10 and float32 in each row, so that a difference over 2 * 2^-7 is off by up to 1e-4;
 * what the third derivative adds is (2^-7)^2 / 6 of it. */
static void check_gradient(task *t, const char *what, float *values, const float *gradient, size_t n)
{
    const float step = 0x1p-7f;
    for (size_t i = 0; i < n; i++) {
        const float old = values[i], above = old + step, below = old - step;
        values[i] = above;
        double up = measure(t, NULL);
        values[i] = below;
        double slope = (up - measure(t, NULL)) / ((double)above - (double)below);
        values[i] = old;
        ck_assert_msg(fabs(slope - (double)gradient[i]) <= 1e-3 + 2e-3 * fabs(slope),
                      "%s, activation %s, loss %s: d(loss)/d(%s)[%zu] is %g, differences say %g",
                      t->h.layer->class->name, activation_name(t->h.layer->activation), t->loss->class->name,
                      what, i, (double)gradient[i], slope);
    }
}

/* Is the layer itself bent near these inputs? Then a step to either side of one does not cancel out. */
static bool is_bent(harness *h)
{
    const size_t inputs = h->x.rows * shape_count(&h->x.shape), n = h->y.rows * shape_count(&h->y.shape);
    float *middle = harness_floats(n), *sums = harness_floats(n), most = 0;
    memcpy(middle, h->y.data, n * sizeof *middle);
    for (size_t i = 0; i < inputs && !h->layer->class->coupling; i++) {
        const float old = h->x.data[i];
        for (int side = 0; side < 2; side++) {
            h->x.data[i] = side ? old - 0.02f : old + 0.02f;
            harness_forward(h);
            for (size_t k = 0; k < n; k++) sums[k] = side ? sums[k] + h->y.data[k] : h->y.data[k];
        }
        h->x.data[i] = old;
        for (size_t k = 0; k < n; k++) most = fmaxf(most, fabsf(sums[k] - 2 * middle[k]));
    }
    free(middle);
    free(sums);
    return most > 0.002f;
}

/* relu and selu have a kink at 0, where differences say nothing: other inputs are taken until none is near.
 */
static void stay_off_kinks(harness *h)
{
    const activation *a = h->layer->activation;
    h->layer->activation = NULL;
    for (size_t seed = 1; seed < 10000; seed++) {
        float nearest = 1;
        harness_noise(seed, h->x.rows * shape_count(&h->x.shape), h->x.data);
        harness_forward(h);
        for (size_t i = 0; i < h->y.rows * shape_count(&h->y.shape); i++)
            if (h->y.data[i] != 0 && fabsf(h->y.data[i]) < nearest) nearest = fabsf(h->y.data[i]);
        if (nearest > 0.03f && !is_bent(h)) break;
    }
    h->layer->activation = a;
}

static void set_targets(task *t)
{
    size_t columns = harness_columns(&t->h), n = t->h.y.rows * shape_count(&t->h.y.shape);
    ck_assert_msg(n / columns <= sizeof t->labels / sizeof *t->labels &&
                      n <= sizeof t->rows / sizeof *t->rows,
                  "%s: the sample's output is too large for this test", t->h.layer->class->name);
    for (size_t i = 0; i < n / columns; i++) {
        t->labels[i] = (int32_t)((i * 2 + 1) % columns);
        for (size_t k = 0; k < columns; k++) /* sums of 1 */
            t->rows[i * columns + k] = (float)((i + k) % columns + 1) * 2 / (float)(columns * (columns + 1));
    }
    t->targets = (targets){ t->loss->class->targets, t->labels, t->rows };
}

static void check_sample(size_t sample, const char *last_step, const loss_class *class)
{
    task t = { 0 };
    config *name = config_from_string(class->name);
    ck_ok(loss_new(&t.loss, name));
    config_free(name);
    layer *l = make_layer(all()->at[sample].name, all()->at[sample].config);
    ck_ok(activation_by_name(&l->activation, last_step));
    /* only these give probabilities */
    bool probabilities = strcmp(last_step, "softmax") == 0 || strcmp(last_step, "sigmoid") == 0;
    t.kind = probabilities ? OUTPUTS_PROBABILITIES : OUTPUTS_LOGITS;
    harness_open(&t.h, l, &all()->at[sample].input, 3, true);
    set_targets(&t);
    stay_off_kinks(&t.h);
    (void)measure(&t, t.h.dy.data);
    harness_backward(&t.h);
    check_gradient(&t, "x", t.h.x.data, t.h.dx.data, t.h.x.rows * shape_count(&t.h.x.shape));
    for (size_t i = 0; i < l->weight_count; i++)
        if (l->weights[i].trainable && (l->trainable || !l->class->coupling))
            check_gradient(&t, l->weights[i].name, l->weights[i].value, l->weights[i].gradient,
                           shape_count(&l->weights[i].shape));
    harness_close(&t.h);
    loss_free(t.loss);
}

START_TEST(test_layer_gradients__gradients_agree_with_differences)
{
    const loss_class *class;
    for (size_t s = 0; s < all()->count; s++)
        for (size_t a = 0; !has_no_call(s) && a < sizeof activations / sizeof activations[0]; a++)
            for (size_t i = 0; (class = loss_class_at(i)); i++)
                /* The gradients of the others, some of which have kinks, are in test_losses.c. */
                if (class->logits == LOGITS_OF_SOFTMAX) check_sample(s, activations[a], class);
}
END_TEST

/* Taking the softmax off for the loss must not change what is learnt: the same to rounding, away from the
 * clip. */
START_TEST(test_layer_gradients__softmax_and_loss_may_be_taken_together)
{
    const loss_class *class;
    for (size_t i = 0; (class = loss_class_at(i)); i++) {
        task t = { 0 };
        float together[64];
        if (class->logits != LOGITS_OF_SOFTMAX) continue;
        config *name = config_from_string(class->name);
        ck_ok(loss_new(&t.loss, name));
        config_free(name);
        layer *l = make_layer("Dense", sample_named("layers", "Dense")->config);
        harness_open(&t.h, l, &sample_named("layers", "Dense")->input, 3, true);
        set_targets(&t);
        t.kind = OUTPUTS_LOGITS;
        double value = measure(&t, together);
        ck_ok(activation_by_name(&l->activation, "softmax"));
        t.kind = OUTPUTS_PROBABILITIES;
        ck_assert_double_eq_tol(measure(&t, t.h.dy.data), value, 3e-6);
        harness_backward(&t.h);
        for (size_t k = 0; k < 9; k++) ck_assert_float_eq_tol(t.h.dy.data[k], together[k], 1e-6f);
        harness_close(&t.h);
        loss_free(t.loss);
    }
}
END_TEST

/* ---- batches ---- */

/* 1e-6: the BLAS rounds calls of few rows differently. */
START_TEST(test_layer_gradients__a_batch_is_its_samples)
{
    for (size_t s = 0; s < all()->count; s++) {
        harness two, one;
        if (has_no_call(s)) continue;
        harness_open(&two, make_layer(all()->at[s].name, all()->at[s].config), &all()->at[s].input, 2, false);
        harness_open(&one, make_layer(all()->at[s].name, all()->at[s].config), &all()->at[s].input, 1, false);
        size_t in = shape_count(&two.x.shape), out = shape_count(&two.y.shape);
        harness_forward(&two);
        for (size_t i = 0; i < 2; i++) {
            memcpy(one.x.data, two.x.data + i * in, in * sizeof(float));
            harness_forward(&one);
            for (size_t k = 0; k < out; k++)
                ck_assert_float_eq_tol(one.y.data[k], two.y.data[i * out + k], 1e-6f);
        }
        harness_close(&one);
        harness_close(&two);
    }
}
END_TEST

/* Only in training a layer keeps what backward needs. */
START_TEST(test_layer_gradients__inference_is_as_training_where_nothing_is_random)
{
    for (size_t s = 0; s < all()->count; s++) {
        harness trains, infers;
        if (has_no_call(s)) continue;
        const bool random = strstr(all()->at[s].config, "\"seed\"") && strstr(all()->at[s].config, "dropout");
        harness_open(&trains, make_layer(all()->at[s].name, all()->at[s].config), &all()->at[s].input, 3,
                     true);
        harness_open(&infers, make_layer(all()->at[s].name, all()->at[s].config), &all()->at[s].input, 3,
                     false);
        harness_forward(&trains), harness_forward(&infers);
        const bool differs = random || trains.layer->class->flags & LAYER_IDLE_IN_INFERENCE ||
                             layer_couples(trains.layer, true);
        if (!differs)
            ck_assert_msg(
                memcmp(trains.y.data, infers.y.data, 3 * shape_count(&trains.y.shape) * sizeof(float)) == 0,
                "%s: other values in inference", all()->at[s].name);
        harness_close(&trains), harness_close(&infers);
    }
}
END_TEST

/* ---- relu in front and behind ---- */

static void turn_below_zero(size_t n, float *values, const float *signs)
{
    for (size_t i = 0; i < n; i++) values[i] = signs[i] > 0 ? values[i] : 0;
}

/* The engine leaves it to layers that say so; steps of its own must do the same. */
START_TEST(test_layer_gradients__relu_may_be_left_to_a_layer)
{
    size_t applied = 0, turned = 0;
    for (size_t s = 0; s < all()->count; s++) {
        harness own, left;
        if (has_no_call(s)) continue;
        harness_open(&own, make_layer(all()->at[s].name, all()->at[s].config), &all()->at[s].input, 3, true);
        harness_open(&left, make_layer(all()->at[s].name, all()->at[s].config), &all()->at[s].input, 3, true);
        const size_t in = 3 * shape_count(&own.x.shape), out = 3 * shape_count(&own.y.shape);
        const unsigned flags = own.layer->class->flags;
        own.layer->activation = left.layer->activation = NULL;
        for (size_t i = 0; i < in && flags & LAYER_TURNS_RELU; i++)
            own.x.data[i] = left.x.data[i] = fmaxf(own.x.data[i], 0);
        left.lane.relu = flags & LAYER_APPLIES_RELU;
        harness_forward(&own), harness_forward(&left);
        if (left.lane.relu) turn_below_zero(out, own.y.data, own.y.data);
        ck_assert_mem_eq(own.y.data, left.y.data, out * sizeof(float));
        left.lane.relu = flags & LAYER_TURNS_RELU;
        harness_backward(&own), harness_backward(&left);
        if (left.lane.relu) turn_below_zero(in, own.dx.data, own.x.data);
        ck_assert_mem_eq(own.dx.data, left.dx.data, in * sizeof(float));
        applied += (flags & LAYER_APPLIES_RELU) != 0, turned += left.lane.relu;
        harness_close(&own), harness_close(&left);
    }
    ck_assert_uint_gt(applied, 1);
    ck_assert_uint_gt(turned, 1);
}
END_TEST

TEST_MAIN(test_layer_gradients__gradients_agree_with_differences,
          test_layer_gradients__softmax_and_loss_may_be_taken_together,
          test_layer_gradients__a_batch_is_its_samples,
          test_layer_gradients__inference_is_as_training_where_nothing_is_random,
          test_layer_gradients__relu_may_be_left_to_a_layer)
