/* numpy's .npy: one array, with a Python literal as header. Reads versions 1 to 3, writes what numpy.save writes.
 * Source: numpy.lib.format.
 *
 *     OFFSET  SIZE    WHAT
 *     0       6       "\x93NUMPY"
 *     6       2       version: major 1, 2 or 3; minor 0
 *     8       2 or 4  length of the header, little-endian (2 bytes in version 1, else 4)
 *     10, 12  length  {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }  spaces, a newline; ends at 64 n
 *     then            the elements, nothing after them */
#ifndef CODECS_NPY_H
#define CODECS_NPY_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/status.h>
#include <horn/view.h>
#include "base/bytes.h"

/* An array: row-major, native byte order, `data` aligned to 64 bytes. All zero: empty. */
typedef struct npy_array {
    void *data;
    /* The block that holds the data and that npy_array_free frees; NULL: the data are borrowed. */
    void *block;
    horn_dtype dtype;
    int rank;
    size_t shape[HORN_MAX_RANK];
} npy_array;

/* Sets dtype and shape and allocates zeroed elements. `name` begins the error line. Free with npy_array_free. */
HORN_CHECKED horn_status npy_array_new(npy_array *out, horn_dtype dtype, int rank, const size_t *shape,
                                       const char *name);

/* Leaves it empty. */
void npy_array_free(npy_array *array);

/* Reverses the bytes of each element. */
void npy_array_swap(npy_array *array);

/* Returns a borrowed view of the array, with divisor 0. */
horn_view npy_array_view(const npy_array *array);

/* *size is the number of bytes of such an array; returns false if the product of its axes overflows, also if one of
 * them is 0. */
bool npy_array_size(size_t *size, horn_dtype dtype, int rank, const size_t *shape);

/* True if the bytes begin as a .npy file. */
bool npy_recognizes(const void *data, size_t size);

/* Reads a whole .npy file; converts Fortran order and the other byte order. */
HORN_CHECKED horn_status npy_read(npy_array *out, const void *data, size_t size, const char *name);

/* The same without a copy: *out borrows the elements from the bytes, in which they are put in order and moved to an aligned place.
 * It owns a copy only of an array in Fortran order, or if there is no such place. */
HORN_CHECKED horn_status npy_borrow(npy_array *out, void *data, size_t size, const char *name);

/* Appends version 1.0: the bytes that numpy.save writes for the array. The view's divisor is not applied. */
HORN_CHECKED horn_status npy_write(bytes *out, const horn_view *view);

#endif
