/* Graphs of layers of every kind, with their bits flipped: a model is read, or refused in one line. */
#include "formats/graphs.h"

#include <stdlib.h>
#include "model/files/snapshot_of_model.h"

enum { PARTS = PART_ARCHITECTURE | PART_WEIGHTS | PART_OPERATIONS };

static bool loads(const bytes *content, const char *name)
{
    snapshot *s = NULL;
    horn_model *m = NULL;
    horn_status status = read_bytes(&s, content, name, 0);
    if (!status) status = model_from_snapshot(&m, s, &(horn_load_options){ .threads = 1 }, name);
    ck_assert(!status || (*horn_last_error() && !strchr(horn_last_error(), '\n')));
    horn_model_free(m);
    snapshot_free(s);
    return !status;
}

/* Every `step`th bit; the block is as large as the content, so that a sanitizer sees its end. */
static void damage(horn_layer *const *layers, size_t count, const char *format_name, const char *name,
                   size_t step)
{
    snapshot *s = snapshot_of_layers(layers, count, PARTS);
    bytes content = write_bytes(s, format_name, NULL);
    size_t loaded = 0, refused = 0;
    ck_assert_msg(loads(&content, name), "%s: %s", format_name, horn_last_error());
    for (size_t bit = 0; bit < content.size * 8; bit += step) {
        content.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
        ++*(loads(&content, name) ? &loaded : &refused);
        content.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    ck_assert_uint_gt(loaded, 10);
    ck_assert_uint_gt(refused, 10);
    bytes_free(&content);
    snapshot_free(s);
}

static const struct {
    const char *format, *name;
} formats[] = { { "frozen-graph", "m.pb" }, { "onnx", "m.onnx" } };

START_TEST(test_damaged_layers__of_sequences)
{
    for (size_t i = 0; i < 2; i++)
        damage(
            (horn_layer *[]){
                horn_rescaling(
                    &(horn_rescaling_options){ .input_shape = { 4, 6 }, .scale = 0.5, .offset = 1 }),
                horn_layer_normalization(NULL),
                horn_group_normalization(&(horn_group_normalization_options){ .groups = 2 }),
                horn_unit_normalization(NULL),
                horn_normalization(NULL),
                horn_batch_normalization(&(horn_batch_normalization_options){ .axis = { 1 } }),
                horn_permute(&(horn_permute_options){ .dims = { 2, 1 } }),
                horn_prelu(NULL),
                horn_elu(&(horn_elu_options){ .alpha = 0.5 }),
                horn_cropping1d(&(horn_cropping1d_options){ .cropping = { 1, 1 } }),
                horn_up_sampling1d(&(horn_up_sampling1d_options){ .size = 2 }),
                horn_global_average_pooling1d(NULL),
                horn_repeat_vector(&(horn_repeat_vector_options){ .n = 2 }),
            },
            13, formats[i].format, formats[i].name, 7);
}
END_TEST

START_TEST(test_damaged_layers__of_images_and_volumes)
{
    for (size_t i = 0; i < 2; i++)
        damage(
            (horn_layer *[]){
                horn_conv2d_transpose(&(horn_conv2d_transpose_options){
                    .input_shape = { 4, 4, 2 }, .filters = 2, .kernel_size = { 3, 3 }, .padding = "same" }),
                horn_up_sampling2d(
                    &(horn_up_sampling2d_options){ .size = { 1, 2 }, .interpolation = "bilinear" }),
                horn_reshape(&(horn_reshape_options){ .target_shape = { 2, 4, 4, 2 } }),
                horn_conv3d(&(horn_conv3d_options){ .filters = 2, .kernel_size = { 2, 2, 2 } }),
                horn_conv3d_transpose(
                    &(horn_conv3d_transpose_options){ .filters = 1, .kernel_size = { 2, 2, 2 } }),
                horn_max_pooling3d(
                    &(horn_pooling3d_options){ .pool_size = { 1, 2, 2 }, .strides = { 1, 1, 1 } }),
                horn_global_average_pooling3d(NULL),
            },
            7, formats[i].format, formats[i].name, 5);
}
END_TEST

START_TEST(test_damaged_layers__with_states)
{
    damage(
        (horn_layer *[]){
            horn_embedding(
                &(horn_embedding_options){ .input_shape = { 4 }, .input_dim = 5, .output_dim = 2 }),
            horn_lstm(&(horn_recurrent_options){ .units = 2, .return_sequences = true }),
            horn_simple_rnn(
                &(horn_recurrent_options){ .units = 2, .return_sequences = true, .go_backwards = true }),
            horn_gru(&(horn_recurrent_options){ .units = 2, .no_reset_after = true }),
        },
        4, "onnx", "m.onnx", 3);
}
END_TEST

TEST_MAIN(test_damaged_layers__of_sequences, test_damaged_layers__of_images_and_volumes,
          test_damaged_layers__with_states)
