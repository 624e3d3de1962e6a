/* C source predicts what the model does: every layer that says its operations, and the models of models/, compiled as strict C99 by the
 * compiler of the tests, without a warning. */
#include "test.h"

#include <dlfcn.h>
#include <horn/horn.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>
#include "conformance/make_layer.h"
#include "model/model.h"

enum { MOST = 160, MOST_VALUES = 4096 };
static const double limit = 1e-6; /* of the greatest output, if that is above 1 */

typedef struct written {
    char name[32];
    size_t inputs, outputs;
    float *x, *y;
} written;

static char folder[32];
static written models[MOST];
static size_t count, refused;

static void setup(void)
{
    strcpy(folder, "/tmp/horn-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static int run(const char *format, ...)
{
    char command[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    return system(command);
}

static void cleanup(void)
{
    ck_assert_int_eq(run("rm -rf '%s'", folder), 0);
    for (size_t i = 0; i < count; i++) {
        free(models[i].x);
        free(models[i].y);
    }
    count = refused = 0;
}

static float number_at(size_t i, bool is_whole)
{
    const unsigned n = (unsigned)(i * 2654435761u >> 8);
    return is_whole ? (float)(n % 3) : (float)(n % 1000) / 500 - 1;
}

/* Biases and statistics, which begin as 0 and 1, get values of their own. */
static void move_weights(horn_model *m)
{
    for (size_t i = 0; i < m->trainable_floats; i++) m->values[i] += 0.1F * number_at(i, false);
    for (size_t i = 0; i < m->frozen_floats; i++) m->frozen[i] += 0.1F * (1 + number_at(i, false));
}

static void predict(horn_model *m, written *w, const shape *input)
{
    horn_view x = { .dtype = HORN_FLOAT32, .rank = input->rank + 1, .shape = { 1 } };
    w->inputs = 1;
    for (int i = 0; i < input->rank; i++) w->inputs *= x.shape[i + 1] = input->dim[i];
    w->x = malloc(w->inputs * sizeof *w->x);
    for (size_t i = 0; i < w->inputs; i++)
        w->x[i] = number_at(i, strcmp(m->nodes[0].layer->class->name, "Embedding") == 0);
    x.data = w->x;
    size_t output[HORN_MAX_RANK];
    const int rank = horn_model_output_shape(output, m, 0);
    w->outputs = 1;
    for (int i = 0; i < rank; i++) w->outputs *= output[i];
    w->y = malloc(w->outputs * sizeof *w->y);
    ck_ok(horn_model_predict(w->y, w->outputs, m, &x, NULL));
}

/* Saves the model as C, and what it predicts. */
static void write_model(horn_model *m, const shape *input)
{
    char path[96];
    written *w = &models[count];
    snprintf(w->name, sizeof w->name, "%s", horn_model_name(m));
    snprintf(path, sizeof path, "%s/%s.c", folder, w->name);
    move_weights(m);
    const horn_status status = horn_model_save(m, path, NULL);
    if (status) {
        ck_assert_int_eq(status, HORN_ERROR_UNSUPPORTED);
        ck_assert_msg(strstr(horn_last_error(), "layer '") || strstr(horn_last_error(), "mask"), "%s",
                      horn_last_error());
        ck_assert_int_ne(access(path, F_OK), 0);
        refused++;
        return;
    }
    predict(m, w, input);
    count++;
}

static void *compile(void)
{
    char path[64];
    ck_assert_int_eq(
        run("${CC:-cc} -std=c99 -Wall -Wextra -Wpedantic -Werror -O1 -fPIC -shared %s/*.c -lm -o %s/all.so",
            folder, folder),
        0);
    snprintf(path, sizeof path, "%s/all.so", folder);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(library, "%s", dlerror());
    return library;
}

/* What it calls: functions of math.h alone. */
static void check_calls(void)
{
    ck_assert_int_eq(run("nm -D --undefined-only %s/all.so | grep -oE "
                         "'(malloc|calloc|realloc|free|printf|memcpy)' >%s/calls",
                         folder, folder) == 0,
                     0);
}

static void check_predictions(void *library)
{
    for (size_t i = 0; i < count; i++) {
        char name[96];
        float *y = malloc(models[i].outputs * sizeof *y);
        void (*function)(const float *, float *);
        double greatest = 1, difference = 0;
        snprintf(name, sizeof name, "%.31s_predict", models[i].name);
        *(void **)&function = dlsym(library, name);
        ck_assert_msg(function, "%s", name);
        for (int time = 0; time < 2; time++) function(models[i].x, y); /* nothing stays from the first time */
        for (size_t k = 0; k < models[i].outputs; k++) {
            greatest = fmax(greatest, fabs(models[i].y[k]));
            difference = fmax(difference, fabs((double)y[k] - models[i].y[k]));
            ck_assert_msg(isfinite(y[k]), "%s: output %zu is %g", models[i].name, k, y[k]);
        }
        ck_assert_msg(difference <= limit * greatest, "%s: %g of %g", models[i].name, difference, greatest);
        free(y);
    }
}

/* On the input; one that merges also on its tanh. */
static void add_layer(horn_model *m, horn_layer *l)
{
    if (l->class->most_inputs <= 1) {
        ck_ok(horn_model_add(m, l));
        return;
    }
    ck_ok(horn_model_add(m, horn_activation(&(horn_activation_options){ .activation = "tanh" })));
    m->is_functional = true;
    ck_ok(model_add_layer(m, l, (size_t[]){ 0, 1 }, 2));
}

START_TEST(test_c_source__every_layer)
{
    setup();
    for (size_t i = 0; i < all()->count; i++) {
        const sample_file *s = &all()->at[i];
        horn_model *m;
        char name[32];
        if (!says_operations(layer_class_by_name(s->name)) || strcmp(s->name, "InputLayer") == 0 ||
            has_no_call(i))
            continue;
        snprintf(name, sizeof name, "sample_%zu", i);
        ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .name = name, .seed = 5 }));
        horn_input_options input = { .name = "in" };
        for (int k = 0; k < s->input.rank; k++) input.input_shape[k] = s->input.dim[k];
        ck_ok(horn_model_add(m, horn_input(&input)));
        add_layer(m, make_layer(s->name, s->config));
        ck_ok(horn_model_add(m, horn_flatten(NULL)));
        ck_ok(model_build(m));
        write_model(m, &s->input);
        horn_model_free(m);
    }
    ck_assert_uint_ge(count, 60);
    ck_assert_uint_le(refused, 12);
    void *library = compile();
    check_calls();
    check_predictions(library);
    dlclose(library);
    cleanup();
}
END_TEST

START_TEST(test_c_source__the_models_of_the_tree)
{
    static const char *const names[] = { "mlp", "cnn", "bn_cnn", "conv1d", "lstm" };
    setup();
    for (size_t i = 0; i < 5; i++) {
        horn_model *m;
        char path[64];
        snprintf(path, sizeof path, "models/%s.json", names[i]);
        ck_ok(horn_model_load(&m, path, NULL));
        write_model(m, &(shape){ 2, { 28, 28 } });
        horn_model_free(m);
    }
    ck_assert_uint_eq(count, 5);
    void *library = compile();
    check_predictions(library);
    dlclose(library);
    cleanup();
}
END_TEST

START_TEST(test_c_source__names_are_those_of_c)
{
    horn_model *m;
    setup();
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .name = "3 \xc3\xa4*/-x" }));
    ck_ok(horn_model_add(
        m, horn_dense(&(horn_dense_options){ .units = 2, .input_shape = { 3 }, .name = "a/b" })));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 2, .name = "a_b" })));
    ck_ok(model_build(m));
    char path[64];
    snprintf(path, sizeof path, "%s/m.c", folder);
    ck_ok(horn_model_save(m, path, NULL));
    void *library = compile();
    ck_assert_ptr_nonnull(dlsym(library, "model_3______x_predict"));
    dlclose(library);
    horn_model_free(m);
    cleanup();
}
END_TEST

START_TEST(test_c_source__an_open_axis_is_refused)
{
    horn_model *m;
    setup();
    ck_ok(horn_sequential_new(&m, NULL));
    ck_ok(
        horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 2, .input_shape = { HORN_OPEN, 3 } })));
    ck_ok(model_build(m));
    char path[64];
    snprintf(path, sizeof path, "%s/m.c", folder);
    ck_fails(horn_model_save(m, path, NULL), HORN_ERROR_UNSUPPORTED, "an axis is open");
    horn_model_free(m);
    cleanup();
}
END_TEST

TEST_MAIN(test_c_source__every_layer, test_c_source__the_models_of_the_tree,
          test_c_source__names_are_those_of_c, test_c_source__an_open_axis_is_refused)
