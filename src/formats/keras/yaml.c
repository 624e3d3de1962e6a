/* The architecture alone, as model.to_yaml() of Keras 2.0 to 2.5 gave it, suffix .yaml: a document (document.h) as YAML. Those
 * files have tuples (!!python/tuple), which are read as lists; Horn writes lists, which they read. */
#include "formats/format.h"

#include <string.h>
#include "base/status.h"
#include "config/yaml/config_yaml.h"
#include "formats/keras/document.h"

static bool begins(const unsigned char *at, const unsigned char *end, const char *text)
{
    const size_t length = strlen(text);
    return (size_t)(end - at) >= length && memcmp(at, text, length) == 0;
}

/* The braces around all of the document, as PyYAML writes with default_flow_style=True: a key without quotation marks follows,
 * which JSON has not. */
static bool is_flow(const unsigned char *at, const unsigned char *end)
{
    const unsigned char *key = ++at;
    while (at < end && ((*at >= 'a' && *at <= 'z') || *at == '_')) at++;
    return at > key && begins(at, end, ": ") && memmem(at, (size_t)(end - at), "class_name: ", 12);
}

/* A line "class_name:" that is not indented, in text without zero bytes. */
static bool recognizes(const source *from)
{
    const unsigned char *at = from->data, *end = at + from->size;
    if (!from->size || memchr(at, 0, from->size)) return false;
    if (*at == '{') return is_flow(at, end);
    for (; at; at = memchr(at, '\n', (size_t)(end - at)), at = at ? at + 1 : NULL)
        if (begins(at, end, "class_name:")) return true;
    return false;
}

static horn_status read_yaml(snapshot *out, const source *from, const format_options *options,
                             const schema *known)
{
    (void)options, (void)known;
    config *model = NULL;
    horn_status status = config_parse_yaml(&model, (const char *)from->data, from->size, from->path);
    if (!status) status = keras_document_read(out, model, from->path);
    config_free(model);
    return status;
}

static horn_status write_yaml(const snapshot *s, transaction *t, const format_options *options)
{
    horn_status status = HORN_OK;
    config *model = NULL;
    bytes text = { 0 };
    TRY(keras_document_write(&model, s, options, "yaml", transaction_target(t)));
    TRY(config_print_yaml(model, &text));
    TRY(transaction_add(t, "", &text));
done:
    bytes_free(&text);
    config_free(model);
    return status;
}

static horn_status verify(const contents *c, bytes *report)
{
    (void)c;
    bytes_print(report, "the YAML text; it carries no checksum");
    return HORN_OK;
}

static horn_status list(contents *out, const source *from)
{
    config *model = NULL;
    horn_status status = config_parse_yaml(&model, (const char *)from->data, from->size, from->path);
    out->verify = verify;
    if (!status) status = keras_document_list(out, model);
    config_free(model);
    return status;
}

static const char *const suffixes[] = { ".yaml", ".yml", NULL };

const format keras_yaml_format = {
    .name = "yaml",
    .suffixes = suffixes,
    .reads = PART_ARCHITECTURE,
    .writes = PART_ARCHITECTURE,
    .recognizes = recognizes,
    .read = read_yaml,
    .write = write_yaml,
    .list = list,
};
