#include "fuzz/mutate.h"

#include <stdlib.h>
#include <string.h>
#include "codecs/protobuf.h"

size_t LLVMFuzzerMutate(unsigned char *data, size_t size, size_t most);

static uint64_t state;

size_t mutate_draw(size_t below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return below ? (size_t)(state >> 33) % below : 0;
}

void mutate_bytes(bytes *b)
{
    static const unsigned char room[64];
    const size_t size = b->size;
    bytes_append(b, room, sizeof room);
    if (bytes_status(b) == HORN_OK) b->size = LLVMFuzzerMutate(b->data, size, size + sizeof room);
}

void mutate_in_place(unsigned char *data, size_t size)
{
    static const unsigned char odd[] = { 0, 1, 2, 0x7f, 0x80, 0xfe, 0xff, '"' };
    for (size_t changes = size ? 1 + mutate_draw(5) : 0; changes; changes--) {
        const size_t at = mutate_draw(size), from = mutate_draw(size), last = at > from ? at : from;
        switch (mutate_draw(5)) {
        case 0:
            data[at] ^= (unsigned char)(1u << mutate_draw(8));
            break;
        case 1:
            data[at] = odd[mutate_draw(sizeof odd)];
            break;
        case 2:
            data[at] = (unsigned char)(data[at] + mutate_draw(9) - 4);
            break;
        case 3:
            memset(data + at, odd[mutate_draw(sizeof odd)], 1 + mutate_draw(size - at < 8 ? size - at : 8));
            break;
        default:
            memmove(data + at, data + from, 1 + mutate_draw(size - last < 16 ? size - last : 16));
        }
    }
}

void mutate_splice(bytes *b, size_t start, size_t end, const void *other, size_t size)
{
    bytes made = { 0 };
    if (start) bytes_append(&made, b->data, start);
    if (size) bytes_append(&made, other, size);
    if (b->size > end) bytes_append(&made, b->data + end, b->size - end);
    bytes_free(b);
    *b = made;
}

/* ---- JSON ---- */

/* Where a value that begins at `at` ends. */
static size_t end_of_value(const bytes *text, size_t at)
{
    size_t depth = 0;
    bool quoted = false;
    for (size_t i = at; i < text->size; i++) {
        const unsigned char c = text->data[i];
        if (quoted && c == '\\') i++;
        if (c == '"') quoted = !quoted;
        if (quoted) continue;
        if (c == '{' || c == '[') depth++;
        if ((c == '}' || c == ']') && depth && --depth == 0) return i + 1;
        if (!depth && c == '"') return i + 1;
        if (!depth && (c == ',' || c == '}' || c == ']')) return i;
    }
    return text->size;
}

/* A place behind one of ":[,{", chosen from a random one on. */
static size_t some_value(const bytes *text)
{
    const size_t start = mutate_draw(text->size);
    for (size_t i = 0; i < text->size; i++) {
        const size_t at = (start + i) % text->size;
        if (!strchr(":[,{", text->data[at]) || !text->data[at] || at + 1 >= text->size) continue;
        return at + 1 + (text->data[at + 1] == ' ');
    }
    return 0;
}

static const char *const values[] = { "null",
                                      "true",
                                      "-1",
                                      "0",
                                      "1",
                                      "2",
                                      "3",
                                      "1e9",
                                      "0.5",
                                      "1e400",
                                      "-0.0",
                                      "9007199254740993",
                                      "\"\"",
                                      "[]",
                                      "{}",
                                      "[null, 3]",
                                      "[1, 1]",
                                      "\"same\"",
                                      "\"relu\"",
                                      "\"Dense\"",
                                      "\"Adam\"",
                                      "\"softmax\"",
                                      "\"Flatten\"",
                                      "\"linear\"",
                                      "{\"class_name\": \"Zeros\", \"config\": {}}",
                                      "{\"class_name\": \"L2\", \"config\": {\"l2\": 0.01}}",
                                      "\"BatchNormalization\"",
                                      "\"Conv2D\"",
                                      "\"MaxPooling2D\"",
                                      "\"Reshape\"",
                                      "\"Dropout\"",
                                      "NaN",
                                      "\"channels_first\"",
                                      "[[0, 1], [1, 0]]",
                                      "\"\\u0000\"",
                                      "\"a/b\"" };

void mutate_json(bytes *text)
{
    if (!text->size || mutate_draw(4) == 0) {
        mutate_bytes(text);
        return;
    }
    const size_t at = some_value(text), end = end_of_value(text, at), other = some_value(text),
                 other_end = end_of_value(text, other);
    const char *value = values[mutate_draw(sizeof values / sizeof *values)];
    bytes copy = { 0 };
    bytes_append(&copy, text->data + other, other_end - other);
    switch (mutate_draw(4)) {
    case 0:
        mutate_splice(text, at, end, value, strlen(value));
        break;
    case 1: /* another value of the text */
        mutate_splice(text, at, end, copy.data, copy.size);
        break;
    case 2: /* ... in front of it */
        bytes_append(&copy, ", ", 2);
        mutate_splice(text, at, at, copy.data, copy.size);
        break;
    default: /* gone, with the comma behind it */
        mutate_splice(text, at, end + (end < text->size && text->data[end] == ','), "", 0);
    }
    bytes_free(&copy);
}

/* ---- protobuf ---- */

enum { MOST_FIELDS = 4096 };

typedef struct span {
    size_t start, end;
} span;

/* The fields of a message as they stand; 0 if it is none. */
static size_t find_fields(const bytes *message, span fields[MOST_FIELDS])
{
    protobuf_reader r = protobuf_read(message->data, message->size);
    protobuf_field f;
    size_t count = 0, at = 0;
    while (count < MOST_FIELDS && protobuf_next(&r, &f)) {
        const size_t end = (size_t)(r.in.at - message->data);
        fields[count++] = (span){ at, end };
        at = end;
    }
    return r.failed || at != message->size ? 0 : count;
}

static bool is_json(protobuf_text text)
{
    return text.size > 2 && (text.at[0] == '{' || text.at[0] == '[') && text.at[1] == '"';
}

/* The content of one field, in a field of the new size. */
static void mutate_content(bytes *message, span at, unsigned depth)
{
    protobuf_reader r = protobuf_read(message->data + at.start, at.end - at.start);
    protobuf_field f;
    bytes inner = { 0 }, made = { 0 };
    if (!protobuf_next(&r, &f)) return;
    if (f.type == PROTOBUF_BYTES) {
        bytes_append(&inner, f.text.at, f.text.size);
        if (is_json(f.text))
            mutate_json(&inner);
        else if (depth < 12 && mutate_draw(8))
            mutate_message(&inner);
        else
            mutate_bytes(&inner);
        protobuf_put_bytes(&made, f.number, inner.data, inner.size);
    } else if (f.type == PROTOBUF_VARINT) {
        static const uint64_t odd[] = { 0, 1, 2, 7, 127, 255, 1 << 16, UINT32_MAX, INT64_MAX, UINT64_MAX };
        const uint64_t value = mutate_draw(2) ? odd[mutate_draw(10)] : f.value + mutate_draw(9) - 4;
        protobuf_put_integer(&made, f.number, value);
    } else {
        bytes_append(&made, message->data + at.start, at.end - at.start);
        mutate_in_place(made.data + 1, made.size - 1);
    }
    mutate_splice(message, at.start, at.end, made.data, made.size);
    bytes_free(&inner);
    bytes_free(&made);
}

void mutate_message(bytes *message)
{
    static unsigned depth;
    span *fields = calloc(MOST_FIELDS, sizeof *fields);
    const size_t count = fields ? find_fields(message, fields) : 0;
    const span at = count ? fields[mutate_draw(count)] : (span){ 0, 0 },
               other = count ? fields[mutate_draw(count)] : (span){ 0, 0 };
    bytes copy = { 0 };
    if (count) bytes_append(&copy, message->data + other.start, other.end - other.start);
    const size_t choice = mutate_draw(16);
    depth++;
    if (!count || choice == 0)
        mutate_bytes(message);
    else if (choice == 1)
        mutate_splice(message, at.start, at.end, "", 0);
    else if (choice == 2)
        mutate_splice(message, at.end, at.end, copy.data, copy.size);
    else if (choice == 3)
        mutate_splice(message, at.start, at.end, copy.data, copy.size);
    else
        mutate_content(message, at, depth);
    depth--;
    bytes_free(&copy);
    free(fields);
}

/* ---- cases ---- */

size_t fuzz_mutate(unsigned char *data, size_t size, size_t most, unsigned seed)
{
    fuzz_case c;
    bytes packed = { 0 };
    state = seed * 0x9e3779b97f4a7c15u + size;
    fuzz_unpack(&c, data, size);
    for (size_t changes = 1 + mutate_draw(3); changes && c.count; changes--) {
        const size_t i = mutate_draw(c.count), next = i + 1 < c.count ? i + 1 : i;
        const char *dot = strrchr(c.files[i].name, '.');
        const bool is_index = dot && strcmp(dot, ".index") == 0 && next != i;
        mutate_file(&c.files[i].content, is_index ? &c.files[next].content : NULL);
    }
    fuzz_pack(&packed, &c);
    if (c.count && packed.size <= most && bytes_status(&packed) == HORN_OK)
        memcpy(data, packed.data, size = packed.size);
    else
        size = LLVMFuzzerMutate(data, size, most);
    bytes_free(&packed);
    fuzz_case_free(&c);
    return size;
}
