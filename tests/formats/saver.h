/* The model that the checkpoints by names are of. */
#ifndef TESTS_FORMATS_SAVER_H
#define TESTS_FORMATS_SAVER_H

#include "formats/checkpoints.h"

static inline void add_layer(snapshot *s, const char *name, size_t in, size_t out, bool norm)
{
    static const char *const norms[] = { "gamma", "beta", "moving_mean", "moving_variance" };
    snapshot_layer *layer;
    snapshot_tensor *t;
    horn_view kernel = { .rank = 2, .shape = { in, out } }, row = { .rank = 1, .shape = { out } };
    ck_ok(snapshot_add_layer(s, NULL, name, &layer));
    if (!norm) ck_ok(snapshot_layer_add(layer, "kernel", &kernel, &t));
    if (!norm) t->trainable = true;
    for (size_t i = 0; i < (norm ? 4 : 1); i++) {
        ck_ok(snapshot_layer_add(layer, norm ? norms[i] : "bias", &row, &t));
        t->trainable = !norm || i < 2;
    }
}

/* A model with an optimizer; class_name NULL: not compiled. */
static inline snapshot *make_target(const char *class_name, const char *arguments, bool norm)
{
    snapshot *s;
    config *given;
    ck_ok(snapshot_new(&s));
    s->parts = PART_WEIGHTS;
    add_layer(s, "dense", 3, 4, false);
    if (norm) add_layer(s, "batch_normalization", 4, 4, true);
    add_layer(s, "dense_1", 4, 2, false);
    if (!class_name) return s;
    ck_ok(config_parse(&given, arguments, strlen(arguments), "arguments"));
    s->optimizer = config_object();
    config_set_string(s->optimizer, "class_name", class_name);
    config_set(s->optimizer, "config", given);
    s->parts |= PART_COMPILE;
    return s;
}

#endif
