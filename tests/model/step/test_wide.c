/* Batches of 512 samples and more, with the models of models/. They give the same bits for any number of threads and after any
 * earlier batches, the gradient equals that of the small batches they consist of, and there are enough pieces of work for 64
 * threads. The linker replaces pool_run by the function below (--wrap, see the Makefile). */
#include "test.h"

#include <math.h>
#include <horn/horn.h>
#include "base/parallel.h"

enum { SAMPLES = 4096, PIXELS = 28 * 28 };

static const char *const files[] = { "models/mlp.json", "models/cnn.json", "models/bn_cnn.json" };
static float pixels[SAMPLES * PIXELS];
static int32_t labels[SAMPLES];
static size_t regions, fewest;

typedef void task(void *context, size_t index, int thread);
void __real_pool_run(pool *p, size_t tasks, task *, void *context);
void __wrap_pool_run(pool *p, size_t tasks, task *run, void *context);
void __wrap_pool_run(pool *p, size_t tasks, task *run, void *context)
{
    regions++;
    if (tasks < fewest) fewest = tasks;
    __real_pool_run(p, tasks, run, context);
}

static void draw(void)
{
    for (size_t i = 0; i < sizeof pixels / sizeof *pixels; i++)
        pixels[i] = (i * 2654435761u >> 7) % 3 ? 0 : (float)((i * 40503u >> 3) % 256) / 255;
    for (size_t i = 0; i < SAMPLES; i++) labels[i] = (int32_t)(i * 7 % 10);
}

static horn_model *make_model(const char *file, int threads, double clipnorm)
{
    horn_model *m;
    horn_optimizer *o = clipnorm > 0
                            ? horn_sgd(&(horn_sgd_options){ .learning_rate = 0.1,
                                                            .clipping = { .global_clipnorm = clipnorm } })
                            : horn_sgd(&(horn_sgd_options){ .learning_rate = 1 });
    ck_ok(horn_model_load(&m, file, &(horn_load_options){ .seed = 5, .threads = threads }));
    ck_ok(
        horn_model_compile(m, &(horn_compile_options){ .optimizer = o,
                                                       .loss = horn_sparse_categorical_crossentropy(&(
                                                           horn_crossentropy_options){ .from_logits = true }),
                                                       .metrics = { horn_metric_by_name("accuracy") } }));
    return m;
}

static horn_logs train_on(horn_model *m, size_t first, size_t n)
{
    horn_logs logs;
    size_t input[HORN_MAX_RANK];
    horn_view x = { .data = pixels + first * PIXELS,
                    .dtype = HORN_FLOAT32,
                    .rank = 1 + horn_model_input_shape(input, m, 0),
                    .shape = { n } };
    const horn_view y = { .data = labels + first, .dtype = HORN_INT32, .rank = 1, .shape = { n } };
    memcpy(x.shape + 1, input, (size_t)(x.rank - 1) * sizeof *input);
    ck_ok(horn_model_train_on_batch(&logs, m, &x, &y));
    return logs;
}

static const float *values(horn_model *m, size_t i, size_t *count)
{
    horn_weight w;
    ck_ok(horn_model_get_weight(&w, m, i));
    *count = horn_view_count(&w.view);
    return w.view.data;
}

static void check_same(horn_model *a, horn_model *b, const char *what)
{
    for (size_t i = 0, n; i < horn_model_weight_count(a); i++) {
        const float *u = values(a, i, &n);
        ck_assert_msg(memcmp(u, values(b, i, &n), n * sizeof *u) == 0, "%s: weight %zu has other bits", what,
                      i);
    }
}

static void copy_weights(horn_model *to, horn_model *from)
{
    for (size_t i = 0; i < horn_model_weight_count(from); i++) {
        horn_weight w;
        ck_ok(horn_model_get_weight(&w, from, i));
        ck_ok(horn_model_set_weight(to, i, &w.view));
    }
}

START_TEST(test_wide__threads_never_change_a_bit)
{
    static const int threads[] = { 3, 64 };
    static const size_t batches[] = { 1100, 600, 512 };
    draw();
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        horn_model *one = make_model(files[f], 1, 0.5);
        for (size_t b = 0; b < 3; b++) train_on(one, 0, batches[b]);
        for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
            horn_model *many = make_model(files[f], threads[i], 0.5);
            for (size_t b = 0; b < 3; b++) train_on(many, 0, batches[b]);
            check_same(one, many, files[f]);
            horn_model_free(many);
        }
        horn_model_free(one);
    }
}
END_TEST

/* No data of one batch affects the next one. */
START_TEST(test_wide__a_step_depends_on_its_batch_alone)
{
    static const size_t batches[] = { 1100, 600, 100, 1030, 3 };
    draw();
    for (size_t f = 0; f < 2; f++) {
        horn_model *old = make_model(files[f], 2, 0.5);
        for (size_t b = 0; b < sizeof batches / sizeof *batches; b++) {
            horn_model *fresh = make_model(files[f], 2, 0.5);
            copy_weights(fresh, old);
            /* The tutorial's Dropout counts steps. */
            for (size_t i = 0; i < b; i++) train_on(fresh, 0, 1);
            copy_weights(fresh, old);
            train_on(old, 0, batches[b]);
            train_on(fresh, 0, batches[b]);
            check_same(old, fresh, files[f]);
            horn_model_free(fresh);
        }
        horn_model_free(old);
    }
}
END_TEST

/* Without Dropout, whose masks depend on a sample's index in the batch. */
static horn_model *make_plain(void)
{
    horn_model *m;
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 5, .threads = 2 }));
    ck_ok(horn_model_add(m, horn_conv2d(&(horn_conv2d_options){ .input_shape = { 28, 28, 1 },
                                                                .filters = 10,
                                                                .kernel_size = { 3 },
                                                                .strides = { 2 },
                                                                .activation = "relu" })));
    ck_ok(horn_model_add(m, horn_flatten(NULL)));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 20, .activation = "tanh" })));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 10 })));
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = horn_sgd(&(horn_sgd_options){ .learning_rate = 1 }),
                                    .loss = horn_sparse_categorical_crossentropy(
                                        &(horn_crossentropy_options){ .from_logits = true }) }));
    return m;
}

/* The gradient of a batch is the mean of the gradients of the pieces that it is cut into here. */
static void check_gradient(size_t pieces, size_t piece)
{
    enum { WEIGHTS = 6, MOST = 40000 };
    static double sums[WEIGHTS][MOST];
    horn_model *whole = make_plain(), *start = make_plain();
    double losses = 0;
    size_t n;
    memset(sums, 0, sizeof sums);
    const horn_logs logs = train_on(whole, 0, pieces * piece);
    ck_assert_uint_eq(horn_model_weight_count(whole), WEIGHTS);
    for (size_t p = 0; p < pieces; p++) {
        horn_model *m = make_plain();
        const horn_logs own = train_on(m, p * piece, piece);
        losses += horn_logs_get(&own, "loss") / (double)pieces;
        for (size_t i = 0; i < WEIGHTS; i++) {
            const float *before = values(start, i, &n), *after = values(m, i, &n);
            ck_assert_uint_le(n, MOST);
            for (size_t k = 0; k < n; k++)
                sums[i][k] += ((double)after[k] - (double)before[k]) / (double)pieces;
        }
        horn_model_free(m);
    }
    ck_assert_double_eq_tol(horn_logs_get(&logs, "loss"), losses, 1e-6);
    for (size_t i = 0; i < WEIGHTS; i++) {
        const float *before = values(start, i, &n), *after = values(whole, i, &n);
        double most = 0;
        for (size_t k = 0; k < n; k++) most = fmax(most, fabs(sums[i][k]));
        ck_assert_double_gt(most, 1e-3);
        for (size_t k = 0; k < n; k++)
            ck_assert_double_eq_tol((double)after[k] - (double)before[k], sums[i][k], 1e-5 * most + 2e-7);
    }
    horn_model_free(whole);
    horn_model_free(start);
}

/* With leaves of several sizes; and with two leaves in each group of the first Dense layer, whose kernel has 1,690 rows. */
START_TEST(test_wide__the_gradient_is_that_of_small_batches)
{
    draw();
    check_gradient(21, 100);
    check_gradient(32, 128);
}
END_TEST

START_TEST(test_wide__each_phase_has_a_piece_of_work_for_each_of_64_threads)
{
    draw();
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        horn_model *m = make_model(files[f], 64, 0.5);
        regions = 0, fewest = SIZE_MAX;
        train_on(m, 0, SAMPLES);
        ck_assert_uint_ge(regions, 4); /* slices, leaves, norms, weights */
        ck_assert_msg(fewest >= 64, "%s: a phase of %zu pieces", files[f], fewest);
        horn_model_free(m);
    }
}
END_TEST

TEST_MAIN(test_wide__threads_never_change_a_bit, test_wide__a_step_depends_on_its_batch_alone,
          test_wide__the_gradient_is_that_of_small_batches,
          test_wide__each_phase_has_a_piece_of_work_for_each_of_64_threads)
