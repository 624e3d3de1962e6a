/* A layer from its class name and its config as JSON text. */
#ifndef TESTS_MAKE_IMAGE_LAYER_H
#define TESTS_MAKE_IMAGE_LAYER_H

#include "conformance/harness.h"
#include "conformance/sample.h"

static inline layer *make_layer(const char *name, const char *json)
{
    config *arguments = sample_parse(json);
    layer *l = NULL;
    ck_ok(layer_new(&l, name, arguments));
    config_free(arguments);
    return l;
}

#endif
