#include "codecs/hdf5/file.h"
#include "formats/files.h"

static const char *const goldens[] = { "keras2.15/B", "keras2.15/Csgd", "keras2.15/Csgdm",
                                       "keras3.15/B", "keras3.15/Csgd", "keras3.15/Csgdm" };
enum { GOLDENS = sizeof goldens / sizeof *goldens };
static const char *const dialects[] = { "keras3", "keras2", "both" };

static snapshot *read_golden(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "tests/golden/%s.h5", name);
    return read_file(path);
}

static horn_status read_for(snapshot **out, const bytes *content, const char *name, const snapshot *target)
{
    source from = { .path = name, .data = content->data, .size = content->size };
    const format *f;
    ck_ok(format_by_content(&f, &from));
    ck_assert_str_eq(f->name, "keras-weights-h5");
    ck_ok(snapshot_new(out));
    return f->read(*out, &from, NULL, &(schema){ .model = target });
}

static bytes write_weights(const snapshot *s, const char *dialect)
{
    bytes content = { 0 };
    ck_ok(write_named(&content, s, "keras-weights-h5", dialect, "m.weights.h5", 0));
    return content;
}

static void check_same_state(const snapshot *a, const snapshot *b, const char *what)
{
    check_same_layers(a, b, what);
    check_same_slots(a, b, what);
    ck_assert_int_eq(a->iteration, b->iteration);
}

START_TEST(test_keras_weights_h5__goldens_fill_their_model)
{
    for (int i = 0; i < GOLDENS; i++) {
        bytes content = { 0 };
        char path[128];
        snprintf(path, sizeof path, "tests/golden/%s.weights.h5", goldens[i]);
        ck_ok(file_read(&content, path, 0));
        snapshot *model = read_golden(goldens[i]), *s;
        ck_ok(read_for(&s, &content, path, model));
        ck_assert_uint_eq(s->parts, PART_WEIGHTS | PART_OPTIMIZER);
        check_same_state(model, s, path);
        ck_assert_int_eq(model->has_learning_rate, s->has_learning_rate);
        ck_assert(model->learning_rate == s->learning_rate);
        snapshot_free(model), snapshot_free(s);
        bytes_free(&content);
    }
}
END_TEST

/* In `both` plain SGD has no variable but the iteration. */
START_TEST(test_keras_weights_h5__every_dialect_carries_every_golden_and_its_second_writing_is_the_first)
{
    for (int i = 0; i < GOLDENS; i++)
        for (int d = 0; d < 3; d++) {
            char what[128];
            snprintf(what, sizeof what, "%s as %s", goldens[i], dialects[d]);
            snapshot *model = read_golden(goldens[i]), *s;
            bytes first = write_weights(model, dialects[d]);
            ck_ok(read_for(&s, &first, what, model));
            check_same_state(model, s, what);
            ck_assert_int_eq(s->has_learning_rate, d == 0);
            s->name = strdup(model->name); /* what the file does not carry */
            s->metrics = config_copy(model->metrics);
            bytes second = write_weights(s, dialects[d]);
            check_same_bytes(&first, &second, what);
            bytes_free(&first), bytes_free(&second);
            snapshot_free(model), snapshot_free(s);
        }
}
END_TEST

/* What Keras 2 asks for where the model's metrics are built. */
START_TEST(test_keras_weights_h5__metrics_are_there_as_zeros)
{
    static const char *const paths[] = { "/metrics/mean/vars/0", "/metrics/mean_metric_wrapper/vars/1",
                                         "/metrics/sparse_categorical_accuracy/vars/0" };
    snapshot *s = read_golden("keras2.15/D");
    bytes content = write_weights(s, NULL);
    hdf5_file *file;
    ck_ok(hdf5_file_open(&file, content.data, content.size, "written"));
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        float value = 7;
        ck_ok(hdf5_read_dataset(file, paths[i], HORN_FLOAT32, &value, sizeof value));
        ck_assert(value == 0);
    }
    hdf5_file_close(file);
    bytes_free(&content);
    snapshot_free(s);
}
END_TEST

static void set_optimizer(snapshot *s, const char *class_name, double momentum)
{
    config *arguments = config_object(), *optimizer = config_object();
    config_set_number(arguments, "momentum", momentum);
    config_set_string(optimizer, "class_name", class_name);
    config_set(optimizer, "config", arguments);
    config_free(s->optimizer);
    s->optimizer = optimizer;
}

/* As Keras does, with a warning that Horn has no place for. */
START_TEST(test_keras_weights_h5__variables_of_another_optimizer_are_left_out)
{
    static const struct {
        const char *class_name;
        double momentum;
        bool taken;
    } cases[] = {
        { "SGD", 0.5, true },      { "SGD", 0, true }, /* as many as Keras 2 has without use */
        { "RMSprop", 0, false },                       /* as many, but the file says SGD */
        { "RMSprop", 0.5, false }, { "Adam", 0, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snapshot *model = read_golden("keras2.15/Csgdm"), *s;
        bytes content = write_weights(model, "keras2");
        set_optimizer(model, cases[i].class_name, cases[i].momentum);
        ck_ok(read_for(&s, &content, "m", model));
        ck_assert_msg(s->parts == (PART_WEIGHTS | (cases[i].taken ? PART_OPTIMIZER : 0)), "%s %g: parts %u",
                      cases[i].class_name, cases[i].momentum, s->parts);
        if (!cases[i].taken) ck_assert(s->iteration == 0 && s->slot_count == 0);
        check_same_layers(model, s, "weights");
        snapshot_free(model), snapshot_free(s);
        bytes_free(&content);
    }
}
END_TEST

START_TEST(test_keras_weights_h5__an_uncompiled_model_takes_the_weights_alone)
{
    snapshot *model = read_golden("keras3.15/B"), *s;
    bytes content = write_weights(model, NULL);
    config_free(model->optimizer);
    model->optimizer = NULL;
    ck_ok(read_for(&s, &content, "m", model));
    ck_assert_uint_eq(s->parts, PART_WEIGHTS);
    bytes_free(&content);
    content = write_weights(s, NULL); /* and can be written so */
    snapshot_free(model), snapshot_free(s);
    bytes_free(&content);
}
END_TEST

START_TEST(test_keras_weights_h5__another_model_is_refused)
{
    snapshot *model = read_golden("keras3.15/B"), *other = read_golden("keras3.15/Csgd"), *s;
    bytes content = write_weights(model, NULL);
    ck_fails(read_for(&s, &content, "m", NULL), HORN_ERROR_UNSUPPORTED, "into a model only");
    snapshot_free(s);
    ck_fails(read_for(&s, &content, "m", other), HORN_ERROR_FORMAT, "which the model has not");
    snapshot_free(s);
    bytes_free(&content);
    content = write_weights(other, NULL);
    ck_fails(read_for(&s, &content, "m", model), HORN_ERROR_FORMAT,
             "a layer 'dense_1', which the model has not");
    snapshot_free(s);
    bytes_free(&content);
    snapshot_free(model), snapshot_free(other);
}
END_TEST

START_TEST(test_keras_weights_h5__refuses_to_write_what_it_cannot)
{
    snapshot *s = read_golden("keras3.15/Csgd"), *alone = read_file("tests/golden/keras2.15/B.legacyw.h5");
    bytes content = { 0 };
    const char *name = "keras-weights-h5";
    ck_fails(write_named(&content, s, name, "legacy", "m.weights.h5", 0), HORN_ERROR_ARGUMENT, "'legacy'");
    ck_fails(write_named(&content, s, name, NULL, "m.h5", 0), HORN_ERROR_ARGUMENT, "the suffix .h5");
    ck_fails(write_named(&content, s, name, NULL, "m.weights.h5", PART_WEIGHTS), HORN_ERROR_ARGUMENT,
             "without weights");
    ck_fails(write_named(&content, alone, name, NULL, "m.weights.h5", 0), HORN_ERROR_ARGUMENT,
             "the class of layer 0 is not known");
    snapshot_free(s), snapshot_free(alone);
}
END_TEST

/* Its own file has a checksum of all of it. */
START_TEST(test_keras_weights_h5__no_truncation_or_bit_flip_gets_through)
{
    snapshot *model = read_golden("keras3.15/Csgdm"), *s;
    bytes content = write_weights(model, NULL);
    const format *f;
    source from = { .path = "m", .data = content.data, .size = content.size };
    for (size_t i = 0; i < content.size; i++) {
        content.data[i] ^= (unsigned char)(1u << i % 8);
        if (!format_by_content(&f, &from)) {
            ck_ok(snapshot_new(&s));
            ck_assert_msg(f->read(s, &from, NULL, &(schema){ .model = model }) != HORN_OK, "flip at %zu", i);
            snapshot_free(s);
        }
        content.data[i] ^= (unsigned char)(1u << i % 8);
    }
    for (from.size = 0; from.size < content.size; from.size += 7) {
        if (format_by_content(&f, &from)) continue;
        ck_ok(snapshot_new(&s));
        ck_assert_msg(f->read(s, &from, NULL, &(schema){ .model = model }) != HORN_OK, "cut at %zu",
                      from.size);
        snapshot_free(s);
    }
    bytes_free(&content);
    snapshot_free(model);
}
END_TEST

TEST_MAIN(test_keras_weights_h5__goldens_fill_their_model,
          test_keras_weights_h5__every_dialect_carries_every_golden_and_its_second_writing_is_the_first,
          test_keras_weights_h5__metrics_are_there_as_zeros,
          test_keras_weights_h5__variables_of_another_optimizer_are_left_out,
          test_keras_weights_h5__an_uncompiled_model_takes_the_weights_alone,
          test_keras_weights_h5__another_model_is_refused,
          test_keras_weights_h5__refuses_to_write_what_it_cannot,
          test_keras_weights_h5__no_truncation_or_bit_flip_gets_through)
