#include "formats/checkpoints.h"

#include "formats/tensorflow/object_graph.h"

static const struct sample {
    const char *path, *class_name, *arguments;
    const char *kinds[3];
} samples[] = {
    { "tf2.15/rmsprop", "RMSprop", "{}", { "velocity" } },
    { "tf2.15/adam", "Adam", "{}", { "momentum", "velocity" } },
    { "tf2.15/sgd", "SGD", "{}", { NULL } },
    { "tf2.15/momentum", "SGD", "{\"momentum\": 0.9}", { "momentum" } },
    { "tf2.15/rmsprop_all",
      "RMSprop",
      "{\"momentum\": 0.5, \"centered\": true}",
      { "velocity", "momentum", "average_gradient" } },
    { "tf2.15/amsgrad", "Adam", "{\"amsgrad\": true}", { "momentum", "velocity", "velocity_hat" } },
    { "tf2.15/adam_saved-1", "Adam", "{}", { "momentum", "velocity" } },
    { "tf2.15/adam_shards", "Adam", "{}", { "momentum", "velocity" } },
    { "tf2.15/legacy_rmsprop", "RMSprop", "{\"momentum\": 0.5}", { "velocity", "momentum" } },
    { "tf2.15/legacy_adam", "Adam", "{}", { "momentum", "velocity" } },
    { "tf2.15/legacy_sgd", "SGD", "{}", { NULL } },
    { "tf2.21/adam", "Adam", "{}", { "momentum", "velocity" } },
    { "tf2.21/sgd", "SGD", "{}", { NULL } },
};
enum { SAMPLES = sizeof samples / sizeof *samples };

/* The model that the samples are of, compiled with an optimizer. */
static snapshot *make_target(const char *class_name, const char *arguments)
{
    snapshot *s = read_golden("tf2.15/alone", NULL);
    config *given;
    ck_ok(config_parse(&given, arguments, strlen(arguments), "arguments"));
    s->optimizer = config_object();
    config_set_string(s->optimizer, "class_name", class_name);
    config_set(s->optimizer, "config", given);
    s->parts |= PART_COMPILE;
    return s;
}

static const unsigned char *check_tensors(const snapshot_tensor *tensors, size_t count,
                                          const unsigned char *expected, const char *what)
{
    for (size_t i = 0; i < count; i++) {
        size_t size = snapshot_tensor_bytes(&tensors[i]);
        ck_assert_msg(memcmp(tensors[i].data, expected, size) == 0, "%s: %s", what, tensors[i].name);
        expected += size;
    }
    return expected;
}

/* NAME.expected: iteration, learning rate, weights, slots. */
static void check_expected(const snapshot *s, const char *name, bool with_slots)
{
    char path[128];
    bytes expected = { 0 };
    snprintf(path, sizeof path, GOLDEN "%s.expected", name);
    ck_ok(file_read(&expected, path, 0));
    ck_assert_msg(memcmp(&s->iteration, expected.data, 8) == 0, "%s: iteration %lld", name,
                  (long long)s->iteration);
    ck_assert(s->has_learning_rate);
    ck_assert_msg(memcmp(&s->learning_rate, expected.data + 8, 4) == 0, "%s: rate %g", name,
                  (double)s->learning_rate);
    const unsigned char *at = expected.data + 12;
    ck_assert_uint_eq(s->layer_count, 2);
    for (size_t i = 0; i < s->layer_count; i++)
        at = check_tensors(s->layers[i].tensors, s->layers[i].tensor_count, at, name);
    for (size_t i = 0; i < s->slot_count; i++)
        at = check_tensors(s->slots[i].tensors, s->slots[i].tensor_count, at, name);
    if (with_slots) ck_assert_msg(at == expected.data + expected.size, "%s: %zu slots", name, s->slot_count);
    bytes_free(&expected);
}

/* ---- what TensorFlow wrote ---- */

START_TEST(test_tf_checkpoint__every_optimizer_is_read)
{
    for (size_t i = 0; i < SAMPLES; i++) {
        snapshot *target = make_target(samples[i].class_name, samples[i].arguments);
        snapshot *s = read_golden(samples[i].path, target);
        ck_assert_uint_eq(s->parts, PART_WEIGHTS | PART_OPTIMIZER);
        for (size_t k = 0; k < 3; k++) {
            ck_assert_msg((k < s->slot_count) == (samples[i].kinds[k] != NULL), "%s: slot %zu",
                          samples[i].path, k);
            if (samples[i].kinds[k]) ck_assert_str_eq(s->slots[k].name, samples[i].kinds[k]);
        }
        ck_assert_ptr_null(s->optimizer);
        check_expected(s, samples[i].path, true);
        snapshot_free(s);
        snapshot_free(target);
    }
}
END_TEST

START_TEST(test_tf_checkpoint__without_a_target_slots_are_left_out)
{
    for (size_t i = 0; i < SAMPLES; i++) {
        snapshot *s = read_golden(samples[i].path, NULL);
        ck_assert_uint_eq(s->parts, PART_WEIGHTS);
        ck_assert_uint_eq(s->slot_count, 0);
        check_expected(s, samples[i].path, false);
        ck_assert_ptr_null(s->layers[0].class_name);
        ck_assert_str_eq(s->layers[0].name, "dense");
        ck_assert_str_eq(s->layers[1].name, "dense_1");
        ck_assert_str_eq(s->layers[1].tensors[0].name, "kernel");
        ck_assert_str_eq(s->layers[1].tensors[1].name, "bias");
        snapshot_free(s);
    }
}
END_TEST

START_TEST(test_tf_checkpoint__statistics_are_not_trainable)
{
    static const char *const names[] = { "gamma", "beta", "moving_mean", "moving_variance" };
    snapshot *s = read_golden("tf2.15/alone_norm", NULL), *again = read_golden("tf2.15/alone_norm", s);
    ck_assert_uint_eq(s->layer_count, 3);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_str_eq(s->layers[1].tensors[i].name, names[i]);
        ck_assert_int_eq(s->layers[1].tensors[i].trainable, i < 2);
    }
    check_same_layers(s, again, "with itself as the target");
    snapshot_free(s);
    snapshot_free(again);
}
END_TEST

static const struct {
    const char *path, *class_name, *arguments, *words;
    horn_status status;
} cases[] = {
    { "tf2.15/rmsprop", "SGD", "{\"momentum\": 0.9}", "of optimizer RMSprop, expected SGD",
      HORN_ERROR_ARGUMENT },
    { "tf2.15/momentum", "RMSprop", "{}", "of optimizer SGD, expected RMSprop", HORN_ERROR_ARGUMENT },
    { "tf2.21/adam", "RMSprop", "{\"momentum\": 0.9}", "of optimizer Adam", HORN_ERROR_ARGUMENT },
    { "tf2.15/rmsprop", "RMSprop", "{\"momentum\": 0.9}", "expected 2 for each", HORN_ERROR_UNSUPPORTED },
    { "tf2.15/legacy_sgd", "SGD", "{\"use_ema\": true}", "", HORN_OK },
    { "tf2.15/legacy_rmsprop", "RMSprop", "{\"momentum\": 0.5, \"rho\": 0.8}", "rho is 0.9, expected 0.8",
      HORN_ERROR_ARGUMENT },
    { "tf2.15/legacy_rmsprop", "RMSprop", "{\"momentum\": 0.5, \"decay\": 0.1}", "decay is 0, expected 0.1",
      HORN_ERROR_ARGUMENT },
    { "tf2.15/legacy_rmsprop", "RMSprop", "{\"momentum\": 0.5, \"rho\": 0.9, \"decay\": 0}", "", HORN_OK },
    { "tf2.15/legacy_rmsprop", "Adam", "{}", "no variable 'm'", HORN_ERROR_UNSUPPORTED },
    { "tf2.15/legacy_rmsprop", "RMSprop", "{}", "has 8 slot variables, expected 1", HORN_ERROR_UNSUPPORTED },
};

START_TEST(test_tf_checkpoint__what_does_not_fit_the_target_is_refused)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snapshot *target = make_target(cases[i].class_name, cases[i].arguments), *s;
        char path[128];
        snprintf(path, sizeof path, GOLDEN "%s", cases[i].path);
        horn_status status = read_prefix(&s, path, 0, target);
        if (!status) status = snapshot_need(s, PART_OPTIMIZER);
        ck_assert_msg(status == cases[i].status && (!status || strstr(horn_last_error(), cases[i].words)),
                      "%s: %d, %s", cases[i].path, status, horn_last_error());
        snapshot_free(s);
        snapshot_free(target);
    }
    snapshot *target = read_golden("tf2.15/alone", NULL), *s;
    free(target->layers[0].tensors[1].name);
    target->layers[0].tensors[1].name = strdup("offset");
    ck_fails(read_prefix(&s, GOLDEN "tf2.15/alone", 0, target), HORN_ERROR_SHAPE, "has no weight 'offset'");
    snapshot_free(s);
    target->layers[0].tensor_count = 1;
    ck_fails(read_prefix(&s, GOLDEN "tf2.15/alone", 0, target), HORN_ERROR_SHAPE,
             "has 2 weights there, 1 in the model");
    target->layers[0].tensor_count = 2;
    snapshot_free(s);
    target->layer_count--; /* a layer more, of the same kind, than the model has */
    ck_fails(read_prefix(&s, GOLDEN "tf2.15/alone", 0, target), HORN_ERROR_SHAPE,
             "the checkpoint has 2 layers with weights, the model 1");
    target->layer_count++;
    snapshot_free(s);
    snapshot_free(target);
}
END_TEST

START_TEST(test_tf_checkpoint__parts_can_be_left_out)
{
    snapshot *target = make_target("Adam", "{}"), *s;
    ck_ok(read_prefix(&s, GOLDEN "tf2.15/adam", PART_OPTIMIZER, target));
    ck_assert_uint_eq(s->parts, PART_WEIGHTS);
    ck_assert(!s->has_learning_rate && s->iteration == 0);
    snapshot_free(s);
    ck_ok(read_prefix(&s, GOLDEN "tf2.15/adam", PART_WEIGHTS, target));
    ck_assert_uint_eq(s->parts, 0);
    snapshot_free(s);
    snapshot_free(target);
}
END_TEST

/* ---- damage ---- */

START_TEST(test_tf_checkpoint__damaged_files_are_refused)
{
    static const char *const suffixes[] = { ".index", ".data-00000-of-00001" };
    folder f = folder_make();
    char prefix[128], path[192];
    snapshot *target = make_target("Adam", "{}"), *s;
    bytes files[2];
    snprintf(prefix, sizeof prefix, "%s/w", f.path);
    for (size_t i = 0; i < 2; i++) {
        files[i] = content_of(GOLDEN "tf2.15/adam", suffixes[i]);
        snprintf(path, sizeof path, "%s%s", prefix, suffixes[i]);
        put_file(path, &files[i]);
    }
    ck_ok(read_prefix(&s, prefix, 0, target));
    snapshot_free(s);
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s%s", prefix, suffixes[i]);
        for (size_t at = 0; at < files[i].size; at++) {
            bytes cut = { files[i].data, at, 0, false };
            put_file(path, &cut);
            ck_assert_msg(read_prefix(&s, prefix, 0, target) == HORN_ERROR_FORMAT, "%s cut at %zu", path, at);
            snapshot_free(s);
            files[i].data[at] ^=
                (unsigned char)(1 << at %
                                         8); /* all bits: test_tensor_bundle.c; what is left out counts too */
            put_file(path, &files[i]);
            ck_assert_msg(read_prefix(&s, prefix, PART_OPTIMIZER, target) != HORN_OK, "%s changed at %zu",
                          path, at);
            snapshot_free(s);
            files[i].data[at] ^= (unsigned char)(1 << at % 8);
        }
        put_file(path, &files[i]);
        bytes_free(&files[i]);
    }
    ck_assert_int_eq(unlink(path), 0);
    ck_fails(read_prefix(&s, prefix, 0, target), HORN_ERROR_FILE, "w.data-00000-of-00001");
    snapshot_free(s);
    snapshot_free(target);
    empty_folder(&f);
}
END_TEST

/* ---- graphs that lead astray ---- */

typedef struct fake {
    bundle_writer *files;
    graph_writer *graph;
    folder folder;
} fake;

static fake fake_begin(void)
{
    fake f = { .folder = folder_make() };
    ck_ok(bundle_writer_new(&f.files, 1));
    ck_ok(graph_writer_new(&f.graph));
    return f;
}

static size_t fake_child(fake *f, size_t parent, const char *name)
{
    size_t node = graph_writer_node(f->graph);
    graph_writer_child(f->graph, parent, name, node);
    return node;
}

static void fake_weight(fake *f, size_t layer, const char *name)
{
    static const float values[4];
    horn_view view = { .data = values, .dtype = HORN_FLOAT32, .rank = 1, .shape = { 4 } };
    graph_writer_variable(f->graph, fake_child(f, layer, name), "full/name", view);
}

static horn_status fake_read(fake *f)
{
    char path[128];
    bytes index = { 0 };
    snapshot *s;
    if (f->graph) ck_ok(graph_writer_finish(f->graph, f->files, 0));
    ck_ok(bundle_writer_index(f->files, 1, &index));
    snprintf(path, sizeof path, "%s/w.index", f->folder.path);
    put_file(path, &index);
    snprintf(path, sizeof path, "%s/w.data-00000-of-00001", f->folder.path);
    put_file(path, &bundle_writer_shard(f->files, 0)->own);
    snprintf(path, sizeof path, "%s/w", f->folder.path);
    horn_status status = read_prefix(&s, path, 0, NULL);
    snapshot_free(s);
    bytes_free(&index);
    bundle_writer_free(f->files);
    graph_writer_free(f->graph);
    empty_folder(&f->folder);
    return status;
}

START_TEST(test_tf_checkpoint__graphs_without_a_model_are_refused)
{
    fake f = fake_begin();
    fake_child(&f, 0, "something");
    ck_fails(fake_read(&f), HORN_ERROR_UNSUPPORTED, "no layers of a Keras model");

    f = fake_begin();
    fake_child(&f, fake_child(&f, 0, "first"), "layer-0");
    fake_child(&f, fake_child(&f, 0, "second"), "layer-0");
    ck_fails(fake_read(&f), HORN_ERROR_UNSUPPORTED, "more than one model");

    f = fake_begin();
    fake_weight(&f, fake_child(&f, fake_child(&f, 0, "net"), "layer-0"), "kernel");
    ck_ok(fake_read(&f)); /* Checkpoint(net=model) */
}
END_TEST

START_TEST(test_tf_checkpoint__broken_graphs_are_refused)
{
    fake f = fake_begin();
    fake_weight(&f, fake_child(&f, 0, "layer_with_weights-1"), "kernel");
    fake_child(&f, 0, "layer-0");
    ck_fails(fake_read(&f), HORN_ERROR_FORMAT, "no 'layer_with_weights-0'");

    f = fake_begin();
    size_t layer = fake_child(&f, 0, "layer_with_weights-0");
    fake_weight(&f, layer, "kernel");
    fake_weight(&f, layer, "_kernel");
    ck_fails(fake_read(&f), HORN_ERROR_FORMAT, "two weights of one name");

    f = fake_begin(); /* one tensor said twice, and one layer */
    layer = fake_child(&f, 0, "layer_with_weights-0");
    fake_weight(&f, layer, "kernel");
    graph_writer_child(f.graph, layer, "bias", graph_writer_node(f.graph) - 1);
    ck_fails(fake_read(&f), HORN_ERROR_UNSUPPORTED,
             "'layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE' belongs to two weights");

    f = fake_begin();
    layer = fake_child(&f, 0, "layer_with_weights-0");
    graph_writer_child(f.graph, 0, "layer_with_weights-1", layer);
    fake_weight(&f, layer, "kernel");
    ck_fails(fake_read(&f), HORN_ERROR_UNSUPPORTED, "a layer appears twice");

    f = fake_begin();
    fake_weight(&f, fake_child(&f, 0, "layer_with_weights-0"), "kernel");
    ck_ok(bundle_writer_add_text(f.files, 0, "horn/architecture", "{", 1));
    ck_fails(fake_read(&f), HORN_ERROR_FORMAT, "horn/architecture");

    f = fake_begin();
    fake_weight(&f, fake_child(&f, 0, "layer_with_weights-0"), "kernel");
    size_t optimizer = fake_child(&f, 0, "optimizer");
    fake_weight(&f, optimizer, "_iterations");
    ck_fails(fake_read(&f), HORN_ERROR_FORMAT,
             "'optimizer/_iterations/.ATTRIBUTES/VARIABLE_VALUE' is not one int64");
}
END_TEST

TEST_MAIN(test_tf_checkpoint__every_optimizer_is_read,
          test_tf_checkpoint__without_a_target_slots_are_left_out,
          test_tf_checkpoint__statistics_are_not_trainable,
          test_tf_checkpoint__what_does_not_fit_the_target_is_refused,
          test_tf_checkpoint__parts_can_be_left_out, test_tf_checkpoint__damaged_files_are_refused,
          test_tf_checkpoint__graphs_without_a_model_are_refused,
          test_tf_checkpoint__broken_graphs_are_refused)
