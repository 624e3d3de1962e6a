/* Layers that merge several inputs: shapes, values, gradients against differences, masks. */
#include "test.h"

#include "layers/merge.h"

static const char *const plain[] = { "Add", "Average", "Maximum", "Minimum", "Multiply" };

START_TEST(test_merging__shapes_are_stretched_as_in_numpy)
{
    static const struct {
        shape inputs[INPUTS];
        size_t count;
        shape expected;
    } cases[] = { { { { 2, { 2, 3 } }, { 2, { 2, 3 } }, { 2, { 2, 3 } } }, 3, { 2, { 2, 3 } } },
                  { { { 2, { 2, 3 } } }, 1, { 2, { 2, 3 } } },
                  { { { 3, { 2, 3, 4 } }, { 3, { 1, 1, 4 } } }, 2, { 3, { 2, 3, 4 } } },
                  { { { 2, { 1, 4 } }, { 2, { 3, 1 } }, { 1, { 4 } } }, 3, { 2, { 3, 4 } } },
                  { { { 1, { 1 } }, { 3, { 2, 3, 1 } } }, 2, { 3, { 2, 3, 1 } } },
                  { { { 1, { 3 } }, { 2, { 2, 3 } } }, 2, { 2, { 2, 3 } } } };
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
            check_merge(plain[i], "{}", cases[k].inputs, cases[k].count, &cases[k].expected);
    for (size_t k = 2; k < 5; k++)
        if (cases[k].count == 2) check_merge("Subtract", "{}", cases[k].inputs, 2, &cases[k].expected);
}
END_TEST

START_TEST(test_merging__concatenates_along_any_axis)
{
    static const shape along[] = { { 3, { 2, 3, 4 } }, { 3, { 2, 1, 4 } }, { 3, { 2, 5, 4 } } };
    static const shape last[] = { { 2, { 2, 3 } }, { 2, { 2, 1 } } },
                       first[] = { { 1, { 3 } }, { 1, { 2 } } };
    check_merge("Concatenate", "{\"axis\": 2}", along, 3, &(shape){ 3, { 2, 9, 4 } });
    check_merge("Concatenate", "{\"axis\": -2}", along, 3, &(shape){ 3, { 2, 9, 4 } });
    check_merge("Concatenate", "{}", last, 2, &(shape){ 2, { 2, 4 } });
    check_merge("Concatenate", "{\"axis\": 1}", first, 2, &(shape){ 1, { 5 } });
}
END_TEST

START_TEST(test_merging__dot_sums_over_any_axes)
{
    static const shape vectors[] = { { 1, { 4 } }, { 1, { 4 } } },
                       matrices[] = { { 2, { 3, 4 } }, { 2, { 5, 3 } } },
                       more[] = { { 3, { 2, 4, 3 } }, { 2, { 4, 5 } } },
                       mixed[] = { { 1, { 4 } }, { 2, { 3, 4 } } };
    static const char *const normalize[] = { "false", "true" };
    for (size_t i = 0; i < 2; i++) {
        char json[4][80];
        const char *axes[] = { "1", "[1, 2]", "[2, 1]", "-1" };
        for (size_t k = 0; k < 4; k++)
            snprintf(json[k], sizeof json[k], "{\"axes\": %s, \"normalize\": %s}", axes[k], normalize[i]);
        check_merge("Dot", json[0], vectors, 2, &(shape){ 1, { 1 } });
        check_merge("Dot", json[1], matrices, 2, &(shape){ 2, { 4, 5 } });
        check_merge("Dot", json[2], more, 2, &(shape){ 3, { 2, 3, 5 } });
        check_merge("Dot", json[3], mixed, 2, &(shape){ 1, { 3 } });
    }
}
END_TEST

/* Rows of zeros have no direction. */
START_TEST(test_merging__dot_of_zeros_is_zero)
{
    static const shape vectors[] = { { 1, { 4 } }, { 1, { 4 } } };
    merge m = open_merge("Dot", "{\"axes\": 1, \"normalize\": true}", vectors, 2, false);
    memset(m.x[0].data, 0, ROWS * 4 * sizeof(float));
    (void)merge_measure(&m);
    m.layer->class->backward(m.call, &m.lane, m.x, &m.y, &m.dy, m.dx);
    for (size_t i = 0; i < ROWS; i++) ck_assert_float_eq(m.y.data[i], 0);
    for (size_t i = 0; i < ROWS * 4; i++) ck_assert(isfinite(m.dx[0].data[i]) && m.dx[1].data[i] == 0);
    close_merge(&m);
}
END_TEST

/* ---- masks ---- */

static void check_mask(const char *name, const char *json, const shape *inputs, const char *const *masks,
                       const char *expected)
{
    unsigned char given[INPUTS][MOST], found[MOST];
    size_t count = 0;
    while (count < INPUTS && inputs[count].rank) count++;
    merge m = open_merge(name, json, inputs, count, true);
    ck_assert(m.call->gives_mask);
    for (size_t k = 0; k < count; k++) {
        for (size_t i = 0; masks[k] && i < strlen(masks[k]); i++) given[k][i] = masks[k][i] == '1';
        if (masks[k]) m.x[k].mask = given[k];
    }
    m.layer->class->mask(m.call, &m.lane, m.x, found);
    for (size_t i = 0; i < strlen(expected); i++)
        ck_assert_msg(found[i] == (expected[i] == '1'), "%s %s: position %zu is %d", name, json, i, found[i]);
    close_merge(&m);
}

START_TEST(test_merging__positions_count_that_count_in_each_masked_input)
{
    static const shape same[INPUTS] = { { 2, { 2, 3 } }, { 2, { 2, 3 } }, { 2, { 2, 3 } } };
    static const shape one[INPUTS] = { { 2, { 2, 3 } }, { 2, { 1, 3 } } };
    static const shape steps[INPUTS] = { { 2, { 2, 3 } }, { 2, { 1, 3 } } };
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        check_mask(plain[i], "{}", same, (const char *[]){ "110110", NULL, "101011" }, "100010");
        check_mask(plain[i], "{}", one, (const char *[]){ "111011", "101" }, "110011");
    }
    check_mask("Concatenate", "{}", same, (const char *[]){ NULL, "110110", "101011" }, "100010");
    check_mask("Concatenate", "{\"axis\": 1}", steps, (const char *[]){ "110110", "010" }, "110011100");
    check_mask("Concatenate", "{\"axis\": 1}", steps, (const char *[]){ "110010", NULL }, "111001101");
}
END_TEST

/* ---- what is refused ---- */

static void check_no_call(const char *name, const char *json, const shape *inputs, size_t count,
                          const char *words)
{
    layer *l = make_layer(name, json);
    call *c;
    ck_fails(call_new(&c, l, 0, inputs, count, false), HORN_ERROR_SHAPE, words);
    layer_free(l);
}

START_TEST(test_merging__shapes_that_do_not_fit_are_named)
{
    static const shape a[] = { { 2, { 2, 3 } }, { 2, { 2, 4 } }, { 2, { 2, 3 } } }, none[] = { { 0 }, { 0 } },
                       ranks[] = { { 2, { 2, 3 } }, { 1, { 3 } } };
    check_no_call("Add", "{}", a, 2, "merges shapes that do not fit: (2, 3) and (2, 4)");
    check_no_call("Add", "{}", none, 2, "an input has no axis beside the batch");
    check_no_call("Subtract", "{}", a, 1, "is called on 1 values, expected 2");
    check_no_call("Concatenate", "{\"axis\": 1}", a, 2, "its inputs do not fit: (2, 3) and (2, 4)");
    check_no_call("Concatenate", "{}", ranks, 2, "its inputs do not fit: (2, 3) and (3,)");
    check_no_call("Concatenate", "{\"axis\": 3}", a, 2, "its axis is 3, its first input has shape (2, 3)");
    check_no_call("Concatenate", "{\"axis\": -3}", a, 2, "its axis is -3");
    check_no_call("Dot", "{\"axes\": 2}", a, 2, "its axes have the sizes 3 and 4");
    check_no_call("Dot", "{\"axes\": [1, 3]}", a, 2, "has axis 3, an input of shape (2, 4)");
    check_no_call("Dot", "{\"axes\": 1}", a, 1, "is called on 1 values, expected 2");
    check_refused("Dot", "{}", HORN_ERROR_FORMAT, "argument 'axes' is missing");
    check_refused("Dot", "{\"axes\": [1, 2, 3]}", HORN_ERROR_FORMAT, "no list of two");
    check_refused("Dot", "{\"axes\": \"x\"}", HORN_ERROR_FORMAT, "is no whole number");
    check_refused("Concatenate", "{\"axis\": 0}", HORN_ERROR_UNSUPPORTED, "is 0, the batch");
    check_refused("Concatenate", "{\"axis\": 1.5}", HORN_ERROR_FORMAT, "is no whole number");
}
END_TEST

/* A batch decides what an open axis is. */
START_TEST(test_merging__open_axes_stay_open)
{
    static const shape open[] = { { 2, { SHAPE_OPEN, 3 } }, { 2, { SHAPE_OPEN, 1 } } };
    static const char *const configs[] = { "{}", "{}", "{\"axis\": 1}", "{\"axes\": [1, 1]}" };
    static const char *const names[] = { "Add", "Concatenate", "Concatenate", "Dot" };
    static const shape same[] = { { 2, { SHAPE_OPEN, 3 } }, { 2, { SHAPE_OPEN, 3 } } };
    static const shape expected[] = {
        { 2, { SHAPE_OPEN, 3 } }, { 2, { SHAPE_OPEN, 4 } }, { 2, { SHAPE_OPEN, 3 } }, { 2, { 3, 1 } }
    };
    for (size_t i = 0; i < 4; i++) {
        layer *l = make_layer(names[i], configs[i]);
        call *c;
        ck_ok(call_new(&c, l, 0, i == 2 ? same : open, 2, false));
        ck_assert_msg(shape_equal(c->outputs, &expected[i]), "%s %s", names[i], configs[i]);
        call_free(c);
        layer_free(l);
    }
}
END_TEST

TEST_MAIN(test_merging__shapes_are_stretched_as_in_numpy, test_merging__concatenates_along_any_axis,
          test_merging__dot_sums_over_any_axes, test_merging__dot_of_zeros_is_zero,
          test_merging__positions_count_that_count_in_each_masked_input,
          test_merging__shapes_that_do_not_fit_are_named, test_merging__open_axes_stay_open)
