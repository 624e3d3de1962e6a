/* What marks a file as one of deepdish, and what Horn says in it. */
#include "base/status.h"
#include "formats/deepdish/deepdish.h"

#define ROWS "DEEPDISH_IO_HORN_ROWS"

horn_status deepdish_begin(hdf5_file *file)
{
    horn_status status = HORN_OK;
    hdf5_write_bit_fields(file);
    TRY(hdf5_write_fixed_text(file, "/", "CLASS", "GROUP"));
    TRY(hdf5_write_fixed_text(file, "/", "TITLE", ""));
    TRY(hdf5_write_fixed_text(file, "/", "VERSION", "1.0"));
    TRY(hdf5_write_fixed_text(file, "/", DEEPDISH_MARK, "2.1"));
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
