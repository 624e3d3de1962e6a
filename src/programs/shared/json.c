#include "programs/shared/json.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* Bytes of the UTF-8 character that begins here; 0 if there is none. */
static size_t character(const unsigned char *at)
{
    static const struct {
        /* Of the first byte; then the smallest second byte that is not overlong. */
        unsigned char mask, bits, least;
    } kinds[] = { { 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0 }, { 0xf0, 0xe0, 0xa0 }, { 0xf8, 0xf0, 0x90 } };
    for (size_t length = 1; length <= 4; length++) {
        if ((at[0] & kinds[length - 1].mask) != kinds[length - 1].bits) continue;
        for (size_t i = 1; i < length; i++)
            if ((at[i] & 0xc0) != 0x80) return 0;
        if (length == 2 && at[0] < 0xc2) return 0;
        if ((at[0] == 0xe0 || at[0] == 0xf0) && at[1] < kinds[length - 1].least) return 0;
        /* Surrogates. */
        if (at[0] == 0xed && at[1] > 0x9f) return 0;
        return at[0] > 0xf4 || (at[0] == 0xf4 && at[1] > 0x8f) ? 0 : length;
    }
    return 0;
}

static void put(const char *text, int quoted)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at) {
        size_t length = character(at);
        if (length == 0)
            printf("\xef\xbf\xbd"); /* U+FFFD */
        else if (quoted && (*at == '"' || *at == '\\'))
            printf("\\%c", *at);
        else if (quoted && (*at < 0x20 || *at == 0x7f))
            printf("\\u%04x", *at);
        else
            fwrite(at, 1, length, stdout);
        at += length ? length : 1;
    }
}

void json_text(const char *text)
{
    if (!text) {
        printf("null");
        return;
    }
    printf("\"");
    put(text, 1);
    printf("\"");
}

void json_number(double value)
{
    char text[32];
    int digits = 1;
    if (!isfinite(value)) {
        printf("null");
        return;
    }
    do snprintf(text, sizeof text, "%.*g", digits, value);
    while (strtod(text, NULL) != value && ++digits <= 17);
    printf("%s", text);
}

void json_value(const char *json)
{
    put(json ? json : "null", 0);
}
