/* ONNX's recurrent operators, for writing and reading. */
#ifndef FORMATS_ONNX_NODES_RECURRENT_H
#define FORMATS_ONNX_NODES_RECURRENT_H

#include <stddef.h>
#include "tensor/operation_kinds.h"

typedef struct onnx_recurrent {
    operation_kind kind;
    const char *op;
    size_t gates;
    /* Gate i of ONNX is gate order[i] of the intermediate representation; and the other way round. */
    size_t order[4], back[4];
    /* How many ONNX names: of the gates, of the new values, of what an LSTM gives. */
    size_t activations;
} onnx_recurrent;

/* NULL past the last. */
const onnx_recurrent *onnx_recurrent_at(size_t index);
/* NULL: the kind is none of them. */
const onnx_recurrent *onnx_recurrent_of(operation_kind);
/* NULL: ONNX has none in these operators, or one whose numbers have no defaults: linear, which is OPERATION_NONE. */
const char *onnx_activation_name(operation_kind);
/* OPERATION_KINDS: it is not known. */
operation_kind onnx_activation_kind(const char *name, size_t length);

#endif
