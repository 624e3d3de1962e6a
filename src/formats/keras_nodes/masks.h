/* Masks in the configs of Keras 3, which records what computes them as layers, and gives them to calls by keyword:
 *
 *     not_equal = NotEqual(x, 0.0)          Masking's; Embedding's is NotEqual(x, 0) alone
 *     masking = Masking(mask_value=0.0)(x)
 *     any = Any(not_equal, axis=-1)
 *     lstm = LSTM(...)(masking, mask=any)
 *
 * Horn computes them itself: a keyword is left out if it is the mask that the layer's input has anyway. Keras 3 records them anew when
 * it loads a file without them. */
#ifndef FORMATS_KERAS_NODES_MASKS_H
#define FORMATS_KERAS_NODES_MASKS_H

#include "config/config.h"

/* *out: a copy of the list of layers without such keywords, and without the layers that computed them; NULL if it has none. The caller
 * owns *out. Any other mask by keyword is UNSUPPORTED. `where` begins error lines. */
HORN_CHECKED horn_status node_masks_read(config **out, const config *layers, const char *where);

#endif
