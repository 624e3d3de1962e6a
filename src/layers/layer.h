/* A layer: its config and its weights; and the table of its class, through which everybody uses it. To add one: copy
 * core/dense.c, add its line to registry.c and its sample, one JSON file, to tests/conformance/samples/layers.
 *
 * A layer is built once, for the shapes of its inputs: that makes its weights. A use of it is a call (call.h), which is placed
 * for those shapes and computes. Shapes leave out the batch. */
#ifndef LAYERS_LAYER_H
#define LAYERS_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <horn/layers.h>
#include "base/failure.h"
#include "config/config_reader.h"
#include "functions/activation.h"
#include "functions/initializer.h"
#include "functions/regularizer.h"
#include "snapshot/graph.h"
#include "tensor/tensor.h"

typedef struct horn_layer layer;
typedef struct call call;
typedef struct lane lane;

typedef struct range {
    size_t first, end;
} range;

enum {
    /* y is x under another shape: forward and backward are NULL. */
    LAYER_IS_VIEW = 1,
    /* y is x unless training. */
    LAYER_IDLE_IN_INFERENCE = 2,
    /* Gradients of weights come from `gradient`, not from `backward`. */
    LAYER_GRADIENT_BY_PARTS = 4,
    /* Not a layer of the model: its input, said on its own. */
    LAYER_IS_INPUT = 8,
    /* forward applies relu to y, if lane->relu says that it comes next. */
    LAYER_APPLIES_RELU = 16,
    /* backward makes dx as it is before relu, if lane->relu says that x is relu's y. */
    LAYER_TURNS_RELU = 32
};

/* For a layer whose samples depend on each other in training, such as BatchNormalization: before its forward, and before its
 * backward, the engine takes sums over the whole batch. Each slice adds its share; the shares are added up in a fixed order;
 * then they are settled once, and only there do statistics change. */
typedef struct layer_coupling {
    /* Adds to sums[call->sums]. */
    void (*gather)(const call *, const tensor *x, double *sums);
    /* Of all `rows` samples: forward sees what it leaves in sums. */
    void (*settle)(const call *, size_t rows, double *sums);
    /* The same before backward, which sees these too. In settle_back the settled ones of the way there stand before them;
     * it overwrites weights[].gradient. */
    void (*gather_back)(const call *, const lane *, const tensor *x, const tensor *dy, double *sums);
    void (*settle_back)(const call *, size_t rows, double *sums);
} layer_coupling;

typedef struct layer_class {
    /* Keras' class name: the key in the registry and in files. */
    const char *name;
    /* What Keras calls instances without a name: "dense", then "dense_1". */
    const char *auto_name;
    /* Of the layer's own struct, whose first member is `layer base`; and of what place puts into call->own; bytes. */
    size_t size, call_size;
    unsigned flags;
    /* The most inputs of a call; 0: one. */
    size_t most_inputs;

    /* Arguments of the config -> own fields. The common ones (name, trainable, dtype, batch_input_shape) are read by then; the
     * caller begins and ends the reader. */
    void (*configure)(layer *, config_reader *);
    /* Own fields -> config: the inverse, every argument said, in Keras' order. */
    void (*describe)(const layer *, config *);
    /* Once: checks the inputs as far as weights depend on them, and adds the weights. NULL: there are none. */
    horn_status (*build)(layer *, const shape *inputs, size_t count);
    /* For each call: checks its inputs, sets its outputs, which are the first input until then, and asks for work areas.
     * NULL: the output is shaped as the input, and there are none. */
    horn_status (*place)(const layer *, call *);

    /* The following compute. x and y are arrays, of the call's inputs and outputs, each [rows, shape] of a slice of the batch.
     * They never allocate and never fail, and change nothing but what they are given to write. */

    /* Once a batch, before everything else: makes of the weights what its slices, of at most `rows` samples, need; the part
     * of it that `part` of call->prepare_parts stands for. lane_prepared gives it to them. NULL: slices need nothing. */
    void (*prepare)(const call *, bool training, size_t rows, range part, float *prepared);
    /* Overwrites y. */
    void (*forward)(const call *, lane *, const tensor *x, tensor *y);
    /* Overwrites dx (NULL: not wanted). Adds to the lane's gradients, unless gradients go by parts. */
    void (*backward)(const call *, lane *, const tensor *x, const tensor *y, const tensor *dy, tensor *dx);
    /* By parts: sums over all rows of x and dy. Overwrites gradients[0] with rows `part` of the first weight's gradient and, if
     * the part begins at 0, gradients[k] with the whole of weight k's. */
    void (*gradient)(const call *, lane *, range part, const tensor *x, const tensor *dy,
                     float *const *gradients);

    /* What it computes in inference from the values x, without its activation, as neutral operations; returns the last one's
     * value. NULL: nothing if the flags say so, else it can go into no format of graphs. */
    size_t (*operate)(const call *, graph *, size_t x);

    /* NULL: y of a sample depends on that sample alone. */
    const layer_coupling *coupling;

    /* NULL unless it owns more than its struct. */
    void (*destroy)(layer *);
} layer_class;

typedef struct weight {
    /* "kernel"; static. */
    const char *name;
    /* The meaning of each axis: "io" = features in, units out; "c" = channels; static. */
    const char *axes;
    shape shape;
    /* Its own switch: a layer that is not trainable freezes all of its weights. */
    bool trainable;
    initializer initializer;
    /* Adds to the loss and to the gradient; the engine calls it. */
    regularizer regularizer;
    double fan_in, fan_out;
    /* Its initializer is not known, and nobody has given it a value. */
    bool is_missing;
    /* Views into the model's blocks, [shape]; NULL until the model is built. gradient is NULL if it does not train. */
    float *value, *gradient;
    /* Its place among all weights of the model, in the order of the layers; set when the model lists it. */
    uint32_t number;
    /* The layer that has it; set with the number. */
    const layer *layer;
} weight;

/* What cannot be done with an argument that is valid and not known, from the least on. */
typedef enum layer_lack { LACKS_START, LACKS_TRAINING, LACKS_LOSS, LAYER_LACKS } layer_lack;

struct horn_layer {
    const layer_class *class;
    /* NULL until the model names it; owned. */
    char *name;
    /* Arguments that are written back as they came; NULL: none; owned. */
    config *kept;
    /* Why its weights cannot be drawn, why it cannot be trained, why the loss is not known: the line about the first such
     * argument; NULL: they can; owned. */
    char *unknown[LAYER_LACKS];
    bool trainable;
    /* Given by the user: batch_input_shape. */
    bool has_input_shape;
    shape input_shape;
    /* A step of its own, but for LAYER_APPLIES_RELU; NULL = linear. */
    const activation *activation;
    /* [weight_count]; owned; they stay where they are once the layer is built. */
    weight *weights;
    size_t weight_count, weight_capacity;
    /* Place in the model: keys the random numbers that its weights begin with. */
    uint32_t index;
    /* NULL, or of a constructor that failed: then nothing else is in it, no class either; owned. */
    failure *failure;
};

/* ---- for layers ---- */

/* Arguments that many layers have. An initializer that is absent is the one called `otherwise`. */
void layer_read_activation(layer *, config_reader *);
void layer_read_initializer(layer *, config_reader *, const char *key, const char *otherwise,
                            initializer *out);
void layer_read_regularizer(layer *, config_reader *, const char *key, regularizer *out);
/* Arguments for which training knows null alone, such as constraints. */
void layer_read_unknown(layer *, config_reader *, const char *const *keys, size_t count);
/* Written back as it came; null is not kept. */
void layer_keep(layer *, config_reader *, const char *key);

HORN_CHECKED horn_status layer_add_weight(layer *, const char *name, const char *axes, const shape *,
                                          bool trainable, const initializer *, double fan_in, double fan_out);
/* A weight that was added. */
void layer_regularize(layer *, size_t weight, const regularizer *);

/* Fails with "layer 'dense_1' (Dense): " before the message. */
HORN_CHECKED horn_status layer_fail(const layer *, horn_status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The value of a weight. */
size_t layer_graph_weight(const layer *, graph *, size_t weight);
/* y + weights[1], if there is one. */
size_t layer_add_bias(const layer *, graph *, size_t y);

/* ---- for everybody above ---- */

/* A layer from Keras' class name and config. Unknown classes and arguments are refused by name. Arguments without effect on
 * predictions are read whatever they say: if they are not known, `unknown` says so and `kept` writes them back. */
HORN_CHECKED horn_status layer_new(layer **out, const char *class_name, const config *arguments);
/* name, trainable, dtype, then its own arguments. */
HORN_CHECKED horn_status layer_describe(const layer *, config **out);
/* Makes its weights. */
HORN_CHECKED horn_status layer_build(layer *, const shape *inputs, size_t count);
void layer_free(layer *);
bool layer_weight_trains(const layer *, size_t weight);
/* One that is frozen works as in inference. */
bool layer_couples(const layer *, bool training);

/* For constructors of the public API: arguments to begin with, and the layer from them, which takes them. On failure a
 * layer that carries it. */
config *layer_arguments(const char *name, const size_t input_shape[HORN_MAX_RANK]);
/* Sets nothing if both factors are 0. */
void layer_argue_regularizer(config *arguments, const char *key, const horn_regularizer *);
horn_layer *layer_construct(const char *class_name, config *arguments);
/* Carries it and the present line. */
horn_layer *layer_failed(horn_status);

/* NULL if it is unknown. */
const layer_class *layer_class_by_name(const char *name);
/* custom/custom_layer.c: of a user's own, by either name; NULL if there is none. */
const layer_class *custom_layer_class(const char *name);
/* Keras' own; NULL past the last: for the conformance tests. */
const layer_class *layer_class_at(size_t index);

#endif
