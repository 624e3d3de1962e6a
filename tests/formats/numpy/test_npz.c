#include "formats/files.h"

#include "codecs/npy.h"
#include "codecs/zip/writer.h"
#include "formats/torch/models.h"
#include "model/files/convert.h"

/* ---- archives ---- */

/* An archive of arrays: float32 of these shapes, whose elements count from the array's number. */
typedef struct array {
    const char *name;
    size_t rows, columns; /* 0: no axis */
    horn_dtype dtype;
} array;

static bytes zip_of(const array *arrays)
{
    zip_writer *zip;
    bytes archive = { 0 };
    pieces into = { 0 };
    ck_ok(zip_writer_new(&zip, &into));
    for (size_t i = 0; arrays[i].name; i++) {
        bytes npy = { 0 };
        float floats[64];
        double doubles[64];
        for (size_t k = 0; k < 64; k++) doubles[k] = floats[k] = (float)(i * 100 + k);
        horn_view v = { .data = arrays[i].dtype == HORN_FLOAT64 ? (void *)doubles : floats,
                        .dtype = arrays[i].dtype };
        if (arrays[i].rows) v.shape[v.rank++] = arrays[i].rows;
        if (arrays[i].columns) v.shape[v.rank++] = arrays[i].columns;
        ck_ok(npy_write(&npy, &v));
        ck_ok(zip_writer_add(zip, arrays[i].name, npy.data, npy.size, 0));
        bytes_free(&npy);
    }
    ck_ok(zip_writer_finish(zip));
    archive = into.own;
    zip_writer_free(zip);
    return archive;
}

static horn_status read_archive(snapshot **out, const array *arrays, const snapshot *model)
{
    bytes archive = zip_of(arrays);
    source from = { .path = "m.npz", .data = archive.data, .size = archive.size };
    const schema known = model_schema(model);
    const format *f = NULL;
    ck_ok(snapshot_new(out));
    horn_status status = format_by_content(&f, &from);
    if (!status) ck_assert_str_eq(f->name, "npz");
    if (!status) status = format_read(f, *out, &from, NULL, &known);
    bytes_free(&archive);
    return status;
}

START_TEST(test_npz__layers_stand_in_the_order_of_the_archive)
{
    static const array arrays[] = {
        { "b/kernel.npy", 2, 3, 0 },         { "a/kernel.npy", 3, 1, 0 },
        { "b/bias.npy", 3, 0, 0 },           { "a/cell/bias.npy", 1, 0, HORN_FLOAT64 },
        { "norm/moving_mean.npy", 2, 0, 0 }, { NULL, 0, 0, 0 }
    };
    snapshot *s;
    ck_ok(read_archive(&s, arrays, NULL));
    ck_assert_uint_eq(s->layer_count, 3);
    ck_assert_str_eq(s->layers[0].name, "b");
    ck_assert_str_eq(s->layers[0].tensors[1].name, "bias");
    ck_assert(((float *)s->layers[0].tensors[1].data)[2] == 202);
    ck_assert_str_eq(s->layers[1].tensors[1].name, "cell/bias");
    ck_assert(s->layers[1].is_flat && s->layers[1].tensors[1].dtype == HORN_FLOAT32);
    ck_assert(((float *)s->layers[1].tensors[1].data)[0] == 300);
    ck_assert(s->layers[0].tensors[0].trainable && !s->layers[2].tensors[0].trainable);
    snapshot_free(s);
}
END_TEST

START_TEST(test_npz__a_model_finds_its_weights_by_name)
{
    static const array arrays[] = { { "last/bias.npy", 3, 0, 0 },
                                    { "hidden/kernel.npy", 8, 5, 0 },
                                    { "hidden/bias.npy", 5, 0, 0 },
                                    { "last/kernel.npy", 5, 3, 0 },
                                    { NULL, 0, 0, 0 } },
                       others[] = { { "x/kernel.npy", 8, 5, 0 },
                                    { "x/bias.npy", 5, 0, 0 },
                                    { "y/kernel.npy", 5, 3, 0 },
                                    { "y/bias.npy", 3, 0, 0 },
                                    { NULL, 0, 0, 0 } };
    horn_model *m = model_of(MLP);
    snapshot *target, *s;
    ck_ok(snapshot_without_values(&target, m));
    ck_ok(read_archive(&s, arrays, target));
    ck_ok(model_take_weights(m, s, "test"));
    ck_assert_str_eq(s->layers[0].name, "hidden");
    ck_assert(((float *)s->layers[0].tensors[0].data)[0] == 100);
    snapshot_free(s);
    ck_ok(read_archive(&s, others, target)); /* by order */
    ck_ok(model_take_weights(m, s, "test"));
    ck_assert_str_eq(s->layers[0].name, "x");
    snapshot_free(s);
    snapshot_free(target);
    horn_model_free(m);
}
END_TEST

/* Sorted keys put the last layer first; an LSTM's weights are its cell's. */
START_TEST(test_npz__a_model_finds_weights_of_layers_inside_layers)
{
    static const array arrays[] = { { "d/bias.npy", 1, 0, 0 },
                                    { "d/kernel.npy", 2, 1, 0 },
                                    { "r/lstm_cell/bias.npy", 8, 0, 0 },
                                    { "r/lstm_cell/kernel.npy", 3, 8, 0 },
                                    { "r/lstm_cell/recurrent_kernel.npy", 2, 8, 0 },
                                    { NULL, 0, 0, 0 } };
    horn_model *m;
    snapshot *target, *s;
    ck_ok(horn_sequential_new(&m, NULL));
    ck_ok(horn_model_add(
        m, horn_lstm(&(horn_recurrent_options){ .name = "r", .units = 2, .input_shape = { 4, 3 } })));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .name = "d", .units = 1 })));
    ck_ok(model_build(m));
    ck_ok(snapshot_without_values(&target, m));
    ck_ok(read_archive(&s, arrays, target));
    ck_ok(model_take_weights(m, s, "test"));
    ck_assert_uint_eq(s->layer_count, 2);
    ck_assert_str_eq(s->layers[0].name, "r");
    ck_assert(s->layers[0].is_flat);
    ck_assert_uint_eq(s->layers[0].tensor_count, 3);
    ck_assert(m->layers[0]->weights[0].value[0] == 300 && m->layers[0]->weights[1].value[0] == 400);
    ck_assert(m->layers[0]->weights[2].value[7] == 207 && m->layers[1]->weights[0].value[1] == 101);
    snapshot_free(s);
    snapshot_free(target);
    horn_model_free(m);
}
END_TEST

START_TEST(test_npz__comes_back_bit_for_bit)
{
    static const char *const all[] = { MLP, CNN, STRIDED, DEPTHWISE };
    for (size_t i = 0; i < 4; i++) {
        horn_model *m = model_of(all[i]);
        snapshot *s = snapshot_with(m, PART_ARCHITECTURE | PART_WEIGHTS), *back;
        bytes content = { 0 };
        ck_ok(write_named(&content, s, "npz", NULL, "m.npz", 0));
        ck_ok(read_bytes(&back, &content, "m.npz", 0));
        ck_ok(convert_check(s, back, PART_WEIGHTS, all[i]));
        ck_assert_str_eq(back->layers[0].name, i == 0 ? "hidden" : s->layers[0].name);
        snapshot_free(back);
        snapshot_free(s);
        bytes_free(&content);
        horn_model_free(m);
    }
}
END_TEST

START_TEST(test_npz__other_archives_and_names_are_refused)
{
    static const array data[] = { { "x_train.npy", 2, 3, 0 }, { "y_train.npy", 2, 0, 0 }, { NULL, 0, 0, 0 } };
    static const char *const bad[] = { "a/b", "..", "", "a\\b", "/a" };
    snapshot *s;
    snapshot_layer *added;
    snapshot_tensor *t;
    bytes content = { 0 };
    ck_fails(read_archive(&s, data, NULL), HORN_ERROR_FORMAT,
             "m.npz: is an archive of NumPy arrays (.npz) without names of layers");
    snapshot_free(s);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_ok(snapshot_new(&s));
        ck_ok(snapshot_add_layer(s, NULL, bad[i], &added));
        ck_ok(snapshot_layer_add(added, "kernel", &(horn_view){ .dtype = HORN_FLOAT32 }, &t));
        s->parts = PART_WEIGHTS;
        ck_fails(write_named(&content, s, "npz", NULL, "m.npz", 0), HORN_ERROR_UNSUPPORTED,
                 "cannot be a name in an archive");
        snapshot_free(s);
    }
}
END_TEST

/* Each byte changed, and each length. */
START_TEST(test_npz__damage_is_found)
{
    static const array arrays[] = { { "a/kernel.npy", 2, 3, 0 }, { NULL, 0, 0, 0 } };
    bytes archive = zip_of(arrays);
    snapshot *s;
    size_t refused = 0;
    for (size_t i = 0; i < archive.size; i++) {
        archive.data[i] ^= 0x41;
        refused += read_bytes(&s, &archive, "m.npz", 0) != HORN_OK;
        archive.data[i] ^= 0x41;
        snapshot_free(s);
    }
    ck_assert_uint_ge(refused, archive.size - 40); /* dates, modes, versions and names may change */
    const size_t size = archive.size;
    for (archive.size = 0; archive.size < size; archive.size++) {
        ck_assert_int_ne(read_bytes(&s, &archive, "m.npz", 0), HORN_OK);
        snapshot_free(s);
    }
    bytes_free(&archive);
}
END_TEST

TEST_MAIN(test_npz__a_model_finds_weights_of_layers_inside_layers,
          test_npz__layers_stand_in_the_order_of_the_archive, test_npz__a_model_finds_its_weights_by_name,
          test_npz__comes_back_bit_for_bit, test_npz__other_archives_and_names_are_refused,
          test_npz__damage_is_found)
