/* The variables of a graph, whose values stand in a checkpoint. Where, the graph itself says, by the nodes that restore them:
 *
 *     Assign | AssignVariableOp (VARIABLE, [Identity of] RestoreV2:K)     RestoreV2 (file, Const of keys, ...)
 *
 * In TensorFlow 2 they stand in a function, which is inlined. A variable that nothing restores has the key of its own name. */
#ifndef FORMATS_GRAPHS_VARIABLES_H
#define FORMATS_GRAPHS_VARIABLES_H

#include "codecs/tensorflow/tensor_bundle.h"
#include "formats/graphs/graph.h"
#include "formats/tensorflow/tensor.h"

typedef struct tf_variables {
    /* NULL: the values are unknown. Borrowed. */
    const tensor_bundle *bundle;
    /* Bytes of all data in it. */
    size_t size;
    /* The keys of variables, by node; empty for other nodes. They borrow the graph's file. */
    protobuf_text *keys;
} tf_variables;

bool tf_is_variable(const tf_graph_node *);
/* Of all variables. Free it after a failure, too. */
HORN_CHECKED horn_status tf_variables_find(tf_variables *out, const tf_graph *, const tensor_bundle *,
                                           size_t size);
void tf_variables_free(tf_variables *);

/* Type, shape and values of a variable, as of a constant; without a checkpoint the content is empty. */
HORN_CHECKED horn_status tf_variable_read(const tf_variables *, const tf_graph *, size_t node,
                                          tf_tensor *out);

#endif
