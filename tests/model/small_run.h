/* A small run for tests of resuming: 300 samples of 20 numbers, of which a quarter validates, so that an
 * epoch has three batches of 64 and one of 33; a model with dropout. */
#ifndef TESTS_SMALL_RUN_H
#define TESTS_SMALL_RUN_H

#include "test.h"

#include <stdio.h>
#include <horn/callback.h>
#include <horn/model.h>
#include "base/bytes.h"

enum { SAMPLES = 300, INPUTS = 20, CLASSES = 5, BATCHES = 4 };

static float x_data[SAMPLES * INPUTS];
static uint8_t y_data[SAMPLES];
static const horn_view x = { .data = x_data, .dtype = HORN_FLOAT32, .rank = 2, .shape = { SAMPLES, INPUTS } };
static const horn_view y = { .data = y_data, .dtype = HORN_UINT8, .rank = 1, .shape = { SAMPLES } };

static char folder[32];

static inline void setup(void)
{
    uint32_t state = 12345;
    for (size_t i = 0; i < SAMPLES; i++) {
        y_data[i] = (uint8_t)(i * 7 % CLASSES);
        for (size_t k = 0; k < INPUTS; k++) {
            state = state * 1664525u + 1013904223u;
            x_data[i * INPUTS + k] = (float)(state >> 8) * 0x1p-24f + (k / 4 == y_data[i] ? 0.6f : 0);
        }
    }
    strcpy(folder, "/tmp/horn-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

/* In memory where there is a place for files: hundreds of runs wait for a busy disk. */
static inline void setup_in_memory(void)
{
    char place[] = "/dev/shm/horn-test-XXXXXX";
    setup();
    if (!mkdtemp(place)) return;
    ck_assert_int_eq(rmdir(folder), 0);
    strcpy(folder, place);
}

static inline void cleanup(void)
{
    char command[64];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

/* "<folder>/name"; four of them live at a time. */
static inline const char *in_folder(const char *name)
{
    static char paths[4][256];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

enum { RMSPROP, SGD, MOMENTUM, ADAM, OPTIMIZERS };

static inline horn_model *make_model(int which, uint64_t seed, int threads)
{
    horn_model *m;
    horn_optimizer *o = which == RMSPROP
                            ? horn_rmsprop(&(horn_rmsprop_options){ .learning_rate = 0.01, .momentum = 0.5 })
                        : which == SGD      ? horn_sgd(NULL)
                        : which == MOMENTUM ? horn_sgd(&(horn_sgd_options){ .momentum = 0.9 })
                                            : horn_adam(NULL);
    horn_crossentropy_options logits = { .from_logits = true };
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = seed, .threads = threads }));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){
                                .units = 33, .activation = "relu", .input_shape = { INPUTS } })));
    ck_ok(horn_model_add(m, horn_dropout(&(horn_dropout_options){ .rate = 0.2 })));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = CLASSES })));
    ck_ok(
        horn_model_compile(m, &(horn_compile_options){ .optimizer = o,
                                                       .loss = horn_sparse_categorical_crossentropy(&logits),
                                                       .metrics = { horn_metric_by_name("accuracy") } }));
    return m;
}

/* One of two sets of values, 0 or 1, as the bias of the last layer. */
static inline horn_status set_bias(horn_model *m, size_t which)
{
    static float bias[2][CLASSES] = { { 1, 2, 3, 4, 5 }, { -5, 7, -9, 11, -13 } };
    const horn_view view = { .data = bias[which], .dtype = HORN_FLOAT32, .rank = 1, .shape = { CLASSES } };
    return horn_model_set_weight(m, 3, &view);
}

static inline horn_status fit(horn_model *m, size_t epochs, bool resume, horn_callback *const *callbacks,
                              size_t count)
{
    return horn_model_fit(NULL, m, &x, &y,
                          &(horn_fit_options){ .batch_size = 64,
                                               .epochs = epochs,
                                               .validation_split = 0.25,
                                               .callbacks = callbacks,
                                               .callback_count = count,
                                               .resume = resume });
}

/* Weights, optimizer and figures, to the last bit. */
static inline void assert_same_run(horn_model *a, horn_model *b)
{
    const horn_history *h = horn_model_history(a), *g = horn_model_history(b);
    bytes first = { 0 }, second = { 0 };
    ck_ok(horn_model_save(a, in_folder("same-a.h5"), NULL));
    ck_ok(horn_model_save(b, in_folder("same-b.h5"), NULL));
    ck_ok(file_read(&first, in_folder("same-a.h5"), 0));
    ck_ok(file_read(&second, in_folder("same-b.h5"), 0));
    ck_assert_uint_eq(first.size, second.size);
    ck_assert_mem_eq(first.data, second.data, first.size);
    bytes_free(&first);
    bytes_free(&second);
    ck_assert_int_eq(horn_model_step(a), horn_model_step(b));
    ck_assert_uint_eq(horn_history_epochs(h), horn_history_epochs(g));
    for (size_t i = 0; i < horn_history_epochs(h); i++) {
        const horn_logs *v = horn_history_logs(h, i), *w = horn_history_logs(g, i);
        ck_assert_uint_eq(v->count, w->count);
        ck_assert_mem_eq(v->values, w->values, v->count * sizeof *v->values);
        for (size_t k = 0; k < v->count; k++) ck_assert_str_eq(v->names[k], w->names[k]);
    }
    unlink(in_folder("same-a.h5"));
    unlink(in_folder("same-b.h5"));
}

/* A callback that leaves fit behind a step, and one behind it that saves then. */
typedef struct stopper {
    horn_callback base;
    int64_t at; /* step */
    bool at_epoch_end;
} stopper;

static inline horn_status stop_batch(horn_callback *c, const horn_progress *p, const horn_logs *logs)
{
    const stopper *s = (const stopper *)c;
    (void)logs;
    return !s->at_epoch_end && horn_model_step(p->model) == s->at ? HORN_INTERRUPTED : HORN_OK;
}

static inline horn_status stop_epoch(horn_callback *c, const horn_progress *p, const horn_logs *logs)
{
    const stopper *s = (const stopper *)c;
    (void)logs;
    return s->at_epoch_end && horn_model_step(p->model) == s->at ? HORN_INTERRUPTED : HORN_OK;
}

static inline stopper stop_at(int64_t step, bool at_epoch_end)
{
    return (stopper){ { .on_batch_end = stop_batch, .on_epoch_end = stop_epoch }, step, at_epoch_end };
}

#endif
