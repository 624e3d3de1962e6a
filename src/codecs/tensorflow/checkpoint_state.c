#include "codecs/tensorflow/checkpoint_state.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

/* Names that are read. */
enum { MOST = 4096 };

void checkpoint_state_free(checkpoint_state *s)
{
    for (size_t i = 0; i < s->count; i++) free(s->names[i]);
    free(s->names);
    *s = (checkpoint_state){ 0 };
}

void checkpoint_state_remove(checkpoint_state *s, const char *name)
{
    for (size_t i = 0; i < s->count; i++) {
        if (strcmp(s->names[i], name) != 0) continue;
        free(s->names[i]);
        memmove(s->names + i, s->names + i + 1, (s->count - i - 1) * sizeof *s->names);
        s->count--;
        if (s->newest > i || (s->newest == i && i == s->count && i)) s->newest--;
        return;
    }
}

horn_status checkpoint_state_add(checkpoint_state *s, const char *name)
{
    horn_status status = HORN_OK;
    char *copy = NULL;
    TRY(memory_copy_string(&copy, name));
    checkpoint_state_remove(s, copy);
    TRY(memory_grow(&s->names, s->count, &s->capacity, sizeof *s->names));
    s->newest = s->count;
    s->names[s->count++] = copy;
    copy = NULL;
done:
    free(copy);
    return status;
}

/* ---- reading ---- */

typedef struct reader {
    const char *at, *end, *where;
} reader;

static void skip_space(reader *r)
{
    for (; r->at < r->end; r->at++) {
        if (*r->at == '#')
            while (r->at < r->end && *r->at != '\n') r->at++;
        if (r->at == r->end || !strchr(" \t\r\n\v\f", *r->at) || !*r->at) return;
    }
}

static horn_status broken(const reader *r, const char *what)
{
    return fail(HORN_ERROR_FORMAT, "%s: %s, expected \"NAME: VALUE\" as TensorFlow's checkpoint files have",
                r->where, what);
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || (c && strchr("_+-.", c));
}

static size_t take_word(reader *r, char out[64])
{
    size_t size = 0;
    while (r->at < r->end && is_word(*r->at) && size < 63) out[size++] = *r->at++;
    out[size] = 0;
    return size;
}

static bool take_digits(reader *r, unsigned base, size_t most, char *out)
{
    unsigned value = 0;
    size_t n = 0;
    for (; n < most && r->at < r->end && isxdigit((unsigned char)*r->at); n++, r->at++) {
        unsigned digit = isdigit((unsigned char)*r->at)
                             ? (unsigned)(*r->at - '0')
                             : (unsigned)(tolower((unsigned char)*r->at) - 'a') + 10;
        if (digit >= base) break;
        value = value * base + digit;
    }
    *out = (char)value;
    return n > 0 && value < 256;
}

static bool take_escape(reader *r, char *out)
{
    static const char from[] = "abfnrtv\\'\"?", to[] = "\a\b\f\n\r\t\v\\'\"?";
    if (r->at == r->end) return false;
    const char *simple = *r->at ? strchr(from, *r->at) : NULL;
    if (simple) {
        *out = to[simple - from];
        r->at++;
        return true;
    }
    if (*r->at != 'x' && *r->at != 'X') return take_digits(r, 8, 3, out);
    r->at++;
    return take_digits(r, 16, 2, out);
}

/* Reads one or more quoted texts and joins them. */
static horn_status take_text(reader *r, bytes *out)
{
    while (r->at < r->end && (*r->at == '"' || *r->at == '\'')) {
        char quote = *r->at++, c;
        while (r->at < r->end && *r->at != quote && *r->at != '\n') {
            c = *r->at++;
            if (c == '\\' && !take_escape(r, &c)) return broken(r, "an escape is broken");
            bytes_append(out, &c, 1);
        }
        if (r->at == r->end || *r->at != quote) return broken(r, "a text has no end");
        r->at++;
        skip_space(r);
    }
    return bytes_status(out);
}

/* The last part of a path, which must be one that a checkpoint can have. A directory, "DIR/" or ".", is the prefix of files that
 * have nothing before their suffixes, "DIR/.index". */
static horn_status take_name(const reader *r, bytes *text, const char **out)
{
    const char *path = bytes_text(text);
    if (!path || strlen(path) != text->size) return broken(r, "a name has a 0 in it");
    const char *slash = strrchr(path, '/');
    *out = slash ? slash + 1 : path;
    if (!*path || strcmp(*out, "..") == 0) return broken(r, "a name is that of no checkpoint");
    if (strcmp(*out, ".") == 0) *out = "";
    return HORN_OK;
}

static horn_status take_field(reader *r, checkpoint_state *s, bytes *newest, bool *has_newest)
{
    horn_status status = HORN_OK;
    char field[64], number[64];
    const char *name = NULL;
    bytes text = { 0 };
    if (!take_word(r, field)) return broken(r, "a line begins without a name");
    skip_space(r);
    if (r->at == r->end || *r->at != ':') return broken(r, "a name has no ':' behind it");
    r->at++;
    skip_space(r);
    bool is_newest = strcmp(field, "model_checkpoint_path") == 0;
    if (is_newest || strcmp(field, "all_model_checkpoint_paths") == 0) {
        if (r->at == r->end || (*r->at != '"' && *r->at != '\'')) TRY(broken(r, "a path has no quotes"));
        TRY(take_text(r, &text));
        TRY(take_name(r, &text, &name));
        if (is_newest) newest->size = 0;
        if (is_newest) *has_newest = true;
        if (is_newest) bytes_print(newest, "%s", name);
        if (!is_newest && s->count == MOST)
            TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: names more than %d checkpoints", r->where, MOST));
        if (!is_newest) TRY(checkpoint_state_add(s, name));
    } else if (strcmp(field, "all_model_checkpoint_timestamps") && strcmp(field, "last_preserved_timestamp"))
        TRY(fail(HORN_ERROR_FORMAT, "%s: has an unknown field '%s'", r->where, field));
    else if (!take_word(r, number))
        TRY(broken(r, "a time is no number"));
    skip_space(r);
    if (r->at < r->end && (*r->at == ';' || *r->at == ',')) r->at++;
    skip_space(r);
done:
    bytes_free(&text);
    return status;
}

horn_status checkpoint_state_read(checkpoint_state *out, const void *text, size_t size, const char *where)
{
    horn_status status = HORN_OK;
    reader r = { text, size ? (const char *)text + size : text, where };
    checkpoint_state s = { 0 };
    bytes newest = { 0 };
    bool has_newest = false;
    skip_space(&r);
    while (r.at < r.end) TRY(take_field(&r, &s, &newest, &has_newest));
    TRY(bytes_status(&newest));
    if (!has_newest) TRY(fail(HORN_ERROR_FORMAT, "%s: names no newest checkpoint", where));
    const char *name = bytes_text(&newest);
    for (size_t i = 0; i < s.count; i++)
        if (strcmp(s.names[i], name) == 0) {
            s.newest = i;
            name = NULL;
            break;
        }
    if (name) TRY(checkpoint_state_add(&s, name));
    *out = s;
    s = (checkpoint_state){ 0 };
done:
    bytes_free(&newest);
    checkpoint_state_free(&s);
    return status;
}

/* ---- writing ---- */

static void put(bytes *out, const char *field, const char *name)
{
    bytes_print(out, "%s: \"", field);
    for (const unsigned char *c = (const unsigned char *)(*name ? name : "."); *c; c++) {
        if (*c == '\n' || *c == '\r' || *c == '\t')
            bytes_print(out, "\\%c", *c == '\n' ? 'n' : *c == '\r' ? 'r' : 't');
        else if (strchr("\"'\\", *c))
            bytes_print(out, "\\%c", *c);
        else
            bytes_print(out, *c >= 32 && *c < 127 ? "%c" : "\\%03o", *c);
    }
    bytes_print(out, "\"\n");
}

horn_status checkpoint_state_write(const checkpoint_state *s, bytes *out)
{
    if (s->count == 0) return HORN_OK;
    put(out, "model_checkpoint_path", s->names[s->newest]);
    for (size_t i = 0; i < s->count; i++) put(out, "all_model_checkpoint_paths", s->names[i]);
    return bytes_status(out);
}

horn_status checkpoint_state_write_names(const char *const *names, bytes *out)
{
    horn_status status = HORN_OK;
    checkpoint_state state = { 0 };
    for (; *names && !status; names++) status = checkpoint_state_add(&state, *names);
    if (!status && state.count) status = checkpoint_state_write(&state, out);
    checkpoint_state_free(&state);
    return status;
}
