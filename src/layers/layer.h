/* What every layer has, and the table through which a layer is used. To add one: copy dense.c, add its line
 * to registry.c and its sample to tests/conformance/test_layers.c.
 *
 * Shapes leave out the batch: a layer sees slices of it, x[N, input] -> y[N, output], row-major. Between
 * configure and build a layer may fail; forward, backward and gradient never allocate and never fail. While
 * they run the layer is constant: whatever changes belongs to the lane. */
#ifndef LAYERS_LAYER_H
#define LAYERS_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <horn/layers.h>
#include "config/config_reader.h"
#include "functions/activation.h"
#include "functions/initializer.h"
#include "functions/regularizer.h"
#include "snapshot/graph.h"
#include "tensor/tensor.h"

typedef struct horn_layer layer;
typedef struct lane lane;

typedef struct range {
    size_t first, end;
} range;

enum {
    LAYER_IS_VIEW = 1,           /* y is x under another shape: forward and backward are NULL */
    LAYER_IDLE_IN_INFERENCE = 2, /* y is x unless training */
    LAYER_GRADIENT_BY_PARTS = 4, /* gradients of weights come from `gradient`, not from `backward` */
    LAYER_IS_INPUT = 8,          /* not a layer of the model: its input, said on its own */
    LAYER_APPLIES_RELU = 16,     /* forward applies relu to y, where lane->relu says that it comes next */
    LAYER_TURNS_RELU = 32 /* backward makes dx as it is before relu, where lane->relu says that x is its y */
};

/* What a layer whose samples depend on each other in training adds, such as BatchNormalization: before its
 * forward, and before its backward, the engine takes sums over the whole batch. Each slice adds its share; the
 * shares are joined in a fixed order; then they are settled once, and only there do statistics change. */
typedef struct layer_coupling {
    void (*gather)(const layer *, const tensor *x, double *sums); /* adds */
    void (*settle)(const layer *, size_t rows, double *sums); /* of all `rows` samples: forward sees these */
    /* The same before backward, which sees these too; the settled ones of the way there stand before them. */
    void (*gather_back)(const layer *, const lane *, const tensor *x, const tensor *dy, double *sums);
    void (*settle_back)(const layer *, size_t rows, double *sums); /* overwrites weights[].gradient */
} layer_coupling;

typedef struct layer_class {
    const char *name;      /* Keras' class name: the key in the registry and in files */
    const char *auto_name; /* what Keras calls instances without a name: "dense", then "dense_1" */
    size_t size;           /* of the layer's own struct, whose first member is `layer base` */
    unsigned flags;

    /* Arguments of the config -> own fields. The common ones (name, trainable, dtype, batch_input_shape) are
     * read by then; the reader is begun and ended by the caller. */
    void (*configure)(layer *, config_reader *);
    /* Own fields -> config: the inverse, every argument said, in Keras' order. */
    void (*describe)(const layer *, config *);
    /* layer->input is set: check it, set layer->output, call layer_add_weight, layer_ask_keep,
     * layer_ask_scratch. */
    horn_status (*build)(layer *);

    /* Once a batch, before everything else: makes of the weights what its slices, of at most `rows`
     * samples, need; lane_prepared gives it to them. NULL if the weights do as they are. */
    void (*prepare)(const layer *, bool training, size_t rows, float *prepared);
    void (*forward)(const layer *, lane *, const tensor *x, tensor *y); /* overwrites y */
    /* Overwrites dx (NULL: not wanted). Adds to the lane's gradients, unless gradients go by parts. */
    void (*backward)(const layer *, lane *, const tensor *x, const tensor *y, const tensor *dy, tensor *dx);
    /* By parts: the whole batch, and the part of the weights that `gradient_parts` was cut into.
     * Overwrites weights[].gradient there. */
    void (*gradient)(const layer *, lane *, range part, const tensor *x, const tensor *dy);

    /* What it computes in inference from the value x, without its activation, as neutral operations; the last one's
     * value. NULL: nothing where the flags say so, else it can go into no format of graphs. */
    size_t (*operate)(const layer *, graph *, size_t x);

    const layer_coupling *coupling; /* NULL: y of a sample depends on that sample alone */

    void (*destroy)(layer *); /* NULL unless it owns more than its struct */
} layer_class;

enum {
    LAYER_LANES = 8,      /* into which the engine cuts its work at most, and gradients that go by parts */
    LAYER_PART_GRAIN = 16 /* rows of weights[0] that stay together there */
};

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
    /* Its place among all weights of the model, in the order of the layers; set when the model is built. */
    uint32_t number;
    /* The layer that has it; set when the model is built. */
    const layer *layer;
} weight;

/* What cannot be done with an argument that is valid and not known, from the least on. */
typedef enum layer_lack { LACKS_START, LACKS_TRAINING, LACKS_LOSS, LAYER_LACKS } layer_lack;

struct horn_layer {
    const layer_class *class;
    char *name;   /* owned; NULL until the model names it */
    config *kept; /* arguments that are written back as they came; NULL: none; owned */
    /* Why its weights cannot be drawn, why it cannot be trained, why the loss is not known: the line about the first such
     * argument; NULL: they can; owned. */
    char *unknown[LAYER_LACKS];
    bool trainable;
    bool has_input_shape; /* given by the user: batch_input_shape */
    shape input, output;
    const activation *activation; /* a step of its own, but for LAYER_APPLIES_RELU; NULL = linear */
    weight *weights;              /* [weight_count]; owned; their places are fixed once the model is built */
    size_t weight_count, weight_capacity;
    size_t gradient_parts; /* rows of weights[0] that `gradient` can be cut into; the part that begins at 0
                              does the others */
    size_t keep;           /* bytes per sample that forward leaves for backward */
    size_t scratch;        /* floats per lane for one call */
    size_t prepared;       /* floats that prepare makes */
    size_t sums;           /* doubles that gather and gather_back add to, each */
    uint32_t index;        /* place in the model: keys its random numbers */
};

/* ---- for layers ---- */

/* Arguments that many layers have. An initializer that is absent is the one called `otherwise`. */
void layer_read_activation(layer *, config_reader *);
void layer_read_initializer(layer *, config_reader *, const char *key, const char *otherwise,
                            initializer *out);
void layer_read_regularizer(layer *, config_reader *, const char *key, regularizer *out);
/* Arguments for which training knows null alone, such as constraints. */
void layer_read_unknown(layer *, config_reader *, const char *const *keys, size_t count);
void layer_keep(layer *, config_reader *, const char *key); /* written back as it came; null is not kept */

HORN_CHECKED horn_status layer_add_weight(layer *, const char *name, const char *axes, const shape *,
                                          bool trainable, const initializer *, double fan_in, double fan_out);
void layer_regularize(layer *, size_t weight, const regularizer *); /* of one that was added */
void layer_ask_keep(layer *, size_t bytes_per_sample);
void layer_ask_scratch(layer *, size_t floats);
void layer_ask_prepared(layer *, size_t floats);
void layer_ask_sums(layer *, size_t doubles);
size_t layer_part_most(size_t rows); /* of the largest part that `gradient` gets */

struct lane {
    bool training, relu;        /* relu: for LAYER_APPLIES_RELU, LAYER_TURNS_RELU */
    uint64_t seed, step;        /* step: training batches so far; with `first` it counts random numbers */
    size_t first;               /* the slice's first sample in the batch */
    unsigned char *const *keep; /* private: by layer index, of the slice's first sample */
    float *scratch;             /* private */
    float *const *gradients;    /* private: by number of the weight */
    const float *const *values; /* of all lanes: the same of its value */
    double *const *sums; /* of all lanes: by layer index, the settled ones of gather, then of gather_back */
    float *const *prepared; /* of all lanes: by layer index */
};

void *lane_keep(const lane *, const layer *);
float *lane_scratch(const lane *, const layer *);
float *lane_gradient(const lane *, const layer *, size_t weight); /* this lane's sum, shaped as the weight */
const float *lane_prepared(const lane *, const layer *);
const double *lane_sums(const lane *, const layer *);
const double *lane_sums_back(const lane *, const layer *);

size_t layer_graph_weight(const layer *, graph *, size_t weight); /* the value of a weight */
size_t layer_add_bias(const layer *, graph *, size_t y);          /* y + weights[1], if there is one */

/* ---- for everybody above ---- */

/* A layer from Keras' class name and config. Unknown classes and arguments are refused by name. Arguments without effect on
 * predictions are read whatever they say: where they are not known, `unknown` says so and `kept` writes them back. */
HORN_CHECKED horn_status layer_new(layer **out, const char *class_name, const config *arguments);
HORN_CHECKED horn_status layer_describe(const layer *,
                                        config **out); /* name, trainable, dtype, then its own */
HORN_CHECKED horn_status layer_build(layer *, const shape *input);
/* Adds its operations and its activation's to the graph, after the graph's output. */
HORN_CHECKED horn_status layer_operate(const layer *, graph *);
void layer_free(layer *);
bool layer_weight_trains(const layer *, size_t weight);
bool layer_couples(const layer *, bool training); /* one that is frozen works as in inference */

/* For constructors of the public API: arguments to begin with, and the layer from them, which takes them;
 * NULL on failure. */
config *layer_arguments(const char *name, const size_t input_shape[HORN_MAX_RANK]);
/* Sets nothing where both factors are 0. */
void layer_argue_regularizer(config *arguments, const char *key, const horn_regularizer *);
horn_layer *layer_construct(const char *class_name, config *arguments);

const layer_class *layer_class_by_name(const char *name); /* NULL where unknown */
/* custom/custom_layer.c: of a user's own, by either name; NULL where there is none. */
const layer_class *custom_layer_class(const char *name);
const layer_class *layer_class_at(
    size_t index); /* Keras' own; NULL past the last: for the conformance tests */

#endif
