#include "callbacks/checkpoint_name.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/plain_numbers.h"
#include "base/status.h"
#include "formats/format.h"
#include "model/model.h"

/* ---- printing ---- */

typedef struct field {
    /* "epoch", "04d". */
    char name[64], format[16];
} field;

/* Parses "{epoch:04d}" at `at`; returns what follows, NULL if it is no field. */
static const char *parse_field(field *f, const char *at)
{
    const char *end = strchr(at, '}');
    if (!end) return NULL;
    const char *colon = memchr(at, ':', (size_t)(end - at)), *name_end = colon ? colon : end;
    size_t name = (size_t)(name_end - at - 1), pattern = colon ? (size_t)(end - colon - 1) : 0;
    if (name == 0 || name >= sizeof f->name || pattern >= sizeof f->format) return NULL;
    memcpy(f->name, at + 1, name);
    f->name[name] = 0;
    memcpy(f->format, end - pattern, pattern);
    f->format[pattern] = 0;
    return end + 1;
}

static bool find_value(const char *name, const horn_progress *p, const horn_logs *logs, double *value,
                       bool *whole)
{
    const horn_model *m = p->model;
    *whole = true;
    if (strcmp(name, "epoch") == 0)
        *value = (double)p->epoch + 1;
    else if (strcmp(name, "batch") == 0)
        *value = (double)p->batch;
    else if (strcmp(name, "step") == 0)
        *value = (double)horn_model_step(m);
    else {
        bool known = false;
        for (size_t i = 0; i < 2 * (m->metric_count + 1); i++)
            known = known || strcmp(m->log_names[i], name) == 0;
        *whole = false;
        *value = logs ? horn_logs_get(logs, name) : NAN;
        return known;
    }
    return true;
}

/* Parses "04", "8.3", ".3" or "", and then one of d, e, f, g, or nothing. */
static bool parse_format(const char *pattern, int *size, char *kind, bool whole)
{
    size_t width = strspn(pattern, "0123456789"), at = width;
    if (pattern[at] == '.') {
        size_t precision = strspn(pattern + at + 1, "0123456789");
        if (precision == 0 || precision > 2 || pattern[width + 1 + precision] == 'd') return false;
        at += 1 + precision;
    }
    *kind = pattern[at] ? pattern[at] : whole && at == width ? 'd' : 'g';
    *size = (int)at;
    return width <= 3 && (!pattern[at] || !pattern[at + 1]) && strchr("defg", *kind) &&
           (*kind != 'd' || whole);
}

static bool print_value(bytes *out, const char *pattern, double value, bool whole)
{
    char kind, c[48];
    int size;
    if (!parse_format(pattern, &size, &kind, whole)) return false;
    snprintf(c, sizeof c, kind == 'd' ? "%%%.*s.0f" : "%%%.*s%c", size, pattern, kind);
    /* Never "-nan". */
    if (isnan(value)) value = fabs(value);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    /* The format consists of digits, a point and one of four letters. */
    bytes_print(out, c, value);
#pragma GCC diagnostic pop
    return true;
}

horn_status checkpoint_name_print(bytes *out, const char *template, const horn_progress *p,
                                  const horn_logs *logs)
{
    for (const char *at = template; *at;) {
        field f;
        double value;
        bool whole;
        if (*at != '{') {
            bytes_append(out, at++, 1);
            continue;
        }
        const char *next = parse_field(&f, at);
        if (!next) return fail(HORN_ERROR_ARGUMENT, "%s: '{' without a field such as {epoch:04d}", template);
        if (!find_value(f.name, p, logs, &value, &whole))
            return fail(HORN_ERROR_ARGUMENT, "%s: no figure is called '%s'", template, f.name);
        if (!print_value(out, f.format, value, whole))
            return fail(HORN_ERROR_ARGUMENT, "%s: '%s' is no format for '%s'", template, f.format, f.name);
        at = next;
    }
    return bytes_status(out);
}

/* ---- recognizing ---- */

static bool is_whole(const char *name)
{
    return strcmp(name, "epoch") == 0 || strcmp(name, "batch") == 0 || strcmp(name, "step") == 0;
}

/* True if the field would print the value that `text` reads as in the same way. */
static bool prints_as(const field *f, const char *text, size_t length)
{
    bytes copy = { 0 }, again = { 0 };
    char *end;
    bytes_print(&copy, "%.*s", (int)length, text);
    bool fits = !bytes_status(&copy) && bytes_text(&copy);
    double value = fits ? plain_number(bytes_text(&copy), &end) : NAN;
    bool whole = is_whole(f->name);
    fits = fits && *end == 0 && (!whole || (value >= 0 && value == floor(value))) &&
           print_value(&again, f->format, value, whole) && !bytes_status(&again) && again.size == length &&
           memcmp(again.data, text, length) == 0;
    bytes_free(&copy);
    bytes_free(&again);
    return fits;
}

/* "", "-14" or "-14-2". */
static bool is_taken_mark(const char *text, size_t length)
{
    static const field number = { "step", "d" };
    const char *second = length ? memchr(text + 1, '-', length - 1) : NULL;
    size_t first = second ? (size_t)(second - text) : length;
    if (length == 0) return true;
    return text[0] == '-' && prints_as(&number, text + 1, first - 1) &&
           (!second || prints_as(&number, second + 1, length - first - 1));
}

/* Bytes of a name. */
enum { LONGEST = 255 };

/* Matches one letter or field of the template: reached[i] is true if the template so far can make the characters
 * before name[i]. Returns the rest of the template, NULL if it is no template. */
static const char *advance(const char *at, const char *name, size_t length, bool reached[LONGEST + 1])
{
    field f;
    bool next[LONGEST + 1] = { false };
    const char *behind = at + 1;
    if (*at == '{' && !(behind = parse_field(&f, at))) return NULL;
    for (size_t i = 0; i <= length; i++) {
        if (!reached[i]) continue;
        if (*at != '{' && i < length) next[i + 1] |= name[i] == *at;
        for (size_t end = i + 1; *at == '{' && end <= length; end++)
            if (!next[end]) next[end] = prints_as(&f, name + i, end - i);
    }
    memcpy(reached, next, sizeof next);
    return behind;
}

bool checkpoint_name_fits(const char *template, const char *name)
{
    const char *suffix = format_run_suffix(template), *own = format_run_suffix(name);
    size_t length = (size_t)(own - name);
    bool reached[LONGEST + 1] = { true };
    if (strcmp(suffix, own) != 0 || length > LONGEST) return false;
    while (template && template <suffix) template = advance(template, name, length, reached);
    for (size_t i = 0; template && i <= length; i++)
        if (reached[i] && is_taken_mark(name + i, length - i)) return true;
    return false;
}
