#include "formats/tflite/tflite.h"

#include "base/status.h"
#include "formats/tflite/operations.h"

static horn_status write(const snapshot *s, transaction *t, const format_options *options)
{
    horn_status status = HORN_OK;
    const char *where = transaction_target(t);
    bytes content = { 0 };
    tflite_nodes n = { 0 };
    int32_t input, output;
    if (options && options->dialect)
        TRY(fail(HORN_ERROR_ARGUMENT, "%s: dialect is '%s', expected none", where, options->dialect));
    TRY(tflite_operations_write(&n, s, &input, &output, where));
    TRY(tflite_nodes_write(&content, &n, s->name ? s->name : "model", input, output));
    if (content.size > INT32_MAX)
        TRY(fail(HORN_ERROR_UNSUPPORTED,
                 "%s: the model has %zu bytes, TensorFlow Lite reads at most 2^31 - 1", where, content.size));
    TRY(transaction_add(t, "", &content));
done:
    bytes_free(&content);
    tflite_nodes_free(&n);
    return status;
}

/* TensorFlow Lite's own files are listed, and named if somebody wants a model of them. */
static horn_status refuse(const source *from)
{
    if (!tflite_recognizes(from)) return HORN_OK;
    return fail(HORN_ERROR_UNSUPPORTED,
                "%s: is a model of TensorFlow Lite, which is written and listed, not read", from->path);
}

static const char *const suffixes[] = { ".tflite", NULL };

const format tflite_format = {
    .name = "tflite",
    .suffixes = suffixes,
    .writes = PART_ARCHITECTURE | PART_WEIGHTS | PART_OPERATIONS,
    .inference_alone = true,
    .recognizes = tflite_recognizes,
    .write = write,
    .list = tflite_list,
    .refuse = refuse,
};
