/* Bidirectional: a recurrent layer forwards in time, and one backwards, whose outputs are merged: y = merge(forward(x), backward(x)).
 * If the layers give sequences, the backward one's is reversed before, so that each step of y knows the steps before and behind it.
 *
 * It expands into the calls of both layers on the same value, a reversal, and the call of a merging layer. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "config/keras_object.h"
#include "layers/nested/inner.h"
#include "layers/recurrent/recurrent.h"

enum { FORWARD, BACKWARD, DIRECTIONS };

/* Keras names the layers inside after what they do, and sets their zero_output_for_mask. Files say what they were given. */
typedef struct direction {
    char *name;
    bool zero_output_for_mask;
} direction;

typedef struct bidirectional {
    layer base;
    direction given[DIRECTIONS];
    /* Else the backward layer is made of the forward one. */
    bool has_backward;
    const char *merge_mode;
    /* Owned. */
    layer *merging;
} bidirectional;

static const char *const keys[] = { "layer", "backward_layer" },
                         *const attributes[] = { "forward_layer", "backward_layer" },
                         *const prefixes[] = { "forward_", "backward_" };

/* ---- arguments ---- */

static void read_merge_mode(bidirectional *b, config_reader *r)
{
    static const char *const modes[][2] = {
        { "concat", "Concatenate" }, { "sum", "Add" }, { "mul", "Multiply" }, { "ave", "Average" }
    };
    const config *value = config_get(r->object, "merge_mode");
    const char *mode = "concat";
    if (value && config_is_null(value))
        config_reader_fail(
            r, HORN_ERROR_UNSUPPORTED, "merge_mode",
            "is null: layers of several outputs are not supported, and no Sequential takes them");
    config_read_string(r, "merge_mode", &mode);
    for (size_t i = 0; i < sizeof modes / sizeof *modes && !r->status; i++) {
        if (strcmp(mode, modes[i][0]) != 0) continue;
        config *arguments = config_object();
        b->merge_mode = modes[i][0];
        r->status = config_status(arguments);
        if (!r->status) r->status = layer_new(&b->merging, modes[i][1], arguments);
        config_free(arguments);
    }
    if (!r->status && !b->merging)
        config_reader_fail(r, HORN_ERROR_FORMAT, "merge_mode",
                           "is '%.60s', expected 'concat', 'sum', 'mul' or 'ave'", mode);
}

static bool flag_of(const config *entry, const char *key)
{
    return config_is_true(config_get(config_get(entry, "config"), key));
}

/* What files call the layer inside, and what Keras calls it. */
static horn_status name_direction(bidirectional *b, int which, const config *given, bytes *prefixed)
{
    const char *name = config_get_string(config_get(given, "config"), "name"), *prefix = prefixes[which];
    const char *class_name = keras_full_name(given);
    horn_status status = name         ? memory_copy_string(&b->given[which].name, name)
                         : class_name ? keras_snake_name(&b->given[which].name, class_name)
                                      : HORN_OK;
    name = b->given[which].name;
    if (status || !name) return status;
    bytes_print(prefixed, "%s%s", strncmp(name, prefix, strlen(prefix)) == 0 ? "" : prefix, name);
    return bytes_status(prefixed);
}

/* The entry of one direction, as its layer inside is made: with its name, and zero_output_for_mask. */
static config *entry_of(bidirectional *b, config_reader *r, int which, const config *given)
{
    bytes prefixed = { 0 };
    config *entry = config_copy(given);
    if (!config_is_object(config_get(given, "config"))) return entry; /* refused as it is read */
    config *inside = config_copy(config_get(given, "config"));
    r->status = name_direction(b, which, given, &prefixed);
    if (bytes_text(&prefixed)) config_set_string(inside, "name", bytes_text(&prefixed));
    b->given[which].zero_output_for_mask = flag_of(given, "zero_output_for_mask");
    if (flag_of(given, "return_sequences"))
        config_set_boolean(inside, "zero_output_for_mask", true);
    else
        config_remove(inside, "zero_output_for_mask");
    config_set(entry, "config", inside);
    bytes_free(&prefixed);
    return entry;
}

static void read_direction(bidirectional *b, config_reader *r, int which, const config *given)
{
    if (r->status) return;
    config *entry = entry_of(b, r, which, given);
    if (!r->status) r->status = config_status(entry);
    inner_read_entry(&b->base, r, keys[which], attributes[which], entry);
    config_free(entry);
}

/* The other direction of the same layer. */
static config *reversed(const config *given)
{
    config *entry = config_copy(given), *inside = config_copy(config_get(given, "config"));
    config_set_boolean(inside, "go_backwards", !flag_of(given, "go_backwards"));
    config_set(entry, "config", inside);
    return entry;
}

static const time_settings *time_of(const bidirectional *b, int which)
{
    return recurrent_time(b->base.inner[which].layer);
}

static void check_directions(const bidirectional *b, config_reader *r)
{
    for (int i = 0; i < DIRECTIONS && !r->status; i++)
        if (!time_of(b, i))
            config_reader_fail(r, HORN_ERROR_UNSUPPORTED, keys[i],
                               "is a %.60s, which has no direction in time",
                               b->base.inner[i].layer->class->name);
    if (r->status) return;
    if (time_of(b, FORWARD)->go_backwards == time_of(b, BACKWARD)->go_backwards)
        config_reader_fail(r, HORN_ERROR_FORMAT, keys[BACKWARD],
                           "goes in the direction of the forward layer");
    if (time_of(b, FORWARD)->return_sequences != time_of(b, BACKWARD)->return_sequences)
        config_reader_fail(r, HORN_ERROR_FORMAT, keys[BACKWARD],
                           "has another return_sequences than the forward layer");
    if (time_of(b, FORWARD)->stateful != time_of(b, BACKWARD)->stateful)
        config_reader_fail(r, HORN_ERROR_FORMAT, keys[BACKWARD],
                           "has another stateful than the forward layer");
}

static void configure(layer *l, config_reader *r)
{
    bidirectional *b = (bidirectional *)l;
    const config *given[DIRECTIONS] = { NULL };
    read_merge_mode(b, r);
    config_require(r, keys[FORWARD]);
    for (int i = 0; i < DIRECTIONS; i++) config_read_value(r, keys[i], &given[i]);
    b->has_backward = given[BACKWARD];
    read_direction(b, r, FORWARD, given[FORWARD]);
    if (r->status) return;
    config *other = reversed(given[FORWARD]);
    read_direction(b, r, BACKWARD, b->has_backward ? given[BACKWARD] : other);
    config_free(other);
    if (!r->status) check_directions(b, r);
}

static config *describe_direction(const bidirectional *b, int which)
{
    config *entry = inner_describe(b->base.inner[which].layer), *inside;
    if (!entry) return NULL;
    inside = config_copy(config_get(entry, "config"));
    config_set_string(inside, "name", b->given[which].name);
    if (!b->given[which].zero_output_for_mask)
        config_remove(inside, "zero_output_for_mask");
    else
        config_set_boolean(inside, "zero_output_for_mask", true);
    config_set(entry, "config", inside);
    return entry;
}

static void describe(const layer *l, config *c)
{
    const bidirectional *b = (const bidirectional *)l;
    config_set(c, keys[FORWARD], describe_direction(b, FORWARD));
    config_set_string(c, "merge_mode", b->merge_mode);
    if (b->has_backward) config_set(c, keys[BACKWARD], describe_direction(b, BACKWARD));
}

static void destroy(layer *l)
{
    bidirectional *b = (bidirectional *)l;
    for (int i = 0; i < DIRECTIONS; i++) free(b->given[i].name);
    layer_free(b->merging);
}

/* ---- reversal: y[N, t, ...] = x[N, T - 1 - t, ...]; masks are those of the input's steps already ---- */

static void reverse(const call *c, const tensor *from, tensor *to)
{
    const size_t T = c->inputs->dim[0], n = T ? shape_count(c->inputs) / T : 0;
    for (size_t i = 0; i < from->rows; i++)
        for (size_t t = 0; t < T; t++)
            memcpy(to->data + (i * T + t) * n, from->data + (i * T + T - 1 - t) * n, n * sizeof *to->data);
}

static void reverse_forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    (void)own;
    reverse(c, x, y);
}

static void reverse_backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy,
                             tensor *dx)
{
    (void)own, (void)x, (void)y;
    if (dx) reverse(c, dy, dx);
}

static size_t reverse_operate(const call *c, graph *g, const size_t *x)
{
    const size_t T = c->inputs->dim[0];
    size_t *steps = NULL, y = *x;
    if (T == SHAPE_OPEN && !g->status)
        g->status = fail(HORN_ERROR_UNSUPPORTED,
                         "a Bidirectional has an open axis of steps, which graph formats cannot hold");
    if (!g->status) g->status = memory_new(&steps, T, sizeof *steps);
    for (size_t t = 0; !g->status && t < T; t++) steps[t] = graph_slice(g, *x, 0, T - 1 - t, 1);
    if (!g->status) y = graph_join_all(g, steps, T, 0);
    free(steps);
    return y;
}

static const layer_class reversal_class = {
    .name = "Bidirectional",
    .flags = LAYER_PASSES_MASK,
    .operate = reverse_operate,
    .forward = reverse_forward,
    .backward = reverse_backward,
};

static const layer reversal = { .class = &reversal_class };

/* ---- calls ---- */

static horn_status expand(const layer *l, call_list *list, size_t x, size_t *y)
{
    const bidirectional *b = (const bidirectional *)l;
    size_t sides[DIRECTIONS];
    horn_status status = HORN_OK;
    for (int i = 0; i < DIRECTIONS && !status; i++)
        status = call_list_add(list, l->inner[i].layer, &x, 1, &sides[i]);
    if (!status && !b->merging->name) status = memory_copy_string(&b->merging->name, l->name ? l->name : "");
    if (!status && time_of(b, FORWARD)->return_sequences)
        status = call_list_add_static(list, &reversal, &sides[BACKWARD], 1, &sides[BACKWARD]);
    return status ? status : call_list_add_static(list, b->merging, sides, DIRECTIONS, y);
}

const layer_class bidirectional_class = {
    .name = "Bidirectional",
    .auto_name = "bidirectional",
    .size = sizeof(bidirectional),
    .configure = configure,
    .describe = describe,
    .expand = expand,
    .destroy = destroy,
};

static horn_status argue(config *arguments, int which, horn_layer *l)
{
    config *entry = NULL;
    const horn_status status = inner_argument(&entry, l);
    if (!status) config_set(arguments, keys[which], entry);
    return status;
}

horn_layer *horn_bidirectional(const horn_bidirectional_options *options)
{
    const horn_bidirectional_options o = options ? *options : (horn_bidirectional_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    horn_status status = argue(arguments, FORWARD, o.layer);
    if (!status && o.backward_layer) status = argue(arguments, BACKWARD, o.backward_layer);
    layer_free(o.layer);
    layer_free(o.backward_layer);
    if (o.merge_mode) config_set_string(arguments, "merge_mode", o.merge_mode);
    if (!status) return layer_construct(&bidirectional_class, arguments);
    config_free(arguments);
    return layer_failed(status);
}
