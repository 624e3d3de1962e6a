/* The weights of a model: listed as layers are added; on building, packed into blocks and filled by their initializers. */
#include "model/model.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "model/use.h"
#include "tensor/random.h"

void model_free_weights(horn_model *m)
{
    free(m->weights);
    free(m->keras_weights);
    free(m->trained);
    free(m->values);
    free(m->gradients);
    free(m->frozen);
}

/* ---- blocks ---- */

static size_t padded(const shape *s)
{
    return (shape_count(s) + 15) & ~(size_t)15;
}

static size_t place_of(const weight *w)
{
    return (size_t)(w - w->layer->weights);
}

static bool trains(const weight *w)
{
    return layer_weight_trains(w->layer, place_of(w));
}

static horn_status count_floats(horn_model *m)
{
    const size_t most = SIZE_MAX / 64;
    m->trainable_floats = m->frozen_floats = 0;
    for (size_t i = 0; i < m->weight_count; i++) {
        size_t *total = trains(m->weights[i]) ? &m->trainable_floats : &m->frozen_floats;
        size_t floats = padded(&m->weights[i]->shape);
        if (floats > most - *total) return fail_memory("weights", SIZE_MAX);
        *total += floats;
    }
    return HORN_OK;
}

/* Number of the random stream of a weight's initializer. Each layer of the model has eight streams, as in every earlier version,
 * so that initial weights do not change; weights after a layer's eighth, and those of layers inside a layer, use their own number,
 * with the highest bit set. */
static uint32_t stream_of(const weight *w)
{
    const uint32_t place = (uint32_t)place_of(w);
    return place < 8 && !w->layer->is_inside ? w->layer->index * 8 + place : UINT32_C(1) << 31 | w->number;
}

/* `fills`: by the initializers; else all are zeros, and the caller sets them. */
static horn_status place_and_fill(horn_model *m, bool fills)
{
    size_t trainable = 0, frozen = 0;
    for (size_t i = 0; i < m->weight_count; i++) {
        weight *w = m->weights[i];
        size_t *at = trains(w) ? &trainable : &frozen;
        w->value = (trains(w) ? m->values : m->frozen) + *at;
        w->gradient = trains(w) ? m->gradients + *at : NULL;
        *at += padded(&w->shape);
        if (!fills) continue;
        const random_key key = random_key_make(m->seed, RANDOM_INITIALIZER, stream_of(w));
        horn_status status =
            initializer_fill(&w->initializer, key, w->fan_in, w->fan_out, &w->shape, w->value);
        if (status) return status;
        for (size_t k = w->ones.first; k < w->ones.end; k++) w->value[k] = 1;
    }
    return HORN_OK;
}

static horn_status build(horn_model *m, bool fills)
{
    horn_status status = HORN_OK;
    float *values = NULL, *gradients = NULL, *frozen = NULL;
    if (m->built) return HORN_OK;
    if (!m->layer_count) return fail(HORN_ERROR_ARGUMENT, "model '%s' has no layers", m->name);
    TRY(model_settle_ends(m));
    TRY(model_check_values(m));
    if (m->is_called) {
        TRY(model_order_layers(m));
        TRY(model_settle_ends(m));
    }
    TRY(count_floats(m));
    TRY(memory_new_aligned(&values, m->trainable_floats, sizeof *values));
    TRY(memory_new_aligned(&gradients, m->trainable_floats, sizeof *gradients));
    TRY(memory_new_aligned(&frozen, m->frozen_floats, sizeof *frozen));
    m->values = values;
    m->gradients = gradients;
    m->frozen = frozen;
    TRY(place_and_fill(m, fills));
    TRY(model_make_states(m));
    m->built = true;
    return HORN_OK;
done:
    for (size_t i = 0; i < m->weight_count; i++) m->weights[i]->value = m->weights[i]->gradient = NULL;
    m->values = m->gradients = m->frozen = NULL;
    free(values);
    free(gradients);
    free(frozen);
    return status;
}

horn_status model_build(horn_model *m)
{
    return build(m, true);
}

horn_status model_build_unfilled(horn_model *m)
{
    return build(m, false);
}

/* ---- the public API ---- */

size_t horn_model_weight_count(const horn_model *m)
{
    return m ? m->weight_count : 0;
}

static horn_status get_weight(horn_model *m, size_t index, horn_weight *out)
{
    horn_status status = model_build(m);
    if (status) return status;
    const weight *w = model_weight(m, index);
    if (!w)
        return fail(HORN_ERROR_ARGUMENT, "weight %zu: model '%s' has %zu", index, m->name, m->weight_count);
    *out = (horn_weight){ .layer = w->layer->name, .name = w->name, .trainable = w->trainable };
    out->view = (horn_view){ .data = w->value, .dtype = HORN_FLOAT32, .rank = w->shape.rank };
    memcpy(out->view.shape, w->shape.dim, sizeof out->view.shape);
    return HORN_OK;
}

horn_status horn_model_get_weight(horn_weight *out, horn_model *m, size_t index)
{
    NEED(out, "out");
    horn_status status = model_enter(m, __func__, false);
    if (status) return status;
    status = get_weight(m, index, out);
    return model_leave(m, status);
}

static horn_status set_weight(horn_model *m, size_t index, const horn_view *value)
{
    horn_weight own;
    horn_status status = get_weight(m, index, &own);
    if (status) return status;
    if (value->dtype != HORN_FLOAT32)
        return fail(HORN_ERROR_ARGUMENT, "weight %zu: dtype is %s, expected float32", index,
                    horn_dtype_name(value->dtype));
    if (value->rank != own.view.rank ||
        memcmp(value->shape, own.view.shape, (size_t)value->rank * sizeof *value->shape) != 0)
        return fail(HORN_ERROR_SHAPE, "weight %zu (%s/%s): the shape does not fit", index, own.layer,
                    own.name);
    weight *w = model_weight(m, index);
    memcpy(w->value, value->data, horn_view_count(value) * sizeof(float));
    w->is_missing = false;
    return HORN_OK;
}

horn_status horn_model_set_weight(horn_model *m, size_t index, const horn_view *value)
{
    NEED(value, "value");
    NEED(value->data, "value->data");
    horn_status status = model_enter(m, __func__, false);
    if (status) return status;
    status = set_weight(m, index, value);
    return model_leave(m, status);
}
