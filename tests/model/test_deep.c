/* ResNet-20 trains to the same bytes with any number of threads, and if it is stopped and resumed after any batch. */
#include "test.h"

#include <unistd.h>
#include <horn/horn.h>
#include "base/bytes.h"

enum { SAMPLES = 22, SIDE = 32, FLOATS = SIDE * SIDE * 3, BATCH = 9, BATCHES = 3, EPOCHS = 2 };

static float x_data[SAMPLES * FLOATS];
static uint8_t y_data[SAMPLES];
static const horn_view x = { .data = x_data,
                             .dtype = HORN_FLOAT32,
                             .rank = 4,
                             .shape = { SAMPLES, SIDE, SIDE, 3 } },
                       y = { .data = y_data, .dtype = HORN_UINT8, .rank = 1, .shape = { SAMPLES } };
static char saved[] = "/tmp/horn-test-XXXXXX.h5", stopped[] = "/tmp/horn-test-XXXXXX.h5";

static horn_model *load(int threads)
{
    horn_model *m;
    horn_crossentropy_options logits = { .from_logits = true };
    ck_ok(horn_model_load(&m, "models/resnet20.json", &(horn_load_options){ .seed = 7, .threads = threads }));
    ck_ok(
        horn_model_compile(m, &(horn_compile_options){ .optimizer = horn_adam(NULL),
                                                       .loss = horn_sparse_categorical_crossentropy(&logits),
                                                       .metrics = { horn_metric_by_name("accuracy") } }));
    return m;
}

/* Stops after so many batches, and saves where it stops. */
static size_t batches_left;

static horn_status stop(horn_callback *self, const horn_progress *p, const horn_logs *logs)
{
    (void)self, (void)logs;
    if (--batches_left) return HORN_OK;
    horn_status status = horn_model_save(p->model, stopped, &(horn_save_options){ .progress = true });
    return status ? status : HORN_INTERRUPTED;
}

/* The bytes of the file that a trained model is saved to. */
static bytes finish(horn_model *m, bool resume)
{
    bytes content = { 0 };
    ck_ok(horn_model_fit(NULL, m, &x, &y,
                         &(horn_fit_options){ .epochs = EPOCHS, .batch_size = BATCH, .resume = resume }));
    ck_ok(horn_model_save(m, saved, NULL));
    ck_ok(file_read(&content, saved, 0));
    horn_model_free(m);
    return content;
}

static void check(const bytes *wanted, bytes found)
{
    ck_assert_uint_eq(found.size, wanted->size);
    ck_assert_mem_eq(found.data, wanted->data, wanted->size);
    bytes_free(&found);
}

static void make_files(void)
{
    for (size_t i = 0; i < SAMPLES * FLOATS; i++) x_data[i] = (float)((i * 2654435761u >> 7) % 1009) / 1009;
    for (size_t i = 0; i < SAMPLES; i++) y_data[i] = (uint8_t)(i * 7 % 10);
    close(mkstemps(saved, 3));
    close(mkstemps(stopped, 3));
}

static void remove_files(void)
{
    unlink(saved);
    unlink(stopped);
}

START_TEST(test_deep__any_number_of_threads_one_result)
{
    static const int threads[] = { 2, 3, 8, 16 };
    make_files();
    bytes wanted = finish(load(1), false);
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++)
        check(&wanted, finish(load(threads[i]), false));
    bytes_free(&wanted);
    remove_files();
}
END_TEST

START_TEST(test_deep__stopped_at_each_batch_one_result)
{
    horn_callback stopper = { .on_batch_end = stop };
    horn_callback *const all[] = { &stopper };
    make_files();
    bytes wanted = finish(load(1), false);
    for (size_t batch = 1; batch < EPOCHS * BATCHES; batch++) {
        horn_fit_options options = { .epochs = EPOCHS, .batch_size = BATCH };
        options.callbacks = all, options.callback_count = 1;
        horn_model *first = load(2), *second = load(batch % 3 + 1);
        batches_left = batch;
        ck_assert_int_eq(horn_model_fit(NULL, first, &x, &y, &options), HORN_INTERRUPTED);
        horn_model_free(first);
        ck_ok(horn_model_restore(second, stopped));
        check(&wanted, finish(second, true));
    }
    bytes_free(&wanted);
    remove_files();
}
END_TEST

TEST_MAIN(test_deep__any_number_of_threads_one_result, test_deep__stopped_at_each_batch_one_result)
