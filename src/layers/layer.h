/* A layer: its config, its weights and the vtable of its class. To add a class: copy core/dense.c, add its line to registry.c
 * and its sample, one JSON file, to tests/conformance/samples/layers.
 *
 * A layer is built once, for the shapes of its inputs; building makes its weights. A use of it is a call (call.h), which is
 * placed for those shapes and computes. Shapes are of one sample: they have no batch axis. Axes may be open (SHAPE_OPEN); a
 * call with an open axis is placed for its output shapes only, and is placed anew for each batch of another length. */
#ifndef LAYERS_LAYER_H
#define LAYERS_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <horn/layers.h>
#include "base/failure.h"
#include "config/config_reader.h"
#include "functions/activation.h"
#include "functions/constraint.h"
#include "functions/initializer.h"
#include "functions/regularizer.h"
#include "snapshot/graph.h"
#include "tensor/tensor.h"

typedef struct horn_layer layer;
typedef struct call call;
typedef struct call_list call_list;
typedef struct lane lane;

typedef struct range {
    size_t first, end;
} range;

enum {
    /* y has the values of x in another shape: forward and backward are NULL. */
    LAYER_IS_VIEW = 1,
    /* y equals x in inference. */
    LAYER_IDLE_IN_INFERENCE = 2,
    /* `gradient` computes the gradients of the weights, not `backward`. */
    LAYER_GRADIENT_BY_PARTS = 4,
    /* Describes the model's input; it is not one of the model's layers. */
    LAYER_IS_INPUT = 8,
    /* forward also applies ReLU to y if lane->relu is set. */
    LAYER_APPLIES_RELU = 16,
    /* The same for ReLU with a greatest value, lane->top. */
    LAYER_APPLIES_TOP = 32768,
    /* backward also applies the gradient of the ReLU that produced x if lane->relu is set. */
    LAYER_TURNS_RELU = 32,
    /* If x has a mask, y has it, too: y has x's axes but for the last one. */
    LAYER_PASSES_MASK = 64,
    /* With LAYER_GRADIENT_BY_PARTS: a batch changes few rows of weights[0]. `gradient` gets the whole batch, and may leave out
     * rows: see lane->touched. */
    LAYER_GRADIENT_OF_ROWS = 128,
    /* Its products have few rows, those of one time step: slices of few samples are slow, however large samples are. */
    LAYER_WANTS_ROWS = 256,
    /* A view that makes a row of each position on the first axis of x. */
    LAYER_FOLDS_ROWS = 512,
    /* A view that makes one row again of the rows of its first input, as its second input, which only tells shape and mask, has
     * them. Its `mask` is called only if an input has a mask. */
    LAYER_UNFOLDS_ROWS = 1024,
    /* A cell of an RNN: it computes there alone. */
    LAYER_IS_CELL = 2048,
    /* backward does not read the data of x; of y. */
    LAYER_BACK_IGNORES_X = 4096,
    LAYER_BACK_IGNORES_Y = 8192,
    /* forward takes little time, and writes y alone: the engine may compute y again in backward, instead of keeping it. */
    LAYER_IS_CHEAP = 16384,
    /* y is the sum of the inputs. Unless one is stretched, y may be the data of the first or the second, and the engine passes dy on to
     * all. */
    LAYER_ADDS = 65536,
    /* What it computes in inference depends on the mask of x: `operate` finds it in graph->mask. */
    LAYER_READS_MASK = 131072
};

/* Most layers that hold each other: a Sequential in a Sequential in a Sequential are 3. */
enum { LAYER_MAX_DEPTH = 64 };

/* For a layer whose samples depend on each other in training, such as BatchNormalization. Before its forward and before its
 * backward, the engine computes sums over the whole batch: each slice adds its share, the shares are added up in a fixed order,
 * and the total is settled once. Only settle may change moving statistics. */
typedef struct layer_coupling {
    /* Adds the share of slice x to sums [call->sums]. */
    void (*gather)(const call *, const tensor *x, double *sums);
    /* Gets the sums over all `rows` samples of the batch and may overwrite them; forward reads them by lane_sums. */
    void (*settle)(const call *, size_t rows, double *sums);
    /* The same before backward, which reads both sums. The settled sums of gather are at sums[-call->sums]. settle_back also
     * adds to weights[].gradient. */
    void (*gather_back)(const call *, const lane *, const tensor *x, const tensor *dy, double *sums);
    void (*settle_back)(const call *, size_t rows, double *sums);
} layer_coupling;

/* A layer inside another that has weights in Keras' files alone. */
typedef struct layer_holder {
    const char *attribute, *class_name, *name;
} layer_holder;

typedef struct layer_class {
    /* Keras' class name: the key in the registry and in files. */
    const char *name;
    /* Name that Keras gives to instances without one: "dense", then "dense_1". */
    const char *auto_name;
    /* Of the layers inside that have the weights in Keras' files, with this layer's arguments: an LSTM's cell. Each has as many of
     * them, one behind the other. The last has no attribute; NULL: the layer has the weights itself. */
    const layer_holder *holders;
    /* Bytes of the class's struct, whose first member is `layer base`, and of call->own, which place fills. */
    size_t size, call_size;
    unsigned flags;
    /* Most inputs of a call; 0 means 1. */
    size_t most_inputs;
    /* Of a class with `expand`: its layers see each position on the first axis as a row. */
    bool folds_rows;

    /* Reads the class's arguments from the config into its struct. The caller begins and ends the reader, and has read the
     * common arguments (name, trainable, dtype, batch_input_shape). */
    void (*configure)(layer *, config_reader *);
    /* Writes every argument of the class to the config, in Keras' order: the inverse of configure. */
    void (*describe)(const layer *, config *);
    /* Runs once: checks the inputs as far as the weights depend on them, and adds the weights. NULL: no weights. */
    horn_status (*build)(layer *, const shape *inputs, size_t count);
    /* Runs once per call: checks its inputs, sets its output shapes (at first the first input's) and requests buffers, which
     * are not used if an input has an open axis. NULL: the output has the shape of the input, and no buffers are needed. */
    horn_status (*place)(const layer *, call *);
    /* Of a layer that holds others, which has no calls of its own: adds the calls of those to the list (call_list.h); *y is the value
     * that the layer makes of value x. The other functions that build, place or compute are
     * NULL then. NULL: the layer has one call. */
    horn_status (*expand)(const layer *, call_list *, size_t x, size_t *y);

    /* The functions below compute. x and y are arrays of the call's inputs and outputs, each [rows, shape] of a slice of the
     * batch. They never allocate, never fail, and write to their output arguments only. */

    /* Runs once per batch, before all else: computes from the weights what slices of at most `rows` samples need, such as a
     * transposed kernel; `part` is a range of [0, call->prepare_parts). Slices read it by lane_prepared. NULL: nothing. */
    void (*prepare)(const call *, bool training, size_t rows, range part, float *prepared);
    /* Overwrites y. */
    void (*forward)(const call *, lane *, const tensor *x, tensor *y);
    /* Overwrites the mask of y, [rows, all axes of y but the last], with 1 for each position that counts and 0 for the others.
     * NULL: y has x's mask if the class has LAYER_PASSES_MASK, else none. A layer whose y has a mask only sometimes sets
     * call->gives_mask in place. */
    void (*mask)(const call *, lane *, const tensor *x, unsigned char *y_mask);
    /* Overwrites dx, one array for each of x (NULL: none is needed; data is NULL: that one is not needed). Adds to the lane's gradients, unless the class has LAYER_GRADIENT_BY_PARTS. */
    void (*backward)(const call *, lane *, const tensor *x, const tensor *y, const tensor *dy, tensor *dx);
    /* For LAYER_GRADIENT_BY_PARTS; sums over all rows of x and dy. Overwrites gradients[0] with rows `part` of the first
     * weight's gradient and, if the part begins at 0, gradients[k] with the whole gradient of weight k. */
    void (*gradient)(const call *, lane *, range part, const tensor *x, const tensor *dy,
                     float *const *gradients);

    /* Checks the data that a model gets, if this call reads them as they are: before they become float32. `name` of the
     * data begins the error line. NULL: any numbers. */
    horn_status (*check_data)(const call *, const horn_view *x, const char *name);

    /* Builds the layer's computation in inference, without its activation, from graph operations on x, the values of the call's
     * inputs; returns the output. NULL: the flags show that the layer is the identity; else graph formats cannot hold it. */
    size_t (*operate)(const call *, graph *, const size_t *x);
    /* Builds the mask that y has: x's shape with a last axis of 1, each value 1 or 0. masks: those of the inputs; NO_VALUE: there is
     * none, or graph formats cannot hold it, which it may return, too. NULL: x's mask, if the class has LAYER_PASSES_MASK. */
    size_t (*operate_mask)(const call *, graph *, const size_t *x, const size_t *masks);

    /* NULL: y of a sample depends on that sample only. */
    const layer_coupling *coupling;

    /* Frees what the class's struct owns; NULL: nothing. */
    void (*destroy)(layer *);
} layer_class;

typedef struct weight {
    /* For instance "kernel"; static. */
    const char *name;
    /* Meaning of each axis: "io" = features in, units out; "c" = channels; static. */
    const char *axes;
    shape shape;
    /* Of this weight; a layer that is not trainable freezes all of its weights. */
    bool trainable;
    initializer initializer;
    /* The engine adds it to the loss and to the gradient. */
    regularizer regularizer;
    /* The engine applies it after each step of the optimizer, if the weight trains. */
    constraint constraint;
    double fan_in, fan_out;
    /* These values are 1 at first, whatever the initializer draws: an LSTM's forget gate. */
    range ones;
    /* Its initializer is unknown, and no value was set. */
    bool is_missing;
    /* Files have whole numbers, int64; it does not train. */
    bool is_whole;
    /* In the model's blocks, [shape]; NULL until the model is built. gradient is NULL if the weight does not train. */
    float *value, *gradient;
    /* Index among all weights of the model, in the order of the layers; set when the model lists it. */
    uint32_t number;
    /* The layer that owns it; set with the number. */
    const layer *layer;
} weight;

/* What a layer cannot do because an argument is valid but unknown to Horn, least severe first: draw initial weights, train,
 * compute the loss. */
typedef enum layer_lack { LACKS_START, LACKS_TRAINING, LACKS_LOSS, LAYER_LACKS } layer_lack;

/* A layer inside another. */
typedef struct inner_layer {
    /* What Keras' object of the outer layer calls it: "layer"; of several in a list the list's name: "layers". Static. */
    const char *attribute;
    layer *layer;
} inner_layer;

struct horn_layer {
    const layer_class *class;
    /* NULL until the model names it; owned. */
    char *name;
    /* Arguments that describe writes back unchanged; NULL: none; owned. */
    config *kept;
    /* For each layer_lack the error line of the first argument that causes it; NULL: none; owned. */
    char *unknown[LAYER_LACKS];
    bool trainable;
    /* From batch_input_shape, if the user gave it. */
    bool has_input_shape;
    shape input_shape;
    /* Samples of each batch, if batch_input_shape says it; 0: any. */
    size_t input_batch;
    /* What it keeps of a sample from batch to batch, a stateful recurrent layer's; 0: nothing. [batch, state_floats]: the model
     * makes it; forward reads and overwrites its rows; NULL: the layer begins each batch anew. Owned. */
    size_t state_floats;
    float *state;
    /* The engine adds the penalty of its output, behind its activation, to the loss, divided by the batch's samples. */
    regularizer activity;
    /* data_format is "channels_first" (channels_first.h). Its build and its calls see inputs with the channels last. */
    bool channels_first;
    /* NULL = linear. The engine runs it as a separate step, unless LAYER_APPLIES_RELU fuses it. */
    const activation *activation;
    /* [weight_count]; owned; their addresses do not change once the layer is built. */
    weight *weights;
    size_t weight_count, weight_capacity;
    /* [inner_count]: the layers inside it; owned. */
    inner_layer *inner;
    size_t inner_count, inner_capacity;
    /* 0, or one more than that of the deepest layer inside it. */
    int depth;
    /* It is inside another layer; a layer around it is frozen; it has its weights. The call list sets them. */
    bool is_inside, is_inside_frozen, is_built;
    /* Index in the model, unless it is inside a layer: keys the random numbers of its initializers. */
    uint32_t index;
    /* Set if the constructor failed; all other fields, class too, are empty then. NULL: it did not fail. Owned. */
    failure *failure;
};

/* ---- for layers ---- */

/* Read arguments that many layers have. `otherwise` is the default initializer's name. */
void layer_read_activation(layer *, config_reader *);
/* For a layer that applies its activations itself, within its steps. */
void layer_read_activation_of(config_reader *, const char *key, const activation **out);
/* "data_format": channels_last or channels_first. */
void layer_read_data_format(layer *, config_reader *);
void layer_describe_data_format(const layer *, config *);
/* A share of values that is left out, in [0, 1). */
void layer_read_rate(config_reader *, const char *key, double *out);
void layer_read_initializer(layer *, config_reader *, const char *key, const char *otherwise,
                            initializer *out);
void layer_read_regularizer(layer *, config_reader *, const char *key, regularizer *out);
/* A constraint, such as "kernel_constraint": read it here into the layer's struct, write it by constraint_describe, and set it by
 * layer_constrain once the weight is added. */
void layer_read_constraint(layer *, config_reader *, const char *key, constraint *out);
/* Reads arguments of which training supports null only, such as Dropout's noise_shape. */
void layer_read_unknown(layer *, config_reader *, const char *const *keys, size_t count);
/* Copies an argument to `kept`, unless it is absent or null. */
void layer_keep(layer *, config_reader *, const char *key);

/* Refuses a shape with an open axis. */
HORN_CHECKED horn_status layer_add_weight(layer *, const char *name, const char *axes, const shape *,
                                          bool trainable, const initializer *, double fan_in, double fan_out);
/* Sets the regularizer of a weight that was added. */
void layer_regularize(layer *, size_t weight, const regularizer *);
/* Sets the constraint of a weight that was added. A weight without its axes cannot train: the layer lacks training then. */
HORN_CHECKED horn_status layer_constrain(layer *, size_t weight, const constraint *);

/* Sets the error line, with "layer 'dense_1' (Dense): " before the message, and returns the status. */
HORN_CHECKED horn_status layer_fail(const layer *, horn_status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds a weight to the graph; returns its value. */
size_t layer_graph_weight(const layer *, graph *, size_t weight);
/* Adds y + weights[bias] to the graph if the layer has that weight; returns its value, else y. */
size_t layer_add_bias(const layer *, graph *, size_t y, size_t bias);

/* ---- for higher floors ---- */

/* Makes a layer from Keras' class name and config; the caller frees it. Unknown classes and arguments are refused by name. For
 * an argument without effect on predictions any value is accepted: an unknown one sets `unknown`, and `kept` writes it back. */
HORN_CHECKED horn_status layer_new(layer **out, const char *class_name, const config *arguments);
HORN_CHECKED horn_status layer_new_of_class(layer **out, const layer_class *, const config *arguments);
/* Writes name, trainable, dtype, the class's arguments, then `kept`. The caller frees the config. */
HORN_CHECKED horn_status layer_describe(const layer *, config **out);
/* Makes its weights. */
HORN_CHECKED horn_status layer_build(layer *, const shape *inputs, size_t count);
void layer_free(layer *);
/* Whether a weight trains: neither it nor its layer nor a layer around that is frozen. */
bool layer_weight_trains(const layer *, size_t weight);
/* How many layers inside have its weights in files; 0: none. The weights of one of them. */
size_t layer_holder_count(const layer *);
range layer_held_weights(const layer *, size_t holder);
/* The error line of the first argument, of the layer or of one inside it, that causes the lack; NULL: none. */
const char *layer_find_unknown(const layer *, layer_lack);
/* Whether class->coupling applies: in training, unless the layer is frozen, which then computes as in inference. */
bool layer_couples(const layer *, bool training);

/* For constructors of the public API: layer_arguments makes the arguments with the common ones set; layer_construct takes them
 * and makes the layer. On failure it returns a placeholder that holds the error. */
config *layer_arguments(const char *name, const size_t input_shape[HORN_MAX_RANK]);
/* Sets the argument, unless both factors are 0. */
void layer_argue_regularizer(config *arguments, const char *key, const horn_regularizer *);
/* Sets the argument, unless there is no constraint. */
void layer_argue_constraint(config *arguments, const char *key, const horn_constraint *);
horn_layer *layer_construct(const layer_class *, config *arguments);
/* Returns a placeholder that holds the status and the current error line. */
horn_layer *layer_failed(horn_status);

/* Names a layer without a name as Keras does: "dense", or the first of "dense_1", "dense_2" ... that is not taken in `model`. */
HORN_CHECKED horn_status layer_name_itself(layer *, bool (*is_taken)(const void *model, const char *name),
                                           const void *model);

/* Built-in or custom class; NULL if the name is unknown. */
const layer_class *layer_class_by_name(const char *name);
/* custom/custom_layer.c: a registered custom class, by its name with or without the package; NULL if there is none. */
const layer_class *custom_layer_class(const char *name);
/* Built-in classes, for the conformance tests; NULL past the last. */
const layer_class *layer_class_at(size_t index);

#endif
