/* Inside torch_file: what file.c, objects.c and legacy.c share. */
#ifndef FORMATS_TORCH_FILES_PARTS_H
#define FORMATS_TORCH_FILES_PARTS_H

#include "codecs/byte_reader.h"
#include "formats/torch_files/file.h"

/* Checks the object, and lists the storages that it names, without their data. */
HORN_CHECKED horn_status torch_check_object(torch_file *);
/* NULL: there is none. */
torch_storage *torch_find_storage(const torch_file *, const char *key);

bool torch_is_legacy(const source *);
/* Reads the object and the storages' keys of the older form; moves `in` to the first storage. */
HORN_CHECKED horn_status torch_legacy_read(torch_file *);

#endif
