/* Facts about the model in a file, as texts. */
#include "model/look/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/status.h"
#include "config/python_text.h"
#include "formats/keras/architecture.h"
#include "formats/keras_training/training.h"
#include "model/files/snapshot_of_model.h"
#include "model/look/connections.h"

horn_status file_note_trouble(horn_file *f, horn_status why)
{
    if (why == HORN_ERROR_MEMORY || f->trouble) return why == HORN_ERROR_MEMORY ? why : HORN_OK;
    f->facts.is_broken = why != HORN_ERROR_UNSUPPORTED;
    horn_status status = memory_copy_string(&f->trouble, horn_last_error());
    f->facts.trouble = f->trouble;
    return status;
}

/* ---- the summary ---- */

/* Counts the weights of a layer and of its inner layers. */
static void count_weights(summary_row *row, const snapshot_layer *from)
{
    for (size_t i = 0; i < from->tensor_count; i++) {
        horn_view v = snapshot_tensor_view(&from->tensors[i]);
        *(from->tensors[i].trainable ? &row->trainable : &row->frozen) += horn_view_count(&v);
    }
    for (size_t i = 0; i < from->inner_count; i++) count_weights(row, &from->inner[i]);
}

static summary_row row_of_snapshot(const snapshot *s, const snapshot_layer *from)
{
    summary_row row = { .name = from->name ? from->name : "?",
                        .class_name = from->class_name,
                        .is_unknown = !(s->parts & PART_WEIGHTS) };
    count_weights(&row, from);
    return row;
}

/* From the first layer on that Horn cannot make, rows come from the snapshot alone. */
static horn_status summarize(horn_file *f)
{
    horn_status status = HORN_OK;
    const snapshot *s = f->snapshot;
    horn_model *m = NULL;
    summary_row *rows = NULL;
    size_t count = 0;
    TRY(horn_sequential_new(&m, &(horn_sequential_options){ .name = s->name, .threads = 1 }));
    TRY(memory_new(&rows, s->layer_count + 1, sizeof *rows));
    horn_status made = model_add_layers(m, s);
    if (made) fail_in(made, f->facts.path);
    if (made) TRY(file_note_trouble(f, made == HORN_ERROR_MEMORY ? made : HORN_ERROR_UNSUPPORTED));
    if (s->is_functional) rows[count++] = summary_row_of_input(m);
    for (size_t i = 0; i < s->layer_count; i++)
        rows[count++] = i < m->layer_count ? summary_row_of(m, i) : row_of_snapshot(s, &s->layers[i]);
    if (s->calls && !made && !model_is_chain(m))
        TRY(connections_of_model(rows + 1, m, rows->name));
    else if (s->calls && made)
        TRY(connections_add(rows + 1, s->layer_count, rows->name, s->calls, s->call_count));
    TRY(summary_print(&f->summary, s->name, rows, count));
    f->facts.summary = f->summary;
done:
    connections_free(rows, count);
    free(rows);
    horn_model_free(m);
    return status;
}

/* ---- facts ---- */

static size_t whole(const config *value)
{
    int64_t number;
    return config_integer(value, &number) && number > 0 ? (size_t)number : 0;
}

static void take_optimizer(horn_file_facts *facts, const snapshot *s)
{
    facts->has_step = s->parts & PART_OPTIMIZER || s->iteration > 0 || s->has_learning_rate;
    facts->step = s->iteration;
    float rate;
    facts->has_learning_rate = s->parts & PART_COMPILE ? keras_learning_rate(s, &rate) : s->has_learning_rate;
    if (facts->has_learning_rate) facts->learning_rate = s->parts & PART_COMPILE ? rate : s->learning_rate;
    for (size_t i = 0; i < s->slot_count; i++) facts->optimizer_variables += s->slots[i].tensor_count;
}

static horn_status list_operators(horn_file *f)
{
    bytes text = { 0 };
    const contents *c = &f->found;
    if (!c->operator_count) return HORN_OK;
    for (size_t i = 0; i < c->operator_count; i++)
        bytes_print(&text, "%s%zu %.80s", i ? ", " : "", c->operators[i].count, c->operators[i].name);
    horn_status status = bytes_status(&text);
    if (!status) status = memory_copy_string(&f->operators, bytes_text(&text));
    bytes_free(&text);
    f->facts.operators = f->operators;
    return status;
}

/* All metrics, the weighted ones last; of several outputs a list for each. */
static horn_status print_metrics(char **out, const snapshot *s)
{
    config *all = config_list();
    const size_t outputs = snapshot_output_count(s);
    for (size_t i = 0; i < outputs; i++) {
        config *list = outputs > 1 ? config_list() : all;
        for (int weighted = 0; weighted < 2; weighted++) {
            const config *own = snapshot_of_output(s, weighted ? s->weighted_metrics : s->metrics, i);
            for (size_t k = 0; k < config_count(own); k++)
                config_append(list, config_copy(config_at(own, k)));
        }
        if (list != all) config_append(all, list);
    }
    horn_status status = config_status(all);
    if (!status) status = python_text(out, all);
    config_free(all);
    return status;
}

horn_status file_find_facts(horn_file *f)
{
    horn_status status = HORN_OK;
    const snapshot *s = f->snapshot;
    horn_file_facts *facts = &f->facts;
    facts->path = f->from.path;
    facts->format = f->found.kind ? f->found.kind : f->format->name;
    facts->producer = f->found.producer;
    TRY(list_operators(f));
    facts->parts = s->parts;
    facts->input_divisor = s->input_divisor;
    if (s->parts & PART_ARCHITECTURE) facts->name = s->name;
    if (s->parts & PART_ARCHITECTURE) TRY(summarize(f));
    if (s->parts & PART_COMPILE) {
        TRY(python_text(&f->loss, s->loss));
        TRY(print_metrics(&f->metrics, s));
        TRY(python_text(&f->optimizer, s->optimizer));
    }
    facts->loss = f->loss;
    facts->metrics = f->metrics;
    facts->optimizer = f->optimizer;
    if (s->parts & (PART_COMPILE | PART_WEIGHTS)) take_optimizer(facts, s);
    facts->epoch = whole(config_get(s->progress, "epoch"));
    facts->batch = whole(config_get(s->progress, "batch"));
    facts->history = config_count(config_get(s->progress, "history"));
done:
    return status;
}

horn_status horn_file_json(char **text, const horn_file *f, unsigned part)
{
    NEED(f, "file");
    NEED(text, "text");
    const arithmetic host = arithmetic_begin();
    status_begin();
    horn_status status = HORN_OK;
    const snapshot *s = f->snapshot;
    config *made = NULL;
    bytes out = { 0 };
    if (!(s->parts & part))
        TRY(fail(HORN_ERROR_ARGUMENT, "%s: does not hold what is asked for as JSON", f->facts.path));
    if (part == HORN_PART_ARCHITECTURE)
        TRY(keras_architecture_write_own(&made, s, f->facts.path));
    else if (part == HORN_PART_COMPILE)
        TRY(keras_training_write(&made, s, KERAS_2, f->facts.path));
    else if (part != HORN_PART_PROGRESS)
        TRY(fail(HORN_ERROR_ARGUMENT, "%s: part %u has no JSON", f->facts.path, part));
    TRY(config_print(made ? made : s->progress, false, &out));
    TRY(bytes_status(&out));
    TRY(memory_copy_string(text, bytes_text(&out)));
done:
    config_free(made);
    bytes_free(&out);
    arithmetic_end(host);
    return status_end(status);
}
