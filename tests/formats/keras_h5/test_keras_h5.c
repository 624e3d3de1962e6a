#include "codecs/hdf5/file.h"
#include "formats/files.h"
#include "snapshot/index.h"

static const char *const goldens[] = {
    "keras2.15/A4",
    "keras2.15/A4nd",
    "keras2.15/A4rms_mom_centered",
    "keras2.15/B",
    "keras2.15/Csgd",
    "keras2.15/Csgdm",
    "keras2.15/D",
    "keras2.15/Cfresh",
    "keras2.15/Clegacy_adam",
    "keras2.15/Clegacy_rms",
    "keras3.15/A4",
    "keras3.15/A4nd",
    "keras3.15/A4rms_mom_centered",
    "keras3.15/B",
    "keras3.15/Csgd",
    "keras3.15/Csgdm",
    "keras3.15/D",
    "keras3.15/Cfresh",
    "tf_keras2.21/B",
    "tf_keras2.21/Csgdm",
};
enum { GOLDENS = sizeof goldens / sizeof *goldens };
static const char *const dialects[] = { "keras2", "keras3", "legacy" };

static snapshot *read_golden(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "tests/golden/%s.h5", name);
    return read_file(path);
}

typedef struct golden {
    bytes content;
    hdf5_file *file;
} golden;

static golden open_golden(const char *name)
{
    golden g = { { 0 }, NULL };
    char path[128];
    snprintf(path, sizeof path, "tests/golden/%s.h5", name);
    ck_ok(file_read(&g.content, path, 0));
    ck_ok(hdf5_file_open(&g.file, g.content.data, g.content.size, path));
    return g;
}

static void close_golden(golden *g)
{
    hdf5_file_close(g->file);
    bytes_free(&g->content);
}

/* The tensor is the dataset's, read here without the format. */
static void check_tensor(const hdf5_file *file, const char *path, const snapshot_tensor *t)
{
    char data[16384];
    horn_dtype dtype;
    int rank;
    size_t shape[HORN_MAX_RANK];
    ck_ok(hdf5_describe_dataset(file, path, &dtype, &rank, shape));
    ck_assert_msg(dtype == t->dtype && rank == t->rank &&
                      !memcmp(shape, t->shape, sizeof *shape * (size_t)rank),
                  "%s", path);
    ck_assert_uint_le(snapshot_tensor_bytes(t), sizeof data);
    ck_ok(hdf5_read_dataset(file, path, dtype, data, snapshot_tensor_bytes(t)));
    ck_assert_msg(memcmp(data, t->data, snapshot_tensor_bytes(t)) == 0, "%s", path);
}

static size_t check_weights(const snapshot *s, const hdf5_file *file, const char *root)
{
    size_t count = 0, found = 0;
    for (size_t i = 0; i < s->layer_count; i++) {
        char group[256], path[512], **names;
        snprintf(group, sizeof group, "%s/%s", root, s->layers[i].name);
        ck_ok(hdf5_read_names(file, group, "weight_names", false, &names, &count));
        ck_assert_uint_eq(count, s->layers[i].tensor_count);
        for (size_t j = 0; j < count; j++, found++) {
            snprintf(path, sizeof path, "%s/%s", group, names[j]);
            check_tensor(file, path, &s->layers[i].tensors[j]);
            ck_assert_msg(strstr(names[j], s->layers[i].tensors[j].name) != NULL, "%s", path);
            ck_assert_int_eq(s->layers[i].tensors[j].trainable, !strstr(names[j], "moving_"));
        }
        free(names);
    }
    return found;
}

/* The one variable of this slot and weight, by its name alone: order is what is tested. */
static const char *find_variable(char *const *names, size_t count, const char *slot, const char *weight)
{
    static const char *const others[][2] = { { "momentum", "m" },          { "velocity", "v" },
                                             { "velocity_hat", "vhat" },   { "velocity", "rms" },
                                             { "average_gradient", "mg" }, { "", "" } };
    const char *found = NULL;
    for (size_t o = 0; o < sizeof others / sizeof *others; o++) {
        const char *said = others[o][0][0] ? others[o][1] : slot;
        char keras2[256], keras3[256], legacy[256];
        if (others[o][0][0] && strcmp(others[o][0], slot) != 0) continue;
        snprintf(keras2, sizeof keras2, "/%s/%s:0", said, weight);
        snprintf(legacy, sizeof legacy, "/%s/%s:0", weight, said);
        snprintf(keras3, sizeof keras3, "_%s_%s", weight, said);
        for (char *c = keras3; *c; c++)
            if (*c == '/') *c = '_';
        for (size_t i = 0; i < count; i++) {
            size_t length = strlen(names[i]);
            const char *const ends[] = { keras2, keras3, legacy };
            for (int e = 0; e < 3; e++)
                if (length > strlen(ends[e]) && strcmp(names[i] + length - strlen(ends[e]), ends[e]) == 0)
                    found = names[i];
        }
    }
    return found;
}

static void check_slots(const snapshot *s, const hdf5_file *file)
{
    char **names;
    size_t count;
    ck_ok(hdf5_read_names(file, "/optimizer_weights", "weight_names", false, &names, &count));
    for (size_t k = 0; k < s->slot_count; k++)
        for (size_t i = 0; i < s->slots[k].tensor_count; i++) {
            char path[512];
            const char *name = find_variable(names, count, s->slots[k].name, s->slots[k].tensors[i].name);
            ck_assert_msg(name != NULL, "%s of %s", s->slots[k].name, s->slots[k].tensors[i].name);
            snprintf(path, sizeof path, "/optimizer_weights/%s", name);
            check_tensor(file, path, &s->slots[k].tensors[i]);
        }
    free(names);
}

START_TEST(test_keras_h5__goldens_read_with_every_tensor)
{
    for (int i = 0; i < GOLDENS; i++) {
        snapshot *s = read_golden(goldens[i]);
        golden g = open_golden(goldens[i]);
        ck_assert_uint_eq(s->parts, PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE | PART_OPTIMIZER);
        ck_assert_uint_ge(check_weights(s, g.file, "/model_weights"), 4);
        check_slots(s, g.file);
        ck_assert_int_eq(s->iteration, strstr(goldens[i], "fresh") ? 0 : 2);
        ck_assert_int_eq(s->has_learning_rate, strncmp(goldens[i], "keras3", 6) == 0);
        close_golden(&g);
        snapshot_free(s);
    }
}
END_TEST

static const struct {
    const char *name, *optimizer, *slots[3];
    const char *legacy; /* NULL: no such argument */
} kept[] = {
    { "keras2.15/A4", "RMSprop", { "velocity" }, NULL },
    { "keras3.15/A4rms_mom_centered", "RMSprop", { "velocity", "momentum", "average_gradient" }, NULL },
    { "keras2.15/Csgd", "SGD", { NULL }, NULL },
    { "keras3.15/Csgd", "SGD", { NULL }, NULL },
    { "tf_keras2.21/Csgdm", "SGD", { "momentum" }, NULL },
    { "keras2.15/B", "Adam", { "momentum", "velocity" }, NULL },
    { "keras2.15/D", "Adam", { "momentum", "velocity", "velocity_hat" }, NULL },
    { "keras2.15/Cfresh", "Adam", { NULL }, NULL },
    { "keras3.15/Cfresh", "Adam", { NULL }, NULL },
    { "keras2.15/Clegacy_adam", "Adam", { "momentum", "velocity", "velocity_hat" }, "true" },
    { "keras2.15/Clegacy_rms", "RMSprop", { "velocity", "momentum", "average_gradient" }, "true" },
};

START_TEST(test_keras_h5__optimizers_and_their_slots)
{
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        snapshot *s = read_golden(kept[i].name);
        size_t count = 0;
        ck_assert_str_eq(config_get_string(s->optimizer, "class_name"), kept[i].optimizer);
        while (count < 3 && kept[i].slots[count]) count++;
        ck_assert_uint_eq(s->slot_count, count);
        snapshot_index index;
        ck_ok(snapshot_index_new(&index, s));
        for (size_t k = 0; k < count; k++) {
            ck_assert_str_eq(s->slots[k].name, kept[i].slots[k]);
            ck_assert_uint_eq(s->slots[k].tensor_count, index.trained_count);
        }
        snapshot_index_free(&index);
        const config *legacy = config_get(config_get(s->optimizer, "config"), "is_legacy_optimizer");
        ck_assert_int_eq(config_is_true(legacy), kept[i].legacy != NULL);
        snapshot_free(s);
    }
}
END_TEST

/* What all dialects carry: all but the learning rate's variable, and RMSprop's epsilon of legacy. */
static void check_same_model(const snapshot *a, const snapshot *b, const char *what)
{
    check_same_layers(a, b, what);
    check_same_slots(a, b, what);
    check_same_value(a->loss, b->loss, what);
    check_same_value(a->metrics, b->metrics, what);
    ck_assert_str_eq(a->name, b->name);
    ck_assert_int_eq(a->input_rank, b->input_rank);
    ck_assert_mem_eq(a->input_shape, b->input_shape, sizeof a->input_shape);
    ck_assert_int_eq(a->iteration, b->iteration);
    ck_assert_uint_eq(a->parts, b->parts);
}

START_TEST(test_keras_h5__every_dialect_carries_every_golden_and_its_second_writing_is_the_first)
{
    for (int i = 0; i < GOLDENS; i++)
        for (int d = 0; d < 3; d++) {
            char what[128];
            snprintf(what, sizeof what, "%s as %s", goldens[i], dialects[d]);
            snapshot *a = read_golden(goldens[i]), *b;
            bytes first = write_bytes(a, "keras-h5", dialects[d]),
                  again = write_bytes(a, "keras-h5", dialects[d]);
            check_same_bytes(&first, &again, what);
            ck_ok(read_bytes(&b, &first, what, 0));
            check_same_model(a, b, what);
            bytes second = write_bytes(b, "keras-h5", dialects[d]);
            check_same_bytes(&first, &second, what);
            bytes_free(&first);
            bytes_free(&again);
            bytes_free(&second);
            snapshot_free(a);
            snapshot_free(b);
        }
}
END_TEST

static config *parse_attribute(const hdf5_file *file, const char *attribute)
{
    char *text;
    config *value;
    ck_ok(hdf5_read_text(file, "/", attribute, &text));
    ck_ok(config_parse(&value, text, strlen(text), attribute));
    free(text);
    return value;
}

static void check_same_names(const hdf5_file *a, const hdf5_file *b, const char *path, const char *attribute)
{
    char **x, **y;
    size_t n, m;
    ck_ok(hdf5_read_names(a, path, attribute, false, &x, &n));
    ck_ok(hdf5_read_names(b, path, attribute, false, &y, &m));
    ck_assert_uint_eq(n, m);
    for (size_t i = 0; i < n; i++) ck_assert_str_eq(x[i], y[i]);
    free(x);
    free(y);
}

/* As Keras 3 itself: all names, and the whole JSON but an argument of the loss that is null. */
START_TEST(test_keras_h5__keras3_is_what_keras_3_writes)
{
    for (int i = 0; i < GOLDENS; i++) {
        if (strncmp(goldens[i], "keras3", 6) != 0) continue;
        golden g = open_golden(goldens[i]);
        snapshot *s = read_golden(goldens[i]);
        bytes content = write_bytes(s, "keras-h5", "keras3");
        hdf5_file *file;
        ck_ok(hdf5_file_open(&file, content.data, content.size, "written"));
        config *a = parse_attribute(g.file, "model_config"), *b = parse_attribute(file, "model_config");
        check_same_value(a, b, goldens[i]);
        config *c = parse_attribute(g.file, "training_config"), *d = parse_attribute(file, "training_config");
        check_same_value(config_get(c, "optimizer_config"), config_get(d, "optimizer_config"), goldens[i]);
        check_same_value(config_get(c, "metrics"), config_get(d, "metrics"), goldens[i]);
        ck_assert_uint_eq(config_count(c), config_count(d));
        check_same_names(g.file, file, "/model_weights", "layer_names");
        check_same_names(g.file, file, "/model_weights/dense", "weight_names");
        check_same_names(g.file, file, "/optimizer_weights", "weight_names");
        config_free(a), config_free(b), config_free(c), config_free(d);
        hdf5_file_close(file);
        bytes_free(&content);
        snapshot_free(s);
        close_golden(&g);
    }
}
END_TEST

START_TEST(test_keras_h5__keras2_and_legacy_names_are_what_keras_2_writes)
{
    for (int i = 0; i < GOLDENS; i++) {
        if (strncmp(goldens[i], "keras3", 6) == 0) continue;
        golden g = open_golden(goldens[i]);
        snapshot *s = read_golden(goldens[i]);
        bytes content = write_bytes(s, "keras-h5", NULL);
        hdf5_file *file;
        ck_ok(hdf5_file_open(&file, content.data, content.size, "written"));
        check_same_names(g.file, file, "/model_weights", "layer_names");
        check_same_names(g.file, file, "/model_weights/dense", "weight_names");
        check_same_names(g.file, file, "/optimizer_weights", "weight_names");
        hdf5_file_close(file);
        bytes_free(&content);
        snapshot_free(s);
        close_golden(&g);
    }
}
END_TEST

START_TEST(test_keras_h5__the_default_dialect_loads_everywhere)
{
    snapshot *s = read_golden("keras3.15/A4");
    bytes content = write_bytes(s, "keras-h5", NULL), named = write_bytes(s, "keras-h5", "keras2");
    check_same_bytes(&content, &named, "default dialect");
    hdf5_file *file;
    ck_ok(hdf5_file_open(&file, content.data, content.size, "written"));
    config *training = parse_attribute(file, "training_config"), *expected;
    const char *text = "{\"loss\": {\"class_name\": \"SparseCategoricalCrossentropy\", \"config\": "
                       "{\"name\": \"sparse_categorical_crossentropy\","
                       " \"reduction\": \"sum_over_batch_size\", \"from_logits\": true}}, \"metrics\": "
                       "[{\"class_name\": \"SparseCategoricalAccuracy\","
                       " \"config\": {\"name\": \"accuracy\", \"dtype\": \"float32\"}}], "
                       "\"weighted_metrics\": null, \"loss_weights\": null,"
                       " \"optimizer_config\": {\"class_name\": \"Custom>RMSprop\", \"config\": {\"name\": "
                       "\"RMSprop\", \"is_legacy_optimizer\": false,"
                       " \"learning_rate\": 0.10000000149011612, \"rho\": 0.9, \"momentum\": 0.0, "
                       "\"epsilon\": 1e-07, \"centered\": false}}}";
    ck_ok(config_parse(&expected, text, strlen(text), "expected"));
    check_same_value(training, expected, "training_config");
    config_free(training), config_free(expected);
    hdf5_file_close(file);
    bytes_free(&content);
    bytes_free(&named);
    snapshot_free(s);
}
END_TEST

TEST_MAIN(test_keras_h5__goldens_read_with_every_tensor, test_keras_h5__optimizers_and_their_slots,
          test_keras_h5__every_dialect_carries_every_golden_and_its_second_writing_is_the_first,
          test_keras_h5__keras3_is_what_keras_3_writes,
          test_keras_h5__keras2_and_legacy_names_are_what_keras_2_writes,
          test_keras_h5__the_default_dialect_loads_everywhere)
