/* Layers that hold others: where their weights stand in each format, as real Keras puts them there. */
#include "formats/files.h"
#include <horn/file.h>
#include "formats/keras/architecture.h"
#include "formats/keras/classes.h"
#include "formats/keras_h5/weights.h"
#include "finish.h"

#define DENSE(name) "{\"class_name\": \"Dense\", \"config\": {\"name\": \"" name "\", \"units\": 2}}"
#define LSTM(name)  "{\"class_name\": \"LSTM\", \"config\": {\"name\": \"" name "\", \"units\": 2}}"
#define INNER                                                                                        \
    "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"inner\", \"layers\": ["               \
    "{\"class_name\": \"InputLayer\", \"config\": {\"name\": \"in\", \"batch_input_shape\": [null, " \
    "4]}}, " DENSE("d") ", {\"class_name\": \"BatchNormalization\", \"config\": {\"name\": \"n\", "  \
                        "\"scale\": false}}, " DENSE("e") "]}}"
#define STACKED                                                                             \
    "{\"class_name\": \"RNN\", \"config\": {\"name\": \"rnn\", \"cell\": {\"class_name\": " \
    "\"StackedRNNCells\", "                                                                 \
    "\"config\": {\"name\": \"stack\", \"cells\": ["                                        \
    "{\"class_name\": \"GRUCell\", \"config\": {\"name\": \"g\", \"use_bias\": false}}, "   \
    "{\"class_name\": \"GRUCell\", \"config\": {\"name\": \"h\"}}]}}}}"
#define MODEL(layers)                                                              \
    "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"m\", \"layers\": [" \
    "{\"class_name\": \"InputLayer\", \"config\": {\"batch_input_shape\": [null, 6, 4]}}, " layers "]}}"

static const struct {
    const char *layer, *h5, *keras, *graph;
} places[] = {
    { LSTM("l"), "l/lstm_cell/kernel:0 l/lstm_cell/recurrent_kernel:0 l/lstm_cell/bias:0",
      "lstm/cell/vars/0 lstm/cell/vars/1 lstm/cell/vars/2", "cell/kernel cell/recurrent_kernel cell/bias" },
    { "{\"class_name\": \"Bidirectional\", \"config\": {\"name\": \"b\", \"layer\": "
      "{\"class_name\": \"SimpleRNN\", \"config\": {\"name\": \"r\", \"use_bias\": false}}}}",
      "b/forward_r/simple_rnn_cell/kernel:0 b/forward_r/simple_rnn_cell/recurrent_kernel:0 "
      "b/backward_r/simple_rnn_cell/kernel:0 b/backward_r/simple_rnn_cell/recurrent_kernel:0",
      "bidirectional/forward_layer/cell/vars/0 bidirectional/forward_layer/cell/vars/1 "
      "bidirectional/backward_layer/cell/vars/0 bidirectional/backward_layer/cell/vars/1",
      "forward_layer/cell/kernel forward_layer/cell/recurrent_kernel "
      "backward_layer/cell/kernel backward_layer/cell/recurrent_kernel" },
    { "{\"class_name\": \"TimeDistributed\", \"config\": {\"name\": \"t\", \"layer\": " DENSE("d") "}}",
      "t/d/kernel:0 t/d/bias:0", "time_distributed/layer/vars/0 time_distributed/layer/vars/1",
      "layer/kernel layer/bias" },
    /* those that train come first in .h5 */
    { INNER,
      "inner/d/kernel:0 inner/d/bias:0 inner/n/beta:0 inner/e/kernel:0 inner/e/bias:0 inner/n/moving_mean:0 "
      "inner/n/moving_variance:0",
      "sequential/layers/dense/vars/0 sequential/layers/dense/vars/1 sequential/layers/dense_1/vars/0 "
      "sequential/layers/dense_1/vars/1 sequential/layers/batch_normalization/vars/0 "
      "sequential/layers/batch_normalization/vars/1 sequential/layers/batch_normalization/vars/2",
      "layer_with_weights-0/kernel layer_with_weights-0/bias layer_with_weights-1/beta "
      "layer_with_weights-1/moving_mean layer_with_weights-1/moving_variance layer_with_weights-2/kernel "
      "layer_with_weights-2/bias" },
    { STACKED,
      "rnn/stack/g/kernel:0 rnn/stack/g/recurrent_kernel:0 rnn/stack/h/kernel:0 "
      "rnn/stack/h/recurrent_kernel:0 "
      "rnn/stack/h/bias:0",
      "rnn/cell/cells/gru_cell/vars/0 rnn/cell/cells/gru_cell/vars/1 rnn/cell/cells/gru_cell_1/vars/0 "
      "rnn/cell/cells/gru_cell_1/vars/1 rnn/cell/cells/gru_cell_1/vars/2",
      "cell/cells/0/kernel cell/cells/0/recurrent_kernel cell/cells/1/kernel cell/cells/1/recurrent_kernel "
      "cell/cells/1/bias" },
};
enum { PLACES = sizeof places / sizeof *places };

/* Tensors of a length each of its own, that say their number. */
static void fill(snapshot_layer *l, size_t *number)
{
    keras_weight known[KERAS_MOST_WEIGHTS];
    size_t count;
    snapshot_tensor *t;
    ck_assert(keras_class_weights(known, &count, l->class_name, l->arguments));
    for (size_t i = 0; i < count; i++) {
        const horn_view like = { .dtype = HORN_FLOAT32, .rank = 1, .shape = { ++*number } };
        ck_ok(snapshot_layer_add(l, known[i].name, &like, &t));
        t->trainable = known[i].trainable;
        for (size_t k = 0; k < *number; k++) ((float *)t->data)[k] = (float)*number;
    }
    for (size_t i = 0; i < l->inner_count; i++) fill(&l->inner[i], number);
}

static snapshot *make_architecture(const char *layer)
{
    bytes text = { 0 };
    config *model;
    snapshot *s;
    bytes_print(&text, MODEL("%s"), layer);
    ck_ok(config_parse(&model, bytes_text(&text), text.size, "model"));
    ck_ok(snapshot_new(&s));
    ck_ok(keras_architecture_read(s, model, "model"));
    config_free(model);
    bytes_free(&text);
    return s;
}

static snapshot *make(const char *layer)
{
    snapshot *s = make_architecture(layer);
    size_t number = 0;
    ck_ok(keras_expand(s, "model"));
    for (size_t i = 0; i < s->layer_count; i++) fill(&s->layers[i], &number);
    s->parts = PART_ARCHITECTURE | PART_WEIGHTS;
    return s;
}

static void save(const snapshot *s, const char *path)
{
    const format *f;
    transaction *t;
    ck_ok(format_by_suffix(&f, path, false));
    ck_ok(transaction_begin(&t, path));
    ck_ok(f->write(s, t, NULL));
    ck_ok(transaction_commit(t));
    transaction_free(t);
}

static const char *in(const folder *f, const char *name)
{
    static char paths[4][128];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, 128, "%s/%s", f->path, name);
    return path;
}

/* Each of `names`, behind `prefix`, is listed, and as many tensors there are. */
static void check_names(const char *path, const char *prefix, const char *names, const char *end)
{
    horn_file *file;
    char copy[1024];
    size_t count = 0, listed = 0;
    ck_ok(horn_file_open(&file, path));
    strcpy(copy, names);
    for (char *name = strtok(copy, " "); name; name = strtok(NULL, " "), count++) {
        char full[256];
        bool found = false;
        snprintf(full, sizeof full, "%s%s%s", prefix, name, end);
        for (size_t i = 0; i < horn_file_tensor_count(file); i++)
            found |= strcmp(horn_file_tensor_at(file, i)->name, full) == 0;
        ck_assert_msg(found, "%s: no '%s'", path, full);
    }
    for (size_t i = 0; i < horn_file_tensor_count(file); i++)
        listed += horn_file_tensor_at(file, i)->rank == 1;
    ck_assert_uint_eq(listed, count);
    horn_file_close(file);
}

static void check_same(const char *a, const char *b)
{
    horn_file *x, *y;
    horn_file_comparison *c;
    ck_ok(horn_file_open(&x, a));
    ck_ok(horn_file_open(&y, b));
    ck_ok(horn_file_compare(&c, x, y));
    ck_assert_msg(c->is_equal && !c->other_architecture, "%s, %s", a, b);
    horn_file_comparison_free(c);
    horn_file_close(x);
    horn_file_close(y);
}

START_TEST(test_keras_classes__weights_of_layers_inside_stand_where_keras_has_them)
{
    static const char *const files[] = { "a.h5",       "b.keras", "c.index", "c.data-00000-of-00001",
                                         "checkpoint", "d.h5",    "e.keras" };
    for (size_t i = 0; i < PLACES; i++) {
        const folder f = folder_make();
        char layer[64];
        snapshot *s = make(places[i].layer);
        save(s, in(&f, "a.h5"));
        snprintf(layer, sizeof layer, "model_weights/%s/", s->layers[0].name);
        check_names(in(&f, "a.h5"), layer, places[i].h5, "");
        ck_ok(horn_convert(NULL, in(&f, "a.h5"), in(&f, "b.keras"), NULL));
        check_names(in(&f, "b.keras"), "layers/", places[i].keras, "");
        ck_ok(horn_convert(NULL, in(&f, "b.keras"), in(&f, "c"), NULL));
        check_names(in(&f, "c"), "layer_with_weights-0/", places[i].graph, "/.ATTRIBUTES/VARIABLE_VALUE");
        ck_ok(horn_convert(NULL, in(&f, "c"), in(&f, "d.h5"), NULL));
        ck_ok(horn_convert(NULL, in(&f, "a.h5"), in(&f, "e.keras"),
                           &(horn_convert_options){ .dialect = "keras2" }));
        check_same(in(&f, "a.h5"), in(&f, "d.h5"));
        check_same(in(&f, "a.h5"), in(&f, "b.keras"));
        check_same(in(&f, "e.keras"), in(&f, "c"));
        for (size_t k = 0; k < sizeof files / sizeof *files; k++) unlink(in(&f, files[k]));
        folder_remove(&f);
        snapshot_free(s);
    }
}
END_TEST

/* A nested model in Keras 3's objects: the inner model's own list of operations, its input first. */
START_TEST(test_keras_classes__a_nested_model_has_keras_3_s_keys)
{
    const folder f = folder_make();
    const horn_convert_options keras3 = { .dialect = "keras3" };
    snapshot *s = make(INNER);
    save(s, in(&f, "a.h5"));
    ck_ok(horn_convert(NULL, in(&f, "a.h5"), in(&f, "c"), &keras3));
    check_names(in(&f, "c"), "_functional/_operations/1/_functional/_operations/",
                "1/_kernel 1/bias 2/beta 2/moving_mean 2/moving_variance 3/_kernel 3/bias",
                "/.ATTRIBUTES/VARIABLE_VALUE");
    ck_ok(horn_convert(NULL, in(&f, "c"), in(&f, "d.h5"), NULL));
    check_same(in(&f, "a.h5"), in(&f, "d.h5"));
    unlink(in(&f, "a.h5")), unlink(in(&f, "c.index")), unlink(in(&f, "c.data-00000-of-00001"));
    unlink(in(&f, "checkpoint")), unlink(in(&f, "d.h5"));
    folder_remove(&f);
    snapshot_free(s);
}
END_TEST

static void check_has(const char *path, const char *text)
{
    bytes content = { 0 };
    ck_ok(file_read(&content, path, 0));
    ck_assert_msg(memmem(content.data, content.size, text, strlen(text)) != NULL, "%s: no '%s'", path, text);
    bytes_free(&content);
}

/* Keras 3 finds no class without one, and leaves them out in .h5. */
START_TEST(test_keras_classes__layers_inside_get_their_modules)
{
    const folder f = folder_make();
    snapshot *s = make(INNER);
    save(s, in(&f, "a.h5"));
    ck_ok(horn_convert(NULL, in(&f, "a.h5"), in(&f, "b.keras"), NULL));
    check_has(in(&f, "b.keras"),
              "{\"module\": \"keras\", \"class_name\": \"Sequential\", \"config\": {\"name\": \"inner\"");
    check_has(in(&f, "b.keras"),
              "\"units\": 2, \"quantization_config\": null}, \"module\": \"keras.layers\", "
              "\"registered_name\": null}");
    unlink(in(&f, "a.h5")), unlink(in(&f, "b.keras"));
    folder_remove(&f);
    snapshot_free(s);
}
END_TEST

/* What a class is not known to hold stays in the order it was found in, or is refused by name. */
START_TEST(test_keras_classes__unknown_layouts_are_refused)
{
    static const char wrapper[] =
        "{\"class_name\": \"Odd\", \"config\": {\"name\": \"odd\", \"layer\": " DENSE("d") "}}";
    const folder f = folder_make();
    const horn_view like = { .dtype = HORN_FLOAT32, .rank = 1, .shape = { 3 } };
    bytes text = { 0 };
    config *model;
    snapshot *s;
    snapshot_tensor *t;
    bytes_print(&text, MODEL("%s"), wrapper);
    ck_ok(config_parse(&model, bytes_text(&text), text.size, "model"));
    ck_ok(snapshot_new(&s));
    ck_ok(keras_architecture_read(s, model, "model"));
    ck_ok(snapshot_layer_add(&s->layers[0], "kernel", &like, &t));
    s->parts = PART_ARCHITECTURE | PART_WEIGHTS;
    save(s, in(&f, "a.h5"));
    ck_ok(horn_convert(NULL, in(&f, "a.h5"), in(&f, "b.h5"), NULL));
    ck_fails(horn_convert(NULL, in(&f, "a.h5"), in(&f, "c.keras"), NULL), HORN_ERROR_UNSUPPORTED,
             "layer 'odd' (Odd) holds others");
    ck_fails(horn_convert(NULL, in(&f, "a.h5"), in(&f, "c"), NULL), HORN_ERROR_UNSUPPORTED,
             "layer 'odd' (Odd) holds others");
    unlink(in(&f, "a.h5")), unlink(in(&f, "b.h5"));
    folder_remove(&f);
    config_free(model);
    bytes_free(&text);
    snapshot_free(s);
}
END_TEST

/* Keras 3's unknown wrapper: the group of the layer inside is carried to where groups stand, and not to where order counts. */
START_TEST(test_keras_classes__groups_of_unknown_classes_are_carried_by_path)
{
    const folder f = folder_make();
    snapshot *s = make(LSTM("l"));
    snapshot_layer *l = &s->layers[0];
    strcpy(l->class_name, "Odd");
    save(s, in(&f, "a.keras"));
    ck_ok(horn_convert(NULL, in(&f, "a.keras"), in(&f, "b.weights.h5"), NULL));
    check_names(in(&f, "b.weights.h5"), "layers/odd/cell/vars/", "0 1 2", "");
    ck_fails(horn_convert(NULL, in(&f, "a.keras"), in(&f, "c.h5"), NULL), HORN_ERROR_UNSUPPORTED,
             "layer 'l' (Odd) holds others");
    ck_fails(horn_convert(NULL, in(&f, "a.keras"), in(&f, "c"), NULL), HORN_ERROR_UNSUPPORTED,
             "layer 'l' (Odd) holds others");
    strcpy(l->class_name, "ReLU"); /* which has no weights */
    save(s, in(&f, "d.keras"));
    ck_fails(horn_convert(NULL, in(&f, "d.keras"), in(&f, "c.h5"), NULL), HORN_ERROR_UNSUPPORTED,
             "layer 'l' (ReLU): 3 weights in 'cell'");
    unlink(in(&f, "a.keras")), unlink(in(&f, "b.weights.h5")), unlink(in(&f, "d.keras"));
    folder_remove(&f);
    snapshot_free(s);
}
END_TEST

#define BIDIRECTIONAL \
    "{\"class_name\": \"Bidirectional\", \"config\": {\"name\": \"b\", \"layer\": " LSTM("r") "}}"
#define NO_WEIGHTS                                                                        \
    "{\"class_name\": \"LayerNormalization\", \"config\": {\"name\": \"n\", \"center\": " \
    "false, \"scale\": false, \"beta_initializer\": \"zeros\"}}"

/* Names are free in .h5: without them the class tells which layers have weights, also inside, and not the config's keys. */
START_TEST(test_keras_classes__tell_which_layers_have_weights)
{
    snapshot *weights = make(BIDIRECTIONAL ", " DENSE("d")), *s;
    hdf5_file *file;
    bytes content = { 0 };
    for (size_t i = 0; i < 2; i++) weights->layers[i].name[0] = (char)('x' + i);
    ck_ok(hdf5_file_create(&file));
    ck_ok(keras_weights_write(file, "/", weights, KERAS_2));
    ck_ok(finish_hdf5(file, &content));
    s = make_architecture(BIDIRECTIONAL ", " NO_WEIGHTS ", " DENSE("d"));
    ck_ok(hdf5_file_open(&file, content.data, content.size, "x.h5"));
    ck_ok(keras_weights_read(s, file, "/", NULL, "x.h5"));
    hdf5_file_close(file);
    ck_assert_uint_eq(s->layers[0].inner[1].inner[0].tensor_count, 3);
    ck_assert_uint_eq(s->layers[1].tensor_count, 0);
    ck_assert_uint_eq(s->layers[2].tensor_count, 2);
    bytes_free(&content);
    snapshot_free(s);
    snapshot_free(weights);
}
END_TEST

/* By class, whatever the order of a config's keys. */
START_TEST(test_keras_classes__names_come_from_the_class)
{
    static const struct {
        const char *class_name, *arguments, *expected;
    } known[] = {
        { "LayerNormalization", "{\"beta_initializer\": \"zeros\", \"gamma_initializer\": \"ones\"}",
          "gamma beta" },
        { "LayerNormalization", "{\"center\": false}", "gamma" },
        { "Dense", "{\"bias_initializer\": \"zeros\", \"kernel_initializer\": \"ones\"}", "kernel bias" },
        { "Conv2D", "{\"use_bias\": false}", "kernel" },
        { "SeparableConv1D", "{}", "depthwise_kernel pointwise_kernel bias" },
        { "EinsumDense", "{\"bias_axes\": null}", "kernel" },
        { "Normalization", "{\"mean\": null}", "mean variance count" },
        { "Normalization", "{\"mean\": [1.0]}", "" },
        { "BatchNormalization", "{\"scale\": false}", "beta moving_mean moving_variance" },
        { "Flatten", "{}", "" },
        { "Mine>Dense", "{}", NULL },
        { "Odd", "{\"kernel_initializer\": \"ones\"}", NULL },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        keras_weight weights[KERAS_MOST_WEIGHTS];
        size_t count;
        char text[128] = "";
        config *arguments;
        ck_ok(config_parse(&arguments, known[i].arguments, strlen(known[i].arguments), "arguments"));
        ck_assert_int_eq(keras_class_weights(weights, &count, known[i].class_name, arguments),
                         known[i].expected != NULL);
        for (size_t k = 0; k < count; k++)
            sprintf(text + strlen(text), "%s%s", k ? " " : "", weights[k].name);
        ck_assert_str_eq(text, known[i].expected ? known[i].expected : "");
        config_free(arguments);
    }
}
END_TEST

TEST_MAIN(test_keras_classes__weights_of_layers_inside_stand_where_keras_has_them,
          test_keras_classes__a_nested_model_has_keras_3_s_keys,
          test_keras_classes__layers_inside_get_their_modules,
          test_keras_classes__unknown_layouts_are_refused,
          test_keras_classes__groups_of_unknown_classes_are_carried_by_path,
          test_keras_classes__names_come_from_the_class, test_keras_classes__tell_which_layers_have_weights)
