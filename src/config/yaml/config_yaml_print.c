/* Config to YAML text, through libyaml's emitter with PyYAML's settings. */
#include "config/yaml/config_yaml.h"

#include <cJSON.h>
#include <string.h>
#include <yaml.h>
#include "base/status.h"
#include "base/utf8.h"
#include "config/yaml/yaml_scalars.h"

/* As deep as is read. */
enum { MAX_DEPTH = 64 };

static horn_status print_value(yaml_emitter_t *emitter, const config *value, int depth);

static int append(void *out, unsigned char *text, size_t size)
{
    bytes_append(out, text, size);
    return bytes_status(out) == HORN_OK;
}

/* Takes the event. `made` is 0 if there was no memory for it. */
static horn_status emit(yaml_emitter_t *emitter, int made, yaml_event_t *event)
{
    if (made && yaml_emitter_emit(emitter, event)) return HORN_OK;
    return fail_memory("YAML text", sizeof *event);
}

static horn_status print_text(yaml_emitter_t *emitter, const char *text, bool is_string)
{
    yaml_event_t event;
    if (!utf8_is_valid(text, strlen(text), false))
        return fail(HORN_ERROR_UNSUPPORTED, "YAML text: a name in it is not UTF-8");
    const int plain = !is_string || yaml_meaning_of(text) == MEANS_STRING;
    const int made = yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text,
                                                  (int)strlen(text), plain, is_string, YAML_ANY_SCALAR_STYLE);
    return emit(emitter, made, &event);
}

/* As JSON writes it, but for the words for infinity and NaN, and a point in each float. */
static horn_status print_plain(yaml_emitter_t *emitter, const config *value)
{
    bytes json = { 0 }, text = { 0 };
    horn_status status = config_print(value, false, &json);
    const char *at = bytes_text(&json), *exponent = at ? strchr(at, 'e') : NULL;
    if (at && (*at == 'N' || strstr(at, "Inf")))
        bytes_print(&text, "%s", *at == 'N' ? ".nan" : *at == '-' ? "-.inf" : ".inf");
    else if (exponent && strchr("-0123456789", *at) && !strchr(at, '.'))
        bytes_print(&text, "%.*s.0%s", (int)(exponent - at), at, exponent);
    else if (at)
        bytes_print(&text, "%s", at);
    if (!status) status = bytes_status(&text);
    if (!status) status = print_text(emitter, bytes_text(&text), false);
    bytes_free(&json);
    bytes_free(&text);
    return status;
}

static horn_status print_list(yaml_emitter_t *emitter, const config *list, int depth)
{
    yaml_event_t event;
    int made = yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE);
    horn_status status = emit(emitter, made, &event);
    for (const config *item = list->child; item && !status; item = item->next)
        status = print_value(emitter, item, depth + 1);
    if (status) return status;
    made = yaml_sequence_end_event_initialize(&event);
    return emit(emitter, made, &event);
}

static horn_status print_object(yaml_emitter_t *emitter, const config *object, int depth)
{
    yaml_event_t event;
    int made = yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE);
    horn_status status = emit(emitter, made, &event);
    for (const config *item = object->child; item && !status; item = item->next) {
        status = print_text(emitter, item->string, true);
        if (!status) status = print_value(emitter, item, depth + 1);
    }
    if (status) return status;
    made = yaml_mapping_end_event_initialize(&event);
    return emit(emitter, made, &event);
}

static horn_status print_value(yaml_emitter_t *emitter, const config *value, int depth)
{
    if (depth > MAX_DEPTH) return fail(HORN_ERROR_ARGUMENT, "a config nested deeper than %d", MAX_DEPTH);
    if (config_string(value)) return print_text(emitter, config_string(value), true);
    if (config_is_list(value)) return print_list(emitter, value, depth);
    if (config_is_object(value)) return print_object(emitter, value, depth);
    return print_plain(emitter, value);
}

static horn_status print_document(yaml_emitter_t *emitter, const config *value)
{
    horn_status status = HORN_OK;
    yaml_event_t event;
    int made = yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING);
    TRY(emit(emitter, made, &event));
    made = yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1);
    TRY(emit(emitter, made, &event));
    TRY(print_value(emitter, value, 0));
    made = yaml_document_end_event_initialize(&event, 1);
    TRY(emit(emitter, made, &event));
    made = yaml_stream_end_event_initialize(&event);
    TRY(emit(emitter, made, &event));
done:
    return status;
}

horn_status config_print_yaml(const config *value, bytes *out)
{
    yaml_emitter_t emitter;
    horn_status status = config_status(value);
    if (status) return status;
    if (!yaml_emitter_initialize(&emitter)) return fail_memory("YAML text", sizeof emitter);
    yaml_emitter_set_output(&emitter, append, out);
    status = print_document(&emitter, value);
    yaml_emitter_delete(&emitter);
    return status ? status : bytes_status(out);
}
