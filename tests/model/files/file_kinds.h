/* The kinds of files that hold a model with Keras' weights: whole ones, and weights alone. */
#ifndef TESTS_MODEL_FILES_FILE_KINDS_H
#define TESTS_MODEL_FILES_FILE_KINDS_H

#include "test.h"

#include <horn/model.h>

static const struct file_kind {
    const char *file, *format, *dialect;
    bool is_whole;
} file_kinds[] = {
    { "a.h5", NULL, NULL, true },
    { "b.h5", NULL, "keras3", true },
    { "c.keras", NULL, NULL, true },
    { "d.keras", NULL, "keras2", true },
    { "e", "tf-checkpoint", NULL, true },
    { "f.weights.h5", NULL, NULL, false },
    { "g", "tf-weights", NULL, false },
    { "h.h5", "keras-h5-weights", NULL, false },
    { "i.weights.h5", NULL, "keras2", false },
};
enum { FILE_KINDS = sizeof file_kinds / sizeof *file_kinds };

/* Saves the model, and loads it; weights alone go into `other`, a model like it with other weights, which is taken. The caller frees
 * what it gives. */
static inline horn_model *file_kind_again(const struct file_kind *kind, horn_model *m, const char *path,
                                          horn_model *other)
{
    horn_model *again = other;
    const horn_save_options o = { .format = kind->format, .dialect = kind->dialect };
    if (kind->is_whole) {
        horn_model_free(other);
        ck_ok(horn_model_save(m, path, &o));
        ck_ok(horn_model_load(&again, path, &(horn_load_options){ .threads = 1 }));
    } else {
        ck_ok(horn_model_save_weights(m, path, &o));
        ck_ok(horn_model_load_weights(again, path));
    }
    return again;
}

#endif
