#include "metrics/metric.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/status.h"
#include "config/keras_object.h"

/* ---- names ---- */

static const char *find_name(const char *const *names, const char *name)
{
    while (names && *names && strcmp(*names, name) != 0) names++;
    return names ? *names : NULL;
}

const char *metric_function_name(const metric_class *class, const char *name)
{
    if (class->has_function && strcmp(class->function_name, name) == 0) return class->function_name;
    return find_name(class->aliases, name);
}

bool metric_has_name(const metric_class *class, const char *name)
{
    return strcmp(class->name, name) == 0 || strcmp(class->function_name, name) == 0 ||
           find_name(class->aliases, name) || find_name(class->other_names, name);
}

static const char *default_name(const metric_class *class)
{
    return class->default_name ? class->default_name : class->function_name;
}

/* ---- making and describing ---- */

/* Reads one of the types of numbers that the class has. */
static void read_dtype(metric *m, config_reader *r)
{
    static const char *const integers[] = { "int32", "int64" };
    const char *name = config_get_string(r->object, "dtype");
    m->dtype = "float32";
    for (size_t i = 0; name && m->class->takes_integers && i < sizeof integers / sizeof *integers; i++)
        if (strcmp(integers[i], name) == 0) m->dtype = integers[i];
    if (metric_has_integers(m))
        config_ignore(r, "dtype");
    else
        keras_object_only_float32(r, "dtype");
}

bool metric_has_integers(const metric *m)
{
    return m->dtype && strcmp(m->dtype, "float32") != 0;
}

horn_status metric_new_of_class(metric **out, const metric_class *class, const config *arguments)
{
    horn_status status = HORN_OK;
    metric *m = NULL;
    const char *name = default_name(class);
    char where[96];
    TRY(memory_new(&m, 1, class->size));
    m->class = class;
    m->targets = class->targets;
    snprintf(where, sizeof where, "metric %.80s", class->name);
    config_reader r = config_reader_begin(arguments, where);
    config_read_string(&r, "name", &name);
    read_dtype(m, &r);
    /* Keras 2's wrappers hold the function, which said what class this is. */
    config_ignore(&r, "fn");
    if (class->configure) class->configure(m, &r);
    TRY(config_reader_end(&r));
    TRY(memory_copy_string(&m->name, name));
    *out = m;
    m = NULL;
done:
    metric_free(m);
    return status;
}

static config *describe_arguments(const metric *m)
{
    config *c = config_object();
    config_set_string(c, "name", m->name);
    config_set_string(c, "dtype", m->dtype);
    if (m->class->describe) m->class->describe(m, c);
    return c;
}

/* Whether the function's name says all: name and arguments are the defaults. */
static horn_status is_plain(bool *out, const metric *m, const config *arguments)
{
    metric *plain = NULL;
    *out = false;
    if (!m->class->has_function || strcmp(m->name, default_name(m->class)) != 0) return HORN_OK;
    horn_status status = metric_new_of_class(&plain, m->class, NULL);
    if (status) return status;
    config *defaults = describe_arguments(plain);
    status = config_status(defaults);
    *out = !status && config_equal(defaults, arguments);
    config_free(defaults);
    metric_free(plain);
    return status;
}

static horn_status describe_object(const metric *m, config **out)
{
    config *arguments = describe_arguments(m);
    bool plain;
    horn_status status = is_plain(&plain, m, arguments);
    if (status || plain) {
        config_free(arguments);
        *out = status ? NULL : config_from_string(m->class->function_name);
    } else {
        *out = keras_object_new(m->class->name, arguments);
    }
    return status;
}

horn_status metric_describe(const metric *m, config **out)
{
    config *description = NULL;
    horn_status status = HORN_OK;
    if (m->generic || m->named)
        description = config_from_string(m->name);
    else
        status = describe_object(m, &description);
    if (!status) status = config_status(description);
    if (status)
        config_free(description);
    else
        *out = description;
    return status;
}

void metric_free(metric *m)
{
    if (!m || failure_is_static(m->failure)) return;
    failure_free(m->failure);
    if (m->class && m->class->destroy) m->class->destroy(m);
    metric_free(m->chosen);
    free(m->name);
    free(m);
}

/* ---- accumulating ---- */

static const metric *chosen(const metric *m)
{
    return m->chosen ? m->chosen : m;
}

const metric_class *metric_class_of(const metric *m)
{
    return chosen(m)->class;
}

target_kind metric_targets(const metric *m)
{
    return chosen(m)->targets;
}

horn_status metric_check(const metric *m, size_t columns)
{
    return m->class && m->class->check ? m->class->check(m, columns) : HORN_OK;
}

/* A mean's state is its sum; of a weighted one its sum and the weights' sum. */
size_t metric_states(const metric *m, size_t columns)
{
    const metric_class *class = metric_class_of(m);
    return class && !class->sum ? class->states(chosen(m), columns) : m->is_weighted ? 2 : 1;
}

static void add_weighted(const metric *m, const metric_rows *r, double *state)
{
    for (size_t row = 0; row < r->rows; row++) {
        const targets t = targets_row(r->targets, row, r->columns);
        metric_rows one = *r;
        one.rows = 1;
        one.outputs += row * r->columns;
        if (r->logits) one.logits += row * r->columns;
        one.targets = &t;
        one.weights = NULL;
        if (r->weights[row] == 0) continue;
        state[0] += (double)r->weights[row] * m->class->sum(m, &one);
        state[1] += (double)r->weights[row];
    }
}

void metric_update(const metric *m, const metric_rows *given, double *state)
{
    const metric *c = chosen(m);
    metric_rows r = *given;
    if (!m->is_weighted) r.weights = NULL;
    if (!c->class->sum) {
        c->class->update(c, &r, state);
    } else if (r.weights) {
        add_weighted(c, &r, state);
    } else {
        state[0] += c->class->sum(c, &r);
        if (m->is_weighted) state[1] += (double)r.rows;
    }
}

double metric_result(const metric *m, size_t columns, double rows, const double *state)
{
    const metric *c = chosen(m);
    if (!c->class) return state[0] / rows;
    if (!c->class->sum) return c->class->result(c, columns, state);
    const double mean = !m->is_weighted ? state[0] / rows : state[1] == 0 ? 0 : state[0] / state[1];
    return c->class->finish ? c->class->finish(mean) : mean;
}

/* ---- the public API ---- */

horn_metric *metric_failed(horn_status status)
{
    static metric no_memory = { .failure = &failure_no_memory };
    return failure_object(sizeof no_memory, offsetof(metric, failure), &no_memory, status);
}

config *metric_arguments(const char *name)
{
    config *arguments = config_object();
    if (name) config_set_string(arguments, "name", name);
    return arguments;
}

horn_metric *metric_construct(const metric_class *class, config *arguments)
{
    const arithmetic host = arithmetic_begin();
    metric *m = NULL;
    horn_status status = config_status(arguments);
    if (!status) status = metric_new_of_class(&m, class, arguments);
    config_free(arguments);
    arithmetic_end(host);
    return status ? metric_failed(status) : m;
}

horn_status horn_metric_status(const horn_metric *m)
{
    NEED(m, "metric");
    return failure_status(m->failure);
}

void horn_metric_free(horn_metric *m)
{
    metric_free(m);
}
