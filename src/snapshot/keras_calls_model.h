/* How the parts of keras_calls read a model's config: its layers are entries, its calls nodes. */
#ifndef SNAPSHOT_KERAS_CALLS_MODEL_H
#define SNAPSHOT_KERAS_CALLS_MODEL_H

#include "config/keras_object.h"
#include "snapshot/keras_calls.h"

enum { KERAS_CALLS_NOWHERE = -1 };

/* A tensor that a call takes: which entry, by which of its calls. */
typedef struct keras_operand {
    size_t entry;
    int64_t call;
} keras_operand;

typedef struct keras_node {
    size_t entry;
    keras_operand *operands;
    size_t operand_count;
    /* Its value (snapshot.h), once it has a place in the order. */
    bool is_placed;
    size_t value;
} keras_node;

typedef struct keras_entry {
    /* Borrowed from the config. */
    const char *name, *class_name;
    keras_role role;
    const config *calls;
    /* Its calls: [first, first + count) of the nodes; how many have a place. A further input of the model has one, on nothing. */
    size_t first, count, placed;
    /* What its calls are counted from, and the greatest number by which a call, and an end, takes one of them; -1: none. */
    int64_t base, greatest, greatest_end;
    /* A call takes number 0. */
    bool counts_from_0;
    /* Its layer in the snapshot; NOWHERE: it was not called yet. */
    long layer;
    /* It is one of the model's inputs. */
    bool is_end;
} keras_entry;

typedef struct keras_model {
    const char *where;
    keras_entry *entries;
    size_t entry_count;
    /* [entry_count], sorted by name. */
    const keras_entry **by_name;
    keras_node *nodes;
    size_t node_count;
    /* The first InputLayer, whose value is 0. */
    size_t input;
    /* [2]: those of the inputs, then those of the outputs; each with its key, borrowed. */
    struct keras_ends {
        keras_operand *operands;
        const char **keys;
        size_t count;
    } ends[2];
} keras_model;

/* Puts the calls in an order in which they can run, and finds the values of the ends. */
HORN_CHECKED horn_status keras_calls_order(keras_calls *out, keras_model *);
HORN_CHECKED horn_status keras_calls_broken(const keras_model *, const keras_entry *, const char *what);

#endif
