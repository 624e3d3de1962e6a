#include "codecs/pickle/writer.h"

#include <string.h>
#include "base/status.h"

enum { GROUP = 1000 };

typedef struct writing {
    bytes *out;
    pickle *values;
    uint32_t numbers;
    /* More values within each other than PICKLE_MAX_DEPTH. */
    bool is_deep;
} writing;

static void write_value(writing *w, pickle_value *v, size_t depth);

static void put(writing *w, unsigned char operation, uint64_t value, int width)
{
    unsigned char text[9] = { operation };
    for (int i = 0; i < width; i++) text[1 + i] = (unsigned char)(value >> 8 * i);
    bytes_append(w->out, text, 1 + (size_t)width);
}

/* Gives the value the next number of the memo. */
static void memoize(writing *w, pickle_value *v)
{
    const uint32_t number = w->numbers++;
    v->mark = number + 1;
    put(w, number < 256 ? 'q' : 'r', number, number < 256 ? 1 : 4);
}

/* True if the value was written before: writes its number. */
static bool refer(writing *w, const pickle_value *v)
{
    const uint32_t number = v->mark - 1;
    if (v->mark) put(w, number < 256 ? 'h' : 'j', number, number < 256 ? 1 : 4);
    return v->mark;
}

/* ---- numbers and texts ---- */

static void write_integer(writing *w, int64_t value)
{
    if (value >= 0 && value < 256) {
        put(w, 'K', (uint64_t)value, 1);
    } else if (value >= 0 && value < 65536) {
        put(w, 'M', (uint64_t)value, 2);
    } else if (value >= INT32_MIN && value <= INT32_MAX) {
        put(w, 'J', (uint64_t)value, 4);
    } else { /* as few bytes as hold it and its sign */
        int width = 8;
        while (value >> (8 * width - 9) == (value < 0 ? -1 : 0)) width--;
        put(w, 0x8a, (uint64_t)width, 1);
        bytes_append(w->out,
                     (unsigned char[]){ value & 255, value >> 8 & 255, value >> 16 & 255, value >> 24 & 255,
                                        value >> 32 & 255, value >> 40 & 255, value >> 48 & 255,
                                        value >> 56 & 255 },
                     (size_t)width);
    }
}

static void write_number(writing *w, double value)
{
    uint64_t bits, turned = 0;
    memcpy(&bits, &value, sizeof bits);
    for (int i = 0; i < 8; i++) turned |= (bits >> 8 * i & 255) << (56 - 8 * i);
    put(w, 'G', turned, 8);
}

static void write_text(writing *w, pickle_value *v)
{
    put(w, 'X', v->text.size, 4);
    bytes_append(w->out, v->text.at, v->text.size);
    memoize(w, v);
}

/* ---- containers ---- */

static void write_items(writing *w, const pickle_value *v, size_t from, size_t to, size_t depth)
{
    for (size_t i = from; i < to; i++) write_value(w, v->items.at[i], depth + 1);
}

static void write_tuple(writing *w, pickle_value *v, size_t depth)
{
    const size_t count = v->items.count;
    if (count == 0) {
        put(w, ')', 0, 0);
        return;
    }
    if (count > 3) put(w, '(', 0, 0);
    write_items(w, v, 0, count, depth);
    put(w, count > 3 ? 't' : (unsigned char)(0x84 + count), 0, 0);
    memoize(w, v);
}

static void write_list(writing *w, pickle_value *v, size_t depth)
{
    const size_t count = v->items.count;
    put(w, ']', 0, 0);
    memoize(w, v);
    if (count == 1) {
        write_items(w, v, 0, 1, depth);
        put(w, 'a', 0, 0);
    }
    for (size_t i = 0; count > 1 && i < count; i += GROUP) {
        put(w, '(', 0, 0);
        write_items(w, v, i, count - i < GROUP ? count : i + GROUP, depth);
        put(w, 'e', 0, 0);
    }
}

/* Of a plain dict Python looks at the number of all entries, else at those that are left. */
static void write_entries(writing *w, const pickle_value *v, size_t depth)
{
    const size_t count = pickle_count(v);
    for (size_t i = 0; i < count; i += GROUP) {
        const size_t end = count - i < GROUP ? count : i + GROUP;
        const bool is_single = end - i == 1 && (count == 1 || v->global);
        if (!is_single) put(w, '(', 0, 0);
        write_items(w, v, 2 * i, 2 * end, depth);
        put(w, is_single ? 's' : 'u', 0, 0);
    }
    if (count && count % GROUP == 0 && !v->global) bytes_append(w->out, "(u", 2);
}

/* ---- objects ---- */

static void write_token(writing *w, const pickle_global *g)
{
    pickle_value *v = pickle_token(w->values, g);
    if (!v || refer(w, v)) return;
    put(w, 'c', 0, 0);
    bytes_print(w->out, "%s\n%s\n", g->module, g->name);
    memoize(w, v);
}

static void write_dict(writing *w, pickle_value *v, size_t depth)
{
    if (v->global) {
        write_token(w, v->global);
        bytes_append(w->out, ")R", 2);
    } else {
        put(w, '}', 0, 0);
    }
    memoize(w, v);
    write_entries(w, v, depth);
    if (!v->state) return;
    write_value(w, v->state, depth + 1);
    put(w, 'b', 0, 0);
}

/* The arguments are a tuple of their own, which nobody refers to. */
static void write_call(writing *w, pickle_value *v, size_t depth)
{
    pickle_value arguments = *v;
    write_token(w, v->global);
    write_tuple(w, &arguments, depth);
    put(w, 'R', 0, 0);
    memoize(w, v);
}

static void write_persistent(writing *w, const pickle_value *v, size_t depth)
{
    write_items(w, v, 0, 1, depth);
    put(w, 'Q', 0, 0);
}

static void write_container(writing *w, pickle_value *v, size_t depth)
{
    w->is_deep |= depth >= PICKLE_MAX_DEPTH;
    if (w->is_deep || refer(w, v)) return;
    if (v->kind == PICKLE_TUPLE) write_tuple(w, v, depth);
    if (v->kind == PICKLE_LIST) write_list(w, v, depth);
    if (v->kind == PICKLE_DICT) write_dict(w, v, depth);
    if (v->kind == PICKLE_CALL) write_call(w, v, depth);
    if (v->kind == PICKLE_PERSISTENT) write_persistent(w, v, depth);
}

static void write_value(writing *w, pickle_value *v, size_t depth)
{
    if (v->kind == PICKLE_NONE) put(w, 'N', 0, 0);
    if (v->kind == PICKLE_BOOLEAN) put(w, v->boolean ? 0x88 : 0x89, 0, 0);
    if (v->kind == PICKLE_INTEGER) write_integer(w, v->integer);
    if (v->kind == PICKLE_NUMBER) write_number(w, v->number);
    if (v->kind == PICKLE_GLOBAL) write_token(w, v->global);
    if (v->kind == PICKLE_LONG) {
        put(w, 0x8a, v->text.size, 1);
        bytes_append(w->out, v->text.at, v->text.size);
    }
    if (v->kind == PICKLE_TEXT && !refer(w, v)) write_text(w, v);
    if (v->kind >= PICKLE_TUPLE && v->kind != PICKLE_GLOBAL) write_container(w, v, depth);
}

horn_status pickle_write(bytes *out, pickle *p, pickle_value *value)
{
    writing w = { .out = out, .values = p };
    horn_status status = pickle_status(p);
    if (status) return status;
    pickle_unmark(p);
    put(&w, 0x80, 2, 1);
    write_value(&w, value, 0);
    put(&w, '.', 0, 0);
    status = pickle_status(p);
    if (!status && w.is_deep)
        status =
            fail(HORN_ERROR_ARGUMENT, "pickle of more than %d values within each other", PICKLE_MAX_DEPTH);
    return status ? status : bytes_status(out);
}
