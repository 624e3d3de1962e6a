#include "optimizers/optimizer.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/memory.h"
#include "base/status.h"
#include "config/keras_object.h"

static const optimizer_class *find_class(const char *name)
{
    const optimizer_class *class;
    for (size_t i = 0; (class = optimizer_class_at(i)); i++)
        if (strcasecmp(class->name, name) == 0) break;
    return class;
}

/* A schedule that never changes is its rate (FORMAT.md's "sched" files hold one). */
static horn_status read_schedule(const config *value, const char *where, double *rate)
{
    keras_object schedule;
    double decay_rate = 0;
    horn_status status = keras_object_read(&schedule, value, where);
    if (status) return status;
    if (strcmp(schedule.name, "ExponentialDecay") != 0 ||
        !config_number(config_get(schedule.arguments, "decay_rate"), &decay_rate) || decay_rate != 1)
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: argument 'learning_rate' is a schedule (%s): not supported unless constant", where,
                    schedule.name);
    config_reader r = config_reader_begin(schedule.arguments, where);
    config_require(&r, "initial_learning_rate");
    config_read_number(&r, "initial_learning_rate", 0, FLT_MAX, rate);
    return r.status;
}

static void read_learning_rate(config_reader *r, optimizer *o)
{
    double rate = o->class->learning_rate;
    const char *key = config_get(r->object, "learning_rate") ? "learning_rate" : "lr";
    const config *value;
    config_ignore(r, "lr");
    config_read_value(r, key, &value);
    if (!config_is_object(value))
        config_read_number(r, key, 0, FLT_MAX, &rate);
    else
        r->status = read_schedule(value, r->where, &rate);
    o->learning_rate = (float)rate;
}

/* What stands in every optimizer's config in one Keras or another, and may only say that it is off. */
static void read_common(config_reader *r, optimizer *o)
{
    static const char *const null_only[] = { "weight_decay",      "clipnorm",
                                             "global_clipnorm",   "clipvalue",
                                             "loss_scale_factor", "gradient_accumulation_steps" };
    static const char *const ignored[] = { "name", "jit_compile", "ema_momentum", "ema_overwrite_frequency" };
    double decay = 0;
    for (size_t i = 0; i < sizeof null_only / sizeof null_only[0]; i++) config_only_null(r, null_only[i]);
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++) config_ignore(r, ignored[i]);
    config_only_boolean(r, "use_ema", false);
    if (config_get(r->object, "decay")) o->legacy = true; /* a key of theirs alone */
    config_read_number(r, "decay", -INFINITY, INFINITY, &decay);
    if (decay != 0)
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "decay", "is %g: only 0 is supported", decay);
    config_read_boolean(r, "is_legacy_optimizer", &o->legacy);
    read_learning_rate(r, o);
}

horn_status optimizer_new(optimizer **out, const config *description)
{
    horn_status status = HORN_OK;
    optimizer *o = NULL;
    keras_object object;
    char where[96];
    TRY(keras_object_read(&object, description, "optimizer"));
    const optimizer_class *class = find_class(object.name);
    if (!class) return fail(HORN_ERROR_UNSUPPORTED, "optimizer '%.200s' is not known", object.name);
    TRY(memory_new(&o, 1, class->size));
    o->class = class;
    o->legacy = object.module && strstr(object.module, "legacy");
    snprintf(where, sizeof where, "optimizer %s", class->name);
    config_reader r = config_reader_begin(object.arguments, where);
    read_common(&r, o);
    class->configure(o, &r);
    TRY(config_reader_end(&r));
    *out = o;
    o = NULL;
done:
    optimizer_free(o);
    return status;
}

horn_status optimizer_describe(const optimizer *o, config **out)
{
    config *arguments = config_object();
    config_set_number(arguments, "learning_rate", (double)o->learning_rate);
    o->class->describe(o, arguments);
    config *description = keras_object_new(o->class->name, arguments);
    horn_status status = config_status(description);
    if (status)
        config_free(description);
    else
        *out = description;
    return status;
}

void optimizer_free(optimizer *o)
{
    free(o);
}

/* ---- the public API ---- */

void optimizer_set_option(config *arguments, const char *key, double value)
{
    if (value == HORN_ZERO)
        config_set_number(arguments, key, 0);
    else if (value != 0)
        config_set_number(arguments, key, value);
}

horn_optimizer *optimizer_construct(const char *class_name, config *arguments)
{
    optimizer *o = NULL;
    config *description = keras_object_new(class_name, arguments);
    horn_status status = config_status(description);
    if (!status) status = optimizer_new(&o, description);
    config_free(description);
    return status ? NULL : o;
}

horn_optimizer *horn_optimizer_by_name(const char *name)
{
    return optimizer_construct(name ? name : "", config_object());
}

void horn_optimizer_free(horn_optimizer *o)
{
    optimizer_free(o);
}
