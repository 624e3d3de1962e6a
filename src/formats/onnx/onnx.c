#include "formats/onnx/onnx.h"

#include <string.h>
#include "base/status.h"
#include "formats/onnx_nodes/operations.h"

static horn_status write(const snapshot *s, transaction *t, const format_options *options)
{
    horn_status status = HORN_OK;
    const char *where = transaction_target(t);
    bytes content = { 0 };
    onnx_nodes n = { 0 };
    shape input = { .rank = s->input_rank };
    if (options && options->dialect)
        TRY(fail(HORN_ERROR_ARGUMENT, "%s: dialect is '%s', expected none", where, options->dialect));
    TRY(onnx_operations_write(&n, s, where));
    memcpy(input.dim, s->input_shape, sizeof input.dim);
    TRY(onnx_nodes_write(&content, &n, s->name ? s->name : "model", &input,
                         &s->operations->operations[s->operations->output].shape));
    if (content.size > INT32_MAX)
        TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: the graph has %zu bytes, ONNX reads at most 2^31 - 1", where,
                 content.size));
    TRY(transaction_add(t, "", &content));
done:
    bytes_free(&content);
    onnx_nodes_free(&n);
    return status;
}

static const char *const suffixes[] = { ".onnx", NULL };

const format onnx_format = {
    .name = "onnx",
    .suffixes = suffixes,
    .reads = PART_ARCHITECTURE | PART_WEIGHTS,
    .writes = PART_ARCHITECTURE | PART_WEIGHTS | PART_OPERATIONS,
    .inference_alone = true,
    .recognizes = onnx_recognizes,
    .read = onnx_read,
    .write = write,
    .list = onnx_list,
};
