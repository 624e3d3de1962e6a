#include "formats/keras_h5/own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

#define OWN "/horn"

horn_status keras_attribute_read(config **out, const hdf5_file *file, const char *group,
                                 const char *attribute, const char *where, char place[512])
{
    horn_status status = HORN_OK;
    char *text = NULL;
    snprintf(place, 512, "%.480s: %s", where, attribute);
    TRY(hdf5_read_text(file, group, attribute, &text));
    TRY(config_parse(out, text, strlen(text), place));
done:
    free(text);
    return status;
}

horn_status keras_attribute_write(hdf5_file *file, const char *group, const char *attribute,
                                  const config *value)
{
    bytes text = { 0 };
    horn_status status = config_print(value, false, &text);
    if (!status) status = hdf5_write_text(file, group, attribute, bytes_text(&text));
    bytes_free(&text);
    return status;
}

horn_status keras_own_read(snapshot *out, const hdf5_file *file, unsigned leave_out, const char *where)
{
    horn_status status = HORN_OK;
    config *input = NULL;
    char place[512];
    if (!(leave_out & PART_ARCHITECTURE) && hdf5_has_attribute(file, OWN, "input")) {
        TRY(keras_attribute_read(&input, file, OWN, "input", where, place));
        TRY(snapshot_read_input(out, input, place));
    }
    if (!(leave_out & PART_PROGRESS) && hdf5_has_attribute(file, OWN, "progress")) {
        TRY(keras_attribute_read(&out->progress, file, OWN, "progress", where, place));
        out->parts |= PART_PROGRESS;
    }
done:
    config_free(input);
    return status;
}

horn_status keras_own_write(hdf5_file *file, const snapshot *s, unsigned parts)
{
    horn_status status = HORN_OK;
    config *input = NULL;
    if (!(parts & PART_PROGRESS) && !snapshot_has_input(s)) return HORN_OK;
    TRY(hdf5_write_group(file, OWN));
    if (parts & PART_PROGRESS) TRY(keras_attribute_write(file, OWN, "progress", s->progress));
    if (snapshot_has_input(s)) {
        TRY(snapshot_describe_input(s, &input));
        TRY(keras_attribute_write(file, OWN, "input", input));
    }
done:
    config_free(input);
    return status;
}
