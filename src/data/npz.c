#include "data/npz.h"

#include <string.h>
#include "base/status.h"

/* "data.npz: no x_train; it has X_train, y_train". */
static horn_status fail_missing(const zip_file *zip, const char *key)
{
    enum { SHOWN = 8 };
    bytes names = { 0 };
    for (size_t i = 0; i < zip->count && i < SHOWN; i++) {
        const char *name = zip->members[i].name;
        const size_t length = strlen(name), end = strlen(".npy");
        const bool is_array = length > end && strcmp(name + length - end, ".npy") == 0;
        bytes_print(&names, "%s%.*s", i ? ", " : "", (int)(is_array ? length - end : length), name);
    }
    if (zip->count > SHOWN) bytes_print(&names, ", ... (%zu in all)", zip->count);
    horn_status status = bytes_status(&names);
    if (!status)
        status = fail(HORN_ERROR_FORMAT, "%s: no %s; it has %s", zip->name, key,
                      zip->count ? bytes_text(&names) : "nothing");
    bytes_free(&names);
    return status;
}

horn_status npz_read(npy_array *out, const zip_file *zip, const char *key, unsigned char *own)
{
    horn_status status = HORN_OK;
    const unsigned char *stored = NULL;
    bytes where = { 0 }, unpacked = { 0 };
    bytes_print(&where, "%s: %s.npy", zip->name, key);
    TRY(bytes_status(&where));
    const char *name = bytes_text(&where);
    const zip_member *member = zip_file_find(zip, name + strlen(zip->name) + 2);
    if (!member) TRY(fail_missing(zip, key));
    if (member->method == 0) {
        TRY(zip_file_stored(&stored, zip, member));
        TRY(own ? npy_borrow(out, own + member->data, member->size, name)
                : npy_read(out, stored, member->size, name));
    } else {
        TRY(zip_file_read(&unpacked, zip, member, 0));
        TRY(npy_borrow(out, unpacked.data, unpacked.size, name));
        if (out->block) goto done;
        out->block = unpacked.data;
        unpacked = (bytes){ 0 };
    }
done:
    bytes_free(&where);
    bytes_free(&unpacked);
    return status;
}
