/* The arrays of a model with several inputs or outputs: those of an .npz that have their names. */
#ifndef PROGRAMS_TRAINING_NAMED_H
#define PROGRAMS_TRAINING_NAMED_H

#include <stdbool.h>
#include <horn/horn.h>

bool named_is_needed(const horn_model *);
/* Reads the arrays of the inputs, or of the outputs that have a loss or metrics: NAME_test, or NAME. The first `samples` of each; 0: all. */
HORN_CHECKED horn_status named_load(horn_arrays **out, const horn_model *, const char *path, bool outputs,
                                    size_t samples);
/* Scales each input as scale_apply does. */
void named_scale(const char *scale, const horn_model *, horn_view *x);

#endif
