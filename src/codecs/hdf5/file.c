#include "codecs/hdf5/door.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "codecs/hdf5/survey.h"
#include "codecs/hdf5/trailer.h"

/* libhdf5 crashes if it cannot allocate the cache of a file, 1 MB. */
enum { ROOM = 8 << 20 };

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

void hdf5_enter(hdf5_door *door)
{
    pthread_mutex_lock(&lock);
    *door = (hdf5_door){ 0 };
    H5Eget_auto2(H5E_DEFAULT, &door->print, &door->print_data);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    H5PLget_loading_state(&door->plugins);
    H5PLset_loading_state(0);
}

void hdf5_leave(const hdf5_door *door)
{
    H5PLset_loading_state(door->plugins);
    H5Eset_auto2(H5E_DEFAULT, door->print, door->print_data);
    pthread_mutex_unlock(&lock);
}

/* A callback of H5Ewalk2: upward, the first entry is the innermost. */
static herr_t take_first(unsigned n, const H5E_error2_t *error, void *out)
{
    if (n == 0) *(H5E_error2_t *)out = *error;
    return n > 0;
}

horn_status hdf5_fail(const hdf5_file *f, const char *path, const char *what)
{
    H5E_error2_t first = { 0 };
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_first, &first);
    bool memory =
        first.min_num == H5E_NOSPACE || first.min_num == H5E_CANTALLOC || first.maj_num == H5E_RESOURCE;
    return fail(memory ? HORN_ERROR_MEMORY : HORN_ERROR_FORMAT, "%s: %s: %s%s%s", f->name, *path ? path : "/",
                what, first.desc ? ": " : "", first.desc ? first.desc : "");
}

/* --- opening and closing --- */

void hdf5_file_close(hdf5_file *f)
{
    hdf5_door door;
    if (!f) return;
    hdf5_enter(&door);
    if (f->file > 0) H5Fclose(f->file);
    if (f->driver > 0) H5FDunregister(f->driver);
    hdf5_leave(&door);
    pieces_free(&f->image.written);
    free(f->name);
    free(f);
}

horn_status hdf5_open_image(hdf5_file **out, const char *name, hdf5_image image)
{
    horn_status status = HORN_OK;
    hdf5_door door;
    hdf5_file *f = NULL;
    hid_t access = H5I_INVALID_HID;
    status = memory_need_room(name, 1, ROOM);
    if (status) return status;
    hdf5_enter(&door);
    TRY(memory_new(&f, 1, sizeof *f));
    f->image = image;
    TRY(memory_copy_string(&f->name, name));
    f->driver = hdf5_memory_register();
    access = f->driver < 0 ? H5I_INVALID_HID : hdf5_memory_access(f->driver, &f->image);
    if (access < 0) TRY(hdf5_fail(f, "/", "libhdf5 refuses its driver"));
    f->file = image.writing ? H5Fcreate("horn", H5F_ACC_TRUNC, H5P_DEFAULT, access)
                            : H5Fopen("horn", H5F_ACC_RDONLY, access);
    if (f->file < 0) TRY(hdf5_fail(f, "/", "cannot be opened"));
    *out = f;
    f = NULL;
done:
    if (access >= 0) H5Pclose(access);
    hdf5_leave(&door);
    hdf5_file_close(f);
    return status;
}

bool hdf5_recognizes(const void *data, size_t size)
{
    size_t place;
    return hdf5_survey_find(data, size, &place);
}

static horn_status open_checked(hdf5_file **out, const void *data, size_t size, const char *name,
                                bool is_pytables)
{
    horn_status status = HORN_OK;
    hdf5_file *f = NULL;
    bool has_trailer = false;
    TRY(hdf5_trailer_check(data, size, name, &size, &has_trailer));
    TRY((is_pytables ? hdf5_survey_pytables : hdf5_survey)(data, size, name));
    TRY(hdf5_open_image(&f, name, (hdf5_image){ .data = data, .size = size }));
    if (!has_trailer && hdf5_has_attribute(f, HDF5_TRAILER_GROUP, HDF5_TRAILER_ATTRIBUTE))
        TRY(fail(HORN_ERROR_FORMAT, "%s: announces a checksum trailer and does not end in one", name));
    *out = f;
    f = NULL;
done:
    hdf5_file_close(f);
    return status;
}

horn_status hdf5_file_open(hdf5_file **out, const void *data, size_t size, const char *name)
{
    return open_checked(out, data, size, name, false);
}

horn_status hdf5_file_open_pytables(hdf5_file **out, const void *data, size_t size, const char *name)
{
    return open_checked(out, data, size, name, true);
}

horn_status hdf5_file_create(hdf5_file **out)
{
    return hdf5_open_image(out, "new HDF5 file", (hdf5_image){ .writing = true });
}

/* --- paths --- */

/* Opens the object of one link. *out < 0 if there is no such link. */
static horn_status follow(const hdf5_file *f, const char *path, hid_t from, const char *link, hid_t *out)
{
    H5L_info_t facts;
    *out = H5I_INVALID_HID;
    if (H5Iget_type(from) != H5I_GROUP) return HORN_OK;
    htri_t exists = H5Lexists(from, link, H5P_DEFAULT);
    if (exists == 0) return HORN_OK;
    if (exists < 0 || H5Lget_info(from, link, &facts, H5P_DEFAULT) < 0)
        return hdf5_fail(f, path, "its link cannot be read");
    if (facts.type != H5L_TYPE_HARD)
        return fail(HORN_ERROR_FORMAT, "%s: %s: '%s' is no hard link, expected one", f->name, path, link);
    *out = H5Oopen(from, link, H5P_DEFAULT);
    return *out < 0 ? hdf5_fail(f, path, "cannot be opened") : HORN_OK;
}

horn_status hdf5_find(const hdf5_file *f, const char *path, hid_t *out)
{
    horn_status status = HORN_OK;
    char room[1024], *rest = NULL;
    /* No allocation for short paths, so that looking for an object cannot fail for lack of memory. */
    char *copy = room;
    hid_t here = H5I_INVALID_HID;
    *out = H5I_INVALID_HID;
    if (strlen(path) < sizeof room)
        strcpy(room, path);
    else
        TRY(memory_copy_string(&copy, path));
    here = H5Gopen2(f->file, "/", H5P_DEFAULT);
    if (here < 0) TRY(hdf5_fail(f, "/", "cannot be opened"));
    for (char *link = strtok_r(copy, "/", &rest); link && here >= 0; link = strtok_r(NULL, "/", &rest)) {
        hid_t next;
        if (strcmp(link, ".") == 0) continue;
        status = follow(f, path, here, link, &next);
        H5Oclose(here);
        here = next;
        if (status) goto done;
    }
    *out = here;
done:
    if (copy != room) free(copy);
    return status;
}

horn_status hdf5_open_object(const hdf5_file *f, const char *path, hid_t *out)
{
    horn_status status = hdf5_find(f, path, out);
    if (!status && *out < 0) status = fail(HORN_ERROR_FORMAT, "%s: %s: is missing", f->name, path);
    return status;
}

horn_status hdf5_open_typed(const hdf5_file *f, const char *path, H5I_type_t type, hid_t *out)
{
    horn_status status = hdf5_open_object(f, path, out);
    if (status || H5Iget_type(*out) == type) return status;
    H5Oclose(*out);
    *out = H5I_INVALID_HID;
    return fail(HORN_ERROR_FORMAT, "%s: %s: is no %s, expected one", f->name, path,
                type == H5I_GROUP ? "group" : "dataset");
}

static bool has_object(const hdf5_file *f, const char *path, H5I_type_t type, const char *attribute)
{
    hdf5_door door;
    hid_t object;
    hdf5_enter(&door);
    bool has = !hdf5_find(f, path, &object) && object >= 0;
    if (has && attribute)
        has = H5Aexists(object, attribute) > 0;
    else if (has)
        has = H5Iget_type(object) == type;
    if (object >= 0) H5Oclose(object);
    hdf5_leave(&door);
    return has;
}

bool hdf5_has_group(const hdf5_file *f, const char *path)
{
    return has_object(f, path, H5I_GROUP, NULL);
}

bool hdf5_has_dataset(const hdf5_file *f, const char *path)
{
    return has_object(f, path, H5I_DATASET, NULL);
}

bool hdf5_has_attribute(const hdf5_file *f, const char *path, const char *attribute)
{
    return has_object(f, path, H5I_BADID, attribute);
}
