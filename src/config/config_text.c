/* JSON text to config and back. cJSON parses. Before that, one pass over the text limits the nesting and notes what
 * cJSON does not tell: which numbers are written as floats. It also replaces NaN, Infinity and -Infinity, which
 * Python's json module writes and cJSON does not know, by 0, and notes them. */
#include "config/config.h"

#include <cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/plain_numbers.h"
#include "base/status.h"
#include "base/utf8.h"
#include "config/config_marks.h"

enum { MAX_DEPTH = 320, MAX_MEMBERS = 4096, MAX_TEXT = 16 << 20 };

/* ---- parsing ---- */

/* How a number is written in the text. */
enum { WRITTEN_AS_INTEGER, WRITTEN_AS_FLOAT, WRITTEN_AS_NAN, WRITTEN_AS_INFINITY, WRITTEN_AS_MINUS_INFINITY };

typedef struct scan {
    /* A copy, in which " 0" and spaces replace the words for NaN and infinity. */
    char *text;
    const char *original, *name;
    size_t at, size;
    int depth;
    /* For each level of nesting: it is an object, not a list. */
    bool objects[MAX_DEPTH];
    /* The last character that is no space; '"' for a string. */
    char previous;
    /* One byte for each number, in the order of the text. */
    unsigned char *kinds;
    size_t numbers, capacity;
} scan;

/* "line 3, column 17": both from 1, columns in characters of UTF-8. */
static const char *place_of(const scan *s, size_t at, char out[64])
{
    size_t line = 1, column = 1;
    for (size_t i = 0; i < at && i < s->size; i++) {
        if (s->text[i] == '\n') {
            line++;
            column = 1;
        } else {
            column += (s->text[i] & 0xc0) != 0x80;
        }
    }
    snprintf(out, 64, "line %zu, column %zu", line, column);
    return out;
}

static const char *skip_string(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++)
        if (*at == '\\') at++;
    return at < end ? at + 1 : end;
}

static horn_status note_number(scan *s, unsigned char kind)
{
    horn_status status = memory_grow(&s->kinds, s->numbers, &s->capacity, 1);
    if (!status) s->kinds[s->numbers++] = kind;
    return status;
}

static horn_status scan_number(scan *s)
{
    unsigned char kind = WRITTEN_AS_INTEGER;
    for (; s->at < s->size && s->text[s->at] && strchr("+-0123456789.eE", s->text[s->at]); s->at++)
        if (strchr(".eE", s->text[s->at])) kind = WRITTEN_AS_FLOAT;
    return note_number(s, kind);
}

/* The space before the 0 keeps "1NaN" from becoming a number. */
static horn_status scan_word(scan *s, bool *found)
{
    static const char *const words[] = { "NaN", "Infinity", "-Infinity" };
    *found = false;
    for (unsigned char i = 0; i < 3; i++) {
        size_t length = strlen(words[i]);
        if (s->size - s->at < length || memcmp(s->text + s->at, words[i], length) != 0) continue;
        memset(s->text + s->at, ' ', length);
        s->text[s->at + 1] = '0';
        s->at += length;
        *found = true;
        return note_number(s, (unsigned char)(WRITTEN_AS_NAN + i));
    }
    return HORN_OK;
}

static horn_status refuse(const scan *s, size_t stop)
{
    char place[64], found[24] = "";
    const unsigned char c = stop < s->size ? (unsigned char)s->original[stop] : 0;
    place_of(s, stop, place);
    if (stop >= s->size) return fail(HORN_ERROR_FORMAT, "%s: not JSON: it ends in %s", s->name, place);
    snprintf(found, sizeof found, c > ' ' && c < 127 ? "'%c'" : "byte 0x%02x", c);
    return fail(HORN_ERROR_FORMAT, "%s: not JSON: %s has %s", s->name, place, found);
}

static horn_status check_characters(const scan *s)
{
    char place[64];
    const size_t stop = utf8_valid(s->original, s->size, false);
    if (stop == s->size) return HORN_OK;
    return fail(HORN_ERROR_FORMAT, "%s: not JSON: %s has byte 0x%02x, which is not UTF-8", s->name,
                place_of(s, stop, place), (unsigned char)s->original[stop]);
}

/* Follows objects and lists. Reports an object's member without a key here, because cJSON would report the character
 * after it. */
static horn_status scan_bracket(scan *s, char c)
{
    char place[64];
    if (s->depth > 0 && s->objects[s->depth - 1] && (s->previous == ',' || s->previous == '{') && c != '"' &&
        (c != '}' || s->previous == ','))
        return refuse(s, s->at);
    if (c == '[' || c == '{') {
        if (s->depth == MAX_DEPTH)
            return fail(HORN_ERROR_FORMAT, "%s: JSON nested deeper than %d in %s", s->name, MAX_DEPTH,
                        place_of(s, s->at, place));
        s->objects[s->depth++] = c == '{';
    }
    if ((c == ']' || c == '}') && s->depth > 0) s->depth--;
    s->previous = c;
    return HORN_OK;
}

static horn_status scan_text(scan *s)
{
    bool is_word;
    char place[64];
    while (s->at < s->size) {
        char c = s->text[s->at];
        horn_status status = strchr(" \t\r\n", c) ? HORN_OK : scan_bracket(s, c);
        if (!status) status = scan_word(s, &is_word);
        if (status) return status;
        if (is_word) continue;
        if (c == 0)
            return fail(HORN_ERROR_FORMAT, "%s: not JSON: %s has a zero byte", s->name,
                        place_of(s, s->at, place));
        if (c == '"') {
            s->at = (size_t)(skip_string(s->text + s->at, s->text + s->size) - s->text);
        } else if (c == '-' || (c >= '0' && c <= '9')) {
            status = scan_number(s);
            if (status) return status;
        } else {
            s->at++;
        }
    }
    return HORN_OK;
}

/* cJSON ends strings at \u0000, so that two different strings would become the same name. */
static bool has_zero_escape(const char *text, size_t size)
{
    for (size_t i = 0; i + 6 <= size; i++) {
        if (text[i] != '\\') continue;
        if (memcmp(text + i, "\\u0000", 6) == 0) return true;
        i++;
    }
    return false;
}

static horn_status check_keys(const config *object, const char *name)
{
    size_t count = 0;
    for (const config *a = object->child; a; a = a->next) {
        if (++count > MAX_MEMBERS)
            return fail(HORN_ERROR_FORMAT, "%s: JSON object with over %d keys", name, MAX_MEMBERS);
        for (const config *b = object->child; b != a; b = b->next)
            if (strcmp(a->string, b->string) == 0)
                return fail(HORN_ERROR_FORMAT, "%s: JSON key '%s' appears twice in one object", name,
                            a->string);
    }
    return HORN_OK;
}

/* Floats beyond the range of a double are infinite, as in Python. */
static horn_status settle(config *value, const unsigned char **kind, const char *name)
{
    if (cJSON_IsNumber(value)) {
        char text[32];
        const unsigned char found = *(*kind)++;
        if (found == WRITTEN_AS_INTEGER && !isfinite(value->valuedouble))
            return fail(HORN_ERROR_FORMAT, "%s: JSON number out of range", name);
        if (found == WRITTEN_AS_INTEGER) return HORN_OK;
        if (found == WRITTEN_AS_NAN) value->valuedouble = NAN;
        if (found == WRITTEN_AS_INFINITY) value->valuedouble = INFINITY;
        if (found == WRITTEN_AS_MINUS_INFINITY) value->valuedouble = -INFINITY;
        config_format_number(value->valuedouble, text);
        value->valuestring = cJSON_malloc(strlen(text) + 1);
        if (!value->valuestring) return fail_memory(name, 32);
        strcpy(value->valuestring, text);
        value->type = (value->type & ~0xff) | cJSON_Raw | CONFIG_IS_FLOAT;
        return HORN_OK;
    }
    horn_status status = cJSON_IsObject(value) ? check_keys(value, name) : HORN_OK;
    if (!cJSON_IsObject(value) && !cJSON_IsArray(value)) return status;
    for (config *child = value->child; child && !status; child = child->next)
        status = settle(child, kind, name);
    return status;
}

horn_status config_parse(config **out, const char *text, size_t size, const char *name)
{
    horn_status status = HORN_OK;
    config *parsed = NULL;
    scan s = { .original = text, .size = size, .name = name };
    const char *stop = NULL;
    if (size > MAX_TEXT)
        return fail(HORN_ERROR_FORMAT, "%s: JSON of %zu bytes, expected at most %d", name, size, MAX_TEXT);
    TRY(memory_copy_text(&s.text, text, size));
    TRY(check_characters(&s));
    TRY(scan_text(&s));
    if (has_zero_escape(text, size)) {
        status = fail(HORN_ERROR_FORMAT, "%s: JSON string with \\u0000", name);
        goto done;
    }
    const plain_numbers before = plain_numbers_begin();
    parsed = cJSON_ParseWithOpts(s.text, &stop, 1);
    plain_numbers_end(before);
    if (!parsed) TRY(refuse(&s, stop ? (size_t)(stop - s.text) : 0));
    const unsigned char *kind = s.kinds;
    TRY(settle(parsed, &kind, name));
    *out = parsed;
    parsed = NULL;
done:
    config_free(parsed);
    free(s.text);
    free(s.kinds);
    return status;
}

/* ---- printing ---- */

/* cJSON indents with tabs and puts a tab after colons; Python's json module uses spaces. */
static void respace(const char *text, bool indented, bytes *out)
{
    const char *const behind = text + strlen(text);
    for (const char *c = text; c < behind; c++) {
        if (*c == '"') {
            const char *end = skip_string(c, behind);
            bytes_append(out, c, (size_t)(end - c));
            c = end - 1;
        } else if (*c == '\t') {
            if (c[-1] != ':') bytes_append(out, "  ", 2);
        } else {
            bytes_append(out, c, 1);
            if (*c == ':' || (*c == ',' && !indented)) bytes_append(out, " ", 1);
        }
    }
}

horn_status config_print(const config *value, bool indented, bytes *out)
{
    horn_status status = config_status(value);
    if (status) return status;
    const plain_numbers before = plain_numbers_begin();
    char *text = indented ? cJSON_Print(value) : cJSON_PrintUnformatted(value);
    plain_numbers_end(before);
    if (!text) return fail_memory("JSON text", sizeof(cJSON));
    const bool is_valid = utf8_is_valid(text, strlen(text), false);
    if (is_valid) respace(text, indented, out);
    cJSON_free(text);
    return is_valid ? bytes_status(out)
                    : fail(HORN_ERROR_UNSUPPORTED, "JSON text: a name in it is not UTF-8");
}
