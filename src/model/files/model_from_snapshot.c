#include "model/heads.h"
#include "model/files/pair_weights.h"
#include "model/files/snapshot_of_model.h"
#include "model/train/progress.h"

#include <stdlib.h>
#include <string.h>
#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"
#include "config/python_text.h"
#include "layers/custom/custom_layer.h"
#include "optimizers/custom_optimizer.h"
#include "snapshot/index.h"

/* Adds an input layer if it has a name or if several layers may read it: else the first layer has the input shape. */
static horn_status add_input(horn_model *m, const snapshot *s)
{
    horn_input_options input = { .name = s->input_name, .dtype = *s->input_dtype ? s->input_dtype : NULL };
    for (int i = 0; i < s->input_rank; i++)
        input.input_shape[i] = s->input_shape[i] ? s->input_shape[i] : HORN_OPEN;
    return s->input_name || *s->input_dtype || s->calls ? horn_model_add(m, horn_input(&input)) : HORN_OK;
}

static horn_status make_layer(layer **out, const snapshot *s, size_t index)
{
    const snapshot_layer *from = &s->layers[index];
    config *arguments = from->arguments ? config_copy(from->arguments) : config_object();
    if (index == 0 && !s->calls)
        config_set(arguments, "batch_input_shape", config_batch_shape(s->input_shape, s->input_rank));
    horn_status status = config_status(arguments);
    if (!status) status = layer_new(out, from->class_name, arguments);
    config_free(arguments);
    return status;
}

/* Calls a layer of the snapshot: the next one that the model has not, or one that it has. */
static horn_status add_call(horn_model *m, const snapshot *s, const snapshot_call *c)
{
    layer *l = NULL;
    if (c->layer < m->layer_count) return model_call_layer(m, m->layers[c->layer], c->values, c->value_count);
    horn_status status = make_layer(&l, s, c->layer);
    return status ? status : model_add_layer(m, l, c->values, c->value_count);
}

static horn_status take_ends(horn_model *m, const snapshot_end *given, size_t count,
                             horn_status (*set)(horn_model *, const model_end *, size_t))
{
    model_end *ends = NULL;
    horn_status status = memory_new(&ends, count, sizeof *ends);
    for (size_t i = 0; !status && i < count; i++)
        ends[i] = (model_end){ .value = given[i].value, .key = given[i].key };
    if (!status) status = set(m, ends, count);
    free(ends);
    return status;
}

horn_status model_add_layers(horn_model *m, const snapshot *s)
{
    horn_status status = add_input(m, s);
    const size_t count = s->calls ? s->call_count : s->layer_count;
    m->is_functional = s->is_functional;
    m->input_batch = s->input_batch;
    for (size_t i = 0; i < count && !status; i++) {
        size_t before = i;
        const snapshot_call in_chain = { .layer = i, .values = &before, .value_count = 1 };
        status = add_call(m, s, s->calls ? &s->calls[i] : &in_chain);
    }
    if (!status && s->inputs) status = take_ends(m, s->inputs, s->input_count, model_set_inputs);
    if (!status && s->outputs) status = take_ends(m, s->outputs, s->output_count, model_set_outputs);
    return status;
}

/* Leaves out a part that is valid but unsupported; *why gets the error line. */
static horn_status leave_out(char **why, horn_status found)
{
    if (found != HORN_ERROR_UNSUPPORTED && found != HORN_ERROR_SHAPE) return found;
    return memory_copy_string(why, horn_last_error());
}

static horn_status take_metrics(model_head *h, const config *list, bool weighted)
{
    for (size_t i = 0; i < config_count(list); i++) {
        if (h->metric_count == HORN_MAX_METRICS)
            return fail(HORN_ERROR_UNSUPPORTED, "more than %d metrics of an output are not supported",
                        HORN_MAX_METRICS);
        horn_status status = metric_new(&h->metrics[h->metric_count], config_at(list, i));
        if (status) return status;
        h->metrics[h->metric_count++]->is_weighted = weighted;
        h->weighted_metrics += weighted;
    }
    return HORN_OK;
}

static horn_status take_head(model_head *h, const snapshot *s, size_t index)
{
    const config *l = snapshot_of_output(s, s->loss, index), *said = config_at(s->loss_weights, index);
    horn_status status = config_is_null(l) ? HORN_OK : loss_new(&h->loss, l);
    h->weight = 1;
    h->has_weight = config_number(said, &h->weight);
    if (!status) status = take_metrics(h, snapshot_of_output(s, s->metrics, index), false);
    if (!status) status = take_metrics(h, snapshot_of_output(s, s->weighted_metrics, index), true);
    return status;
}

/* An unknown optimizer is replaced by one that makes no step. */
static horn_status take_settings(horn_model *m, const snapshot *s, char **why)
{
    horn_status status = HORN_OK;
    optimizer *o = NULL;
    model_head *heads = NULL;
    /* Compiled without one of them: it cannot train. */
    if (!s->loss || !s->optimizer) return HORN_OK;
    TRY(memory_new(&heads, m->output_count, sizeof *heads));
    for (size_t i = 0; i < m->output_count; i++) TRY(take_head(&heads[i], s, i));
    TRY(leave_out(why, optimizer_new(&o, s->optimizer)));
    if (*why) TRY(optimizer_new_unknown(&o, s->optimizer));
    return model_compile_with(m, o, heads);
done:
    heads_free(heads, m->output_count);
    optimizer_free(o);
    return status;
}

static horn_status take_training(horn_model *m, const snapshot *s)
{
    const char *reason = snapshot_reason(s, PART_COMPILE);
    char *why = NULL;
    horn_status status = HORN_OK;
    if (reason)
        status = memory_copy_string(&why, reason);
    else if (s->parts & PART_COMPILE)
        status = take_settings(m, s, &why);
    if (status == HORN_ERROR_UNSUPPORTED) {
        free(why);
        why = NULL;
        status = leave_out(&why, status);
    }
    m->no_settings = why;
    return status;
}

/* Pairs slot k with the weights that train; copies it only if `copy`. */
static horn_status pair_slot(horn_model *m, size_t k, const snapshot_slot *slot, const char *name, bool copy)
{
    const weight *p;
    size_t i = 0;
    for (; (p = model_trained_weight(m, i)) && i < slot->tensor_count; i++) {
        if (!pair_fits(&slot->tensors[i], &p->shape))
            return pair_misfit(name, "optimizer variable of ", p->layer, p, &slot->tensors[i]);
        if (copy)
            memcpy(m->slots[k] + (p->value - m->values), slot->tensors[i].data,
                   snapshot_tensor_bytes(&slot->tensors[i]));
    }
    if (!p && i == slot->tensor_count) return HORN_OK;
    return fail(HORN_ERROR_UNSUPPORTED,
                "%s: optimizer %s has %zu variables '%s', model '%s' trains another number of weights", name,
                m->optimizer->class->name, slot->tensor_count, m->slot_names[k], m->name);
}

static horn_status pair_optimizer(horn_model *m, const snapshot *s, const char *name, bool copy)
{
    horn_status status = HORN_OK;
    /* The snapshot of a model that was never trained may have no slots. */
    for (size_t k = 0; !status && s->slot_count && k < m->slot_count; k++) {
        const snapshot_slot *slot = snapshot_find_slot(s, m->slot_names[k]);
        /* Files may name the slots of custom optimizers in any way. */
        if (!slot && s->slot_count == m->slot_count && custom_optimizer_class(m->optimizer->class->name))
            slot = &s->slots[k];
        status = slot ? pair_slot(m, k, slot, name, copy)
                      : fail(HORN_ERROR_UNSUPPORTED, "%s: optimizer %s has no variables '%s'", name,
                             m->optimizer->class->name, m->slot_names[k]);
    }
    return status;
}

static horn_status check_optimizer(horn_model *m, const snapshot *s, const char *name)
{
    if (s->iteration < 0)
        return fail(HORN_ERROR_FORMAT, "%s: the optimizer's iteration is %lld", name,
                    (long long)s->iteration);
    return pair_optimizer(m, s, name, false);
}

static void copy_optimizer(horn_model *m, const snapshot *s, const char *name)
{
    /* The caller has checked that it fits. */
    (void)!pair_optimizer(m, s, name, true);
    m->iteration = s->iteration;
    if (m->optimizer->class->product)
        m->product =
            s->has_product
                ? s->product
                : m->optimizer->class->product(m->optimizer, optimizer_steps(m->optimizer, s->iteration));
    free(m->no_state);
    m->no_state = NULL;
    if (s->has_learning_rate) m->optimizer->learning_rate = s->learning_rate;
}

static horn_status take_optimizer(horn_model *m, const snapshot *s, const char *name)
{
    horn_status status = check_optimizer(m, s, name);
    if (!status) copy_optimizer(m, s, name);
    return status;
}

/* For a model made from the same file: a state that cannot be taken fails only when the model trains. */
static horn_status take_state(horn_model *m, const snapshot *s, const char *name)
{
    const char *reason = snapshot_reason(s, PART_OPTIMIZER);
    if (s->parts & PART_OPTIMIZER) return leave_out(&m->no_state, take_optimizer(m, s, name));
    if (reason) return memory_copy_string(&m->no_state, reason);
    if (!(s->unread & PART_OPTIMIZER)) return HORN_OK;
    return leave_out(&m->no_state, fail(HORN_ERROR_UNSUPPORTED,
                                        "%s: nothing in it says what the optimizer's variables mean", name));
}

static bool is_of_other_class(const horn_model *m, const snapshot *s)
{
    const char *found = config_get_string(s->optimizer, "class_name");
    return found && strcmp(found, optimizer_name(m->optimizer)) != 0;
}

horn_status model_take_weights(horn_model *m, const snapshot *s, const char *name)
{
    /* A file that has no other settings may be of another optimizer; the model keeps its own. */
    const bool other = !(s->parts & PART_COMPILE) && s->optimizer && m->optimizer && is_of_other_class(m, s);
    const bool both = s->parts & PART_OPTIMIZER && m->optimizer && !other;
    horn_status status = HORN_OK;
    pairing *pairs = NULL;
    TRY(pairing_new(&pairs, m, s, name));
    if (both) TRY(check_optimizer(m, s, name));
    if (both) copy_optimizer(m, s, name);
    pairing_copy(pairs);
    free(m->no_weights);
    m->no_weights = NULL;
done:
    pairing_free(pairs);
    return status;
}

static horn_status lacks(const char *name, const char *what)
{
    return fail(HORN_ERROR_UNSUPPORTED, "%s: holds no %s, nothing to resume from", name, what);
}

/* Fails if the classes differ: optimizers share names of variables, so the wrong ones would be accepted. */
static horn_status check_class(const horn_model *m, const snapshot *s, const char *name)
{
    if (!is_of_other_class(m, s)) return HORN_OK;
    return fail(HORN_ERROR_ARGUMENT, "%s: was trained by optimizer %s, model '%s' has %s", name,
                config_get_string(s->optimizer, "class_name"), m->name, optimizer_name(m->optimizer));
}

horn_status model_take_run(horn_model *m, const snapshot *s, const char *name)
{
    if (!(s->parts & PART_WEIGHTS)) return lacks(name, "weights");
    if (!(s->parts & PART_OPTIMIZER)) return lacks(name, "optimizer state");
    if (!(s->parts & PART_PROGRESS)) return lacks(name, "progress of a run");
    horn_status status = HORN_OK;
    pairing *pairs = NULL;
    TRY(check_class(m, s, name));
    TRY(pairing_new(&pairs, m, s, name));
    TRY(check_optimizer(m, s, name));
    TRY(progress_read(m, s->progress, s->iteration, name));
    copy_optimizer(m, s, name);
    pairing_copy(pairs);
done:
    pairing_free(pairs);
    return status;
}

static horn_status note_no_weights(horn_model *m, const char *name)
{
    bytes line = { 0 };
    bytes_print(&line, "%s: untrained weights, it is an architecture alone", name);
    horn_status status = bytes_status(&line);
    if (!status) status = memory_copy_string(&m->no_weights, bytes_text(&line));
    bytes_free(&line);
    return status;
}

static horn_status take_class_names(horn_model *m, const config *list)
{
    const char **texts;
    size_t count = 0;
    if (!list) return HORN_OK;
    horn_status status = memory_new(&texts, config_count(list), sizeof *texts);
    if (status) return status;
    for (const config *text = config_at(list, 0); text; text = config_next(text))
        texts[count++] = config_string(text);
    status = class_names_copy(&m->class_names, texts, count);
    free(texts);
    return status;
}

horn_status model_from_snapshot(horn_model **out, const snapshot *s, const horn_load_options *options,
                                const char *name)
{
    horn_status status = HORN_OK;
    horn_model *m = NULL;
    horn_load_options given = options ? *options : (horn_load_options){ 0 };
    horn_sequential_options sequential = { .name = s->name, .seed = given.seed, .threads = given.threads };
    pairing *pairs = NULL;
    TRY(horn_sequential_new(&m, &sequential));
    m->input_divisor = s->input_divisor;
    TRY(take_class_names(m, s->class_names));
    TRY(model_add_layers(m, s));
    /* Checks before it allocates, so that memory stays within the file's size. */
    if (s->parts & PART_WEIGHTS) TRY(pairing_new(&pairs, m, s, name));
    TRY(pairs ? model_build_unfilled(m) : model_build(m));
    if (pairs)
        pairing_copy(pairs);
    else
        TRY(note_no_weights(m, name));
    if (!given.no_compile) TRY(take_training(m, s));
    if (!m->loss_text) TRY(python_text(&m->loss_text, s->loss));
    if (m->optimizer && !m->optimizer->unknown && !given.fresh_optimizer) TRY(take_state(m, s, name));
    *out = m;
    m = NULL;
done:
    pairing_free(pairs);
    horn_model_free(m);
    return status;
}
