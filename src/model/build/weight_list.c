/* The weights of a model, listed as layers are added. */
#include "base/memory.h"
#include "base/status.h"
#include "model/model.h"

static horn_status list_weight(horn_model *m, layer *l, size_t k, size_t place)
{
    weight *w = &l->weights[k];
    horn_status status = HORN_OK;
    TRY(memory_grow(&m->weights, m->weight_count, &m->weight_capacity, sizeof *m->weights));
    while (place >= m->keras_capacity)
        TRY(memory_grow(&m->keras_weights, m->keras_capacity, &m->keras_capacity, sizeof *m->keras_weights));
    w->layer = l;
    w->number = (uint32_t)m->weight_count;
    m->weights[m->weight_count] = w;
    m->keras_weights[place] = w;
    m->weight_count++;
done:
    return status;
}

static horn_status list_trained(horn_model *m, weight *w)
{
    horn_status status = memory_grow(&m->trained, m->trained_count, &m->trained_capacity, sizeof *m->trained);
    if (!status) m->trained[m->trained_count++] = w;
    return status;
}

static horn_status list_layer(horn_model *m, layer *l)
{
    horn_status status = HORN_OK;
    size_t first = 0, place = m->weight_count;
    for (size_t k = 0; k < l->weight_count; k++) first += l->weights[k].trainable;
    for (size_t k = 0, others = place + first; !status && k < l->weight_count; k++) {
        status = list_weight(m, l, k, l->weights[k].trainable ? place++ : others++);
        if (!status && layer_weight_trains(l, k)) status = list_trained(m, &l->weights[k]);
    }
    for (size_t i = 0; !status && i < l->inner_count; i++) status = list_layer(m, l->inner[i].layer);
    return status;
}

horn_status model_list_weights(horn_model *m, layer *l)
{
    const size_t count = m->weight_count, trained = m->trained_count;
    const horn_status status = list_layer(m, l);
    if (status) m->weight_count = count, m->trained_count = trained;
    return status;
}

weight *model_weight(const horn_model *m, size_t index)
{
    return index < m->weight_count ? m->keras_weights[index] : NULL;
}

weight *model_trained_weight(const horn_model *m, size_t index)
{
    return index < m->trained_count ? m->trained[index] : NULL;
}
