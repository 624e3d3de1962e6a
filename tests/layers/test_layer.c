/* What all layers share. */
#include "test.h"

#include "layers/layer.h"

/* Asks for everything if its input is wide, and for nothing else. */
static horn_status build(layer *l)
{
    const size_t width = l->input.dim[0];
    const initializer zeros = { 0 };
    if (width < 10) return HORN_OK;
    l->gradient_parts = width;
    layer_ask_keep(l, width);
    layer_ask_scratch(l, width);
    layer_ask_prepared(l, width);
    layer_ask_sums(l, width);
    return layer_add_weight(l, "scale", "c", &l->input, true, &zeros, 1, 1);
}

static const layer_class asking_class = { .name = "Asking", .size = sizeof(layer), .build = build };

START_TEST(test_layer__a_second_build_keeps_nothing_of_the_first)
{
    layer l = { .class = &asking_class };
    ck_ok(layer_build(&l, &(shape){ 1, { 12 } }));
    ck_assert_uint_eq(l.gradient_parts, 12);
    ck_assert_uint_eq(l.keep, 12);
    ck_assert_uint_eq(l.scratch, 12);
    ck_assert_uint_eq(l.prepared, 12);
    ck_assert_uint_eq(l.sums, 12);
    ck_assert_uint_eq(l.weight_count, 1);
    ck_ok(layer_build(&l, &(shape){ 1, { 3 } }));
    ck_assert_uint_eq(l.gradient_parts, 0);
    ck_assert_uint_eq(l.keep, 0);
    ck_assert_uint_eq(l.scratch, 0);
    ck_assert_uint_eq(l.prepared, 0);
    ck_assert_uint_eq(l.sums, 0);
    ck_assert_uint_eq(l.weight_count, 0);
    ck_assert_uint_eq(l.output.dim[0], 3);
    free(l.weights);
}
END_TEST

TEST_MAIN(test_layer__a_second_build_keeps_nothing_of_the_first)
