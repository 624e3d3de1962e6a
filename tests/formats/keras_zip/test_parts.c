/* A small model whose parts can be changed, and what a .keras may leave out or must not say. */
#include "codecs/zip/writer.h"
#include "formats/keras_zips.h"

#define DENSE(NAME, UNITS)                                                                                  \
    "{\"module\": \"keras.layers\", \"class_name\": \"Dense\", \"config\": {\"name\": \"" NAME              \
    "\", \"units\": " UNITS ", \"kernel_initializer\": {\"module\": \"keras.initializers\", \"class_name\"" \
    ": \"Zeros\", \"config\": {}, \"registered_name\": null, \"shared_object_id\": 140178190616464}, "      \
    "\"bias_initializer\": \"zeros\"}, \"registered_name\": null}"
#define MODEL(LAYERS, COMPILE)                                                                               \
    "{\"module\": \"keras\", \"class_name\": \"Sequential\", \"config\": {\"name\": \"small\", \"layers\": " \
    "[{\"module\": \"keras.layers\", \"class_name\": \"InputLayer\", \"config\": {\"batch_shape\": [null, "  \
    "3]}, "                                                                                                  \
    "\"registered_name\": null}, " LAYERS "]}, \"registered_name\": null, \"compile_config\": " COMPILE "}"
#define ADAM "{\"optimizer\": \"adam\", \"loss\": \"mse\", \"metrics\": [\"mae\"]}"

static const float numbers[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

static void put(hdf5_file *file, const char *path, size_t rows, size_t columns)
{
    horn_view view = { .data = numbers, .dtype = HORN_FLOAT32 };
    if (rows) view.shape[view.rank++] = rows;
    if (columns) view.shape[view.rank++] = columns;
    ck_ok(hdf5_write_dataset(file, path, &view));
}

/* Two Dense layers on 3 inputs: of 2 and of 1 unit. */
static hdf5_file *small_file(const char *root)
{
    static const char *const names[] = { "dense", "dense_1" };
    char path[128];
    hdf5_file *file;
    ck_ok(hdf5_file_create(&file));
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s/vars/0", root, names[i]);
        put(file, path, i ? 2 : 3, i ? 1 : 2);
        snprintf(path, sizeof path, "%s/%s/vars/1", root, names[i]);
        put(file, path, i ? 1 : 2, 0);
    }
    return file;
}

static void put_iteration(hdf5_file *file)
{
    static const int64_t seven = 7;
    ck_ok(hdf5_write_dataset(file, "/optimizer/vars/0", &(horn_view){ .data = &seven, .dtype = HORN_INT64 }));
}

/* Takes the file; NULL leaves a member out. */
static bytes zip_of(const char *json, hdf5_file *file, const char *weights_name)
{
    zip_writer *zip;
    bytes archive = { 0 }, h5 = { 0 };
    ck_ok(zip_writer_new(&zip, &archive));
    ck_ok(zip_writer_add(zip, "assets/words.txt", "words", 5, 0));
    if (file) {
        ck_ok(hdf5_file_finish(file, &h5));
        ck_ok(zip_writer_add(zip, weights_name, h5.data, h5.size, 0));
        bytes_free(&h5);
    }
    if (json) ck_ok(zip_writer_add(zip, "config.json", json, strlen(json), 0));
    ck_ok(zip_writer_finish(zip));
    zip_writer_free(zip);
    return archive;
}

#define WEIGHTS "model.weights.h5"
#define BOTH    DENSE("first", "2") ", " DENSE("second", "1")

static snapshot *read_zip(bytes archive)
{
    snapshot *s;
    ck_ok(read_bytes(&s, &archive, "small.keras", 0));
    bytes_free(&archive);
    return s;
}

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
        ck_assert_uint_eq(s->parts, PART_ARCHITECTURE | PART_WEIGHTS | PART_TRAINING | PART_OPTIMIZER);
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
        { "{\"loss\": \"mse\"}", PART_TRAINING }, /* Keras 3 forgets its optimizer after it saved an .h5 */
        { "{\"optimizer\": \"sgd\"}", PART_TRAINING | PART_OPTIMIZER },
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

START_TEST(test_parts__parts_that_are_not_known_are_left_out)
{
    check_left_out(without("dtype"), PART_WEIGHTS, "bfloat16");
    check_left_out(without("slots"), PART_OPTIMIZER, "/optimizer/vars");
    check_left_out(zip_of(MODEL(BOTH, ADAM), small_file("/layers"), "model.weights.npz"), PART_WEIGHTS,
                   "model.weights.npz");
}
END_TEST

START_TEST(test_parts__broken_parts_are_refused_by_name)
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

START_TEST(test_parts__refuses_to_write_what_it_cannot)
{
    snapshot *s = read_golden("keras3.15/Csgdm", ".keras");
    bytes content = { 0 };
    ck_fails(write_named(&content, s, "keras", "legacy", "m.keras", 0), HORN_ERROR_ARGUMENT, "'legacy'");
    ck_fails(write_named(&content, s, "keras", NULL, "m.h5", 0), HORN_ERROR_ARGUMENT, "the suffix .h5");
    ck_fails(write_named(&content, s, "keras", NULL, "m.keras", PART_WEIGHTS), HORN_ERROR_ARGUMENT,
             "without weights");
    ck_fails(write_named(&content, s, "keras", NULL, "m.keras", PART_ARCHITECTURE), HORN_ERROR_ARGUMENT,
             "without an architecture");
    ck_ok(write_named(&content, s, "keras", NULL, "m.keras", PART_TRAINING));
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

START_TEST(test_parts__no_truncation_or_bit_flip_gets_through)
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

TEST_MAIN(test_parts__a_file_in_parts_is_read,
          test_parts__what_is_left_out_of_the_settings,
          test_parts__legacy_optimizers_keep_their_class,
          test_parts__legacy_slots_keep_their_order,
          test_parts__registered_names_are_kept,
          test_parts__both_says_the_learning_rate_as_a_schedule,
          test_parts__progress_is_kept, test_parts__parts_that_are_not_known_are_left_out,
          test_parts__broken_parts_are_refused_by_name,
          test_parts__refuses_to_write_what_it_cannot,
          test_parts__no_truncation_or_bit_flip_gets_through)
