/* Statistics of data for a Normalization, as Keras' adapt computes them. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "model/model.h"
#include "model/use.h"
#include "tensor/broadcast.h"
#include "tensor/view.h"

enum { MEAN, VARIANCE, COUNT };

static horn_status find(const horn_model *m, const char *name, const call **out)
{
    for (size_t i = 0; i < m->layer_count; i++) {
        *out = m->calls->at[m->values_of_nodes[m->first_nodes[i] + 1] - 1];
        if (strcmp(m->layers[i]->name, name) != 0) continue;
        if (strcmp(m->layers[i]->class->name, "Normalization") == 0 && m->layers[i]->weight_count)
            return HORN_OK;
        return layer_fail(m->layers[i], HORN_ERROR_ARGUMENT, "has no mean and variance to adapt");
    }
    return fail(HORN_ERROR_ARGUMENT, "model '%s' has no layer '%s'", m->name, name);
}

/* The data's sizes where the layer's input leaves them open. */
static horn_status check(const call *c, const horn_view *x, shape *sample)
{
    char found[SHAPE_TEXT], expected[SHAPE_TEXT];
    *sample = (shape){ .rank = x->rank - 1 };
    if (x->rank > 0) memcpy(sample->dim, x->shape + 1, (size_t)sample->rank * sizeof *sample->dim);
    if (shape_fits(sample, c->inputs) && horn_view_count(x) > 0) return HORN_OK;
    return layer_fail(c->layer, HORN_ERROR_SHAPE, "x has samples of shape %s, expected some of %s",
                      shape_print(found, sample), shape_print(expected, c->inputs));
}

/* sums[count] += x, or (x - mean)^2 if there are means. */
static void add_up(const broadcast *b, const horn_view *x, const double *means, double *sums)
{
    for (size_t line = 0; line < x->shape[0] * b->lines; line++) {
        const size_t at = broadcast_at(b, line % b->lines);
        for (size_t i = 0; i < b->width; i++) {
            const size_t k = at + i * b->step;
            const double value = view_number(x, line * b->width + i);
            sums[k] += means ? (value - means[k]) * (value - means[k]) : value;
        }
    }
}

static horn_status adapt(horn_model *m, const char *name, const horn_view *x)
{
    horn_status status = HORN_OK;
    const call *c = NULL;
    shape sample;
    double *sums = NULL;
    TRY(model_build(m));
    TRY(find(m, name, &c));
    TRY(check(c, x, &sample));
    const layer *l = c->layer;
    const broadcast *along = c->own;
    unsigned axes = 0;
    for (int i = 0; i < sample.rank; i++) axes |= (unsigned)(along->stride[i] > 0) << i;
    const broadcast b = broadcast_along(&sample, axes);
    const double each = (double)horn_view_count(x) / (double)b.count;
    TRY(memory_new(&sums, 2 * b.count, sizeof *sums));
    add_up(&b, x, NULL, sums);
    for (size_t k = 0; k < b.count; k++) sums[k] /= each;
    add_up(&b, x, sums, sums + b.count);
    for (size_t k = 0; k < b.count; k++) {
        l->weights[MEAN].value[k] = (float)sums[k];
        l->weights[VARIANCE].value[k] = (float)(sums[b.count + k] / each);
    }
    l->weights[COUNT].value[0] = (float)each;
    for (int i = MEAN; i <= COUNT; i++) l->weights[i].is_missing = false;
done:
    free(sums);
    return status;
}

horn_status horn_model_adapt(horn_model *m, const char *name, const horn_view *x)
{
    NEED(name, "layer");
    NEED(x, "x");
    NEED(x->data, "x->data");
    horn_status status = model_enter(m, __func__, true);
    if (status) return status;
    return model_leave(m, adapt(m, name, x));
}
