/* An optimizer from its description as JSON text. */
#ifndef TESTS_MAKE_OPTIMIZER_H
#define TESTS_MAKE_OPTIMIZER_H

#include "conformance/sample.h"
#include "optimizers/optimizer.h"

/* Every argument said, and what is described if none is. */
static const char *said(const char *name)
{
    return sample_named("optimizers", name)->config;
}

static const char *defaults(const char *name)
{
    const char *text = sample_named("optimizers", name)->defaults;
    ck_assert_msg(text != NULL, "%s: its sample has no default", name);
    return text;
}

static inline optimizer *read_optimizer(const char *json)
{
    config *description = sample_parse(json);
    optimizer *o = NULL;
    ck_ok(optimizer_new(&o, description));
    config_free(description);
    return o;
}

static inline optimizer *make_optimizer(const char *name, const char *arguments)
{
    char json[512];
    snprintf(json, sizeof json, "{\"class_name\": \"%s\", \"config\": %s}", name, arguments);
    return read_optimizer(json);
}

#endif
