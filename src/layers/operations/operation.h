/* Operation: a layer that Keras makes of an operation on tensors in a Functional model, such as `x * 2` (config/keras_operations.h).
 *
 *     {"name": "tf.math.multiply", "operation": "Multiply", "x2": 2.0}
 *
 * The argument `operation` says which one; the others are its parameters. An operand that is no argument is an input of the call.
 * In files the two Keras write it in their own ways; this is the neutral form.
 *
 * Each family of operations is a layer class, all of one name: `configure` of the first chooses. As in Keras, the output has no mask. */
#ifndef LAYERS_OPERATIONS_OPERATION_H
#define LAYERS_OPERATIONS_OPERATION_H

#include "config/keras_operations.h"
#include "layers/call.h"

/* Constants in the place of an operand. */
typedef struct constants {
    /* [shape]; NULL: the operand is an input. */
    float *data;
    /* As in the config: aligned with the axes of a batch at their ends. */
    shape shape;
} constants;

typedef struct operation_layer {
    layer base;
    const keras_operation *operation;
    /* What the config says beside the name: `describe` writes it. Owned. */
    config *arguments;
    /* The function that computes one of the kind; NULL: the kind needs none. */
    const void *rule;
    /* Of a kind with two operands; data are owned. */
    constants constants[2];
    /* Numbers of a kind that has some. */
    float numbers[2];
} operation_layer;

/* A family: which operations it computes, and how. */
typedef struct operation_family {
    const layer_class *class;
    /* Whether it computes that operation; sets `rule`, if it has rules. */
    bool (*computes)(operation_layer *);
    /* Reads l->arguments, and may set another class. */
    void (*configure)(layer *, config_reader *);
} operation_family;

extern const operation_family pair_family, value_family, activation_family, reduction_family, view_family,
    gather_family, joining_family, normalizing_family, product_family;

static inline operation_layer *operation_of(const layer *l)
{
    return (operation_layer *)l;
}

/* The operation that a layer computes; NULL: it is another layer. */
const keras_operation *operation_in(const layer *);

/* Members that all kinds have. */
void operation_describe(const layer *, config *);
void operation_destroy(layer *);

/* Whether `name` is one of the names, which end with NULL. */
bool operation_is_among(const operation_layer *, const char *const *names);
/* An axis that counts from the batch on, below 0 from the end, as one of a sample of that rank; `what` is the argument. Fails for the
 * batch and for what is no axis. */
HORN_CHECKED horn_status operation_axis(const layer *, const char *what, int64_t axis, int rank, int *out);
/* The axes of a sample that an argument names: one, a list, or null for all with the batch. Bit i: axis i. */
HORN_CHECKED horn_status operation_axes(const layer *, const char *what, int rank, unsigned *out);

#define OPERATION_CLASS                                                             \
    .name = "Operation", .auto_name = "operation", .size = sizeof(operation_layer), \
    .describe = operation_describe, .destroy = operation_destroy

#endif
