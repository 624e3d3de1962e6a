#include "formats/files.h"

#include "codecs/torch7/torch7.h"

#define GOLDEN "tests/golden/torch7/"

static size_t find(const contents *c, const char *name)
{
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->tensors[i].name, name) == 0) return i;
    ck_abort_msg("no '%s'", name);
    return 0;
}

START_TEST(test_format__lists_a_table_with_a_model)
{
    const format *f = NULL;
    contents c = { 0 };
    source from;
    float bias[4];
    ck_ok(source_open(&from, GOLDEN "model.t7"));
    ck_ok(format_by_content(&f, &from));
    ck_assert_str_eq(f->name, "torch7");
    ck_ok(format_contents(f, &c, &from));
    const contents_tensor *kernel = &c.tensors[find(&c, "model.0.weight")];
    ck_assert(kernel->rank == 4 && kernel->shape[0] == 3 && kernel->shape[1] == 2);
    ck_assert_str_eq(c.tensors[find(&c, "weights.i")].dtype, "int64");
    ck_assert_str_eq(c.tensors[find(&c, "model.1.running_var")].dtype, "float32");
    ck_ok(c.read(&c, find(&c, "model.6.bias"), bias, sizeof bias));
    ck_assert(bias[0] != bias[1]);
    contents_free(&c);
    source_close(&from);
}
END_TEST

/* The only object of nn is the model; a table without one is a state_dict. */
START_TEST(test_format__reads_tensors_by_name)
{
    snapshot *model = read_file(GOLDEN "model.t7"), *flat = read_file(GOLDEN "flat.t7");
    ck_assert(model->by_name && model->torch_layouts);
    ck_assert_uint_eq(model->layer_count, 3);
    ck_assert_str_eq(model->layers[0].name, "0");
    ck_assert_str_eq(model->layers[1].name, "1");
    ck_assert_uint_eq(model->layers[1].tensor_count, 4);
    ck_assert_str_eq(model->layers[2].name, "6");
    double loss = 0;
    ck_assert_uint_eq(config_count(model->asides), 3);
    ck_assert(config_number(config_get(model->asides, "best_loss"), &loss) && loss == 0.123);
    ck_assert(config_is_true(config_get(model->asides, "ok")));
    ck_assert_uint_eq(flat->layer_count, 1);
    ck_assert_str_eq(flat->layers[0].name, "fc1");
    ck_assert_str_eq(flat->layers[0].tensors[0].name, "weight");
    ck_assert_uint_eq(flat->layers[0].tensors[0].shape[1], 18);
    snapshot_free(model);
    snapshot_free(flat);
}
END_TEST

START_TEST(test_format__by_name_and_back)
{
    snapshot *a = read_file(GOLDEN "model.t7"), *b = NULL;
    bytes content = { 0 };
    ck_ok(write_named(&content, a, "torch7", NULL, "m.t7", 0));
    ck_ok(read_bytes(&b, &content, "m.t7", 0));
    check_same_layers(a, b, "written and read");
    bytes_free(&content);
    snapshot_free(a);
    snapshot_free(b);
}
END_TEST

/* ---- modules as they are in old files ---- */

static void put_vector(torch7_writer *w, const char *name, const float *values, size_t rows, size_t columns)
{
    torch7_put_text(w, name);
    ck_ok(torch7_put_tensor(
        w, &(horn_view){ .data = values, .rank = columns ? 2 : 1, .shape = { rows, columns } }));
}

static void put_field(torch7_writer *w, const char *name, double number)
{
    torch7_put_text(w, name);
    torch7_put_number(w, number);
}

/* An nn.Sequential of one module, which follows. */
static void put_sequential(torch7_writer *w)
{
    torch7_put_object(w, "nn.Sequential");
    torch7_put_table(w, 1);
    torch7_put_text(w, "modules");
    torch7_put_table(w, 1);
    torch7_put_number(w, 1);
}

START_TEST(test_format__old_normalizations_and_convolutions)
{
    static const float values[8] = { 0.5f, 2, 1, 1, 1, 1, 1, 1 };
    torch7_writer w = { 0 };
    snapshot *s = NULL;
    put_sequential(&w);
    torch7_put_object(&w, "nn.SpatialBatchNormalization");
    torch7_put_table(&w, 2);
    put_vector(&w, "running_std", values, 2, 0);
    put_field(&w, "eps", 0.25);
    ck_ok(read_bytes(&s, &w.out, "m.t7", 0));
    ck_assert_str_eq(s->layers[0].tensors[0].name, "running_var");
    const float *variance = s->layers[0].tensors[0].data;
    ck_assert(variance[0] == 3.75f && variance[1] == 0);
    snapshot_free(s);
    bytes_free(&w.out);
    w = (torch7_writer){ 0 };
    put_sequential(&w);
    torch7_put_object(&w, "nn.SpatialConvolutionMM");
    torch7_put_table(&w, 4);
    put_vector(&w, "weight", values, 1, 8);
    put_field(&w, "nInputPlane", 2);
    put_field(&w, "kW", 4);
    put_field(&w, "kH", 1);
    ck_ok(read_bytes(&s, &w.out, "m.t7", 0));
    const snapshot_tensor *t = &s->layers[0].tensors[0];
    ck_assert(t->rank == 4 && t->shape[0] == 1 && t->shape[1] == 2 && t->shape[2] == 1 && t->shape[3] == 4);
    snapshot_free(s);
    bytes_free(&w.out);
}
END_TEST

static void check_refused(torch7_writer *w, const char *words)
{
    snapshot *s = NULL;
    const horn_status status = read_bytes(&s, &w->out, "m.t7", 0);
    ck_assert_msg(status && strstr(horn_last_error(), words), "%s", status ? horn_last_error() : "is read");
    snapshot_free(s);
    bytes_free(&w->out);
    *w = (torch7_writer){ 0 };
}

START_TEST(test_format__what_cannot_be_is_refused)
{
    static const float values[4] = { 1 };
    torch7_writer w = { 0 };
    put_sequential(&w);
    torch7_put_object(&w, "nn.Dropout");
    torch7_put_table(&w, 1);
    put_field(&w, "p", 0.5);
    check_refused(&w, "module 0 is an nn.Dropout of the old kind");
    put_sequential(&w);
    torch7_put_number(&w, 5);
    check_refused(&w, "module 0 is no object of nn");
    torch7_put_table(&w, 2); /* two keys of one name */
    put_vector(&w, "a", values, 4, 0);
    put_vector(&w, "a", values, 4, 0);
    check_refused(&w, "holds two tensors 'a'");
    torch7_put_table(&w, 1);
    torch7_put_string(&w, "a\0b", 3);
    torch7_put_number(&w, 1);
    check_refused(&w, "a key with a zero byte");
    torch7_put_table(&w, 1);
    torch7_put_text(&w, "horn");
    torch7_put_text(&w, "{");
    check_refused(&w, "m.t7: not JSON");
    bytes text = { 0 };
    bytes_print(&text, "4\n1\n3\nV 1\n13\nnn.Sequential\n3\n2\n");
    snapshot *s = NULL;
    ck_fails(read_bytes(&s, &text, "m.t7", 0), HORN_ERROR_UNSUPPORTED, "in its text form");
    snapshot_free(s);
    bytes_free(&text);
}
END_TEST

/* Each table has the one before it twice: 2^20 tensors to walk in a file of 1 KB. */
START_TEST(test_format__shared_tables_are_no_bomb)
{
    bytes made = { 0 };
    static const unsigned char table[] = { 3, 0, 0, 0 }, two[] = { 2, 0, 0, 0 },
                               text[] = { 2, 0, 0, 0, 1, 0, 0, 0 };
    snapshot *s = NULL;
    for (unsigned char i = 1; i <= 40; i++) {
        bytes_append(&made, table, 4);
        bytes_append(&made, &(unsigned char[]){ i, 0, 0, 0 }, 4);
        bytes_append(&made, i < 40 ? two : (const unsigned char[4]){ 0 }, 4);
        if (i < 40) bytes_append(&made, text, 8), bytes_append(&made, "a", 1);
    }
    for (unsigned char i = 40; i-- > 1;) { /* the second value of each: a reference to what the first is */
        bytes_append(&made, text, 8);
        bytes_append(&made, "b", 1);
        bytes_append(&made, table, 4);
        bytes_append(&made, &(unsigned char[]){ (unsigned char)(i + 1), 0, 0, 0 }, 4);
    }
    ck_fails(read_bytes(&s, &made, "m.t7", 0), HORN_ERROR_FORMAT, "over 262144 values");
    snapshot_free(s);
    bytes_free(&made);
}
END_TEST

TEST_MAIN(test_format__lists_a_table_with_a_model, test_format__reads_tensors_by_name,
          test_format__by_name_and_back, test_format__old_normalizations_and_convolutions,
          test_format__what_cannot_be_is_refused, test_format__shared_tables_are_no_bomb)
