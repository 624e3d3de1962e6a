#include "data/npz.h"

#include <string.h>
#include "base/status.h"

horn_status npz_read(npy_array *out, const zip_file *zip, const char *key)
{
    horn_status status = HORN_OK;
    const unsigned char *stored = NULL;
    bytes where = { 0 }, unpacked = { 0 };
    bytes_print(&where, "%s: %s.npy", zip->name, key);
    TRY(bytes_status(&where));
    const char *name = bytes_text(&where);
    const zip_member *member = zip_file_find(zip, name + strlen(zip->name) + 2);
    if (!member) {
        status = fail(HORN_ERROR_FORMAT, "%s: no member '%s.npy' among %zu", zip->name, key, zip->count);
        goto done;
    }
    if (member->method == 0) {
        TRY(zip_file_stored(&stored, zip, member));
        TRY(npy_read(out, stored, member->size, name));
    } else {
        TRY(zip_file_read(&unpacked, zip, member, 0));
        TRY(npy_read(out, unpacked.data, unpacked.size, name));
    }
done:
    bytes_free(&where);
    bytes_free(&unpacked);
    return status;
}
