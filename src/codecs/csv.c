#include "codecs/csv.h"

#include <math.h>
#include <stdint.h>

static void put_float(bytes *out, double value, int digits)
{
    /* C may print "-nan". */
    if (isnan(value))
        bytes_print(out, "nan");
    else
        bytes_print(out, "%.*g", digits, value);
}

#define PUT(format, type, as) bytes_print(out, format, (as)((const type *)view->data)[i])

static void put_element(bytes *out, const horn_view *view, size_t i)
{
    switch (view->dtype) {
    case HORN_FLOAT32:
        put_float(out, (double)((const float *)view->data)[i], 9);
        break;
    case HORN_FLOAT64:
        put_float(out, ((const double *)view->data)[i], 17);
        break;
    case HORN_INT8:
        PUT("%d", int8_t, int);
        break;
    case HORN_INT16:
        PUT("%d", int16_t, int);
        break;
    case HORN_INT32:
        PUT("%d", int32_t, int);
        break;
    case HORN_INT64:
        PUT("%lld", int64_t, long long);
        break;
    case HORN_UINT16:
        PUT("%u", uint16_t, unsigned);
        break;
    case HORN_UINT32:
        PUT("%u", uint32_t, unsigned);
        break;
    case HORN_UINT64:
        PUT("%llu", uint64_t, unsigned long long);
        break;
    /* uint8, and bool, which is 0 or 1. */
    default:
        PUT("%u", uint8_t, unsigned);
    }
}

horn_status csv_write(bytes *out, const horn_view *view)
{
    const size_t count = horn_view_count(view), samples = view->rank ? view->shape[0] : 1;
    const size_t width = samples ? count / samples : 0;
    for (size_t i = 0; i < count; i++) {
        put_element(out, view, i);
        bytes_print(out, (i + 1) % width ? "," : "\n");
    }
    return bytes_status(out);
}
