#include "test.h"
#include "snapshot/graph.h"
#include "snapshot/snapshot.h"

static const horn_view one = { .rank = 1, .shape = { 2 } };

/* All parts, whole. */
static snapshot *whole(void)
{
    snapshot *s;
    snapshot_layer *layer, *cell;
    snapshot_slot *slot;
    snapshot_tensor *t;
    ck_ok(snapshot_new(&s));
    s->parts =
        PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE | PART_OPTIMIZER | PART_PROGRESS | PART_OPERATIONS;
    s->name = strdup("m");
    ck_ok(snapshot_add_layer(s, "Dense", "dense", &layer));
    layer->arguments = config_object();
    ck_ok(snapshot_layer_add(layer, "bias", &one, &t));
    strcpy(t->axes, "o");
    ck_ok(snapshot_add_inner(layer, "cell", "LSTMCell", "lstm_cell", &cell));
    ck_ok(snapshot_layer_add(cell, "kernel", &one, &t));
    ck_ok(snapshot_add_slot(s, "velocity", &slot));
    ck_ok(snapshot_slot_add(slot, "dense/bias", &one, &t));
    ck_ok(config_parse(&s->loss, "{\"class_name\": \"a\", \"config\": {}}", 33, "loss"));
    ck_ok(config_parse(&s->metrics, "[\"a\"]", 5, "metrics"));
    ck_ok(config_parse(&s->optimizer, "{\"class_name\": \"b\", \"config\": {}}", 33, "optimizer"));
    s->progress = config_object();
    ck_ok(graph_new(&s->operations));
    s->operations->output = graph_add(s->operations, &(operation){ .kind = OPERATION_INPUT });
    return s;
}

static void take(char **text)
{
    free(*text);
    *text = NULL;
}

static void replace(config **value, const char *text)
{
    config_free(*value);
    ck_ok(config_parse(value, text, strlen(text), "value"));
}

static void lose_model_name(snapshot *s)
{
    take(&s->name);
}
static void lose_class(snapshot *s)
{
    take(&s->layers[0].class_name);
}
static void lose_layer_name(snapshot *s)
{
    take(&s->layers[0].name);
}
static void lose_tensor_name(snapshot *s)
{
    take(&s->layers[0].tensors[0].name);
}
static void lose_values(snapshot *s)
{
    take((char **)&s->layers[0].tensors[0].data);
}
static void lose_slot_name(snapshot *s)
{
    take(&s->slots[0].name);
}
static void lose_slot_values(snapshot *s)
{
    take((char **)&s->slots[0].tensors[0].data);
}
static void lose_inner_name(snapshot *s)
{
    take(&s->layers[0].inner[0].name);
}
static void lose_attribute(snapshot *s)
{
    take(&s->layers[0].inner[0].attribute);
}
static void lose_inner_values(snapshot *s)
{
    take((char **)&s->layers[0].inner[0].tensors[0].data);
}
static void change_arguments(snapshot *s)
{
    replace(&s->layers[0].arguments, "3");
}
static void change_loss(snapshot *s)
{
    replace(&s->loss, "{}");
}
static void change_metrics(snapshot *s)
{
    replace(&s->metrics, "[[]]");
}
static void change_optimizer(snapshot *s)
{
    replace(&s->optimizer, "\"sgd\"");
}
static void change_progress(snapshot *s)
{
    replace(&s->progress, "[]");
}
static void change_rank(snapshot *s)
{
    s->layers[0].tensors[0].rank = HORN_MAX_RANK + 1;
}
static void change_shape(snapshot *s)
{
    s->layers[0].tensors[0].shape[0] = SIZE_MAX / 2;
}
static void change_dtype(snapshot *s)
{
    s->layers[0].tensors[0].dtype = (horn_dtype)99;
}
static void change_axes(snapshot *s)
{
    strcpy(s->layers[0].tensors[0].axes, "io");
}
static void change_input(snapshot *s)
{
    s->input_rank = -1;
}
static void change_output(snapshot *s)
{
    s->operations->output = 1;
}
static void add_none(snapshot *s)
{
    (void)graph_add(s->operations, &(operation){ 0 });
}
static void add_no_kind(snapshot *s)
{
    (void)graph_add(s->operations, &(operation){ .kind = OPERATION_KINDS });
}
static void add_too_few(snapshot *s)
{
    (void)graph_apply(s->operations, OPERATION_MUL, 0, NO_VALUE);
}
static void add_too_many(snapshot *s)
{
    (void)graph_apply(s->operations, OPERATION_RELU, 0, 0);
}
static void add_missing(snapshot *s)
{
    (void)graph_add(s->operations,
                    &(operation){ .kind = OPERATION_ADD, .inputs = { 0, NO_VALUE }, .input_count = 2 });
}
static void add_circle(snapshot *s)
{
    (void)graph_add(s->operations,
                    &(operation){ .kind = OPERATION_ADD, .inputs = { 0, 1 }, .input_count = 2 });
}

static const struct {
    void (*change)(snapshot *);
    const char *words;
} cases[] = { { lose_model_name, "f: the model has no name" },
              { lose_class, "f: layer 'dense' is not in the architecture" },
              { lose_layer_name, "f: layer 0 has no name" },
              { lose_tensor_name, "f: tensor 0 of layer 'dense' has no name" },
              { lose_values, "f: tensor 'bias' of layer 'dense' has no values" },
              { lose_slot_name, "f: optimizer slot 0 has no name" },
              { lose_slot_values, "f: tensor 'dense/bias' of optimizer slot 'velocity' has no values" },
              { lose_inner_name, "f: layer 0 inside 'dense' has no name" },
              { lose_attribute, "f: layer 0 inside 'dense' has no name" },
              { lose_inner_values, "f: tensor 'kernel' of layer 'lstm_cell' has no values" },
              { change_arguments, "f: layer 'dense' (Dense) has no arguments" },
              { change_loss, "f: the loss is no name" },
              { change_metrics, "f: metric 0 is no name" },
              { change_optimizer, "f: the optimizer is no {class_name, config}" },
              { change_progress, "f: the progress of the run is no JSON object" },
              { change_rank, "f: tensor 'bias' of layer 'dense' has no shape" },
              { change_shape, "f: tensor 'bias' of layer 'dense' has no shape" },
              { change_dtype, "f: tensor 'bias' of layer 'dense' has no shape" },
              { change_axes, "f: tensor 'bias' of layer 'dense' has other axes than its shape" },
              { change_input, "f: the model's input has rank -1" },
              { change_output, "f: the operations have no output" },
              { add_none, "f: operation 1 is of no kind" },
              { add_no_kind, "f: operation 1 is of no kind" },
              { add_too_few, "f: operation 1 (Mul) has 1 inputs, expected 2 to 2" },
              { add_too_many, "f: operation 1 (Relu) has 2 inputs, expected 1 to 1" },
              { add_missing, "f: operation 1 (Add) misses its input 1" },
              { add_circle, "f: operation 1 takes the result of a later one" } };

START_TEST(test_snapshot_check__finds_what_is_left_unset)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snapshot *s = whole();
        ck_ok(snapshot_check(s, "f"));
        cases[i].change(s);
        ck_fails(snapshot_check(s, "f"), HORN_ERROR_FORMAT, cases[i].words);
        snapshot_free(s);
    }
}
END_TEST

/* What no part stands for may be missing: files of weights alone have no classes, models that were not compiled no loss. */
START_TEST(test_snapshot_check__asks_for_what_the_parts_say)
{
    snapshot *s = whole();
    s->parts = PART_WEIGHTS;
    lose_class(s);
    lose_model_name(s);
    change_loss(s);
    change_progress(s);
    change_output(s);
    ck_ok(snapshot_check(s, "f"));
    s->parts |= PART_COMPILE;
    ck_fails(snapshot_check(s, "f"), HORN_ERROR_FORMAT, "loss");
    snapshot_free(s);
    s = whole();
    for (int i = 0; i < 3; i++) {
        config **value = i == 0 ? &s->loss : i == 1 ? &s->metrics : &s->optimizer;
        config_free(*value);
        *value = NULL;
        ck_ok(snapshot_check(s, "f"));
    }
    snapshot_free(s);
}
END_TEST

/* Of a model of one layer: calls of which one thing is wrong. */
START_TEST(test_snapshot_check__calls_take_what_is_there_before_them)
{
    static const struct {
        size_t layer, value, count;
        const char *words;
    } wrong[] = {
        { 0, 1, 1, "f: call 0 takes value 1, which is not there yet" },
        { 1, 0, 1, "f: call 0 is of no layer, or on nothing" },
        { 0, 0, 0, "f: call 0 is of no layer, or on nothing" },
    };
    snapshot_call *call;
    snapshot_layer *layer;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snapshot *s = whole();
        ck_ok(snapshot_add_call(s, 0, 1, &call));
        ck_ok(snapshot_check(s, "f"));
        call->layer = wrong[i].layer;
        call->values[0] = wrong[i].value;
        call->value_count = wrong[i].count;
        ck_fails(snapshot_check(s, "f"), HORN_ERROR_FORMAT, wrong[i].words);
        snapshot_free(s);
    }
    snapshot *s = whole();
    ck_ok(snapshot_add_layer(s, "Dense", "second", &layer));
    layer->arguments = config_object();
    ck_ok(snapshot_add_call(s, 0, 1, &call));
    ck_fails(snapshot_check(s, "f"), HORN_ERROR_FORMAT, "f: layer 1 is never called");
    snapshot_free(s);
}
END_TEST

START_TEST(test_snapshot_check__bounds_layers_within_layers)
{
    snapshot *s = whole();
    snapshot_layer *inner = &s->layers[0].inner[0];
    for (int depth = 2; depth < SNAPSHOT_MAX_DEPTH; depth++)
        ck_ok(snapshot_add_inner(inner, "layer", "Wrapper", "wrapper", &inner));
    ck_ok(snapshot_check(s, "f"));
    ck_ok(snapshot_add_inner(inner, "layer", "Wrapper", "wrapper", &inner));
    ck_fails(snapshot_check(s, "f"), HORN_ERROR_UNSUPPORTED, "layers within each other are not supported");
    snapshot_free(s);
}
END_TEST

TEST_MAIN(test_snapshot_check__finds_what_is_left_unset, test_snapshot_check__asks_for_what_the_parts_say,
          test_snapshot_check__calls_take_what_is_there_before_them,
          test_snapshot_check__bounds_layers_within_layers)
