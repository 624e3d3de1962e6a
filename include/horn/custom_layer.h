/* Layers of your own, Keras' custom layers: a table of functions, registered once. From then on the layer is one like any
 * other, in models, in training, for any number of threads, and in files, where it is called "package>Name" as in Python
 * under keras.saving.register_keras_serializable(package, name).
 *
 * The table has the slots of Horn's own layers, but those for sums over the batch and for weights that are prepared or whose
 * gradient is cut. configure and build alone may change the layer's state, `self`, of as many
 * bytes as the table says, zeros at first. A layer is built once, for the shapes of its inputs; each use of it is a call, which is
 * placed for those shapes, and again if an open axis gets another size. The functions that compute see a slice of the batch, run
 * on several slices at once, on threads of the model's, and neither allocate nor fail: they write to their output arguments, to
 * gradients, keep and scratch, which are the slice's. A function that reads nothing else gives the same bits for every number of
 * threads.
 *
 * Tables, and the texts in them, are not copied: they are static, or live as long as the program. */
#ifndef HORN_CUSTOM_LAYER_H
#define HORN_CUSTOM_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/arguments.h>
#include <horn/export.h>
#include <horn/layers.h>
#include <horn/options.h>
#include <horn/status.h>
#include <horn/tensor.h>
#include <horn/view.h>

#if defined(__GNUC__)
#define HORN_FORMAT(text, first) __attribute__((format(printf, text, first)))
#else
#define HORN_FORMAT(text, first)
#endif

HORN_BEGIN

/* ---- building: what Keras' build(self, input_shape) does ---- */

typedef struct horn_build {
    const horn_shape *inputs;
    size_t input_count;
    void *layer; /* horn_build_weight's */
} horn_build;

typedef struct horn_weight_options {
    const char *name; /* "scale": in Python the layer's attribute has it too; static */
    horn_shape shape;
    const char *initializer; /* Keras' names: "zeros", "he_normal", ...; NULL: "glorot_uniform" */
    double value;            /* of the initializer "constant" */
    bool not_trainable;
    horn_regularizer regularizer;
} horn_weight_options;

/* Keras' add_weight. The order is that of Python's: files know weights by it, trainable ones first. A shape with an open axis is
 * refused. */
HORN_CHECKED horn_status horn_build_weight(horn_build *build, const horn_weight_options *options);

/* ---- placing: what Keras' compute_output_shape(self, input_shape) does, and buffers ---- */

typedef struct horn_call {
    const horn_shape *inputs;
    size_t input_count;
    horn_shape *outputs; /* as the first input, until place changes them */
    size_t output_count; /* 1 */
    size_t keep;         /* 0; bytes of each sample that forward saves for backward */
    size_t scratch;      /* 0; floats that one call of a function that computes may use */
    bool takes_mask;     /* the first input has a mask */
} horn_call;

/* Writes the error line, for a build or a place that cannot be, and returns `status`. Which layer it is about is put before it. */
HORN_CHECKED horn_status horn_fail(horn_status status, const char *format, ...) HORN_FORMAT(2, 3);

/* ---- computing ---- */

typedef struct horn_slice {
    bool training;
    const float *const *weights; /* as they were added */
    float *const *gradients;     /* in backward: add to them; NULL where a weight does not train */
    void *keep;                  /* rows * keep bytes, from forward to backward; NULL unless training */
    float *scratch;
    const void *lane, *call; /* horn_slice_uniforms' */
} horn_slice;

/* Random numbers in [0, 1) of a slice's sample, the same for any number of threads and in a run that was resumed; in forward,
 * and once more, if need be, in backward. */
void horn_slice_uniforms(float *out, size_t n, const horn_slice *slice, size_t sample);

/* ---- operations: what the layer computes in inference, for TensorFlow's SavedModel and GraphDef ---- */

typedef struct horn_graph horn_graph;
typedef size_t horn_value; /* what an operation gives */

horn_value horn_graph_weight(horn_graph *graph, int index); /* as they were added */
horn_value horn_graph_number(horn_graph *graph, double number);
/* Shaped as x; y may have fewer axes, the last ones of x, or be a number. */
horn_value horn_graph_add(horn_graph *graph, horn_value x, horn_value y);
horn_value horn_graph_subtract(horn_graph *graph, horn_value x, horn_value y);
horn_value horn_graph_multiply(horn_graph *graph, horn_value x, horn_value y);
horn_value horn_graph_minimum(horn_graph *graph, horn_value x, horn_value y);
horn_value horn_graph_matmul(horn_graph *graph, horn_value x, horn_value kernel); /* over x's last axis */
/* By Keras' names: "relu", "sigmoid", ... */
horn_value horn_graph_activation(horn_graph *graph, const char *name, horn_value x);
horn_value horn_graph_reshape(horn_graph *graph, horn_value x); /* to the layer's output */

/* ---- the table ---- */

typedef struct horn_layer_class {
    const char *name;    /* "Scale": of Python's class too */
    const char *package; /* "demo"; NULL: "Custom", as in Keras */
    size_t size;         /* bytes of `self` */

    /* from_config: the arguments into self; and get_config, its inverse: all of them. Both NULL: none. */
    void (*configure)(void *self, horn_arguments *arguments);
    void (*describe)(const void *self, horn_arguments *arguments);

    /* Most inputs of a call; 0: 1. */
    size_t most_inputs;
    /* If x has a mask, y has it, too: Keras' supports_masking. y has x's axes but for the last one. */
    bool passes_mask;

    /* Runs once: checks the inputs as far as the weights depend on them, and adds the weights. NULL: no weights. */
    horn_status (*build)(void *self, horn_build *build);
    /* Runs for each call, for shapes with open axes, too: checks its inputs, sets its outputs and asks for buffers. NULL: the
     * output is shaped as the first input, and there are no buffers. */
    horn_status (*place)(const void *self, horn_call *call);

    /* x and y are arrays of the call's inputs and outputs. Overwrites y. */
    void (*forward)(const void *self, const horn_slice *slice, const horn_tensor *x, horn_tensor *y);
    /* Keras' compute_mask: overwrites the mask of y, [rows, all axes of y but the last], with 1 for each position that counts and 0
     * for the others. NULL: passes_mask says. */
    void (*mask)(const void *self, const horn_slice *slice, const horn_tensor *x, unsigned char *y_mask);
    /* Overwrites dx, an array for each of x (NULL: none is wanted; its data is NULL: that one is not wanted), adds to the gradients. What it needs of y, forward saves in keep. */
    void (*backward)(const void *self, const horn_slice *slice, const horn_tensor *x, const horn_tensor *dy,
                     horn_tensor *dx);

    /* The last value of the operations that forward's y is of x, an array of the call's inputs; NULL: graphs refuse the layer by
     * name. */
    horn_value (*operate)(const void *self, horn_graph *graph, const horn_value *x);

    /* NULL unless self owns more than its bytes. Called after a configure that was refused, too. */
    void (*destroy)(void *self);
} horn_layer_class;

/* From any thread, at any time; a table that is registered already is no error. */
HORN_CHECKED horn_status horn_register_layer(const horn_layer_class *table);

typedef struct horn_custom_layer_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    horn_argument arguments[HORN_MAX_ARGUMENTS];
} horn_custom_layer_options;

/* By "package>Name", or by "Name" where one package alone has it. options may be NULL. */
horn_layer *horn_custom_layer(const char *class_name, const horn_custom_layer_options *options);

HORN_END
#endif
