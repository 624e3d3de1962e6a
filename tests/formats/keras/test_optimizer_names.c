/* Names and order of an optimizer's variables in each dialect of Keras. */
#include "formats/keras/variables.h"

static void check_names(int optimizer, const char *kinds, keras_dialect dialect, const char *expected)
{
    char name[] = "iteration:0", text[1024] = "";
    snapshot *s = small_model(optimizer);
    keras_variables list;
    ck_ok(read_variables(s, kinds, name));
    ck_ok(keras_optimizer_variables_list(&list, s, dialect));
    for (size_t i = 0; i < list.count; i++) {
        double value = list.items[i].view.dtype == HORN_INT64
                           ? (double)*(const int64_t *)list.items[i].view.data
                           : (double)*(const float *)list.items[i].view.data;
        sprintf(text + strlen(text), "%s%s=%g", i ? " " : "", list.items[i].name, value);
    }
    ck_assert_str_eq(text, expected);
    keras_variables_free(&list);
    snapshot_free(s);
}

START_TEST(test_keras_optimizer_names__each_dialect_has_its_names_and_order)
{
    check_names(SGD_MOMENTUM, "ikbb", KERAS_2,
                "iteration:0=42 SGD/m/a/kernel:0=1 SGD/m/a/bias:0=2 SGD/m/c/gamma:0=3");
    check_names(SGD_MOMENTUM, "ikbb", KERAS_LEGACY,
                "SGD/iter:0=42 SGD/a/kernel/momentum:0=1 SGD/a/bias/momentum:0=2 SGD/c/gamma/momentum:0=3");
    check_names(SGD_PLAIN, "i", KERAS_2,
                "iteration:0=42 SGD/m/a/kernel:0=0 SGD/m/a/bias:0=0 SGD/m/c/gamma:0=0");
    check_names(SGD_PLAIN, "i", KERAS_LEGACY, "SGD/iter:0=42");
    check_names(SGD_PLAIN, "i", KERAS_3, "sgd/iteration=42 sgd/learning_rate=0.5");
    check_names(SGD_PLAIN, "if", KERAS_3, "sgd/iteration=42 sgd/learning_rate=0.125");
    check_names(ADAM, "ikkbbbbkbb", KERAS_3,
                "adam/iteration=42 adam/learning_rate=0.5 adam/sequential_a_kernel_momentum=1 "
                "adam/sequential_a_kernel_velocity=2 adam/sequential_a_bias_momentum=3 "
                "adam/sequential_a_bias_velocity=4 "
                "adam/sequential_c_gamma_momentum=5 adam/sequential_c_gamma_velocity=6 "
                "adam/sequential_a_kernel_velocity_hat=7 adam/sequential_a_bias_velocity_hat=8 "
                "adam/sequential_c_gamma_velocity_hat=9");
    check_names(ADAM, "ikkbbbbkbb", KERAS_LEGACY,
                "Adam/iter:0=42 Adam/a/kernel/m:0=1 Adam/a/bias/m:0=3 Adam/c/gamma/m:0=5 Adam/a/kernel/v:0=2 "
                "Adam/a/bias/v:0=4 Adam/c/gamma/v:0=6 Adam/a/kernel/vhat:0=7 Adam/a/bias/vhat:0=8 "
                "Adam/c/gamma/vhat:0=9");
    check_names(ADAM_EMA, "ikbbkkbbbb", KERAS_2,
                "iteration:0=42 Adam/average/a/kernel:0=1 Adam/average/a/bias:0=2 Adam/average/c/gamma:0=3 "
                "Adam/m/a/kernel:0=4 Adam/v/a/kernel:0=5 Adam/m/a/bias:0=6 Adam/v/a/bias:0=7 "
                "Adam/m/c/gamma:0=8 Adam/v/c/gamma:0=9");
    check_names(NADAM, "ikkbbbbf", KERAS_3,
                "nadam/iteration=42 nadam/learning_rate=0.5 nadam/sequential_a_kernel_momentum=1 "
                "nadam/sequential_a_kernel_velocity=2 nadam/sequential_a_bias_momentum=3 "
                "nadam/sequential_a_bias_velocity=4 nadam/sequential_c_gamma_momentum=5 "
                "nadam/sequential_c_gamma_velocity=6 nadam/variable=0.125");
    check_names(NADAM, "ikkbbbbf", KERAS_LEGACY,
                "Nadam/iter:0=42 Nadam/momentum_cache:0=0.125 Nadam/a/kernel/m:0=1 Nadam/a/bias/m:0=3 "
                "Nadam/c/gamma/m:0=5 Nadam/a/kernel/v:0=2 Nadam/a/bias/v:0=4 Nadam/c/gamma/v:0=6");
    check_names(NADAM, "ikkbbbb", KERAS_2,
                "iteration:0=42 Nadam/m/a/kernel:0=1 Nadam/v/a/kernel:0=2 Nadam/m/a/bias:0=3 "
                "Nadam/v/a/bias:0=4 Nadam/m/c/gamma:0=5 Nadam/v/c/gamma:0=6");
    check_names(ODD, "ikbb", KERAS_2,
                "iteration:0=42 Odd/slot_0/a/kernel:0=1 Odd/slot_0/a/bias:0=2 Odd/slot_0/c/gamma:0=3");
}
END_TEST

/* Each class, and one that is not known, as it was found: every tensor is filled with its place in the list. */
START_TEST(test_keras_optimizer_names__the_order_stays)
{
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        char name[16];
        const bool is_legacy = strstr(orders[i].name, "/iter:0");
        const keras_dialect dialect = strchr(orders[i].kinds, 'f') ? KERAS_3
                                      : is_legacy                  ? KERAS_LEGACY
                                                                   : KERAS_2;
        snapshot *s = small_model(orders[i].optimizer);
        keras_variables list;
        /* Nadam's list is not all slots. */
        if (strcmp(orders[i].name, "renamed") == 0 || orders[i].optimizer == ADAM ||
            orders[i].optimizer == SGD_PLAIN || orders[i].optimizer == NADAM) {
            snapshot_free(s);
            continue;
        }
        memcpy(name, orders[i].name, sizeof name);
        ck_ok(read_variables(s, orders[i].kinds, name));
        ck_ok(keras_optimizer_variables_list(&list, s, dialect));
        ck_assert_uint_eq(list.count, strlen(orders[i].kinds));
        for (size_t k = dialect == KERAS_3 ? 2 : 1; k < list.count; k++)
            ck_assert_msg(*(const float *)list.items[k].view.data == (float)k, "%s: %s", s->slots[0].name,
                          list.items[k].name);
        keras_variables_free(&list);
        snapshot_free(s);
    }
}
END_TEST

/* Rows and columns of kernels: no slots of the weights' shapes. */
START_TEST(test_keras_optimizer_names__irregular_ones_are_left_out)
{
    char name[] = "iteration:0";
    snapshot *s = small_model(ADAFACTOR);
    keras_variables list;
    ck_ok(snapshot_leave_out(s, PART_OPTIMIZER, read_variables(s, "ibxkbb", name)));
    ck_assert_uint_eq(s->parts, 0);
    ck_assert_uint_eq(s->unread, PART_OPTIMIZER);
    ck_fails(snapshot_need(s, PART_OPTIMIZER), HORN_ERROR_UNSUPPORTED, "Adafactor");
    ck_assert_uint_eq(s->slot_count, 0);
    snapshot_free(s);
    s = small_model(ADAMW);
    ck_fails(keras_optimizer_variables_list(&list, s, KERAS_LEGACY), HORN_ERROR_UNSUPPORTED,
             "has no optimizer AdamW");
    snapshot_free(s);
}
END_TEST

START_TEST(test_keras_optimizer_names__slots_of_unknown_optimizers_keep_their_names)
{
    static const char *const spelt[] = { "Odd/grace/a/kernel:0", "odd/sequential_a_kernel_grace",
                                         "Odd/a/kernel/grace:0" };
    for (int i = 0; i < 3; i++) {
        char first[] = "iteration:0", other[] = "v", name[64], text[256];
        variables list = { "ikbb", { first, name, other, other } };
        snapshot *s = small_model(ODD);
        strcpy(name, spelt[i]);
        keras_variable_source given = { "m.h5", list.names, 4, false, &list, describe, fill };
        ck_ok(keras_optimizer_variables_read(s, &given));
        ck_assert_str_eq(places(s, text), "grace: 1 2 3");
        snapshot_free(s);
    }
}
END_TEST

START_TEST(test_keras_optimizer_names__refuses_to_write_slots_that_fit_no_weights)
{
    char name[] = "iteration:0";
    snapshot *s = small_model(SGD_MOMENTUM);
    keras_variables list;
    ck_ok(read_variables(s, "ikbb", name));
    s->slots[0].tensors[1].shape[0] = 2;
    ck_fails(keras_optimizer_variables_list(&list, s, KERAS_2), HORN_ERROR_ARGUMENT, "'momentum': tensor 1");
    s->slots[0].tensors[1].shape[0] = 3;
    config_set_boolean(s->layers[0].arguments = config_object(), "trainable", false);
    ck_fails(keras_optimizer_variables_list(&list, s, KERAS_2), HORN_ERROR_ARGUMENT, "3 tensors, expected 1");
    snapshot_free(s);
}
END_TEST

TEST_MAIN(test_keras_optimizer_names__each_dialect_has_its_names_and_order,
          test_keras_optimizer_names__the_order_stays,
          test_keras_optimizer_names__irregular_ones_are_left_out,
          test_keras_optimizer_names__slots_of_unknown_optimizers_keep_their_names,
          test_keras_optimizer_names__refuses_to_write_slots_that_fit_no_weights)
