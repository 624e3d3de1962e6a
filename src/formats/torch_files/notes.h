/* Horn's own note in files of PyTorch, which hold named tensors alone: what a state_dict has no place for, as one JSON object
 * where PyTorch does not look. With it a file is a whole model.
 *
 *     {"model_config": {...},            Keras' config of the architecture
 *      "training_config": {...},         the compile settings
 *      "input": {"divisor": 255},
 *      "progress": {...},                of a run
 *      "names": ["0 = conv1", ...]}      of modules that a user named */
#ifndef FORMATS_TORCH_FILES_NOTES_H
#define FORMATS_TORCH_FILES_NOTES_H

#include "formats/torch/state.h"

/* The note of those of `parts` that the snapshot has; *out is NULL if it has no architecture. The caller owns it. */
HORN_CHECKED horn_status torch_notes_write(config **out, const snapshot *, unsigned parts,
                                           const torch_modules *, const char *where);
/* Fills an empty snapshot but for `leave_out`. Settings that are not supported are left out. */
HORN_CHECKED horn_status torch_notes_read(snapshot *, const config *note, unsigned leave_out,
                                          const char *where);

/* Lines of names: those of the option, else those of the note, which may be NULL. */
typedef struct torch_lines {
    /* Ended by NULL; NULL: none. Borrowed from options and note. */
    const char *const *lines;
    const char **own;
} torch_lines;
HORN_CHECKED horn_status torch_lines_of(torch_lines *out, const format_options *, const config *note);
void torch_lines_free(torch_lines *);

#endif
