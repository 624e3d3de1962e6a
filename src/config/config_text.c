/* JSON text -> config and back. cJSON parses; before it, one pass over the text bounds nesting and finds the
 * numbers that are written as floats, which cJSON does not tell from integers. */
#include "config/config.h"

#include <cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "config/config_marks.h"

enum { MAX_DEPTH = 64, MAX_MEMBERS = 4096, MAX_TEXT = 16 << 20 };

/* ---- numbers ---- */

/* Puts the digits and exponent of "d.ddde-XX" where Python puts them. */
static void place_point(const char *digits, int count, int exponent, char out[32])
{
    char *at = out;
    if (exponent < -4 || exponent >= 16) {
        *at++ = digits[0];
        if (count > 1) {
            *at++ = '.';
            memcpy(at, digits + 1, (size_t)count - 1);
            at += count - 1;
        }
        sprintf(at, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
        return;
    }
    for (int i = exponent < 0 ? exponent : 0; i < count || i <= exponent + 1; i++) {
        if (i == exponent + 1) *at++ = '.';
        *at++ = i >= 0 && i < count ? digits[i] : '0';
    }
    *at = 0;
}

void config_format_number(double value, char out[32])
{
    char text[32], digits[20];
    if (!isfinite(value)) {
        strcpy(out, isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity");
        return;
    }
    int precision = 0;
    do {
        snprintf(text, sizeof text, "%.*e", precision, fabs(value));
    } while (strtod(text, NULL) != fabs(value) && precision++ < 17);
    int count = 0;
    const char *c = text;
    for (; *c && *c != 'e'; c++)
        if (*c != '.') digits[count++] = *c;
    if (signbit(value)) *out++ = '-';
    place_point(digits, count, atoi(c + 1), out);
}

/* ---- parsing ---- */

typedef struct scan {
    const char *at, *end, *name;
    int depth;
    unsigned char *floats; /* one byte a number, in the order of the text: is it written as a float? */
    size_t numbers, capacity;
} scan;

static const char *skip_string(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++)
        if (*at == '\\') at++;
    return at < end ? at + 1 : end;
}

static horn_status note_number(scan *s)
{
    bool is_float = false;
    while (s->at < s->end && *s->at && strchr("+-0123456789.eE", *s->at))
        is_float |= strchr(".eE", *s->at++) != NULL;
    horn_status status = memory_grow(&s->floats, s->numbers, &s->capacity, 1);
    if (!status) s->floats[s->numbers++] = is_float;
    return status;
}

static horn_status scan_text(scan *s)
{
    while (s->at < s->end) {
        char c = *s->at;
        if (c == 0) return fail(HORN_ERROR_FORMAT, "%s: not JSON: a zero byte in the text", s->name);
        if (c == '"') {
            s->at = skip_string(s->at, s->end);
        } else if (c == '-' || (c >= '0' && c <= '9')) {
            horn_status status = note_number(s);
            if (status) return status;
        } else {
            if (c == '[' || c == '{') s->depth++;
            if (c == ']' || c == '}') s->depth--;
            if (s->depth > MAX_DEPTH)
                return fail(HORN_ERROR_FORMAT, "%s: JSON nested deeper than %d", s->name, MAX_DEPTH);
            s->at++;
        }
    }
    return HORN_OK;
}

/* cJSON ends strings at \u0000, so that two different texts would read as the same name. */
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
                return fail(HORN_ERROR_FORMAT, "%s: JSON key '%s' stands twice in one object", name,
                            a->string);
    }
    return HORN_OK;
}

static horn_status settle(config *value, const unsigned char **is_float, const char *name)
{
    if (cJSON_IsNumber(value)) {
        if (!isfinite(value->valuedouble))
            return fail(HORN_ERROR_FORMAT, "%s: JSON number out of range", name);
        if (!*(*is_float)++) return HORN_OK;
        char text[32];
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
        status = settle(child, is_float, name);
    return status;
}

horn_status config_parse(config **out, const char *text, size_t size, const char *name)
{
    horn_status status = HORN_OK;
    config *parsed = NULL;
    char *copy = NULL;
    scan s = { text, text + size, name, 0, NULL, 0, 0 };
    const char *stop = NULL;
    if (size > MAX_TEXT)
        return fail(HORN_ERROR_FORMAT, "%s: JSON of %zu bytes, expected at most %d", name, size, MAX_TEXT);
    TRY(scan_text(&s));
    if (has_zero_escape(text, size)) {
        status = fail(HORN_ERROR_FORMAT, "%s: JSON string with \\u0000", name);
        goto done;
    }
    TRY(memory_copy_text(&copy, text, size));
    parsed = cJSON_ParseWithOpts(copy, &stop, 1);
    if (!parsed) {
        status = fail(HORN_ERROR_FORMAT, "%s: not JSON: stops making sense at byte %zu of %zu", name,
                      stop ? (size_t)(stop - copy) : 0, size);
        goto done;
    }
    const unsigned char *is_float = s.floats;
    TRY(settle(parsed, &is_float, name));
    *out = parsed;
    parsed = NULL;
done:
    config_free(parsed);
    free(copy);
    free(s.floats);
    return status;
}

/* ---- printing ---- */

/* cJSON indents with tabs and puts a tab behind colons; Python's json, which everyone compares with, uses
 * spaces. */
static void respace(const char *text, bool indented, bytes *out)
{
    for (const char *c = text; *c; c++) {
        if (*c == '"') {
            const char *end = skip_string(c, c + strlen(c));
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
    char *text = indented ? cJSON_Print(value) : cJSON_PrintUnformatted(value);
    if (!text) return fail_memory("JSON text", sizeof(cJSON));
    respace(text, indented, out);
    cJSON_free(text);
    return bytes_status(out);
}
