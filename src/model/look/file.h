/* The internal part of horn_file: the source, the tensors as the format lists them, and the parts of a model that
 * could be read. */
#ifndef MODEL_LOOK_FILE_H
#define MODEL_LOOK_FILE_H

#include <horn/file.h>
#include "formats/format.h"

struct horn_file {
    source from;
    const format *format;
    contents found;
    /* [found.count]. */
    horn_file_tensor *tensors;
    /* Its parts may be 0. */
    snapshot *picture;
    horn_file_facts facts;
    /* The strings of the facts. */
    char *trouble, *left_out[HORN_PARTS], *summary, *loss, *metrics, *optimizer;
};

/* file_facts.c: fills f->facts from f->picture. */
HORN_CHECKED horn_status file_find_facts(horn_file *f);
/* In file_settings.c: compares two files that both have compile settings. */
HORN_CHECKED horn_status file_compare_settings(bool *differ, const snapshot *a, const snapshot *b);
/* Keeps the error line as the trouble of the file, if it has none yet. Returns only HORN_ERROR_MEMORY. */
HORN_CHECKED horn_status file_note_trouble(horn_file *f, horn_status why);

#endif
