/* Sliding windows of convolution and pooling layers: size, strides, dilation and padding as in Keras' arguments, and the number
 * of windows in an image of a given size. Pairs are (y, x), in pixels.
 *
 * Padding "same" is TensorFlow's: ceil(n / stride) windows; zeros pad both sides, with the odd one at the end. */
#ifndef LAYERS_IMAGES_WINDOW_H
#define LAYERS_IMAGES_WINDOW_H

#include "layers/call.h"

typedef struct window {
    size_t size[2], stride[2], dilation[2];
    /* Padding is "same"; else "valid". */
    bool same;
} window;

typedef struct window_fit {
    /* Number of windows: the output's height and width. */
    size_t out[2];
    /* Rows and columns of zeros before the image. */
    size_t pad[2];
} window_fit;

/* Reads the arguments that both kinds of layers have; the caller sets the defaults before. A stride of 0 becomes the size. */
void window_read(window *, config_reader *, const char *size_key);
/* Reads an integer or a pair, each from 1 to 2^31 - 1. */
void window_read_pair(config_reader *, const char *key, size_t out[2]);
/* Refuses strides and dilations that are both above 1, as Keras does. */
void window_check_dilation(const window *, config_reader *);
/* Writes padding as "valid" or "same". */
void window_describe_padding(const window *, config *);

/* For build and place. The first refuses an input that is not [height, width, channels]; the second computes the windows and
 * fails if none fits into the image; an open axis has an open number of windows. */
HORN_CHECKED horn_status window_check_image(const layer *, const shape *input);
HORN_CHECKED horn_status window_place(window_fit *out, const window *, const layer *, const shape *input);

/* Fills the window's fields of an operation. */
void window_operate(const window *, operation *);

/* For constructors: sets the argument unless both numbers are 0; if only the second is 0, it becomes the first. */
void window_set_pair(config *, const char *key, const size_t pair[2]);

#endif
