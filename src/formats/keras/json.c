/* The architecture alone, as Keras' model.to_json() gives it, suffix .json: a document (document.h) as JSON.
 *
 * This is the file to copy for a new format. */
#include "formats/format.h"

#include <string.h>
#include "base/status.h"
#include "formats/keras/document.h"

static bool recognizes(const source *from)
{
    size_t at = 0;
    while (at < from->size && from->data[at] && strchr(" \t\r\n", from->data[at])) at++;
    return at < from->size && from->data[at] == '{';
}

static horn_status read_json(snapshot *out, const source *from, const format_options *options,
                             const schema *known)
{
    (void)options, (void)known;
    config *model = NULL;
    horn_status status = config_parse(&model, (const char *)from->data, from->size, from->path);
    if (!status) status = keras_document_read(out, model, from->path);
    config_free(model);
    return status;
}

static horn_status write_json(const snapshot *s, transaction *t, const format_options *options)
{
    horn_status status = HORN_OK;
    config *model = NULL;
    bytes text = { 0 };
    TRY(keras_document_write(&model, s, options, "json", transaction_target(t)));
    TRY(config_print(model, true, &text));
    bytes_append(&text, "\n", 1);
    TRY(bytes_status(&text));
    TRY(transaction_add(t, "", &text));
done:
    bytes_free(&text);
    config_free(model);
    return status;
}

static horn_status verify(const contents *c, bytes *report)
{
    (void)c;
    bytes_print(report, "the JSON text; it carries no checksum");
    return HORN_OK;
}

static horn_status list(contents *out, const source *from)
{
    config *model = NULL;
    horn_status status = config_parse(&model, (const char *)from->data, from->size, from->path);
    out->verify = verify;
    if (!status) status = keras_document_list(out, model);
    config_free(model);
    return status;
}

static const char *const suffixes[] = { ".json", NULL };

const format keras_json_format = {
    .name = "json",
    .suffixes = suffixes,
    .reads = PART_ARCHITECTURE,
    .writes = PART_ARCHITECTURE,
    .recognizes = recognizes,
    .read = read_json,
    .write = write_json,
    .list = list,
};
