#include "formats/torch_files/types.h"

#include <string.h>

/* In the order of their names in the table below. */
static const torch_type types[] = {
    { "float32", 4, HORN_FLOAT32, false }, { "float64", 8, HORN_FLOAT64, false },
    { "int64", 8, HORN_INT64, false },     { "int32", 4, HORN_INT32, false },
    { "int16", 2, HORN_INT16, false },     { "int8", 1, HORN_INT8, false },
    { "uint8", 1, HORN_UINT8, false },     { "bool", 1, HORN_BOOL, false },
    { "float16", 2, HORN_FLOAT32, false }, { "bfloat16", 2, HORN_FLOAT32, true },
};
enum { TYPES = sizeof types / sizeof *types };

#define KNOWN(module, name, use, number) \
    {                                    \
        module, name, use, number, NULL  \
    }
#define STORAGE(name, index)                                                 \
    {                                                                        \
        "torch", name "Storage", PICKLE_TOKEN, TORCH_STORAGE + (index), NULL \
    }
#define REFUSED(module, name, means)            \
    {                                           \
        module, name, PICKLE_REFUSED, -1, means \
    }
#define QUANTIZED "quantized numbers"
#define COMPLEX   "complex numbers"
#define NEWER     "a tensor of a type that newer versions of PyTorch have"
#define SPARSE    "a sparse tensor"

const pickle_global torch_globals[] = {
    KNOWN("collections", "OrderedDict", PICKLE_DICTS, TORCH_ORDERED_DICT),
    KNOWN("collections", "Counter", PICKLE_CALLED, TORCH_COUNTER),
    KNOWN("torch", "Size", PICKLE_CALLED, TORCH_SIZE),
    KNOWN("torch._utils", "_rebuild_tensor_v2", PICKLE_CALLED, TORCH_TENSOR),
    KNOWN("torch._utils", "_rebuild_tensor", PICKLE_CALLED, TORCH_OLD_TENSOR),
    KNOWN("torch._utils", "_rebuild_parameter", PICKLE_CALLED, TORCH_PARAMETER),
    STORAGE("Float", 0),
    STORAGE("Double", 1),
    STORAGE("Long", 2),
    STORAGE("Int", 3),
    STORAGE("Short", 4),
    STORAGE("Char", 5),
    STORAGE("Byte", 6),
    STORAGE("Bool", 7),
    STORAGE("Half", 8),
    STORAGE("BFloat16", 9),
    REFUSED("torch", "ComplexFloatStorage", COMPLEX),
    REFUSED("torch", "ComplexDoubleStorage", COMPLEX),
    REFUSED("torch", "QInt8Storage", QUANTIZED),
    REFUSED("torch", "QUInt8Storage", QUANTIZED),
    REFUSED("torch", "QInt32Storage", QUANTIZED),
    REFUSED("torch", "QUInt4x2Storage", QUANTIZED),
    REFUSED("torch", "QUInt2x4Storage", QUANTIZED),
    REFUSED("torch._utils", "_rebuild_qtensor", "a quantized tensor"),
    REFUSED("torch._utils", "_rebuild_tensor_v3", NEWER),
    REFUSED("torch.storage", "UntypedStorage", NEWER),
    REFUSED("torch._utils", "_rebuild_sparse_tensor", SPARSE),
    REFUSED("torch._utils", "_rebuild_sparse_csr_tensor", SPARSE),
    REFUSED("torch._utils", "_rebuild_parameter_with_state", "a parameter with attributes of its own"),
    REFUSED("torch._tensor", NULL, "a tensor of a class of its own"),
    REFUSED("torch.optim", NULL, "a whole optimizer, expected its state_dict"),
    REFUSED("torch.nn", NULL, "a whole module, expected its state_dict"),
    REFUSED("torch.jit", NULL, "a whole module of TorchScript, expected its state_dict"),
    REFUSED("torchvision", NULL, "a whole module, expected its state_dict"),
    REFUSED("__main__", NULL, "an object of a class of the program that wrote it"),
    REFUSED("numpy", NULL, "an object of NumPy"),
    REFUSED("argparse", NULL, "the options of a program"),
    { NULL, NULL, PICKLE_REFUSED, -1, NULL },
};

const pickle_global *torch_global(int number)
{
    const pickle_global *g = torch_globals;
    while (g->module && g->number != number) g++;
    return g;
}

const torch_type *torch_type_of(const pickle_value *token)
{
    if (!pickle_is(token, PICKLE_GLOBAL) || token->global->number < TORCH_STORAGE) return NULL;
    return &types[token->global->number - TORCH_STORAGE];
}

const pickle_global *torch_storage_of(horn_dtype dtype)
{
    for (int i = 0; i < TYPES; i++)
        if (types[i].dtype == dtype && types[i].size == horn_dtype_size(dtype))
            return torch_global(TORCH_STORAGE + i);
    return NULL;
}

/* ---- elements ---- */

static uint16_t read16(const unsigned char *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

/* IEEE's binary16 to binary32, exactly. */
static uint32_t widen_half(uint16_t half)
{
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    uint32_t exponent = half >> 10 & 31, fraction = half & 0x3ff;
    if (exponent == 31) return sign | 0x7f800000 | fraction << 13;
    if (exponent == 0 && fraction == 0) return sign;
    if (exponent == 0) {
        exponent = 1;
        for (; !(fraction & 0x400); fraction <<= 1) exponent--;
        fraction &= 0x3ff;
    }
    return sign | (exponent + 112) << 23 | fraction << 13;
}

void torch_type_read(void *out, const torch_type *type, const unsigned char *from, size_t count, size_t step)
{
    const size_t size = type->size, apart = step * size;
    unsigned char *to = out;
    if (size == horn_dtype_size(type->dtype) && step == 1) {
        if (count) memcpy(to, from, count * size);
    } else if (size == horn_dtype_size(type->dtype)) {
        for (size_t i = 0; i < count; i++, from += apart) memcpy(to + i * size, from, size);
    } else {
        for (size_t i = 0; i < count; i++, from += apart) {
            const uint32_t bits = type->is_bfloat16 ? (uint32_t)read16(from) << 16 : widen_half(read16(from));
            memcpy(to + i * sizeof bits, &bits, sizeof bits);
        }
    }
}
