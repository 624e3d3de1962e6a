#include "config/yaml/yaml_scalars.h"

#include <stdbool.h>
#include <string.h>

#define DIGITS "0123456789"

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(text, *words) == 0) return true;
    return false;
}

/* All of the text, which has at least one character. */
static bool is_of(const char *text, const char *characters)
{
    return *text && text[strspn(text, characters)] == 0;
}

static const char *behind_sign(const char *text)
{
    return text + (*text == '-' || *text == '+');
}

/* "e-07" or nothing. */
static bool is_exponent(const char *text)
{
    if (*text == 0) return true;
    return (*text == 'e' || *text == 'E') && (text[1] == '-' || text[1] == '+') && is_of(text + 2, DIGITS);
}

/* [0-9][0-9_]* "." [0-9_]* exponent, the first part behind a sign; or "." [0-9][0-9_]* exponent, without one. */
static bool is_float(const char *text)
{
    const char *t = behind_sign(text), *point = t + strspn(t, DIGITS "_"), *end;
    if (*point != '.' || *t == '_') return false;
    end = point + 1 + strspn(point + 1, DIGITS "_");
    if (point == t && (t != text || end == point + 1 || point[1] == '_')) return false;
    return is_exponent(end);
}

static bool is_decimal(const char *t)
{
    return strcmp(t, "0") == 0 || (*t >= '1' && *t <= '9' && is_of(t, DIGITS "_"));
}

/* 0b101, 0x1f, 017, behind a sign. */
static bool is_of_other_base(const char *t)
{
    if (*t++ != '0') return false;
    return (*t == 'b' && is_of(t + 1, "01_")) || (*t == 'x' && is_of(t + 1, DIGITS "abcdefABCDEF_")) ||
           is_of(t, "01234567_");
}

/* Digits with colons: 1:30, 190:20:30.15. */
static bool is_of_base_60(const char *t)
{
    if (!strchr(DIGITS, *t) || !*t) return false;
    t += strspn(t, DIGITS "_");
    if (*t != ':') return false;
    while (*t == ':') {
        const size_t digits = strspn(t + 1, DIGITS);
        if (digits < 1 || digits > 2) return false;
        t += 1 + digits;
    }
    return *t == 0 || (*t == '.' && t[1 + strspn(t + 1, DIGITS "_")] == 0);
}

/* 2001-12-14, and what may follow it. */
static bool is_date(const char *text)
{
    static const int least[] = { 4, 1, 1 }, most[] = { 4, 2, 2 };
    for (int part = 0; part < 3; part++) {
        const int digits = (int)strspn(text, DIGITS);
        if (digits < least[part] || digits > most[part]) return false;
        text += digits;
        if (part < 2 && *text++ != '-') return false;
    }
    return *text == 0 || strchr("Tt \t", *text);
}

yaml_meaning yaml_meaning_of(const char *text)
{
    static const char
        *const nulls[] = { "", "~", "null", "Null", "NULL", NULL },
               *const trues[] = { "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON", NULL },
               *const falses[] = { "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF", NULL },
               *const infinite[] = { ".inf", ".Inf", ".INF", NULL },
               *const nans[] = { ".nan", ".NaN", ".NAN", NULL }, *const others[] = { "=", "<<", NULL };
    const char *t = behind_sign(text);
    if (is_one_of(text, nulls)) return MEANS_NULL;
    if (is_one_of(text, trues)) return MEANS_TRUE;
    if (is_one_of(text, falses)) return MEANS_FALSE;
    if (is_one_of(t, infinite) || is_one_of(text, nans)) return MEANS_FLOAT;
    if (is_decimal(t)) return strchr(t, '_') ? MEANS_OTHER : MEANS_INTEGER;
    if (is_float(text)) return strchr(t, '_') ? MEANS_OTHER : MEANS_FLOAT;
    if (is_one_of(text, others) || is_of_other_base(t) || is_of_base_60(t) || is_date(text))
        return MEANS_OTHER;
    return MEANS_STRING;
}

void yaml_number_as_json(const char *text, bytes *out)
{
    const char *t = behind_sign(text);
    if (*t == '.' && strchr("iI", t[1])) {
        bytes_print(out, "%sInfinity", *text == '-' ? "-" : "");
        return;
    }
    if (*t == '.' && strchr("nN", t[1])) {
        bytes_print(out, "NaN");
        return;
    }
    if (*text == '-') bytes_print(out, "-");
    while (*t == '0' && strchr(DIGITS, t[1]) && t[1]) t++;
    const size_t whole = strspn(t, DIGITS);
    bytes_append(out, whole ? t : "0", whole ? whole : 1);
    if (t[whole] != '.') return;
    const char *fraction = t + whole + 1;
    const size_t digits = strspn(fraction, DIGITS);
    bytes_append(out, ".", 1);
    bytes_append(out, digits ? fraction : "0", digits ? digits : 1);
    bytes_print(out, "%s", fraction + digits);
}
