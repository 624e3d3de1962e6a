/* The operations on the stack, the memo, numbers, texts and containers. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "base/utf8.h"
#include "codecs/pickle/machine.h"

/* ---- the stack ---- */

static horn_status mark(pickle_machine *m, int unused)
{
    (void)unused;
    if (m->mark_count == PICKLE_MAX_MARKS)
        return pickle_fail(m, HORN_ERROR_UNSUPPORTED, "more than %d marks on the stack", PICKLE_MAX_MARKS);
    m->marks[m->mark_count++] = m->count;
    return HORN_OK;
}

/* Takes what is above the last mark off the stack; it stays valid until the next push. */
static horn_status take_marked(pickle_value ***items, size_t *count, pickle_machine *m)
{
    if (!m->mark_count) return pickle_fail(m, HORN_ERROR_FORMAT, "needs a mark, and the stack has none");
    const size_t from = m->marks[--m->mark_count];
    *items = m->stack + from;
    *count = m->count - from;
    m->count = from;
    return HORN_OK;
}

static horn_status stop(pickle_machine *m, int unused)
{
    (void)unused;
    m->stopped = true;
    return HORN_OK;
}

static horn_status protocol(pickle_machine *m, int unused)
{
    const uint64_t version = byte_reader_number(&m->in, 1);
    (void)unused;
    if (m->in.failed || version == 2 || version == 3) return HORN_OK;
    return pickle_fail(m, HORN_ERROR_UNSUPPORTED, "is of protocol %llu, expected 2",
                       (unsigned long long)version);
}

/* ---- the memo ---- */

static horn_status put(pickle_machine *m, int width)
{
    horn_status status = HORN_OK;
    pickle_value *top = NULL;
    const uint64_t index = byte_reader_number(&m->in, width);
    if (m->in.failed) return HORN_OK;
    if ((status = pickle_peek(&top, m))) return status;
    /* Each number is put by an operation of at least 2 bytes. */
    if (index >= (size_t)(m->in.end - m->start))
        return pickle_fail(m, HORN_ERROR_FORMAT, "memo number %llu of a pickle of %zu bytes",
                           (unsigned long long)index, (size_t)(m->in.end - m->start));
    while (m->memo_count <= index) {
        const size_t before = m->memo_count;
        status = memory_grow(&m->memo, before, &m->memo_count, sizeof *m->memo);
        if (status) return status;
    }
    m->memo[index] = top;
    return HORN_OK;
}

static horn_status get(pickle_machine *m, int width)
{
    const uint64_t index = byte_reader_number(&m->in, width);
    if (m->in.failed) return HORN_OK;
    if (index >= m->memo_count || !m->memo[index])
        return pickle_fail(m, HORN_ERROR_FORMAT, "memo number %llu, where nothing was put",
                           (unsigned long long)index);
    return pickle_push(m, m->memo[index]);
}

/* ---- numbers and texts ---- */

static horn_status push_constant(pickle_machine *m, int which)
{
    return pickle_push(m, which == 'N' ? m->none : which == 'T' ? m->yes : which == 'F' ? m->no : m->empty);
}

static horn_status push_integer(pickle_machine *m, int width)
{
    const uint64_t bits = byte_reader_number(&m->in, width);
    return pickle_push(m, pickle_integer(m->values, width == 4 ? (int32_t)bits : (int64_t)bits));
}

static horn_status push_long(pickle_machine *m, int unused)
{
    const size_t size = byte_reader_number(&m->in, 1);
    const unsigned char *from = byte_reader_skip(&m->in, size);
    uint64_t bits = from && size && from[size - 1] & 0x80 ? UINT64_MAX : 0;
    (void)unused;
    if (!from) return HORN_OK;
    if (size > 8) return pickle_push(m, pickle_bytes(m->values, PICKLE_LONG, from, size));
    for (size_t i = size; i-- > 0;) bits = bits << 8 | from[i];
    return pickle_push(m, pickle_integer(m->values, (int64_t)bits));
}

static horn_status push_float(pickle_machine *m, int unused)
{
    const unsigned char *from = byte_reader_skip(&m->in, 8);
    uint64_t bits = 0;
    double value;
    (void)unused;
    for (int i = 0; from && i < 8; i++) bits = bits << 8 | from[i];
    memcpy(&value, &bits, sizeof value);
    return pickle_push(m, pickle_number(m->values, value));
}

/* The bytes of its size; negative: of Python 2. */
static horn_status push_text(pickle_machine *m, int width)
{
    const size_t size = byte_reader_number(&m->in, abs(width));
    const unsigned char *from = byte_reader_skip(&m->in, size);
    if (!from) return HORN_OK;
    for (size_t i = 0; width < 0 && i < size; i++)
        if (from[i] >= 0x80)
            return pickle_fail(m, HORN_ERROR_UNSUPPORTED, "a str of Python 2 that is not ASCII");
    if (!utf8_is_valid(from, size, true))
        return pickle_fail(m, HORN_ERROR_FORMAT, "a text that is not UTF-8");
    return pickle_push(m, pickle_bytes(m->values, PICKLE_TEXT, from, size));
}

/* ---- containers ---- */

static horn_status push_container(pickle_machine *m, int kind)
{
    return pickle_push(m, kind == PICKLE_LIST ? pickle_list(m->values) : pickle_dict(m->values, NULL));
}

/* `count` values, or those above the mark (0). */
static horn_status make_tuple(pickle_machine *m, int count)
{
    pickle_value **items = NULL;
    size_t found = (size_t)count;
    horn_status status = HORN_OK;
    if (!count) {
        status = take_marked(&items, &found, m);
    } else {
        const size_t from = m->mark_count ? m->marks[m->mark_count - 1] : 0;
        if (m->count - from < found)
            return pickle_fail(m, HORN_ERROR_FORMAT, "needs %zu values, and the stack has %zu", found,
                               m->count - from);
        m->count -= found;
        items = m->stack + m->count;
    }
    return status ? status : pickle_push(m, pickle_tuple(m->values, found, items));
}

static horn_status append(pickle_machine *m, int is_one)
{
    horn_status status = HORN_OK;
    pickle_value *list = NULL, *one = NULL, **items = &one;
    size_t count = 1;
    status = is_one ? pickle_pop(&one, m) : take_marked(&items, &count, m);
    if (!status) status = pickle_peek(&list, m);
    if (status) return status;
    if (list->kind != PICKLE_LIST) return pickle_fail(m, HORN_ERROR_FORMAT, "appends to what is no list");
    for (size_t i = 0; i < count; i++) pickle_append(m->values, list, items[i]);
    return HORN_OK;
}

static horn_status set(pickle_machine *m, int is_one)
{
    horn_status status = HORN_OK;
    pickle_value *dict = NULL, *pair[2], **items = pair;
    size_t count = 2;
    status = is_one ? pickle_pop(&pair[1], m) : take_marked(&items, &count, m);
    if (!status && is_one) status = pickle_pop(&pair[0], m);
    if (!status) status = pickle_peek(&dict, m);
    return status ? status : pickle_set_items(m, dict, items, count);
}

/* ---- by their bytes ---- */

static horn_status make_object(pickle_machine *m, int which)
{
    horn_status status;
    pickle_value *id = NULL;
    if (which == 'c') return pickle_global_found(m);
    if (which == 'R') return pickle_reduce(m);
    if (which == 'b') return pickle_build(m);
    status = pickle_pop(&id, m);
    return status ? status : pickle_push(m, pickle_persistent(m->values, id));
}

static const struct {
    unsigned char byte;
    signed char argument;
    horn_status (*run)(pickle_machine *, int argument);
} operations[] = {
    { 0x80, 0, protocol },
    { '.', 0, stop },
    { '(', 0, mark },
    { 'N', 'N', push_constant },
    { 0x88, 'T', push_constant },
    { 0x89, 'F', push_constant },
    { ')', ')', push_constant },
    { 'K', 1, push_integer },
    { 'M', 2, push_integer },
    { 'J', 4, push_integer },
    { 0x8a, 0, push_long },
    { 'G', 0, push_float },
    { 'X', 4, push_text },
    { 'U', -1, push_text },
    { 'T', -4, push_text },
    { ']', PICKLE_LIST, push_container },
    { '}', PICKLE_DICT, push_container },
    { 't', 0, make_tuple },
    { 0x85, 1, make_tuple },
    { 0x86, 2, make_tuple },
    { 0x87, 3, make_tuple },
    { 'a', true, append },
    { 'e', false, append },
    { 's', true, set },
    { 'u', false, set },
    { 'q', 1, put },
    { 'r', 4, put },
    { 'h', 1, get },
    { 'j', 4, get },
    { 'c', 'c', make_object },
    { 'R', 'R', make_object },
    { 'b', 'b', make_object },
    { 'Q', 'Q', make_object },
};

/* Operations of Python that are refused. */
static const struct {
    unsigned char byte;
    const char *name;
} others[] = {
    { 0x81, "NEWOBJ, which makes an object of a class" },
    { 0x92, "NEWOBJ_EX, which makes an object of a class" },
    { 'i', "INST, which makes an object of a class" },
    { 'o', "OBJ, which makes an object of a class" },
    { 0x93, "STACK_GLOBAL of protocol 4" },
    { 0x95, "FRAME of protocol 4" },
    { 0x94, "MEMOIZE of protocol 4" },
    { 0x8c, "SHORT_BINUNICODE of protocol 4" },
    { 0x82, "EXT1, a name from a registry" },
    { 0x83, "EXT2, a name from a registry" },
    { 0x84, "EXT4, a name from a registry" },
    { 0x8b, "LONG4" },
    { 'B', "BINBYTES" },
    { 'C', "SHORT_BINBYTES" },
    { 'P', "PERSID" },
    { '0', "POP" },
    { '1', "POP_MARK" },
    { '2', "DUP" },
    { 'S', "STRING of protocol 0" },
    { 'I', "INT of protocol 0" },
    { 'L', "LONG of protocol 0" },
    { 'F', "FLOAT of protocol 0" },
    { 'V', "UNICODE of protocol 0" },
    { 'p', "PUT of protocol 0" },
    { 'g', "GET of protocol 0" },
    { 'd', "DICT of protocol 0" },
    { 'l', "LIST of protocol 0" },
};

horn_status pickle_operate(pickle_machine *m, unsigned char operation)
{
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        if (operations[i].byte == operation) return operations[i].run(m, operations[i].argument);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i].byte == operation)
            return pickle_fail(m, HORN_ERROR_UNSUPPORTED, "has the operation %s, which is not read",
                               others[i].name);
    return pickle_fail(m, HORN_ERROR_FORMAT, "0x%02x is no operation", operation);
}
