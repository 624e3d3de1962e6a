/* Operations among the layers of a Functional (nodes.h). */
#ifndef FORMATS_KERAS_NODES_OPERATIONS_H
#define FORMATS_KERAS_NODES_OPERATIONS_H

#include "config/config.h"
#include "config/keras_operations.h"

/* Whether an entry of the list of layers is an operation, and which one in the table; NULL: none that Horn knows. */
bool node_is_operation(const config *entry);
const keras_operation *node_operation(const config *entry);
/* The name of the operation in its file: "tf.einsum", "Einsum". Borrowed; NULL: the file does not say it. */
const char *node_operation_name(const config *entry);

/* Such an entry in neutral form; the caller owns *out. */
HORN_CHECKED horn_status node_operation_read(config **out, const keras_operation *, const config *entry,
                                             const char *where);
/* The inverse. */
HORN_CHECKED horn_status node_operation_write(config **out, const config *entry, bool keras3,
                                              const char *where);

#endif
