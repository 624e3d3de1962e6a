/* A model with an optimizer's variables, as the formats of Keras list them. */
#ifndef TESTS_VARIABLES_H
#define TESTS_VARIABLES_H

#include "formats/files.h"
#include "formats/keras_training/optimizer_variables.h"

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
    [17] = "{\"class_name\": \"Lion\", \"config\": {\"learning_rate\": 0.5, \"use_ema\": true, "
           "\"gradient_accumulation_steps\": 2}}",
    [16] = "{\"class_name\": \"Nadam\", \"config\": {\"is_legacy_optimizer\": true}}",
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
    OLD_AMSGRAD,
    OLD_NADAM,
    LION_ALL
};

static inline void add_weight(snapshot_layer *layer, const char *name, horn_view like)
{
    snapshot_tensor *t;
    ck_ok(snapshot_layer_add(layer, name, &like, &t));
}

static inline snapshot *small_model(int optimizer)
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

static inline horn_status describe(const void *owner, size_t index, horn_view *like)
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

static inline horn_status fill(const void *owner, size_t index, horn_dtype dtype, void *data, size_t size)
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

static inline horn_status read_listed(snapshot *s, const char *kinds, char *first_name, bool settings_tell)
{
    static char other[] = "v";
    variables list = { kinds, { first_name } };
    for (int i = 1; i < 32; i++) list.names[i] = other;
    keras_variable_source given = { "m.h5", list.names, strlen(kinds), settings_tell, &list, describe, fill };
    return keras_optimizer_variables_read(s, &given);
}

static inline horn_status read_variables(snapshot *s, const char *kinds, char *first_name)
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
    { ADAM_EMA, "ikbbkkbbbb", "iteration:0", "average: 1 2 3; momentum: 4 6 8; velocity: 5 7 9" },
    { LION_ALL, "ifkbbkbbkbb", "lion/count",
      "average: 2 3 4; gradient_accumulator: 5 6 7; momentum: 8 9 10" },
    { ODD, "ikbbkbb", "iteration:0", "slot_0: 1 2 3; slot_1: 4 5 6" },
    { ODD, "ikkbbbb", "iteration:0", "slot_0: 1 3 5; slot_1: 2 4 6" },
    { ADAMW, "ikkbbbb", "iteration:0", "momentum: 1 3 5; velocity: 2 4 6" },
    { ADAMAX, "ifkkbbbb", "adamax/count", "momentum: 2 4 6; norm: 3 5 7" },
    { ADAMAX, "ikbbkbb", "Adamax/iter:0", "momentum: 1 2 3; norm: 4 5 6" },
    { ADADELTA, "ikkbbbb", "iteration:0", "accumulated_grad: 1 3 5; accumulated_delta_var: 2 4 6" },
    { FTRL, "ikkbbbb", "iteration:0", "accumulator: 1 3 5; linear: 2 4 6" },
    { FTRL, "ikkbbbb", "Ftrl/iter:0", "accumulator: 1 3 5; linear: 2 4 6" },
    { NADAM, "ikkbbbb", "iteration:0", "momentum: 1 3 5; velocity: 2 4 6" },
    { NADAM, "ifkkbbbbf", "nadam/iteration", "momentum: 2 4 6; velocity: 3 5 7" },
    { NADAM, "if", "nadam/iteration", "" },
    { NADAM, "ikkbbbbf", "nadam/iteration", "momentum: 1 3 5; velocity: 2 4 6" },
    { NADAM, "ifkbbkbb", "Nadam/iter:0", "momentum: 2 3 4; velocity: 5 6 7" },
    { NADAM, "ikbbkbb", "Nadam/iter:0", "momentum: 1 2 3; velocity: 4 5 6" },
    { LION, "ikbb", "iteration:0", "momentum: 1 2 3" },
    { ADAGRAD, "ifkbb", "i", "accumulator: 2 3 4" },
};

#endif
