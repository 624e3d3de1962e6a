/* One optimizer's {class_name, config} between Keras' dialects and the neutral form of training.h. */
#ifndef FORMATS_KERAS_TRAINING_OPTIMIZER_CONFIG_H
#define FORMATS_KERAS_TRAINING_OPTIMIZER_CONFIG_H

#include "formats/keras/dialect.h"

/* An optimizer's config in neutral form; the caller owns *out. It is a legacy optimizer if `is_legacy` is true, if the arguments
 * say so, or, with `plain_is_legacy`, if they say nothing and the class is not "Custom>...". `where` begins error lines. */
HORN_CHECKED horn_status keras_optimizer_config_read(config **out, const config *value, bool plain_is_legacy,
                                                     bool is_legacy, const char *where);

/* The argument `decay`, which is a schedule in the neutral form; false if there is none. */
bool keras_optimizer_decay(const config *optimizer, double *out);

/* Refuses an optimizer with arguments that the dialect's optimizers do not have. */
HORN_CHECKED horn_status keras_optimizer_check(const config *optimizer, keras_dialect dialect,
                                               const char *where);

/* A dialect's {class_name, config}; the caller owns *out. `learning_rate` replaces the argument if both differ as float32; NULL:
 * it does not. `where` begins error lines. */
HORN_CHECKED horn_status keras_optimizer_config_write(config **out, const config *optimizer,
                                                      const float *learning_rate, keras_dialect dialect,
                                                      const char *where);

#endif
