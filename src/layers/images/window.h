/* Windows that pass over an image, as convolutions and pooling layers have them: their size, their steps and
 * their padding as Keras' arguments say, and where they fall in an image of a given size. Pairs are (y, x).
 *
 * padding "same" is TensorFlow's: ceil(n / stride) windows, and zeros for what these need beyond the image,
 * the odd one behind. */
#ifndef LAYERS_IMAGES_WINDOW_H
#define LAYERS_IMAGES_WINDOW_H

#include "layers/call.h"

typedef struct window {
    size_t size[2], stride[2], dilation[2];
    bool same; /* padding; else "valid" */
} window;

typedef struct window_fit {
    size_t out[2]; /* how many windows */
    size_t pad[2]; /* in front of the image */
} window_fit;

/* Arguments that both kinds of layers have; the caller sets defaults before. A stride of 0 becomes the size.
 */
void window_read(window *, config_reader *, const char *size_key);
/* Each is at most 2^31 - 1. */
void window_read_pair(config_reader *, const char *key, size_t out[2]);
/* Strides and dilations above 1 at once, which Keras refuses, too. */
void window_check_dilation(const window *, config_reader *);
void window_describe_padding(const window *, config *); /* "valid" or "same" */

/* For build and place: the input is an image (height, width, channels); where the windows fall in it. Fails where there
 * would be none. */
HORN_CHECKED horn_status window_check_image(const layer *, const shape *input);
HORN_CHECKED horn_status window_place(window_fit *out, const window *, const layer *, const shape *input);

void window_operate(const window *, operation *); /* its numbers */

/* For constructors: says the argument unless both are 0; a second 0 stands for the first. */
void window_set_pair(config *, const char *key, const size_t pair[2]);

#endif
