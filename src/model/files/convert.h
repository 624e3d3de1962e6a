/* Inside of horn_convert: comparing what was read with what reading the result gives. */
#ifndef MODEL_FILES_CONVERT_H
#define MODEL_FILES_CONVERT_H

#include "base/atomic_file.h"
#include "formats/contents.h"
#include "snapshot/snapshot.h"

/* Fails, and says where, unless both hold the same of `parts`: every weight and variable of the optimizer bit for bit,
 * in their order, and settings by value. What only tells optimizers of TensorFlow up to 2.10 from newer ones is left
 * to the caller. */
HORN_CHECKED horn_status convert_check(const snapshot *wanted, const snapshot *found, unsigned parts,
                                       const char *where);

/* Fails unless the container that was written lists every tensor of `parts` of the snapshot, bit for bit. */
HORN_CHECKED horn_status convert_count_result(const snapshot *wanted, const contents *result, unsigned parts,
                                              const char *where);
/* Names in the report, by count and bytes, each tensor that the source lists and that is neither in what was read of it
 * nor in the result, of which `found` is read and has `parts`. No result: NULL. */
HORN_CHECKED horn_status convert_count_source(bytes *report, const contents *source, const snapshot *read,
                                              const contents *result, const snapshot *found, unsigned parts);
/* ": 9 tensors, 800 bytes" of a part. */
void convert_count_part(bytes *report, const snapshot *, unsigned part);
/* Fails if a save would change what stands at a path that is read: a file, a checkpoint's prefix or a directory, whatever
 * links lead there. */
HORN_CHECKED horn_status convert_check_place(const transaction *files, const char *source);

bool convert_is_legacy(const snapshot *s); /* whether its optimizer is one of TensorFlow up to 2.10 */

#endif
