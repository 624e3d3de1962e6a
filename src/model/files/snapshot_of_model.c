#include "model/heads.h"
#include "model/files/snapshot_of_model.h"
#include "model/train/progress.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

static horn_view view_of(const shape *s, const float *data)
{
    horn_view v = { .data = data, .dtype = HORN_FLOAT32, .rank = s->rank };
    memcpy(v.shape, s->dim, (size_t)s->rank * sizeof *s->dim);
    return v;
}

horn_status model_add_holders(snapshot_layer *added, const layer *l)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; i < layer_holder_count(l) && !status; i++) {
        const layer_holder *h = &l->class->holders[i];
        snapshot_layer *inner;
        status = snapshot_add_inner(added, h->attribute, added->class_name ? h->class_name : NULL, h->name,
                                    &inner);
        if (status || !added->arguments) continue;
        inner->arguments = config_copy(added->arguments);
        status = config_status(inner->arguments);
    }
    return status;
}

static horn_status add_weight(snapshot_layer *added, const weight *p, snapshot_tensor **kept)
{
    horn_view v = view_of(&p->shape, p->value);
    if (!p->is_whole) return snapshot_layer_borrow(added, p->name, &v, kept);
    v.dtype = HORN_INT64;
    v.data = NULL;
    horn_status status = snapshot_layer_add(added, p->name, &v, kept);
    for (size_t i = 0; !status && p->value && i < shape_count(&p->shape); i++)
        ((int64_t *)(*kept)->data)[i] = (int64_t)p->value[i];
    return status;
}

/* Trainable weights first, as in Keras. */
static horn_status add_weights(snapshot_layer *out, const layer *l, range part)
{
    horn_status status = HORN_OK;
    snapshot_tensor *kept;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = part.first; !status && i < part.end; i++) {
            const weight *p = &l->weights[i];
            if (p->trainable != (pass == 0)) continue;
            status = add_weight(out, p, &kept);
            if (status) break;
            strcpy(kept->axes, p->axes);
            kept->trainable = p->gradient != NULL;
        }
    return status;
}

static horn_status fill_layer(snapshot_layer *out, const layer *l, unsigned parts)
{
    horn_status status = HORN_OK;
    const size_t holders = layer_holder_count(l);
    if (parts & PART_ARCHITECTURE) status = layer_describe(l, &out->arguments);
    if (!status) status = model_add_holders(out, l);
    if (!status && !holders && parts & PART_WEIGHTS)
        status = add_weights(out, l, (range){ 0, l->weight_count });
    for (size_t i = 0; i < holders && !status && parts & PART_WEIGHTS; i++)
        status = add_weights(&out->inner[i], l, layer_held_weights(l, i));
    for (size_t i = 0; !status && i < l->inner_count; i++) {
        const layer *inner = l->inner[i].layer;
        snapshot_layer *added;
        status =
            snapshot_add_inner(out, l->inner[i].attribute,
                               parts & PART_ARCHITECTURE ? inner->class->name : NULL, inner->name, &added);
        if (!status) status = fill_layer(added, inner, parts);
    }
    return status;
}

static horn_status add_layer(snapshot *s, const layer *l, unsigned parts)
{
    snapshot_layer *added;
    const horn_status status =
        snapshot_add_layer(s, parts & PART_ARCHITECTURE ? l->class->name : NULL, l->name, &added);
    return status ? status : fill_layer(added, l, parts);
}

/* Appends a head's metrics, or its weighted ones, to a list. */
static horn_status describe_metrics(config *list, const model_head *h, bool weighted)
{
    horn_status status = HORN_OK;
    const size_t plain = h->metric_count - h->weighted_metrics;
    for (size_t i = weighted ? plain : 0; !status && i < (weighted ? h->metric_count : plain); i++) {
        config *described;
        status = metric_describe(h->metrics[i], &described);
        if (!status) config_append(list, described);
    }
    return status;
}

static horn_status copy_metrics(config **out, const horn_model *m, bool weighted)
{
    horn_status status = HORN_OK;
    config *list = *out = config_list();
    for (size_t i = 0; !status && i < m->output_count; i++) {
        config *of_output = m->output_count > 1 ? config_list() : list;
        status = describe_metrics(of_output, &m->heads[i], weighted);
        if (of_output != list) config_append(list, of_output);
    }
    return status ? status : config_status(list);
}

static horn_status copy_weights(snapshot *s, const horn_model *m)
{
    bool given = false;
    for (size_t i = 0; i < m->output_count; i++) given |= m->heads[i].has_weight;
    if (!given) return HORN_OK;
    s->loss_weights = config_list();
    for (size_t i = 0; i < m->output_count; i++) config_append_number(s->loss_weights, m->heads[i].weight);
    return config_status(s->loss_weights);
}

static horn_status copy_training(snapshot *s, const horn_model *m)
{
    bool weighted = false;
    horn_status status = heads_describe_loss(&s->loss, m, m->heads);
    for (size_t i = 0; i < m->output_count; i++) weighted |= m->heads[i].weighted_metrics > 0;
    if (!status) status = copy_weights(s, m);
    if (!status) status = optimizer_describe(m->optimizer, &s->optimizer);
    if (!status) status = copy_metrics(&s->metrics, m, false);
    if (!status && weighted) status = copy_metrics(&s->weighted_metrics, m, true);
    return status;
}

static bool is_average(const horn_model *m, size_t slot)
{
    return m->optimizer->use_ema && slot == optimizer_average_slot(m->optimizer, m->slot_count);
}

static horn_status add_optimizer(snapshot *s, const horn_model *m)
{
    horn_status status = HORN_OK;
    s->iteration = m->iteration;
    s->has_product = m->optimizer->class->product != NULL;
    if (s->has_product) s->product = m->product;
    for (size_t k = 0; !status && k < m->slot_count; k++) {
        snapshot_slot *slot;
        snapshot_tensor *kept;
        const weight *p;
        status = snapshot_add_slot(s, m->slot_names[k], &slot);
        for (size_t i = 0; !status && (p = model_trained_weight(m, i)); i++) {
            /* Before the first step an average is that of the weights, as Keras 2 has it; Keras 3 does not look. */
            const float *from = m->iteration == 0 && is_average(m, k) ? m->values : m->slots[k];
            horn_view v = view_of(&p->shape, from + (p->value - m->values));
            status = snapshot_slot_borrow(slot, p->name, &v, &kept);
        }
    }
    return status;
}

/* A chain has no list of calls. */
static horn_status add_calls(snapshot *s, const horn_model *m)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; i < m->node_count && !status; i++) {
        const model_node *n = &m->nodes[i];
        snapshot_call *added;
        status = snapshot_add_call(s, n->layer->index, n->input_count, &added);
        if (!status) memcpy(added->values, n->inputs, n->input_count * sizeof *n->inputs);
    }
    return status;
}

static bool has_keys(const model_end *ends, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (ends[i].key) return true;
    return false;
}

/* A model with one input and one output has no list of them. */
static horn_status add_ends(snapshot *s, const horn_model *m)
{
    horn_status status = HORN_OK;
    snapshot_end ends[HORN_MAX_INPUTS > HORN_MAX_OUTPUTS ? HORN_MAX_INPUTS : HORN_MAX_OUTPUTS];
    const bool keys = has_keys(m->inputs, m->input_count) || has_keys(m->outputs, m->output_count);
    if (!model_has_several_ends(m) && !keys) return HORN_OK;
    for (size_t i = 0; i < m->input_count; i++)
        ends[i] = (snapshot_end){ m->inputs[i].value, m->inputs[i].key };
    TRY(snapshot_set_inputs(s, ends, m->input_count));
    for (size_t i = 0; i < m->output_count; i++)
        ends[i] = (snapshot_end){ m->outputs[i].value, m->outputs[i].key };
    TRY(snapshot_set_outputs(s, ends, m->output_count));
done:
    return status;
}

static horn_status describe_class_names(snapshot *s, const horn_model *m)
{
    if (!m->class_names.count) return HORN_OK;
    s->class_names = config_list();
    for (size_t i = 0; i < m->class_names.count; i++)
        config_append_string(s->class_names, m->class_names.at[i]);
    return config_status(s->class_names);
}

horn_status snapshot_borrow_model(snapshot **out, const horn_model *m, unsigned parts)
{
    horn_status status = HORN_OK;
    snapshot *s = NULL;
    if (!m->heads) parts &= ~(unsigned)(PART_COMPILE | PART_OPTIMIZER | PART_PROGRESS);
    TRY(snapshot_new(&s));
    s->parts = parts;
    TRY(memory_copy_string(&s->name, m->name));
    s->is_functional = m->is_functional;
    const char *dtype = m->input_layer ? config_get_string(m->input_layer->kept, "dtype") : NULL;
    if (dtype) strcpy(s->input_dtype, dtype);
    if (m->input_layer && m->input_layer->name) TRY(memory_copy_string(&s->input_name, m->input_layer->name));
    s->input_rank = m->calls->input.rank;
    memcpy(s->input_shape, m->calls->input.dim, sizeof s->input_shape);
    s->input_divisor = m->input_divisor;
    TRY(describe_class_names(s, m));
    s->input_batch = m->input_batch;
    for (size_t i = 0; i < m->layer_count; i++) TRY(add_layer(s, m->layers[i], parts));
    if (!model_is_chain(m) || model_output_count(m) > 1) TRY(add_calls(s, m));
    TRY(add_ends(s, m));
    if (parts & PART_OPERATIONS) TRY(model_describe_operations(s, m));
    if (parts & PART_COMPILE) TRY(copy_training(s, m));
    if (parts & PART_OPTIMIZER) TRY(add_optimizer(s, m));
    if (parts & PART_PROGRESS) TRY(progress_describe(m, &s->progress));
    *out = s;
    return HORN_OK;
done:
    snapshot_free(s);
    return status;
}

horn_status snapshot_of_model(snapshot **out, const horn_model *m, unsigned parts)
{
    horn_status status = HORN_OK;
    snapshot *s = NULL;
    TRY(snapshot_borrow_model(&s, m, parts));
    TRY(snapshot_copy_borrowed(s));
    *out = s;
    s = NULL;
done:
    snapshot_free(s);
    return status;
}
