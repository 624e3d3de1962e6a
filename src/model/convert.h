/* Inside of horn_convert: comparing what was read with what reading the result gives. */
#ifndef MODEL_CONVERT_H
#define MODEL_CONVERT_H

#include "snapshot/snapshot.h"

/* Fails, and says where, unless both hold the same of `parts`: every weight and variable of the optimizer bit for bit,
 * in their order, and settings by value. What only tells optimizers of TensorFlow up to 2.10 from newer ones is left
 * to the caller. */
HORN_CHECKED horn_status convert_check(const snapshot *wanted, const snapshot *found, unsigned parts,
                                       const char *where);

bool convert_is_legacy(const snapshot *s); /* whether its optimizer is one of TensorFlow up to 2.10 */

#endif
