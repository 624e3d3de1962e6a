#include <stdio.h>
#include "test.h"
#include <horn/custom_layer.h>
#include "snapshot/snapshot.h"
#include "snapshot/index.h"

/* Two layers with weights and a weightless one between them; the second has a moving mean. */
static snapshot *small_model(void)
{
    snapshot *s;
    snapshot_layer *layer;
    snapshot_tensor *t;
    ck_ok(snapshot_new(&s));
    ck_ok(snapshot_add_layer(s, "Dense", "dense", &layer));
    ck_ok(snapshot_layer_add(layer, "kernel", &(horn_view){ .rank = 2, .shape = { 3, 2 } }, &t));
    ck_ok(snapshot_layer_add(layer, "bias", &(horn_view){ .rank = 1, .shape = { 2 } }, &t));
    ck_ok(snapshot_add_layer(s, "Flatten", NULL, &layer));
    ck_ok(snapshot_add_layer(s, "BatchNormalization", "bn", &layer));
    ck_ok(snapshot_layer_add(layer, "gamma", &(horn_view){ .rank = 1, .shape = { 2 } }, &t));
    ck_ok(snapshot_layer_add(layer, "moving_mean", &(horn_view){ .rank = 1, .shape = { 2 } }, &t));
    t->trainable = false;
    return s;
}

START_TEST(test_snapshot__tensors_are_zeroed_aligned_and_named)
{
    snapshot *s = small_model();
    const snapshot_tensor *t = &s->layers[0].tensors[0];
    ck_assert_str_eq(t->name, "kernel");
    ck_assert_uint_eq((uintptr_t)t->data % 64, 0);
    ck_assert_uint_eq(snapshot_tensor_bytes(t), 24);
    for (int i = 0; i < 6; i++) ck_assert(((float *)t->data)[i] == 0);
    horn_view view = snapshot_tensor_view(t);
    ck_assert_int_eq(view.rank, 2);
    ck_assert_uint_eq(view.shape[0], 3);
    ck_assert_ptr_eq(view.data, t->data);
    ck_assert_ptr_null(s->layers[1].name);
    snapshot_free(s);
}
END_TEST

START_TEST(test_snapshot__a_scalar_has_one_element)
{
    snapshot *s;
    snapshot_slot *slot;
    snapshot_tensor *t;
    ck_ok(snapshot_new(&s));
    ck_ok(snapshot_add_slot(s, "velocity", &slot));
    ck_ok(snapshot_slot_add(slot, NULL, &(horn_view){ .dtype = HORN_INT64 }, &t));
    ck_assert_uint_eq(snapshot_tensor_bytes(t), 8);
    ck_assert_ptr_nonnull(snapshot_find_slot(s, "velocity"));
    ck_assert_ptr_null(snapshot_find_slot(s, "momentum"));
    snapshot_free(s);
}
END_TEST

START_TEST(test_snapshot__trainable_weights_count_as_optimizers_do)
{
    snapshot *s = small_model();
    snapshot_index index;
    ck_ok(snapshot_index_new(&index, s));
    ck_assert_uint_eq(index.trained_count, 3);
    const snapshot_weight *bias = snapshot_weight_at(&index, SNAPSHOT_TRAINED, 1);
    ck_assert_str_eq(bias->tensor->name, "bias");
    ck_assert_str_eq(snapshot_weight_owner(bias)->name, "dense");
    ck_assert_str_eq(snapshot_weight_at(&index, SNAPSHOT_TRAINED, 2)->tensor->name, "gamma");
    ck_assert_ptr_null(snapshot_weight_at(&index, SNAPSHOT_TRAINED, 3));
    snapshot_index_free(&index);
    snapshot_free(s);
}
END_TEST

START_TEST(test_snapshot__a_frozen_layer_has_no_trainable_weights)
{
    snapshot *s = small_model();
    s->layers[0].arguments = config_object();
    config_set_boolean(s->layers[0].arguments, "trainable", false);
    s->layers[2].arguments = config_object();
    config_set_boolean(s->layers[2].arguments, "trainable", true);
    snapshot_index index;
    ck_ok(snapshot_index_new(&index, s));
    ck_assert_uint_eq(index.trained_count, 1);
    ck_assert_str_eq(snapshot_weight_at(&index, SNAPSHOT_TRAINED, 0)->tensor->name, "gamma");
    snapshot_index_free(&index);
    snapshot_free(s);
}
END_TEST

START_TEST(test_snapshot__refuses_sizes_that_overflow)
{
    snapshot *s = small_model();
    snapshot_tensor *t;
    horn_view huge = { .rank = 3, .shape = { (size_t)1 << 40, (size_t)1 << 20, 16 } };
    ck_fails(snapshot_layer_add(&s->layers[0], "huge", &huge, &t), HORN_ERROR_MEMORY, "");
    huge.rank = HORN_MAX_RANK + 1;
    ck_fails(snapshot_layer_add(&s->layers[0], "deep", &huge, &t), HORN_ERROR_SHAPE, "rank 9");
    snapshot_free(s);
    snapshot_free(NULL);
}
END_TEST

START_TEST(test_snapshot__many_layers_stay_in_order)
{
    snapshot *s;
    char name[32];
    ck_ok(snapshot_new(&s));
    for (int i = 0; i < 100; i++) {
        snapshot_layer *layer;
        snapshot_tensor *t;
        snprintf(name, sizeof name, "dense_%d", i);
        ck_ok(snapshot_add_layer(s, "Dense", name, &layer));
        ck_ok(snapshot_layer_add(layer, "bias", &(horn_view){ .rank = 1, .shape = { 1 } }, &t));
    }
    ck_assert_uint_eq(s->layer_count, 100);
    ck_assert_str_eq(s->layers[63].name, "dense_63");
    snapshot_index index;
    ck_ok(snapshot_index_new(&index, s));
    ck_assert_uint_eq(index.trained_count, 100);
    snapshot_index_free(&index);
    snapshot_free(s);
}
END_TEST

/* What is not known leaves its part; everything else fails as it is. */
START_TEST(test_snapshot__parts_are_left_out_for_a_reason)
{
    snapshot *s;
    snapshot_layer *layer;
    snapshot_slot *slot;
    snapshot_tensor *t;
    horn_view like = { .rank = 1, .shape = { 2 } };
    ck_ok(snapshot_new(&s));
    ck_ok(snapshot_add_layer(s, "Dense", "d", &layer));
    ck_ok(snapshot_layer_add(layer, "kernel", &like, &t));
    ck_ok(snapshot_add_slot(s, "momentum", &slot));
    ck_ok(snapshot_slot_add(slot, "d/kernel", &like, &t));
    s->parts = PART_ARCHITECTURE | PART_WEIGHTS | PART_OPTIMIZER;
    s->iteration = 7;
    ck_ok(snapshot_leave_out(s, PART_OPTIMIZER, HORN_OK));
    ck_assert_int_eq(snapshot_leave_out(s, PART_OPTIMIZER, HORN_ERROR_MEMORY), HORN_ERROR_MEMORY);
    ck_assert_int_eq(snapshot_leave_out(s, PART_OPTIMIZER, HORN_ERROR_FORMAT), HORN_ERROR_FORMAT);
    ck_assert_ptr_null(snapshot_reason(s, PART_OPTIMIZER));
    ck_ok(snapshot_need(s, ~0u));
    ck_ok(snapshot_leave_out(s, PART_OPTIMIZER, horn_fail(HORN_ERROR_UNSUPPORTED, "one too many")));
    ck_ok(snapshot_leave_out(s, PART_OPTIMIZER, horn_fail(HORN_ERROR_UNSUPPORTED, "another")));
    ck_assert_str_eq(snapshot_reason(s, PART_OPTIMIZER), "one too many");
    ck_assert_uint_eq(s->parts, PART_ARCHITECTURE | PART_WEIGHTS);
    ck_assert_uint_eq(s->unread, PART_OPTIMIZER);
    ck_assert_uint_eq(s->slot_count, 0);
    ck_assert_int_eq(s->iteration, 0);
    ck_ok(snapshot_need(s, PART_WEIGHTS));
    ck_fails(snapshot_need(s, PART_WEIGHTS | PART_OPTIMIZER), HORN_ERROR_UNSUPPORTED, "one too many");
    ck_ok(snapshot_leave_out(s, PART_WEIGHTS, horn_fail(HORN_ERROR_UNSUPPORTED, "no floats")));
    ck_assert_uint_eq(s->layer_count, 1);
    ck_assert_uint_eq(s->layers[0].tensor_count, 0);
    snapshot_free(s);
}
END_TEST

TEST_MAIN(test_snapshot__parts_are_left_out_for_a_reason, test_snapshot__tensors_are_zeroed_aligned_and_named,
          test_snapshot__a_scalar_has_one_element, test_snapshot__trainable_weights_count_as_optimizers_do,
          test_snapshot__a_frozen_layer_has_no_trainable_weights, test_snapshot__refuses_sizes_that_overflow,
          test_snapshot__many_layers_stay_in_order)
