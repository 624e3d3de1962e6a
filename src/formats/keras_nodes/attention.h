/* Calls of Attention, AdditiveAttention and MultiHeadAttention in a Functional (nodes.h):
 *
 *     Keras 2  [["query", 0, 0, {"value": ["value", 0, 0], "use_causal_mask": true}]]
 *     Keras 3  {"args": [query, value], "kwargs": {"key": key, "use_causal_mask": true}}
 *
 * Attention and AdditiveAttention are called on a list. In neutral form a call is on query, value and key, and use_causal_mask is
 * an argument of the layer. */
#ifndef FORMATS_KERAS_NODES_ATTENTION_H
#define FORMATS_KERAS_NODES_ATTENTION_H

#include "config/config.h"

bool node_is_attention(const config *entry);
/* Such an entry in neutral form; the caller owns *out. UNSUPPORTED: another argument, or scores that are returned. */
HORN_CHECKED horn_status node_attention_read(config **out, const config *entry, const char *where);
/* The inverse. */
config *node_attention_write(const config *entry, bool keras3);

#endif
