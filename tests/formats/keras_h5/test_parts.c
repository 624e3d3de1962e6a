/* Which parts the format keras-h5 carries, and which it is asked to leave out. */
#include "formats/files.h"

static const char *const dialects[] = { "keras2", "keras3", "legacy" };

static snapshot *read_golden(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "tests/golden/%s.h5", name);
    return read_file(path);
}

START_TEST(test_keras_h5_parts__parts_are_left_out_when_asked)
{
    static const struct {
        unsigned leave_out, expected;
    } cases[] = {
        { PART_OPTIMIZER, PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE },
        { PART_COMPILE, PART_ARCHITECTURE | PART_WEIGHTS },
        { PART_WEIGHTS, PART_ARCHITECTURE | PART_COMPILE },
        { PART_ARCHITECTURE, PART_WEIGHTS | PART_COMPILE },
        { ~(unsigned)PART_WEIGHTS, PART_WEIGHTS },
    };
    bytes content = { 0 };
    ck_ok(file_read(&content, "tests/golden/keras2.15/B.h5", 0));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snapshot *s;
        ck_ok(read_bytes(&s, &content, "B.h5", cases[i].leave_out));
        ck_assert_uint_eq(s->parts, cases[i].expected);
        ck_assert_uint_eq(s->slot_count, 0);
        ck_assert_uint_eq(s->layer_count, 7);
        ck_assert_uint_eq(s->layers[0].tensor_count, cases[i].leave_out & PART_WEIGHTS ? 0 : 2);
        ck_assert_int_eq(s->layers[0].class_name == NULL, (cases[i].leave_out & PART_ARCHITECTURE) != 0);
        snapshot_free(s);
    }
    bytes_free(&content);
}
END_TEST

START_TEST(test_keras_h5_parts__writing_leaves_out_training_and_optimizer)
{
    snapshot *s = read_golden("keras3.15/B"), *back;
    bytes content = { 0 };
    ck_ok(write_named(&content, s, "keras-h5", NULL, "m.h5", PART_OPTIMIZER));
    ck_ok(read_bytes(&back, &content, "m.h5", 0));
    ck_assert_uint_eq(back->parts, PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE);
    bytes_free(&content);
    snapshot_free(back);
    ck_ok(write_named(&content, s, "keras-h5", NULL, "m.h5", PART_COMPILE));
    ck_ok(read_bytes(&back, &content, "m.h5", 0));
    ck_assert_uint_eq(back->parts, PART_ARCHITECTURE | PART_WEIGHTS);
    bytes_free(&content);
    snapshot_free(back);
    ck_fails(write_named(&content, s, "keras-h5", NULL, "m.h5", PART_WEIGHTS), HORN_ERROR_ARGUMENT,
             "without weights");
    ck_fails(write_named(&content, s, "keras-h5", NULL, "m.h5", PART_ARCHITECTURE), HORN_ERROR_ARGUMENT,
             "without an architecture");
    ck_fails(write_named(&content, s, "keras-h5", "both", "m.h5", 0), HORN_ERROR_ARGUMENT, "'both'");
    ck_fails(write_named(&content, s, "keras-h5", NULL, "m.weights.h5", 0), HORN_ERROR_ARGUMENT,
             "m.weights.h5: Keras would not look for keras-h5");
    ck_fails(write_named(&content, s, "keras-h5", NULL, "m.keras", 0), HORN_ERROR_ARGUMENT, "suffix .keras");
    snapshot_free(s);
}
END_TEST

/* A rate that changed while training is in Keras 3's variable; Keras 2 has the argument alone. */
START_TEST(test_keras_h5_parts__a_changed_learning_rate_is_kept)
{
    for (int d = 0; d < 3; d++) {
        snapshot *s = read_golden("keras3.15/A4"), *back;
        double rate;
        s->learning_rate = 0.025f;
        bytes content = write_bytes(s, "keras-h5", dialects[d]);
        ck_ok(read_bytes(&back, &content, "m.h5", 0));
        ck_assert(config_number(config_get(config_get(back->optimizer, "config"), "learning_rate"), &rate));
        ck_assert_msg((float)rate == 0.025f, "%s: %g", dialects[d], rate);
        ck_assert_int_eq(back->has_learning_rate, d == 1);
        if (d == 1) ck_assert_msg(back->learning_rate == 0.025f, "%g", (double)back->learning_rate);
        bytes_free(&content);
        snapshot_free(s);
        snapshot_free(back);
    }
}
END_TEST

START_TEST(test_keras_h5_parts__progress_of_a_run_comes_back)
{
    snapshot *s = read_golden("keras2.15/A4"), *back;
    ck_assert_ptr_null(s->progress);
    s->progress = config_object();
    config_set_integer(s->progress, "epoch", 7);
    s->parts |= PART_PROGRESS;
    bytes content = write_bytes(s, "keras-h5", NULL);
    ck_ok(read_bytes(&back, &content, "m.h5", 0));
    ck_assert_uint_eq(back->parts, s->parts);
    check_same_value(back->progress, s->progress, "progress");
    snapshot_free(back);
    ck_ok(read_bytes(&back, &content, "m.h5", PART_PROGRESS));
    ck_assert_ptr_null(back->progress);
    snapshot_free(back);
    bytes_free(&content);
    snapshot_free(s);
}
END_TEST

TEST_MAIN(test_keras_h5_parts__parts_are_left_out_when_asked,
          test_keras_h5_parts__writing_leaves_out_training_and_optimizer,
          test_keras_h5_parts__a_changed_learning_rate_is_kept,
          test_keras_h5_parts__progress_of_a_run_comes_back)
