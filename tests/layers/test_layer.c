/* What all layers and their calls share. */
#include "test.h"

#include "layers/call.h"

/* Asks for everything if its first input is wide, and for nothing else; its output is the inputs side by side. */
static horn_status build(layer *l, const shape *inputs, size_t count)
{
    initializer zeros;
    ck_ok(initializer_read(&zeros, NULL, "zeros", "here"));
    ck_assert_uint_ge(count, 1);
    return inputs->dim[0] < 10 ? HORN_OK : layer_add_weight(l, "scale", "c", inputs, true, &zeros, 1, 1);
}

static horn_status place(const layer *l, call *c)
{
    const size_t width = c->inputs->dim[0];
    for (size_t i = 1; i < c->input_count; i++) c->outputs->dim[0] += c->inputs[i].dim[0];
    if (c->outputs->dim[0] == 13) return layer_fail(l, HORN_ERROR_SHAPE, "its output is %d wide", 13);
    if (width < 10) return HORN_OK;
    c->gradient_parts = width;
    call_ask_keep(c, width);
    call_ask_scratch(c, width);
    call_ask_prepared(c, width, 3);
    call_ask_sums(c, width);
    return HORN_OK;
}

static const layer_class asking_class = {
    .name = "Asking", .size = sizeof(layer), .most_inputs = 2, .call_size = 8, .build = build, .place = place
};

START_TEST(test_layer__a_second_build_keeps_nothing_of_the_first)
{
    layer l = { .class = &asking_class };
    ck_ok(layer_build(&l, &(shape){ 1, { 12 } }, 1));
    ck_assert_uint_eq(l.weight_count, 1);
    ck_ok(layer_build(&l, &(shape){ 1, { 3 } }, 1));
    ck_assert_uint_eq(l.weight_count, 0);
    free(l.weights);
}
END_TEST

START_TEST(test_layer__each_call_is_placed_for_its_own_inputs)
{
    static const shape two[] = { { 1, { 12 } }, { 1, { 4 } } };
    layer l = { .class = &asking_class };
    call *wide, *narrow;
    ck_ok(call_new(&wide, &l, 5, two, 2, false));
    ck_ok(call_new(&narrow, &l, 6, &two[1], 1, true));
    ck_assert_uint_eq(wide->number, 5);
    ck_assert_uint_eq(wide->input_count, 2);
    ck_assert_uint_eq(wide->outputs->dim[0], 16);
    ck_assert_uint_eq(wide->gradient_parts, 12);
    ck_assert_uint_eq(wide->keep, 12);
    ck_assert_uint_eq(wide->scratch, 12);
    ck_assert_uint_eq(wide->prepared, 12);
    ck_assert_uint_eq(wide->prepare_parts, 3);
    ck_assert_uint_eq(wide->sums, 12);
    ck_assert_mem_eq(wide->own, "\0\0\0\0\0\0\0", 8);
    ck_assert_uint_eq(narrow->outputs->dim[0], 4);
    ck_assert_uint_eq(narrow->keep + narrow->scratch + narrow->prepared + narrow->sums, 0);
    call_free(wide);
    call_free(narrow);
}
END_TEST

START_TEST(test_layer__calls_that_cannot_be_are_refused)
{
    static const shape three[] = { { 1, { 9 } }, { 1, { 4 } }, { 1, { SIZE_MAX / 4 } } };
    layer l = { .class = &asking_class, .name = "a" };
    call *c;
    ck_fails(call_new(&c, &l, 0, three, 3, false), HORN_ERROR_ARGUMENT,
             "layer 'a' (Asking): is called with 3 inputs, expected 1 to 2");
    ck_fails(call_new(&c, &l, 0, three, 0, false), HORN_ERROR_ARGUMENT, "0 inputs");
    ck_fails(call_new(&c, &l, 0, three, 2, false), HORN_ERROR_SHAPE,
             "layer 'a' (Asking): its output is 13 wide");
    ck_fails(call_new(&c, &l, 0, &three[1], 2, false), HORN_ERROR_SHAPE, "its input has more values");
}
END_TEST

TEST_MAIN(test_layer__a_second_build_keeps_nothing_of_the_first,
          test_layer__each_call_is_placed_for_its_own_inputs, test_layer__calls_that_cannot_be_are_refused)
