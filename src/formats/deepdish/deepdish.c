#include "formats/deepdish/deepdish.h"

#include <string.h>
#include "base/status.h"
#include "formats/torch/state.h"

#define MARK "PYTABLES_FORMAT_VERSION"
#define ROWS "DEEPDISH_IO_HORN_ROWS"

horn_status deepdish_begin(hdf5_file *file)
{
    horn_status status = HORN_OK;
    hdf5_write_bit_fields(file);
    TRY(hdf5_write_fixed_text(file, "/", "CLASS", "GROUP"));
    TRY(hdf5_write_fixed_text(file, "/", "TITLE", ""));
    TRY(hdf5_write_fixed_text(file, "/", "VERSION", "1.0"));
    TRY(hdf5_write_fixed_text(file, "/", MARK, "2.1"));
    TRY(hdf5_write_integer(file, "/", "DEEPDISH_IO_VERSION", 12));
done:
    return status;
}

horn_status deepdish_mark_rows(hdf5_file *file)
{
    return hdf5_write_fixed_text(file, "/", ROWS, "tensorflow");
}

bool deepdish_has_rows(const hdf5_file *file)
{
    return hdf5_has_attribute(file, "/", ROWS);
}

/* A file of PyTables. One that cannot be opened is still recognized: reading says what is wrong. */
static bool recognizes(const source *from)
{
    hdf5_file *file = NULL;
    if (!hdf5_recognizes(from->data, from->size) || !memmem(from->data, from->size, MARK, strlen(MARK)))
        return false;
    if (hdf5_file_open_pytables(&file, from->data, from->size, from->path)) return true;
    const bool found = hdf5_has_attribute(file, "/", MARK);
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
