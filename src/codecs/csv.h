/* Comma-separated values, written: a line for each sample, its elements in order, ended by a newline. Floats have as many digits
 * as read back to the same bits; NaN and infinity are nan, inf and -inf. */
#ifndef CODECS_CSV_H
#define CODECS_CSV_H

#include <horn/status.h>
#include <horn/view.h>
#include "base/bytes.h"

/* Appends the lines. The view's divisor is left out. */
HORN_CHECKED horn_status csv_write(bytes *out, const horn_view *view);

#endif
