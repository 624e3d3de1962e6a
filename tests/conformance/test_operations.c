/* Each kind of operation in each format of graphs: it is written, or refused by name. */
#include "formats/graphs.h"

enum { IMAGE = 3, NEEDED = PART_ARCHITECTURE | PART_WEIGHTS | PART_OPERATIONS };
static const shape image = { IMAGE, { 4, 4, 2 } }, channels = { 1, { 2 } };

/* What each takes beside the image, and what it gives. A kind without a sample fails. */
static const struct {
    shape result;
    shape weight;  /* of each input behind the first */
    shape input;   /* not of rank 0: in place of the image */
    bool is_table; /* a weight comes first */
} samples[OPERATION_KINDS] = {
    [OPERATION_INPUT] = { { IMAGE, { 4, 4, 2 } }, { 0 } },
    [OPERATION_WEIGHT] = { { 1, { 2 } }, { 0 } },
    [OPERATION_NUMBER] = { { 0 }, { 0 } },
    [OPERATION_NUMBERS] = { { 1, { 2 } }, { 0 } },
    [OPERATION_RESHAPE] = { { 1, { 32 } }, { 0 } },
    [OPERATION_EXPAND_DIMS] = { { 4, { 1, 4, 4, 2 } }, { 0 } },
    [OPERATION_SQUEEZE] = { { 2, { 4, 2 } }, { 0 } },
    [OPERATION_MATMUL] = { { IMAGE, { 4, 4, 3 } }, { 2, { 2, 3 } } },
    [OPERATION_BIAS_ADD] = { { IMAGE, { 4, 4, 2 } }, { 1, { 2 } } },
    [OPERATION_CONV2D] = { { IMAGE, { 3, 3, 5 } }, { 4, { 2, 2, 2, 5 } } },
    [OPERATION_DEPTHWISE_CONV2D] = { { IMAGE, { 3, 3, 6 } }, { 4, { 2, 2, 2, 3 } } },
    [OPERATION_CONV2D_TRANSPOSE] = { { IMAGE, { 5, 5, 3 } }, { 4, { 2, 2, 3, 2 } } },
    [OPERATION_MAX_POOL] = { { IMAGE, { 3, 3, 2 } }, { 0 } },
    [OPERATION_AVG_POOL] = { { IMAGE, { 3, 3, 2 } }, { 0 } },
    [OPERATION_MEAN] = { { 1, { 2 } }, { 0 } },
    [OPERATION_MAX] = { { IMAGE, { 1, 1, 2 } }, { 0 } },
    [OPERATION_CONV3D] = { { 4, { 2, 3, 3, 5 } }, { 5, { 2, 2, 2, 2, 5 } }, { 4, { 3, 4, 4, 2 } } },
    [OPERATION_CONV3D_TRANSPOSE] = { { 4, { 4, 5, 5, 3 } }, { 5, { 2, 2, 2, 3, 2 } }, { 4, { 3, 4, 4, 2 } } },
    [OPERATION_MAX_POOL3D] = { { 4, { 2, 3, 3, 2 } }, { 0 }, { 4, { 3, 4, 4, 2 } } },
    [OPERATION_AVG_POOL3D] = { { 4, { 2, 3, 3, 2 } }, { 0 }, { 4, { 3, 4, 4, 2 } } },
    [OPERATION_CROP] = { { IMAGE, { 3, 3, 2 } }, { 0 } },
    [OPERATION_TRANSPOSE] = { { IMAGE, { 4, 2, 4 } }, { 0 } },
    [OPERATION_TILE] = { { IMAGE, { 12, 4, 2 } }, { 0 } },
    [OPERATION_RESIZE_NEAREST] = { { IMAGE, { 8, 8, 2 } }, { 0 } },
    [OPERATION_RESIZE_BILINEAR] = { { IMAGE, { 8, 8, 2 } }, { 0 } },
    [OPERATION_MEAN_ALONG] = { { IMAGE, { 1, 4, 2 } }, { 0 } },
    [OPERATION_SLICE] = { { IMAGE, { 2, 4, 2 } }, { 0 } },
    [OPERATION_JOIN] = { { IMAGE, { 8, 4, 2 } }, { 3, { 4, 4, 2 } } },
    [OPERATION_DOT] = { { 2, { 4, 3 } }, { 2, { 3, 5 } }, { 2, { 4, 5 } } },
    [OPERATION_SIMPLE_RNN] = { { 1, { 3 } }, { 2, { 3, 3 } }, { 2, { 4, 3 } } },
    [OPERATION_LSTM] = { { 1, { 3 } }, { 2, { 3, 12 } }, { 2, { 4, 3 } } },
    [OPERATION_GRU] = { { 2, { 4, 3 } }, { 2, { 3, 9 } }, { 2, { 4, 3 } } },
    [OPERATION_GATHER] = { { 4, { 4, 4, 2, 3 } }, { 2, { 7, 3 } }, { 0 }, true },
    [OPERATION_PAD] = { { IMAGE, { 5, 5, 2 } }, { 0 } },
    [OPERATION_BATCH_NORMALIZATION] = { { IMAGE, { 4, 4, 2 } }, { 1, { 2 } } },
    [OPERATION_LEAKY_RELU] = { { IMAGE, { 4, 4, 2 } }, { 0 } },
    [OPERATION_RELU] = { { IMAGE, { 4, 4, 2 } }, { 0 } },
    [OPERATION_RELU6] = { { IMAGE, { 4, 4, 2 } }, { 0 } },
    [OPERATION_SOFTMAX] = { { IMAGE, { 4, 4, 2 } }, { 0 } },
    [OPERATION_SIGMOID] = { { IMAGE, { 4, 4, 2 } }, { 0 } },
    [OPERATION_TANH] = { { IMAGE, { 4, 4, 2 } }, { 0 } },
    [OPERATION_ELU] = { { IMAGE, { 4, 4, 2 } }, { 0 } },
    [OPERATION_SELU] = { { IMAGE, { 4, 4, 2 } }, { 0 } },
    [OPERATION_SOFTPLUS] = { { IMAGE, { 4, 4, 2 } }, { 0 } },
    [OPERATION_GREATER] = { { IMAGE, { 4, 4, 2 } }, { 1, { 2 } } },
    [OPERATION_MINIMUM] = { { IMAGE, { 4, 4, 2 } }, { 1, { 2 } } },
    [OPERATION_MAXIMUM] = { { IMAGE, { 4, 4, 2 } }, { 1, { 2 } } },
    [OPERATION_ADD] = { { IMAGE, { 4, 4, 2 } }, { 1, { 2 } } },
    [OPERATION_SUB] = { { IMAGE, { 4, 4, 2 } }, { 1, { 2 } } },
    [OPERATION_MUL] = { { IMAGE, { 4, 4, 2 } }, { 1, { 2 } } },
    [OPERATION_SELECT] = { { IMAGE, { 4, 4, 2 } }, { 1, { 2 } } },
    [OPERATION_CAST] = { { IMAGE, { 4, 4, 2 } }, { 0 } },
    [OPERATION_NEG] = { { IMAGE, { 4, 4, 2 } }, { 0 } },
    [OPERATION_RSQRT] = { { IMAGE, { 4, 4, 2 } }, { 0 } },
};

static float *two_numbers(void)
{
    float *values = calloc(2, sizeof *values);
    ck_assert_ptr_nonnull(values);
    values[1] = 1;
    return values;
}

static bool is_recurrent(operation_kind kind)
{
    return kind == OPERATION_SIMPLE_RNN || kind == OPERATION_LSTM || kind == OPERATION_GRU;
}

/* The image's model of one layer, whose graph is that operation with the first `inputs` of what it can take. */
static snapshot *sample_of(operation_kind kind, int inputs)
{
    static const char *const names[] = { "", "first", "second", "third", "fourth" };
    snapshot_tensor *t;
    snapshot *s =
        snapshot_of_layers((horn_layer *[]){ horn_batch_normalization(&(horn_batch_normalization_options){
                               .input_shape = { 4, 4, 2 }, .name = "one" }) },
                           1, NEEDED);
    graph *g;
    graph_free(s->operations);
    ck_ok(graph_new(&s->operations));
    g = s->operations;
    operation o = { .kind = kind,
                    .shape = samples[kind].result,
                    .input_count = operation_facts_of(kind)->inputs,
                    .weight = kind == OPERATION_WEIGHT ? "gamma" : NULL,
                    .size = { 2, 2, 2 },
                    .stride = { 1, 1, 1 },
                    .dilation = { 1, 1, 1 },
                    .padding = { 1, 0, 0, 1 },
                    .order = { 0, 2, 1 },
                    .axes = 1,
                    .values = kind == OPERATION_NUMBERS ? two_numbers() : NULL };
    const shape *input = samples[kind].input.rank ? &samples[kind].input : &image;
    memcpy(s->input_shape, input->dim, sizeof s->input_shape);
    s->input_rank = input->rank;
    const size_t x = graph_add(g, &(operation){ .kind = OPERATION_INPUT, .shape = *input });
    const size_t condition = kind == OPERATION_SELECT || kind == OPERATION_CAST
                                 ? graph_apply(g, OPERATION_GREATER, x, graph_number(g, 0))
                                 : x;
    for (int i = 0; i < o.input_count; i++) {
        const shape bias = { 1, { samples[kind].weight.dim[1] } }, mask = { 2, { input->dim[0], 1 } },
                    *given = samples[kind].weight.rank ? &samples[kind].weight : &channels,
                    *sizes = i < 3 || !is_recurrent(kind) ? given
                             : i == 3                     ? &bias
                                                          : &mask;
        horn_view v = { .dtype = HORN_FLOAT32, .rank = sizes->rank };
        memcpy(v.shape, sizes->dim, sizeof v.shape);
        if (i > 0) ck_ok(snapshot_layer_add(&s->layers[0], names[i], &v, &t));
        o.inputs[i] = i >= inputs ? NO_VALUE : i == 0 ? condition : graph_weight(g, names[i], sizes);
    }
    if (samples[kind].is_table) {
        o.inputs[0] = o.inputs[1];
        o.inputs[1] = x;
    }
    g->output = graph_add(g, &o);
    ck_ok(g->status);
    ck_ok(snapshot_check(s, "sample"));
    return s;
}

static horn_status write_sample(const format *f, operation_kind kind, int inputs)
{
    folder place = folder_make();
    transaction *t;
    char path[100];
    snapshot *s = sample_of(kind, inputs);
    snprintf(path, sizeof path, "%s/m", place.path);
    ck_ok(transaction_begin(&t, path));
    horn_status status = f->write(s, t, NULL);
    transaction_free(t);
    snapshot_free(s);
    folder_remove(&place);
    return status;
}

START_TEST(test_operations__each_kind_is_written_or_refused_by_name)
{
    size_t formats = 0;
    for (int kind = OPERATION_NONE + 1; kind < OPERATION_KINDS; kind++) {
        const operation_facts *facts = operation_facts_of(kind);
        size_t writers = 0;
        const format *f;
        char words[80];
        ck_assert_msg(facts->name && facts->needed <= facts->inputs && facts->inputs <= OPERATION_MAX_INPUTS,
                      "kind %d has no facts", kind);
        ck_assert_msg(samples[kind].result.rank || kind == OPERATION_NUMBER, "%s has no sample", facts->name);
        snprintf(words, sizeof words, "operation '%s'", facts->name);
        formats = 0;
        for (size_t i = 0; (f = format_at(i)); i++) {
            if (!(f->writes & PART_OPERATIONS)) continue;
            formats++;
            for (int inputs = facts->needed; inputs <= facts->inputs; inputs++) {
                horn_status status = write_sample(f, kind, inputs);
                ck_assert_msg(!status ||
                                  (status == HORN_ERROR_UNSUPPORTED && strstr(horn_last_error(), words)),
                              "%s: %s", f->name, horn_last_error());
                writers += !status;
            }
        }
        ck_assert_msg(writers, "no format writes %s", facts->name);
    }
    ck_assert_uint_eq(formats, 5);
}
END_TEST

START_TEST(test_operations__no_two_kinds_have_one_name)
{
    for (int a = 0; a < OPERATION_KINDS; a++)
        for (int b = 0; b < a; b++) ck_assert_str_ne(operation_name(a), operation_name(b));
    ck_assert_str_eq(operation_name(OPERATION_KINDS), "none");
    ck_assert_ptr_null(operation_facts_of(OPERATION_KINDS));
}
END_TEST

TEST_MAIN(test_operations__each_kind_is_written_or_refused_by_name,
          test_operations__no_two_kinds_have_one_name)
