/* Single layers against what Keras computed, forward and backward: tests/golden/gen_layers.py. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include "conformance/harness.h"
#include "conformance/sample.h"
#include "data/npz.h"

static const char path[] = "tests/golden/keras2.15/layers.npz";

typedef struct golden {
    zip_file *zip;
    bytes content;
    int index;
} golden;

static npy_array read_array(const golden *g, const char *key)
{
    char name[32];
    npy_array array = { 0 };
    snprintf(name, sizeof name, "%02d.%s", g->index, key);
    ck_ok(npz_read(&array, g->zip, name, NULL));
    return array;
}

static bool has_case(const golden *g)
{
    char name[32];
    snprintf(name, sizeof name, "%02d.config.npy", g->index);
    return zip_file_find(g->zip, name) != NULL;
}

static layer *make_layer(const golden *g)
{
    npy_array text = read_array(g, "config");
    config *record = NULL;
    layer *l = NULL;
    ck_ok(config_parse(&record, text.data, text.shape[0], path));
    ck_ok(layer_new(&l, config_get_string(record, "class_name"), config_get(record, "config")));
    config_free(record);
    npy_array_free(&text);
    return l;
}

/* Into `to`, whose shape behind `leading` axes must be the array's. */
static void load(const golden *g, const char *key, int leading, const shape *s, float *to)
{
    npy_array array = read_array(g, key);
    ck_assert_int_eq(array.rank, s->rank + leading);
    for (int i = 0; i < s->rank; i++) ck_assert_uint_eq(array.shape[i + leading], s->dim[i]);
    size_t n = shape_count(s) * (leading ? array.shape[0] : 1);
    memcpy(to, array.data, n * sizeof *to);
    npy_array_free(&array);
}

static void compare(const golden *g, const char *key, const layer *l, size_t n, const float *got)
{
    npy_array array = read_array(g, key);
    const float *expected = array.data;
    float largest = 1;
    for (size_t i = 0; i < n; i++) largest = fmaxf(largest, fabsf(expected[i]));
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(fabsf(got[i] - expected[i]) <= 1e-5f * largest,
                      "case %d, %s: %s[%zu] is %g, expected %g", g->index, l->class->name, key, i,
                      (double)got[i], (double)expected[i]);
    npy_array_free(&array);
}

static void check_case(const golden *g)
{
    enum { ROWS = 2 };
    layer *l = make_layer(g);
    npy_array x = read_array(g, "x");
    shape input = { .rank = x.rank - 1 };
    for (int i = 0; i < input.rank; i++) input.dim[i] = x.shape[i + 1];
    npy_array_free(&x);
    harness h;
    char key[32];
    harness_open(&h, l, &input, ROWS, true);
    load(g, "x", 1, h.call->inputs, h.x.data);
    load(g, "dy", 1, h.call->outputs, h.dy.data);
    for (size_t i = 0; i < l->weight_count; i++) {
        snprintf(key, sizeof key, "w%zu", i);
        load(g, key, 0, &l->weights[i].shape, l->weights[i].value);
    }
    harness_forward(&h);
    compare(g, "y", l, ROWS * shape_count(h.call->outputs), h.y.data);
    harness_backward(&h);
    compare(g, "dx", l, ROWS * shape_count(h.call->inputs), h.dx.data);
    for (size_t i = 0; i < l->weight_count; i++) {
        snprintf(key, sizeof key, "w%zu.d", i);
        compare(g, key, l, shape_count(&l->weights[i].shape), l->weights[i].gradient);
    }
    harness_close(&h);
}

START_TEST(test_layer_values__are_those_of_keras)
{
    golden g = { 0 };
    ck_ok(file_read(&g.content, path, 0));
    ck_ok(zip_file_open(&g.zip, g.content.data, g.content.size, path));
    for (; has_case(&g); g.index++) check_case(&g);
    ck_assert_int_ge(g.index, 50);
    zip_file_close(g.zip);
    bytes_free(&g.content);
}
END_TEST

TEST_MAIN(test_layer_values__are_those_of_keras)
