#include "formats/torch/translate.h"

static const char *const plain[OPERATION_KINDS] = {
    [OPERATION_RELU] = "ReLU",         [OPERATION_RELU6] = "ReLU6", [OPERATION_SIGMOID] = "Sigmoid",
    [OPERATION_TANH] = "Tanh",         [OPERATION_ELU] = "ELU",     [OPERATION_SELU] = "SELU",
    [OPERATION_SOFTPLUS] = "Softplus",
};

horn_status torch_activation(torch_walk *w, operation_kind kind)
{
    if (kind == OPERATION_SOFTMAX) return torch_add(w, "Softmax", NULL, "dim=-1");
    if (plain[kind]) return torch_add(w, plain[kind], NULL, "%s", "");
    return torch_refuse(w, "computes %s, for which torch.nn has no module", operation_name(kind));
}

bool torch_is_activation(operation_kind kind)
{
    return plain[kind];
}
