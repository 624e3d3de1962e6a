#include "formats/checkpoints.h"

#include "codecs/tensorflow/tensor_bundle.h"
#include "formats/tensorflow/checkpoint.h"

/* All layers of the model, those without weights by name. */
static snapshot *with_layers(const snapshot *s, const char *const *names)
{
    snapshot *all;
    size_t next = 0;
    ck_ok(snapshot_new(&all));
    all->parts = PART_WEIGHTS;
    for (; *names; names++) {
        snapshot_layer *layer;
        snapshot_tensor *t;
        ck_ok(snapshot_add_layer(all, NULL, *names, &layer));
        if (next == s->layer_count || strcmp(s->layers[next].name, *names) != 0) continue;
        for (size_t i = 0; i < s->layers[next].tensor_count; i++) {
            const snapshot_tensor *from = &s->layers[next].tensors[i];
            horn_view like = snapshot_tensor_view(from);
            ck_ok(snapshot_layer_add(layer, from->name, &like, &t));
            memcpy(t->data, from->data, snapshot_tensor_bytes(t));
        }
        next++;
    }
    ck_assert_uint_eq(next, s->layer_count);
    return all;
}

START_TEST(test_tf_checkpoint_write__weights_alone_are_tensorflow_s_files)
{
    static const struct {
        const char *name, *layers[6];
    } cases[] = {
        { "alone", { "flatten", "dense", "dropout", "dense_1" } },
        { "alone_norm", { "conv2d", "batch_normalization", "max_pooling2d", "flatten", "dense" } },
    };
    for (size_t i = 0; i < 2; i++) {
        folder f = folder_make();
        char theirs[128], ours[128];
        snprintf(theirs, sizeof theirs, GOLDEN "tf2.15/%s", cases[i].name);
        snprintf(ours, sizeof ours, "%s/%s", f.path, cases[i].name);
        snapshot *s, *all;
        ck_ok(read_prefix(&s, theirs, 0, NULL));
        all = with_layers(s, cases[i].layers);
        write_prefix(all, ours, "tf-weights", NULL);
        check_same_files(theirs, ours, ".index");
        check_same_files(theirs, ours, ".data-00000-of-00001");
        bytes state = content_of(f.path, "/checkpoint"),
              their_state = content_of(GOLDEN "tf2.15/alone.state", "");
        if (i == 1) check_same_bytes(&state, &their_state, "checkpoint");
        bytes_free(&state);
        bytes_free(&their_state);
        snapshot_free(s);
        snapshot_free(all);
        empty_folder(&f);
    }
}
END_TEST

static const char *const models[] = {
    "keras2.15/A4.h5", "keras2.15/A4nd.h5",  "keras2.15/A4rms_mom_centered.h5",
    "keras2.15/B.h5",  "keras2.15/Csgd.h5",  "keras2.15/Csgdm.h5",
    "keras2.15/D.h5",  "keras3.15/Csgdm.h5", "keras3.15/A4.h5"
};

START_TEST(test_tf_checkpoint_write__whole_models_come_back)
{
    static const char *const formats[] = { "tf-weights", "tf-checkpoint" };
    for (size_t i = 0; i < 2 * sizeof models / sizeof *models; i++) {
        folder f = folder_make();
        char path[128], again[128], golden[128];
        snapshot *back;
        snprintf(golden, sizeof golden, GOLDEN "%s", models[i / 2]);
        snprintf(path, sizeof path, "%s/ckpt-%zu", f.path, i);
        snprintf(again, sizeof again, "%s/again-%zu", f.path, i);
        snapshot *s = read_file(golden);
        write_prefix(s, path, formats[i % 2], NULL);
        ck_ok(read_prefix(&back, path, 0, NULL));
        ck_assert_uint_eq(back->parts, s->parts);
        check_same_layers(s, back, golden);
        check_same_slots(s, back, golden);
        check_same_value(s->loss, back->loss, golden);
        check_same_value(s->metrics, back->metrics, golden);
        check_same_value(config_get(s->optimizer, "class_name"), config_get(back->optimizer, "class_name"),
                         golden);
        ck_assert_int_eq(s->iteration, back->iteration);
        ck_assert_str_eq(s->name, back->name);
        write_prefix(back, again, formats[i % 2], NULL);
        check_same_files(path, again, ".index");
        check_same_files(path, again, ".data-00000-of-00001");
        snapshot_free(s);
        snapshot_free(back);
        empty_folder(&f);
    }
}
END_TEST

static bool has_key(const char *path, const char *key)
{
    bytes index = content_of(path, ".index");
    tensor_bundle *b;
    ck_ok(tensor_bundle_open(&b, index.data, index.size, path));
    bool found = tensor_bundle_find(b, (protobuf_text){ key, strlen(key) });
    tensor_bundle_close(b);
    bytes_free(&index);
    return found;
}

/* As Keras 3 has the objects, and over three files. */
START_TEST(test_tf_checkpoint_write__whole_models_come_back_in_keras_3_s_dialect)
{
    static const char *const formats[] = { "tf-weights", "tf-checkpoint" };
    for (size_t i = 0; i < 4 * sizeof models / sizeof *models; i++) {
        const size_t shards = i / 2 % 2 ? 3 : 1;
        const format_options options = { .dialect = "keras3", .own = SHARDS(shards) };
        folder f = folder_make();
        char path[128], golden[128];
        snapshot *back;
        snprintf(golden, sizeof golden, GOLDEN "%s", models[i / 4]);
        snprintf(path, sizeof path, "%s/ckpt-%zu", f.path, i);
        snapshot *s = read_file(golden);
        write_prefix(s, path, formats[i % 2], &options);
        ck_assert_uint_eq(count_files(&f), shards + 2);
        if (i < 4) /* the optimizer's way to it is shorter than the model's */
            ck_assert(has_key(path, "optimizer/_trainable_variables/0/.ATTRIBUTES/VARIABLE_VALUE") &&
                      !has_key(path, "_functional/_operations/2/_kernel/.ATTRIBUTES/VARIABLE_VALUE"));
        ck_ok(read_prefix(&back, path, 0, NULL));
        ck_assert_uint_eq(back->parts, s->parts);
        check_same_layers(s, back, golden);
        check_same_slots(s, back, golden);
        ck_assert_int_eq(s->iteration, back->iteration);
        snapshot_free(back);
        snapshot *target = read_file(golden); /* as for a model that is there */
        ck_ok(read_prefix(&back, path, 0, target));
        ck_assert_uint_eq(back->parts, s->parts & (PART_WEIGHTS | PART_OPTIMIZER));
        check_same_slots(s, back, golden);
        snapshot_free(target);
        snapshot_free(s);
        snapshot_free(back);
        empty_folder(&f);
    }
}
END_TEST

/* ---- keys ---- */

static bool is_own_key(const char *key)
{
    return *key == 0 || strncmp(key, "horn/", 5) == 0 || strncmp(key, "save_counter/", 13) == 0;
}

/* Of what is in `a`, but for Horn's own texts, `b` has all. */
static void check_keys(const char *a, const char *b)
{
    bytes index = content_of(a, ".index");
    tensor_bundle *bundle;
    ck_ok(tensor_bundle_open(&bundle, index.data, index.size, a));
    for (size_t i = 0; i < tensor_bundle_count(bundle); i++) {
        const char *key = tensor_bundle_at(bundle, i)->key.at;
        ck_assert_msg(is_own_key(key) || has_key(b, key), "%s: '%s' is not in %s", a, key, b);
    }
    tensor_bundle_close(bundle);
    bytes_free(&index);
}

/* Of models with as many weights and the same optimizer. Keras 3's weights have their shortest path through the optimizer. */
START_TEST(test_tf_checkpoint_write__keys_are_tensorflow_s_own)
{
    static const struct {
        const char *from, *dialect, *golden;
    } cases[] = {
        { "keras2.15/A4.h5", "keras2", "tf2.15/rmsprop" },
        { "keras2.15/Csgd.h5", "keras2", "tf2.15/sgd" },
        { "keras2.15/Csgdm.h5", "keras2", "tf2.15/momentum" },
        { "keras2.15/A4rms_mom_centered.h5", "keras2", "tf2.15/rmsprop_all" },
        { "keras3.15/Csgd.h5", "keras3", "tf2.21/sgd" },
    };
    folder f = folder_make();
    char from[128], golden[128], own[128];
    snprintf(own, sizeof own, "%s/own", f.path);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(from, sizeof from, GOLDEN "%s", cases[i].from);
        snprintf(golden, sizeof golden, GOLDEN "%s", cases[i].golden);
        snapshot *s = read_file(from);
        write_prefix(s, own, "tf-weights", &(format_options){ .dialect = cases[i].dialect });
        check_keys(golden, own);
        check_keys(own, golden);
        snapshot_free(s);
    }
    empty_folder(&f);
}
END_TEST

START_TEST(test_tf_checkpoint_write__progress_comes_back)
{
    folder f = folder_make();
    char path[128];
    snapshot *s = read_file(GOLDEN "keras2.15/A4.h5"), *back;
    snprintf(path, sizeof path, "%s/ckpt-0007", f.path);
    s->progress = config_object();
    config_set_integer(s->progress, "epoch", 3);
    config_set_number(s->progress, "loss", 0.1);
    s->parts |= PART_PROGRESS;
    write_prefix(s, path, "tf-weights", NULL);
    ck_ok(read_prefix(&back, path, 0, NULL));
    ck_assert_uint_eq(back->parts, s->parts);
    check_same_value(s->progress, back->progress, "progress");
    snapshot_free(back);
    ck_ok(read_prefix(&back, path, PART_PROGRESS, NULL));
    ck_assert_uint_eq(back->parts, s->parts & ~(unsigned)PART_PROGRESS);
    snapshot_free(back);
    ck_ok(read_prefix(&back, f.path, 0, s)); /* for a model that is there: its own architecture counts */
    ck_assert_uint_eq(back->parts, PART_WEIGHTS | PART_OPTIMIZER | PART_PROGRESS);
    check_same_slots(s, back, "with a target");
    snapshot_free(back);
    write_prefix(s, path, "tf-weights", &(format_options){ .leave_out = PART_PROGRESS | PART_ARCHITECTURE });
    ck_ok(read_prefix(&back, path, 0, NULL));
    ck_assert_uint_eq(back->parts, PART_WEIGHTS);
    snapshot_free(back);
    snapshot_free(s);
    empty_folder(&f);
}
END_TEST

static int64_t counter_of(const char *path)
{
    bytes index = content_of(path, ".index"), data = content_of(path, ".data-00000-of-00001");
    const char *key = "save_counter/.ATTRIBUTES/VARIABLE_VALUE";
    tensor_bundle *b;
    int64_t number = -1;
    ck_ok(tensor_bundle_open(&b, index.data, index.size, path));
    ck_ok(tensor_bundle_give(b, 0, &data));
    const bundle_entry *e = tensor_bundle_find(b, (protobuf_text){ key, strlen(key) });
    if (e) ck_ok(bundle_entry_read(b, e, &number, sizeof number));
    tensor_bundle_close(b);
    bytes_free(&index);
    return number;
}

START_TEST(test_tf_checkpoint_write__the_save_counter_is_the_name_s_number)
{
    static const struct {
        const char *name;
        int64_t number;
    } cases[] = {
        { "ckpt-12", 12 }, { "ckpt", 1 }, { "ckpt-0", 1 }, { "007", 7 }, { "a-99999999999999999999", 1 }
    };
    snapshot *s = read_file(GOLDEN "keras2.15/Csgd.h5");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        folder f = folder_make();
        char path[128];
        snprintf(path, sizeof path, "%s/%s", f.path, cases[i].name);
        write_prefix(s, path, "tf-checkpoint", NULL);
        ck_assert_int_eq(counter_of(path), cases[i].number);
        write_prefix(s, path, "tf-weights", NULL);
        ck_assert_int_eq(counter_of(path), -1);
        empty_folder(&f);
    }
    snapshot_free(s);
}
END_TEST

START_TEST(test_tf_checkpoint_write__the_state_lists_what_is_kept)
{
    const char *names[] = { "a-1", "a-2", NULL };
    const format_value kept[] = { { .name = TF_KEPT, .names = names }, { 0 } },
                       none[] = { { .name = TF_KEPT, .names = names + 2 }, { 0 } };
    folder f = folder_make();
    char path[128], state[128];
    snapshot *s = read_golden("tf2.15/alone", NULL);
    snprintf(path, sizeof path, "%s/a-2", f.path);
    snprintf(state, sizeof state, "%s/checkpoint", f.path);
    write_prefix(s, path, "tf-weights", &(format_options){ .own = none });
    ck_assert_int_ne(access(state, F_OK), 0);
    write_prefix(s, path, "tf-weights", &(format_options){ .own = kept });
    bytes text = content_of(state, "");
    ck_assert_str_eq(bytes_text(&text),
                     "model_checkpoint_path: \"a-2\"\nall_model_checkpoint_paths: \"a-1\"\n"
                     "all_model_checkpoint_paths: \"a-2\"\n");
    bytes_free(&text);
    snapshot_free(s);
    empty_folder(&f);
}
END_TEST

START_TEST(test_tf_checkpoint_write__what_cannot_be_written_is_refused)
{
    snapshot *s = read_golden("tf2.15/alone", NULL);
    const format *f;
    transaction *t;
    ck_ok(format_by_name(&f, "tf-weights"));
    ck_ok(transaction_begin(&t, "/tmp/horn-none/w"));
    ck_fails(f->write(s, t, &(format_options){ .dialect = "both" }), HORN_ERROR_ARGUMENT,
             "dialect is 'both', expected keras2 or keras3");
    ck_fails(f->write(s, t, &(format_options){ .dialect = "keras3" }), HORN_ERROR_UNSUPPORTED,
             "counts layers without weights too");
    ck_fails(f->write(s, t, &(format_options){ .leave_out = PART_WEIGHTS }), HORN_ERROR_ARGUMENT,
             "without weights");
    s->parts |= PART_OPTIMIZER;
    ck_fails(f->write(s, t, NULL), HORN_ERROR_ARGUMENT, "no class name");
    transaction_free(t);
    s->parts = PART_WEIGHTS;
    ck_ok(transaction_begin(&t, "/tmp/horn-none/"));
    ck_fails(f->write(s, t, NULL), HORN_ERROR_ARGUMENT, "name of a directory");
    transaction_free(t);
    snapshot_free(s);
}
END_TEST

TEST_MAIN(test_tf_checkpoint_write__weights_alone_are_tensorflow_s_files,
          test_tf_checkpoint_write__whole_models_come_back,
          test_tf_checkpoint_write__whole_models_come_back_in_keras_3_s_dialect,
          test_tf_checkpoint_write__keys_are_tensorflow_s_own, test_tf_checkpoint_write__progress_comes_back,
          test_tf_checkpoint_write__the_save_counter_is_the_name_s_number,
          test_tf_checkpoint_write__the_state_lists_what_is_kept,
          test_tf_checkpoint_write__what_cannot_be_written_is_refused)
