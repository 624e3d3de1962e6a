#include <horn/dataset.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"
#include "codecs/npy.h"
#include "codecs/zip/file.h"
#include "data/csv_table.h"
#include "data/dataset.h"
#include "data/idx.h"
#include "data/npz.h"
#include "tensor/random.h"

/* A stream of RANDOM_SHUFFLE; stream 0 is the order of samples in epochs. */
enum { DATASET_ORDER = 1 };

/* The names of the arrays in both kinds of source. In an .npz without a test set they may have the name `other`. */
static const struct {
    const char *key, *other, *file;
} names[ARRAYS] = {
    [X_TRAIN] = { "x_train", "x", "train-images-idx3-ubyte" },
    [Y_TRAIN] = { "y_train", "y", "train-labels-idx1-ubyte" },
    [X_TEST] = { "x_test", NULL, "t10k-images-idx3-ubyte" },
    [Y_TEST] = { "y_test", NULL, "t10k-labels-idx1-ubyte" },
    [W_TRAIN] = { "w_train", "w", NULL },
    [W_TEST] = { "w_test", NULL, NULL },
};

void dataset_put(horn_dataset *d, int which, npy_array *array)
{
    d->arrays[which] = *array;
    d->views[which] = npy_array_view(array);
    d->there[which] = true;
    *array = (npy_array){ 0 };
}

static horn_status check_count(size_t found, size_t wanted, const char *path, const char *key)
{
    if (found == 0) return fail(HORN_ERROR_SHAPE, "%s: %s has no samples", path, key);
    if (wanted <= found) return HORN_OK;
    return fail(HORN_ERROR_ARGUMENT, "%s: %s has %zu samples, %zu are wanted", path, key, found, wanted);
}

horn_status dataset_cut(horn_dataset *d, int which, size_t samples, const char *path)
{
    size_t *count = &d->views[which].shape[0];
    horn_status status = check_count(*count, samples, path, names[which].key);
    if (!status && samples) *count = samples;
    return status;
}

typedef struct source {
    const char *path;
    /* NULL: the path is a directory of IDX files. */
    zip_file *zip;
} source;

static bool has_member(const zip_file *zip, const char *key)
{
    char name[32];
    snprintf(name, sizeof name, "%s.npy", key);
    return zip_file_find(zip, name) != NULL;
}

static bool has_file(const source *s, const char *name, const char *suffix)
{
    bytes path = { 0 };
    bytes_print(&path, "%s/%s%s", s->path, name, suffix);
    bool found = bytes_text(&path) && access(bytes_text(&path), F_OK) == 0;
    bytes_free(&path);
    return found;
}

/* True if either array of the test set is there; loading fails if one is missing. */
static bool has_test_set(const source *s)
{
    for (int i = X_TEST; i <= Y_TEST; i++)
        if (s->zip ? has_member(s->zip, names[i].key)
                   : has_file(s, names[i].file, "") || has_file(s, names[i].file, ".gz"))
            return true;
    return false;
}

/* "x" and "y" are the training set if there are no "x_train" and "y_train". */
static const char *key_of(const source *s, int which)
{
    bool is_plain = names[which].other && !has_member(s->zip, names[X_TRAIN].key) &&
                    !has_member(s->zip, names[Y_TRAIN].key) && has_member(s->zip, names[X_TRAIN].other);
    return is_plain ? names[which].other : names[which].key;
}

/* The plain file if it exists, else the .gz file. */
static horn_status find_idx(bytes *path, const source *s, int which)
{
    bytes_print(path, "%s/%s", s->path, names[which].file);
    size_t plain = path->size;
    if (bytes_text(path) && access(bytes_text(path), F_OK) == 0) return HORN_OK;
    bytes_print(path, ".gz");
    if (!bytes_text(path)) return bytes_status(path);
    if (access(bytes_text(path), F_OK) == 0) return HORN_OK;
    return fail(HORN_ERROR_FILE, "%.*s: %s, expected it or its .gz", (int)plain, bytes_text(path),
                strerror(errno));
}

static horn_status load_idx(npy_array *out, size_t *total, const source *s, int which, size_t samples)
{
    horn_status status = HORN_OK;
    bytes path = { 0 }, file = { 0 };
    TRY(find_idx(&path, s, which));
    TRY(file_read(&file, bytes_text(&path), 0));
    TRY(idx_read(out, total, file.data, file.size, samples, bytes_text(&path)));
done:
    bytes_free(&path);
    bytes_free(&file);
    return status;
}

/* *total is the number of samples in the file; the view has the first `samples` of them. */
static horn_status load_array(horn_dataset *d, size_t *total, const source *s, int which, size_t samples)
{
    horn_status status = HORN_OK;
    npy_array *array = &d->arrays[which];
    if (s->zip) {
        TRY(npz_read(array, s->zip, key_of(s, which), d->file.data));
        *total = array->rank ? array->shape[0] : 0;
    } else {
        TRY(load_idx(array, total, s, which, samples));
    }
    d->views[which] = npy_array_view(array);
    d->there[which] = true;
    if (samples && samples < *total) d->views[which].shape[0] = samples;
done:
    return status;
}

static horn_status check_pair(const horn_view *x, const horn_view *y, const char *path, const char *key)
{
    if (x->rank < 2)
        return fail(HORN_ERROR_SHAPE, "%s: %s has %d axes, expected samples and at least one more", path, key,
                    x->rank);
    if (y->rank < 1 || y->rank > 2)
        return fail(HORN_ERROR_SHAPE,
                    "%s: labels of %s have %d axes, expected 1, or 2 with a row for each sample", path, key,
                    y->rank);
    return HORN_OK;
}

/* Weights are in an .npz alone, and need not be there. */
static horn_status load_weights(horn_dataset *d, const source *s, int which, size_t samples, size_t expected)
{
    size_t total = 0;
    if (!s->zip || !has_member(s->zip, key_of(s, which))) return HORN_OK;
    horn_status status = load_array(d, &total, s, which, samples);
    if (status || (d->views[which].rank && total == expected)) return status;
    return fail(HORN_ERROR_SHAPE, "%s: %s has %zu weights, expected one for each of %zu samples", s->path,
                key_of(s, which), total, expected);
}

/* Loads the samples `x`, and the labels that follow them in `names`. */
static horn_status load_pair(horn_dataset *d, const source *s, int x, size_t samples)
{
    horn_status status = HORN_OK;
    int y = x + 1;
    size_t images = 0, labels = 0;
    TRY(load_array(d, &images, s, x, samples));
    TRY(load_array(d, &labels, s, y, samples));
    TRY(check_pair(&d->views[x], &d->views[y], s->path, names[x].key));
    if (images != labels)
        return fail(HORN_ERROR_SHAPE, "%s: %s has %zu samples, %s has %zu, expected as many", s->path,
                    names[x].key, images, names[y].key, labels);
    TRY(check_count(images, samples, s->path, names[x].key));
    TRY(load_weights(d, s, x == X_TRAIN ? W_TRAIN : W_TEST, samples, images));
    if (d->views[x].dtype == HORN_UINT8) d->views[x].divisor = 255;
done:
    return status;
}

static horn_status load_pairs(horn_dataset *d, const source *s, const horn_dataset_options *options)
{
    horn_status status = HORN_OK;
    const horn_view *train = &d->views[X_TRAIN], *test = &d->views[X_TEST];
    bool has_test = has_test_set(s), falls_back = options->fall_back && !has_test;
    if (!options->no_train || falls_back) TRY(load_pair(d, s, X_TRAIN, options->train_samples));
    if (!options->no_test && (has_test || (options->no_train && !falls_back)))
        TRY(load_pair(d, s, X_TEST, options->test_samples));
    if (!d->there[X_TRAIN] || !d->there[X_TEST]) return HORN_OK;
    bool same = train->rank == test->rank;
    for (int i = 1; same && i < train->rank; i++) same = train->shape[i] == test->shape[i];
    if (!same) status = fail(HORN_ERROR_SHAPE, "%s: samples of x_train and x_test differ in shape", s->path);
done:
    return status;
}

static bool borrows(const horn_dataset *d)
{
    bool found = false;
    for (int i = 0; i < ARRAYS; i++) found = found || (d->arrays[i].data && !d->arrays[i].block);
    return found;
}

static bool is_csv(const char *path)
{
    const size_t length = strlen(path);
    return length > 4 && strcasecmp(path + length - 4, ".csv") == 0;
}

static horn_status load(horn_dataset *d, const char *path, const horn_dataset_options *options)
{
    horn_status status = HORN_OK;
    source s = { .path = path };
    bytes *file = &d->file;
    struct stat facts;
    if (options->no_train && options->no_test)
        return fail(HORN_ERROR_ARGUMENT, "%s: neither training nor test data are wanted", path);
    if (stat(path, &facts) < 0) return fail(HORN_ERROR_FILE, "%s: %s", path, strerror(errno));
    if (!S_ISDIR(facts.st_mode) && is_csv(path)) return csv_table_load(d, path, options);
    if (!S_ISDIR(facts.st_mode)) {
        TRY(file_read(file, path, 0));
        if (!zip_file_recognizes(file->data, file->size)) {
            status = fail(HORN_ERROR_FORMAT,
                          "%s: is no .npz, expected one, a .csv or a directory of IDX files", path);
            goto done;
        }
        TRY(zip_file_open(&s.zip, file->data, file->size, path));
    }
    TRY(load_pairs(d, &s, options));
    if (!borrows(d)) bytes_free(file);
done:
    zip_file_close(s.zip);
    return status;
}

horn_status horn_dataset_load(horn_dataset **out, const char *path, const horn_dataset_options *options)
{
    static const horn_dataset_options all = { 0 };
    NEED(out, "out");
    NEED(path, "path");
    horn_dataset *d = NULL;
    horn_status status = HORN_OK;
    status_begin();
    TRY(memory_new(&d, 1, sizeof *d));
    TRY(load(d, path, options ? options : &all));
    *out = d;
    d = NULL;
done:
    horn_dataset_free(d);
    return status_end(status);
}

static horn_status reorder(horn_dataset *d, int which, const uint32_t *order)
{
    const horn_view *view = &d->views[which];
    npy_array sorted = { 0 };
    horn_status status = npy_array_new(&sorted, view->dtype, view->rank, view->shape, names[which].key);
    if (status) return status;
    size_t width = horn_view_count(view) / view->shape[0] * horn_dtype_size(view->dtype);
    for (size_t i = 0; i < view->shape[0]; i++)
        memcpy((char *)sorted.data + i * width, (const char *)view->data + order[i] * width, width);
    npy_array_free(&d->arrays[which]);
    d->arrays[which] = sorted;
    d->views[which].data = sorted.data;
    return HORN_OK;
}

horn_status horn_dataset_shuffle(horn_dataset *dataset, uint64_t seed)
{
    NEED(dataset, "dataset");
    horn_status status = HORN_OK;
    uint32_t *order = NULL;
    size_t count = dataset->there[X_TRAIN] ? dataset->views[X_TRAIN].shape[0] : 0;
    if (count > UINT32_MAX) return fail(HORN_ERROR_SHAPE, "x_train has more than 2^32 samples");
    TRY(memory_new(&order, count, sizeof *order));
    random_permutation(random_key_make(seed, RANDOM_SHUFFLE, DATASET_ORDER), 0, order, count);
    if (count) TRY(reorder(dataset, X_TRAIN, order));
    if (count && dataset->there[Y_TRAIN]) TRY(reorder(dataset, Y_TRAIN, order));
    if (count && dataset->there[W_TRAIN]) TRY(reorder(dataset, W_TRAIN, order));
done:
    free(order);
    return status;
}

void horn_dataset_free(horn_dataset *dataset)
{
    if (!dataset) return;
    for (int i = 0; i < ARRAYS; i++) npy_array_free(&dataset->arrays[i]);
    bytes_free(&dataset->file);
    class_names_free(&dataset->classes);
    free(dataset);
}

static const horn_view *view_of(const horn_dataset *d, int which)
{
    return d && d->there[which] ? &d->views[which] : NULL;
}

const horn_view *horn_dataset_x_train(const horn_dataset *dataset)
{
    return view_of(dataset, X_TRAIN);
}

const horn_view *horn_dataset_y_train(const horn_dataset *dataset)
{
    return view_of(dataset, Y_TRAIN);
}

const horn_view *horn_dataset_x_test(const horn_dataset *dataset)
{
    return view_of(dataset, X_TEST);
}

const horn_view *horn_dataset_y_test(const horn_dataset *dataset)
{
    return view_of(dataset, Y_TEST);
}

const horn_view *horn_dataset_w_train(const horn_dataset *dataset)
{
    return view_of(dataset, W_TRAIN);
}

const horn_view *horn_dataset_w_test(const horn_dataset *dataset)
{
    return view_of(dataset, W_TEST);
}

/* Adds a number as a little-endian 64-bit word, so that the checksum does not depend on the machine. */
static unsigned long add_number(unsigned long crc, unsigned long long number)
{
    unsigned char word[8];
    for (int i = 0; i < 8; i++) word[i] = (unsigned char)(number >> 8 * i);
    return crc32_z(crc, word, sizeof word);
}

unsigned horn_dataset_checksum(const horn_dataset *dataset)
{
    unsigned long crc = crc32_z(0, NULL, 0);
    if (!dataset) return 0;
    for (int i = 0; i < ARRAYS; i++) {
        const horn_view *view = &dataset->views[i];
        /* Without weights the checksum is that of versions without them. */
        if (i >= W_TRAIN && !dataset->there[i]) continue;
        crc = add_number(crc, dataset->there[i]);
        if (!dataset->there[i]) continue;
        const char *type = horn_dtype_name(view->dtype);
        crc = crc32_z(crc, (const unsigned char *)type, strlen(type) + 1);
        crc = add_number(crc, (unsigned)view->rank);
        for (int axis = 0; axis < view->rank; axis++) crc = add_number(crc, view->shape[axis]);
        crc = crc32_z(crc, view->data, horn_view_count(view) * horn_dtype_size(view->dtype));
    }
    return (unsigned)crc;
}
