#include <horn/dataset.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/files/atomic_file.h"
#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/files/folder.h"
#include "codecs/csv.h"
#include "codecs/npy.h"

struct horn_array {
    npy_array array;
    horn_view view;
};

bool horn_array_recognizes(const char *path)
{
    unsigned char start[6];
    if (!path) return false;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return false;
    ssize_t got = read(file, start, sizeof start);
    close(file);
    return got > 0 && npy_recognizes(start, (size_t)got);
}

horn_status horn_array_load(horn_array **out, const char *path)
{
    NEED(out, "out");
    NEED(path, "path");
    horn_status status = HORN_OK;
    horn_array *array = NULL;
    bytes file = { 0 };
    TRY(memory_new(&array, 1, sizeof *array));
    TRY(file_read(&file, path, 0));
    TRY(npy_borrow(&array->array, file.data, file.size, path));
    if (!array->array.block) {
        array->array.block = file.data;
        file = (bytes){ 0 };
    }
    array->view = npy_array_view(&array->array);
    if (array->view.dtype == HORN_UINT8) array->view.divisor = 255;
    *out = array;
    array = NULL;
done:
    bytes_free(&file);
    horn_array_free(array);
    return status;
}

const horn_view *horn_array_view(const horn_array *array)
{
    return array ? &array->view : NULL;
}

void horn_array_free(horn_array *array)
{
    if (!array) return;
    npy_array_free(&array->array);
    free(array);
}

static bool is_csv(const char *path)
{
    const char *name = folder_name_of(path), *dot = strrchr(name, '.');
    return dot && dot > name && strcmp(dot, ".csv") == 0;
}

horn_status horn_array_save(const char *path, const horn_view *view)
{
    NEED(path, "path");
    NEED(view, "view");
    NEED(view->data, "view->data");
    horn_status status = HORN_OK;
    transaction *t = NULL;
    bytes content = { 0 };
    TRY((is_csv(path) ? csv_write : npy_write)(&content, view));
    TRY(transaction_begin(&t, path));
    TRY(transaction_add(t, "", &content));
    TRY(transaction_commit(t));
done:
    bytes_free(&content);
    transaction_free(t);
    return status;
}
