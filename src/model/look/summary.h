/* The table that Keras 2.15 prints for model.summary(), byte for byte; also for models with unknown layers. */
#ifndef MODEL_LOOK_SUMMARY_H
#define MODEL_LOOK_SUMMARY_H

#include "model/model.h"

typedef struct summary_row {
    const char *name, *class_name;
    /* NULL: unknown. */
    const shape *output;
    /* Numbers of values in the weights. */
    size_t trainable, frozen;
    /* The numbers are unknown: printed as "?", and the totals as "at least". */
    bool is_unknown;
    /* Of a model's input, whose shape Keras prints as a list. */
    bool is_input;
    /* Of a model that is no chain: "['dense[0][0]']"; owned. The input's is NULL. */
    char *connections;
    /* It is called several times, with outputs of several shapes. */
    bool has_several;
} summary_row;

/* Of one layer, with the weights of those inside it. Borrows the layer's names and its output shape. */
summary_row summary_row_of(const horn_model *, size_t index);
/* Of a Functional's input, which Keras shows as its first row. It borrows from the model. */
summary_row summary_row_of_input(const horn_model *);
/* The caller frees the text. */
HORN_CHECKED horn_status summary_print(char **text, const char *model, const summary_row *rows, size_t count);

#endif
