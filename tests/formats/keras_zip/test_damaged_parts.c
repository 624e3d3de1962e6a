/* Parts of a .keras file that are missing, unknown, broken or damaged. */
#include "formats/keras_zip/small_file.h"

static void check_refused(bytes archive, horn_status expected, const char *words)
{
    snapshot *s;
    ck_fails(read_bytes(&s, &archive, "small.keras", 0), expected, words);
    ck_assert_ptr_nonnull(strstr(horn_last_error(), "small.keras"));
    snapshot_free(s);
    bytes_free(&archive);
}

/* The other parts are read. */
static void check_left_out(bytes archive, unsigned part, const char *words)
{
    snapshot *s = read_zip(archive);
    ck_assert_uint_eq(s->parts & (PART_ARCHITECTURE | part), PART_ARCHITECTURE);
    ck_fails(snapshot_need(s, part), HORN_ERROR_UNSUPPORTED, words);
    ck_assert_ptr_nonnull(strstr(snapshot_reason(s, part), "small.keras"));
    if (part == PART_WEIGHTS) ck_assert_uint_eq(s->layers[0].tensor_count, 0);
    ck_assert_uint_eq(s->slot_count, 0);
    snapshot_free(s);
}

/* ---- what is refused ---- */

static bytes without(const char *left_out)
{
    hdf5_file *file = small_file("/layers");
    if (strcmp(left_out, "layer") == 0) {
        hdf5_file_close(file);
        ck_ok(hdf5_file_create(&file));
        put(file, "/layers/dense/vars/0", 3, 2);
    }
    if (strcmp(left_out, "order") == 0) put(file, "/layers/dense/vars/3", 1, 0);
    if (strcmp(left_out, "number") == 0) put(file, "/layers/dense/vars/02", 1, 0);
    if (strcmp(left_out, "claim") == 0) put(file, "/layers/dense_2/vars/0", 1, 0);
    if (strcmp(left_out, "dtype") == 0)
        ck_ok(hdf5_write_text(file, "/layers/dense/vars/0", "dtype", "bfloat16"));
    if (strcmp(left_out, "slots") == 0) {
        put_iteration(file);
        put(file, "/optimizer/vars/1", 3, 2);
    }
    return zip_of(MODEL(BOTH, ADAM), file, WEIGHTS);
}

START_TEST(test_damaged_parts__parts_that_are_not_known_are_left_out)
{
    check_left_out(without("dtype"), PART_WEIGHTS, "bfloat16");
    check_left_out(without("slots"), PART_OPTIMIZER, "/optimizer/vars");
    check_left_out(zip_of(MODEL(BOTH, ADAM), small_file("/layers"), "model.weights.npz"), PART_WEIGHTS,
                   "model.weights.npz");
}
END_TEST

START_TEST(test_damaged_parts__broken_parts_are_refused_by_name)
{
    check_refused(without("layer"), HORN_ERROR_FORMAT, "no weights of layer 'second' (Dense)");
    check_refused(without("order"), HORN_ERROR_FORMAT, "'3' is among the 3 variables");
    check_refused(without("number"), HORN_ERROR_FORMAT, "'02' is among the 3 variables");
    check_refused(without("claim"), HORN_ERROR_FORMAT, "a layer 'dense_2', which the model has not");
    check_refused(zip_of(MODEL(BOTH, ADAM), NULL, NULL), HORN_ERROR_FORMAT, "without model.weights.h5");
    check_refused(zip_of(NULL, small_file("/layers"), WEIGHTS), HORN_ERROR_FORMAT, "without config.json");
    check_refused(zip_of(NULL, NULL, NULL), HORN_ERROR_UNSUPPORTED, "without Keras' config.json");
    check_refused(zip_of("{\"class_name\": ", small_file("/layers"), WEIGHTS), HORN_ERROR_FORMAT,
                  "config.json");
    check_refused(zip_of("{\"class_name\": \"Functional\", \"config\": {}}", small_file("/layers"), WEIGHTS),
                  HORN_ERROR_UNSUPPORTED, "Functional");
    check_refused(zip_of(MODEL(BOTH, "7"), small_file("/layers"), WEIGHTS), HORN_ERROR_FORMAT,
                  "compile_config");
}
END_TEST

START_TEST(test_damaged_parts__refuses_to_write_what_it_cannot)
{
    snapshot *s = read_golden("keras3.15/Csgdm", ".keras");
    bytes content = { 0 };
    ck_fails(write_named(&content, s, "keras", "legacy", "m.keras", 0), HORN_ERROR_ARGUMENT, "'legacy'");
    ck_fails(write_named(&content, s, "keras", NULL, "m.h5", 0), HORN_ERROR_ARGUMENT, "the suffix .h5");
    ck_fails(write_named(&content, s, "keras", NULL, "m.keras", PART_WEIGHTS), HORN_ERROR_ARGUMENT,
             "without weights");
    ck_fails(write_named(&content, s, "keras", NULL, "m.keras", PART_ARCHITECTURE), HORN_ERROR_ARGUMENT,
             "without an architecture");
    ck_ok(write_named(&content, s, "keras", NULL, "m.keras", PART_COMPILE));
    snapshot *back;
    ck_ok(read_bytes(&back, &content, "m.keras", 0));
    ck_assert_uint_eq(back->parts, PART_ARCHITECTURE | PART_WEIGHTS);
    bytes_free(&content);
    snapshot_free(s), snapshot_free(back);
}
END_TEST

/* Refused, or the same model: what is not looked at may be changed. */
static void check_damaged(const bytes *damaged, const snapshot *whole, const char *what, size_t at)
{
    snapshot *s;
    char name[64];
    snprintf(name, sizeof name, "%s at %zu", what, at);
    if (!read_bytes(&s, damaged, name, 0)) check_same_model(whole, s, name);
    snapshot_free(s);
}

START_TEST(test_damaged_parts__no_truncation_or_bit_flip_gets_through)
{
    hdf5_file *file = small_file("/layers");
    put_iteration(file);
    snapshot *whole = read_zip(zip_of(MODEL(BOTH, ADAM), file, WEIGHTS));
    bytes content = write_keras(whole, NULL);
    for (size_t size = 0; size < content.size; size++) {
        bytes cut = { .data = malloc(size + 1), .size = size };
        snapshot *s;
        memcpy(cut.data, content.data, size);
        ck_assert_msg(read_bytes(&s, &cut, "cut", 0) != HORN_OK, "cut at %zu", size);
        snapshot_free(s);
        free(cut.data);
    }
    for (size_t i = 0; i < content.size; i++) {
        unsigned char bit = (unsigned char)(1u << i % 8);
        content.data[i] ^= bit;
        check_damaged(&content, whole, "flip", i);
        content.data[i] ^= bit;
    }
    bytes_free(&content);
    snapshot_free(whole);
}
END_TEST

TEST_MAIN(test_damaged_parts__parts_that_are_not_known_are_left_out,
          test_damaged_parts__broken_parts_are_refused_by_name,
          test_damaged_parts__refuses_to_write_what_it_cannot,
          test_damaged_parts__no_truncation_or_bit_flip_gets_through)
