/* Between a model and its neutral picture. save_load.c alone uses both this and the formats. */
#ifndef MODEL_FILES_SNAPSHOT_OF_MODEL_H
#define MODEL_FILES_SNAPSHOT_OF_MODEL_H

#include "model/model.h"
#include "snapshot/schema.h"

/* Paints those parts of the model that it has and that are asked for. */
HORN_CHECKED horn_status snapshot_of_model(snapshot **out, const horn_model *, unsigned parts);

/* model_from_snapshot.c: a new model from a picture that has an architecture; then what it has of weights, training and optimizer
 * state. */
HORN_CHECKED horn_status model_from_snapshot(horn_model **out, const snapshot *, const horn_load_options *,
                                             const char *name);

/* The layers of a picture with an architecture to an empty model. On failure those before the first that cannot be added
 * are in it. */
HORN_CHECKED horn_status model_add_layers(horn_model *, const snapshot *);

/* schema_of_model.c: what readers of files ask. `model`, which is borrowed, or NULL: what the file's weights are for. */
schema model_schema(const snapshot *model);
/* The weights of a model's layers, without values, to a snapshot of its architecture that has none. */
HORN_CHECKED horn_status model_describe_weights(snapshot *, const horn_model *);
/* Architecture, weights without values and compile settings of a built model: for `model_schema`. */
HORN_CHECKED horn_status snapshot_without_values(snapshot **out, const horn_model *);

/* Weights of a picture into a built model, layers with weights paired in order; the optimizer's variables too, where both
 * have them. */
HORN_CHECKED horn_status model_take_weights(horn_model *, const snapshot *, const char *name);

/* Weights, optimizer state and progress into a compiled model. */
HORN_CHECKED horn_status model_take_run(horn_model *, const snapshot *, const char *name);

#endif
