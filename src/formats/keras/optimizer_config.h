/* One optimizer's {class_name, config} between Keras' dialects and the neutral form of training.h. */
#ifndef FORMATS_KERAS_OPTIMIZER_CONFIG_H
#define FORMATS_KERAS_OPTIMIZER_CONFIG_H

#include "formats/keras/dialect.h"

/* A legacy optimizer where `is_legacy` says so, where the arguments do, or, with `plain_is_legacy`, where
 * they are silent and the class is not one of Custom>. */
HORN_CHECKED horn_status keras_optimizer_config_read(config **out, const config *value, bool plain_is_legacy,
                                                     bool is_legacy, const char *where);

/* The `decay`, which the neutral form has as a schedule; false if there is none. */
bool keras_optimizer_decay(const config *optimizer, double *out);

/* learning_rate, where not NULL, stands for the argument if they differ as float32. */
HORN_CHECKED horn_status keras_optimizer_config_write(config **out, const config *optimizer,
                                                      const float *learning_rate, keras_dialect dialect,
                                                      const char *where);

#endif
