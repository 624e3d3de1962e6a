/* Every layer of the registry: its config, its gradients, and its independence of how a batch is cut. */
#include "test.h"

#include "conformance/make_layer.h"

START_TEST(test_layers__every_member_has_a_sample)
{
    const layer_class *class;
    for (size_t i = 0; (class = layer_class_at(i)); i++) {
        (void)sample_named("layers", class->name);
        ck_assert_ptr_eq(layer_class_by_name(class->name), class);
        ck_assert_ptr_nonnull(class->auto_name);
    }
    ck_assert_ptr_null(layer_class_by_name("Lambda"));
}
END_TEST

START_TEST(test_layers__config_there_and_back_is_identity)
{
    for (size_t i = 0; i < all()->count; i++) {
        layer *l = make_layer(all()->at[i].name, all()->at[i].config);
        config *again = NULL;
        bytes text = { 0 }, expected = { 0 };
        ck_ok(layer_describe(l, &again));
        config *sample = sample_parse(all()->at[i].config);
        ck_ok(config_print(again, false, &text));
        ck_ok(config_print(sample, false, &expected));
        ck_assert_str_eq(bytes_text(&text), bytes_text(&expected)); /* in order, too */
        bytes_free(&text);
        bytes_free(&expected);
        config_free(again);
        config_free(sample);
        layer_free(l);
    }
}
END_TEST

/* What an argument such as "kernel_constraint" says belongs to the weights whose names begin so. */
static size_t count_weights(const layer *l, const char *key, const char *end)
{
    const size_t length = strlen(key), ending = strlen(end);
    size_t found = 0;
    if (length < ending || strcmp(key + length - ending, end) != 0) return 0;
    for (size_t i = 0; i < l->weight_count; i++) {
        const weight *w = &l->weights[i];
        if (strncmp(w->name, key, length - ending) != 0) continue;
        ck_assert_msg(*end != '_' || w->constraint.class || w->regularizer.class, "%s: %s", l->class->name,
                      key);
        found++;
    }
    return found;
}

/* Sets each argument that ends so to `value`; each weight that it is about has it then. */
static size_t check_reaches(const sample_file *sample, const char *end, const char *value)
{
    config *arguments = sample_parse(sample->config);
    const char *key;
    size_t found = 0;
    layer *l;
    for (size_t i = 0; (key = config_key_at(arguments, i)); i++)
        if (strlen(key) > strlen(end) && strcmp(key + strlen(key) - strlen(end), end) == 0)
            config_set_string(arguments, key, value);
    ck_ok(layer_new(&l, sample->name, arguments));
    if (!l->class->expand && !(l->class->flags & LAYER_IS_CELL))
        ck_ok(layer_build(l, (shape[]){ sample->input, sample->input }, l->class->most_inputs ? 2 : 1));
    for (size_t i = 0; (key = config_key_at(arguments, i)); i++) found += count_weights(l, key, end);
    config_free(arguments);
    layer_free(l);
    return found;
}

START_TEST(test_layers__constraints_and_regularizers_reach_their_weights)
{
    size_t constrained = 0, regularized = 0;
    for (size_t i = 0; i < all()->count; i++) {
        constrained += check_reaches(&all()->at[i], "_constraint", "non_neg");
        regularized += check_reaches(&all()->at[i], "_regularizer", "l2");
    }
    ck_assert_uint_gt(constrained, 40);
    ck_assert_uint_ge(regularized, constrained);
}
END_TEST

/* The shape of a layer's own, each of its weights once, and no operation before what it takes from. */
static void check_operations(const call *c, graph *g)
{
    size_t weights = 0, of_floats = 0;
    for (size_t k = 0; k < c->layer->weight_count; k++) of_floats += !c->layer->weights[k].is_whole;
    ck_ok(call_operate(c, g, &g->output, &g->output));
    ck_assert_msg(shape_equal(&g->operations[g->output].shape, c->outputs), "%s", c->layer->class->name);
    for (size_t k = 0; k < g->count; k++) {
        weights += g->operations[k].kind == OPERATION_WEIGHT;
        for (int in = 0; in < g->operations[k].input_count; in++)
            ck_assert(g->operations[k].inputs[in] < k || g->operations[k].inputs[in] == NO_VALUE);
    }
    ck_assert_uint_eq(weights, of_floats);
}

/* Operations that graphs do not hold; their families hold others. */
static bool has_no_form(const char *arguments)
{
    static const char *const names[] = { "Exp", "Expm1", "Log",   "Log1p", "Sqrt", "Reciprocal",
                                         "Sin", "Cos",   "Power", "Max",   "Min" };
    char quoted[32];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(quoted, sizeof quoted, "\"%s\"", names[i]);
        if (strstr(arguments, quoted)) return true;
    }
    return false;
}

START_TEST(test_layers__operations_end_in_the_output_and_take_every_weight)
{
    for (size_t i = 0; i < all()->count; i++) {
        if (has_no_call(i)) continue;
        layer *l = make_layer(all()->at[i].name, all()->at[i].config);
        call *c;
        graph *g;
        ck_ok(harness_place(&c, l, &all()->at[i].input));
        ck_ok(graph_new(&g));
        g->output = graph_add(g, &(operation){ .kind = OPERATION_INPUT, .shape = all()->at[i].input });
        if (strstr(all()->at[i].config, "\"softsign\"") || strstr(all()->at[i].config, "\"gelu\""))
            ck_fails(call_operate(c, g, &g->output, &g->output), HORN_ERROR_UNSUPPORTED,
                     "has no operation, which this format needs");
        else if (has_no_form(all()->at[i].config))
            ck_fails(call_operate(c, g, &g->output, &g->output), HORN_ERROR_UNSUPPORTED,
                     "has no form in graphs");
        else if (says_operations(l->class))
            check_operations(c, g);
        else
            ck_fails(call_operate(c, g, &g->output, &g->output), HORN_ERROR_UNSUPPORTED,
                     "does not say its operations");
        graph_free(g);
        call_free(c);
        layer_free(l);
    }
}
END_TEST

START_TEST(test_layers__operations_that_are_not_said_are_missed)
{
    layer *l = make_layer("Dense", sample_named("layers", "Dense")->config);
    layer_class mute = *l->class;
    call *c;
    graph *g;
    mute.operate = NULL;
    l->class = &mute;
    ck_ok(harness_place(&c, l, &sample_named("layers", "Dense")->input));
    ck_ok(graph_new(&g));
    g->output = graph_add(
        g, &(operation){ .kind = OPERATION_INPUT, .shape = sample_named("layers", "Dense")->input });
    ck_fails(call_operate(c, g, &g->output, &g->output), HORN_ERROR_UNSUPPORTED,
             "layer 'd' (Dense): does not say its operations");
    graph_free(g);
    call_free(c);
    layer_free(l);
}
END_TEST

/* ---- dropout ---- */

enum { DROPPED = 100000 };

static void open_dropout(harness *h, size_t rows, size_t n)
{
    harness_open(h, make_layer("Dropout", "{\"rate\": 0.3}"), &(shape){ 1, { n } }, rows, true);
    for (size_t i = 0; i < rows * n; i++) h->x.data[i] = 1;
}

START_TEST(test_layers__dropout_drops_its_share_and_scales_the_rest)
{
    harness h;
    size_t kept = 0;
    open_dropout(&h, 1, DROPPED);
    harness_forward(&h);
    for (size_t i = 0; i < DROPPED; i++) {
        if (h.y.data[i] != 0) ck_assert_float_eq_tol(h.y.data[i], 1 / 0.7f, 1e-6f);
        kept += h.y.data[i] != 0;
    }
    /* 0.7 n, deviation sqrt(0.21 n) = 145 */
    ck_assert_msg(kept > 70000 - 5 * 145 && kept < 70000 + 5 * 145, "%zu of 100000 kept", kept);
    for (size_t i = 0; i < DROPPED; i++) h.dy.data[i] = 2;
    harness_backward(&h);
    for (size_t i = 0; i < DROPPED; i++) ck_assert_float_eq_tol(h.dx.data[i], 2 * h.y.data[i], 1e-6f);
    harness_close(&h);
}
END_TEST

START_TEST(test_layers__dropout_is_a_function_of_where_it_is)
{
    harness whole, slice;
    enum { N = 100 };
    open_dropout(&whole, 4, N);
    open_dropout(&slice, 2, N);
    harness_forward(&whole);
    slice.lane.first = 2; /* however a batch is cut */
    harness_forward(&slice);
    ck_assert_mem_eq(slice.y.data, whole.y.data + 2 * N, 2 * N * sizeof(float));
    ck_assert_mem_ne(whole.y.data, whole.y.data + N, N * sizeof(float));
    slice.lane.step++;
    harness_forward(&slice);
    ck_assert_mem_ne(slice.y.data, whole.y.data + 2 * N, 2 * N * sizeof(float));
    slice.lane.step--, slice.lane.seed++;
    harness_forward(&slice);
    ck_assert_mem_ne(slice.y.data, whole.y.data + 2 * N, 2 * N * sizeof(float));
    unsigned char *keeps[2] = { NULL, slice.keep[0] };
    slice.lane.seed--, slice.lane.keep = keeps, slice.call->number = 1;
    harness_forward(&slice);
    ck_assert_mem_ne(slice.y.data, whole.y.data + 2 * N, 2 * N * sizeof(float));
    harness_close(&slice);
    harness_close(&whole);
}
END_TEST

START_TEST(test_layers__dropout_of_rate_0_is_the_identity)
{
    harness h;
    harness_open(&h, make_layer("Dropout", "{\"rate\": 0}"), &(shape){ 1, { 50 } }, 2, true);
    harness_forward(&h);
    ck_assert_mem_eq(h.y.data, h.x.data, 100 * sizeof(float));
    harness_close(&h);
}
END_TEST

/* ---- reading ---- */

START_TEST(test_layers__spellings_of_keras_are_read)
{
    layer *l = make_layer(
        "Dense",
        "{\"name\": \"d\", \"dtype\": {\"module\": \"keras\", \"class_name\": \"DTypePolicy\", \"config\": "
        "{\"name\": \"float32\"}, \"registered_name\": null}, \"units\": 3, \"activation\": {\"module\": "
        "\"builtins\", \"class_name\": \"function\", \"config\": \"relu\", \"registered_name\": \"relu\"}, "
        "\"kernel_initializer\": \"glorot_uniform\", \"bias_initializer\": {\"class_name\": \"Zeros\", "
        "\"config\": {}}, \"activity_regularizer\": null, \"quantization_config\": null, "
        "\"batch_input_shape\": [null, 28, 2]}");
    ck_assert_str_eq(activation_name(l->activation), "relu");
    ck_assert_str_eq(l->name, "d");
    ck_assert(l->has_input_shape);
    call *c;
    ck_ok(harness_place(&c, l, &l->input_shape));
    ck_assert(shape_equal(c->outputs, &(shape){ 2, { 28, 3 } }));
    call_free(c);
    ck_assert_int_eq(l->weight_count, 2);
    ck_assert_str_eq(l->weights[0].axes, "io");
    ck_assert(shape_equal(&l->weights[0].shape, &(shape){ 2, { 2, 3 } }));
    ck_assert(layer_weight_trains(l, 0));
    l->trainable = false;
    ck_assert(!layer_weight_trains(l, 0));
    layer_free(l);
}
END_TEST

/* Only training asks for it. */
START_TEST(test_layers__a_regularizer_that_is_no_number_is_kept)
{
    config *arguments = sample_parse(
        "{\"units\": 2, \"bias_regularizer\": {\"class_name\": \"L2\", \"config\": {\"l2\": NaN}}}");
    layer *l = NULL;
    ck_ok(layer_new(&l, "Dense", arguments));
    ck_assert_ptr_nonnull(strstr(l->unknown[LACKS_LOSS], "argument 'l2' is NaN"));
    layer_free(l);
    config_free(arguments);
}
END_TEST

START_TEST(test_layers__what_is_not_supported_is_named)
{
    check_refused("Lambda", "{}", HORN_ERROR_UNSUPPORTED, "Horn has no layer Lambda, which is Python code");
    check_refused("ConvLSTM2D", "{\"name\": \"l\"}", HORN_ERROR_UNSUPPORTED,
                  "layer 'l': Horn has no layer ConvLSTM2D yet");
    check_refused("LSTM", "{\"name\": \"l\"}", HORN_ERROR_FORMAT,
                  "layer 'l' (LSTM): argument 'units' is missing");
    check_refused("SimpleRNN", "{\"units\": 2, \"time_major\": true}", HORN_ERROR_UNSUPPORTED, "time_major");
    check_refused(
        "LSTM", "{\"units\": 2, \"return_state\": true}", HORN_ERROR_UNSUPPORTED,
        "'return_state' is true: layers of several outputs are not supported, and no Sequential takes them");
    check_refused("LSTM", "{\"units\": 2, \"reset_after\": true}", HORN_ERROR_UNSUPPORTED, "reset_after");
    check_refused("LSTM", "{\"units\": 2, \"dropout\": 1.0}", HORN_ERROR_UNSUPPORTED, "dropout");
    check_refused("Model", "{\"name\": \"s\"}", HORN_ERROR_UNSUPPORTED,
                  "layer 's': Horn has no models as layers of a model yet (Model)");
    check_refused("mine>LSTM", "{}", HORN_ERROR_UNSUPPORTED,
                  "layer class 'mine>LSTM' is not known (its config: {}): horn_register_layer makes it so");
    check_refused("Dense", "{\"name\": \"d\"}", HORN_ERROR_FORMAT,
                  "layer 'd' (Dense): argument 'units' is missing");
    check_refused("Dense", "{\"units\": 0}", HORN_ERROR_FORMAT, "units");
    check_refused("Dense", "{\"units\": 2, \"rate\": 1}", HORN_ERROR_UNSUPPORTED, "rate");
    check_refused("Dense", "{\"units\": 2, \"dtype\": \"float16\"}", HORN_ERROR_UNSUPPORTED, "float16");
    check_refused("Dense",
                  "{\"units\": 2, \"dtype\": {\"class_name\": \"DTypePolicy\", \"config\": {\"name\": "
                  "\"mixed_bfloat16\"}}}",
                  HORN_ERROR_UNSUPPORTED, "mixed_bfloat16");
    check_refused("Dense", "{\"units\": 2, \"activation\": \"glu\"}", HORN_ERROR_UNSUPPORTED,
                  "activation 'glu' is not known");
    check_refused("Dense", "{\"units\": 2, \"batch_input_shape\": [null, 0]}", HORN_ERROR_FORMAT,
                  "batch_input_shape");
    check_refused("Flatten", "{\"data_format\": \"last\"}", HORN_ERROR_ARGUMENT, "data_format");
    check_refused("Dropout", "{}", HORN_ERROR_FORMAT, "rate");
    check_refused("Dropout", "{\"rate\": 1.5}", HORN_ERROR_FORMAT, "rate");
    check_refused("Dropout", "{\"rate\": 1.0}", HORN_ERROR_UNSUPPORTED, "rate");
    check_refused("Activation", "{}", HORN_ERROR_FORMAT, "activation");
}
END_TEST

static const struct {
    const char *name, *others, *key, *value;
    int lack;
} cases[] = {
    { "Dense", "\"units\": 2", "kernel_initializer", "\"stft\"", LACKS_START },
    { "Dense", "\"units\": 2", "bias_initializer", "{\"class_name\": \"Mine>I\", \"config\": {\"a\": 1}}",
      LACKS_START },
    { "Dense", "\"units\": 2", "kernel_constraint", "\"radial_constraint\"", LACKS_TRAINING },
    { "Conv2D", "\"filters\": 3, \"kernel_size\": 3", "bias_constraint",
      "{\"class_name\": \"RadialConstraint\", \"config\": {}}", LACKS_TRAINING },
    { "DepthwiseConv2D", "\"kernel_size\": 3", "depthwise_constraint", "\"radial_constraint\"",
      LACKS_TRAINING },
    { "BatchNormalization", "\"axis\": -1", "gamma_constraint", "\"mine\"", LACKS_TRAINING },
    { "Dropout", "\"rate\": 0.5", "noise_shape", "[null, 1]", LACKS_TRAINING },
    { "Dense", "\"units\": 2", "kernel_regularizer",
      "{\"class_name\": \"OrthogonalRegularizer\", \"config\": {}}", LACKS_LOSS },
    { "Dense", "\"units\": 2", "activity_regularizer", "\"mine\"", LACKS_LOSS },
    { "Flatten", "\"data_format\": \"channels_last\"", "activity_regularizer", "\"mine\"", LACKS_LOSS },
    { "Dense", "\"units\": 2", "activity_regularizer", "\"l2\"", LAYER_LACKS },
    { "BatchNormalization", "\"axis\": -1", "synchronized", "true", LAYER_LACKS },
    { "Dropout", "\"rate\": 0.5", "seed", "7", LAYER_LACKS },
    { "Dense", "\"units\": 2", "kernel_initializer",
      "{\"class_name\": \"HeNormal\", \"config\": {\"seed\": 3}}", LAYER_LACKS },
    { "Dense", "\"units\": 2", "bias_initializer",
      "{\"class_name\": \"Constant\", \"config\": {\"value\": [1.0, 2.0]}}", LAYER_LACKS },
    { "Dense", "\"units\": 2", "kernel_initializer",
      "{\"class_name\": \"HeNormal\", \"config\": {\"input_axes\": [0], \"output_axes\": [1]}}",
      LAYER_LACKS },
};

/* What has no effect on predictions is kept, and written back as it came. */
START_TEST(test_layers__unknown_arguments_of_training_are_kept)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char json[256];
        snprintf(json, sizeof json, "{\"name\": \"l\", %s, \"%s\": %s}", cases[i].others, cases[i].key,
                 cases[i].value);
        layer *l = make_layer(cases[i].name, json);
        config *described, *given = sample_parse(json);
        for (int k = 0; k < LAYER_LACKS; k++)
            ck_assert_msg(!l->unknown[k] == (k != cases[i].lack), "%s", json);
        if (cases[i].lack < LAYER_LACKS)
            ck_assert_msg(strstr(l->unknown[cases[i].lack], "layer 'l' (") &&
                              strstr(l->unknown[cases[i].lack], cases[i].key),
                          "%s: %s", json, l->unknown[cases[i].lack]);
        ck_ok(layer_describe(l, &described));
        ck_assert_msg(config_equal(config_get(described, cases[i].key), config_get(given, cases[i].key)),
                      "%s", json);
        config_free(described);
        config_free(given);
        layer_free(l);
    }
}
END_TEST

START_TEST(test_layers__sizes_that_cannot_be_are_refused)
{
    layer *l = make_layer("Dense", "{\"name\": \"d\", \"units\": 4611686018427387}");
    call *c;
    ck_fails(harness_place(&c, l, &(shape){ 1, { 1000000 } }), HORN_ERROR_SHAPE,
             "layer 'd' (Dense): its kernel");
    ck_fails(harness_place(&c, l, &(shape){ 0 }), HORN_ERROR_SHAPE, "no axis");
    layer_free(l);
    l = make_layer("Dense", "{\"name\": \"d\", \"units\": 3, \"bias_initializer\": \"orthogonal\"}");
    ck_fails(harness_place(&c, l, &(shape){ 1, { 4 } }), HORN_ERROR_SHAPE,
             "layer 'd' (Dense): its bias: has shape (3,), expected two or more axes for Orthogonal");
    layer_free(l);
    l = make_layer("Flatten", "{}");
    ck_fails(harness_place(&c, l, &(shape){ 3, { SIZE_MAX / 2, 4, 4 } }), HORN_ERROR_SHAPE, "its input");
    ck_ok(harness_place(&c, l, &(shape){ 0 }));
    ck_assert(shape_equal(c->outputs, &(shape){ 1, { 1 } }));
    call_free(c);
    layer_free(l);
}
END_TEST

START_TEST(test_layers__constructors_take_options)
{
    layer *l = horn_dense(&(horn_dense_options){
        .name = "d", .input_shape = { 4 }, .units = 3, .activation = "relu", .no_bias = true });
    ck_ok(horn_layer_status(l));
    ck_assert(l->has_input_shape);
    ck_ok(layer_build(l, &l->input_shape, 1));
    ck_assert_int_eq(l->weight_count, 1);
    layer_free(l);
    l = horn_dense(&(horn_dense_options){
        .units = 3, .kernel_regularizer = { .l1 = 0.5, .l2 = 0.25 }, .bias_regularizer = { .l2 = 2 } });
    ck_ok(horn_layer_status(l));
    ck_ok(layer_build(l, &(shape){ 1, { 2 } }, 1));
    ck_assert_double_eq(l->weights[0].regularizer.l1, 0.5);
    ck_assert_double_eq(l->weights[0].regularizer.l2, 0.25);
    ck_assert_double_eq(l->weights[1].regularizer.l1, 0);
    ck_assert_double_eq(l->weights[1].regularizer.l2, 2);
    layer_free(l);
    l = horn_flatten(NULL);
    ck_ok(horn_layer_status(l));
    ck_assert_ptr_null(l->name);
    horn_layer_free(l);
    horn_layer_free(horn_dropout(&(horn_dropout_options){ .rate = 0.5 }));
    l = horn_activation(&(horn_activation_options){ .activation = "softmax" });
    ck_assert_str_eq(activation_name(l->activation), "softmax");
    layer_free(l);
    ck_carries(layer, horn_dense(&(horn_dense_options){ .name = "d" }), HORN_ERROR_FORMAT, "units");
    ck_carries(layer, horn_dropout(&(horn_dropout_options){ .rate = -0.5 }), HORN_ERROR_FORMAT, "rate");
    ck_carries(layer, horn_activation(&(horn_activation_options){ .name = "a" }), HORN_ERROR_FORMAT,
               "activation");
    ck_carries(layer, horn_dense(&(horn_dense_options){ .units = 2, .activation = "glu" }),
               HORN_ERROR_UNSUPPORTED, "'glu'");
    ck_carries(layer, horn_dense(&(horn_dense_options){ .units = 2, .kernel_initializer = "orthodox" }),
               HORN_ERROR_UNSUPPORTED, "initializer 'orthodox' is not known");
    horn_layer_free(NULL);
}
END_TEST

TEST_MAIN(test_layers__a_regularizer_that_is_no_number_is_kept, test_layers__every_member_has_a_sample,
          test_layers__config_there_and_back_is_identity,
          test_layers__constraints_and_regularizers_reach_their_weights,
          test_layers__operations_end_in_the_output_and_take_every_weight,
          test_layers__operations_that_are_not_said_are_missed,
          test_layers__dropout_drops_its_share_and_scales_the_rest,
          test_layers__dropout_is_a_function_of_where_it_is, test_layers__dropout_of_rate_0_is_the_identity,
          test_layers__spellings_of_keras_are_read, test_layers__what_is_not_supported_is_named,
          test_layers__unknown_arguments_of_training_are_kept, test_layers__sizes_that_cannot_be_are_refused,
          test_layers__constructors_take_options)
