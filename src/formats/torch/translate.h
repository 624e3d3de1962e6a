/* Parts of torch_modules_of: a walk over the model's operations, which must be a chain. */
#ifndef FORMATS_TORCH_TRANSLATE_H
#define FORMATS_TORCH_TRANSLATE_H

#include "formats/torch/modules.h"
#include "snapshot/graph.h"

typedef struct torch_walk {
    torch_modules *out;
    const snapshot *snapshot;
    const graph *graph;
    const char *where;
    /* The layer, and the value that the modules so far give. */
    size_t layer, value;
    /* The shape of that value in Keras. */
    shape shape;
    /* It is a flattened image, whose values stand in PyTorch's order: its height, width, channels. */
    bool is_split;
    size_t image[3];
    /* Of a BiasAdd that a module has taken, so that it is not met again; NO_VALUE: none. */
    size_t bias;
} torch_walk;

/* What Keras' `same` adds before and after along each axis: height, width. */
typedef struct torch_padding {
    size_t before[2], after[2];
} torch_padding;

/* ---- translate.c ---- */

/* Appends a module of the walk's layer; borrowed until the next one. */
HORN_CHECKED horn_status torch_add(torch_walk *, const char *class_name, torch_module **out,
                                   const char *arguments, ...) __attribute__((format(printf, 4, 5)));
/* Appends a line to the notes, about the walk's layer. */
void torch_note(torch_walk *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Fails for the walk's layer: names it. */
HORN_CHECKED horn_status torch_refuse(const torch_walk *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "3", "(3, 5)". */
void torch_put_pair(bytes *out, const size_t pair[2]);

/* own.c: modules of classes that torch.nn does not have, which a module's source defines. */
HORN_CHECKED horn_status torch_bent_relu(torch_walk *, const operation *select);
HORN_CHECKED horn_status torch_own_reshape(torch_walk *, const shape *to);
HORN_CHECKED horn_status torch_own_average(torch_walk *, const operation *, const torch_padding *);
HORN_CHECKED horn_status torch_own_normalization(torch_walk *, torch_module **out, const char *arguments);

/* layers.c: modules with tensors. */
/* The weight that the operation takes; NULL: there is none. */
const operation *torch_weight_of(const torch_walk *, const operation *, int input);
/* Appends the place of a weight. In PyTorch axis i is axis order[i] of `split`, the weight's shape split further; the tensor has
 * `axes` axes. */
void torch_add_place(torch_module *, const char *name, const operation *weight, const size_t *split,
                     const int *order, int axes);
HORN_CHECKED horn_status torch_transposed(torch_walk *, const operation *);
/* Appends the module of an activation that takes no arguments; `kind` may be none. */
HORN_CHECKED horn_status torch_activation(torch_walk *, operation_kind kind);
/* Whether it is an activation that a module of its own computes, softmax left out. */
bool torch_is_activation(operation_kind kind);
HORN_CHECKED horn_status torch_linear(torch_walk *, const operation *);
HORN_CHECKED horn_status torch_convolution(torch_walk *, const operation *);
HORN_CHECKED horn_status torch_normalization(torch_walk *, const operation *);
/* sequences.c */
HORN_CHECKED horn_status torch_recurrent(torch_walk *, const operation *);
HORN_CHECKED horn_status torch_embedding(torch_walk *, const operation *);
/* steps.c: the layers Conv1D, MaxPooling1D and AveragePooling1D, and the global ones. */
HORN_CHECKED horn_status torch_conv1d(torch_walk *);
HORN_CHECKED horn_status torch_pool1d(torch_walk *);
HORN_CHECKED horn_status torch_global_pool1d(torch_walk *);
/* whole.c: a layer of several operations that is one module. */
HORN_CHECKED horn_status torch_whole_layer(torch_walk *, bool *is_whole);
/* images.c */
HORN_CHECKED horn_status torch_enlarge(torch_walk *, const operation *);
HORN_CHECKED horn_status torch_crop(torch_walk *, const operation *);
HORN_CHECKED horn_status torch_pool(torch_walk *, const operation *);
HORN_CHECKED horn_status torch_global_pool(torch_walk *, const operation *);
HORN_CHECKED horn_status torch_pad(torch_walk *, const operation *);
HORN_CHECKED horn_status torch_reshape(torch_walk *, const operation *);
/* Appends an explicit zero pad if the convolution needs one; sets the padding of the convolution itself, as an argument or "". */
HORN_CHECKED horn_status torch_pad_convolution(torch_walk *, const operation *, bytes *padding);

#endif
