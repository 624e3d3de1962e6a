/* The config.json of a .keras: the architecture (keras/architecture.h) and the compile settings; every object names its
 * module and the name under which a user registered it.
 *
 *     {"module": "keras", "class_name": "Sequential", "config": {"name": ..., "layers": [
 *          {"module": "keras.layers", "class_name": "Dense", "config": {...}, "registered_name": null}, ...]},
 *      "registered_name": null, "build_config": {"input_shape": [null, 28, 28]},
 *      "compile_config": {"optimizer": {...} or "adam", "loss": {...} or "mse", "metrics": ["accuracy"], ...}}
 *
 * A class of a user's package has "registered_name": "package>Name" and is called "package>Name" in the snapshot, as in .h5.
 * Modules are ignored, except keras.optimizers.legacy. */
#ifndef FORMATS_KERAS_ZIP_ARCHIVE_CONFIG_H
#define FORMATS_KERAS_ZIP_ARCHIVE_CONFIG_H

#include "formats/keras_h5/store.h"

/* Reads the architecture, and the compile settings unless they are left out. *has_optimizer: the settings name an optimizer;
 * otherwise Keras uses its default, and the file has no variables of it. */
HORN_CHECKED horn_status keras_zip_config_read(snapshot *out, const config *model, unsigned leave_out,
                                               bool *has_optimizer, const char *where);

/* The caller owns *out. */
HORN_CHECKED horn_status keras_zip_config_write(config **out, const snapshot *s, unsigned parts,
                                                keras_store_dialect dialect, const char *where);

#endif
