/* What formats know of Keras' classes of layers: names and order of their weights, and which layers they hold. It follows from
 * the class and its arguments, never from the order of keys in a config.
 *
 *     LSTM, GRU, SimpleRNN, ConvLSTM..   cell
 *     RNN                                cell, which may be StackedRNNCells -> cells
 *     Bidirectional                      forward_layer, backward_layer
 *     TimeDistributed                    layer
 *     Sequential, Functional             layers
 *
 * Readers do not ask this but expected.h: the layers themselves know better, if Horn has their class. Weights of a class that is
 * not listed have numbers for names, and their layout is kept as it was found, or refused. */
#ifndef FORMATS_KERAS_CLASSES_H
#define FORMATS_KERAS_CLASSES_H

#include "snapshot/snapshot.h"

enum { KERAS_MOST_WEIGHTS = 4 };

typedef struct keras_weight {
    const char *name;
    bool trainable;
} keras_weight;

/* The weights that a layer has itself, without those of layers inside, in Keras' order; false for an unknown class. */
bool keras_class_weights(keras_weight out[KERAS_MOST_WEIGHTS], size_t *count, const char *class_name,
                         const config *arguments);
/* What Keras 3's object of a layer of that class calls a weight: `weight` itself if that is not known. */
const char *keras_attribute(const char *class_name, const char *weight);
/* What Keras 3's or Keras 2's object calls a layer inside it: "query_dense" or "_query_dense"; most are the same in both. */
const char *keras_inner_attribute(const char *attribute, bool keras3);
/* For a layer of an unknown class: the usual names of weights, in Keras' order; NULL past the last. */
const char *keras_usual_weight(size_t index);
/* The same: whether it seems to have weights, as its arguments name initializers. */
bool keras_seems_weighted(const snapshot_layer *);
/* Whether the attribute is a list of layers, which are numbered by their place in it. */
bool keras_is_list(const char *attribute);
/* Whether that is the state of random numbers, which Keras saves beside weights and does not need. */
bool keras_is_random_state(const char *name, size_t length);

/* Adds the layers inside, from the arguments, to each layer of a known class that has none yet. `where` begins error lines. */
HORN_CHECKED horn_status keras_expand(snapshot *, const char *where);

/* Guesses which tensors train: all but a BatchNormalization's statistics, by its class or by their names. */
void keras_mark_trainable(snapshot_layer *layer);

/* Fails, and names the layer, if a snapshot does not say enough for a format that keeps the layers inside apart. `by_path`: a
 * format that also writes layers whose order is not known, under the names of their groups. */
HORN_CHECKED horn_status keras_check_layout(const snapshot *, bool by_path, const char *where);

#endif
