/* SavedModels and .keras archives that were made to do harm: each is refused in one line, in little time and memory. What only
 * tables, bundles, HDF5 and zips are about is in tests/codecs and test_hdf5_hostile.c. */
#include "robustness/model_files.h"

#include <sys/resource.h>
#include "formats/tensorflow/object_graph.h"

enum { METADATA = 4, INDEX = 5, DATA = 6 };

static void put_root(bytes *out, const char *json, size_t size)
{
    bytes root = { 0 };
    protobuf_put_text(&root, 3, "root");
    protobuf_put_bytes(&root, 5, json, size);
    protobuf_put_message(out, 1, &root);
}

#define MODEL(class_name, layers) \
    "{\"class_name\": \"" class_name "\", \"config\": {\"name\": \"m\", \"layers\": [" layers "]}}"
#define LAYER(class_name, name, arguments) \
    "{\"class_name\": \"" class_name "\", \"config\": {\"name\": \"" name "\", " arguments "}}"
#define SHAPED(n) "\"batch_input_shape\": {\"class_name\": \"TensorShape\", \"items\": [null, " n "]}"

static const struct {
    const char *json;
    horn_status status;
    const char *words;
} roots[] = {
    { "", HORN_ERROR_FORMAT, "keras_metadata.pb" },
    { "[]", HORN_ERROR_FORMAT, "no model: its class_name is missing" },
    { "{\"class_name\": \"__tuple__\", \"items\": [1, 2]}", HORN_ERROR_FORMAT, "no model" },
    { MODEL("Functional", ""), HORN_ERROR_UNSUPPORTED, "the model is a Functional" },
    { MODEL("Sequential", ""), HORN_ERROR_UNSUPPORTED, "without an input shape" },
    { MODEL("Sequential", LAYER("Dense", "a", SHAPED("3") ", \"units\": 2") ", " LAYER(
                              "BatchNormalization", "b",
                              "\"axis\": [1]") ", " LAYER("Lambda", "c",
                                                          "\"function\": [\"4wEAAA\", null, "
                                                          "null]") ", " LAYER("Dense", "d", "\"units\": 2")),
      HORN_ERROR_UNSUPPORTED, "Lambda" },
    { MODEL("Sequential",
            LAYER("Lambda", "a", SHAPED("3") ", \"function\": [\"4wEAAA\", null, null]") ", " LAYER(
                "Dropout", "b", "\"rate\": 0.5") ", " LAYER("Dropout", "c",
                                                            "\"rate\": 0.5") ", " LAYER("Dropout", "d",
                                                                                        "\"rate\": 0.5")),
      HORN_ERROR_UNSUPPORTED, "belongs to no layer" },
    { MODEL("Sequential",
            LAYER("Dense", "a", SHAPED("3") ", \"units\": 2") ", " LAYER("Dense", "a", "\"units\": 2")),
      HORN_ERROR_FORMAT, "two layers are named 'a'" },
    { MODEL("Sequential", LAYER("Dense", "a", SHAPED("3") ", \"units\": 2")), HORN_ERROR_FORMAT,
      "other layers" },
    { MODEL("Sequential",
            LAYER("Dense", "a", SHAPED("3") ", \"units\": 8589934592") ", " LAYER(
                "BatchNormalization", "b",
                "\"axis\": [1]") ", " LAYER("Dropout", "c", "\"rate\": 0.5") ", " LAYER("Dense", "d",
                                                                                        "\"units\": 2")),
      HORN_ERROR_SHAPE, "has shape (3, 2) (float32), expected (3, 8589934592)" },
};

static void check_hostile(const model_files *m, int file, const bytes *content, horn_status expected,
                          const char *words)
{
    snapshot *s;
    const double before = seconds();
    ck_fails(read_model(m, file, content->data, content->size, &s), expected, words);
    ck_assert_msg(!strchr(horn_last_error(), '\n') && seconds() - before < 1, "%g s: %s", seconds() - before,
                  horn_last_error());
    snapshot_free(s);
}

static void check_metadata(const model_files *m, bytes *content, horn_status expected, const char *words)
{
    ck_ok(bytes_status(content));
    check_hostile(m, METADATA, content, expected, words);
    bytes_free(content);
}

START_TEST(test_hostile_models__metadata_is_refused)
{
    const format *f;
    bytes content = { 0 }, text = { 0 };
    make_snapshot();
    ck_ok(format_by_name(&f, "saved-model"));
    model_files m = write_model(f);
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
        put_root(&content, roots[i].json, strlen(roots[i].json));
        check_metadata(&m, &content, roots[i].status, roots[i].words);
    }
    for (int i = 0; i < 2; i++) put_root(&content, roots[3].json, strlen(roots[3].json));
    check_metadata(&m, &content, HORN_ERROR_FORMAT, "has 2 nodes 'root'");
    for (int i = 0; i < 100000; i++) bytes_append(&text, "[", 1);
    put_root(&content, (const char *)text.data, text.size);
    check_metadata(&m, &content, HORN_ERROR_FORMAT, "nested deeper than 320");
    static const char spaces[100] = { ' ' };
    while (text.size < 17 << 20) bytes_append(&text, spaces, sizeof spaces);
    put_root(&content, (const char *)text.data, text.size);
    check_metadata(&m, &content, HORN_ERROR_FORMAT, "expected at most");
    for (int i = 0; i < 2000; i++) { /* messages in messages */
        bytes outer = { 0 };
        protobuf_put_message(&outer, 1, &content);
        content = outer;
    }
    check_metadata(&m, &content, HORN_ERROR_FORMAT, "says nothing of the model itself");
    bytes_append(&content, "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 10); /* of 2^62 bytes */
    check_metadata(&m, &content, HORN_ERROR_FORMAT, "keras_metadata.pb");
    bytes_free(&text);
    free_files(&m);
    snapshot_free(whole);
#if !defined(__SANITIZE_ADDRESS__)
    struct rusage use;
    ck_assert_int_eq(getrusage(RUSAGE_SELF, &use), 0);
    ck_assert_msg(use.ru_maxrss < 256 * 1024, "%ld KiB", use.ru_maxrss);
#endif
}
END_TEST

/* A checkpoint whose objects are this graph. */
static void put_graph(model_files *m, graph_writer *g)
{
    bundle_writer *files;
    ck_ok(bundle_writer_new(&files, 1));
    ck_ok(graph_writer_finish(g, files, 0));
    bytes_free(&m->files[INDEX]);
    ck_ok(bundle_writer_index(files, 1, &m->files[INDEX]));
    bytes_free(&m->files[DATA]);
    m->files[DATA] = bundle_writer_shard(files, 0)->own;
    bundle_writer_shard(files, 0)->own = (bytes){ 0 };
    bundle_writer_free(files);
    graph_writer_free(g);
}

static void check_graph(model_files *m, graph_writer *g, horn_status expected, const char *words)
{
    put_graph(m, g);
    check_hostile(m, -1, &(bytes){ 0 }, expected, words);
}

START_TEST(test_hostile_models__objects_are_refused)
{
    const format *f;
    graph_writer *g;
    char name[32];
    make_snapshot();
    ck_ok(format_by_name(&f, "saved-model"));
    model_files m = write_model(f);
    ck_ok(graph_writer_new(&g)); /* every layer is the model itself */
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "layer-%d", i);
        graph_writer_child(g, 0, name, 0);
    }
    check_graph(&m, g, HORN_ERROR_UNSUPPORTED, "a layer appears twice");
    ck_ok(graph_writer_new(&g)); /* a ring of layers, whose weights are layers too */
    size_t nodes[4];
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "layer-%d", i);
        nodes[i] = graph_writer_node(g);
        graph_writer_child(g, 0, name, nodes[i]);
    }
    for (int i = 0; i < 4; i++) graph_writer_child(g, nodes[i], "kernel", nodes[(i + 1) % 4]);
    graph_writer_child(g, 0, "optimizer", 0);
    check_graph(&m, g, HORN_ERROR_SHAPE, "has 0 layers with weights");
    ck_ok(graph_writer_new(&g));
    graph_writer_child(g, 0, "layer-0", graph_writer_node(g));
    check_graph(&m, g, HORN_ERROR_FORMAT, "other layers");
    free_files(&m);
    snapshot_free(whole);
}
END_TEST

/* ---- archives ---- */

/* Where the header with that mark and that name begins. */
static size_t find_header(const bytes *zip, const char *mark, const char *name)
{
    const size_t to_name = mark[2] == 3 ? 30 : 46, length = strlen(name);
    for (size_t at = 0; at + to_name + length <= zip->size; at++)
        if (memcmp(zip->data + at, mark, 4) == 0 && memcmp(zip->data + at + to_name, name, length) == 0)
            return at;
    ck_abort_msg("no header of %s", name);
}

typedef struct headers {
    unsigned char *local, *central;
} headers;

static headers headers_of(const bytes *zip, const char *name)
{
    return (headers){ zip->data + find_header(zip, "PK\3\4", name),
                      zip->data + find_header(zip, "PK\1\2", name) };
}

static void change_archive(bytes *zip, int which)
{
    static const char *const names[] = { "../../../meta", "/etc/passwd.1", "a//b//c//d//e",
                                         "a\\b.json-12345" };
    headers h = headers_of(zip, which == 4 ? "config.json" : "metadata.json");
    unsigned char *end = zip->data + zip->size - 22;
    switch (which) {
    case 4: /* another checksum */
        h.local[14] ^= 1, h.central[16] ^= 1;
        break;
    case 5: /* sizes in an extra field that is not there */
        memset(h.central + 20, 255, 8);
        break;
    case 6: /* 4 GB of content */
        memset(h.local + 18, 254, 8), memset(h.central + 20, 254, 8);
        break;
    case 7: /* begins where config.json does */
        memcpy(h.central + 42, headers_of(zip, "config.json").central + 42, 4);
        break;
    case 8: /* more members than there are */
        end[8] = end[10] = 200;
        break;
    case 9: /* packed in another way in each header */
        h.local[8] = 8;
        break;
    default:
        memcpy(h.local + 30, names[which], 13), memcpy(h.central + 46, names[which], 13);
    }
}

START_TEST(test_hostile_models__archives_are_refused)
{
    static const char *const words[] = { "unsafe name",
                                         "unsafe name",
                                         "unsafe name",
                                         "unsafe name",
                                         "CRC",
                                         "broken extra field",
                                         "passes the central directory",
                                         "has another name in its local header",
                                         "200 members announced",
                                         "another method" };
    const format *f;
    make_snapshot();
    ck_ok(format_by_name(&f, "keras"));
    model_files m = write_model(f);
    for (int i = 0; i < 10; i++) {
        bytes changed = copy_of(m.files[0].data, m.files[0].size);
        change_archive(&changed, i);
        check_hostile(&m, 0, &changed, HORN_ERROR_FORMAT, words[i]);
        bytes_free(&changed);
    }
    free_files(&m);
    snapshot_free(whole);
}
END_TEST

TEST_MAIN(test_hostile_models__metadata_is_refused, test_hostile_models__objects_are_refused,
          test_hostile_models__archives_are_refused)
