/* Parts of horn_convert: they compare what was read with what reading the result gives. */
#ifndef MODEL_FILES_CONVERT_H
#define MODEL_FILES_CONVERT_H

#include <horn/file.h>
#include "base/files/atomic_file.h"
#include "formats/format.h"

/* The option of formats that have PyTorch's modules. */
#define CONVERT_NAMES "names"

/* convert_names.c: the lines of a text file, for that option. */
typedef struct conversion_names {
    bytes text;
    /* Ended by NULL; NULL: none. */
    const char **lines;
} conversion_names;

typedef struct conversion {
    const horn_convert_options *options;
    const char *target;
    source from;
    const format *reader, *writer;
    /* Of the source. */
    snapshot *snapshot;
    /* Read back from what is written; empty if Horn does not read that format. */
    snapshot *result;
    conversion_names names;
    /* lost: lines about tensors that were not carried; of a stream also about those that were; notes: the format's own lines. */
    bytes report, lost, notes;
    /* convert_stream did all of it: there are no snapshots. */
    bool is_streamed;
} conversion;

/* Fails, and names the place, unless both hold the same of `parts`: weights and the optimizer's variables bit for bit, in
 * order, and settings by value. It ignores whether the optimizer is one of TensorFlow up to 2.10: the caller compares that.
 * `where` begins the error line. */
HORN_CHECKED horn_status convert_check(const snapshot *wanted, const snapshot *found, unsigned parts,
                                       const char *where);

/* The parts of the source that the result has; of a format that is not read, those that it writes. */
unsigned convert_carried(const conversion *);
/* The result is read back and compared; else what its format lists. */
bool convert_reads_back(const conversion *);

/* Fails unless the written file lists every tensor of `parts` of the snapshot, bit for bit. */
HORN_CHECKED horn_status convert_count_result(const snapshot *wanted, const contents *result, unsigned parts,
                                              const char *where);
/* Reports, with number and bytes, the tensors that the source, `before`, lists and that are neither in `read`, the snapshot
 * read from it, nor in the result, whose snapshot is `found` and has `parts`. `result` may be NULL. */
HORN_CHECKED horn_status convert_count_source(bytes *report, const contents *before, const snapshot *read,
                                              const contents *result, const snapshot *found, unsigned parts);
/* Appends ": 9 tensors, 800 bytes" for a part of the snapshot; nothing if it has none. */
void convert_count_part(bytes *report, const snapshot *, unsigned part);
/* Fails if a save would change a file that is read. `source`: a file, a checkpoint's prefix or a directory; links are followed.
 */
HORN_CHECKED horn_status convert_check_place(const transaction *files, const char *source);

/* `path` may be NULL. Free it after a failure, too. */
HORN_CHECKED horn_status convert_names_read(conversion_names *out, const char *path);
void convert_names_free(conversion_names *);
/* Whether the format has the option. */
bool convert_takes_names(const format *);

/* convert_stream.c: converts by tensors alone, if source and format allow that, and sets c->is_streamed; else it does nothing. The
 * source is open, and its reader chosen. */
HORN_CHECKED horn_status convert_stream(conversion *c);

/* Whether the snapshot's optimizer is one of TensorFlow up to 2.10. */
bool convert_is_legacy(const snapshot *);

/* convert_report.c: appends the lines about what was carried, what was not, and what changed. */
void convert_report(conversion *);

#endif
