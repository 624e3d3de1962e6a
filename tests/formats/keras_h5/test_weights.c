#include "codecs/hdf5/file.h"
#include "formats/files.h"
#include "formats/keras/classes.h"
#include "formats/keras_h5/weights.h"
#include "finish.h"

/* A whole model as some program might write it: Flatten "f", Dense "a" (3 -> 2), Dropout "d", Dense "b" (2 ->
 * 1). Each weight is filled with its place in the file; what is NULL is as Keras 2 has it. */
typedef struct sketch {
    const char *version, *backend; /* "" = not said */
    const char *groups[5]; /* in the order of layer_names; those with weights first "a"'s, then "b"'s */
    const char *weights[2];
    const char *model;
    bool no_layer_names, no_group, doubles;
    const char *training, *variable; /* the optimizer's only one */
} sketch;

#define LAYER(class_name, name) "{\"class_name\": \"" class_name "\", \"config\": {\"name\": \"" name "\"}}"
#define DENSE(name) \
    "{\"class_name\": \"Dense\", \"config\": {\"name\": \"" name "\", \"kernel_initializer\": \"zeros\"}}"
#define MODEL(layers)                                                                                   \
    "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"m\", \"build_input_shape\": [null, 3], " \
    "\"layers\": [" layers "]}}"
static const char usual_model[] =
    MODEL(LAYER("Flatten", "f") ", " DENSE("a") ", " LAYER("Dropout", "d") ", " DENSE("b"));

static void write_origin(hdf5_file *file, const sketch *k, const char *path)
{
    if (!k->version || *k->version)
        ck_ok(hdf5_write_text(file, path, "keras_version", k->version ? k->version : "2.15.0"));
    if (k->backend) ck_ok(hdf5_write_text(file, path, "backend", k->backend));
}

static void write_group(hdf5_file *file, const char *group, const char *const *weights, size_t count,
                        float first, bool doubles)
{
    char path[256];
    ck_ok(hdf5_write_group(file, group));
    ck_ok(hdf5_write_names(file, group, "weight_names", weights, count));
    for (size_t i = 0; i < count; i++) {
        float data[6];
        double wide[6];
        for (int k = 0; k < 6; k++) wide[k] = data[k] = first + (float)i;
        horn_view view = { .data = data, .rank = 2 - (int)i, .shape = { 2 } };
        view.shape[1] = 3;
        if (doubles) view.data = wide, view.dtype = HORN_FLOAT64;
        snprintf(path, sizeof path, "%s/%s", group, weights[i]);
        if (!hdf5_has_dataset(file, path)) ck_ok(hdf5_write_dataset(file, path, &view));
    }
}

static bytes write_sketch(const sketch *k)
{
    hdf5_file *file;
    bytes content = { 0 };
    static const char *const usual_groups[5] = { "f", "a", "d", "b", NULL }, *const usual[] = { "kernel:0",
                                                                                                "bias:0" };
    const char *const *groups = k->groups[0] ? k->groups : usual_groups, *const *weights = k->weights[0]
                                                                                               ? k->weights
                                                                                               : usual;
    size_t count = 0;
    ck_ok(hdf5_file_create(&file));
    write_origin(file, k, "/");
    ck_ok(hdf5_write_text(file, "/", "model_config", k->model ? k->model : usual_model));
    ck_ok(hdf5_write_group(file, "/model_weights"));
    write_origin(file, k, "/model_weights");
    float first = 10;
    for (; groups[count]; count++) {
        char path[128];
        snprintf(path, sizeof path, "/model_weights/%s", groups[count]);
        bool has = strpbrk(groups[count], "abxy") != NULL;
        if (!k->no_group && !hdf5_has_group(file, path))
            write_group(file, path, weights, has ? 2 : 0, first, k->doubles);
        if (has) first += 10;
    }
    if (!k->no_layer_names) ck_ok(hdf5_write_names(file, "/model_weights", "layer_names", groups, count));
    if (k->training) ck_ok(hdf5_write_text(file, "/", "training_config", k->training));
    if (k->variable) {
        int64_t iteration = 5;
        char path[128];
        snprintf(path, sizeof path, "/optimizer_weights/%s", k->variable);
        ck_ok(hdf5_write_dataset(file, path, &(horn_view){ .data = &iteration, .dtype = HORN_INT64 }));
        ck_ok(hdf5_write_names(file, "/optimizer_weights", "weight_names", &k->variable, 1));
    }
    ck_ok(finish_hdf5(file, &content));
    return content;
}

static horn_status read_sketch(snapshot **out, const sketch *k)
{
    bytes content = write_sketch(k);
    horn_status status = read_bytes(out, &content, "sketch.h5", 0);
    bytes_free(&content);
    return status;
}

/* "a: kernel=10 bias=11; ..." of the layers that have weights. */
static const char *tensors(const snapshot *s, char text[512])
{
    text[0] = 0;
    for (size_t i = 0; i < s->layer_count; i++) {
        const snapshot_layer *l = &s->layers[i];
        if (l->tensor_count) sprintf(text + strlen(text), "%s%s:", *text ? "; " : "", l->name);
        for (size_t j = 0; j < l->tensor_count; j++)
            sprintf(text + strlen(text), " %s=%g", l->tensors[j].name, (double)*(float *)l->tensors[j].data);
    }
    return text;
}

#define USUAL "a: kernel=10 bias=11; b: kernel=20 bias=21"

static const struct {
    sketch file;
    const char *expected;
} paired[] = {
    { { 0 }, USUAL },
    { { .version = "3.15.1", .backend = "jax" }, USUAL },
    { { .groups = { "a", "b" } }, USUAL }, /* only those with weights */
    { { .groups = { "b", "a" } }, "a: kernel=10 bias=11; b: kernel=20 bias=21" }, /* order alone counts */
    { { .groups = { "f", "x", "d", "y" } }, USUAL }, /* other names, at their places */
    { { .groups = { "x", "y" } }, USUAL }, /* other names, and no places: layers with initializers */
    { { .doubles = true }, USUAL },
    { { .weights = { "p0", "p1" } }, USUAL }, /* names come from the class */
    { { .weights = { "m/a/cell/kernel:0", "m/a/cell/bias:0" } }, USUAL },
    { { .weights = { "one/kernel:0", "two/kernel:0" } }, USUAL },
};

START_TEST(test_keras_weights__order_pairs_weights_with_layers)
{
    for (size_t i = 0; i < sizeof paired / sizeof *paired; i++) {
        snapshot *s;
        char text[512];
        ck_ok(read_sketch(&s, &paired[i].file));
        ck_assert_str_eq(tensors(s, text), paired[i].expected);
        ck_assert_uint_eq(s->layer_count, 4);
        ck_assert_uint_eq(s->parts, PART_ARCHITECTURE | PART_WEIGHTS);
        snapshot_free(s);
    }
}
END_TEST

static const struct {
    sketch file;
    horn_status status;
    const char *words;
} refused[] = {
    { { .version = "1.2.2" }, HORN_ERROR_UNSUPPORTED, "Keras 1.2.2" },
    { { .version = "" }, HORN_ERROR_UNSUPPORTED, "Keras 1 " },
    { { .backend = "theano" }, HORN_ERROR_UNSUPPORTED, "Theano" },
    { { .no_layer_names = true }, HORN_ERROR_FORMAT, "layer_names" },
    { { .no_group = true }, HORN_ERROR_FORMAT, "/model_weights/f" },
    { { .groups = { "x" } }, HORN_ERROR_FORMAT, "weights of 1 layers" },
    { { .groups = { "a", "b", "x", "y" }, .model = MODEL(DENSE("a") ", " DENSE("b")) },
      HORN_ERROR_FORMAT,
      "weights of 4 layers" },
    { { .groups = { "a", "b", "a" } }, HORN_ERROR_FORMAT, "'a' is twice among the layer_names" },
    { { .weights = { "kernel:0", "kernel:0" } },
      HORN_ERROR_FORMAT,
      "'kernel:0' is twice among the weight_names" },
    { { .weights = { "x//kernel:0", "x/kernel:0" } }, HORN_ERROR_FORMAT, "empty part" },
    { { .weights = { "./kernel:0", "kernel:0" } }, HORN_ERROR_FORMAT, "empty part" },
    { { .weights = { "/kernel:0", "kernel:0" } }, HORN_ERROR_FORMAT, "empty part" },
    { { .model = "{" }, HORN_ERROR_FORMAT, "model_config" },
    { { .model = "{\"class_name\": \"Model\", \"config\": {}}" }, HORN_ERROR_UNSUPPORTED, "Model" },
};

START_TEST(test_keras_weights__refuses_files_that_fit_no_model)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        snapshot *s;
        ck_fails(read_sketch(&s, &refused[i].file), refused[i].status, refused[i].words);
        ck_assert_ptr_nonnull(strstr(horn_last_error(), "sketch.h5"));
        snapshot_free(s);
    }
}
END_TEST

#define TRAINING(class_name) \
    "{\"optimizer_config\": {\"class_name\": \"" class_name "\", \"config\": {\"learning_rate\": 0.5}}}"

START_TEST(test_keras_weights__legacy_optimizers_are_told_by_version_or_variables)
{
    static const struct {
        sketch file;
        bool is_legacy;
    } cases[] = {
        { { .training = TRAINING("RMSprop") }, true },
        { { .training = TRAINING("Custom>RMSprop") }, false },
        { { .training = TRAINING("Custom>RMSprop"), .variable = "iteration:0" }, false },
        { { .training = TRAINING("RMSprop"), .version = "3.0.0" }, false },
        { { .training = TRAINING("RMSprop"), .version = "3.0.0", .variable = "rmsprop/iteration" }, false },
        { { .training = TRAINING("RMSprop"), .version = "3.0.0", .variable = "RMSprop/iter:0" }, true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snapshot *s;
        ck_ok(read_sketch(&s, &cases[i].file));
        const config *legacy = config_get(config_get(s->optimizer, "config"), "is_legacy_optimizer");
        ck_assert_msg(config_is_true(legacy) == cases[i].is_legacy, "case %zu", i);
        ck_assert_int_eq(s->iteration, cases[i].file.variable ? 5 : 0);
        ck_assert_int_eq((s->parts & PART_OPTIMIZER) != 0, cases[i].file.variable != NULL);
        snapshot_free(s);
    }
}
END_TEST

static const struct {
    const char *name, *layer, *expected;
} names[] = {
    { "dense/kernel:0", "dense", "kernel" },
    { "sequential/dense/kernel", "dense", "kernel" },
    { "dense_1/kernel:0", "dense", "kernel" },
    { "my_dense/cell/kernel", "dense", "kernel" },
    { "kernel", "dense", "kernel" },
    { "kernel:0", "dense", "kernel" },
    { "scope/block/dense/cell/kernel:12", "block/dense", "cell/kernel" },
    { "a:b/kernel:x", "dense", "kernel:x" },
    { "dense/", "dense", "" },
};

START_TEST(test_keras_weights__names_of_weights_lose_their_layer)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *name;
        ck_ok(keras_weight_name(&name, names[i].name, names[i].layer));
        ck_assert_str_eq(name, names[i].expected);
        free(name);
    }
}
END_TEST

START_TEST(test_keras_weights__statistics_of_a_normalization_are_not_trained)
{
    static const struct {
        const char *class_name, *names[4];
        bool trainable[4];
    } cases[] = {
        { "BatchNormalization",
          { "gamma", "beta", "moving_mean", "moving_variance" },
          { true, true, false, false } },
        { "BatchNormalization", { "p0", "p1", "p2", "p3" }, { true, true, false, false } },
        { NULL, { "gamma", "beta", "moving_mean", "moving_variance" }, { true, true, false, false } },
        { "Dense", { "kernel", "bias", "x", "y" }, { true, true, true, true } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snapshot *s;
        snapshot_layer *layer;
        snapshot_tensor *t;
        ck_ok(snapshot_new(&s));
        ck_ok(snapshot_add_layer(s, cases[i].class_name, "l", &layer));
        for (int k = 0; k < 4; k++)
            ck_ok(snapshot_layer_add(layer, cases[i].names[k], &(horn_view){ .rank = 0 }, &t));
        keras_mark_trainable(layer);
        for (int k = 0; k < 4; k++) ck_assert_int_eq(layer->tensors[k].trainable, cases[i].trainable[k]);
        snapshot_free(s);
    }
}
END_TEST

/* ---- weights alone ---- */

START_TEST(test_keras_weights__weights_alone_are_the_whole_models)
{
    const char *const models[] = { "A4nd", "B", "Csgd", "Csgdm" };
    for (int i = 0; i < 4; i++) {
        char alone[128], whole[128];
        snprintf(alone, sizeof alone, "tests/golden/keras2.15/%s.legacyw.h5", models[i]);
        snprintf(whole, sizeof whole, "tests/golden/keras2.15/%s.h5", models[i]);
        snapshot *a = read_file(alone), *b = read_file(whole), *c;
        ck_assert_uint_eq(a->parts, PART_WEIGHTS);
        ck_assert_uint_eq(a->layer_count, b->layer_count);
        for (size_t k = 0; k < a->layer_count; k++) {
            ck_assert_ptr_null(a->layers[k].class_name);
            ck_assert_str_eq(a->layers[k].name, b->layers[k].name);
            ck_assert_uint_eq(a->layers[k].tensor_count, b->layers[k].tensor_count);
            for (size_t j = 0; j < a->layers[k].tensor_count; j++)
                check_same_tensor(&a->layers[k].tensors[j], &b->layers[k].tensors[j], alone);
        }
        bytes first = write_bytes(a, "keras-h5-weights", NULL),
              same = write_bytes(b, "keras-h5-weights", "legacy");
        check_same_bytes(&first, &same, alone);
        ck_ok(read_bytes(&c, &first, "first.h5", 0));
        bytes second = write_bytes(c, "keras-h5-weights", NULL);
        check_same_bytes(&first, &second, alone);
        bytes_free(&first), bytes_free(&same), bytes_free(&second);
        snapshot_free(a), snapshot_free(b), snapshot_free(c);
    }
}
END_TEST

START_TEST(test_keras_weights__weights_alone_refuse_other_layouts)
{
    snapshot *s = read_file("tests/golden/keras2.15/B.h5"), *none;
    const format *f;
    bytes content = { 0 };
    ck_fails(write_named(&content, s, "keras-h5-weights", NULL, "m.weights.h5", 0), HORN_ERROR_ARGUMENT,
             "behind the suffix .weights.h5");
    ck_fails(write_named(&content, s, "keras-h5-weights", "keras1", "m.h5", 0), HORN_ERROR_ARGUMENT,
             "keras1");
    s->parts = PART_ARCHITECTURE;
    ck_fails(write_named(&content, s, "keras-h5-weights", NULL, "m.h5", 0), HORN_ERROR_ARGUMENT,
             "without weights");
    ck_ok(file_read(&content, "tests/golden/keras2.15/B.h5", 0));
    source from = { .path = "B.h5", .data = content.data, .size = content.size };
    ck_ok(snapshot_new(&none));
    ck_ok(format_by_name(&f, "keras-h5-weights"));
    ck_fails(f->read(none, &from, NULL, NULL), HORN_ERROR_FORMAT,
             "a whole Keras model, expected weights alone");
    bytes_free(&content);
    ck_ok(file_read(&content, "tests/golden/keras2.15/B.legacyw.h5", 0));
    from = (source){ .path = "w.h5", .data = content.data, .size = content.size };
    ck_ok(format_by_name(&f, "keras-h5"));
    ck_fails(f->read(none, &from, NULL, NULL), HORN_ERROR_FORMAT, "weights alone, expected a whole model");
    from.size = 4;
    ck_fails(f->read(none, &from, NULL, NULL), HORN_ERROR_FORMAT, "no HDF5");
    bytes_free(&content);
    snapshot_free(none);
    snapshot_free(s);
}
END_TEST

TEST_MAIN(test_keras_weights__order_pairs_weights_with_layers,
          test_keras_weights__refuses_files_that_fit_no_model,
          test_keras_weights__legacy_optimizers_are_told_by_version_or_variables,
          test_keras_weights__names_of_weights_lose_their_layer,
          test_keras_weights__statistics_of_a_normalization_are_not_trained,
          test_keras_weights__weights_alone_are_the_whole_models,
          test_keras_weights__weights_alone_refuse_other_layouts)
