/* A model as the modules of a torch.nn.Sequential: what PyTorch's formats know of layouts and names stands here alone.
 *
 * The list is made from the model's operations (snapshot/graph.h): each kind of operation has its module, and a table says which
 * tensors a module has, which weight each of them is, and how its axes are ordered. Modules without tensors count, as they do
 * in the names of a state_dict: "0.weight". Images are [channels, height, width] in PyTorch, and their values stand in that
 * order behind a Flatten: the rows of the next Linear, and the vectors of a BatchNorm1d between them, are permuted.
 *
 *     Keras                      PyTorch
 *     kernel            io       weight                oi
 *     kernel            hwio     weight                oihw
 *     depthwise_kernel  hwcm     weight                (cm)1hw    groups = channels
 *     bias              o        bias                  o
 *     gamma, beta       c        weight, bias          c          ones, zeros if the layer has none
 *     moving_mean, ...  c        running_mean, ...     c
 *     alpha             c        weight                c
 *     embeddings        io       weight                io
 *     kernel            io       weight_ih_l0          oi         an LSTM's gates are in the same order
 *     recurrent_kernel  io       weight_hh_l0          oi
 *     bias              o        bias_ih_l0            o          bias_hh_l0 is 0, and is added when it is read
 *     bias              2o       bias_ih_l0, bias_hh_l0  o        of a GRU, whose gates r, z stand in the other order
 *     kernel            tio      weight                oit        of sequences
 *     (none)                     num_batches_tracked   a number   the optimizer's step; ignored when read */
#ifndef FORMATS_TORCH_MODULES_H
#define FORMATS_TORCH_MODULES_H

#include "snapshot/snapshot.h"

/* A tensor of a module: which weight it is, and its layout. */
typedef struct torch_place {
    /* "weight", "running_mean". Static. */
    const char *name;
    /* The weight's layer in the snapshot, and its name there; NULL: the model has no such weight. Borrowed. */
    size_t layer;
    const char *weight;
    /* What all elements are if there is no weight. */
    double fill;
    /* If there is no weight: the layer's weight to which the tensor is added when it is read; NULL: it must be `fill`. */
    const char *added_to;
    horn_dtype dtype;
    /* An nn.Parameter; else a buffer. */
    bool is_parameter;
    /* In PyTorch. */
    int rank;
    size_t shape[HORN_MAX_RANK];
    /* The axes of the weight, split as far as the layout needs, and their order in PyTorch: axis i there is axis order[i]. */
    int axes;
    size_t split[4];
    int order[4];
    /* A part of the weight: its elements from `first` on, of `of` in all; of 0: all of it. */
    size_t first, of;
    /* The first two of the three parts of this axis of `split` change places, as a GRU's gates do: 1 + its number; 0: none. */
    int swapped;
} torch_place;

enum { TORCH_MOST_PLACES = 5 };

typedef struct torch_module {
    /* What a state_dict calls it: "0"; "features.0". */
    char *name;
    /* Of torch.nn: "Conv2d". Static. */
    const char *class_name;
    /* If torch.nn has no such class: its source in Python. Static; else NULL. */
    const char *source;
    /* As Python writes them: "1, 32, kernel_size=3". */
    char *arguments;
    /* Why it is there, if no layer of the model is it; else NULL. */
    char *comment;
    /* As torch counts the versions of its classes. */
    int version;
    /* The layer in the snapshot. */
    size_t layer;
    torch_place places[TORCH_MOST_PLACES];
    size_t place_count;
} torch_module;

typedef struct torch_modules {
    torch_module *items;
    size_t count, capacity;
    /* Lines of a report: what is not as in Keras. */
    bytes notes;
} torch_modules;

/* Translates an architecture with PART_OPERATIONS whose tensors may be without values. `names`: lines "LAYER = NAME" or
 * "INDEX = NAME", ended by NULL, that give modules other names than their index; may be NULL. Fails for a layer that PyTorch has
 * no module for, and names it. Free `out` after a failure, too. It borrows names of weights. */
HORN_CHECKED horn_status torch_modules_of(torch_modules *out, const snapshot *, const char *const *names,
                                          const char *where);
void torch_modules_free(torch_modules *);

/* Reorders the elements of a weight as PyTorch has them, and back. Both blocks have as many elements of `size` bytes. Slots of an
 * optimizer have the layout of their weight. */
void torch_place_to(const torch_place *, size_t size, const void *weight, void *tensor);
void torch_place_from(const torch_place *, size_t size, const void *tensor, void *weight);
/* The number of elements. */
size_t torch_place_count(const torch_place *);
/* Those of the weight that it is, or is a part of. */
size_t torch_place_whole(const torch_place *);

#endif
