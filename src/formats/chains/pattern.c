#include "formats/chains/pattern.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* What is still to be shown: that this value is what stands at this place of a pattern. */
typedef struct goal {
    const char *pattern;
    size_t value;
    const struct goal *next;
} goal;

static bool solve(pattern_match *m, const goal *g);

/* ---- texts ---- */

static size_t word_length(const char *at)
{
    size_t length = 0;
    while (isalnum((unsigned char)at[length]) || at[length] == '_') length++;
    return length;
}

static bool is_word(const char *at, size_t length, const char *word)
{
    return strlen(word) == length && memcmp(at, word, length) == 0;
}

/* The next argument behind this one; NULL behind the last. */
static const char *next_argument(const char *at)
{
    int depth = 0;
    for (; *at && (depth > 0 || (*at != ',' && *at != ')')); at++)
        depth += *at == '(' ? 1 : *at == ')' ? -1 : 0;
    return *at == ',' ? at + 1 + strspn(at + 1, " ") : NULL;
}

/* ---- names ---- */

static const size_t *find_name(const pattern_match *m, const char *name, size_t length)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->names[i].length == length && memcmp(m->names[i].name, name, length) == 0)
            return &m->names[i].value;
    return NULL;
}

static void add_name(pattern_match *m, const char *name, size_t length, size_t value)
{
    if (m->count < PATTERN_NAMES) {
        m->names[m->count].name = name;
        m->names[m->count].length = length;
        m->names[m->count++].value = value;
    }
}

static const pattern_definition *definition_of(const pattern_match *m, const char *name, size_t length)
{
    for (const pattern_definition *d = m->definitions; d && d->name; d++)
        if (is_word(name, length, d->name)) return d;
    return NULL;
}

/* ---- goals ---- */

static bool solve_number(pattern_match *m, const goal *g)
{
    float found, again;
    const char *name = g->pattern + 1;
    const size_t length = word_length(name), *known = find_name(m, name, length);
    if (!imported_number(m->im, g->value, &found)) return false;
    if (known && (!imported_number(m->im, *known, &again) || again != found)) return false;
    if (!known) add_name(m, name, length, g->value);
    return solve(m, g->next);
}

static bool solve_literal(pattern_match *m, const goal *g)
{
    float found;
    return imported_number(m->im, g->value, &found) && found == strtof(g->pattern, NULL) && solve(m, g->next);
}

/* A value under a name: the model's, a constant, or one of a definition's patterns. */
static bool solve_name(pattern_match *m, const goal *g)
{
    const size_t length = word_length(g->pattern), *known = find_name(m, g->pattern, length);
    const pattern_definition *d = definition_of(m, g->pattern, length);
    if (known) return *known == g->value && solve(m, g->next);
    if (is_word(g->pattern, length, "x")) {
        if (g->value == NO_VALUE || !m->im->origins[g->value].is_computed) return false;
    } else if (!d && g->value != NO_VALUE && imported_behind_shapes(m->im, g->value) == NO_VALUE) {
        return false;
    }
    add_name(m, g->pattern, length, g->value);
    if (!d) return solve(m, g->next);
    const size_t count = m->count;
    for (int i = 0; i < PATTERN_CHOICES && d->choices[i]; i++) {
        m->count = count;
        if (solve(m, &(goal){ d->choices[i], g->value, g->next })) return true;
    }
    return false;
}

static bool takes_either_order(operation_kind kind)
{
    return kind == OPERATION_ADD || kind == OPERATION_MUL || kind == OPERATION_MINIMUM ||
           kind == OPERATION_MAXIMUM;
}

static bool solve_inputs(pattern_match *m, const goal *g, const operation *o, const char *arguments,
                         bool swap)
{
    goal inputs[OPERATION_MAX_INPUTS];
    int count = 0;
    for (const char *at = arguments; at && count < OPERATION_MAX_INPUTS; at = next_argument(at))
        inputs[count++].pattern = at;
    if (count != o->input_count) return false;
    for (int i = 0; i < count; i++) {
        inputs[i].value = o->inputs[swap ? 1 - i : i];
        inputs[i].next = i + 1 < count ? &inputs[i + 1] : g->next;
    }
    return solve(m, inputs);
}

static bool solve_operation(pattern_match *m, const goal *g)
{
    const size_t length = word_length(g->pattern), count = m->count;
    if (g->value == NO_VALUE) return false;
    const operation *o = &m->im->graph->operations[g->value];
    const char *arguments = g->pattern + length + 1;
    if (!is_word(g->pattern, length, operation_name(o->kind))) return false;
    if (solve_inputs(m, g, o, arguments, false)) return true;
    m->count = count;
    return takes_either_order(o->kind) && solve_inputs(m, g, o, arguments, true);
}

static bool solve(pattern_match *m, const goal *g)
{
    if (!g) return true;
    const unsigned char first = (unsigned char)*g->pattern;
    if (first == '#') return solve_number(m, g);
    if (isdigit(first)) return solve_literal(m, g);
    return isupper(first) ? solve_operation(m, g) : solve_name(m, g);
}

bool pattern_fits(pattern_match *out, const imported *im, const pattern_definition *definitions,
                  const char *pattern, size_t value)
{
    *out = (pattern_match){ .im = im, .definitions = definitions };
    return solve(out, &(goal){ pattern, value, NULL });
}

size_t pattern_value(const pattern_match *m, const char *name)
{
    const size_t *value = find_name(m, name, strlen(name));
    return value ? *value : NO_VALUE;
}

float pattern_number(const pattern_match *m, const char *name, float other)
{
    float found;
    return imported_number(m->im, pattern_value(m, name), &found) ? found : other;
}
