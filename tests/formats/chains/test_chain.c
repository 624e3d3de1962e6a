/* Graphs of no format's: what is matched, and what becomes of it. */
#include <ctype.h>
#include "formats/chains/patterns.h"
#include "test.h"

/* A constant's message is its floats, as they lie in memory. */
static void copy(protobuf_text message, float *out)
{
    memcpy(out, message.at, message.size);
}

static imported_origin named(const char *name)
{
    return (imported_origin){ .name = { name, strlen(name) }, .op = { "Op", 2 } };
}

static size_t add(imported *im, const char *name, const operation *o)
{
    size_t value;
    const imported_origin from = named(name);
    ck_ok(imported_add(im, o, &from, &value));
    return value;
}

static size_t unary(imported *im, operation_kind kind, size_t x)
{
    return add(im, "layer/unary", &(operation){ .kind = kind, .inputs = { x }, .input_count = 1 });
}

static size_t binary(imported *im, operation_kind kind, size_t x, size_t y)
{
    return add(im, "layer/binary", &(operation){ .kind = kind, .inputs = { x, y }, .input_count = 2 });
}

/* 1, 2, 3, ... times `scale`. */
static size_t constant(imported *im, const shape *s, float scale)
{
    static float values[8][16];
    static int next;
    float *own = values[next++ % 8];
    size_t value;
    imported_origin from = named("constant");
    from.constant = (imported_constant){ .type = "float32",
                                         .is_float = true,
                                         .rank = s->rank,
                                         .count = shape_count(s),
                                         .message = { (char *)own, shape_count(s) * sizeof *own } };
    memcpy(from.constant.shape, s->dim, sizeof from.constant.shape);
    for (size_t i = 0; i < shape_count(s); i++) own[i] = scale * (float)(i + 1);
    ck_ok(imported_add(im, &(operation){ .kind = OPERATION_WEIGHT, .shape = *s }, &from, &value));
    return value;
}

static size_t number(imported *im, double value)
{
    size_t out;
    const imported_origin from = named("number");
    ck_ok(imported_add_number(im, value, &from, &out));
    return out;
}

/* With its input, of three numbers, as value 0. */
static imported begin(void)
{
    imported im = { .where = "m", .copy = copy, .readable = 1000 };
    add(&im, "input", &(operation){ .kind = OPERATION_INPUT, .shape = { 1, { 3 } } });
    return im;
}

static horn_status layers_of(snapshot **out, imported *im, size_t output)
{
    chain c;
    ck_ok(snapshot_new(out));
    im->graph->output = output;
    horn_status status = chain_find(&c, im);
    for (size_t i = 0; !status && i < c.count; i++) c.steps[i].scope = (protobuf_text){ "one", 3 };
    if (!status) status = chain_layers(*out, &c, 1000, true);
    chain_free(&c);
    return status;
}

static const shape three = { 1, { 3 } }, two = { 1, { 2 } }, kernel_shape = { 2, { 3, 2 } };

/* As a format writes it that has no BiasAdd. */
START_TEST(test_chain__makes_a_layer_of_its_steps)
{
    static const float kernel[] = { 1, 2, 3, 4, 5, 6 }, bias[] = { 10, 20 };
    imported im = begin();
    snapshot *s;
    const size_t product = binary(&im, OPERATION_MATMUL, 0, constant(&im, &kernel_shape, 1)),
                 sum = binary(&im, OPERATION_ADD, constant(&im, &two, 10), product);
    ck_ok(layers_of(&s, &im, unary(&im, OPERATION_TANH, sum)));
    ck_assert_uint_eq(s->layer_count, 1);
    ck_assert_str_eq(s->layers[0].class_name, "Dense");
    ck_assert_str_eq(s->layers[0].name, "one");
    ck_assert_str_eq(config_get_string(s->layers[0].arguments, "activation"), "tanh");
    ck_assert_uint_eq(s->layers[0].tensor_count, 2);
    ck_assert_mem_eq(s->layers[0].tensors[0].data, kernel, sizeof kernel);
    ck_assert_mem_eq(s->layers[0].tensors[1].data, bias, sizeof bias);
    snapshot_free(s);
    imported_free(&im);
}
END_TEST

static double argument(const snapshot *s, const char *key)
{
    double value = -1;
    ck_assert_uint_eq(s->layer_count, 1);
    return config_number(config_get(s->layers[0].arguments, key), &value) ? value : -1;
}

/* (beta - mean f) + f x, f = gamma rsqrt(0.5 + variance): each sum and product turned round. */
START_TEST(test_chain__tries_all_orders)
{
    for (int turns = 0; turns < 32; turns++) {
        imported im = begin();
        snapshot *s;
#define TURNED(bit, kind, a, b) binary(&im, kind, turns >> bit & 1 ? b : a, turns >> bit & 1 ? a : b)
        const size_t gamma = constant(&im, &three, 1), beta = constant(&im, &three, 2),
                     mean = constant(&im, &three, 3), variance = constant(&im, &three, 4),
                     epsilon = number(&im, 0.5);
        const size_t root = unary(&im, OPERATION_RSQRT, TURNED(0, OPERATION_ADD, variance, epsilon)),
                     factor = TURNED(1, OPERATION_MUL, root, gamma),
                     moved = TURNED(2, OPERATION_MUL, mean, factor),
                     scaled = TURNED(3, OPERATION_MUL, 0, factor),
                     shift = binary(&im, OPERATION_SUB, beta, moved);
        ck_ok(layers_of(&s, &im, TURNED(4, OPERATION_ADD, scaled, shift)));
        ck_assert_str_eq(s->layers[0].class_name, "BatchNormalization");
        ck_assert_double_eq(argument(s, "epsilon"), 0.5);
        ck_assert_uint_eq(s->layers[0].tensor_count, 4);
        for (int i = 0; i < 4; i++) /* gamma, beta, mean, variance */
            ck_assert_float_eq(((float *)s->layers[0].tensors[i].data)[0], (float)(i + 1));
        snapshot_free(s);
        imported_free(&im);
    }
}
END_TEST

/* x (x > above) - 0.25 relu(below - x): of another x or of another threshold it is nothing. */
static horn_status read_relu(snapshot **s, imported *im, size_t below_of, double above, double below)
{
    const size_t positive =
                     binary(im, OPERATION_MUL, 0,
                            unary(im, OPERATION_CAST, binary(im, OPERATION_GREATER, 0, number(im, above)))),
                 less = binary(im, OPERATION_ADD, unary(im, OPERATION_NEG, below_of), number(im, below)),
                 negative = binary(im, OPERATION_MUL, number(im, 0.25), unary(im, OPERATION_RELU, less));
    return layers_of(s, im, binary(im, OPERATION_SUB, positive, negative));
}

START_TEST(test_chain__a_name_is_one_value_and_one_number)
{
    snapshot *s;
    imported im = begin();
    ck_ok(read_relu(&s, &im, 0, 0.5, 0.5));
    ck_assert_str_eq(s->layers[0].class_name, "ReLU");
    ck_assert_double_eq(argument(s, "negative_slope"), 0.25);
    ck_assert_double_eq(argument(s, "threshold"), 0.5);
    ck_assert_double_eq(argument(s, "max_value"), -1);
    snapshot_free(s);
    imported_free(&im);
    im = begin();
    ck_fails(read_relu(&s, &im, 0, 0.5, 0.75), HORN_ERROR_UNSUPPORTED,
             "node 'layer/binary' (Op): is no part");
    snapshot_free(s);
    imported_free(&im);
    im = begin();
    const size_t other = unary(&im, OPERATION_TANH, 0);
    ck_fails(read_relu(&s, &im, other, 0.5, 0.5), HORN_ERROR_UNSUPPORTED, "is no part");
    snapshot_free(s);
    imported_free(&im);
}
END_TEST

START_TEST(test_chain__says_why_it_stops)
{
    static const struct {
        const char *type, *fault, *words;
    } cases[] = { { NULL, NULL, "m: node 'odd' (Op): is no part, in a form that is known" },
                  { "int8", NULL, "m: node 'odd' (Op): works on int8, expected float32" },
                  { NULL, "is odd", "m: node 'odd' (Op): is odd" } };
    snapshot *s;
    for (int i = 0; i < 3; i++) {
        imported im = begin();
        size_t odd;
        imported_origin from = named("odd");
        from.type = cases[i].type;
        from.fault = cases[i].fault;
        ck_ok(imported_add(&im, &(operation){ .kind = OPERATION_NONE }, &from, &odd));
        ck_fails(layers_of(&s, &im, unary(&im, OPERATION_RELU, odd)), HORN_ERROR_UNSUPPORTED, cases[i].words);
        snapshot_free(s);
        imported_free(&im);
    }
    imported im = begin();
    size_t value;
    const imported_origin from = named("a/product");
    const operation product = { .kind = OPERATION_MATMUL,
                                .inputs = { 0, constant(&im, &(shape){ 2, { 2, 2 } }, 1) },
                                .input_count = 2 };
    ck_fails(imported_add(&im, &product, &from, &value), HORN_ERROR_UNSUPPORTED,
             "m: node 'a/product' (Op): its kernel is of another size than its input");
    im.readable = 8; /* bytes: a kernel of three rows has more */
    const size_t y = binary(&im, OPERATION_MATMUL, 0, constant(&im, &kernel_shape, 1));
    ck_fails(layers_of(&s, &im, y), HORN_ERROR_UNSUPPORTED, "is taken by too many others for its size");
    snapshot_free(s);
    imported_free(&im);
}
END_TEST

/* ---- the table ---- */

static bool is_kind(const char *word, size_t length)
{
    for (int kind = OPERATION_NONE + 1; kind < OPERATION_KINDS; kind++)
        if (strlen(operation_name(kind)) == length && !strncmp(operation_name(kind), word, length))
            return true;
    return false;
}

static bool is_name(const char *word, size_t length)
{
    static const char *const operands[] = { "x",     "kernel",    "bias",  "gamma",   "beta",
                                            "mean",  "variance",  "most",  "epsilon", "threshold",
                                            "slope", "recurrent", "count", "least",   "scale",
                                            "other", "offset",    "alpha", "table" };
    for (size_t i = 0; i < sizeof operands / sizeof *operands; i++)
        if (strlen(operands[i]) == length && !strncmp(operands[i], word, length)) return true;
    for (const pattern_definition *d = chain_definitions; d->name; d++)
        if (strlen(d->name) == length && !strncmp(d->name, word, length)) return true;
    return false;
}

/* Its words are kinds and known names, and its brackets close. */
static void check_pattern(const char *pattern)
{
    int depth = 0;
    for (const char *at = pattern; *at;) {
        size_t length = 0;
        while (isalnum((unsigned char)at[length]) || at[length] == '_') length++;
        if (isupper((unsigned char)*at))
            ck_assert_msg(is_kind(at, length) && at[length] == '(', "%s: no kind at '%s'", pattern, at);
        else if (isalpha((unsigned char)*at))
            ck_assert_msg(is_name(at, length), "%s: no name at '%s'", pattern, at);
        depth += *at == '(' ? 1 : *at == ')' ? -1 : 0;
        at += length ? length : 1;
        ck_assert_int_ge(depth, 0);
    }
    ck_assert_msg(depth == 0, "%s: does not close", pattern);
}

START_TEST(test_chain__patterns_are_well_formed)
{
    const chain_pattern *row;
    size_t count = 0;
    for (; (row = chain_pattern_at(count)); count++) check_pattern(row->pattern);
    ck_assert_uint_gt(count, 20);
    for (const pattern_definition *d = chain_definitions; d->name; d++)
        for (int i = 0; i < PATTERN_CHOICES && d->choices[i]; i++) check_pattern(d->choices[i]);
}
END_TEST

TEST_MAIN(test_chain__makes_a_layer_of_its_steps, test_chain__tries_all_orders,
          test_chain__a_name_is_one_value_and_one_number, test_chain__says_why_it_stops,
          test_chain__patterns_are_well_formed)
