#include <string.h>
#include "base/status.h"
#include "codecs/torch7/torch7.h"
#include "codecs/torch7/types.h"

static void put(torch7_writer *w, uint64_t number, int size)
{
    unsigned char text[8];
    for (int i = 0; i < size; i++) text[i] = (unsigned char)(number >> 8 * i);
    bytes_append(&w->out, text, (size_t)size);
}

static void put_bare(torch7_writer *w, const void *text, size_t size)
{
    put(w, size, 4);
    bytes_append(&w->out, text, size);
}

static void put_index(torch7_writer *w, int tag)
{
    put(w, (uint64_t)tag, 4);
    put(w, (uint64_t)++w->next, 4);
}

void torch7_put_number(torch7_writer *w, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    put(w, 1, 4);
    put(w, bits, 8);
}

void torch7_put_string(torch7_writer *w, const void *text, size_t size)
{
    put(w, 2, 4);
    put_bare(w, text, size);
}

void torch7_put_text(torch7_writer *w, const char *text)
{
    torch7_put_string(w, text, strlen(text));
}

void torch7_put_boolean(torch7_writer *w, bool value)
{
    put(w, 5, 4);
    put(w, value, 4);
}

void torch7_put_table(torch7_writer *w, size_t count)
{
    put_index(w, 3);
    put(w, count, 4);
}

void torch7_put_object(torch7_writer *w, const char *class_name)
{
    put_index(w, 4);
    put_bare(w, "V 1", 3);
    put_bare(w, class_name, strlen(class_name));
}

static void put_class(torch7_writer *w, const char *type, const char *kind)
{
    bytes name = { 0 };
    bytes_print(&name, "torch.%s%s", type, kind);
    const char *text = bytes_text(&name);
    if (text) torch7_put_object(w, text);
    if (!text) w->out.failed = true;
    bytes_free(&name);
}

horn_status torch7_put_tensor(torch7_writer *w, const horn_view *view)
{
    const char *type = torch7_type_name(view->dtype);
    const size_t count = horn_view_count(view);
    const int rank = count ? view->rank ? view->rank : 1 : 0;
    if (!type)
        return fail(HORN_ERROR_UNSUPPORTED, "Torch7 has no tensors of %s", horn_dtype_name(view->dtype));
    put_class(w, type, "Tensor");
    put(w, (uint64_t)rank, 4);
    for (int i = 0; i < rank; i++) put(w, view->rank ? view->shape[i] : 1, 8);
    for (int i = 0; i < rank; i++) {
        size_t stride = 1;
        for (int k = i + 1; k < rank; k++) stride *= view->shape[k];
        put(w, stride, 8);
    }
    put(w, 1, 8);
    if (!count) {
        put(w, 0, 4);
        return bytes_status(&w->out);
    }
    put_class(w, type, "Storage");
    put(w, count, 8);
    bytes_append(&w->out, view->data, count * horn_dtype_size(view->dtype));
    return bytes_status(&w->out);
}

void torch7_put_sizes(torch7_writer *w, const int64_t *sizes, size_t count)
{
    put_class(w, "Long", "Storage");
    put(w, count, 8);
    for (size_t i = 0; i < count; i++) put(w, (uint64_t)sizes[i], 8);
}
