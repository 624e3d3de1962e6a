#include "formats/tflite/model.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

static horn_status broken(const tflite_model *m)
{
    return fail(HORN_ERROR_FORMAT, "%s: is no whole model of TensorFlow Lite: a place lies outside the file",
                m->where);
}

static protobuf_text text_of(flatbuffers_reader *r, size_t place)
{
    size_t size;
    const char *at = flatbuffers_bytes(r, place, &size);
    return at ? (protobuf_text){ at, size } : (protobuf_text){ "", 0 };
}

/* ---- tensors ---- */

static void read_sizes(tflite_model *m, size_t table, tflite_known *t)
{
    const size_t sizes = flatbuffers_object(&m->r, table, 0), open = flatbuffers_object(&m->r, table, 7),
                 rank = flatbuffers_count(&m->r, sizes, 4), open_rank = flatbuffers_count(&m->r, open, 4),
                 from = open_rank == rank ? open : sizes;
    t->rank = rank > HORN_MAX_RANK + 1 ? -1 : (int)rank;
    for (int i = 0; i < t->rank; i++) {
        t->size[i] = flatbuffers_integer_at(&m->r, from, (size_t)i);
        t->size_of_one[i] = flatbuffers_integer_at(&m->r, sizes, (size_t)i);
    }
}

static horn_status read_tensor(tflite_model *m, size_t table, size_t buffers, tflite_known *t)
{
    size_t size, scales;
    const uint64_t buffer = flatbuffers_number(&m->r, table, 2, 4, 0);
    const size_t quantization = flatbuffers_object(&m->r, table, 4);
    *t = (tflite_known){ .type = flatbuffers_number(&m->r, table, 1, 1, TFLITE_FLOAT32),
                         .name = text_of(&m->r, flatbuffers_object(&m->r, table, 3)) };
    read_sizes(m, table, t);
    scales = quantization ? flatbuffers_object(&m->r, quantization, 2) : 0;
    t->is_quantized = scales && flatbuffers_count(&m->r, scales, 4);
    if (m->r.failed) return broken(m);
    if (buffer >= flatbuffers_count(&m->r, buffers, 4))
        return buffer ? fail(HORN_ERROR_FORMAT,
                             "%s: tensor '%.*s' has its values in buffer %llu, which there is not", m->where,
                             protobuf_text_shown(t->name), t->name.at, (unsigned long long)buffer)
                      : HORN_OK;
    const size_t holder = flatbuffers_object_at(&m->r, buffers, (size_t)buffer);
    const char *data = flatbuffers_bytes(&m->r, flatbuffers_object(&m->r, holder, 0), &size);
    if (data && size) t->data = (protobuf_text){ data, size };
    return m->r.failed ? broken(m) : HORN_OK;
}

/* A table takes at least 4 bytes: so many of them may be there. */
static horn_status check_count(const tflite_model *m, size_t count, const char *what)
{
    if (count <= m->r.size / 4) return HORN_OK;
    return fail(HORN_ERROR_FORMAT, "%s: has %zu %s, more than fit into the file", m->where, count, what);
}

static horn_status read_tensors(tflite_model *m, size_t graph, size_t buffers)
{
    const size_t list = flatbuffers_object(&m->r, graph, 0), count = flatbuffers_count(&m->r, list, 4);
    horn_status status = check_count(m, count, "tensors");
    if (!status) status = memory_new(&m->tensors, count, sizeof *m->tensors);
    for (size_t i = 0; !status && i < count; i++) {
        status = read_tensor(m, flatbuffers_object_at(&m->r, list, i), buffers, &m->tensors[i]);
        m->tensor_count = i + 1;
    }
    return status;
}

/* ---- operators ---- */

/* Old files have the code in a byte. */
static uint64_t code_at(tflite_model *m, size_t codes, uint64_t index)
{
    const size_t code = flatbuffers_object_at(&m->r, codes, (size_t)index);
    const uint64_t old = flatbuffers_number(&m->r, code, 0, 1, 0),
                   new = flatbuffers_number(&m->r, code, 3, 4, 0);
    return new > old ? new : old;
}

static horn_status check_places(tflite_model *m, size_t node, size_t list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const int32_t place = flatbuffers_integer_at(&m->r, list, i);
        if (place < -1 || (place >= 0 && (size_t)place >= m->tensor_count))
            return fail(HORN_ERROR_FORMAT, "%s: operator %zu takes or gives tensor %d of %zu", m->where, node,
                        place, m->tensor_count);
    }
    return HORN_OK;
}

static horn_status read_node(tflite_model *m, size_t index, size_t table, size_t codes)
{
    tflite_node *n = &m->nodes[index];
    const uint64_t code = flatbuffers_number(&m->r, table, 0, 4, 0);
    if (m->r.failed) return broken(m);
    if (code >= flatbuffers_count(&m->r, codes, 4))
        return fail(HORN_ERROR_FORMAT, "%s: operator %zu has code %llu, which there is not", m->where, index,
                    (unsigned long long)code);
    *n = (tflite_node){ .op = code_at(m, codes, code),
                        .inputs = flatbuffers_object(&m->r, table, 1),
                        .outputs = flatbuffers_object(&m->r, table, 2),
                        .options = flatbuffers_object(&m->r, table, 4) };
    n->input_count = flatbuffers_count(&m->r, n->inputs, 4);
    n->output_count = flatbuffers_count(&m->r, n->outputs, 4);
    if (m->r.failed) return broken(m);
    horn_status status = check_places(m, index, n->inputs, n->input_count);
    return status ? status : check_places(m, index, n->outputs, n->output_count);
}

static horn_status read_nodes(tflite_model *m, size_t graph, size_t codes)
{
    const size_t list = flatbuffers_object(&m->r, graph, 3), count = flatbuffers_count(&m->r, list, 4);
    horn_status status = check_count(m, count, "operators");
    if (!status) status = memory_new(&m->nodes, count, sizeof *m->nodes);
    for (size_t i = 0; !status && i < count; i++)
        status = read_node(m, i, flatbuffers_object_at(&m->r, list, i), codes);
    m->node_count = count;
    return status;
}

/* ---- the whole ---- */

static horn_status read_end(tflite_model *m, size_t graph, unsigned field, const char *what, size_t *out)
{
    const size_t list = flatbuffers_object(&m->r, graph, field), count = flatbuffers_count(&m->r, list, 4);
    const int32_t place = count ? flatbuffers_integer_at(&m->r, list, 0) : 0;
    if (m->r.failed) return broken(m);
    if (count != 1)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: has %zu %ss, expected one", m->where, count, what);
    if (place < 0 || (size_t)place >= m->tensor_count)
        return fail(HORN_ERROR_FORMAT, "%s: its %s is tensor %d of %zu", m->where, what, place,
                    m->tensor_count);
    *out = (size_t)place;
    return HORN_OK;
}

horn_status tflite_model_read(tflite_model *out, const void *data, size_t size, const char *where)
{
    horn_status status = HORN_OK;
    size_t root;
    *out = (tflite_model){ .where = where };
    out->r = flatbuffers_read(data, size, TFLITE_IDENTIFIER, &root);
    const uint64_t version = flatbuffers_number(&out->r, root, 0, 4, 0);
    const size_t graphs = flatbuffers_object(&out->r, root, 2), count = flatbuffers_count(&out->r, graphs, 4);
    out->is_own = protobuf_text_is(text_of(&out->r, flatbuffers_object(&out->r, root, 3)), "Horn");
    if (out->r.failed) return broken(out);
    if (version != TFLITE_VERSION)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: is version %llu of TensorFlow Lite, expected %d", where,
                    (unsigned long long)version, TFLITE_VERSION);
    if (count != 1) return fail(HORN_ERROR_UNSUPPORTED, "%s: has %zu graphs, expected one", where, count);
    const size_t graph = flatbuffers_object_at(&out->r, graphs, 0);
    out->name = text_of(&out->r, flatbuffers_object(&out->r, graph, 4));
    TRY(read_tensors(out, graph, flatbuffers_object(&out->r, root, 4)));
    TRY(read_nodes(out, graph, flatbuffers_object(&out->r, root, 1)));
    TRY(read_end(out, graph, 1, "input", &out->input));
    TRY(read_end(out, graph, 2, "output", &out->output));
done:
    return status;
}

void tflite_model_free(tflite_model *m)
{
    free(m->tensors);
    free(m->nodes);
    *m = (tflite_model){ 0 };
}
