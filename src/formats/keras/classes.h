/* What the formats of Keras know of Keras' classes of layers: what they call their weights, in what order, and which layers
 * they hold. It comes from the class and its arguments, never from the order of keys in a config. All of that is here.
 *
 *     LSTM, GRU, SimpleRNN, ConvLSTM..   cell
 *     RNN                                cell, which may be StackedRNNCells -> cells
 *     Bidirectional                      forward_layer, backward_layer
 *     TimeDistributed                    layer
 *     Sequential, Functional             layers
 *
 * What is not listed is unknown: its weights are numbered, and its layout is left as it was found or refused. */
#ifndef FORMATS_KERAS_CLASSES_H
#define FORMATS_KERAS_CLASSES_H

#include "snapshot/snapshot.h"

enum { KERAS_MOST_WEIGHTS = 4 };

typedef struct keras_weight {
    const char *name;
    bool trainable;
} keras_weight;

/* The weights that a layer has itself; false for an unknown class. */
bool keras_class_weights(keras_weight out[KERAS_MOST_WEIGHTS], size_t *count, const char *class_name,
                         const config *arguments);
/* What Keras 3's object of a layer of that class calls a weight: `weight` itself if that is not known. */
const char *keras_attribute(const char *class_name, const char *weight);
/* For a layer of an unknown class: the usual names of weights, in Keras' order; NULL past the last. */
const char *keras_usual_weight(size_t index);
/* The same: whether it seems to have weights, as its arguments name initializers. */
bool keras_seems_weighted(const snapshot_layer *);
/* Whether its layers inside are a list, numbered by their place in it. */
bool keras_is_list(const char *attribute);
/* Random numbers' state, which Keras keeps beside weights and needs from no file. */
bool keras_is_random_state(const char *name, size_t length);

/* Adds the layers inside, as its arguments say them, to each layer of a known class that has none yet. */
HORN_CHECKED horn_status keras_expand(snapshot *, const char *where);

/* Guesses which tensors train: all but a BatchNormalization's statistics, by its class or by their names. */
void keras_mark_trainable(snapshot_layer *layer);

/* Fails, and names the layer, where a format that keeps layers inside apart cannot be written. `by_path`: one that needs
 * names and order alone of those that were found by their places. */
HORN_CHECKED horn_status keras_check_layout(const snapshot *, bool by_path, const char *where);

#endif
