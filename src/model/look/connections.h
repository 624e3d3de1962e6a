/* The column "Connected to" of a summary. */
#ifndef MODEL_LOOK_CONNECTIONS_H
#define MODEL_LOOK_CONNECTIONS_H

#include "model/look/summary.h"
#include "snapshot/snapshot.h"

/* Sets the connections of rows that stand for the layers of a model with these calls; `input` names the model's input. */
HORN_CHECKED horn_status connections_add(summary_row *rows, size_t layers, const char *input,
                                         const snapshot_call *calls, size_t count);
/* The same of a model that is no chain. */
HORN_CHECKED horn_status connections_of_model(summary_row *rows, const horn_model *, const char *input);
void connections_free(summary_row *rows, size_t count);

#endif
