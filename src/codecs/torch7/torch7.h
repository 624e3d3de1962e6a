/* Torch7's serialized objects (.t7), binary, as torch.save of 64-bit Lua Torch writes them: values, of which nothing is ever called.
 *
 *     object   i32 tag, then
 *       0 nil     1 number: f64     2 string: i32 size, bytes     5 boolean: i32 0 or 1
 *       3 table   i32 index [i32 count, as often an object as key and one as value]
 *       4 torch   i32 index [string "V 1", string class, payload]        strings without a tag; "V 1" is missing in old files
 *       6, 7, 8   functions: refused
 *     tensor   i32 axes, i64 sizes, i64 strides, i64 offset from 1, object: its storage, or nil
 *     storage  i64 count, the elements
 *     other classes (nn.Linear): one object, a table of their fields
 *
 * What is in brackets is there when an index appears first; later it is a reference. Little-endian. Reading takes memory in proportion
 * to the file; tensors keep their strides. Refused by name: functions, HalfTensor, tds, text files; objects that contain themselves. */
#ifndef CODECS_TORCH7_TORCH7_H
#define CODECS_TORCH7_TORCH7_H

#include <stdbool.h>
#include <horn/view.h>
#include "base/bytes.h"

typedef enum torch7_kind {
    TORCH7_NIL,
    TORCH7_NUMBER,
    TORCH7_STRING,
    TORCH7_BOOLEAN,
    TORCH7_TABLE,
    TORCH7_TENSOR,
    TORCH7_STORAGE,
    /* Of another class: its payload is a value. */
    TORCH7_OBJECT
} torch7_kind;

typedef struct torch7_value torch7_value;

typedef struct torch7_pair {
    const torch7_value *key, *value;
} torch7_pair;

struct torch7_value {
    torch7_kind kind;
    double number;
    bool boolean;
    /* Of a string, or the class of an object; not ended by 0, borrowed from the file. */
    const char *text;
    size_t length;
    torch7_pair *pairs;
    size_t count;
    const torch7_value *payload;
    /* Of a tensor: strides and offset in elements, from 0; none without a storage. */
    horn_dtype dtype;
    int rank;
    size_t shape[HORN_MAX_RANK], stride[HORN_MAX_RANK], offset;
    /* Its storage's bytes; of a storage `count` elements. */
    const unsigned char *data;
};

typedef struct torch7_file {
    const torch7_value *root;
    /* All values, each in a block of its own. */
    torch7_value **values;
    size_t count, capacity;
} torch7_file;

bool torch7_recognizes(const void *data, size_t size);
/* The same in text, which is not read. */
bool torch7_is_text(const void *data, size_t size);
/* Borrows the data. `name` begins error lines. Free `out` after a failure, too. */
HORN_CHECKED horn_status torch7_read(torch7_file *out, const void *data, size_t size, const char *name);
void torch7_free(torch7_file *);

/* The value of a string key in a table; NULL: there is none, or it is no table. */
const torch7_value *torch7_get(const torch7_value *table, const char *key);
/* The value of the number `index` as key, from 1. */
const torch7_value *torch7_at(const torch7_value *table, size_t index);
bool torch7_is_class(const torch7_value *, const char *name);
bool torch7_number(const torch7_value *, double *out);
/* Elements of a tensor. */
size_t torch7_count(const torch7_value *tensor);
/* Copies all elements, row-major. */
void torch7_copy(const torch7_value *tensor, void *out);

/* ---- writing: a table's count, then its keys and values, in order ---- */

typedef struct torch7_writer {
    bytes out;
    int32_t next;
} torch7_writer;

void torch7_put_number(torch7_writer *, double);
void torch7_put_string(torch7_writer *, const void *text, size_t size);
void torch7_put_text(torch7_writer *, const char *text);
void torch7_put_boolean(torch7_writer *, bool);
void torch7_put_table(torch7_writer *, size_t count);
/* An object's class; its payload follows. */
void torch7_put_object(torch7_writer *, const char *class_name);
/* Of float32, float64 and integers but for unsigned ones above a byte; others are refused. A tensor without axes becomes one of one
 * element, as Torch7 has none. */
HORN_CHECKED horn_status torch7_put_tensor(torch7_writer *, const horn_view *);
void torch7_put_sizes(torch7_writer *, const int64_t *sizes, size_t count); /* a LongStorage */

#endif
