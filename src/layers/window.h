/* Sliding windows of convolution and pooling layers: size, strides, dilation and padding as in Keras' arguments, and the number
 * of windows in an input of a given size.
 *
 * A layer has 1 to 3 axes beside the channels: (steps), (height, width) or (depth, height, width). Arrays here always have three
 * places, those of depth, height and width: a layer of fewer axes uses the last ones, and the others are 1 (paddings are 0). So
 * a sequence is an image of height 1.
 *
 * Padding "same" is TensorFlow's: ceil(n / stride) windows; zeros pad both sides, with the odd one at the end. "causal" pads
 * in front alone, so that window t ends in step t. */
#ifndef LAYERS_WINDOW_H
#define LAYERS_WINDOW_H

#include "layers/call.h"

enum { WINDOW_AXES = 3 };

typedef enum window_padding { WINDOW_VALID, WINDOW_SAME, WINDOW_CAUSAL } window_padding;

typedef struct window {
    /* That the layer has. */
    int axes;
    size_t size[WINDOW_AXES], stride[WINDOW_AXES], dilation[WINDOW_AXES];
    window_padding padding;
} window;

typedef struct window_fit {
    /* Sizes of the input. */
    size_t in[WINDOW_AXES];
    /* Number of windows: sizes of the output. */
    size_t out[WINDOW_AXES];
    /* Cells of zeros before the input. */
    size_t pad[WINDOW_AXES];
} window_fit;

/* A window of that size along each axis, with strides of that size and no dilation. */
window window_of(int axes, size_t size, size_t stride);

/* Reads the arguments that both kinds of layers have; the caller sets the defaults before. A stride of 0 becomes the size. */
void window_read(window *, config_reader *, const char *size_key, bool takes_causal);
/* Reads an integer or a list of one for each axis, each from `least` to 2^31 - 1. */
void window_read_sizes(const window *, config_reader *, const char *key, size_t least,
                       size_t out[WINDOW_AXES]);
/* Refuses strides and dilations that are both above 1, as Keras does. */
void window_check_dilation(const window *, config_reader *);
/* Write padding by its name, and one number for each axis. */
void window_describe_padding(const window *, config *);
void window_describe_sizes(const window *, config *, const char *key, const size_t sizes[WINDOW_AXES]);

/* For build and place. The first refuses an input that has not the window's axes and channels behind them; the second computes
 * the windows and fails if none fits into the input; an open axis has an open number of windows. */
HORN_CHECKED horn_status window_check_input(const window *, const layer *, const shape *input);
HORN_CHECKED horn_status window_place(window_fit *out, const window *, const layer *, const shape *input);
/* Sizes of the input along the three axes. */
void window_input(const window *, const shape *input, size_t out[WINDOW_AXES]);
/* [sizes, channels], without the axes that the layer does not have. */
shape window_shape(const window *, const size_t sizes[WINDOW_AXES], size_t channels);

/* Fills the window's fields of an operation on volumes, or on images, also if the layer has one axis. */
void window_operate(const window *, operation *);

/* For constructors: sets the argument to that many numbers unless all are 0; a 0 among them becomes the number before it. */
void window_set_sizes(config *, const char *key, const size_t *sizes, size_t count);

#endif
