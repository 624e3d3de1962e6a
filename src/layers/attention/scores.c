#include "layers/attention/scores.h"

#include <string.h>
#include "functions/softmax.h"
#include "tensor/random.h"

const unsigned char *score_mask_of(const tensor *x, size_t k, size_t sample)
{
    return x[k].mask ? x[k].mask + sample * x[k].shape.dim[0] : NULL;
}

void scores_weigh(size_t T, size_t S, const score_mask *m, float *scores)
{
    for (size_t t = 0; t < T; t++)
        for (size_t s = 0; s < S; s++)
            if ((m->queries && !m->queries[t]) || (m->values && !m->values[s]) || (m->keys && !m->keys[s]) ||
                (m->is_causal && s > t))
                scores[t * S + s] -= 1e9f;
    for (size_t t = 0; t < T; t++, scores += S) softmax_row(S, scores, softmax_max(S, scores), scores);
}

/* ds = p (dp - sum of p dp) */
void scores_back(size_t T, size_t S, const float *weights, float *gradient)
{
    for (size_t t = 0; t < T; t++, weights += S, gradient += S) {
        float sum = 0;
        for (size_t s = 0; s < S; s++) sum += weights[s] * gradient[s];
        for (size_t s = 0; s < S; s++) gradient[s] = weights[s] * (gradient[s] - sum);
    }
}

void scores_drop(const call *c, const lane *own, size_t sample, size_t n, double rate, const float *weights,
                 float *dropped, uint8_t *mask)
{
    const random_key key = random_key_make(own->seed, RANDOM_DROPOUT, c->number);
    random_dropout(key, own->step, own->first + sample, n, (float)rate, weights, dropped, mask);
}

void scores_hand_on(const call *c, const tensor *x, unsigned char *y_mask)
{
    const size_t positions = x->rows * c->outputs->dim[0];
    if (x[0].mask)
        memcpy(y_mask, x[0].mask, positions);
    else
        memset(y_mask, 1, positions);
}

void scores_read_arguments(layer *l, config_reader *r, double *dropout, bool *is_causal)
{
    layer_read_rate(r, "dropout", dropout);
    layer_keep(l, r, "seed");
    config_read_boolean(r, "use_causal_mask", is_causal);
}
