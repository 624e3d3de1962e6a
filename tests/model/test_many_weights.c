/* A layer may have any number of weights: each begins with numbers of its own, trains, and is found again in every format. */
#include "model/custom_run.h"

enum { WEIGHTS = 20 };

/* y = x + the sum of its weights; every third one does not train */
static horn_status many_build(void *self, horn_build *b)
{
    static const char *const names[WEIGHTS] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j",
                                                "k", "l", "m", "n", "o", "p", "q", "r", "s", "t" };
    horn_status status = HORN_OK;
    (void)self;
    for (int i = 0; !status && i < WEIGHTS; i++)
        status = horn_build_weight(b, &(horn_weight_options){ .name = names[i],
                                                              .shape = { 1, { b->inputs->dim[0] } },
                                                              .not_trainable = i % 3 == 2 });
    return status;
}

static void many_forward(const void *self, const horn_slice *s, const horn_tensor *in, horn_tensor *out)
{
    (void)self;
    for (size_t i = 0; i < horn_tensor_count(in); i++) {
        out->data[i] = in->data[i];
        for (int k = 0; k < WEIGHTS; k++) out->data[i] += s->weights[k][i % in->shape.dim[0]];
    }
}

static void many_backward(const void *self, const horn_slice *s, const horn_tensor *in, const horn_tensor *dy,
                          horn_tensor *dx)
{
    (void)self;
    for (size_t i = 0; i < horn_tensor_count(in); i++) {
        for (int k = 0; k < WEIGHTS; k++)
            if (s->gradients[k]) s->gradients[k][i % in->shape.dim[0]] += dy->data[i] * (float)(k + 1);
        if (dx) dx->data[i] = dy->data[i];
    }
}

static const horn_layer_class many = {
    .name = "Many", .build = many_build, .forward = many_forward, .backward = many_backward
};

static horn_model *make_many(void)
{
    horn_model *m;
    ck_ok(register_custom_classes());
    ck_ok(horn_register_layer(&many));
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 3, .threads = 2 }));
    ck_ok(horn_model_add(
        m, horn_custom_layer("Many", &(horn_custom_layer_options){ .input_shape = { INPUTS } })));
    ck_ok(horn_model_add(m, horn_custom_layer("Many", NULL)));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = OUTPUTS })));
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = horn_sgd(&(horn_sgd_options){ .learning_rate = 0.01 }),
                                    .loss = horn_custom_loss("demo>Quartic", NULL) }));
    return m;
}

static const float *values(horn_model *m, size_t i, horn_weight *w)
{
    ck_ok(horn_model_get_weight(w, m, i));
    return w->view.data;
}

START_TEST(test_many_weights__each_begins_with_its_own_numbers)
{
    setup();
    horn_model *m = make_many();
    horn_weight a, b;
    ck_assert_uint_eq(horn_model_weight_count(m), 2 * WEIGHTS + 2);
    for (size_t i = 0; i < 2 * WEIGHTS; i++)
        for (size_t k = 0; k < i; k++) ck_assert_float_ne(values(m, i, &a)[0], values(m, k, &b)[0]);
    horn_model_free(m);
    cleanup();
}
END_TEST

/* d(loss)/d(weight k) is k + 1 times what it is for the first one, of the same layer. */
START_TEST(test_many_weights__each_has_its_own_gradient)
{
    setup();
    horn_model *m = make_many(), *trained = make_many();
    horn_weight a, b;
    ck_ok(horn_model_train_on_batch(NULL, trained, &x, &y));
    for (size_t layer = 0; layer < 2; layer++) {
        const float unit = values(m, layer * WEIGHTS, &a)[0] - values(trained, layer * WEIGHTS, &b)[0];
        ck_assert_float_gt(fabsf(unit), 1e-4f);
        for (size_t i = layer * WEIGHTS; i < (layer + 1) * WEIGHTS; i++) {
            const float moved = values(m, i, &a)[0] - values(trained, i, &b)[0];
            ck_assert_float_eq_tol(moved, a.trainable ? unit * (float)(*a.name - 'a' + 1) : 0, 1e-6f);
        }
    }
    horn_model_free(m);
    horn_model_free(trained);
    cleanup();
}
END_TEST

START_TEST(test_many_weights__every_format_brings_them_back)
{
    static const char *const files[] = { "m.h5", "m.keras", "m.weights.h5", "ckpt" };
    setup();
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        horn_model *m = make_many(), *other = make_many();
        horn_weight a, b;
        ck_ok(horn_model_train_on_batch(NULL, m, &x, &y));
        ck_ok(f < 2 ? horn_model_save(m, in_folder(files[f]), NULL)
                    : horn_model_save_weights(m, in_folder(files[f]), NULL));
        ck_ok(horn_model_load_weights(other, in_folder(files[f])));
        for (size_t i = 0; i < horn_model_weight_count(m); i++) {
            const float *expected = values(m, i, &a), *found = values(other, i, &b);
            ck_assert_str_eq(a.name, b.name);
            ck_assert_mem_eq(expected, found, horn_view_count(&a.view) * sizeof *found);
        }
        horn_model_free(m);
        horn_model_free(other);
    }
    cleanup();
}
END_TEST

TEST_MAIN(test_many_weights__each_begins_with_its_own_numbers, test_many_weights__each_has_its_own_gradient,
          test_many_weights__every_format_brings_them_back)
