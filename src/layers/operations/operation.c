#include "layers/operations/operation.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/status.h"

static const operation_family *const families[] = {
    &pair_family,   &value_family,   &activation_family,  &reduction_family, &view_family,
    &gather_family, &joining_family, &normalizing_family, &product_family
};

/* Copies the arguments, each of which the operation has. */
static void take_arguments(operation_layer *o, config_reader *r)
{
    o->arguments = config_object();
    config_set_string(o->arguments, "operation", o->operation->name);
    for (const keras_parameter *p = o->operation->parameters;
         p < o->operation->parameters + KERAS_OPERATION_PARAMETERS && p->name; p++) {
        const config *value = NULL;
        config_read_value(r, p->name, &value);
        if (value) config_set(o->arguments, p->name, config_copy(value));
    }
    if (!r->status) r->status = config_status(o->arguments);
}

static void configure(layer *l, config_reader *r)
{
    operation_layer *o = operation_of(l);
    const char *name = NULL;
    config_require(r, "operation");
    config_read_string(r, "operation", &name);
    layer_keep(l, r, "function"); /* which of Keras 2's names it has */
    if (r->status) return;
    o->operation = keras_operation_by_name(name);
    if (!o->operation) {
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "operation", "is '%.100s', which is not supported",
                           name);
        return;
    }
    take_arguments(o, r);
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (!r->status && families[i]->computes(o)) {
            l->class = families[i]->class;
            if (families[i]->configure) families[i]->configure(l, r);
            return;
        }
    if (!r->status)
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "operation", "is '%.100s', which is not supported",
                           name);
}

const layer_class operation_class = { OPERATION_CLASS, .configure = configure };
