/* What every step of training promises, for the networks of models/: the same bits for any number of threads,
 * and no allocation after the first one. Each allocation is counted (wrapped_allocations.h). */
#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <horn/horn.h>

static long allocations;

static bool allocation_fails(void)
{
    allocations++;
    return false;
}

#include "wrapped_allocations.h"

static const char *const files[] = { "models/mlp.json", "models/cnn.json", "models/bn_cnn.json" };

enum { SAMPLES = 70, PIXELS = 28 * 28 };

static float pixels[SAMPLES * PIXELS];
static int32_t labels[SAMPLES];

static void draw(void)
{
    for (size_t i = 0; i < SAMPLES * PIXELS; i++)
        pixels[i] = (i * 2654435761u >> 7) % 3 ? 0 : (float)((i * 40503u >> 3) % 256) / 255;
    for (size_t i = 0; i < SAMPLES; i++) labels[i] = (int32_t)(i * 7 % 10);
}

static horn_model *make_model(const char *file, int threads)
{
    horn_model *m;
    ck_ok(horn_model_load(&m, file, &(horn_load_options){ .seed = 5, .threads = threads }));
    ck_ok(
        horn_model_compile(m, &(horn_compile_options){ .optimizer = horn_adam(NULL),
                                                       .loss = horn_sparse_categorical_crossentropy(&(
                                                           horn_crossentropy_options){ .from_logits = true }),
                                                       .metrics = { horn_metric_by_name("accuracy") } }));
    return m;
}

/* Returns how often it allocated. */
static long train_on(horn_model *m, size_t samples)
{
    horn_logs logs;
    size_t input[HORN_MAX_RANK];
    horn_view x = { .data = pixels, .dtype = HORN_FLOAT32, .rank = 1 + horn_model_input_shape(input, m, 0) };
    horn_view y = { .data = labels, .dtype = HORN_INT32, .rank = 1, .shape = { samples } };
    x.shape[0] = samples;
    memcpy(x.shape + 1, input, (size_t)(x.rank - 1) * sizeof *input);
    allocations = 0;
    horn_status status = horn_model_train_on_batch(&logs, m, &x, &y);
    long count = allocations; /* Check allocates, too */
    ck_ok(status);
    return count;
}

static void check_same_weights(horn_model *a, horn_model *b, const char *what, int threads)
{
    for (size_t i = 0; i < horn_model_weight_count(a); i++) {
        horn_weight u, v;
        ck_ok(horn_model_get_weight(&u, a, i));
        ck_ok(horn_model_get_weight(&v, b, i));
        ck_assert_msg(memcmp(u.view.data, v.view.data, horn_view_count(&u.view) * sizeof(float)) == 0,
                      "%s: %s/%s has other bits with %d threads than with 1", what, u.layer, u.name, threads);
    }
}

START_TEST(test_steps__threads_never_change_a_bit)
{
    static const int threads[] = { 2, 3, 4, 8 };
    draw();
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        horn_model *one = make_model(files[f], 1);
        for (int step = 0; step < 3; step++) train_on(one, SAMPLES - 9 * (size_t)step);
        for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
            horn_model *many = make_model(files[f], threads[i]);
            for (int step = 0; step < 3; step++) train_on(many, SAMPLES - 9 * (size_t)step);
            check_same_weights(one, many, files[f], threads[i]);
            horn_model_free(many);
        }
        horn_model_free(one);
    }
}
END_TEST

START_TEST(test_steps__allocate_nothing_after_the_first)
{
    draw();
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        horn_model *m = make_model(files[f], 2);
        ck_assert_int_gt(train_on(m, SAMPLES), 0); /* it counts */
        for (size_t i = 0; i < 5; i++) ck_assert_int_eq(train_on(m, SAMPLES - i), 0);
        horn_model_free(m);
    }
}
END_TEST

TEST_MAIN(test_steps__threads_never_change_a_bit, test_steps__allocate_nothing_after_the_first)
