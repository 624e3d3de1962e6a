#include "optimizers/optimizer.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/status.h"
#include "config/keras_object.h"

static void read_learning_rate(config_reader *r, optimizer *o)
{
    double rate = o->class->learning_rate;
    char where[128];
    const char *key = config_get(r->object, "learning_rate") ? "learning_rate" : "lr";
    const config *value;
    config_ignore(r, "lr");
    config_read_value(r, key, &value);
    if (!config_is_object(value)) {
        config_read_number(r, key, 0, FLT_MAX, &rate);
        o->learning_rate = (float)rate;
    } else if (!r->status) {
        snprintf(where, sizeof where, "%s: learning_rate", r->where);
        r->status = schedule_read(&o->schedule, value, where);
    }
}

/* Horn's own argument: Keras' method of that name leaves nothing in its config. */
static void read_excluded(config_reader *r, optimizer *o)
{
    static const char key[] = "exclude_from_weight_decay";
    const config *names;
    config_read_value(r, key, &names);
    if (!names || r->status) return;
    bool fits = config_is_list(names);
    for (size_t i = 0; fits && i < config_count(names); i++)
        fits = config_string(config_at(names, i)) != NULL;
    if (!fits)
        config_reader_refuse(r, key, "a list of texts");
    else if (!(o->excluded = config_copy(names)))
        r->status = config_status(o->excluded);
}

/* 0: off, as in Keras. */
static void read_gradient_options(config_reader *r, optimizer *o)
{
    config_read_number(r, "weight_decay", 0, FLT_MAX, &o->weight_decay);
    config_read_number(r, "clipnorm", 0, INFINITY, &o->clipnorm);
    config_read_number(r, "global_clipnorm", 0, INFINITY, &o->global_clipnorm);
    config_read_number(r, "clipvalue", 0, INFINITY, &o->clipvalue);
    if ((o->clipnorm > 0) + (o->global_clipnorm > 0) + (o->clipvalue > 0) > 1)
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, o->clipnorm > 0 ? "clipnorm" : "global_clipnorm",
                           "is not the only one: expected one of clipnorm, global_clipnorm and clipvalue");
    if (o->legacy && o->weight_decay > 0)
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "weight_decay", "is none of a legacy optimizer's");
}

static const double usual_momentum = 0.99;

/* ema_start is Horn's own: "before" the first step is Keras 2's, "after" it Keras 3's. */
static void read_average(config_reader *r, optimizer *o)
{
    const char *start = "after";
    o->ema_momentum = usual_momentum;
    config_read_boolean(r, "use_ema", &o->use_ema);
    config_read_number(r, "ema_momentum", 0, 1, &o->ema_momentum);
    config_read_count(r, "ema_overwrite_frequency", 0, &o->ema_overwrite_frequency);
    config_read_string(r, "ema_start", &start);
    o->ema_starts_before = strcmp(start, "before") == 0;
    if (!o->ema_starts_before && strcmp(start, "after") != 0)
        config_reader_refuse(r, "ema_start", "'before' or 'after'");
    if (o->legacy && o->use_ema)
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "use_ema", "is none of a legacy optimizer's");
}

/* Horn's own argument. */
static void read_update_rule(config_reader *r, optimizer *o)
{
    const char *rule = "keras";
    if (o->class->has_torch_rule) config_read_string(r, "update_rule", &rule);
    o->torch_rule = strcmp(rule, "torch") == 0;
    if (!o->torch_rule && strcmp(rule, "keras") != 0)
        config_reader_refuse(r, "update_rule", "'keras' or 'torch'");
    if (o->torch_rule && o->legacy)
        config_reader_fail(r, HORN_ERROR_ARGUMENT, "update_rule", "is none of a legacy optimizer's");
}

/* Reads the members that all optimizers have in some version of Keras. Some must have their default. */
static void read_common(config_reader *r, optimizer *o)
{
    static const char *const null_only[] = { "loss_scale_factor" };
    static const char *const ignored[] = { "name", "jit_compile" };
    double decay = 0;
    for (size_t i = 0; i < sizeof null_only / sizeof null_only[0]; i++) config_only_null(r, null_only[i]);
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++) config_ignore(r, ignored[i]);
    config_read_count(r, "gradient_accumulation_steps", 2, &o->accumulation);
    /* Only legacy optimizers have this key. */
    if (config_get(r->object, "decay")) o->legacy = true;
    if (!o->class->has_own_decay) config_read_number(r, "decay", -INFINITY, INFINITY, &decay);
    if (decay != 0)
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "decay", "is %g: only 0 is supported", decay);
    config_read_boolean(r, "is_legacy_optimizer", &o->legacy);
    read_update_rule(r, o);
    read_learning_rate(r, o);
    read_gradient_options(r, o);
    read_average(r, o);
    read_excluded(r, o);
}

horn_status optimizer_new_of_class(optimizer **out, const optimizer_class *class, const config *arguments,
                                   bool legacy)
{
    horn_status status = HORN_OK;
    optimizer *o = NULL;
    char where[96];
    TRY(memory_new(&o, 1, class->size));
    o->class = class;
    o->legacy = legacy;
    o->weight_decay = class->weight_decay;
    snprintf(where, sizeof where, "optimizer %s", class->name);
    config_reader r = config_reader_begin(arguments, where);
    read_common(&r, o);
    class->configure(o, &r);
    TRY(config_reader_end(&r));
    *out = o;
    o = NULL;
done:
    optimizer_free(o);
    return status;
}

static size_t no_slots(const optimizer *o, const char *names[OPTIMIZER_MAX_SLOTS])
{
    (void)o, (void)names;
    return 0;
}

horn_status optimizer_new_unknown(optimizer **out, const config *description)
{
    static const optimizer_class unknown = { .name = "unknown",
                                             .size = sizeof(optimizer),
                                             .slot_names = no_slots };
    optimizer *o = NULL;
    horn_status status = memory_new(&o, 1, sizeof *o);
    if (status) return status;
    o->class = &unknown;
    o->unknown = config_copy(description);
    status = config_status(o->unknown);
    if (status)
        optimizer_free(o);
    else
        *out = o;
    return status;
}

const char *optimizer_name(const optimizer *o)
{
    const char *said = config_get_string(o->unknown, "class_name");
    return said ? said : o->class->name;
}

/* Without use_ema the other two have no effect. */
static void describe_average(const optimizer *o, config *arguments)
{
    if (o->use_ema) config_set_boolean(arguments, "use_ema", true);
    if (o->use_ema || o->ema_momentum != usual_momentum)
        config_set_number(arguments, "ema_momentum", o->ema_momentum);
    if (o->ema_overwrite_frequency)
        config_set_integer(arguments, "ema_overwrite_frequency", (int64_t)o->ema_overwrite_frequency);
    if (o->use_ema && o->ema_starts_before) config_set_string(arguments, "ema_start", "before");
}

horn_status optimizer_describe(const optimizer *o, config **out)
{
    if (o->unknown) return config_status(*out = config_copy(o->unknown));
    config *arguments = config_object();
    if (o->schedule.class)
        config_set(arguments, "learning_rate", schedule_describe(&o->schedule));
    else
        config_set_number(arguments, "learning_rate", (double)o->learning_rate);
    o->class->describe(o, arguments);
    if (o->torch_rule) config_set_string(arguments, "update_rule", "torch");
    if (o->weight_decay > 0 || o->class->weight_decay > 0)
        config_set_number(arguments, "weight_decay", o->weight_decay);
    if (o->excluded) config_set(arguments, "exclude_from_weight_decay", config_copy(o->excluded));
    if (o->clipnorm > 0) config_set_number(arguments, "clipnorm", o->clipnorm);
    if (o->global_clipnorm > 0) config_set_number(arguments, "global_clipnorm", o->global_clipnorm);
    if (o->clipvalue > 0) config_set_number(arguments, "clipvalue", o->clipvalue);
    if (o->accumulation)
        config_set_integer(arguments, "gradient_accumulation_steps", (int64_t)o->accumulation);
    describe_average(o, arguments);
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
    if (!o || failure_is_static(o->failure)) return;
    schedule_free(&o->schedule);
    config_free(o->unknown);
    config_free(o->excluded);
    failure_free(o->failure);
    free(o);
}

/* ---- the public API ---- */

static void append_numbers(config *arguments, const char *key, const double *numbers, size_t count)
{
    config *list = config_list();
    for (size_t i = 0; numbers && i < count; i++) config_append_number(list, numbers[i]);
    config_set(arguments, key, list);
}

/* A schedule refuses arguments that it does not have. */
static config *schedule_from_options(const horn_schedule *s)
{
    config *arguments = config_object();
    config_set_option(arguments, "initial_learning_rate", s->initial_learning_rate);
    config_set_option(arguments, "decay_steps", s->decay_steps);
    config_set_option(arguments, "decay_rate", s->decay_rate);
    if (s->staircase) config_set_boolean(arguments, "staircase", true);
    config_set_option(arguments, "alpha", s->alpha);
    config_set_option(arguments, "warmup_target", s->warmup_target);
    config_set_option(arguments, "warmup_steps", s->warmup_steps);
    config_set_option(arguments, "end_learning_rate", s->end_learning_rate);
    config_set_option(arguments, "power", s->power);
    if (s->cycle) config_set_boolean(arguments, "cycle", true);
    if (s->boundary_count) {
        append_numbers(arguments, "boundaries", s->boundaries, s->boundary_count);
        append_numbers(arguments, "values", s->values, s->boundary_count + 1);
    }
    return keras_object_new(s->name, arguments);
}

void optimizer_set_common(config *arguments, double learning_rate, const horn_schedule *s,
                          double weight_decay, const horn_clipping *c)
{
    if (s->name)
        config_set(arguments, "learning_rate", schedule_from_options(s));
    else
        config_set_option(arguments, "learning_rate", learning_rate);
    config_set_option(arguments, "weight_decay", weight_decay);
    config_set_option(arguments, "clipnorm", c->clipnorm);
    config_set_option(arguments, "global_clipnorm", c->global_clipnorm);
    config_set_option(arguments, "clipvalue", c->clipvalue);
}

void optimizer_set_update_rule(config *arguments, const char *update_rule)
{
    if (update_rule) config_set_string(arguments, "update_rule", update_rule);
}

horn_optimizer *optimizer_failed(horn_status status)
{
    static optimizer no_memory = { .failure = &failure_no_memory };
    return failure_object(sizeof no_memory, offsetof(optimizer, failure), &no_memory, status);
}

horn_optimizer *optimizer_construct(const optimizer_class *class, config *arguments)
{
    const arithmetic host = arithmetic_begin();
    optimizer *o = NULL;
    horn_status status = config_status(arguments);
    if (!status) status = optimizer_new_of_class(&o, class, arguments, false);
    config_free(arguments);
    arithmetic_end(host);
    return status ? optimizer_failed(status) : o;
}

horn_status horn_optimizer_exclude_from_weight_decay(horn_optimizer *o, const char *const *names,
                                                     size_t count)
{
    NEED(o, "optimizer");
    NEED(names, "names");
    horn_status status = failure_status(o->failure);
    if (status) return status;
    for (size_t i = 0; i < count; i++)
        if (!names[i] || !*names[i])
            return fail(HORN_ERROR_ARGUMENT, "%s: name %zu is NULL or empty", __func__, i);
    config *list = config_list();
    for (size_t i = 0; i < count; i++) config_append_string(list, names[i]);
    status = config_status(list);
    config_free(status ? list : o->excluded);
    if (!status) o->excluded = list;
    return status;
}

horn_status horn_optimizer_status(const horn_optimizer *o)
{
    NEED(o, "optimizer");
    return failure_status(o->failure);
}

void horn_optimizer_free(horn_optimizer *o)
{
    optimizer_free(o);
}
