#include "callbacks/tensorboard/event_file.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/files/folder.h"
#include "base/memory.h"
#include "base/status.h"
#include "codecs/protobuf.h"
#include "codecs/tensorflow/records.h"

enum { BUCKETS = 30, DT_FLOAT = 1, DT_DOUBLE = 2, DT_STRING = 7, CLASS_SCALAR = 1, CLASS_TENSOR = 2 };

static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* ---- events ---- */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void put_event(bytes *out, size_t step, uint32_t number, const void *data, size_t size)
{
    bytes event = { 0 };
    protobuf_put_fixed64(&event, 1, bits_of(now()));
    protobuf_put_integer(&event, 2, step);
    protobuf_put_bytes(&event, number, data, size);
    records_append(out, event.data, event.size);
    out->failed |= event.failed;
    bytes_free(&event);
}

static void put_version(bytes *out)
{
    static const char version[] = "brain.Event:2";
    put_event(out, 0, 3, version, sizeof version - 1);
}

/* An event of one value; empties the tensor. */
static void put_value(event_file *f, size_t step, const char *tag, const char *plugin, unsigned class,
                      bytes *tensor)
{
    bytes data = { 0 }, metadata = { 0 }, value = { 0 }, summary = { 0 };
    protobuf_put_text(&data, 1, plugin);
    protobuf_put_message(&metadata, 1, &data);
    protobuf_put_integer(&metadata, 4, class);
    protobuf_put_text(&value, 1, tag);
    protobuf_put_message(&value, 8, tensor);
    protobuf_put_message(&value, 9, &metadata);
    protobuf_put_message(&summary, 1, &value);
    put_event(&f->file.waiting, step, 5, summary.data, summary.size);
    f->file.waiting.failed |= summary.failed;
    bytes_free(&summary);
}

void event_file_scalar(event_file *f, size_t step, const char *tag, double value)
{
    bytes tensor = { 0 };
    const float as = (float)value;
    protobuf_put_integer(&tensor, 1, DT_FLOAT);
    protobuf_put_bytes(&tensor, 2, NULL, 0);
    protobuf_put_bytes(&tensor, 4, &as, sizeof as);
    put_value(f, step, tag, "scalars", CLASS_SCALAR, &tensor);
}

void event_file_text(event_file *f, size_t step, const char *tag, const char *text)
{
    bytes tensor = { 0 };
    protobuf_put_integer(&tensor, 1, DT_STRING);
    protobuf_put_bytes(&tensor, 2, NULL, 0);
    protobuf_put_text(&tensor, 8, text);
    put_value(f, step, tag, "text", CLASS_TENSOR, &tensor);
}

/* (BUCKETS, 3): left end, right end, how many; values that are not finite are left out. All of one value: one bucket around it holds them. */
static void fill_buckets(double out[BUCKETS][3], const float *values, size_t count)
{
    double least = INFINITY, greatest = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) continue;
        least = fmin(least, values[i]);
        greatest = fmax(greatest, values[i]);
    }
    if (least > greatest) least = greatest = 0;
    if (least == greatest) least -= 0.5, greatest += 0.5;
    const double width = (greatest - least) / BUCKETS;
    for (int b = 0; b < BUCKETS; b++) {
        out[b][0] = least + b * width;
        out[b][1] = b + 1 == BUCKETS ? greatest : least + (b + 1) * width;
        out[b][2] = 0;
    }
    for (size_t i = 0; i < count; i++)
        if (isfinite(values[i])) out[(int)fmin((values[i] - least) / width, BUCKETS - 1)][2]++;
}

void event_file_histogram(event_file *f, size_t step, const char *tag, const float *values, size_t count)
{
    double buckets[BUCKETS][3];
    bytes tensor = { 0 }, sizes = { 0 }, axis = { 0 };
    fill_buckets(buckets, values, count);
    protobuf_put_integer(&axis, 1, BUCKETS);
    protobuf_put_message(&sizes, 2, &axis);
    protobuf_put_integer(&axis, 1, 3);
    protobuf_put_message(&sizes, 2, &axis);
    protobuf_put_integer(&tensor, 1, DT_DOUBLE);
    protobuf_put_message(&tensor, 2, &sizes);
    protobuf_put_bytes(&tensor, 4, buckets, sizeof buckets);
    put_value(f, step, tag, "histograms", CLASS_TENSOR, &tensor);
}

/* ---- the file ---- */

/* False for what is no event. */
static bool step_of(const void *data, size_t size, size_t *step, bool *is_version)
{
    protobuf_reader r = protobuf_read(data, size);
    protobuf_field field;
    *step = 0;
    *is_version = false;
    while (protobuf_next(&r, &field)) {
        if (field.number == 2) *step = (size_t)protobuf_integer(&r, &field);
        if (field.number == 3) *is_version = true;
    }
    return !r.failed;
}

/* How many bytes stay; 0 also if it does not begin as an event file does. */
static size_t find_end(const bytes *content, size_t steps, size_t *next)
{
    size_t at = 0, end = 0, size, step;
    const void *data;
    bool is_version;
    *next = 0;
    while (records_next(content->data, content->size, &at, &data, &size) &&
           step_of(data, size, &step, &is_version)) {
        if (is_version != (end == 0) || (!is_version && step >= steps)) break;
        end = at;
        if (!is_version && step >= *next) *next = step + 1;
    }
    return end;
}

static horn_status find_path(event_file *f, const char *folder)
{
    static const char name[] = "events.out.tfevents.horn";
    const size_t room = strlen(folder) + sizeof name + 1;
    horn_status status = memory_new(&f->file.path, room, 1);
    if (status) return status;
    snprintf(f->file.path, room, "%s/%s", folder, name);
    return HORN_OK;
}

horn_status event_file_open(event_file *f, const char *folder, size_t steps)
{
    horn_status status = HORN_OK;
    bytes content = { 0 };
    *f = (event_file){ .file.file = -1 };
    TRY(find_path(f, folder));
    TRY(log_file_open(&f->file, O_RDWR | O_APPEND));
    TRY(file_read(&content, f->file.path, 0));
    const size_t end = find_end(&content, steps, &f->next);
    if (end < content.size && ftruncate(f->file.file, (off_t)end)) TRY(log_file_failed(&f->file));
    if (!end) put_version(&f->file.waiting);
done:
    bytes_free(&content);
    return status;
}

horn_status event_file_write(event_file *f)
{
    return log_file_write(&f->file);
}

void event_file_close(event_file *f)
{
    log_file_free(&f->file);
    f->next = 0;
}
