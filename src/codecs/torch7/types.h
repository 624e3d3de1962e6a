/* Torch7's types of elements, by the names of its tensors. */
#ifndef CODECS_TORCH7_TYPES_H
#define CODECS_TORCH7_TYPES_H

#include <horn/view.h>

/* What follows the type in "torch.FloatTensor": "Tensor"; NULL: the class is none of these. */
const char *torch7_type_of(const char *class_name, size_t length, horn_dtype *out);
/* "Float"; NULL: Torch7 has no such type. */
const char *torch7_type_name(horn_dtype);

#endif
