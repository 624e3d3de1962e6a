/* What all optimizers do before their step: clip the gradient, then decay the weights, or, as PyTorch does, add the decay to the
 * gradient. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/kernel.h"
#include "optimizers/optimizer.h"

size_t optimizer_slot_names(const optimizer *o, const char *names[OPTIMIZER_ALL_SLOTS])
{
    size_t count = o->class->slot_names(o, names);
    if (o->use_ema) names[count++] = "average";
    if (o->accumulation) names[count++] = "gradient_accumulator";
    return count;
}

size_t optimizer_average_slot(const optimizer *o, size_t slot_count)
{
    return slot_count - 1 - (o->accumulation > 0);
}

float optimizer_slot_start(const optimizer *o, size_t index)
{
    const char *names[OPTIMIZER_MAX_SLOTS];
    return o->class->slot_start && index < o->class->slot_names(o, names) ? o->class->slot_start(o, index)
                                                                          : 0;
}

int64_t optimizer_steps(const optimizer *o, int64_t batches)
{
    return o->accumulation ? batches / (int64_t)o->accumulation : batches;
}

float optimizer_learning_rate(const optimizer *o, int64_t iteration)
{
    return o->schedule.class ? schedule_value(&o->schedule, iteration) : o->learning_rate;
}

clipping optimizer_clips_norms(const optimizer *o)
{
    if (o->clipnorm > 0) return CLIP_EACH_NORM;
    return o->global_clipnorm > 0 ? CLIP_GLOBAL_NORM : CLIP_NO_NORM;
}

bool optimizer_excludes(const optimizer *o, const char *layer, const char *weight)
{
    char path[512];
    if (!o->excluded) return false;
    snprintf(path, sizeof path, "%.250s/%.250s", layer ? layer : "", weight);
    for (size_t i = 0; i < config_count(o->excluded); i++)
        if (strstr(path, config_string(config_at(o->excluded, i)))) return true;
    return false;
}

bool optimizer_skips_rows(const optimizer *o)
{
    return o->class->skips_rows && !(o->weight_decay > 0) && !o->accumulation && !o->use_ema &&
           o->class->skips_rows(o);
}

/* Separate sums, so that the loop fills vectors and the order of additions never changes. */
enum { SUMS = 16 };

KERNEL static void add_squares(size_t n, const float *restrict g, double *restrict sums)
{
    for (size_t i = 0; i < n; i += SUMS)
        for (size_t k = 0; k < SUMS; k++) sums[k] += (double)g[i + k] * (double)g[i + k];
}

double optimizer_sum_squares(size_t n, const float *g)
{
    double sums[SUMS] = { 0 }, sum = 0;
    float rest[SUMS] = { 0 };
    const size_t whole = n - n % SUMS;
    for (size_t i = whole; i < n; i++) rest[i - whole] = g[i];
    add_squares(whole, g, sums);
    add_squares(SUMS, rest, sums);
    for (size_t k = 0; k < SUMS; k++) sum += sums[k];
    return sum;
}

/* Keeps NaN. */
KERNEL static void clip_values(size_t n, float most, float *restrict g)
{
    for (size_t i = 0; i < n; i++) {
        const float low = g[i] < -most ? -most : g[i];
        g[i] = low > most ? most : low;
    }
}

KERNEL static void multiply(size_t n, float factor, float *restrict g)
{
    for (size_t i = 0; i < n; i++) g[i] *= factor;
}

KERNEL static void multiply_and_divide(size_t n, float factor, float divisor, float *restrict g)
{
    for (size_t i = 0; i < n; i++) g[i] = g[i] * factor / divisor;
}

KERNEL static void decay(size_t n, float rate, float learning_rate, float *restrict w)
{
    for (size_t i = 0; i < n; i++) w[i] -= w[i] * rate * learning_rate;
}

KERNEL static void add_decay(size_t n, float rate, const float *restrict w, float *restrict g)
{
    for (size_t i = 0; i < n; i++) g[i] += rate * w[i];
}

/* As TensorFlow's clip_by_norm and clip_by_global_norm: a norm of NaN makes the gradient NaN. */
static void clip(const optimizer *o, const step_info *info, size_t n, float *g)
{
    const float norm = info->norm, each = (float)o->clipnorm, all = (float)o->global_clipnorm;
    if (each > 0) {
        multiply_and_divide(n, each, norm <= each ? each : norm, g);
    } else if (all > 0) {
        const float inverse = 1 / norm, most = 1 / all;
        multiply(n, all * (inverse < most ? inverse : most) + (norm - norm), g);
    } else if (o->clipvalue > 0) {
        clip_values(n, (float)o->clipvalue, g);
    }
}

void optimizer_update(const optimizer *o, const step_info *info, size_t n, float *w, float *g,
                      float *const *slots)
{
    clip(o, info, n, g);
    const bool decays = o->weight_decay > 0 && !info->is_excluded;
    if (decays && o->torch_rule && !o->class->decays_apart)
        add_decay(n, (float)o->weight_decay, w, g);
    else if (decays)
        decay(n, (float)o->weight_decay, info->learning_rate, w);
    o->class->step(o, info, n, w, g, slots);
}

KERNEL static void move_average(size_t n, float momentum, const float *restrict w, float *restrict average)
{
    const float rest = 1 - momentum;
    for (size_t i = 0; i < n; i++) average[i] = momentum * average[i] + rest * w[i];
}

void optimizer_average(const optimizer *o, int64_t steps, size_t n, float *w, float *average)
{
    if (steps == 0 && !o->ema_starts_before)
        memcpy(average, w, n * sizeof *w);
    else
        move_average(n, (float)o->ema_momentum, w, average);
    if (o->ema_overwrite_frequency && (steps + 1) % (int64_t)o->ema_overwrite_frequency == 0)
        memcpy(w, average, n * sizeof *w);
}
