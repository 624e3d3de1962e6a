/* What tests of a user's own classes share: a model of all of them, and data for it. */
#ifndef TESTS_CUSTOM_RUN_H
#define TESTS_CUSTOM_RUN_H

#include "test.h"

#include <stdio.h>
#include <sys/wait.h>
#include "base/bytes.h"
#include "custom_classes.h"

enum { SAMPLES = 61, INPUTS = 4, OUTPUTS = 3 };

static float x_data[SAMPLES * INPUTS], y_data[SAMPLES * OUTPUTS];
static const horn_view x = { .data = x_data, .dtype = HORN_FLOAT32, .rank = 2, .shape = { SAMPLES, INPUTS } };
static const horn_view y = {
    .data = y_data, .dtype = HORN_FLOAT32, .rank = 2, .shape = { SAMPLES, OUTPUTS }
};
static char folder[32];

static inline void setup(void)
{
    uint32_t state = 99;
    for (size_t i = 0; i < SAMPLES * (INPUTS + OUTPUTS); i++) {
        state = state * 1664525u + 1013904223u;
        *(i < SAMPLES * INPUTS ? &x_data[i] : &y_data[i - SAMPLES * INPUTS]) =
            (float)(state >> 8) * 0x1p-23f - 1;
    }
    strcpy(folder, "/tmp/horn-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static inline void cleanup(void)
{
    char command[64];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

static inline const char *in_folder(const char *name)
{
    static char paths[4][256];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static const horn_custom_layer_options halves = { .arguments = { HORN_NUMBER("gain", 0.5),
                                                                 HORN_BOOLEAN("shifted", true) } };

static inline void add_layers(horn_model *m)
{
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 5, .input_shape = { INPUTS } })));
    ck_ok(horn_model_add(m, horn_custom_layer("demo>Mix", &halves)));
    ck_ok(horn_model_add(m, horn_custom_layer("Swish1", NULL)));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = OUTPUTS })));
}

static inline horn_model *make(int threads, horn_optimizer *o)
{
    horn_model *m;
    const horn_custom_loss_options twice = { .arguments = { HORN_NUMBER("weight", 2) } };
    ck_ok(register_custom_classes());
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 3, .threads = threads }));
    add_layers(m);
    ck_ok(
        horn_model_compile(m, &(horn_compile_options){ .optimizer = o,
                                                       .loss = horn_custom_loss("demo>Quartic", &twice),
                                                       .metrics = { horn_metric_by_name("demo>Within") } }));
    return m;
}

static inline horn_optimizer *make_heavy(void)
{
    ck_ok(register_custom_classes());
    return horn_custom_optimizer(
        "demo>Heavy", &(horn_custom_optimizer_options){ .learning_rate = 0.02,
                                                        .arguments = { HORN_NUMBER("drag", 0.25) } });
}

static inline horn_status fit(horn_model *m)
{
    return horn_model_fit(NULL, m, &x, &y, &(horn_fit_options){ .batch_size = 16, .epochs = 3 });
}

static inline void assert_same_files(const char *a, const char *b)
{
    bytes first = { 0 }, second = { 0 };
    ck_ok(file_read(&first, a, 0));
    ck_ok(file_read(&second, b, 0));
    ck_assert_uint_eq(first.size, second.size);
    ck_assert_mem_eq(first.data, second.data, first.size);
    bytes_free(&first);
    bytes_free(&second);
}

#endif
