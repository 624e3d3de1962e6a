#include <unistd.h>
#include "formats/graphs.h"

#define GOLDEN "tests/golden/saved_model/keras2.15"
enum {
    CARRIED = PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE | PART_OPTIMIZER,
    PARTS = CARRIED | PART_OPERATIONS
};

static snapshot *small_cnn(void)
{
    return snapshot_of_layers(
        (horn_layer *[]){ horn_conv2d(&(horn_conv2d_options){
                              .input_shape = { 6, 6, 1 }, .filters = 2, .kernel_size = { 3 } }),
                          horn_batch_normalization(NULL), horn_flatten(NULL),
                          horn_dropout(&(horn_dropout_options){ .rate = 0.5 }),
                          horn_dense(&(horn_dense_options){ .units = 3, .activation = "softmax" }) },
        5, PARTS);
}

static const char *in(const folder *f, const char *name)
{
    static char paths[4][200];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", f->path, name);
    return path;
}

static void clear(const folder *f)
{
    char command[100];
    snprintf(command, sizeof command, "rm -rf '%s'", f->path);
    ck_assert_int_eq(system(command), 0);
}

static horn_status write_to(const snapshot *s, const char *path, const char *dialect)
{
    const format *chosen;
    transaction *t;
    ck_ok(format_by_name(&chosen, "saved-model"));
    ck_ok(transaction_begin(&t, path));
    horn_status status = chosen->write(s, t, &(format_options){ .dialect = dialect });
    if (!status) status = transaction_commit(t);
    transaction_free(t);
    return status;
}

static horn_status read_from(snapshot **out, const char *path, const snapshot *target)
{
    source from;
    const format *chosen = NULL;
    ck_ok(snapshot_new(out));
    ck_ok(source_open(&from, path));
    ck_ok(format_by_content(&chosen, &from));
    ck_assert_str_eq(chosen->name, "saved-model");
    horn_status status = chosen->read(*out, &from, NULL, &(schema){ .model = target });
    source_close(&from);
    return status;
}

static void check_same_files(const char *a, const char *b)
{
    static const char *const files[] = { "saved_model.pb", "keras_metadata.pb", "variables/variables.index",
                                         "variables/variables.data-00000-of-00001" };
    for (int i = 0; i < 4; i++) {
        char path[300];
        bytes x = { 0 }, y = { 0 };
        snprintf(path, sizeof path, "%s/%s", a, files[i]);
        ck_ok(file_read(&x, path, 0));
        snprintf(path, sizeof path, "%s/%s", b, files[i]);
        ck_ok(file_read(&y, path, 0));
        check_same_bytes(&x, &y, files[i]);
        bytes_free(&x), bytes_free(&y);
    }
}

START_TEST(test_saved_model__is_read_as_it_was_written)
{
    folder f = folder_make();
    snapshot *a = small_cnn(), *b;
    for (size_t i = 0; i < a->slot_count; i++)
        for (size_t k = 0; k < a->slots[i].tensor_count; k++)
            *(float *)a->slots[i].tensors[k].data = (float)(i + k) + 0.5f;
    a->iteration = 9;
    a->progress = config_object();
    config_set_integer(a->progress, "epoch", 7);
    a->parts |= PART_PROGRESS;
    ck_ok(write_to(a, in(&f, "made/"), NULL));
    ck_ok(write_to(a, in(&f, "again"), NULL));
    check_same_files(in(&f, "made"), in(&f, "again"));
    ck_ok(read_from(&b, in(&f, "made"), NULL));
    ck_assert_uint_eq(b->parts, CARRIED | PART_PROGRESS);
    check_same_layers(a, b, "small cnn");
    ck_assert_uint_eq(b->slot_count, 2);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_str_eq(a->slots[i].name, b->slots[i].name);
        ck_assert_uint_eq(a->slots[i].tensor_count, b->slots[i].tensor_count);
        for (size_t k = 0; k < a->slots[i].tensor_count; k++)
            ck_assert_mem_eq(a->slots[i].tensors[k].data, b->slots[i].tensors[k].data,
                             snapshot_tensor_bytes(&a->slots[i].tensors[k]));
    }
    check_same_value(a->loss, b->loss, "loss");
    ck_assert_int_eq(b->iteration, 9);
    check_same_value(a->progress, b->progress, "progress");
    ck_assert_str_eq(config_get_string(b->optimizer, "class_name"), "Adam");
    b->operations = a->operations; /* what a model made of it would say */
    a->operations = NULL;
    b->parts |= PART_OPERATIONS;
    ck_ok(write_to(b, in(&f, "made"), NULL)); /* in the place of the first */
    check_same_files(in(&f, "made"), in(&f, "again"));
    snapshot_free(a), snapshot_free(b);
    clear(&f);
}
END_TEST

START_TEST(test_saved_model__of_keras_is_what_its_h5_is)
{
    snapshot *a = read_file("tests/golden/keras2.15/Csgdm.h5"), *b, *weights;
    ck_ok(read_from(&b, GOLDEN, NULL));
    ck_assert_uint_eq(b->parts, CARRIED);
    for (size_t i = 0; i < a->layer_count; i++)
        for (size_t k = 0; k < a->layers[i].tensor_count; k++)
            check_same_tensor(&a->layers[i].tensors[k], &b->layers[i].tensors[k], GOLDEN);
    check_same_slots(a, b, GOLDEN);
    check_same_value(a->loss, b->loss, "loss");
    ck_assert_int_eq(a->iteration, b->iteration);
    ck_assert_str_eq(config_get_string(b->optimizer, "class_name"), "SGD");
    ck_ok(read_from(&weights, GOLDEN, a)); /* into a model that there is */
    ck_assert_uint_eq(weights->parts & PART_ARCHITECTURE, 0);
    ck_assert_uint_eq(weights->parts & PART_WEIGHTS, PART_WEIGHTS);
    check_same_tensor(&weights->layers[0].tensors[0], &a->layers[0].tensors[0], GOLDEN);
    snapshot_free(a), snapshot_free(b), snapshot_free(weights);
}
END_TEST

START_TEST(test_saved_model__signature_calls_the_function)
{
    folder f = folder_make();
    snapshot *s = small_cnn();
    bytes content = { 0 };
    found_node nodes[120];
    ck_ok(write_to(s, in(&f, "made"), NULL));
    ck_ok(file_read(&content, in(&f, "made/saved_model.pb"), 0));
    protobuf_text meta = field_in((protobuf_text){ (char *)content.data, content.size }, 2),
                  graph_def = field_in(meta, 2);
    size_t count = nodes_in(graph_def, 1, nodes, 120), calls = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i; k++)
            ck_assert(nodes[i].name.size != nodes[k].name.size ||
                      memcmp(nodes[i].name.at, nodes[k].name.at, nodes[i].name.size));
        if (!protobuf_text_is(nodes[i].op, "StatefulPartitionedCall")) continue;
        calls++;
        ck_assert(protobuf_text_is(nodes[i].inputs[0], "serving_default_conv2d_input"));
        ck_assert(protobuf_text_is(nodes[i].inputs[1], "conv2d/kernel"));
        ck_assert(protobuf_text_is(nodes[i].inputs[3], "batch_normalization/moving_mean"));
    }
    ck_assert_uint_eq(calls, 1);
    count = nodes_in(field_in(field_in(graph_def, 2), 1), 3, nodes, 120); /* the last function's */
    ck_assert(protobuf_text_is(nodes[0].name, "conv2d/kernel") &&
              protobuf_text_is(nodes[0].inputs[0], "weight_0"));
    ck_assert(protobuf_text_is(nodes[1].inputs[0], "inputs") &&
              protobuf_text_is(nodes[1].inputs[1], "conv2d/kernel:value:0"));
    ck_assert(protobuf_text_is(nodes[count - 1].op, "Identity") &&
              protobuf_text_is(nodes[count - 1].inputs[0], "dense/Softmax:softmax:0"));
    bytes_free(&content);
    snapshot_free(s);
    clear(&f);
}
END_TEST

static void put(const char *path, const bytes *content, size_t size)
{
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(content->data, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(test_saved_model__broken_metadata_is_refused_or_valid)
{
    folder f = folder_make();
    snapshot *s = small_cnn(), *read = NULL;
    bytes content = { 0 };
    ck_ok(write_to(s, in(&f, "made"), NULL));
    ck_ok(file_read(&content, in(&f, "made/keras_metadata.pb"), 0));
    char path[200];
    strcpy(path, in(&f, "made/keras_metadata.pb"));
    for (size_t i = 0; i < 6000; i += i < 200 ? 1 : 29) { /* the model itself stands in front */
        put(path, &content, i);
        horn_status status = read_from(&read, in(&f, "made"), NULL);
        ck_assert_msg(status == HORN_ERROR_FORMAT || i > 4000, "cut at %zu: %d", i, status);
        snapshot_free(read);
        content.data[i] ^= 1 << i % 8;
        put(path, &content, content.size);
        status = read_from(&read, in(&f, "made"), NULL);
        ck_assert(status != HORN_ERROR_MEMORY);
        snapshot_free(read);
        content.data[i] ^= 1 << i % 8;
    }
    bytes_free(&content);
    snapshot_free(s);
    clear(&f);
}
END_TEST

/* The graph then tells the layers, and where their weights stand. */
START_TEST(test_saved_model__without_metadata_is_read_by_its_graph)
{
    folder f = folder_make();
    snapshot *s = small_cnn(), *read;
    ck_ok(write_to(s, in(&f, "made"), NULL));
    ck_assert_int_eq(unlink(in(&f, "made/keras_metadata.pb")), 0);
    ck_ok(read_from(&read, in(&f, "made"), NULL));
    ck_assert_uint_eq(read->parts, PART_ARCHITECTURE | PART_WEIGHTS);
    for (size_t i = 0, k = 0; i < s->layer_count; i++) {
        if (strcmp(s->layers[i].class_name, "Dropout") == 0) continue;
        const snapshot_layer *a = &s->layers[i], *b = &read->layers[k++];
        ck_assert_str_eq(a->class_name, b->class_name);
        ck_assert_str_eq(a->name, b->name);
        ck_assert_uint_eq(a->tensor_count, b->tensor_count);
        for (size_t n = 0; n < a->tensor_count; n++)
            ck_assert_mem_eq(a->tensors[n].data, b->tensors[n].data, snapshot_tensor_bytes(&a->tensors[n]));
    }
    snapshot_free(s), snapshot_free(read);
    clear(&f);
}
END_TEST

START_TEST(test_saved_model__broken_variables_are_refused)
{
    folder f = folder_make();
    snapshot *s = small_cnn(), *read;
    bytes content = { 0 };
    ck_ok(write_to(s, in(&f, "made"), NULL));
    ck_ok(file_read(&content, in(&f, "made/variables/variables.data-00000-of-00001"), 0));
    content.data[5] ^= 4;
    put(in(&f, "made/variables/variables.data-00000-of-00001"), &content, content.size);
    ck_fails(read_from(&read, in(&f, "made"), NULL), HORN_ERROR_FORMAT, "variables/variables");
    snapshot_free(read);
    ck_assert_int_eq(unlink(in(&f, "made/variables/variables.index")), 0);
    ck_fails(read_from(&read, in(&f, "made"), NULL), HORN_ERROR_FILE, "variables/variables");
    snapshot_free(read);
    bytes_free(&content);
    snapshot_free(s);
    clear(&f);
}
END_TEST

/* Horn's checkpoint has an architecture of its own, as the metadata has. */
START_TEST(test_saved_model__variables_may_be_a_checkpoint_of_horn)
{
    folder f = folder_make();
    snapshot *a = small_cnn(), *b;
    const format *checkpoints;
    transaction *t;
    ck_ok(write_to(a, in(&f, "made"), NULL));
    ck_ok(format_by_name(&checkpoints, "tf-weights"));
    ck_ok(transaction_begin(&t, in(&f, "made/variables/variables")));
    ck_ok(checkpoints->write(a, t, NULL));
    ck_ok(transaction_commit(t));
    transaction_free(t);
    ck_ok(read_from(&b, in(&f, "made"), NULL));
    ck_assert_uint_eq(b->parts, CARRIED);
    check_same_layers(a, b, "small cnn");
    check_same_value(a->loss, b->loss, "loss");
    snapshot_free(a), snapshot_free(b);
    clear(&f);
}
END_TEST

START_TEST(test_saved_model__what_cannot_be_written_is_named)
{
    folder f = folder_make();
    snapshot *s = small_cnn();
    bytes note = { 0 };
    ck_fails(write_to(s, in(&f, "made"), "keras3"), HORN_ERROR_ARGUMENT, "dialect is 'keras3'");
    ck_fails(write_to(s, "/", NULL), HORN_ERROR_ARGUMENT, "expected the name of a directory");
    bytes_print(&note, "keep");
    put(in(&f, "notes"), &note, note.size);
    ck_fails(write_to(s, f.path, NULL), HORN_ERROR_FILE, "holds 'notes'");
    s->operations->operations[2].kind = OPERATION_NONE;
    ck_fails(write_to(s, in(&f, "made"), NULL), HORN_ERROR_UNSUPPORTED, "operation 'none'");
    s->parts &= ~(unsigned)PART_WEIGHTS;
    ck_fails(write_to(s, in(&f, "made"), NULL), HORN_ERROR_ARGUMENT, "are missing");
    bytes_free(&note);
    snapshot_free(s);
    clear(&f);
}
END_TEST

TEST_MAIN(test_saved_model__is_read_as_it_was_written, test_saved_model__of_keras_is_what_its_h5_is,
          test_saved_model__signature_calls_the_function,
          test_saved_model__broken_metadata_is_refused_or_valid,
          test_saved_model__without_metadata_is_read_by_its_graph,
          test_saved_model__broken_variables_are_refused,
          test_saved_model__variables_may_be_a_checkpoint_of_horn,
          test_saved_model__what_cannot_be_written_is_named)
