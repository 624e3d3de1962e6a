/* What every file format has. To add one: copy keras/json.c, add its line to registry.c and a golden folder.
 *
 * A format turns a snapshot into files and files into a snapshot. It never sees a layer object, and it never
 * opens, names or renames a file: it reads from a source, and writes into a transaction, which commits
 * everything or nothing. */
#ifndef FORMATS_FORMAT_H
#define FORMATS_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include "base/files/atomic_file.h"
#include "formats/contents.h"
#include "formats/options.h"
#include "formats/source.h"
#include "snapshot/schema.h"

typedef struct format {
    /* "keras-h5". */
    const char *name;
    /* ".h5", ".hdf5", NULL. The format with the longest suffix that fits a path writes it. */
    const char *const *suffixes;
    /* The parts that it can hold; 0: it cannot read or write. */
    unsigned reads, writes;
    /* Parts that it cannot hold, but must know: of the model to write, and of the schema's model to read. PART_OPERATIONS: of an
     * architecture to write; the schema of one to read has them. */
    unsigned needs;
    /* It can hold an architecture, but does not need one. */
    bool weights_alone;
    /* It gives back only what inference needs of an architecture, in its own words. */
    bool inference_alone;
    /* It saves the variables of TensorFlow 2.10's optimizers and older ones where Keras does not look. */
    bool newer_optimizers;
    /* PyTorch reads its optimizers, and goes on by its own update rule. */
    bool torch_optimizers;
    /* It stores tensors by name alone, without layers and their order. */
    bool by_name;
    /* The files of a save; NULL: one, of the save's own name. */
    const format_files *files;
    /* Names without a suffix belong to it; true for one format. */
    bool bare_names;
    /* Its own options, ended by one without a name; NULL: none. */
    const format_option *options;

    /* Decides by content, never by suffix. */
    bool (*recognizes)(const source *);
    /* Fills an empty snapshot and sets its parts. `known` knows what the file does not say of weights; NULL: nobody does. */
    horn_status (*read)(snapshot *out, const source *, const format_options *, const schema *known);
    /* The transaction may borrow the values of tensors from the snapshot. */
    horn_status (*write)(const snapshot *, transaction *, const format_options *);
    /* Whether it reads what it writes of the snapshot. NULL: it does, if it reads at all. */
    bool (*gives_back)(const snapshot *);
    /* Writes the tensors of another file, which is listed and read in parts, under the names that they have there, without a model:
     * in memory that does not grow with the file. Reads them back, and appends lines to the report. NULL: it cannot. */
    horn_status (*stream)(const contents *, transaction *, const format_options *, bytes *report);
    /* Appends lines of a report about a snapshot that it writes: what is not as it was, "changed:     ...". NULL: there are none. */
    horn_status (*notes)(bytes *out, const snapshot *, const format_options *);
    /* Lists what is in it, also if it is no model. The source must outlive the contents. NULL: `read` gives all there is. */
    horn_status (*list)(contents *out, const source *);
    /* For a source that no format recognizes: fails and names its kind if it is a kind of the format's that Horn does not
     * read. NULL: there is no such kind. */
    horn_status (*refuse)(const source *);
} format;

/* NULL after the last. */
const format *format_at(size_t index);
HORN_CHECKED horn_status format_by_name(const format **out, const char *name);
/* Of all that write whole models, or else weights alone: the one with the longest suffix that fits the path.
 */
HORN_CHECKED horn_status format_by_suffix(const format **out, const char *path, bool weights_only);
/* Whether it holds a chain of layers alone: none inside others, and no branches. */
bool format_needs_chain(const format *);
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
/* Fails for an option that the format does not declare, and names it; also for a value that does not fit. */
HORN_CHECKED horn_status format_check_options(const format *, const format_options *, const char *path);
/* The suffix at the end of a name, if it belongs to a format of one file that can hold a run or weights alone; else "". Borrowed
 * from the name. */
const char *format_run_suffix(const char *name);
/* The format to which names without a suffix belong. */
const format *format_of_bare_names(void);
/* Else of all that only list. */
HORN_CHECKED horn_status format_to_list(const format **out, const source *);

#endif
