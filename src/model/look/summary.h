/* The table that Keras 2.15 prints for model.summary(), byte for byte; also of models whose layers are not all known. */
#ifndef MODEL_LOOK_SUMMARY_H
#define MODEL_LOOK_SUMMARY_H

#include "model/model.h"

typedef struct summary_row {
    const char *name, *class_name;
    const shape *output;      /* NULL: not known */
    size_t trainable, frozen; /* params */
    bool is_unknown;          /* so are they: "?", and the sums are "at least" */
} summary_row;

summary_row summary_row_of(const call *c); /* borrows its names and output shape */
/* The caller frees the text. */
HORN_CHECKED horn_status summary_print(char **text, const char *model, const summary_row *rows, size_t count);

#endif
