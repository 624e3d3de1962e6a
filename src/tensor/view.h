/* The internal part of <horn/view.h>: gathers batches from a view, and converts their elements.
 *
 * Sample i of a batch is sample order[first + i] of the view; first + i if `order` is NULL. */
#ifndef TENSOR_VIEW_H
#define TENSOR_VIEW_H

#include <stddef.h>
#include <stdint.h>
#include <horn/view.h>

/* out[count, elements of a sample] = (float)element / (float)divisor, as numpy's x.astype("float32") / divisor. */
void view_gather_float(const horn_view *view, const uint32_t *order, size_t first, size_t count, float *out);

/* out[count, elements of a sample]: fractions are cut off, the divisor is not applied. Values that do not fit become
 * INT32_MIN, which is no class. */
void view_gather_labels(const horn_view *view, const uint32_t *order, size_t first, size_t count,
                        int32_t *out);

/* Element i of all, over the divisor; not rounded to float32. */
double view_number(const horn_view *view, size_t i);

#endif
