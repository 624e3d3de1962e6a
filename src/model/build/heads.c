#include "model/heads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"
#include "config/python_text.h"

static void free_head(model_head *h)
{
    loss_free(h->loss);
    for (size_t i = 0; i < h->metric_count; i++) metric_free(h->metrics[i]);
}

void heads_free(model_head *heads, size_t count)
{
    for (size_t i = 0; heads && i < count; i++) free_head(&heads[i]);
    free(heads);
}

/* ---- checks ---- */

/* Losses and metrics need the number of outputs of a row. */
static horn_status check_output(const horn_model *m, size_t index)
{
    const shape *output = model_output(m, index);
    char found[SHAPE_TEXT];
    if (!output->rank || output->dim[output->rank - 1] != SHAPE_OPEN) return HORN_OK;
    return fail(HORN_ERROR_UNSUPPORTED, "model '%s' gives outputs of shape %s: a loss needs the last size",
                m->name, shape_print(found, output));
}

static horn_status check_metrics(const horn_model *m, const model_head *h, size_t index)
{
    const shape *output = model_output(m, index);
    const size_t columns = output->rank ? output->dim[output->rank - 1] : 1;
    horn_status status = HORN_OK;
    for (size_t i = 0; !status && i < h->metric_count; i++) status = metric_check(h->metrics[i], columns);
    return status;
}

horn_status heads_check(const horn_model *m, const model_head *heads)
{
    horn_status status = HORN_OK;
    size_t losses = 0, metrics = 0;
    for (size_t i = 0; !status && i < m->output_count; i++) {
        losses += heads[i].loss != NULL;
        metrics += heads[i].metric_count;
        if (heads[i].loss || heads[i].metric_count) status = check_output(m, i);
        if (!status) status = check_metrics(m, &heads[i], i);
    }
    if (!status && !losses)
        status = fail(HORN_ERROR_ARGUMENT, "model '%s' is compiled without a loss", m->name);
    if (!status && metrics > HORN_MAX_ALL_METRICS)
        status = fail(HORN_ERROR_UNSUPPORTED, "model '%s' has %zu metrics, more than %d are not supported",
                      m->name, metrics, HORN_MAX_ALL_METRICS);
    return status;
}

/* ---- names ---- */

/* Names as Keras 3 tells equal ones apart: "auc", "auc_1"; a weighted metric is "weighted_auc" first. `output`: "", or the output's
 * name and "_". */
static horn_status name_metric(char **out, const char *output, const model_head *h, size_t index)
{
    bytes text = { 0 };
    const char *name = h->metrics[index]->name;
    const bool is_weighted = h->metrics[index]->is_weighted;
    size_t plain = 0, weighted = 0;
    for (size_t i = 0; i < index; i++)
        if (strcmp(h->metrics[i]->name, name) == 0)
            ++*(is_weighted && h->metrics[i]->is_weighted ? &weighted : &plain);
    if (is_weighted && !plain && weighted) plain = 1, weighted--;
    const size_t number = is_weighted ? weighted : plain;
    bytes_print(&text, "%s%s%.90s", output, is_weighted && plain ? "weighted_" : "", name);
    if (number) bytes_print(&text, "_%zu", number);
    horn_status status = bytes_status(&text);
    if (!status) status = memory_copy_string(out, bytes_text(&text));
    bytes_free(&text);
    return status;
}

static horn_status join(char **out, const char *first, const char *second)
{
    bytes text = { 0 };
    bytes_print(&text, "%s%s", first, second);
    horn_status status = bytes_status(&text);
    if (!status) status = memory_copy_string(out, bytes_text(&text));
    bytes_free(&text);
    return status;
}

static horn_status name_metrics(char *names[HORN_MAX_LOGS], size_t *count, const horn_model *m,
                                const model_head *h, size_t index)
{
    char *output = NULL;
    horn_status status =
        join(&output, m->output_count > 1 ? m->outputs[index].name : "", m->output_count > 1 ? "_" : "");
    for (size_t i = 0; !status && i < h->metric_count; i++) {
        status = name_metric(&names[*count], output, h, i);
        if (!status) ++*count;
    }
    free(output);
    return status;
}

horn_status heads_name_logs(char *names[HORN_MAX_LOGS], size_t *figures, const horn_model *m,
                            const model_head *heads)
{
    horn_status status = HORN_OK;
    size_t count = 0;
    TRY(memory_copy_string(&names[count++], "loss"));
    for (size_t i = 0; m->output_count > 1 && i < m->output_count; i++)
        if (heads[i].loss) TRY(join(&names[count++], m->outputs[i].name, "_loss"));
    for (size_t i = 0; i < m->output_count; i++) TRY(name_metrics(names, &count, m, &heads[i], i));
    for (size_t i = 0; i < count; i++) TRY(join(&names[count + i], "val_", names[i]));
    *figures = count;
done:
    return status;
}

/* ---- the compiled model ---- */

void heads_lay_out(horn_model *m)
{
    m->metric_states = m->metric_count = 0;
    for (size_t i = 0; i < m->output_count; i++) {
        model_head *h = &m->heads[i];
        const shape *output = model_output(m, i);
        const size_t columns = output->rank ? output->dim[output->rank - 1] : 1;
        for (size_t k = 0; k < h->metric_count; k++) {
            h->metric_first[k] = m->metric_states;
            m->metric_states += metric_states(h->metrics[k], columns);
        }
        m->metric_count += h->metric_count;
    }
}

horn_status heads_describe_loss(config **out, const horn_model *m, const model_head *heads)
{
    if (m->output_count == 1) return loss_describe(heads->loss, out);
    config *list = config_list(), *one;
    horn_status status = HORN_OK;
    for (size_t i = 0; !status && i < m->output_count; i++) {
        if (!heads[i].loss) config_append_null(list);
        if (heads[i].loss) status = loss_describe(heads[i].loss, &one);
        if (heads[i].loss && !status) config_append(list, one);
    }
    if (!status) status = config_status(list);
    if (status)
        config_free(list);
    else
        *out = list;
    return status;
}

horn_status heads_print_loss(char **text, const horn_model *m, const model_head *heads)
{
    config *description = NULL;
    horn_status status = heads_describe_loss(&description, m, heads);
    if (!status) status = python_text(text, description);
    config_free(description);
    return status;
}
