/* What the files of the folder share: entering libhdf5, and finding objects. */
#ifndef CODECS_HDF5_DOOR_H
#define CODECS_HDF5_DOOR_H

#include "codecs/hdf5/file.h"
#include "codecs/hdf5/memory.h"

struct hdf5_file {
    /* For error lines. */
    char *name;
    hid_t driver, file;
    hdf5_image image;
    /* The bytes that it is read from stay longer than the file is open. */
    bool stays;
    /* Booleans are written so. */
    bool has_bit_fields;
};

/* libhdf5's settings as the host program has them. */
typedef struct hdf5_door {
    H5E_auto2_t print;
    void *print_data;
    unsigned plugins;
} hdf5_door;

/* Opens an image with its driver: makes a new file if image.writing. */
HORN_CHECKED horn_status hdf5_open_image(hdf5_file **out, const char *name, hdf5_image image);

/* Every call of libhdf5 lies between these two; they nest. hdf5_enter takes the lock (Debian builds libhdf5
 * thread-safe, others do not), turns off error printing and the loading of plugins; hdf5_leave restores the host's
 * settings. */
void hdf5_enter(hdf5_door *door);
void hdf5_leave(const hdf5_door *door);

/* Calls fail() with the file, the path, `what` and libhdf5's innermost message about its last failure. */
horn_status hdf5_fail(const hdf5_file *f, const char *path, const char *what);

/* Opens the object at a path, through hard links only. If there is none, returns HORN_OK and sets *out < 0. The
 * caller closes *out with H5Oclose. */
HORN_CHECKED horn_status hdf5_find(const hdf5_file *f, const char *path, hid_t *out);

/* As hdf5_find, but fails if there is no object, or one of another type. */
HORN_CHECKED horn_status hdf5_open_object(const hdf5_file *f, const char *path, hid_t *out);
HORN_CHECKED horn_status hdf5_open_typed(const hdf5_file *f, const char *path, H5I_type_t type, hid_t *out);

/* Whether the elements stand together in the file, neither in chunks nor in another file. */
bool hdf5_is_one_piece(hid_t dataset);

/* The type and shape of an open dataset. */
HORN_CHECKED horn_status hdf5_describe(const hdf5_file *f, const char *path, hid_t dataset, horn_view *out);
/* The H5T_NATIVE_... type of a dtype; HORN_BOOL is a byte. */
hid_t hdf5_native_type(horn_dtype dtype);

/* What is stored as that type in that space; `as` is what it is read as, if it is readable. */
HORN_CHECKED horn_status hdf5_look_at(const hdf5_file *f, const char *path, hid_t type, hid_t space,
                                      hdf5_stored *out, horn_dtype *as);

/* Makes an array of strings in one block, which the caller frees. `pool` holds the strings, each with its closing
 * 0. */
HORN_CHECKED horn_status hdf5_make_list(char ***out, const bytes *pool, size_t count);

#endif
