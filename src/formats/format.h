/* What every file format has. To add one: copy keras/json.c, add its line to registry.c and a golden folder.
 *
 * A format turns a snapshot into files and files into a snapshot. It never sees a layer object, and it never
 * opens, names or renames a file: it reads from a source, and writes into a transaction, which commits
 * everything or nothing. */
#ifndef FORMATS_FORMAT_H
#define FORMATS_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include "base/atomic_file.h"
#include "formats/contents.h"
#include "formats/options.h"
#include "formats/source.h"
#include "snapshot/schema.h"

typedef struct format {
    const char *name; /* "keras-h5" */
    const char *const
        *suffixes;          /* ".h5", ".hdf5", NULL; the longest that fits a path names the format to write */
    unsigned reads, writes; /* parts it can carry; 0: it cannot */
    unsigned
        needs; /* what it cannot carry, and must know of the model: to write, and of the schema's to read */
    bool weights_alone;   /* it can carry an architecture, and does without one */
    bool inference_alone; /* of an architecture it gives back what inference needs, in its own words */
    bool
        newer_optimizers; /* of an optimizer of TensorFlow up to 2.10 it keeps the variables, where Keras does not look */
    /* which files a save is; NULL: one, of the save's own name */
    const format_files *files;
    /* a name without a suffix is of this format; of one alone */
    bool bare_names;
    /* of its own, ended by one without a name; NULL: none */
    const format_option *options;
    bool
        by_name; /* each tensor stands by itself, under its name: which layers there are and their order is not told */
    bool (*recognizes)(const source *); /* by content, never by suffix */
    /* Fills an empty snapshot and sets its parts. `known` knows what the file does not say of weights; NULL: nobody does. */
    horn_status (*read)(snapshot *out, const source *, const format_options *, const schema *known);
    horn_status (*write)(const snapshot *, transaction *, const format_options *);
    /* What stands in it, also where it is no model; NULL: nothing but what `read` gives. The source outlives
     * the contents. */
    horn_status (*list)(contents *out, const source *);
    /* Of a source that no format recognizes: fails, and says what it is, if it is a relative of the format's that it does not
     * read. NULL: there is none. */
    horn_status (*refuse)(const source *);
} format;

const format *format_at(size_t index); /* NULL past the last */
HORN_CHECKED horn_status format_by_name(const format **out, const char *name);
/* Of all that write whole models, or else weights alone: the one with the longest suffix that fits the path.
 */
HORN_CHECKED horn_status format_by_suffix(const format **out, const char *path, bool weights_only);
/* The suffix of a path, if no format has it and it looks like one: letters and digits behind the last dot of the name, a
 * letter first, so that "v1.2" and "ckpt-0.53" have none. Else NULL. */
const char *format_unknown_suffix(const char *path);
/* Of all that read: the one that recognizes the content. */
HORN_CHECKED horn_status format_by_content(const format **out, const source *);
/* The only way to a file's snapshot: the slot `read`, then snapshot_check. */
HORN_CHECKED horn_status format_read(const format *, snapshot *out, const source *, const format_options *,
                                     const schema *known);
/* And to what stands in it, of a format that lists it: the slot `list`, then contents_check. */
HORN_CHECKED horn_status format_contents(const format *, contents *out, const source *);
/* Fails for an option of its own that the format does not declare, and names it, and for a value that does not fit. */
HORN_CHECKED horn_status format_check_options(const format *, const format_options *, const char *path);
/* Where the suffix begins by which a name is that of one file that can hold a run, or weights alone; else the name's end. */
const char *format_run_suffix(const char *name);
/* The format of names without a suffix. */
const format *format_of_bare_names(void);
/* Else of all that only list. */
HORN_CHECKED horn_status format_to_list(const format **out, const source *);

#endif
