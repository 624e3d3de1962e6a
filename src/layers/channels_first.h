/* Layers with `data_format` "channels_first" compute with the channels last, like all others: their input is turned in front of
 * them, and their output behind them. */
#ifndef LAYERS_CHANNELS_FIRST_H
#define LAYERS_CHANNELS_FIRST_H

#include "layers/layer.h"

/* Move the first axis behind the others, and the last one in front of them. */
extern const layer channels_to_last, channels_to_first;

#endif
