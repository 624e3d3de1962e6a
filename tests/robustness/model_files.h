/* What the tests of damaged and hostile models share: a small model as the files of a format, and reading such files from
 * memory, as a save that is pending. */
#ifndef TESTS_MODEL_FILES_H
#define TESTS_MODEL_FILES_H

#include "model/small_run.h"

#include <time.h>
#include "formats/format.h"
#include "model/files/snapshot_of_model.h"
#include "snapshot/graph.h"

enum { CARRIED = PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE | PART_OPTIMIZER, FILES = 7 };

static const char *const suffixes[FILES] = { "",
                                             ".index",
                                             ".data-00000-of-00001",
                                             "/saved_model.pb",
                                             "/keras_metadata.pb",
                                             "/variables/variables.index",
                                             "/variables/variables.data-00000-of-00001" };

typedef struct model_files {
    const format *format;
    char target[64];
    bytes files[FILES]; /* empty: is not there */
    bool foreign;       /* another program's, whose checksums are its own affair */
} model_files;

static snapshot *whole;

static inline void make_snapshot(void)
{
    static const float inputs[6] = { 1, 2, 3, -1, 0, 1 }, rows[4] = { 1, 0, 0, 1 };
    horn_model *m = NULL;
    horn_logs logs;
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 3, .threads = 1 }));
    ck_ok(horn_model_add(
        m, horn_dense(&(horn_dense_options){ .units = 2, .activation = "relu", .input_shape = { 3 } })));
    ck_ok(horn_model_add(m, horn_batch_normalization(NULL)));
    ck_ok(horn_model_add(m, horn_dropout(&(horn_dropout_options){ .rate = 0.5 })));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 2, .activation = "softmax" })));
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = horn_sgd(&(horn_sgd_options){ .momentum = 0.9 }),
                                    .loss = horn_categorical_crossentropy(NULL),
                                    .metrics = { horn_metric_by_name("accuracy") } }));
    ck_ok(horn_model_train_on_batch(
        &logs, m, &(horn_view){ .data = inputs, .dtype = HORN_FLOAT32, .rank = 2, .shape = { 2, 3 } },
        &(horn_view){ .data = rows, .dtype = HORN_FLOAT32, .rank = 2, .shape = { 2, 2 } }));
    ck_ok(snapshot_of_model(&whole, m, CARRIED | PART_OPERATIONS));
    horn_model_free(m);
}

static inline bytes copy_of(const void *data, size_t size)
{
    bytes copy = { .data = malloc(size + !size),
                   .size = size,
                   .capacity = size }; /* so that ASan sees its end */
    if (size) memcpy(copy.data, data, size);
    return copy;
}

static inline model_files write_model(const format *f)
{
    model_files made = { .format = f };
    transaction *t;
    const char *suffix = f->suffixes[0] ? f->suffixes[0] : "";
    snprintf(made.target, sizeof made.target, "/nowhere/m%s", suffix);
    ck_ok(transaction_begin(&t, made.target));
    ck_ok(f->write(whole, t, NULL));
    for (int i = 0; i < FILES; i++) {
        const pieces *found = transaction_content(t, suffixes[i]);
        if (found) pieces_copy(found, &made.files[i]);
    }
    snprintf(made.target, sizeof made.target, "%s",
             transaction_target(t)); /* without the slash of a directory */
    transaction_free(t);
    return made;
}

/* Those at a path. */
static inline model_files read_files(const char *format_name, const char *path)
{
    model_files found = { .foreign = true };
    ck_ok(format_by_name(&found.format, format_name));
    snprintf(found.target, sizeof found.target, "%s", path);
    for (int i = 0; i < FILES; i++) {
        char name[160];
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        if (file_read(&found.files[i], name, 0)) bytes_free(&found.files[i]);
    }
    return found;
}

static inline void free_files(model_files *m)
{
    for (int i = 0; i < FILES; i++) bytes_free(&m->files[i]);
}

/* Lists, verifies, reads and builds the model, one file of which has other content. */
static inline horn_status read_model(const model_files *m, int changed, const void *data, size_t size,
                                     snapshot **out)
{
    transaction *t;
    source from = { 0 };
    contents listed = { 0 };
    bytes report = { 0 };
    const format *f;
    horn_model *model = NULL;
    *out = NULL;
    ck_ok(transaction_begin(&t, m->target));
    for (int i = 0; i < FILES; i++) {
        bytes content = i == changed ? copy_of(data, size) : copy_of(m->files[i].data, m->files[i].size);
        if (m->files[i].data)
            ck_ok(transaction_add(t, suffixes[i], &content));
        else
            bytes_free(&content);
    }
    horn_status status = source_open_pending(&from, t);
    if (!status) status = format_by_content(&f, &from);
    if (!status && f->list) status = f->list(&listed, &from);
    if (!status && listed.verify) status = listed.verify(&listed, &report);
    if (!status) ck_ok(snapshot_new(out));
    const schema known = model_schema(!status && f->needs ? whole : NULL);
    if (!status) status = format_read(f, *out, &from, NULL, &known);
    if (!status) status = snapshot_need(*out, PART_WEIGHTS); /* as loading does */
    if (!status && (*out)->parts & PART_ARCHITECTURE)
        status = model_from_snapshot(&model, *out, &(horn_load_options){ .threads = 1 }, m->target);
    horn_model_free(model);
    contents_free(&listed);
    bytes_free(&report);
    source_close(&from);
    transaction_free(t);
    return status;
}

static inline double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

#endif
