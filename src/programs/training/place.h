/* Where a run's checkpoints go if nobody says: into a directory of its own, checkpoints/<model>-<optimizer>-<checksum>, which
 * the same command finds again. */
#ifndef PROGRAMS_TRAINING_PLACE_H
#define PROGRAMS_TRAINING_PLACE_H

#include <horn/model.h>

typedef struct place {
    char template[1024];
    char others[1024]; /* a line for a run that begins: where other runs of a model of that name are; or "" */
} place;

/* `model_path` is what was said with --model; identity as for horn_model_checkpoint. */
HORN_CHECKED horn_status place_choose(place *, const char *model_path, horn_model *model,
                                      const char *const *identity);

#endif
