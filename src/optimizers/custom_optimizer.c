#include "optimizers/custom_optimizer.h"

#include <stdalign.h>
#include <string.h>
#include <strings.h>
#include "base/option.h"
#include "base/status.h"
#include "config/arguments.h"
#include "config/registered.h"

typedef struct custom_class {
    optimizer_class class;
    const horn_optimizer_class *table;
} custom_class;

typedef struct custom_optimizer {
    optimizer base;
    alignas(max_align_t) unsigned char self[];
} custom_optimizer;

static registry classes;

static const horn_optimizer_class *table_of(const optimizer *o)
{
    return ((const custom_class *)o->class)->table;
}

static void configure(optimizer *o, config_reader *r)
{
    horn_arguments arguments = { .reader = r };
    if (table_of(o)->configure) table_of(o)->configure(((custom_optimizer *)o)->self, &arguments);
}

static void describe(const optimizer *o, config *c)
{
    horn_arguments arguments = { .object = c };
    if (table_of(o)->describe) table_of(o)->describe(((const custom_optimizer *)o)->self, &arguments);
}

static size_t slot_names(const optimizer *o, const char *names[OPTIMIZER_MAX_SLOTS])
{
    size_t count = 0;
    while (count < OPTIMIZER_MAX_SLOTS && table_of(o)->slots[count]) {
        names[count] = table_of(o)->slots[count];
        count++;
    }
    return count;
}

static void step(const optimizer *o, const step_info *info, size_t n, float *w, const float *g,
                 float *const *slots)
{
    const horn_step now = { .iteration = info->iteration, .learning_rate = info->learning_rate };
    table_of(o)->step(((const custom_optimizer *)o)->self, &now, n, w, g, slots);
}

/* ---- registering ---- */

_Static_assert((int)HORN_MAX_SLOTS == (int)OPTIMIZER_MAX_SLOTS, "what is promised is what there is");

static horn_status check_slots(const horn_optimizer_class *t)
{
    for (size_t i = 0; i < HORN_MAX_SLOTS && t->slots[i]; i++) {
        if (!*t->slots[i] || strpbrk(t->slots[i], "/:>") || strlen(t->slots[i]) > 60)
            return fail(
                HORN_ERROR_ARGUMENT,
                "optimizer class '%.100s': slot %zu is called '%.80s', expected a name without any of '/:>'",
                t->name, i, t->slots[i]);
        for (size_t k = 0; k < i; k++)
            if (strcmp(t->slots[i], t->slots[k]) == 0)
                return fail(HORN_ERROR_ARGUMENT, "optimizer class '%.100s': two slots are called '%s'",
                            t->name, t->slots[i]);
    }
    return HORN_OK;
}

static horn_status check(const horn_optimizer_class *t)
{
    if (!t) return fail(HORN_ERROR_ARGUMENT, "optimizer class: is NULL");
    const char *name = t->name ? t->name : "";
    if (!t->step) return fail(HORN_ERROR_ARGUMENT, "optimizer class '%.100s': has no step", name);
    if (!(t->learning_rate >= 0 && t->learning_rate <= 1e30))
        return fail(HORN_ERROR_ARGUMENT,
                    "optimizer class '%.100s': its learning_rate is %g, expected 0 or more", name,
                    t->learning_rate);
    for (size_t i = 0; optimizer_class_at(i); i++)
        if (strcasecmp(optimizer_class_at(i)->name, name) == 0)
            return fail(HORN_ERROR_ARGUMENT, "optimizer class '%s': the name is taken by Keras' own", name);
    return registered_check_arguments("optimizer", name, t->configure, t->describe);
}

horn_status horn_register_optimizer(const horn_optimizer_class *table)
{
    registered *r = NULL;
    horn_status status = check(table);
    if (!status)
        status = registered_new(&r, "optimizer", table->package, table->name, table, sizeof(custom_class));
    if (!status && (status = check_slots(table))) registered_free(r);
    if (status) return status;
    *(custom_class *)r->made =
        (custom_class){ .class = { .name = r->name,
                                   .size = sizeof(custom_optimizer) + table->size,
                                   .learning_rate = option_number(table->learning_rate, 0.001),
                                   .configure = configure,
                                   .describe = describe,
                                   .slot_names = slot_names,
                                   .step = step },
                        .table = table };
    return registry_add(&classes, "optimizer", r);
}

const optimizer_class *custom_optimizer_class(const char *name)
{
    return registry_find(&classes, name);
}
