/* TensorFlow's SavedModel of a Keras model, which is a directory.
 *
 *     saved_model.pb        the objects, two functions (the signature serving_default and __call__), and a graph for
 *                           TensorFlow 1 and Serving, with nodes that save and restore
 *     keras_metadata.pb     the architecture, each layer's config and the compile settings, as JSON: what makes it Keras'
 *     variables/variables   a checkpoint (tensorflow/checkpoint.h) whose objects have the same numbers
 *
 *     saved_model.pb  1 schema, 2 {1 {4 "serve"}, 2 graph, 3 saver, 4 collections, 5 signatures, 7 objects}
 *     graph           1 node..., 2 {1 function...}, 4 versions
 *     function        1 {1 name, 2 input {1 name, 3 type}..., 3 output, 17 stateful}, 3 node..., 4 returns {1 name, 2 value}
 *     objects         1 {1 child {1 number, 2 name}, 4 user | 6 function | 7 variable | 8 bare function}...,
 *                     2 {1 name, 2 {2 bound numbers, 3 inputs, 4 outputs}}...
 *     metadata        1 {2 number, 3 path, 4 identifier, 5 JSON, 6 version}...
 *
 * Reads what Keras 2 and tf_keras write, from the metadata and the checkpoint alone; it ignores the graphs. Without Keras' metadata it
 * reads the first graph, as meta_graph/meta_graph.h says. */
#ifndef FORMATS_SAVED_MODEL_SAVED_MODEL_H
#define FORMATS_SAVED_MODEL_SAVED_MODEL_H

#include "formats/format.h"
#include "formats/keras/dialect.h"
#include "formats/tensorflow/objects.h"
#include "snapshot/graph.h"
#include "snapshot/index.h"
#include "snapshot/leaves.h"

#define SAVED_MODEL_VARIABLES "/variables/variables"

typedef struct saved_model {
    const snapshot *s;
    const char *where;
    /* Their names in the signature. */
    const char *input, *output;
    tf_objects objects;
    snapshot_leaves leaves;
    /* The nodes of the functions. */
    size_t call, signature;
} saved_model;

/* In graph.c. Appends saved_model.pb, after graph_writer_settle. */
HORN_CHECKED horn_status saved_model_put_graph(const saved_model *, bytes *out);

/* In functions.c. Append the fields of the functions' objects; the functions of a GraphDef, as the message of its library; and
 * what the objects say of a function: its variables, and its arguments, by name or by position. */
#define CALL      "__inference_call_2"
#define SIGNATURE "__inference_signature_wrapper_1"
void saved_model_put_call(bytes *out);
void saved_model_put_signature(const saved_model *, bytes *out);
HORN_CHECKED horn_status saved_model_put_functions(const saved_model *, bytes *library);
void saved_model_put_concrete(bytes *out, const saved_model *, bool by_name);
/* The next weight that the operations name; NULL after the last. And the node of a weight's object. */
const operation *saved_model_next_weight(const saved_model *, size_t *at);
size_t saved_model_node_of(const saved_model *, const operation *weight);
const shape *saved_model_output_shape(const saved_model *);
/* Appends a map's entry {1 key, 2 message}; empties the message. */
void saved_model_put_entry(bytes *out, uint32_t number, const char *key, bytes *message);

/* In metadata.c. Appends keras_metadata.pb. `architecture` is Keras 2's, `training` may be NULL. */
HORN_CHECKED horn_status saved_model_put_metadata(const saved_model *, const config *architecture,
                                                  const config *training, bytes *out);
/* Reads the JSON of its root, which the caller owns. `where` is the file. */
HORN_CHECKED horn_status saved_model_read_metadata(config **out, const bytes *content, const char *where);
/* The same from the object graph in saved_model.pb, where TensorFlow 2.0 to 2.4 put it; NULL if there is none. */
HORN_CHECKED horn_status saved_model_read_old_metadata(config **out, protobuf_text file, const char *where);
/* The first field of that number that holds bytes; at is NULL if there is none. */
protobuf_text saved_model_field(protobuf_text message, uint32_t number);

/* In list.c. */
HORN_CHECKED horn_status saved_model_list(contents *out, const source *from);

#endif
