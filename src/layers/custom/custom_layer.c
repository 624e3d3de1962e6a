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
    /* The buffers and shapes that build requested. */
    horn_build built;
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

static horn_status take_shape(shape *out, const horn_shape *given, const char *what)
{
    if (given->rank < 0 || given->rank > HORN_MAX_RANK)
        return fail(HORN_ERROR_SHAPE, "its %.80s has %d axes, expected 0 to %d", what, given->rank,
                    HORN_MAX_RANK);
    *out = (shape){ .rank = given->rank };
    for (int i = 0; i < given->rank; i++) {
        if (given->size[i] == 0) return fail(HORN_ERROR_SHAPE, "its %.80s has no size on axis %d", what, i);
        out->dim[i] = given->size[i] == HORN_OPEN ? SHAPE_OPEN : given->size[i];
    }
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
    shape s;
    initializer i;
    double in, out;
    config *penalty = config_object();
    regularizer r;
    TRY(check_weight(l, o));
    TRY(take_shape(&s, &o->shape, o->name));
    TRY(read_initializer(&i, o));
    count_fans(&s, &in, &out);
    layer_argue_regularizer(penalty, "regularizer", &o->regularizer);
    TRY(config_status(penalty));
    TRY(regularizer_read(&r, config_get(penalty, "regularizer"), o->name));
    TRY(layer_add_weight(l, o->name, "", &s, !o->not_trainable, &i, in, out));
    layer_regularize(l, l->weight_count - 1, &r);
done:
    config_free(penalty);
    return status;
}

static horn_status build(layer *l, const shape *inputs, size_t count)
{
    horn_build *b = &((custom_layer *)l)->built;
    horn_status status = HORN_OK;
    (void)count;
    *b = (horn_build){ .layer = l, .input.rank = inputs->rank };
    for (int i = 0; i < inputs->rank; i++)
        b->input.size[i] = inputs->dim[i] == SHAPE_OPEN ? HORN_OPEN : inputs->dim[i];
    b->output = b->input;
    if (table_of(l)->build) status = table_of(l)->build(self_of(l), b);
    b->layer = NULL;
    return status ? fail_here(l, status) : HORN_OK;
}

static bool same_shape(const horn_shape *a, const horn_shape *b)
{
    return a->rank == b->rank && memcmp(a->size, b->size, (size_t)a->rank * sizeof *a->size) == 0;
}

/* What build said holds for inputs of one shape. If that has open axes, the output may only be shaped as the input. */
static horn_status place(const layer *l, call *c)
{
    const horn_build *b = &((const custom_layer *)l)->built;
    horn_status status = HORN_OK;
    if (!same_shape(&b->output, &b->input)) status = take_shape(c->outputs, &b->output, "output");
    for (int i = 0; i < b->input.rank; i++)
        if (b->input.size[i] == HORN_OPEN && (shape_is_open(c->outputs) || b->keep || b->scratch) &&
            !shape_is_open(c->inputs))
            return layer_fail(l, HORN_ERROR_UNSUPPORTED,
                              "its class does not say its output and its buffers for inputs with open axes");
    call_ask_keep(c, b->keep);
    call_ask_scratch(c, b->scratch);
    return status ? fail_here(l, status) : HORN_OK;
}

/* ---- computing ---- */

static horn_slice slice_of(const call *c, const lane *own, size_t rows)
{
    const size_t first = c->layer->weight_count ? c->layer->weights[0].number : 0;
    return (horn_slice){ .rows = rows,
                         .input = shape_count(c->inputs),
                         .output = shape_count(c->outputs),
                         .training = own->training,
                         .weights = own->values + first,
                         .gradients = own->gradients + first,
                         .keep = lane_keep(own, c),
                         .scratch = lane_scratch(own, c),
                         .lane = own,
                         .call = c };
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    const horn_slice s = slice_of(c, own, x->rows);
    table_of(c->layer)->forward(constant_self_of(c->layer), &s, x->data, y->data);
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    /* The activation after the layer may have overwritten y. */
    (void)y;
    const horn_slice s = slice_of(c, own, x->rows);
    table_of(c->layer)->backward(constant_self_of(c->layer), &s, x->data, dy->data, dx ? dx->data : NULL);
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

static size_t operate(const call *c, graph *g, size_t x)
{
    const layer *l = c->layer;
    horn_graph own = { g, c };
    const size_t y = table_of(l)->operate(constant_self_of(l), &own, x);
    char found[SHAPE_TEXT], expected[SHAPE_TEXT];
    if (g->status) return 0;
    if (y != x && y + 1 != g->count)
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
                                                          .configure = configure,
                                                          .describe = describe,
                                                          .build = build,
                                                          .place = place,
                                                          .forward = forward,
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
