#include "model/look/connections.h"

#include <stdlib.h>
#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"

typedef struct columns {
    const summary_row *rows;
    const char *input;
    const snapshot_call *calls;
    /* [layers]: calls so far; the text. */
    size_t *called;
    bytes *texts;
    /* [calls]: the number of each among those of its layer. */
    size_t *numbers;
} columns;

static void put_call(columns *c, size_t index)
{
    const snapshot_call *made = &c->calls[index];
    bytes *text = &c->texts[made->layer];
    c->numbers[index] = c->called[made->layer]++;
    for (size_t i = 0; i < made->value_count; i++) {
        const size_t value = made->values[i];
        bytes_print(text, "%s'%s[%zu][0]'", text->size ? ", " : "[",
                    value ? c->rows[c->calls[value - 1].layer].name : c->input,
                    value ? c->numbers[value - 1] : 0);
    }
}

static horn_status finish(summary_row *row, bytes *text)
{
    bytes_print(text, text->size ? "]" : "[]");
    const horn_status status = bytes_status(text);
    return status ? status : memory_copy_string(&row->connections, bytes_text(text));
}

horn_status connections_add(summary_row *rows, size_t layers, const char *input, const snapshot_call *calls,
                            size_t count)
{
    horn_status status = HORN_OK;
    columns c = { .rows = rows, .input = input, .calls = calls };
    TRY(memory_new(&c.called, layers + 1, sizeof *c.called));
    TRY(memory_new(&c.texts, layers + 1, sizeof *c.texts));
    TRY(memory_new(&c.numbers, count + 1, sizeof *c.numbers));
    for (size_t i = 0; i < count; i++) put_call(&c, i);
    for (size_t i = 0; i < layers; i++) TRY(finish(&rows[i], &c.texts[i]));
done:
    for (size_t i = 0; c.texts && i < layers; i++) bytes_free(&c.texts[i]);
    free(c.called);
    free(c.texts);
    free(c.numbers);
    return status;
}

horn_status connections_of_model(summary_row *rows, const horn_model *m, const char *input)
{
    snapshot_call *calls = NULL;
    horn_status status = memory_new(&calls, m->node_count + 1, sizeof *calls);
    for (size_t i = 0; !status && i < m->node_count; i++)
        calls[i] = (snapshot_call){ .layer = m->nodes[i].layer->index,
                                    .values = m->nodes[i].inputs,
                                    .value_count = m->nodes[i].input_count };
    if (!status) status = connections_add(rows, m->layer_count, input, calls, m->node_count);
    for (size_t i = 0; !status && i < m->node_count; i++) {
        summary_row *row = &rows[m->nodes[i].layer->index];
        if (!shape_equal(row->output, call_list_shape(m->calls, m->values_of_nodes[i + 1])))
            row->has_several = true;
    }
    free(calls);
    return status;
}

void connections_free(summary_row *rows, size_t count)
{
    for (size_t i = 0; rows && i < count; i++) free(rows[i].connections);
}
