/* The names of Python in PyTorch's files, and the types of elements.
 *
 *     collections.OrderedDict                a dict; with a state_dict's `_metadata` as its state
 *     torch._utils._rebuild_tensor_v2        (storage, offset, size, stride, requires_grad, hooks [, metadata])
 *     torch._utils._rebuild_tensor           (storage, offset, size, stride): up to PyTorch 0.3
 *     torch._utils._rebuild_parameter        (tensor, requires_grad, hooks)
 *     torch.FloatStorage, ...                the type of a storage: an array that tensors are views of
 *
 * Any other name is refused; those of whole modules, complex numbers and the like by what they are. */
#ifndef FORMATS_TORCH_FILES_TYPES_H
#define FORMATS_TORCH_FILES_TYPES_H

#include <horn/view.h>
#include "codecs/pickle/pickle.h"

typedef struct torch_type {
    /* "float32", as NumPy calls it. */
    const char *name;
    /* Bytes of an element. */
    size_t size;
    /* What it is read as: float16 and bfloat16 become float32. */
    horn_dtype dtype;
    bool is_bfloat16;
} torch_type;

/* `number` of the names; those of storages have TORCH_STORAGE and the index of their type. */
enum {
    TORCH_ORDERED_DICT,
    TORCH_COUNTER,
    TORCH_SIZE,
    TORCH_TENSOR,
    TORCH_OLD_TENSOR,
    TORCH_PARAMETER,
    TORCH_STORAGE
};

/* The table for pickle_read. */
extern const pickle_global torch_globals[];
/* Of this number. */
const pickle_global *torch_global(int number);

/* The type that a storage's name means; NULL: it is no such name. */
const torch_type *torch_type_of(const pickle_value *token);
/* The name of the storages that hold such elements; NULL: PyTorch has none. */
const pickle_global *torch_storage_of(horn_dtype dtype);

/* Reads elements of the type, `step` elements apart, into `out`. */
void torch_type_read(void *out, const torch_type *type, const unsigned char *from, size_t count, size_t step);

#endif
