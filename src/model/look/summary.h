/* The table that Keras 2.15 prints for model.summary(), byte for byte; also for models with layers that Horn does not
 * know. */
#ifndef MODEL_LOOK_SUMMARY_H
#define MODEL_LOOK_SUMMARY_H

#include "model/model.h"

typedef struct summary_row {
    const char *name, *class_name;
    /* NULL: not known. */
    const shape *output;
    /* Numbers of parameters. */
    size_t trainable, frozen;
    /* The numbers are unknown: "?"; the totals are "at least". */
    bool is_unknown;
} summary_row;

/* Borrows its names and output shape. */
summary_row summary_row_of(const call *c);
/* The caller frees the text. */
HORN_CHECKED horn_status summary_print(char **text, const char *model, const summary_row *rows, size_t count);

#endif
