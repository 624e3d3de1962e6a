#include "fuzz/mutate.h"

#include <string.h>

/* Operations, names and tensors as PyTorch writes them. */
static const struct {
    const char *text;
    size_t size;
} words[] = {
#define WORD(text)            \
    {                         \
        text, sizeof text - 1 \
    }
    WORD("("),
    WORD("."),
    WORD("N"),
    WORD(")"),
    WORD("]"),
    WORD("}"),
    WORD("t"),
    WORD("\x85"),
    WORD("\x86"),
    WORD("\x87"),
    WORD("\x88"),
    WORD("a"),
    WORD("e"),
    WORD("s"),
    WORD("u"),
    WORD("R"),
    WORD("b"),
    WORD("Q"),
    WORD("\x81"),
    WORD("K\0"),
    WORD("K\1"),
    WORD("M\0\1"),
    WORD("J\xff\xff\xff\xff"),
    WORD("\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f"),
    WORD("G\x7f\xf0\0\0\0\0\0\0"),
    WORD("X\1\0\0\0a"),
    WORD("U\1b"),
    WORD("q\0"),
    WORD("h\0"),
    WORD("h\1"),
    WORD("h\5"),
    WORD("j\0\1\0\0"),
    WORD("ctorch\nFloatStorage\n"),
    WORD("ctorch\nHalfStorage\n"),
    WORD("ctorch\nBFloat16Storage\n"),
    WORD("ctorch\nBoolStorage\n"),
    WORD("ctorch\nSize\n"),
    WORD("ctorch._utils\n_rebuild_tensor_v2\n"),
    WORD("ctorch._utils\n_rebuild_tensor\n"),
    WORD("ctorch._utils\n_rebuild_parameter\n"),
    WORD("ccollections\nOrderedDict\n)R"),
    WORD("ccollections\nCounter\n}\x85R"),
    WORD("X\5\0\0\0model"),
    WORD("X\11\0\0\0optimizer"),
    WORD("X\12\0\0\0state_dict"),
    WORD("X\11\0\0\0_metadata"),
#undef WORD
};
enum { WORDS = sizeof words / sizeof *words };

/* A place behind the head. */
static size_t some_place(const bytes *b)
{
    return b->size > 2 ? 2 + mutate_draw(b->size - 2) : 0;
}

void mutate_pickle(bytes *b)
{
    const size_t word = mutate_draw(WORDS), at = some_place(b), other = some_place(b),
                 length = mutate_draw(24);
    bytes copy = { 0 };
    const size_t left = b->size - other;
    bytes_append(&copy, b->data + other, left < length ? left : length);
    switch (mutate_draw(6)) {
    case 0:
        mutate_bytes(b);
        break;
    case 1:
        mutate_in_place(b->data, b->size);
        break;
    case 2:
        mutate_splice(b, at, at, words[word].text, words[word].size);
        break;
    case 3: /* over what is there */
        if (b->size - at >= words[word].size) memcpy(b->data + at, words[word].text, words[word].size);
        break;
    case 4:
        mutate_splice(b, at, at + (b->size - at < length ? b->size - at : length), "", 0);
        break;
    default:
        mutate_splice(b, at, at, copy.data, copy.size);
    }
    bytes_free(&copy);
}
