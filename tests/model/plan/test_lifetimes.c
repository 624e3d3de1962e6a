/* Memory of a deep network: arrays share it as soon as they are not in use any more. */
#include "test.h"

#include <horn/horn.h>
#include "model/model.h"
#include "model/step/step.h"

enum { SIDE = 16, CHANNELS = 8, BATCH = 12, FLOATS = SIDE * SIDE * CHANNELS, BYTES = FLOATS * BATCH * 4 };

static float x_data[BATCH * SIDE * SIDE];
static uint8_t y_data[BATCH];
static const horn_view x = { .data = x_data,
                             .dtype = HORN_FLOAT32,
                             .rank = 4,
                             .shape = { BATCH, SIDE, SIDE, 1 } },
                       y = { .data = y_data, .dtype = HORN_UINT8, .rank = 1, .shape = { BATCH } };

static size_t put(horn_model *m, horn_layer *l, size_t value)
{
    ck_ok(model_add_layer(m, l, &value, 1));
    return m->node_count;
}

/* Convolution, BatchNormalization, and ReLU if `relu`. */
static size_t put_block(horn_model *m, bool relu, size_t value)
{
    const horn_conv2d_options o = {
        .filters = CHANNELS, .kernel_size = { 3, 3 }, .padding = "same", .no_bias = true
    };
    value = put(m, horn_batch_normalization(NULL), put(m, horn_conv2d(&o), value));
    return relu ? put(m, horn_relu(NULL), value) : value;
}

/* Blocks one behind the other, or pairs of blocks with a way around each. */
static horn_model *build(size_t blocks, bool around)
{
    horn_model *m;
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 1, .threads = 1 }));
    size_t value = put(m, horn_input(&(horn_input_options){ .input_shape = { SIDE, SIDE, 1 } }), 0);
    value = put_block(m, true, value);
    for (size_t i = 0; i < blocks; i += 2) {
        const size_t values[] = { value, put_block(m, !around, put_block(m, true, value)) };
        value = values[1];
        if (!around) continue;
        ck_ok(model_add_layer(m, horn_add(NULL), values, 2));
        value = put(m, horn_relu(NULL), m->node_count);
    }
    value = put(m, horn_global_average_pooling2d(NULL), value);
    put(m, horn_dense(&(horn_dense_options){ .units = 3 }), value);
    horn_crossentropy_options logits = { .from_logits = true };
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = horn_sgd(NULL),
                                    .loss = horn_sparse_categorical_crossentropy(&logits) }));
    return m;
}

/* Bytes that a plan takes for its arrays. */
static size_t memory_of(size_t blocks, bool around, bool training)
{
    horn_model *m = build(blocks, around);
    float out[BATCH * 3];
    if (training)
        ck_ok(horn_model_train_on_batch(NULL, m, &x, &y));
    else
        ck_ok(horn_model_predict(out, BATCH * 3, m, &x, NULL));
    const plan *p = training ? m->training : m->inference;
    const size_t size = p->stay_bytes + p->workspace_bytes;
    horn_model_free(m);
    return size;
}

START_TEST(test_lifetimes__of_inference_do_not_grow_with_depth)
{
    for (int around = 0; around < 2; around++)
        ck_assert_uint_le(memory_of(40, around, false), memory_of(4, around, false));
}
END_TEST

/* The output of each convolution stays, and what is added; gradients do not. */
START_TEST(test_lifetimes__in_training_hold_what_cannot_be_computed_again)
{
    const size_t chain = memory_of(40, false, true) - memory_of(20, false, true),
                 around = memory_of(40, true, true) - memory_of(20, true, true);
    ck_assert_uint_eq(chain, (size_t)20 * BYTES);
    ck_assert_uint_eq(around, (size_t)30 * BYTES);
    ck_assert_uint_le(memory_of(20, false, true), (size_t)25 * BYTES);
}
END_TEST

TEST_MAIN(test_lifetimes__of_inference_do_not_grow_with_depth,
          test_lifetimes__in_training_hold_what_cannot_be_computed_again)
