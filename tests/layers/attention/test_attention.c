/* Layers of attention: several inputs, masks, what is refused. Gradients of self-attention are in tests/conformance. */
#include "test.h"

#include "layers/merge.h"

typedef struct attention {
    merge m;
    float *gradients[8];
    unsigned char masks[3][ROWS * 4];
} attention;

/* Builds the layer, with weights by chance. */
static void open_attention(attention *a, const char *name, const char *json, const shape *inputs,
                           size_t count, bool masked)
{
    layer *l = make_layer(name, json);
    ck_ok(layer_build(l, inputs, count));
    *a = (attention){ .m = { .layer = l } };
    ck_assert_uint_le(l->weight_count, 8);
    for (size_t i = 0; i < l->weight_count; i++) {
        const size_t n = shape_count(&l->weights[i].shape);
        l->weights[i].number = (uint32_t)i;
        l->weights[i].value = harness_floats(n);
        a->gradients[i] = harness_floats(n);
        harness_noise(50 + i, n, l->weights[i].value);
    }
    ck_ok(call_new(&a->m.call, l, 0, inputs, count, masked));
    a->m.lane =
        (lane){ .training = false, .gradients = a->gradients, .scratch = harness_floats(a->m.call->scratch) };
    for (size_t k = 0; k < count; k++) a->m.x[k] = noise(k, &inputs[k]), a->m.dx[k] = noise(20, &inputs[k]);
    a->m.y = noise(30, a->m.call->outputs);
    a->m.dy = noise(40, a->m.call->outputs);
}

static void close_attention(attention *a)
{
    for (size_t i = 0; i < a->m.layer->weight_count; i++)
        free(a->m.layer->weights[i].value), free(a->gradients[i]);
    close_merge(&a->m);
}

/* As in training: forward keeps what backward takes. */
static void check_gradients_of(attention *a)
{
    static unsigned char keep[1 << 16];
    static unsigned char *kept[1] = { keep };
    ck_assert_uint_le(ROWS * a->m.call->keep, sizeof keep);
    a->m.lane.keep = kept;
    a->m.lane.training = true;
    (void)merge_measure(&a->m);
    a->m.layer->class->backward(a->m.call, &a->m.lane, a->m.x, &a->m.y, &a->m.dy, a->m.dx);
    for (size_t k = 0; k < a->m.call->input_count; k++) check_input(&a->m, k);
}

static const struct variant {
    const char *name, *json;
} variants[] = {
    { "Attention", "{\"use_scale\": true}" },
    { "Attention", "{\"use_scale\": true, \"score_mode\": \"concat\", \"use_causal_mask\": true}" },
    { "AdditiveAttention", "{}" },
    { "MultiHeadAttention", "{\"num_heads\": 2, \"key_dim\": 3, \"value_dim\": 2}" },
    { "MultiHeadAttention", "{\"num_heads\": 1, \"key_dim\": 2, \"output_shape\": 3, \"use_bias\": false, "
                            "\"use_causal_mask\": true}" },
};
enum { VARIANTS = sizeof variants / sizeof *variants };

static const shape two[] = { { 2, { 2, 3 } }, { 2, { 4, 3 } } },
                   three[] = { { 2, { 2, 3 } }, { 2, { 4, 2 } }, { 2, { 4, 3 } } };

START_TEST(test_attention__query_value_and_key_have_gradients)
{
    for (size_t i = 0; i < VARIANTS; i++)
        for (size_t count = 2; count <= 3; count++) {
            attention a;
            open_attention(&a, variants[i].name, variants[i].json, count == 2 ? two : three, count, false);
            check_gradients_of(&a);
            close_attention(&a);
        }
}
END_TEST

/* A value that does not count changes nothing; a query that does not count is 0, or gets no gradient from it. */
START_TEST(test_attention__masked_positions_do_not_count)
{
    for (size_t i = 0; i < VARIANTS; i++) {
        attention a;
        float kept[ROWS * 16];
        open_attention(&a, variants[i].name, variants[i].json, two, 2, true);
        ck_assert(a.m.call->gives_mask);
        memset(a.masks, 1, sizeof a.masks);
        for (size_t r = 0; r < ROWS; r++) a.masks[1][r * 4 + 2] = 0;
        a.m.x[1].mask = a.masks[1];
        check_gradients_of(&a);
        const size_t n = ROWS * shape_count(&a.m.y.shape);
        (void)merge_measure(&a.m);
        memcpy(kept, a.m.y.data, n * sizeof *kept);
        for (size_t r = 0; r < ROWS; r++) a.m.x[1].data[(r * 4 + 2) * 3] += 5;
        (void)merge_measure(&a.m);
        for (size_t k = 0; k < n; k++) ck_assert_float_eq(a.m.y.data[k], kept[k]);
        unsigned char given[ROWS * 2];
        a.masks[0][1] = 0;
        a.m.x[0].mask = a.masks[0];
        a.m.layer->class->mask(a.m.call, &a.m.lane, a.m.x, given);
        ck_assert_mem_eq(given, a.masks[0], sizeof given);
        (void)merge_measure(&a.m);
        for (size_t k = 0; k < a.m.y.shape.dim[1] && strcmp(variants[i].name, "MultiHeadAttention") != 0; k++)
            ck_assert_float_eq(a.m.y.data[a.m.y.shape.dim[1] + k], 0);
        close_attention(&a);
    }
}
END_TEST

START_TEST(test_attention__refuses_what_does_not_fit)
{
    static const shape wide[] = { { 2, { 2, 3 } }, { 2, { 4, 5 } } },
                       long_key[] = { { 2, { 2, 3 } }, { 2, { 4, 3 } }, { 2, { 5, 3 } } };
    static const char multi[] = "{\"num_heads\": 2, \"key_dim\": 3}";
    layer *l = make_layer("Attention", "{}");
    call *c = NULL;
    ck_fails(call_new(&c, l, 0, wide, 2, false), HORN_ERROR_SHAPE, "do not fit");
    ck_fails(call_new(&c, l, 0, long_key, 3, false), HORN_ERROR_SHAPE, "do not fit");
    ck_fails(call_new(&c, l, 0, two, 1, false), HORN_ERROR_ARGUMENT, "a query and a value");
    layer_free(l);
    l = make_layer("MultiHeadAttention", multi);
    ck_fails(layer_build(l, two, 1), HORN_ERROR_ARGUMENT, "a query and a value");
    ck_fails(layer_build(l, (shape[]){ { 3, { 2, 2, 2 } }, { 3, { 2, 2, 2 } } }, 2), HORN_ERROR_UNSUPPORTED,
             "samples of 3 axes");
    ck_ok(layer_build(l, long_key, 3));
    ck_fails(call_new(&c, l, 0, long_key, 3, false), HORN_ERROR_SHAPE, "do not fit");
    layer_free(l);
    check_refused("Attention", "{\"score_mode\": \"cosine\"}", HORN_ERROR_ARGUMENT, "dot or concat");
    check_refused("MultiHeadAttention", "{\"num_heads\": 2}", HORN_ERROR_FORMAT, "key_dim");
    check_refused("MultiHeadAttention", "{\"num_heads\": 2, \"key_dim\": 3, \"attention_axes\": [2]}",
                  HORN_ERROR_UNSUPPORTED, "attention_axes");
    check_refused("MultiHeadAttention", "{\"num_heads\": 2, \"key_dim\": 3, \"use_gate\": true}",
                  HORN_ERROR_UNSUPPORTED, "use_gate");
    check_refused("MultiHeadAttention", "{\"num_heads\": 2, \"key_dim\": 3, \"output_shape\": [2, 2]}",
                  HORN_ERROR_UNSUPPORTED, "output_shape");
}
END_TEST

TEST_MAIN(test_attention__query_value_and_key_have_gradients, test_attention__masked_positions_do_not_count,
          test_attention__refuses_what_does_not_fit)
