/* Writes comma-separated values: one line for each sample, elements in order. Floats have the fewest digits that read
 * back to the same bits; NaN and infinity are written as nan, inf and -inf. */
#ifndef CODECS_CSV_H
#define CODECS_CSV_H

#include <horn/status.h>
#include <horn/view.h>
#include "base/bytes.h"

/* Appends the lines. The view's divisor is not applied. */
HORN_CHECKED horn_status csv_write(bytes *out, const horn_view *view);

#endif
