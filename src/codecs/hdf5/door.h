/* What file.c, read.c and write.c share. */
#ifndef CODECS_HDF5_DOOR_H
#define CODECS_HDF5_DOOR_H

#include "codecs/hdf5/file.h"
#include "codecs/hdf5/memory.h"

struct hdf5_file {
    char *name; /* for error lines */
    hid_t driver, file;
    hdf5_image image;
};

/* libhdf5's settings as the host program has them. */
typedef struct hdf5_door {
    H5E_auto2_t print;
    void *print_data;
    unsigned plugins;
} hdf5_door;

/* Every call of libhdf5 lies between these two; they nest. They hold the lock (Debian builds libhdf5
 * thread-safe, others do not), silence it and keep it from loading plugins. */
void hdf5_enter(hdf5_door *door);
void hdf5_leave(const hdf5_door *door);

/* fail(): where, what, and libhdf5's innermost words about its last failure. */
horn_status hdf5_fail(const hdf5_file *f, const char *path, const char *what);

/* Opens the object at a path; every link on the way must be a hard one. *out < 0, and HORN_OK, where there is
 * none. The caller closes *out with H5Oclose. */
HORN_CHECKED horn_status hdf5_find(const hdf5_file *f, const char *path, hid_t *out);

/* The same; a missing object, or one of another type, is an error. */
HORN_CHECKED horn_status hdf5_open_object(const hdf5_file *f, const char *path, hid_t *out);
HORN_CHECKED horn_status hdf5_open_typed(const hdf5_file *f, const char *path, H5I_type_t type, hid_t *out);

/* H5T_NATIVE_... of a dtype; HORN_BOOL is a byte. */
hid_t hdf5_native_type(horn_dtype dtype);

/* Array + texts in one block; takes the texts, each with its 0, out of `pool`. */
HORN_CHECKED horn_status hdf5_make_list(char ***out, const bytes *pool, size_t count);

#endif
