/* YAML text to config, by libyaml's events. The open lists and objects are a stack; a value that has a name is remembered where it
 * is in the tree, and copied for each use. */
#include "config/yaml/config_yaml.h"

#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>
#include "base/memory.h"
#include "base/status.h"
#include "config/yaml/yaml_scalars.h"

enum {
    MAX_DEPTH = 64,
    MAX_MEMBERS = 4096,
    MAX_TEXT = 16 << 20,
    MAX_VALUES = 1 << 18,
    MAX_NAMES = 4096,
    MAX_COPIED = 1 << 20,
    MAX_DIGITS = 256
};

/* A list or an object whose end has not come yet. */
typedef struct level {
    config *value;
    bool is_object;
    /* The key whose value comes next; NULL: a key comes next. */
    char *key;
    size_t members;
    /* The index of its name + 1; 0: it has none. */
    size_t anchor;
} level;

/* A value with a name (&name): *name copies it. */
typedef struct anchor {
    char *name;
    const config *value;
    bool is_open;
} anchor;

typedef struct reading {
    yaml_parser_t parser;
    const char *name;
    config *root;
    level levels[MAX_DEPTH];
    int depth;
    anchor *anchors;
    size_t anchor_count, anchor_capacity;
    /* Of the values so far, and what copies took. */
    size_t values, copied;
    /* Of the event that is read. */
    size_t line;
    bool ended;
} reading;

static horn_status refuse(const reading *r, const char *what)
{
    return fail(HORN_ERROR_FORMAT, "%s: line %zu: %s", r->name, r->line, what);
}

/* ---- values ---- */

static horn_status count_values(reading *r, size_t count)
{
    r->values += count;
    if (r->values <= MAX_VALUES) return HORN_OK;
    return fail(HORN_ERROR_FORMAT, "%s: line %zu: over %d values", r->name, r->line, MAX_VALUES);
}

/* Takes the value. */
static horn_status insert(reading *r, config *value)
{
    level *l = r->depth ? &r->levels[r->depth - 1] : NULL;
    if (!value) return fail_memory("config", sizeof(cJSON));
    if (!l) {
        r->root = value;
        return HORN_OK;
    }
    if (l->key)
        config_set(l->value, l->key, value);
    else
        config_append(l->value, value);
    free(l->key);
    l->key = NULL;
    return config_status(l->value);
}

static horn_status name_value(reading *r, const yaml_char_t *name, const config *value, bool is_open)
{
    if (!name) return HORN_OK;
    if (r->anchor_count == MAX_NAMES)
        return fail(HORN_ERROR_FORMAT, "%s: line %zu: over %d named values", r->name, r->line, MAX_NAMES);
    horn_status status = memory_grow(&r->anchors, r->anchor_count, &r->anchor_capacity, sizeof *r->anchors);
    if (status) return status;
    anchor *a = &r->anchors[r->anchor_count];
    if ((status = memory_copy_string(&a->name, (const char *)name))) return status;
    *a = (anchor){ a->name, value, is_open };
    r->anchor_count++;
    return HORN_OK;
}

static horn_status read_key(reading *r, level *l, const char *text, bool plain)
{
    if (plain && yaml_meaning_of(text) != MEANS_STRING)
        return fail(HORN_ERROR_FORMAT, "%s: line %zu: the key %.40s is no string", r->name, r->line, text);
    if (config_get(l->value, text))
        return fail(HORN_ERROR_FORMAT, "%s: line %zu: the key '%.80s' appears twice", r->name, r->line, text);
    if (++l->members > MAX_MEMBERS)
        return fail(HORN_ERROR_FORMAT, "%s: line %zu: over %d keys in one place", r->name, r->line,
                    MAX_MEMBERS);
    return memory_copy_string(&l->key, text);
}

static horn_status new_number(reading *r, config **out, const char *text)
{
    bytes json = { 0 };
    if (strlen(text) > MAX_DIGITS) return refuse(r, "a number of over 256 digits");
    yaml_number_as_json(text, &json);
    horn_status status = bytes_status(&json);
    if (!status) status = config_parse(out, bytes_text(&json), json.size, r->name);
    bytes_free(&json);
    return status;
}

static horn_status new_scalar(reading *r, config **out, const char *text, bool plain)
{
    switch (plain ? yaml_meaning_of(text) : MEANS_STRING) {
    case MEANS_NULL:
        *out = cJSON_CreateNull();
        break;
    case MEANS_TRUE:
        *out = cJSON_CreateBool(true);
        break;
    case MEANS_FALSE:
        *out = cJSON_CreateBool(false);
        break;
    case MEANS_INTEGER:
    case MEANS_FLOAT:
        return new_number(r, out, text);
    case MEANS_OTHER:
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: line %zu: '%.40s' is no decimal number, string, boolean or null", r->name, r->line,
                    text);
    case MEANS_STRING:
        *out = config_from_string(text);
        break;
    }
    return HORN_OK;
}

/* ---- events ---- */

/* PyYAML's own tag for tuples is the one that says no more than a list does. */
static horn_status check_tag(const reading *r, const yaml_char_t *tag, bool is_list)
{
    static const char yaml[] = "tag:yaml.org,2002:";
    const char *text = (const char *)tag;
    if (!tag) return HORN_OK;
    const bool is_short = strncmp(text, yaml, strlen(yaml)) == 0;
    if (is_short) text += strlen(yaml);
    if (is_short && is_list && strcmp(text, "python/tuple") == 0) return HORN_OK;
    return fail(HORN_ERROR_UNSUPPORTED, "%s: line %zu: the tag %s%.100s is not supported", r->name, r->line,
                is_short ? "!!" : "", text);
}

static bool expects_key(const reading *r)
{
    const level *l = r->depth ? &r->levels[r->depth - 1] : NULL;
    return l && l->is_object && !l->key;
}

static horn_status take_scalar(reading *r, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    const bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE, is_key = expects_key(r);
    config *value = NULL;
    horn_status status = check_tag(r, event->data.scalar.tag, false);
    if (status) return status;
    if (strlen(text) != event->data.scalar.length) return refuse(r, "a string with a zero byte");
    if (is_key && event->data.scalar.anchor) return refuse(r, "a key with a name");
    if (is_key) return read_key(r, &r->levels[r->depth - 1], text, plain);
    status = count_values(r, 1);
    if (!status) status = new_scalar(r, &value, text, plain);
    if (!status) status = insert(r, value);
    return status ? status : name_value(r, event->data.scalar.anchor, value, false);
}

static horn_status open_level(reading *r, bool is_object, const yaml_char_t *tag, const yaml_char_t *name)
{
    config *value = NULL;
    horn_status status = check_tag(r, tag, !is_object);
    if (status) return status;
    if (expects_key(r)) return refuse(r, "a key that is no string");
    if (r->depth == MAX_DEPTH)
        return fail(HORN_ERROR_FORMAT, "%s: line %zu: nested deeper than %d", r->name, r->line, MAX_DEPTH);
    status = count_values(r, 1);
    if (status) return status;
    value = is_object ? config_object() : config_list();
    if ((status = insert(r, value))) return status;
    status = name_value(r, name, value, true);
    r->levels[r->depth++] =
        (level){ .value = value, .is_object = is_object, .anchor = name && !status ? r->anchor_count : 0 };
    return status;
}

static void close_level(reading *r)
{
    const level *l = &r->levels[--r->depth];
    if (l->anchor) r->anchors[l->anchor - 1].is_open = false;
}

/* How deep a value is, how many values it has and about how many bytes. */
static int measure(const config *value, size_t *values, size_t *size)
{
    int depth = 0;
    *values += 1;
    *size += sizeof(cJSON) + (value->valuestring ? strlen(value->valuestring) : 0) +
             (value->string ? strlen(value->string) : 0);
    for (const config *child = value->child; child; child = child->next) {
        const int inner = measure(child, values, size);
        if (inner > depth) depth = inner;
    }
    return depth + (config_is_list(value) || config_is_object(value));
}

static horn_status take_alias(reading *r, const char *name)
{
    const anchor *a = NULL;
    size_t values = 0;
    for (size_t i = r->anchor_count; i-- > 0 && !a;)
        if (strcmp(r->anchors[i].name, name) == 0) a = &r->anchors[i];
    if (expects_key(r)) return refuse(r, "a key that is an alias");
    if (!a) return fail(HORN_ERROR_FORMAT, "%s: line %zu: nothing is named '%.80s'", r->name, r->line, name);
    if (a->is_open)
        return fail(HORN_ERROR_FORMAT, "%s: line %zu: '%.80s' contains itself", r->name, r->line, name);
    const int depth = measure(a->value, &values, &r->copied);
    if (r->depth + depth > MAX_DEPTH)
        return fail(HORN_ERROR_FORMAT, "%s: line %zu: nested deeper than %d", r->name, r->line, MAX_DEPTH);
    if (r->copied > MAX_COPIED)
        return fail(HORN_ERROR_FORMAT, "%s: line %zu: aliases that stand for over %d bytes", r->name, r->line,
                    MAX_COPIED);
    const horn_status status = count_values(r, values);
    return status ? status : insert(r, config_copy(a->value));
}

static horn_status take_event(reading *r, const yaml_event_t *event)
{
    r->line = event->start_mark.line + 1;
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return take_scalar(r, event);
    case YAML_ALIAS_EVENT:
        return take_alias(r, (const char *)event->data.alias.anchor);
    case YAML_SEQUENCE_START_EVENT:
        return open_level(r, false, event->data.sequence_start.tag, event->data.sequence_start.anchor);
    case YAML_MAPPING_START_EVENT:
        return open_level(r, true, event->data.mapping_start.tag, event->data.mapping_start.anchor);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        close_level(r);
        return HORN_OK;
    case YAML_DOCUMENT_START_EVENT:
        return r->root ? refuse(r, "a second document") : HORN_OK;
    case YAML_STREAM_END_EVENT:
        r->ended = true;
        return r->root ? HORN_OK : refuse(r, "no document");
    default:
        return HORN_OK;
    }
}

static horn_status refuse_text(const reading *r)
{
    const yaml_parser_t *p = &r->parser;
    if (p->error == YAML_MEMORY_ERROR) return fail_memory("YAML text", sizeof *p);
    if (p->error == YAML_READER_ERROR)
        return fail(HORN_ERROR_FORMAT, "%s: not YAML: byte %zu: %s", r->name, p->problem_offset,
                    p->problem ? p->problem : "");
    return fail(HORN_ERROR_FORMAT, "%s: not YAML: line %zu, column %zu: %s", r->name,
                p->problem_mark.line + 1, p->problem_mark.column + 1, p->problem ? p->problem : "");
}

static horn_status read_events(reading *r)
{
    horn_status status = HORN_OK;
    while (!status && !r->ended) {
        yaml_event_t event;
        if (!yaml_parser_parse(&r->parser, &event)) return refuse_text(r);
        status = take_event(r, &event);
        yaml_event_delete(&event);
    }
    return status;
}

/* libyaml compares each directive with all before it. */
static horn_status check_directives(const char *text, size_t size, const char *name)
{
    size_t line = 1;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '%' && (i == 0 || text[i - 1] == '\n' || text[i - 1] == '\r'))
            return fail(HORN_ERROR_UNSUPPORTED, "%s: line %zu: directives (%%) are not supported", name,
                        line);
        line += text[i] == '\n';
    }
    return HORN_OK;
}

horn_status config_parse_yaml(config **out, const char *text, size_t size, const char *name)
{
    reading r = { .name = name };
    if (size > MAX_TEXT)
        return fail(HORN_ERROR_FORMAT, "%s: YAML of %zu bytes, expected at most %d", name, size, MAX_TEXT);
    horn_status status = check_directives(text, size, name);
    if (status) return status;
    if (!yaml_parser_initialize(&r.parser)) return fail_memory("YAML text", sizeof r.parser);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, size);
    status = read_events(&r);
    yaml_parser_delete(&r.parser);
    for (int i = 0; i < MAX_DEPTH; i++) free(r.levels[i].key);
    for (size_t i = 0; i < r.anchor_count; i++) free(r.anchors[i].name);
    free(r.anchors);
    if (status)
        config_free(r.root);
    else
        *out = r.root;
    return status;
}
