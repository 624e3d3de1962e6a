#include "formats/keras/document.h"

#include "base/memory.h"
#include "base/status.h"
#include "config/keras_classes.h"
#include "formats/foreign.h"
#include "formats/keras/architecture.h"

horn_status keras_document_read(snapshot *out, const config *document, const char *where)
{
    horn_status status = foreign_check_json(document, where);
    if (!status) status = keras_check_version(config_get_string(document, "keras_version"), where);
    return status ? status : keras_architecture_read(out, document, where);
}

horn_status keras_document_write(config **out, const snapshot *s, const format_options *options,
                                 const char *format, const char *where)
{
    if (options && options->dialect)
        return fail(HORN_ERROR_ARGUMENT, "%s: dialect is '%s', expected none", format, options->dialect);
    horn_status status = keras_architecture_write_own(out, s, where);
    if (status) return status;
    config_set_string(*out, "module",
                      "keras"); /* Keras 3 looks the class up there, and has no Functional in it */
    if (s->is_functional) config_set_string(*out, "class_name", keras_class_of(KERAS_MODEL));
    config_set_string(*out, "keras_version", keras_dialect_version(KERAS_2));
    config_set_string(*out, "backend", "tensorflow");
    return HORN_OK;
}

horn_status keras_document_list(contents *out, const config *document)
{
    bytes text = { 0 };
    const char *version = config_get_string(document, "keras_version");
    if (!version) return HORN_OK;
    bytes_print(&text, "Keras %.40s", version);
    horn_status status = bytes_status(&text);
    if (!status) status = memory_copy_string(&out->producer, bytes_text(&text));
    bytes_free(&text);
    return status;
}
