/* Layers of tests: from their class name and config as JSON text, and those that are refused. */
#ifndef TESTS_MAKE_LAYER_H
#define TESTS_MAKE_LAYER_H

#include "conformance/harness.h"
#include "conformance/sample.h"

static inline const sample_set *all(void)
{
    return samples_of("layers");
}

/* A layer that holds others has no call of its own, nor has a cell outside an RNN. */
static inline bool has_no_call(size_t sample)
{
    const layer_class *class = layer_class_by_name(all()->at[sample].name);
    return class->expand || class->flags & LAYER_IS_CELL;
}

static inline layer *make_layer(const char *name, const char *json)
{
    config *arguments = sample_parse(json);
    layer *l = NULL;
    ck_ok(layer_new(&l, name, arguments));
    config_free(arguments);
    return l;
}

static inline void check_refused(const char *name, const char *json, horn_status expected, const char *words)
{
    config *arguments = sample_parse(json);
    layer *l = NULL;
    ck_fails(layer_new(&l, name, arguments), expected, words);
    ck_assert_ptr_null(l);
    config_free(arguments);
}

#endif
