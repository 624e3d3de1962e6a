/* The default directory of a run's checkpoints: checkpoints/<model>-<optimizer>-<checksum>. The same command finds it
 * again. */
#ifndef PROGRAMS_TRAINING_PLACE_H
#define PROGRAMS_TRAINING_PLACE_H

#include <horn/model.h>

typedef struct place {
    char template[1024];
    /* For a new run, a line about other runs of a model of that name; or "". */
    char others[1024];
} place;

/* `model_path` is the value of --model; identity as for horn_model_checkpoint. */
HORN_CHECKED horn_status place_choose(place *, const char *model_path, horn_model *model,
                                      const char *const *identity);

#endif
