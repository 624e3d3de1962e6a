#include "tensor/view.h"

#include <stdbool.h>
#include <string.h>
#include "base/kernel.h"
#include "tensor/tuning.h"
#include "base/memory.h"

static const struct {
    const char *name;
    size_t size;
} dtypes[] = {
    [HORN_FLOAT32] = { "float32", 4 }, [HORN_FLOAT64] = { "float64", 8 }, [HORN_INT8] = { "int8", 1 },
    [HORN_INT16] = { "int16", 2 },     [HORN_INT32] = { "int32", 4 },     [HORN_INT64] = { "int64", 8 },
    [HORN_UINT8] = { "uint8", 1 },     [HORN_UINT16] = { "uint16", 2 },   [HORN_UINT32] = { "uint32", 4 },
    [HORN_UINT64] = { "uint64", 8 },   [HORN_BOOL] = { "bool", 1 },
};

size_t horn_dtype_size(horn_dtype dtype)
{
    return dtypes[dtype].size;
}

const char *horn_dtype_name(horn_dtype dtype)
{
    return dtypes[dtype].name;
}

/* Elements of axes first, first + 1, ...; SIZE_MAX if the product does not fit. */
static size_t count_axes(const horn_view *view, int first)
{
    size_t count = 1;
    bool fits = true;
    for (int i = first; i < view->rank; i++) {
        if (view->shape[i] == 0) return 0;
        fits = fits && memory_multiply(&count, view->shape[i]);
    }
    return fits ? count : SIZE_MAX;
}

size_t horn_view_count(const horn_view *view)
{
    return view ? count_axes(view, 0) : 0;
}

horn_view horn_view_samples(const horn_view *view, size_t first, size_t count)
{
    if (!view) return (horn_view){ 0 };
    horn_view part = *view;
    size_t bytes = count_axes(view, 1) * horn_dtype_size(view->dtype);
    part.data = (const char *)view->data + first * bytes;
    part.shape[0] = count;
    return part;
}

/* ---- one sample, per dtype ---- */

#define CONVERTER(name, type)                                                                  \
    KERNEL static void floats_##name(const void *restrict from, size_t n, float divisor,       \
                                     float *restrict out)                                      \
    {                                                                                          \
        const type *x = from;                                                                  \
        if (divisor == 1)                                                                      \
            for (size_t i = 0; i < n; i++) out[i] = (float)x[i];                               \
        else                                                                                   \
            for (size_t i = 0; i < n; i++) out[i] = (float)x[i] / divisor;                     \
    }                                                                                          \
    static void labels_##name(const void *from, size_t n, int32_t *out)                        \
    {                                                                                          \
        const type *x = from;                                                                  \
        for (size_t i = 0; i < n; i++) out[i] = FITS_##name(x[i]) ? (int32_t)x[i] : INT32_MIN; \
    }

/* Also right if the limits are rounded to the type of x. False for NaN. */
#define FITS_real(x)     ((x) > -2147483648.0 && (x) < 2147483648.0)
#define FITS_signed(x)   ((int64_t)(x) >= INT32_MIN && (int64_t)(x) <= INT32_MAX)
#define FITS_unsigned(x) ((uint64_t)(x) <= INT32_MAX)
#define FITS_float32     FITS_real
#define FITS_float64     FITS_real
#define FITS_int8        FITS_signed
#define FITS_int16       FITS_signed
#define FITS_int32       FITS_signed
#define FITS_int64       FITS_signed
#define FITS_uint8       FITS_unsigned
#define FITS_uint16      FITS_unsigned
#define FITS_uint32      FITS_unsigned
#define FITS_uint64      FITS_unsigned

CONVERTER(float32, float)
CONVERTER(float64, double)
CONVERTER(int8, int8_t)
CONVERTER(int16, int16_t)
CONVERTER(int32, int32_t)
CONVERTER(int64, int64_t)
CONVERTER(uint8, uint8_t)
CONVERTER(uint16, uint16_t)
CONVERTER(uint32, uint32_t)
CONVERTER(uint64, uint64_t)

typedef void to_floats(const void *from, size_t n, float divisor, float *out);
typedef void to_labels(const void *from, size_t n, int32_t *out);

/* A bool is a byte that is 0 or 1. */
static to_floats *const to_float[] = {
    [HORN_FLOAT32] = floats_float32, [HORN_FLOAT64] = floats_float64, [HORN_INT8] = floats_int8,
    [HORN_INT16] = floats_int16,     [HORN_INT32] = floats_int32,     [HORN_INT64] = floats_int64,
    [HORN_UINT8] = floats_uint8,     [HORN_UINT16] = floats_uint16,   [HORN_UINT32] = floats_uint32,
    [HORN_UINT64] = floats_uint64,   [HORN_BOOL] = floats_uint8,
};

static to_labels *const to_label[] = {
    [HORN_FLOAT32] = labels_float32, [HORN_FLOAT64] = labels_float64, [HORN_INT8] = labels_int8,
    [HORN_INT16] = labels_int16,     [HORN_INT32] = labels_int32,     [HORN_INT64] = labels_int64,
    [HORN_UINT8] = labels_uint8,     [HORN_UINT16] = labels_uint16,   [HORN_UINT32] = labels_uint32,
    [HORN_UINT64] = labels_uint64,   [HORN_BOOL] = labels_uint8,
};

static const char *sample_at(const horn_view *view, const uint32_t *order, size_t index, size_t bytes)
{
    return (const char *)view->data + (order ? order[index] : index) * bytes;
}

/* Shuffled samples lie anywhere in memory: prefetches a sample while the ones before it are converted. */
static void fetch(const char *sample, size_t bytes)
{
    for (size_t at = 0; at < bytes && at < TUNING_PREFETCH_BYTES; at += 64) __builtin_prefetch(sample + at);
}

void view_gather_float(const horn_view *view, const uint32_t *order, size_t first, size_t count, float *out)
{
    size_t n = count_axes(view, 1), bytes = n * horn_dtype_size(view->dtype);
    float divisor = view->divisor == 0 ? 1 : (float)view->divisor;
    for (size_t i = 0; i < count; i++) {
        if (order && i + TUNING_PREFETCH_SAMPLES < count)
            fetch(sample_at(view, order, first + i + TUNING_PREFETCH_SAMPLES, bytes), bytes);
        to_float[view->dtype](sample_at(view, order, first + i, bytes), n, divisor, out + i * n);
    }
}

void view_gather_labels(const horn_view *view, const uint32_t *order, size_t first, size_t count,
                        int32_t *out)
{
    size_t n = count_axes(view, 1), bytes = n * horn_dtype_size(view->dtype);
    for (size_t i = 0; i < count; i++)
        to_label[view->dtype](sample_at(view, order, first + i, bytes), n, out + i * n);
}

static double element_at(const horn_view *v, size_t i)
{
    switch (v->dtype) {
    case HORN_FLOAT32:
        return (double)((const float *)v->data)[i];
    case HORN_FLOAT64:
        return ((const double *)v->data)[i];
    case HORN_INT8:
        return ((const int8_t *)v->data)[i];
    case HORN_INT16:
        return ((const int16_t *)v->data)[i];
    case HORN_INT32:
        return ((const int32_t *)v->data)[i];
    case HORN_INT64:
        return (double)((const int64_t *)v->data)[i];
    case HORN_UINT16:
        return ((const uint16_t *)v->data)[i];
    case HORN_UINT32:
        return ((const uint32_t *)v->data)[i];
    case HORN_UINT64:
        return (double)((const uint64_t *)v->data)[i];
    default:
        return ((const uint8_t *)v->data)[i];
    }
}

double view_number(const horn_view *view, size_t i)
{
    return view->divisor == 0 ? element_at(view, i) : element_at(view, i) / view->divisor;
}
