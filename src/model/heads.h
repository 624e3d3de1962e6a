/* The heads of a model: what compiling makes of the loss and metrics of each output. */
#ifndef MODEL_HEADS_H
#define MODEL_HEADS_H

#include "model/model.h"

/* Frees the list and what is in it. */
void heads_free(model_head *, size_t count);

/* Makes the heads of a model that is built, and takes what the options have; takes nothing on failure. */
HORN_CHECKED horn_status heads_of_options(model_head **out, const horn_model *, const horn_compile_options *);
/* The error of a loss or metric that could not be made. */
HORN_CHECKED horn_status heads_given_status(const horn_compile_options *);
/* Frees the losses and metrics of the options. */
void heads_free_given(const horn_compile_options *);

/* Fails unless an output has a loss, and each that has one a known number of columns. */
HORN_CHECKED horn_status heads_check(const horn_model *, const model_head *);
/* Makes the names of the logs; *figures: how many there are without "val_". */
HORN_CHECKED horn_status heads_name_logs(char *names[HORN_MAX_LOGS], size_t *figures, const horn_model *,
                                         const model_head *);
/* The losses in neutral form (snapshot.h), and as Python writes them. The caller owns *out. */
HORN_CHECKED horn_status heads_describe_loss(config **out, const horn_model *, const model_head *);
HORN_CHECKED horn_status heads_print_loss(char **out, const horn_model *, const model_head *);
/* Finds a place for the states of the compiled model's metrics. */
void heads_lay_out(horn_model *);

#endif
