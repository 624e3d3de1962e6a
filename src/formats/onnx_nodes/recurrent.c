#include "formats/onnx_nodes/recurrent.h"

#include <string.h>

/* The intermediate representation has i, f, g, o; ONNX i, o, f, g. */
static const onnx_recurrent rows[] = {
    { OPERATION_SIMPLE_RNN, "RNN", 1, { 0 }, { 0 }, 1 },
    { OPERATION_LSTM, "LSTM", 4, { 0, 3, 1, 2 }, { 0, 2, 3, 1 }, 3 },
    { OPERATION_GRU, "GRU", 3, { 0, 1, 2 }, { 0, 1, 2 }, 2 },
};

static const struct {
    operation_kind kind;
    const char *name;
} activations[] = {
    { OPERATION_RELU, "Relu" },
    { OPERATION_SIGMOID, "Sigmoid" },
    { OPERATION_TANH, "Tanh" },
    { OPERATION_SOFTPLUS, "Softplus" },
};
enum { ACTIVATIONS = sizeof activations / sizeof *activations };

const onnx_recurrent *onnx_recurrent_at(size_t index)
{
    return index < sizeof rows / sizeof *rows ? &rows[index] : NULL;
}

const onnx_recurrent *onnx_recurrent_of(operation_kind kind)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].kind == kind) return &rows[i];
    return NULL;
}

const char *onnx_activation_name(operation_kind kind)
{
    for (size_t i = 0; i < ACTIVATIONS; i++)
        if (activations[i].kind == kind) return activations[i].name;
    return NULL;
}

operation_kind onnx_activation_kind(const char *name, size_t length)
{
    for (size_t i = 0; i < ACTIVATIONS; i++)
        if (strlen(activations[i].name) == length && memcmp(activations[i].name, name, length) == 0)
            return activations[i].kind;
    return OPERATION_KINDS;
}
