/* The architecture alone, as Keras' model.to_json() gives it, suffix .json. It loads in Keras 2 and Keras 3;
 * no dialects.
 *
 *     {"class_name": "Sequential", "config": {"name": ..., "layers": [...]}, "module": "keras",
 *      "keras_version": "2.15.0", "backend": "tensorflow"}
 *
 * This is the file to copy for a new format. */
#include "formats/format.h"

#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/foreign.h"
#include "formats/keras/architecture.h"

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
    horn_status status = HORN_OK;
    config *model = NULL;
    TRY(config_parse(&model, (const char *)from->data, from->size, from->path));
    TRY(foreign_check_json(model, from->path));
    TRY(keras_check_version(config_get_string(model, "keras_version"), from->path));
    TRY(keras_architecture_read(out, model, from->path));
done:
    config_free(model);
    return status;
}

static horn_status write_json(const snapshot *s, transaction *t, const format_options *options)
{
    horn_status status = HORN_OK;
    config *model = NULL;
    bytes text = { 0 };
    if (options && options->dialect)
        TRY(fail(HORN_ERROR_ARGUMENT, "json: dialect is '%s', expected none", options->dialect));
    TRY(keras_architecture_write(&model, s, KERAS_2, transaction_target(t)));
    config_set_string(model, "module", "keras"); /* Keras 3 looks the class up there */
    config_set_string(model, "keras_version", keras_dialect_version(KERAS_2));
    config_set_string(model, "backend", "tensorflow");
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
    horn_status status = HORN_OK;
    config *model = NULL;
    bytes text = { 0 };
    TRY(config_parse(&model, (const char *)from->data, from->size, from->path));
    out->verify = verify;
    const char *version = config_get_string(model, "keras_version");
    bytes_print(&text, "Keras %.40s", version ? version : "");
    TRY(bytes_status(&text));
    if (version) TRY(memory_copy_string(&out->producer, bytes_text(&text)));
done:
    bytes_free(&text);
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
