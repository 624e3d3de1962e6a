#include "formats/tflite/tflite.h"

#include "base/status.h"
#include "formats/tflite/writer.h"

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

/* Whether all operations come back as they are: recurrent layers, for instance, are steps in the file, which are no layers. */
static bool gives_back(const snapshot *s)
{
    static const operation_kind others[] = { OPERATION_SIMPLE_RNN,
                                             OPERATION_LSTM,
                                             OPERATION_GRU,
                                             OPERATION_CONV3D,
                                             OPERATION_CONV3D_TRANSPOSE,
                                             OPERATION_MAX_POOL3D,
                                             OPERATION_AVG_POOL3D,
                                             OPERATION_CONV2D_TRANSPOSE,
                                             OPERATION_RESIZE_NEAREST,
                                             OPERATION_RESIZE_BILINEAR,
                                             OPERATION_SELU,
                                             OPERATION_SOFTPLUS,
                                             OPERATION_SLICE,
                                             OPERATION_NUMBERS };
    for (size_t i = 0; s->operations && i < s->operations->count; i++) {
        const operation *o = &s->operations->operations[i];
        const bool has_kernel = o->kind == OPERATION_CONV2D || o->kind == OPERATION_DEPTHWISE_CONV2D;
        if (has_kernel && tflite_pads_by_itself(s->operations, o)) return false; /* it has another layer */
        for (size_t k = 0; k < sizeof others / sizeof *others; k++)
            if (o->kind == others[k]) return false;
    }
    return true;
}

static const char *const suffixes[] = { ".tflite", NULL };

const format tflite_format = {
    .name = "tflite",
    .suffixes = suffixes,
    .reads = PART_ARCHITECTURE | PART_WEIGHTS,
    .writes = PART_ARCHITECTURE | PART_WEIGHTS | PART_OPERATIONS,
    .inference_alone = true,
    .recognizes = tflite_recognizes,
    .read = tflite_read,
    .write = write,
    .gives_back = gives_back,
    .list = tflite_list,
};
