/* A small model in every format that is written and read: cut off at any byte and with any bit flipped, in any of its
 * files, it is refused in one line, or is the same model; where no checksum covers what is changed it may be another one,
 * but does no harm. And SavedModels that were made to do harm. HORN_FLIPS=all takes every bit and every length, otherwise
 * some are left out. */
#include "model/small_run.h"

#include <sys/resource.h>
#include <time.h>
#include "formats/format.h"
#include "formats/object_graph.h"
#include "model/convert.h"
#include "model/snapshot_of_model.h"
#include "snapshot/graph.h"

enum {
    CARRIED = PART_ARCHITECTURE | PART_WEIGHTS | PART_TRAINING | PART_OPTIMIZER,
    FILES = 7,
    /* of 1000 lengths and bits; primes, so that all places in a byte and in a word come up */
    CUT_STEP = 11,
    FLIP_STEP = 61
};

static const char *const suffixes[FILES] = { "",
                                             ".index",
                                             ".data-00000-of-00001",
                                             "/saved_model.pb",
                                             "/keras_metadata.pb",
                                             "/variables/variables.index",
                                             "/variables/variables.data-00000-of-00001" };

/* What no checksum covers. */
static const struct {
    const char *format, *suffix;
} unchecked[] = { { "json", "" },
                  { "frozen-graph", "" },
                  { "saved-model", "/saved_model.pb" },
                  { "saved-model", "/keras_metadata.pb" } };

typedef struct model_files {
    const format *format;
    char target[64];
    bytes files[FILES]; /* empty: is not there */
} model_files;

static snapshot *whole;

static void make_picture(void)
{
    static const float inputs[6] = { 1, 2, 3, -1, 0, 1 }, rows[4] = { 1, 0, 0, 1 };
    horn_model *m = NULL;
    horn_logs logs;
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 3, .threads = 1 }));
    ck_ok(horn_model_add(
        m, horn_dense(&(horn_dense_options){ .units = 2, .activation = "relu", .input_shape = { 3 } })));
    ck_ok(horn_model_add(m, horn_batch_normalization(NULL)));
    ck_ok(horn_model_add(m, horn_dropout(&(horn_dropout_options){ .rate = 0.5 })));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 2, .activation = "softmax" })));
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = horn_sgd(&(horn_sgd_options){ .momentum = 0.9 }),
                                    .loss = horn_categorical_crossentropy(NULL),
                                    .metrics = { "accuracy" } }));
    ck_ok(horn_model_train_on_batch(
        m, &(horn_view){ .data = inputs, .dtype = HORN_FLOAT32, .rank = 2, .shape = { 2, 3 } },
        &(horn_view){ .data = rows, .dtype = HORN_FLOAT32, .rank = 2, .shape = { 2, 2 } }, &logs));
    ck_ok(snapshot_of_model(&whole, m, CARRIED | PART_OPERATIONS));
    horn_model_free(m);
}

static bytes copy_of(const void *data, size_t size)
{
    bytes copy = { .data = malloc(size + !size),
                   .size = size,
                   .capacity = size }; /* so that ASan sees its end */
    if (size) memcpy(copy.data, data, size);
    return copy;
}

static model_files write_model(const format *f)
{
    model_files made = { .format = f };
    transaction *t;
    const char *suffix = f->suffixes[0] ? f->suffixes[0] : "";
    snprintf(made.target, sizeof made.target, "/nowhere/m%s", suffix);
    ck_ok(transaction_begin(&t, made.target));
    ck_ok(f->write(whole, t, NULL));
    for (int i = 0; i < FILES; i++) {
        const bytes *found = transaction_content(t, suffixes[i]);
        if (found) made.files[i] = copy_of(found->data, found->size);
    }
    snprintf(made.target, sizeof made.target, "%s",
             transaction_target(t)); /* without the slash of a directory */
    transaction_free(t);
    return made;
}

static void free_files(model_files *m)
{
    for (int i = 0; i < FILES; i++) bytes_free(&m->files[i]);
}

/* Lists, verifies, reads and builds the model, one file of which has other content. */
static horn_status read_model(const model_files *m, int changed, const void *data, size_t size,
                              snapshot **out)
{
    transaction *t;
    source from = { 0 };
    contents listed = { 0 };
    bytes report = { 0 };
    const format *f;
    horn_model *model = NULL;
    *out = NULL;
    ck_ok(transaction_begin(&t, m->target));
    for (int i = 0; i < FILES; i++) {
        bytes content = i == changed ? copy_of(data, size) : copy_of(m->files[i].data, m->files[i].size);
        if (m->files[i].data)
            ck_ok(transaction_add(t, suffixes[i], &content));
        else
            bytes_free(&content);
    }
    horn_status status = source_open_pending(&from, t);
    if (!status) status = format_by_content(&f, &from);
    if (!status && f->list) status = f->list(&listed, &from);
    if (!status && listed.verify) status = listed.verify(&listed, &report);
    if (!status) ck_ok(snapshot_new(out));
    if (!status) status = f->read(*out, &from, NULL, f->needs ? whole : NULL);
    if (!status && (*out)->parts & PART_ARCHITECTURE)
        status = model_from_snapshot(&model, *out, &(horn_load_options){ .threads = 1 }, m->target);
    horn_model_free(model);
    contents_free(&listed);
    bytes_free(&report);
    source_close(&from);
    transaction_free(t);
    return status;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- damage ---- */

static struct {
    size_t tried, refused, other;
} counts;

static bool is_checked(const format *f, const char *suffix)
{
    for (size_t i = 0; i < sizeof unchecked / sizeof *unchecked; i++)
        if (strcmp(unchecked[i].format, f->name) == 0 && strcmp(unchecked[i].suffix, suffix) == 0)
            return false;
    return true;
}

static void check_damage(const model_files *m, const snapshot *sound, int file, const void *data, size_t size,
                         const char *what, size_t at)
{
    snapshot *s;
    const double before = seconds();
    const horn_status status = read_model(m, file, data, size, &s);
    counts.tried++;
    counts.refused += status != HORN_OK;
    ck_assert_msg(seconds() - before < 1, "%s%s, %s at %zu: %g s", m->format->name, suffixes[file], what, at,
                  seconds() - before);
    if (status) {
        ck_assert_msg(*horn_last_error() && !strchr(horn_last_error(), '\n'), "%s%s, %s at %zu: no line",
                      m->format->name, suffixes[file], what, at);
    } else {
        const bool same = s->parts == sound->parts && !convert_check(sound, s, sound->parts, "damaged");
        counts.other += !same;
        ck_assert_msg(same || !is_checked(m->format, suffixes[file]), "%s%s, %s at %zu is not seen: %s",
                      m->format->name, suffixes[file], what, at, horn_last_error());
    }
    snapshot_free(s);
}

static void damage(const model_files *m, int file)
{
    const char *which = getenv("HORN_FLIPS");
    const bool all = which && strcmp(which, "all") == 0;
    const bytes *b = &m->files[file];
    snapshot *sound;
    ck_ok(read_model(m, -1, NULL, 0, &sound));
    memset(&counts, 0, sizeof counts);
    for (size_t at = 0; at < b->size; at += all ? 1 : CUT_STEP)
        check_damage(m, sound, file, b->data, at, "cut", at);
    const size_t cuts = counts.tried;
    for (size_t bit = 0; bit < 8 * b->size; bit += all ? 1 : FLIP_STEP) {
        b->data[bit / 8] ^= (unsigned char)(1u << bit % 8);
        check_damage(m, sound, file, b->data, b->size, "bit flipped", bit);
        b->data[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    printf("%s%s: %zu bytes: %zu lengths, %zu bits: %zu refused, %zu other models\n", m->format->name,
           suffixes[file], b->size, cuts, counts.tried - cuts, counts.refused, counts.other);
    ck_assert_uint_gt(counts.tried, 10);
    snapshot_free(sound);
}

START_TEST(test_damaged_models__are_refused_or_the_same)
{
    const format *f;
    size_t formats = 0;
    make_picture();
    for (size_t i = 0; (f = format_at(i)); i++) {
        if (!f->reads || !f->writes) continue;
        model_files m = write_model(f);
        for (int file = 0; file < FILES; file++)
            if (m.files[file].data) damage(&m, file);
        free_files(&m);
        formats++;
    }
    ck_assert_uint_ge(formats, 7);
    snapshot_free(whole);
}
END_TEST

/* ---- SavedModels that were made to do harm ---- */

enum { METADATA = 4, INDEX = 5, DATA = 6 };

static void put_root(bytes *out, const char *json, size_t size)
{
    bytes node = { 0 };
    protobuf_put_text(&node, 3, "root");
    protobuf_put_bytes(&node, 5, json, size);
    protobuf_put_message(out, 1, &node);
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
    { MODEL("Sequential",
            LAYER("Lambda", "a", SHAPED("3") ", \"function\": [\"4wEAAA\", null, null]") ", " LAYER(
                "Dropout", "b", "\"rate\": 0.5") ", " LAYER("Dropout", "c",
                                                            "\"rate\": 0.5") ", " LAYER("Dropout", "d",
                                                                                        "\"rate\": 0.5")),
      HORN_ERROR_UNSUPPORTED, "Lambda" },
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

START_TEST(test_damaged_models__hostile_metadata_is_refused)
{
    const format *f;
    bytes content = { 0 }, text = { 0 };
    make_picture();
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
    check_metadata(&m, &content, HORN_ERROR_FORMAT, "nested deeper than 64");
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
    m->files[DATA] = *bundle_writer_shard(files, 0);
    *bundle_writer_shard(files, 0) = (bytes){ 0 };
    bundle_writer_free(files);
    graph_writer_free(g);
}

static void check_graph(model_files *m, graph_writer *g, horn_status expected, const char *words)
{
    put_graph(m, g);
    check_hostile(m, -1, &(bytes){ 0 }, expected, words);
}

START_TEST(test_damaged_models__hostile_objects_are_refused)
{
    const format *f;
    graph_writer *g;
    char name[32];
    make_picture();
    ck_ok(format_by_name(&f, "saved-model"));
    model_files m = write_model(f);
    ck_ok(graph_writer_new(&g)); /* every layer is the model itself */
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "layer-%d", i);
        graph_writer_child(g, 0, name, 0);
    }
    check_graph(&m, g, HORN_ERROR_UNSUPPORTED, "a layer stands twice");
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

TEST_MAIN(test_damaged_models__are_refused_or_the_same, test_damaged_models__hostile_metadata_is_refused,
          test_damaged_models__hostile_objects_are_refused)
