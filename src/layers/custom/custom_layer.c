#include "layers/custom/custom_layer.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "base/status.h"
#include "config/arguments.h"
#include "config/keras_object.h"
#include "config/registered.h"
#include "tensor/random.h"

typedef struct custom_class {
    layer_class class;
    const horn_layer_class *table;
} custom_class;

typedef struct custom_layer {
    layer base;
    alignas(max_align_t) unsigned char self[];
} custom_layer;

static registry classes;

static const horn_layer_class *table_of(const layer *l)
{
    return ((const custom_class *)l->class)->table;
}

static void *self_of(layer *l)
{
    return ((custom_layer *)l)->self;
}

static const void *constant_self_of(const layer *l)
{
    return ((const custom_layer *)l)->self;
}

static horn_status fail_here(const layer *l, horn_status why)
{
    char where[320];
    snprintf(where, sizeof where, "layer '%.100s' (%.180s)", l->name ? l->name : "", l->class->name);
    return fail_in(why, where);
}

/* ---- arguments ---- */

static void configure(layer *l, config_reader *r)
{
    horn_arguments arguments = { .reader = r };
    /* Keras 3 writes it if the Python class has no get_config. */
    config_only_boolean(r, "autocast", true);
    if (table_of(l)->configure) table_of(l)->configure(self_of(l), &arguments);
}

static void describe(const layer *l, config *c)
{
    horn_arguments arguments = { .object = c };
    if (table_of(l)->describe) table_of(l)->describe(constant_self_of(l), &arguments);
}

/* ---- building ---- */

horn_status horn_fail(horn_status status, const char *format, ...)
{
    char text[800];
    va_list arguments;
    NEED(format, "format");
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return fail(status, "%s", text);
}

/* A size may be missing only while an axis of an input is open. */
static horn_status check_shape(const horn_shape *s, const char *what, const shape *inputs, size_t count)
{
    bool open = false;
    if (s->rank < 0 || s->rank > HORN_MAX_RANK)
        return fail(HORN_ERROR_SHAPE, "its %.80s has %d axes, expected 0 to %d", what, s->rank,
                    HORN_MAX_RANK);
    for (size_t i = 0; i < count; i++) open |= shape_is_open(&inputs[i]);
    for (int i = 0; !open && i < s->rank; i++)
        if (s->dim[i] == SHAPE_OPEN)
            return fail(HORN_ERROR_SHAPE, "its %.80s has no size on axis %d", what, i);
    return HORN_OK;
}

/* Fan-in and fan-out as Keras computes them: the axes before the last two are the kernel's spatial size. */
static void count_fans(const shape *s, double *in, double *out)
{
    double places = 1;
    for (int i = 0; i + 2 < s->rank; i++) places *= (double)s->dim[i];
    *out = s->rank ? places * (double)s->dim[s->rank - 1] : 1;
    *in = s->rank > 1 ? places * (double)s->dim[s->rank - 2] : *out;
}

static horn_status read_initializer(initializer *out, const horn_weight_options *o)
{
    config *said = NULL, *arguments = config_object();
    const char *name = o->initializer ? o->initializer : "glorot_uniform";
    if (strcasecmp(name, "constant") == 0) config_set_number(arguments, "value", o->value);
    said = keras_object_new(name, arguments);
    horn_status status = config_status(said);
    if (!status) status = initializer_read(out, said, name, o->name);
    config_free(said);
    return status;
}

static horn_status check_weight(const layer *l, const horn_weight_options *o)
{
    if (!o->name || !*o->name || strpbrk(o->name, "/:>"))
        return fail(HORN_ERROR_ARGUMENT,
                    "its weight %zu is called '%.80s', expected a name without any of '/:>'", l->weight_count,
                    o->name ? o->name : "");
    for (size_t i = 0; i < l->weight_count; i++)
        if (strcmp(l->weights[i].name, o->name) == 0)
            return fail(HORN_ERROR_ARGUMENT, "two of its weights are called '%.80s'", o->name);
    return HORN_OK;
}

horn_status horn_build_weight(horn_build *build, const horn_weight_options *o)
{
    NEED(build, "build");
    NEED(build->layer, "build->layer");
    NEED(o, "options");
    horn_status status = HORN_OK;
    layer *l = build->layer;
    initializer i;
    double in, out;
    config *penalty = config_object();
    regularizer r;
    TRY(check_weight(l, o));
    TRY(check_shape(&o->shape, o->name, build->inputs, build->input_count));
    TRY(read_initializer(&i, o));
    count_fans(&o->shape, &in, &out);
    layer_argue_regularizer(penalty, "regularizer", &o->regularizer);
    TRY(config_status(penalty));
    TRY(regularizer_read(&r, config_get(penalty, "regularizer"), o->name));
    TRY(layer_add_weight(l, o->name, "", &o->shape, !o->not_trainable, &i, in, out));
    layer_regularize(l, l->weight_count - 1, &r);
done:
    config_free(penalty);
    return status;
}

static horn_status build(layer *l, const shape *inputs, size_t count)
{
    horn_build b = { .inputs = inputs, .input_count = count, .layer = l };
    horn_status status = table_of(l)->build ? table_of(l)->build(self_of(l), &b) : HORN_OK;
    return status ? fail_here(l, status) : HORN_OK;
}

static horn_status place(const layer *l, call *c)
{
    horn_call own = { .inputs = c->inputs,
                      .input_count = c->input_count,
                      .outputs = c->outputs,
                      .output_count = c->output_count,
                      .takes_mask = c->takes_mask };
    horn_status status = table_of(l)->place(constant_self_of(l), &own);
    for (size_t i = 0; !status && i < c->output_count; i++)
        status = check_shape(&c->outputs[i], "output", c->inputs, c->input_count);
    call_ask_keep(c, own.keep);
    call_ask_scratch(c, own.scratch);
    return status ? fail_here(l, status) : HORN_OK;
}

/* ---- computing ---- */

static horn_slice slice_of(const call *c, const lane *own)
{
    const size_t first = c->layer->weight_count ? c->layer->weights[0].number : 0;
    return (horn_slice){ .training = own->training,
                         .weights = own->values + first,
                         .gradients = own->gradients + first,
                         .keep = lane_keep(own, c),
                         .scratch = lane_scratch(own, c),
                         .lane = own,
                         .call = c };
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    const horn_slice s = slice_of(c, own);
    table_of(c->layer)->forward(constant_self_of(c->layer), &s, x, y);
}

static void mask(const call *c, lane *own, const tensor *x, unsigned char *y_mask)
{
    const horn_slice s = slice_of(c, own);
    table_of(c->layer)->mask(constant_self_of(c->layer), &s, x, y_mask);
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    /* The activation after the layer may have overwritten y. */
    (void)y;
    const horn_slice s = slice_of(c, own);
    table_of(c->layer)->backward(constant_self_of(c->layer), &s, x, dy, dx);
}

/* Uses the Dropout stream of this call. */
void horn_slice_uniforms(float *out, size_t n, const horn_slice *slice, size_t sample)
{
    if (!slice || !out) return;
    const lane *own = slice->lane;
    const call *c = slice->call;
    const random_key key = random_key_make(own->seed, RANDOM_DROPOUT, c->number);
    random_uniforms(key, own->step, (uint64_t)(own->first + sample) << 36, n, out);
}

/* ---- operations ---- */

static bool is_one_of(const size_t *x, size_t count, size_t y)
{
    for (size_t i = 0; i < count; i++)
        if (x[i] == y) return true;
    return false;
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    const layer *l = c->layer;
    horn_graph own = { g, c };
    const size_t y = table_of(l)->operate(constant_self_of(l), &own, x);
    char found[SHAPE_TEXT], expected[SHAPE_TEXT];
    if (g->status) return 0;
    if (!is_one_of(x, c->input_count, y) && y + 1 != g->count)
        g->status = layer_fail(l, HORN_ERROR_ARGUMENT, "its operate gives a value that is not its last one");
    else if (!shape_equal(&g->operations[y].shape, c->outputs))
        g->status =
            layer_fail(l, HORN_ERROR_SHAPE, "its operations give the shape %s, forward gives %s",
                       shape_print(found, &g->operations[y].shape), shape_print(expected, c->outputs));
    return g->status ? 0 : y;
}

static void destroy(layer *l)
{
    table_of(l)->destroy(self_of(l));
}

/* ---- the registry ---- */

static horn_status check(const horn_layer_class *t)
{
    if (!t) return fail(HORN_ERROR_ARGUMENT, "layer class: is NULL");
    const char *name = t->name ? t->name : "";
    if (!t->forward || !t->backward)
        return fail(HORN_ERROR_ARGUMENT, "layer class '%.100s': has no %s", name,
                    t->forward ? "backward" : "forward");
    for (size_t i = 0; layer_class_at(i); i++)
        if (strcmp(layer_class_at(i)->name, name) == 0)
            return fail(HORN_ERROR_ARGUMENT, "layer class '%s': the name is taken by Keras' own", name);
    return registered_check_arguments("layer", name, t->configure, t->describe);
}

horn_status horn_register_layer(const horn_layer_class *table)
{
    registered *r = NULL;
    horn_status status = check(table);
    if (!status)
        status = registered_new(&r, "layer", table->package, table->name, table, sizeof(custom_class));
    if (status) return status;
    *(custom_class *)r->made = (custom_class){ .class = { .name = r->name,
                                                          .auto_name = r->snake,
                                                          .size = sizeof(custom_layer) + table->size,
                                                          .flags = table->passes_mask ? LAYER_PASSES_MASK : 0,
                                                          .most_inputs = table->most_inputs,
                                                          .configure = configure,
                                                          .describe = describe,
                                                          .build = build,
                                                          .place = table->place ? place : NULL,
                                                          .forward = forward,
                                                          .mask = table->mask ? mask : NULL,
                                                          .backward = backward,
                                                          .operate = table->operate ? operate : NULL,
                                                          .destroy = table->destroy ? destroy : NULL },
                                               .table = table };
    return registry_add(&classes, "layer", r);
}

const layer_class *custom_layer_class(const char *name)
{
    return registry_find(&classes, name);
}
