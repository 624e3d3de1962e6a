/* A small model whose parts can be changed, and what a .keras may leave out or must not say. */
#include "formats/keras_zip/small_file.h"

/* Places count classes, whatever layers are called; metadata.json, build_config and the order of members are
 * free, other members are overlooked. */
START_TEST(test_parts__a_file_in_parts_is_read)
{
    static const char *const roots[] = { "/layers", "/_layer_checkpoint_dependencies" };
    for (int i = 0; i < 2; i++) {
        hdf5_file *file = small_file(roots[i]);
        put_iteration(file);
        ck_ok(hdf5_write_group(file, "/layers/dropout/seed_generator/vars"));
        if (i) {
            hdf5_file_close(file); /* a group /layers would be looked at first */
            file = small_file(roots[i]);
            put_iteration(file);
        }
        snapshot *s = read_zip(zip_of(MODEL(BOTH, ADAM), file, WEIGHTS));
        ck_assert_uint_eq(s->parts, PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE | PART_OPTIMIZER);
        ck_assert_str_eq(s->layers[1].name, "second");
        ck_assert_str_eq(s->layers[1].tensors[0].name, "kernel");
        ck_assert_str_eq(s->layers[1].tensors[1].name, "bias");
        ck_assert_mem_eq(s->layers[0].tensors[0].data, numbers, 6 * sizeof *numbers);
        ck_assert_int_eq(s->iteration, 7);
        ck_assert_str_eq(config_get_string(s->optimizer, "class_name"), "Adam");
        ck_assert_ptr_null(
            config_get(config_get(s->layers[0].arguments, "kernel_initializer"), "shared_object_id"));
        snapshot_free(s);
    }
}
END_TEST

START_TEST(test_parts__what_is_left_out_of_the_settings)
{
    static const struct {
        const char *settings;
        unsigned parts;
    } cases[] = {
        { "null", 0 },
        { "{}", 0 },
        { "{\"optimizer\": null, \"loss\": \"mse\"}", 0 },
        { "{\"loss\": \"mse\"}", PART_COMPILE }, /* Keras 3 forgets its optimizer after it saved an .h5 */
        { "{\"optimizer\": \"sgd\"}", PART_COMPILE | PART_OPTIMIZER },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char json[2048];
        snprintf(json, sizeof json, MODEL(BOTH, "%s"), cases[i].settings);
        hdf5_file *file = small_file("/layers");
        put_iteration(file);
        snapshot *s = read_zip(zip_of(json, file, WEIGHTS));
        ck_assert_msg(s->parts == (PART_ARCHITECTURE | PART_WEIGHTS | cases[i].parts), "%s: parts %u",
                      cases[i].settings, s->parts);
        if (i == 3) ck_assert_str_eq(config_get_string(s->optimizer, "class_name"), "RMSprop");
        snapshot_free(s);
    }
}
END_TEST

#define LEGACY                                                                                          \
    "{\"optimizer\": {\"module\": \"keras.optimizers.legacy\", \"class_name\": \"Adam\", \"config\": {" \
    "\"learning_rate\": 0.5}, \"registered_name\": null}, \"loss\": \"mse\"}"

/* Keras 2 keeps its class and restores no variables; Horn has them again. */
START_TEST(test_parts__legacy_optimizers_keep_their_class)
{
    hdf5_file *file = small_file("/layers");
    snapshot *s = read_zip(zip_of(MODEL(BOTH, LEGACY), file, WEIGHTS)), *back;
    ck_assert(config_is_true(config_get(config_get(s->optimizer, "config"), "is_legacy_optimizer")));
    snapshot *full = read_golden("keras2.15/Clegacy_adam", ".h5");
    bytes content = write_keras(full, "keras2");
    ck_ok(read_bytes(&back, &content, "m.keras", 0));
    check_same_value(back->optimizer, full->optimizer, "legacy");
    check_same_slots(back, full, "legacy");
    zip_file *zip = open_zip(&content);
    config *model = json_in(zip, "config.json");
    ck_assert_str_eq(
        config_get_string(config_get(config_get(model, "compile_config"), "optimizer"), "module"),
        "keras.optimizers.legacy");
    config_free(model);
    zip_file_close(zip);
    bytes_free(&content);
    snapshot_free(s), snapshot_free(full), snapshot_free(back);
}
END_TEST

#define SQUARE(NAME)                                                                             \
    "{\"module\": \"keras.layers\", \"class_name\": \"Dense\", \"config\": {\"name\": \"" NAME   \
    "\", \"units\": 3, "                                                                         \
    "\"use_bias\": false, \"kernel_initializer\": {\"class_name\": \"Ones\", \"config\": {}}}, " \
    "\"registered_name\": null}"

/* Shapes cannot tell momentum from velocity where all weights have one shape. */
START_TEST(test_parts__legacy_slots_keep_their_order)
{
    hdf5_file *file;
    ck_ok(hdf5_file_create(&file));
    put(file, "/layers/dense/vars/0", 3, 3);
    put(file, "/layers/dense_1/vars/0", 3, 3);
    put_iteration(file);
    for (size_t i = 1; i < 5; i++) { /* momentum and velocity of one weight after the other */
        char path[64];
        float values[9] = { (float)i };
        horn_view view = { .data = values, .dtype = HORN_FLOAT32, .rank = 2, .shape = { 3, 3 } };
        snprintf(path, sizeof path, "/optimizer/vars/%zu", i);
        ck_ok(hdf5_write_dataset(file, path, &view));
    }
    snapshot *s = read_zip(zip_of(MODEL(SQUARE("a") ", " SQUARE("b"), LEGACY), file, WEIGHTS)), *back;
    ck_assert_str_eq(s->slots[1].name, "velocity");
    ck_assert(((float *)s->slots[1].tensors[0].data)[0] == 2);
    bytes content = write_keras(s, "keras2");
    ck_ok(read_bytes(&back, &content, "m.keras", 0));
    check_same_slots(s, back, "legacy");

    zip_file *zip = open_zip(&content); /* an initializer that said no module has one */
    config *model = json_in(zip, "config.json");
    const config *layer = config_at(config_get(config_get(model, "config"), "layers"), 1);
    ck_assert_str_eq(
        config_get_string(config_get(config_get(layer, "config"), "kernel_initializer"), "module"),
        "keras.initializers");
    config_free(model);
    zip_file_close(zip);
    bytes_free(&content);
    snapshot_free(s), snapshot_free(back);
}
END_TEST

/* A class of a user's package is called by its registered name, as in .h5. */
START_TEST(test_parts__registered_names_are_kept)
{
    static const char own[] =
        "{\"module\": \"mine\", \"class_name\": \"Strange\", \"config\": {\"name\": \"s\"}, "
        "\"registered_name\": \"Mine>Strange\"}";
    char json[2048];
    snprintf(json, sizeof json, MODEL("%s, " BOTH, "null"), own);
    hdf5_file *file = small_file("/layers");
    put(file, "/layers/strange/vars/0", 2, 2);
    snapshot *s = read_zip(zip_of(json, file, WEIGHTS)), *back;
    ck_assert_str_eq(s->layers[0].class_name, "Mine>Strange");
    ck_assert_uint_eq(s->layers[0].tensor_count, 1);
    bytes content = write_keras(s, NULL);
    zip_file *zip = open_zip(&content);
    config *model = json_in(zip, "config.json");
    const config *written = config_at(config_get(config_get(model, "config"), "layers"), 1);
    ck_assert_str_eq(config_get_string(written, "class_name"), "Strange");
    ck_assert_str_eq(config_get_string(written, "registered_name"), "Mine>Strange");
    ck_assert(config_is_null(config_get(written, "module")));
    ck_ok(read_bytes(&back, &content, "m.keras", 0));
    check_same_model(s, back, "registered");
    config_free(model);
    zip_file_close(zip);
    bytes_free(&content);
    snapshot_free(s), snapshot_free(back);
}
END_TEST

/* In `both` the rate in use is a schedule that says it for ever, and a number again when it is read. */
START_TEST(test_parts__both_says_the_learning_rate_as_a_schedule)
{
    snapshot *s = read_golden("keras3.15/A4", ".keras"), *back;
    s->learning_rate = 0.25f;
    bytes content = write_keras(s, "both");
    zip_file *zip = open_zip(&content);
    config *model = json_in(zip, "config.json");
    const config *rate = config_get(
        config_get(config_get(config_get(model, "compile_config"), "optimizer"), "config"), "learning_rate");
    double said;
    ck_assert_str_eq(config_get_string(rate, "class_name"), "ExponentialDecay");
    ck_assert(config_number(config_get(config_get(rate, "config"), "initial_learning_rate"), &said));
    ck_assert(said == 0.25);
    ck_ok(read_bytes(&back, &content, "m.keras", 0));
    ck_assert(!back->has_learning_rate);
    ck_assert(config_number(config_get(config_get(back->optimizer, "config"), "learning_rate"), &said));
    ck_assert(said == 0.25);
    check_same_slots(s, back, "both");
    config_free(model);
    zip_file_close(zip);
    bytes_free(&content);
    snapshot_free(s), snapshot_free(back);
}
END_TEST

START_TEST(test_parts__progress_is_kept)
{
    snapshot *s = read_golden("keras2.15/Csgdm", ".keras"), *back;
    s->progress = config_object();
    config_set_integer(s->progress, "epoch", 3);
    s->parts |= PART_PROGRESS;
    bytes content = write_keras(s, NULL);
    ck_ok(read_bytes(&back, &content, "m.keras", 0));
    check_same_model(s, back, "progress");
    check_same_value(s->progress, back->progress, "progress");
    bytes_free(&content);
    snapshot_free(s), snapshot_free(back);
}
END_TEST

TEST_MAIN(test_parts__a_file_in_parts_is_read, test_parts__what_is_left_out_of_the_settings,
          test_parts__legacy_optimizers_keep_their_class, test_parts__legacy_slots_keep_their_order,
          test_parts__registered_names_are_kept, test_parts__both_says_the_learning_rate_as_a_schedule,
          test_parts__progress_is_kept)
