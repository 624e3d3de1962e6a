#include "formats/keras_zips.h"

static const char *const goldens[] = {
    "keras2.15/A4",    "keras2.15/A4rms_mom_centered",
    "keras2.15/B",     "keras2.15/Csgd",
    "keras2.15/Csgdm", "keras2.15/D",
    "keras3.15/A4",    "keras3.15/A4rms_mom_centered",
    "keras3.15/B",     "keras3.15/Csgd",
    "keras3.15/Csgdm", "keras3.15/D",
    "tf_keras2.21/B",  "tf_keras2.21/Csgdm",
};
enum { GOLDENS = sizeof goldens / sizeof *goldens };
static const char *const dialects[] = { "keras3", "keras2", "both" };

START_TEST(test_keras_zip__goldens_hold_what_their_h5_holds)
{
    for (int i = 0; i < GOLDENS; i++) {
        snapshot *a = read_golden(goldens[i], ".h5"), *b = read_golden(goldens[i], ".keras");
        ck_assert_uint_eq(b->parts, PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE | PART_OPTIMIZER);
        check_same_model(a, b, goldens[i]);
        ck_assert_int_eq(a->has_learning_rate, b->has_learning_rate);
        ck_assert(a->learning_rate == b->learning_rate);
        ck_assert_str_eq(config_get_string(a->optimizer, "class_name"),
                         config_get_string(b->optimizer, "class_name"));
        if (config_count(config_get(b->optimizer, "config")))
            check_same_value(a->optimizer, b->optimizer, goldens[i]);
        snapshot_free(a);
        snapshot_free(b);
    }
}
END_TEST

START_TEST(test_keras_zip__every_dialect_carries_every_golden_and_its_second_writing_is_the_first)
{
    for (int i = 0; i < GOLDENS; i++)
        for (int d = 0; d < 3; d++) {
            char what[128];
            snprintf(what, sizeof what, "%s as %s", goldens[i], dialects[d]);
            snapshot *a = read_golden(goldens[i], ".keras"), *b;
            bytes first = write_keras(a, dialects[d]), again = write_keras(a, dialects[d]);
            check_same_bytes(&first, &again, what);
            ck_ok(read_bytes(&b, &first, what, 0));
            check_same_model(a, b, what);
            bytes second = write_keras(b, dialects[d]);
            check_same_bytes(&first, &second, what);
            bytes_free(&first), bytes_free(&again), bytes_free(&second);
            snapshot_free(a), snapshot_free(b);
        }
}
END_TEST

START_TEST(test_keras_zip__deflated_members_in_any_order_are_read)
{
    snapshot *a = read_golden("keras3.15/Csgd", ".keras"), *b = read_golden("zip/packed", ".keras");
    bytes first = write_keras(a, NULL), second = write_keras(b, NULL);
    check_same_bytes(&first, &second, "packed");
    bytes_free(&first), bytes_free(&second);
    snapshot_free(a), snapshot_free(b);
}
END_TEST

/* ---- as Keras 3 writes it ---- */

/* Without what Keras may leave out and Horn does: addresses, and the shapes that layers were built for. */
static config *strip(const config *value, int depth)
{
    const char *key;
    if (config_is_list(value)) {
        config *list = config_list();
        for (size_t i = 0; i < config_count(value); i++)
            config_append(list, strip(config_at(value, i), depth + 1));
        return list;
    }
    if (!config_is_object(value)) return config_copy(value);
    config *object = config_object();
    for (size_t i = 0; (key = config_key_at(value, i)); i++)
        if (strcmp(key, "shared_object_id") != 0 && (depth == 0 || strcmp(key, "build_config") != 0) &&
            strcmp(key, "ignore_class") != 0 && strcmp(key, "seed") != 0)
            config_set(object, key, strip(config_at(value, i), depth + 1));
    return object;
}

static void check_same_file(const hdf5_file *a, const hdf5_file *b, const char *group, const char *what)
{
    char **names, **others, path[512], *x, *y;
    size_t count, other_count;
    ck_ok(hdf5_list(a, group, &names, &count));
    ck_ok(hdf5_list(b, group, &others, &other_count));
    ck_assert_msg(count == other_count, "%s: %s has %zu and %zu members", what, group, count, other_count);
    for (size_t i = 0; i < count; i++) {
        ck_assert_str_eq(names[i], others[i]);
        snprintf(path, sizeof path, "%s/%s", strcmp(group, "/") == 0 ? "" : group, names[i]);
        if (strcmp(names[i], "vars") == 0) {
            ck_ok(hdf5_read_text(a, path, "name", &x));
            ck_ok(hdf5_read_text(b, path, "name", &y));
            ck_assert_str_eq(x, y);
            free(x), free(y);
        }
        if (hdf5_has_group(a, path)) check_same_file(a, b, path, what);
    }
    free(names), free(others);
}

START_TEST(test_keras_zip__keras3_is_what_keras_3_writes)
{
    for (int i = 0; i < GOLDENS; i++) {
        char path[128];
        bytes content = { 0 };
        if (strncmp(goldens[i], "keras3", 6) != 0) continue;
        snprintf(path, sizeof path, "tests/golden/%s.keras", goldens[i]);
        ck_ok(file_read(&content, path, 0));
        snapshot *s = read_file(path);
        bytes written = write_keras(s, NULL);
        zip_file *a = open_zip(&content), *b = open_zip(&written);
        ck_assert_uint_eq(b->count, 3);
        for (size_t k = 0; k < 3; k++) {
            ck_assert_str_eq(a->members[k].name, b->members[k].name);
            ck_assert_uint_eq(b->members[k].method, 0);
        }
        config *c = json_in(a, "config.json"), *d = json_in(b, "config.json");
        config *x = strip(c, 0), *y = strip(d, 0);
        check_same_value(x, y, goldens[i]);
        config_free(c), config_free(d), config_free(x), config_free(y);

        bytes h = member(a, "model.weights.h5"), w = member(b, "model.weights.h5");
        hdf5_file *from, *to;
        ck_ok(hdf5_file_open(&from, h.data, h.size, "golden"));
        ck_ok(hdf5_file_open(&to, w.data, w.size, "written"));
        check_same_file(from, to, "/layers", goldens[i]);
        check_same_file(from, to, "/optimizer", goldens[i]);
        check_same_file(from, to, "/vars", goldens[i]);
        hdf5_file_close(from), hdf5_file_close(to);
        bytes_free(&h), bytes_free(&w);
        zip_file_close(a), zip_file_close(b);
        bytes_free(&content), bytes_free(&written);
        snapshot_free(s);
    }
}
END_TEST

TEST_MAIN(test_keras_zip__goldens_hold_what_their_h5_holds,
          test_keras_zip__every_dialect_carries_every_golden_and_its_second_writing_is_the_first,
          test_keras_zip__deflated_members_in_any_order_are_read,
          test_keras_zip__keras3_is_what_keras_3_writes)
