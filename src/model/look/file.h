/* The struct of horn_file: the source, the tensors as the format lists them, and the snapshot as far as it could be read. */
#ifndef MODEL_LOOK_FILE_H
#define MODEL_LOOK_FILE_H

#include <horn/file.h>
#include "formats/format.h"

struct horn_file {
    source from;
    const format *format;
    contents found;
    /* [found.count] */
    horn_file_tensor *tensors;
    /* Its parts may be 0. */
    snapshot *snapshot;
    horn_file_facts facts;
    /* Texts that the facts point to. */
    char *trouble, *left_out[HORN_PARTS], *operators, *summary, *loss, *metrics, *optimizer;
};

/* The same file, which must stay open, with a snapshot read anew by what `known` knows. The caller frees it by file_again_free. */
HORN_CHECKED horn_status file_read_again(horn_file **out, const horn_file *f, const schema *known);
void file_again_free(horn_file *);

/* file_facts.c: fills f->facts from f->snapshot. */
HORN_CHECKED horn_status file_find_facts(horn_file *f);
/* file_settings.c: compares the compile settings of two snapshots that both have them. */
HORN_CHECKED horn_status file_compare_settings(bool *differ, const snapshot *a, const snapshot *b);
/* Stores the error line as the file's trouble, if it has none yet. Returns HORN_OK or HORN_ERROR_MEMORY. */
HORN_CHECKED horn_status file_note_trouble(horn_file *f, horn_status why);

#endif
