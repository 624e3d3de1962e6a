/* Inside of <horn/view.h>: batches are gathered out of a view, converted on the way.
 *
 * Sample i of a batch is sample order[first + i] of the view, or first + i where there is no order. */
#ifndef TENSOR_VIEW_H
#define TENSOR_VIEW_H

#include <stddef.h>
#include <stdint.h>
#include <horn/view.h>

/* out[count, elements of a sample] = (float)element / (float)divisor, numpy's x.astype("float32") / divisor.
 */
void view_gather_float(const horn_view *view, const uint32_t *order, size_t first, size_t count, float *out);

/* out[count, elements of a sample], fractions cut off, the divisor left out of account. What does not fit
 * becomes INT32_MIN, which is no class. */
void view_gather_labels(const horn_view *view, const uint32_t *order, size_t first, size_t count,
                        int32_t *out);

#endif
