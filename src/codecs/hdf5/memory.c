#include "codecs/hdf5/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/status.h"

typedef struct memory_file {
    /* libhdf5's part; must be first. */
    H5FD_t shared;
    hdf5_image *image;
    haddr_t end_of_addresses;
} memory_file;

static H5FD_t *open_image(const char *name, unsigned flags, hid_t access, haddr_t limit)
{
    (void)name, (void)flags, (void)limit;
    hdf5_image *const *info = H5Pget_driver_info(access);
    memory_file *file = info ? calloc(1, sizeof *file) : NULL;
    if (!file) return NULL;
    file->image = *info;
    return &file->shared;
}

static herr_t close_image(H5FD_t *file)
{
    free(file);
    return 0;
}

/* The same features as libhdf5's driver for plain files, so that files have the same layout as h5py's. */
static herr_t query(const H5FD_t *file, unsigned long *flags)
{
    (void)file;
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_AGGREGATE_SMALLDATA | H5FD_FEAT_DATA_SIEVE;
    return 0;
}

static haddr_t get_end_of_addresses(const H5FD_t *file, H5FD_mem_t type)
{
    (void)type;
    return ((const memory_file *)file)->end_of_addresses;
}

static herr_t set_end_of_addresses(H5FD_t *file, H5FD_mem_t type, haddr_t address)
{
    (void)type;
    ((memory_file *)file)->end_of_addresses = address;
    return 0;
}

static size_t image_size(const hdf5_image *image)
{
    return image->writing && !image->in_file ? image->written.size : image->size;
}

static haddr_t get_end_of_file(const H5FD_t *file, H5FD_mem_t type)
{
    (void)type;
    return image_size(((const memory_file *)file)->image);
}

/* Reads what there is; the rest is zeros. */
static herr_t read_file(const hdf5_image *image, haddr_t address, size_t size, unsigned char *out)
{
    size_t done = 0;
    while (done < size) {
        const ssize_t got = pread(image->descriptor, out + done, size - done, (off_t)(address + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 || (got == 0 && !image->writing)) return -1;
        if (got == 0) break;
        done += (size_t)got;
    }
    if (done < size) memset(out + done, 0, size - done);
    return 0;
}

static void write_file(hdf5_image *image, haddr_t address, size_t size, const unsigned char *data)
{
    for (size_t done = 0; done < size && !image->failure;) {
        const ssize_t wrote = pwrite(image->descriptor, data + done, size - done, (off_t)(address + done));
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) image->failure = wrote == 0 ? ENOSPC : errno;
        if (wrote > 0) done += (size_t)wrote;
    }
    if (address + size > image->size) image->size = address + size;
}

/* In a new file, bytes that were allocated and not yet written read as zeros. In a file that is only read, reading
 * past the end fails. */
static herr_t read_image(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t address, size_t size,
                         void *out)
{
    (void)type, (void)transfer;
    const hdf5_image *image = ((const memory_file *)file)->image;
    if (image->in_file) return read_file(image, address, size, out);
    size_t end = image_size(image), there = address < end ? end - address : 0;
    if (there > size) there = size;
    if (there < size && !image->writing) return -1;
    if (there && image->writing) pieces_read(&image->written, address, out, there);
    if (there && !image->writing) memcpy(out, image->data + address, there);
    if (there < size) memset((unsigned char *)out + there, 0, size - there);
    return 0;
}

static void grow(pieces *written, haddr_t size)
{
    static const unsigned char zeros[4096];
    while (written->size < size && !written->own.failed)
        pieces_append(written, zeros,
                      size - written->size < sizeof zeros ? size - written->size : sizeof zeros);
}

static bool is_lent(const hdf5_image *image, const unsigned char *data, size_t size)
{
    return image->lent && data >= image->lent && size <= image->lent_size &&
           data + size <= image->lent + image->lent_size;
}

static herr_t write_image(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t address, size_t size,
                          const void *data)
{
    (void)type, (void)transfer;
    hdf5_image *image = ((memory_file *)file)->image;
    if (!image->writing) return -1;
    if (image->in_file) {
        write_file(image, address, size, data);
        return 0;
    }
    grow(&image->written, address);
    if (image->written.own.failed) return 0;
    size_t replaced = image->written.size - address < size ? image->written.size - address : size;
    pieces_replace(&image->written, address, data, replaced);
    if (!replaced && is_lent(image, data, size))
        pieces_lend(&image->written, data, size);
    else
        pieces_append(&image->written, (const unsigned char *)data + replaced, size - replaced);
    return 0;
}

static herr_t truncate_image(H5FD_t *file, hid_t transfer, hbool_t closing)
{
    (void)transfer, (void)closing;
    const memory_file *f = (const memory_file *)file;
    if (!f->image->writing) return 0;
    if (f->image->in_file) {
        f->image->size = f->end_of_addresses;
        if (!f->image->failure && ftruncate(f->image->descriptor, (off_t)f->end_of_addresses) < 0)
            f->image->failure = errno;
        return 0;
    }
    grow(&f->image->written, f->end_of_addresses);
    pieces_cut(&f->image->written, f->end_of_addresses);
    return 0;
}

static const H5FD_class_t driver_class = {
/* libhdf5 1.14 and later. */
#ifdef H5FD_CLASS_VERSION
    .version = H5FD_CLASS_VERSION,
    /* One of the values for private use. */
    .value = (H5FD_class_value_t)300,
#endif
    .name = "horn-memory",
    .maxaddr = (haddr_t)1 << 62,
    .fc_degree = H5F_CLOSE_STRONG,
    .fapl_size = sizeof(hdf5_image *),
    .open = open_image,
    .close = close_image,
    .query = query,
    .get_eoa = get_end_of_addresses,
    .set_eoa = set_end_of_addresses,
    .get_eof = get_end_of_file,
    .read = read_image,
    .write = write_image,
    .truncate = truncate_image,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

horn_status hdf5_image_status(const hdf5_image *image, const char *name)
{
    if (image->failure) return fail(HORN_ERROR_FILE, "%s: %s", name, strerror(image->failure));
    return pieces_status(&image->written);
}

hid_t hdf5_memory_register(void)
{
    return H5FDregister(&driver_class);
}

hid_t hdf5_memory_access(hid_t driver, hdf5_image *image)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (access < 0) return access;
    if (H5Pset_driver(access, driver, &image) >= 0 && H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) >= 0)
        return access;
    H5Pclose(access);
    return H5I_INVALID_HID;
}
