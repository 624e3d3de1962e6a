/* Operations that Keras records as layers of a Functional model, such as `x * 2` or `keras.ops.mean(x)`, in one table for all that
 * reads, writes or computes them: names and parameters in Keras 3 and Keras 2.
 *
 * Keras 2 writes class TFOpLambda with the name of a function of TensorFlow, below `tf.`; all arguments stand in the call. Keras 3
 * writes a class for each operation; some arguments stand in its config, the others in the call. */
#ifndef CONFIG_KERAS_OPERATIONS_H
#define CONFIG_KERAS_OPERATIONS_H

#include <stdbool.h>
#include <stddef.h>

enum { KERAS_OPERATION_PARAMETERS = 8, KERAS_OPERATION_FUNCTIONS = 3 };

typedef enum keras_parameter_kind {
    KERAS_OPERAND,  /* a tensor, or constants */
    KERAS_OPERANDS, /* a list of tensors */
    KERAS_ARGUMENT, /* in Keras 3's call */
    KERAS_SETTING   /* in Keras 3's config */
} keras_parameter_kind;

typedef struct keras_parameter {
    /* Keras 3's, and that of the neutral form; NULL behind the last. */
    const char *name;
    /* Keras 2's. NULL: Keras 2 has none, and does what `otherwise` says. */
    const char *keras2;
    keras_parameter_kind kind;
    /* JSON: what Keras 2 takes if the call does not say it; NULL: null. */
    const char *otherwise;
    /* Keras 3 has none, and does what `otherwise` says. */
    bool keras2_only;
} keras_parameter;

typedef struct keras_operation {
    /* Keras 3's class, and the name in neutral form: "Add". */
    const char *name;
    /* Its module in Keras 3: "keras.src.ops.numpy"; NULL: Keras 3 has no such operation. */
    const char *module;
    /* Keras 2's, "math.add", of which the first one is written; none: Keras 2 has no such operation. */
    const char *functions[KERAS_OPERATION_FUNCTIONS];
    /* In the order of Keras 2's function. */
    keras_parameter parameters[KERAS_OPERATION_PARAMETERS];
} keras_operation;

const keras_operation *keras_operation_at(size_t index);                  /* NULL past the last */
const keras_operation *keras_operation_by_name(const char *name);         /* NULL: none, also for NULL */
const keras_operation *keras_operation_by_function(const char *function); /* Keras 2's; the same */
/* Keras 2's class of an operation: "TFOpLambda", or "SlicingOpLambda". */
const char *keras_operation_class(const keras_operation *);

#endif
