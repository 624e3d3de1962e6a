#include <math.h>
#include "formats/files.h"
#include "formats/keras/optimizer_variables.h"

/* A model with weights a/kernel [2, 3], a/bias [3], b/bias [4] (frozen) and c/gamma [3]: three that are
 * trained. Its list of variables stands here as text: "i" an integer scalar ("n": -1), "f" a float scalar
 * ("g": infinite, "d": 7, "h": 7.5), "k" [2, 3], "b" [3], "x" [5], "1" [1]; every tensor is filled with its place in the list. */
static const char *const model_optimizers[] = {
    [0] = "{\"class_name\": \"SGD\", \"config\": {\"learning_rate\": 0.5, \"momentum\": 0.9}}",
    [1] = "{\"class_name\": \"SGD\", \"config\": {\"learning_rate\": 0.5, \"momentum\": 0.0}}",
    [2] = "{\"class_name\": \"Adam\", \"config\": {\"learning_rate\": 0.5, \"amsgrad\": true}}",
    [3] = "{\"class_name\": \"Adam\", \"config\": {\"learning_rate\": 0.5, \"use_ema\": true}}",
    [4] = "{\"class_name\": \"Mine>Odd\", \"config\": {\"learning_rate\": 0.5}}",
    [5] = "{\"class_name\": \"AdamW\", \"config\": {\"learning_rate\": 0.5}}",
    [6] = "{\"class_name\": \"Adamax\", \"config\": {\"learning_rate\": 0.5}}",
    [7] = "{\"class_name\": \"Adadelta\", \"config\": {\"learning_rate\": 0.5}}",
    [8] = "{\"class_name\": \"Ftrl\", \"config\": {\"learning_rate\": 0.5}}",
    [9] = "{\"class_name\": \"Nadam\", \"config\": {\"learning_rate\": 0.5}}",
    [10] = "{\"class_name\": \"Lion\", \"config\": {\"learning_rate\": 0.5}}",
    [11] = "{\"class_name\": \"Adagrad\", \"config\": {\"learning_rate\": 0.5}}",
    [12] = "{\"class_name\": \"Adafactor\", \"config\": {\"learning_rate\": 0.5}}",
    [13] = "{\"class_name\": \"Adam\", \"config\": {\"amsgrad\": false, \"is_legacy_optimizer\": true}}",
    [14] = "{\"class_name\": \"RMSprop\", \"config\": {\"is_legacy_optimizer\": true}}",
    [15] = "{\"class_name\": \"Adam\", \"config\": {\"amsgrad\": true, \"is_legacy_optimizer\": true}}",
};
enum {
    SGD_MOMENTUM,
    SGD_PLAIN,
    ADAM,
    ADAM_EMA,
    ODD,
    ADAMW,
    ADAMAX,
    ADADELTA,
    FTRL,
    NADAM,
    LION,
    ADAGRAD,
    ADAFACTOR,
    OLD_ADAM,
    OLD_RMSPROP,
    OLD_AMSGRAD
};

static void add_weight(snapshot_layer *layer, const char *name, horn_view like)
{
    snapshot_tensor *t;
    ck_ok(snapshot_layer_add(layer, name, &like, &t));
}

static snapshot *small_model(int optimizer)
{
    snapshot *s;
    snapshot_layer *layer;
    const char *text = model_optimizers[optimizer];
    ck_ok(snapshot_new(&s));
    ck_ok(snapshot_add_layer(s, "Dense", "a", &layer));
    add_weight(layer, "kernel", (horn_view){ .rank = 2, .shape = { 2, 3 } });
    add_weight(layer, "bias", (horn_view){ .rank = 1, .shape = { 3 } });
    ck_ok(snapshot_add_layer(s, "Dense", "b", &layer));
    add_weight(layer, "bias", (horn_view){ .rank = 1, .shape = { 4 } });
    layer->arguments = config_object();
    config_set_boolean(layer->arguments, "trainable", false);
    ck_ok(snapshot_add_layer(s, "BatchNormalization", "c", &layer));
    add_weight(layer, "gamma", (horn_view){ .rank = 1, .shape = { 3 } });
    ck_ok(config_parse(&s->optimizer, text, strlen(text), text));
    return s;
}

typedef struct variables {
    const char *kinds;
    char *names[32];
} variables;

static horn_status describe(const void *owner, size_t index, horn_view *like)
{
    switch (((const variables *)owner)->kinds[index]) {
    case 'i':
    case 'n':
        *like = (horn_view){ .dtype = HORN_INT64 };
        break;
    case 'f':
    case 'g':
    case 'd':
    case 'h':
        *like = (horn_view){ .dtype = HORN_FLOAT32 };
        break;
    case 'k':
        *like = (horn_view){ .rank = 2, .shape = { 2, 3 } };
        break;
    case 'b':
        *like = (horn_view){ .rank = 1, .shape = { 3 } };
        break;
    case '1':
        *like = (horn_view){ .rank = 1, .shape = { 1 } };
        break;
    default:
        *like = (horn_view){ .rank = 1, .shape = { 5 } };
        break;
    }
    return HORN_OK;
}

static horn_status fill(const void *owner, size_t index, horn_dtype dtype, void *data, size_t size)
{
    const char kind = ((const variables *)owner)->kinds[index];
    if (kind == 'i') *(int64_t *)data = 42;
    if (kind == 'n') *(int64_t *)data = -1;
    if (kind == 'f') *(float *)data = 0.125f;
    if (kind == 'g') *(float *)data = INFINITY;
    if (kind == 'd') *(float *)data = 7;
    if (kind == 'h') *(float *)data = 7.5f;
    for (size_t i = 0; strchr("kbx", kind) && i < size / sizeof(float); i++)
        ((float *)data)[i] = (float)index;
    ck_assert_int_eq(dtype == HORN_INT64, kind == 'i' || kind == 'n');
    return HORN_OK;
}

static horn_status read_listed(snapshot *s, const char *kinds, char *first_name, bool settings_tell)
{
    static char other[] = "v";
    variables list = { kinds, { first_name } };
    for (int i = 1; i < 32; i++) list.names[i] = other;
    keras_variable_source given = { "m.h5", list.names, strlen(kinds), settings_tell, &list, describe, fill };
    return keras_optimizer_variables_read(s, &given);
}

static horn_status read_variables(snapshot *s, const char *kinds, char *first_name)
{
    return read_listed(s, kinds, first_name, false);
}

/* The places in the list from which the slots' tensors came: "velocity: 2 3 4; ...". */
static const char *places(const snapshot *s, char text[256])
{
    text[0] = 0;
    for (size_t k = 0; k < s->slot_count; k++) {
        sprintf(text + strlen(text), "%s%s:", k ? "; " : "", s->slots[k].name);
        for (size_t i = 0; i < s->slots[k].tensor_count; i++)
            sprintf(text + strlen(text), " %g", (double)*(float *)s->slots[k].tensors[i].data);
    }
    return text;
}

static const struct {
    int optimizer;
    const char *kinds;
    char name[16]; /* the first variable's */
    const char *expected;
} orders[] = {
    { SGD_MOMENTUM, "ikbb", "iteration:0", "momentum: 1 2 3" },
    { SGD_MOMENTUM, "ifkbb", "sgd/iteration", "momentum: 2 3 4" },
    { SGD_PLAIN, "ikbb", "iteration:0", "" },
    { SGD_PLAIN, "if", "sgd/iteration", "" },
    { ADAM, "i", "iteration:0", "" },
    { ADAM, "", "", "" },
    { ADAM, "ikkbbbbkbb", "iteration:0", "momentum: 1 3 5; velocity: 2 4 6; velocity_hat: 7 8 9" },
    { ADAM, "ifkkbbbbkbb", "i", "momentum: 2 4 6; velocity: 3 5 7; velocity_hat: 8 9 10" },
    { ADAM, "ikbbkbbkbb", "Adam/iter:0", "momentum: 1 2 3; velocity: 4 5 6; velocity_hat: 7 8 9" },
    { ADAM, "ikbbkbbkbb", "renamed", "momentum: 1 2 3; velocity: 4 5 6; velocity_hat: 7 8 9" },
    { ADAM, "ikkbbbbkbb", "Adam/iter:0", "momentum: 1 3 5; velocity: 2 4 6; velocity_hat: 7 8 9" },
    { ADAM_EMA, "i", "iteration:0", "" },
    { ODD, "ikbbkbb", "iteration:0", "slot_0: 1 2 3; slot_1: 4 5 6" },
    { ODD, "ikkbbbb", "iteration:0", "slot_0: 1 3 5; slot_1: 2 4 6" },
    { ADAMW, "ikkbbbb", "iteration:0", "momentum: 1 3 5; velocity: 2 4 6" },
    { ADAMAX, "ifkkbbbb", "adamax/count", "momentum: 2 4 6; norm: 3 5 7" },
    { ADAMAX, "ikbbkbb", "Adamax/iter:0", "momentum: 1 2 3; norm: 4 5 6" },
    { ADADELTA, "ikkbbbb", "iteration:0", "accumulated_grad: 1 3 5; accumulated_delta_var: 2 4 6" },
    { FTRL, "ikkbbbb", "iteration:0", "accumulator: 1 3 5; linear: 2 4 6" },
    { FTRL, "ikkbbbb", "Ftrl/iter:0", "accumulator: 1 3 5; linear: 2 4 6" },
    { NADAM, "ikkbbbb", "iteration:0", "momentum: 1 3 5; velocity: 2 4 6" },
    { LION, "ikbb", "iteration:0", "momentum: 1 2 3" },
    { ADAGRAD, "ifkbb", "i", "accumulator: 2 3 4" },
};

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
        ck_assert_int_eq(s->has_learning_rate, strchr(orders[i].kinds, 'f') != NULL);
        if (s->has_learning_rate) ck_assert(s->learning_rate == 0.125f);
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
    { ADAM_EMA, "ikbbkkbbbb", HORN_ERROR_UNSUPPORTED, "use_ema" },
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

START_TEST(test_keras_optimizer_variables__each_dialect_has_its_names_and_order)
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
    check_names(ODD, "ikbb", KERAS_2,
                "iteration:0=42 Odd/slot_0/a/kernel:0=1 Odd/slot_0/a/bias:0=2 Odd/slot_0/c/gamma:0=3");
}
END_TEST

/* Each class, and one that is not known, as it was found: every tensor is filled with its place in the list. */
START_TEST(test_keras_optimizer_variables__the_order_stays)
{
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        char name[16];
        const bool is_legacy = strstr(orders[i].name, "/iter:0");
        const keras_dialect dialect = strchr(orders[i].kinds, 'f') ? KERAS_3
                                      : is_legacy                  ? KERAS_LEGACY
                                                                   : KERAS_2;
        snapshot *s = small_model(orders[i].optimizer);
        keras_variables list;
        if (strcmp(orders[i].name, "renamed") == 0 || orders[i].optimizer == ADAM ||
            orders[i].optimizer == SGD_PLAIN) {
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
START_TEST(test_keras_optimizer_variables__irregular_ones_are_left_out)
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

START_TEST(test_keras_optimizer_variables__slots_of_unknown_optimizers_keep_their_names)
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

START_TEST(test_keras_optimizer_variables__refuses_to_write_slots_that_fit_no_weights)
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

TEST_MAIN(test_keras_optimizer_variables__every_order_is_understood,
          test_keras_optimizer_variables__old_layouts_are_understood,
          test_keras_optimizer_variables__old_layouts_that_are_not_clear_are_refused,
          test_keras_optimizer_variables__refuses_counts_and_shapes_that_do_not_fit,
          test_keras_optimizer_variables__each_dialect_has_its_names_and_order,
          test_keras_optimizer_variables__the_order_stays,
          test_keras_optimizer_variables__irregular_ones_are_left_out,
          test_keras_optimizer_variables__slots_of_unknown_optimizers_keep_their_names,
          test_keras_optimizer_variables__refuses_to_write_slots_that_fit_no_weights)
