/* Files of Torch7 that are made value by value; those that are refused, and with what words. */
#ifndef TESTS_CODECS_HOSTILE_TORCH7_H
#define TESTS_CODECS_HOSTILE_TORCH7_H

#include <stdbool.h>
#include "test.h"
#include "base/bytes.h"

/* ---- crafted files: i32 4, i64 8 bytes ---- */

static bytes made;

static inline void i32(int64_t number)
{
    for (int i = 0; i < 4; i++) bytes_append(&made, &(unsigned char){ (unsigned char)(number >> 8 * i) }, 1);
}

static inline void i64(int64_t number)
{
    i32(number);
    i32(number >> 32);
}

static inline void string(const char *t)
{
    i32((int64_t)strlen(t));
    bytes_append(&made, t, strlen(t));
}

static inline void object(int index, const char *class_name)
{
    i32(4), i32(index), string("V 1"), string(class_name);
}

/* A tensor of these axes in a storage of `stored` elements; the object around it stands before. */
static inline void tensor_body(int rank, const int64_t *shape, const int64_t *stride, int64_t offset)
{
    i32(rank);
    for (int i = 0; i < rank; i++) i64(shape[i]);
    for (int i = 0; i < rank; i++) i64(stride[i]);
    i64(offset);
}

static inline void storage(int index, int64_t stored, int64_t there)
{
    object(index, "torch.FloatStorage");
    i64(stored);
    for (int64_t i = 0; i < there; i++) bytes_append(&made, &(float){ (float)i }, 4);
}

static inline void matrix(int rank, int64_t a, int64_t b, int64_t stride_a, int64_t stride_b, int64_t offset,
                          int64_t stored)
{
    object(1, "torch.FloatTensor");
    tensor_body(rank, (int64_t[]){ a, b }, (int64_t[]){ stride_a, stride_b }, offset);
    storage(2, stored, stored < 100 ? stored : 0);
}

static inline void nested(int depth)
{
    for (int i = 1; i <= depth; i++) i32(3), i32(i), i32(1), i32(2), string("a");
    i32(0);
}

static inline void make_hostile_torch7(int which)
{
    switch (which) {
    case 0:
        i32(3);
        break;
    case 1:
        i32(9), i64(0), i64(0);
        break;
    case 2:
        i32(-1), i64(0), i64(0);
        break;
    case 3:
        i32(6), i32(1), string("code"), i32(0);
        break;
    case 4:
        i32(7), i32(1), string("code"), i32(0);
        break;
    case 5:
        i32(8), i32(1), string("code"), i32(0);
        break;
    case 6:
        object(1, "torch.HalfTensor"), i32(0);
        break;
    case 7:
        object(1, "torch.CudaHalfTensor"), i32(0);
        break;
    case 8:
        object(1, "tds.Hash"), i32(0);
        break;
    case 9:
        object(1, "torch.Timer"), i32(0);
        break;
    case 10:
        i32(3), i32(1), i32(0x7fffffff);
        break;
    case 11:
        i32(3), i32(1), i32(-1);
        break;
    case 12:
        i32(3), i32(0), i32(0), i32(0);
        break;
    case 13:
        i32(3), i32(-5), i32(0), i32(0);
        break;
    case 14:
        i32(3), i32(0x7fffffff), i32(0), i32(0);
        break;
    case 15:
        i32(2), i32(-1), i64(0);
        break;
    case 16:
        i32(2), i32(100), i64(0);
        break;
    case 17:
        i32(5), i32(2);
        break;
    case 18:
        i32(3), i32(1), i32(1), i32(2), string("a"), i32(3), i32(1), i64(0);
        break; /* itself */
    case 19:
        object(1, "nn.X"), i32(4), i32(1), i64(0);
        break;
    case 20:
        i32(3), i32(1), i32(1), i32(0), i32(0), i64(0);
        break; /* nil as a key */
    case 21:
        i32(3), i32(1), i32(1), i32(3), i32(2), i32(0), i32(0);
        break;
    case 22:
        nested(101);
        break;
    case 23:
        matrix(2, 2, 3, 3, 1, 2, 6);
        break; /* one too far */
    case 24:
        matrix(2, 2, 3, 3, 1, 0, 6);
        break;
    case 25:
        matrix(2, 2, 3, -3, 1, 1, 6);
        break;
    case 26:
        matrix(2, -2, 3, 3, 1, 1, 6);
        break;
    case 27:
        matrix(2, INT64_MAX / 4, INT64_MAX / 4, 0, 0, 1, 6);
        break;
    case 28:
        matrix(2, 2, 2, INT64_MAX / 4, 1, 1, 6);
        break;
    case 29:
        matrix(2, 2, 3, 3, 1, INT64_MAX, 6);
        break;
    case 30:
        object(1, "torch.FloatTensor"), i32(64), i64(0);
        break;
    case 31:
        object(1, "torch.FloatTensor"), i32(9), i64(0);
        break;
    case 32:
        object(1, "torch.FloatTensor"), i32(-1), i64(0);
        break;
    case 33:
        storage(1, 1000, 2);
        break;
    case 34:
        storage(1, -1, 2);
        break;
    case 35:
        storage(1, INT64_MAX, 2);
        break;
    case 36:
        object(1, "torch.FloatTensor"), tensor_body(1, (int64_t[]){ 2 }, (int64_t[]){ 1 }, 1), i32(0);
        break;
    case 37:
        object(1, "torch.FloatTensor"), tensor_body(1, (int64_t[]){ 2 }, (int64_t[]){ 1 }, 1), i32(1), i64(0);
        break;
    case 38:
        object(1, "torch.DoubleTensor"), tensor_body(1, (int64_t[]){ 2 }, (int64_t[]){ 1 }, 1),
            storage(2, 2, 2);
        break;
    case 39:
        i32(4), i32(1), string("V 1"), string(""), i32(0);
        break;
    case 40:
        i32(1), i64(0), i32(0);
        break; /* bytes behind it */
    case 41:   /* of 32 bits: sizes and strides of 4 bytes */
        object(1, "torch.FloatTensor"), i32(2), i32(2), i32(3), i32(3), i32(1), i32(1);
        i32(4), i32(2), string("V 1"), string("torch.FloatStorage"), i32(6), i64(0), i64(0), i64(0);
        break;
    case 42:
        storage(1, 2, 2), i32(4), i32(1);
        break;
    case 43:
        i32(3), i32(1), i32(1), i32(2), string("a"), i32(4), i32(1), i64(0);
        break;
    default:
        break;
    }
}

static const struct {
    const char *words;
    bool unsupported;
} hostile_torch7[] = { { "ends in the middle", false },
                       { "an object of kind 9", false },
                       { "an object of kind -1", false },
                       { "holds a function of Lua, which is code", true },
                       { "holds a function of Lua", true },
                       { "holds a function of Lua", true },
                       { "torch.HalfTensor is not supported", true },
                       { "torch.CudaHalfTensor is not supported", true },
                       { "tds.Hash is not supported", true },
                       { "torch.Timer is not supported", true },
                       { "a table of more pairs", false },
                       { "a table of more pairs", false },
                       { "an index that cannot be", false },
                       { "an index that cannot be", false },
                       { "an index that cannot be", false },
                       { "a string of a negative size", false },
                       { "ends in the middle", false },
                       { "a boolean that is neither", false },
                       { "an object that contains itself", true },
                       { "an object that contains itself", true },
                       { "a key that is no number", false },
                       { "a key that is no number", false },
                       { "nested deeper than 100", false },
                       { "does not fit into the file; files of 32-bit machines", false },
                       { "does not fit", false },
                       { "does not fit", false },
                       { "does not fit", false },
                       { "does not fit", false },
                       { "does not fit", false },
                       { "does not fit", false },
                       { "a tensor of 64 axes", false },
                       { "a tensor of 9 axes", true },
                       { "a tensor of -1 axes", false },
                       { "does not fit", false },
                       { "does not fit", false },
                       { "does not fit", false },
                       { "does not fit", false },
                       { "whose storage is of another type", false },
                       { "whose storage is of another type", false },
                       { "without a proper name", false },
                       { "4 bytes behind its object", false },
                       { "does not fit into the file; files of 32-bit machines", false },
                       { "8 bytes behind its object", false },
                       { "an object that contains itself", true } };

#endif
