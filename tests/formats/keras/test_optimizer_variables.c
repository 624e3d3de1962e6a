#include "formats/keras/variables.h"

START_TEST(test_keras_optimizer_variables__every_order_is_understood)
{
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        char name[16], text[256];
        snapshot *s = small_model(orders[i].optimizer);
        memcpy(name, orders[i].name, sizeof name);
        ck_ok(read_variables(s, orders[i].kinds, name));
        ck_assert_str_eq(places(s, text), orders[i].expected);
        ck_assert_int_eq(s->iteration, *orders[i].kinds ? 42 : 0);
        ck_assert_uint_eq(s->parts, *orders[i].kinds ? PART_OPTIMIZER : 0);
        const bool is_legacy = strstr(orders[i].name, "/iter:0");
        ck_assert_int_eq(s->has_learning_rate, !is_legacy && orders[i].kinds[0] && orders[i].kinds[1] == 'f');
        if (s->has_learning_rate) ck_assert(s->learning_rate == 0.125f);
        const size_t count = strlen(orders[i].kinds);
        ck_assert_int_eq(s->has_product, orders[i].optimizer == NADAM && count > 2 &&
                                             orders[i].kinds[is_legacy ? 1 : count - 1] == 'f');
        if (s->has_product) ck_assert(s->product == 0.125f);
        snapshot_free(s);
    }
}
END_TEST

/* Keras 2.0 to 2.3: names tell nothing, iterations may be floats or missing, Adam's unused vhats have one element. */
START_TEST(test_keras_optimizer_variables__old_layouts_are_understood)
{
    static const struct {
        int optimizer;
        const char *kinds, *expected;
        int64_t iteration;
    } cases[] = {
        { OLD_ADAM, "ikbbkbb111", "momentum: 1 2 3; velocity: 4 5 6", 42 },
        { OLD_ADAM, "ikbbkbb", "momentum: 1 2 3; velocity: 4 5 6", 42 },
        { OLD_ADAM, "dkbbkbb", "momentum: 1 2 3; velocity: 4 5 6", 7 },
        { OLD_AMSGRAD, "ikbbkbbkbb", "momentum: 1 2 3; velocity: 4 5 6; velocity_hat: 7 8 9", 42 },
        { OLD_NADAM, "ifkbbkbb", "momentum: 2 3 4; velocity: 5 6 7", 42 },
        { OLD_NADAM, "ikbbkbb", "momentum: 1 2 3; velocity: 4 5 6", 42 },
        { OLD_RMSPROP, "kbb", "velocity: 0 1 2", 0 },
        { OLD_RMSPROP, "ikbb", "velocity: 1 2 3", 42 },
    };
    char name[] = "training/Adam/Variable:0";
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256];
        snapshot *s = small_model(cases[i].optimizer);
        ck_ok(read_listed(s, cases[i].kinds, name, true));
        ck_assert_str_eq(places(s, text), cases[i].expected);
        ck_assert_int_eq(s->iteration, cases[i].iteration);
        ck_assert(!s->has_learning_rate);
        ck_assert_uint_eq(s->parts, PART_OPTIMIZER);
        snapshot_free(s);
    }
}
END_TEST

START_TEST(test_keras_optimizer_variables__old_layouts_that_are_not_clear_are_refused)
{
    static const struct {
        int optimizer;
        const char *kinds, *words;
    } cases[] = {
        { OLD_ADAM, "hkbbkbb", "iteration is 7.5" },        { OLD_ADAM, "ikbbkbbkbb", "9 variables" },
        { OLD_ADAM, "ikbbkbb11", "8 variables" },           { OLD_ADAM, "ikbbkbb11b", "9 variables" },
        { OLD_AMSGRAD, "ikbbkbb111", "shape of a/kernel" }, { OLD_RMSPROP, "kb", "2 variables" },
    };
    char name[] = "training/Adam/Variable:0";
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snapshot *s = small_model(cases[i].optimizer);
        ck_fails(read_listed(s, cases[i].kinds, name, true), HORN_ERROR_UNSUPPORTED, cases[i].words);
        snapshot_free(s);
    }
}
END_TEST

static const struct {
    int optimizer;
    const char *kinds;
    horn_status status;
    const char *words;
} refused[] = {
    { SGD_MOMENTUM, "kbb", HORN_ERROR_UNSUPPORTED, "expected the iteration" },
    { SGD_MOMENTUM, "fkbb", HORN_ERROR_UNSUPPORTED, "expected the iteration" },
    { SGD_MOMENTUM, "ikb", HORN_ERROR_UNSUPPORTED,
      "2 variables beside iteration and learning rate, expected 1 for each of 3" },
    { SGD_MOMENTUM, "ikbbk", HORN_ERROR_UNSUPPORTED, "4 variables" },
    { SGD_MOMENTUM, "ikbbkbb", HORN_ERROR_UNSUPPORTED, "6 variables" },
    { SGD_MOMENTUM, "ikbx", HORN_ERROR_UNSUPPORTED, "shape of c/gamma" },
    { SGD_PLAIN, "n", HORN_ERROR_FORMAT, "iteration is -1" },
    { SGD_PLAIN, "ig", HORN_ERROR_FORMAT, "learning rate is inf" },
    { SGD_PLAIN, "ikb", HORN_ERROR_UNSUPPORTED, "2 variables" },
    { ADAM, "ikkbbbb", HORN_ERROR_UNSUPPORTED, "expected 3 for each of 3 weights of Adam" },
    { ADAM, "ikbkbbbkbb", HORN_ERROR_UNSUPPORTED, "shape of a/bias" },
    { ADAM_EMA, "ikkbbbb", HORN_ERROR_UNSUPPORTED, "expected 3 for each of 3 weights of Adam" },
    { ODD, "ikbbk", HORN_ERROR_UNSUPPORTED, "4 variables" },
    { ODD, "ikbkbb", HORN_ERROR_UNSUPPORTED, "5 variables" },
    { ODD, "ibbkkbb", HORN_ERROR_UNSUPPORTED, "shape of a/kernel" },
};

START_TEST(test_keras_optimizer_variables__refuses_counts_and_shapes_that_do_not_fit)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        char name[] = "iteration:0";
        snapshot *s = small_model(refused[i].optimizer);
        ck_fails(read_variables(s, refused[i].kinds, name), refused[i].status, refused[i].words);
        ck_assert_uint_eq(s->parts, 0);
        snapshot_free(s);
    }
}
END_TEST

TEST_MAIN(test_keras_optimizer_variables__every_order_is_understood,
          test_keras_optimizer_variables__old_layouts_are_understood,
          test_keras_optimizer_variables__old_layouts_that_are_not_clear_are_refused,
          test_keras_optimizer_variables__refuses_counts_and_shapes_that_do_not_fit)
