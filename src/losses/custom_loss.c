#include "losses/custom_loss.h"

#include <stdalign.h>
#include <string.h>
#include "base/status.h"
#include "config/arguments.h"
#include "config/registered.h"
#include "tensor/comparison.h"

typedef struct custom_class {
    loss_class class;
    const horn_loss_class *table;
} custom_class;

typedef struct custom_loss {
    loss base;
    alignas(max_align_t) unsigned char self[];
} custom_loss;

static registry classes;

static const horn_loss_class *table_of(const loss *l)
{
    return ((const custom_class *)l->class)->table;
}

static void configure(loss *l, config_reader *r)
{
    horn_arguments arguments = { .reader = r };
    if (table_of(l)->configure) table_of(l)->configure(((custom_loss *)l)->self, &arguments);
}

static void describe(const loss *l, config *c)
{
    horn_arguments arguments = { .object = c };
    if (table_of(l)->describe) table_of(l)->describe(((const custom_loss *)l)->self, &arguments);
}

static double value(const loss *l, outputs_kind kind, size_t rows, size_t columns, const float *outputs,
                    const targets *t, float *gradient, float scale)
{
    const horn_comparison c = comparison_of(rows, columns, outputs, t);
    /* Custom losses see the model's outputs as they are, never logits. */
    (void)kind;
    const double sum = table_of(l)->value(((const custom_loss *)l)->self, &c, gradient);
    for (size_t i = 0; gradient && i < rows * columns; i++) gradient[i] *= scale;
    return sum;
}

/* ---- registering ---- */

static horn_status check(const horn_loss_class *t)
{
    if (!t) return fail(HORN_ERROR_ARGUMENT, "loss class: is NULL");
    const char *name = t->name ? t->name : "";
    if (!t->value) return fail(HORN_ERROR_ARGUMENT, "loss class '%.100s': has no value", name);
    const horn_status status = comparison_check("loss", name, t->targets);
    if (status) return status;
    for (size_t i = 0; loss_class_at(i); i++)
        if (strcmp(loss_class_at(i)->name, name) == 0)
            return fail(HORN_ERROR_ARGUMENT, "loss class '%s': the name is taken by Keras' own", name);
    return registered_check_arguments("loss", name, t->configure, t->describe);
}

horn_status horn_register_loss(const horn_loss_class *table)
{
    registered *r = NULL;
    horn_status status = check(table);
    if (!status)
        status = registered_new(&r, "loss", table->package, table->name, table, sizeof(custom_class));
    if (status) return status;
    *(custom_class *)r->made = (custom_class){ .class = { .name = r->name,
                                                          .function_name = r->snake,
                                                          .size = sizeof(custom_loss) + table->size,
                                                          .targets = comparison_kind(table->targets),
                                                          .configure = configure,
                                                          .describe = describe,
                                                          .value = value },
                                               .table = table };
    return registry_add(&classes, "loss", r);
}

const loss_class *custom_loss_class(const char *name)
{
    return registry_find(&classes, name);
}
