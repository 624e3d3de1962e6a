/* The orders in which Keras has a model's weights, and their paths, also of layers within layers. */
#include "test.h"

#include "snapshot/index.h"

static snapshot_layer *freeze(snapshot_layer *l)
{
    l->arguments = config_object();
    config_set_boolean(l->arguments, "trainable", false);
    return l;
}

static void add(snapshot_layer *l, const char *name, bool trainable)
{
    snapshot_tensor *t;
    ck_ok(snapshot_layer_add(l, name, &(horn_view){ .rank = 1, .shape = { 1 } }, &t));
    t->trainable = trainable;
}

/* norm: gamma, moving_mean; box: scale, (cell: kernel, (core: count, bias)); frozen: kernel, (inside: kernel) */
static snapshot *make(void)
{
    snapshot *s;
    snapshot_layer *l, *cell, *core, *inside;
    ck_ok(snapshot_new(&s));
    ck_ok(snapshot_add_layer(s, "BatchNormalization", "norm", &l));
    add(l, "gamma", true), add(l, "moving_mean", false);
    ck_ok(snapshot_add_layer(s, "Box", "a/box", &l));
    add(l, "scale", true);
    ck_ok(snapshot_add_inner(l, "cell", "Cell", "cell", &cell));
    add(cell, "kernel", true);
    ck_ok(snapshot_add_inner(cell, "core", "Core", "core", &core));
    add(core, "count", false), add(core, "bias", true);
    ck_ok(snapshot_add_layer(s, "Box", "frozen", &l));
    add(freeze(l), "kernel", true);
    ck_ok(snapshot_add_inner(l, "cell", "Cell", "inside", &inside));
    add(inside, "kernel", true);
    return s;
}

static void check(const snapshot_index *index, snapshot_order order, const path_style *style,
                  const char *expected)
{
    bytes text = { 0 };
    const snapshot_weight *w;
    size_t count = 0;
    for (; (w = snapshot_weight_at(index, order, count)); count++) {
        if (count) bytes_print(&text, " ");
        snapshot_path(&text, w, style);
    }
    ck_assert_str_eq(bytes_text(&text), expected);
    ck_assert_uint_eq(count, order == SNAPSHOT_TRAINED ? index->trained_count : index->count);
    bytes_free(&text);
}

START_TEST(test_index__has_keras_orders)
{
    snapshot *s = make();
    snapshot_index index;
    ck_ok(snapshot_index_new(&index, s));
    check(&index, SNAPSHOT_BY_LAYER, &path_slashes,
          "norm/gamma norm/moving_mean a/box/scale a/box/cell/kernel a/box/cell/core/count "
          "a/box/cell/core/bias frozen/kernel frozen/inside/kernel");
    check(&index, SNAPSHOT_TRAINED, &path_slashes,
          "norm/gamma a/box/scale a/box/cell/kernel a/box/cell/core/bias");
    check(&index, SNAPSHOT_TRAINED_FIRST, &path_slashes,
          "norm/gamma a/box/scale a/box/cell/kernel a/box/cell/core/bias norm/moving_mean "
          "a/box/cell/core/count frozen/kernel frozen/inside/kernel");
    ck_assert_str_eq(snapshot_weight_owner(&index.weights[5])->name, "core");
    ck_assert_uint_eq(index.weights[5].depth, 3);
    snapshot_index_free(&index);
    snapshot_free(s);
}
END_TEST

START_TEST(test_index__of_one_layer)
{
    snapshot *s = make();
    snapshot_index index;
    ck_ok(snapshot_index_layer(&index, &s->layers[1]));
    check(&index, SNAPSHOT_TRAINED_FIRST, &path_slashes,
          "a/box/scale a/box/cell/kernel a/box/cell/core/bias a/box/cell/core/count");
    ck_assert_uint_eq(index.count, snapshot_weight_count(&s->layers[1]));
    snapshot_index_free(&index);
    ck_ok(snapshot_index_layer(&index, &s->layers[2])); /* frozen: each order is the same */
    check(&index, SNAPSHOT_TRAINED, &path_slashes, "");
    snapshot_index_free(&index);
    snapshot_free(s);
}
END_TEST

/* Keras 3's names of variables have no '/' of layers' names either. */
START_TEST(test_index__paths_have_styles)
{
    snapshot *s = make();
    snapshot_index index;
    ck_ok(snapshot_index_layer(&index, &s->layers[1]));
    check(&index, SNAPSHOT_TRAINED, &path_flat, "a_box_scale a_box_cell_kernel a_box_cell_core_bias");
    free(s->layers[1].inner[0].name);
    s->layers[1].inner[0].name = NULL;
    check(&index, SNAPSHOT_TRAINED, &path_slashes, "a/box/scale a/box//kernel a/box//core/bias");
    snapshot_index_free(&index);
    snapshot_free(s);
}
END_TEST

START_TEST(test_index__of_nothing)
{
    snapshot *s;
    snapshot_index index;
    ck_ok(snapshot_new(&s));
    ck_ok(snapshot_index_new(&index, s));
    for (int order = SNAPSHOT_BY_LAYER; order <= SNAPSHOT_TRAINED_FIRST; order++)
        ck_assert_ptr_null(snapshot_weight_at(&index, (snapshot_order)order, 0));
    snapshot_index_free(&index);
    snapshot_free(s);
}
END_TEST

TEST_MAIN(test_index__has_keras_orders, test_index__of_one_layer, test_index__paths_have_styles,
          test_index__of_nothing)
