/* numpy's .npy: one array, with a header that is a Python literal. Read in versions 1 to 3, written as
 * numpy.save does.
 *
 *     OFFSET  SIZE    WHAT
 *     0       6       "\x93NUMPY"
 *     6       2       version: major 1, 2 or 3; minor 0
 *     8       2 or 4  length of the header, little-endian (2 bytes in version 1, else 4)
 *     10, 12  length  {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }  spaces, a newline; ends at
 * 64 n then            the elements, nothing behind them
 */
#ifndef CODECS_NPY_H
#define CODECS_NPY_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/status.h>
#include <horn/view.h>
#include "base/bytes.h"

/* An owned array as files hold it: row-major, native byte order; `data` is aligned to 64 bytes. All zero is
 * empty. */
typedef struct npy_array {
    void *data;
    horn_dtype dtype;
    int rank;
    size_t shape[HORN_MAX_RANK];
} npy_array;

/* Sets dtype and shape and allocates the elements, zeroed; `name` is for the error line. */
HORN_CHECKED horn_status npy_array_new(npy_array *out, horn_dtype dtype, int rank, const size_t *shape,
                                       const char *name);
void npy_array_free(npy_array *array); /* leaves it empty */

/* Reverses the bytes of every element. */
void npy_array_swap(npy_array *array);

/* A borrowed view of it, with divisor 0. */
horn_view npy_array_view(const npy_array *array);

/* *size = bytes of such an array; false where they overflow, also for a shape with a 0 in it. */
bool npy_array_size(size_t *size, horn_dtype dtype, int rank, const size_t *shape);

/* Whether the bytes begin as a .npy does. */
bool npy_recognizes(const void *data, size_t size);

/* Reads a whole .npy; Fortran order and the other byte order are converted. */
HORN_CHECKED horn_status npy_read(npy_array *out, const void *data, size_t size, const char *name);

/* Appends version 1.0, the bytes of numpy.save for the same array. The view's divisor is left out. */
HORN_CHECKED horn_status npy_write(bytes *out, const horn_view *view);

#endif
