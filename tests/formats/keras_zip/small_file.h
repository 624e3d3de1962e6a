/* A small model whose parts can be changed, as a .keras file. */
#ifndef TESTS_SMALL_FILE_H
#define TESTS_SMALL_FILE_H

#include "codecs/zip/writer.h"
#include "formats/keras_zips.h"
#include "finish.h"

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

static inline void put(hdf5_file *file, const char *path, size_t rows, size_t columns)
{
    horn_view view = { .data = numbers, .dtype = HORN_FLOAT32 };
    if (rows) view.shape[view.rank++] = rows;
    if (columns) view.shape[view.rank++] = columns;
    ck_ok(hdf5_write_dataset(file, path, &view));
}

/* Two Dense layers on 3 inputs: of 2 and of 1 unit. */
static inline hdf5_file *small_file(const char *root)
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

static inline void put_iteration(hdf5_file *file)
{
    static const int64_t seven = 7;
    ck_ok(hdf5_write_dataset(file, "/optimizer/vars/0", &(horn_view){ .data = &seven, .dtype = HORN_INT64 }));
}

/* Takes the file; NULL leaves a member out. */
static inline bytes zip_of(const char *json, hdf5_file *file, const char *weights_name)
{
    zip_writer *zip;
    bytes archive = { 0 }, h5 = { 0 };
    pieces into = { 0 };
    ck_ok(zip_writer_new(&zip, &into));
    ck_ok(zip_writer_add(zip, "assets/words.txt", "words", 5, 0));
    if (file) {
        ck_ok(finish_hdf5(file, &h5));
        ck_ok(zip_writer_add(zip, weights_name, h5.data, h5.size, 0));
        bytes_free(&h5);
    }
    if (json) ck_ok(zip_writer_add(zip, "config.json", json, strlen(json), 0));
    ck_ok(zip_writer_finish(zip));
    archive = into.own;
    zip_writer_free(zip);
    return archive;
}

#define WEIGHTS "model.weights.h5"
#define BOTH    DENSE("first", "2") ", " DENSE("second", "1")

static inline snapshot *read_zip(bytes archive)
{
    snapshot *s;
    ck_ok(read_bytes(&s, &archive, "small.keras", 0));
    bytes_free(&archive);
    return s;
}

#endif
