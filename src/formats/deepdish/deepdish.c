#include "formats/deepdish/deepdish.h"

#include <string.h>
#include "base/status.h"
#include "formats/torch/state.h"

/* A file of PyTables. One that cannot be opened is still recognized: reading says what is wrong. */
static bool recognizes(const source *from)
{
    hdf5_file *file = NULL;
    if (!hdf5_recognizes(from->data, from->size) ||
        !memmem(from->data, from->size, DEEPDISH_MARK, strlen(DEEPDISH_MARK)))
        return false;
    if (hdf5_file_open_pytables(&file, from->data, from->size, from->path)) return true;
    const bool found = hdf5_has_attribute(file, "/", DEEPDISH_MARK);
    hdf5_file_close(file);
    return found;
}

static const char *const suffixes[] = { NULL };
static const format_option options[] = { { TORCH_NAMES, FORMAT_NAMES, 0, 0 }, { 0 } };

const format deepdish_format = {
    .name = "deepdish",
    .suffixes = suffixes,
    .reads = PART_WEIGHTS,
    .writes = PART_WEIGHTS,
    .needs = PART_OPERATIONS,
    .by_name = true,
    .options = options,
    .recognizes = recognizes,
    .read = deepdish_read,
    .write = deepdish_write,
    .stream = deepdish_stream,
    .list = deepdish_list,
};
