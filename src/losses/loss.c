#include "losses/loss.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/status.h"
#include "config/keras_object.h"

static void read_reduction(config_reader *r)
{
    const char *reduction = NULL;
    bool said = config_get(r->object, "reduction") != NULL;
    config_read_string(r, "reduction", &reduction);
    if (!said ||
        (reduction && (strcmp(reduction, "auto") == 0 || strcmp(reduction, "sum_over_batch_size") == 0)))
        return;
    config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "reduction",
                       "is '%.100s': only 'sum_over_batch_size' is supported",
                       reduction ? reduction : "none");
}

/* Keras 2 writes the function of a loss, besides its class. */
static void read_function(config_reader *r, const char *expected)
{
    keras_object function;
    const config *value;
    config_read_value(r, "fn", &value);
    if (!value || r->status) return;
    r->status = keras_object_read(&function, value, r->where);
    if (!r->status && strcmp(function.name, expected) != 0)
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "fn", "is '%.100s', expected '%s'", function.name,
                           expected);
}

horn_status loss_new_of_class(loss **out, const loss_class *class, const config *arguments)
{
    horn_status status = HORN_OK;
    loss *l = NULL;
    TRY(memory_new(&l, 1, class->size));
    l->class = class;
    char where[96];
    snprintf(where, sizeof where, "loss %s", class->name);
    config_reader r = config_reader_begin(arguments, where);
    config_ignore(&r, "name");
    read_reduction(&r);
    read_function(&r, class->function_name);
    keras_object_only_float32(&r, "dtype");
    class->configure(l, &r);
    TRY(config_reader_end(&r));
    *out = l;
    l = NULL;
done:
    loss_free(l);
    return status;
}

static config *describe_object(const loss *l)
{
    config *arguments = config_object();
    config_set_string(arguments, "name", l->class->function_name);
    config_set_string(arguments, "reduction", "sum_over_batch_size");
    l->class->describe(l, arguments);
    return keras_object_new(l->class->name, arguments);
}

horn_status loss_describe(const loss *l, config **out)
{
    config *description = l->named ? config_from_string(l->class->function_name) : describe_object(l);
    horn_status status = config_status(description);
    if (status)
        config_free(description);
    else
        *out = description;
    return status;
}

void loss_free(loss *l)
{
    if (!l || failure_is_static(l->failure)) return;
    failure_free(l->failure);
    free(l);
}

/* ---- the public API ---- */

horn_loss *loss_failed(horn_status status)
{
    static loss no_memory = { .failure = &failure_no_memory };
    return failure_object(sizeof no_memory, offsetof(loss, failure), &no_memory, status);
}

horn_loss *loss_construct(const loss_class *class, config *arguments)
{
    const arithmetic host = arithmetic_begin();
    loss *l = NULL;
    horn_status status = config_status(arguments);
    if (!status) status = loss_new_of_class(&l, class, arguments);
    config_free(arguments);
    arithmetic_end(host);
    return status ? loss_failed(status) : l;
}

horn_status horn_loss_status(const horn_loss *l)
{
    NEED(l, "loss");
    return failure_status(l->failure);
}

void horn_loss_free(horn_loss *l)
{
    loss_free(l);
}
