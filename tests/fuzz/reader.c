#include "fuzz/reader.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <horn/horn.h>
#include "base/files/folder.h"
#include "model/model.h"

static const fuzz_reader readers[] = { { "onnx", "m.onnx", false },
                                       { "tflite", "m.tflite", false },
                                       { "frozen-graph", "m.pb", false },
                                       { "json", "m.json", false },
                                       { "yaml", "m.yaml", false },
                                       { "deepdish", "d.h5", false },
                                       { "torch7", "m.t7", false },
                                       { "keras-h5", "m.h5", false },
                                       { "keras-h5-weights", "w.h5", false },
                                       { "keras", "m.keras", false },
                                       { "keras-weights-h5", "m.weights.h5", false },
                                       { "torch", "m.pth", false },
                                       { "tf-weights", "m", false },
                                       { "tf-run", "", false },
                                       { "saved-model", "", false },
                                       { "safetensors", "m.safetensors", false },
                                       { "meta-graph", "m.meta", false },
                                       { "npy", "x.npy", true },
                                       { "npz-data", "x.npz", true },
                                       { "npz", "w.npz", false },
                                       { "csv", "x.csv", true },
                                       { "idx", "", true } };

static const char *const names[] = { "m.pb",
                                     "m.onnx",
                                     "m.tflite",
                                     "m.json",
                                     "m.yaml",
                                     "d.h5",
                                     "m.t7",
                                     "m.h5",
                                     "w.h5",
                                     "m.keras",
                                     "m.weights.h5",
                                     "m.safetensors",
                                     "m.pth",
                                     "x.npy",
                                     "x.npz",
                                     "x.csv",
                                     "m.meta",
                                     "w.npz",
                                     "m.index",
                                     "m.data-00000-of-00001",
                                     "m.data-00000-of-00003",
                                     "m.data-00001-of-00003",
                                     "m.data-00002-of-00003",
                                     "checkpoint",
                                     "saved_model.pb",
                                     "keras_metadata.pb",
                                     "variables/variables.index",
                                     "variables/variables.data-00000-of-00001",
                                     "train-images-idx3-ubyte",
                                     "train-labels-idx1-ubyte",
                                     "t10k-images-idx3-ubyte.gz",
                                     "t10k-labels-idx1-ubyte.gz" };

const fuzz_reader *fuzz_reader_at(size_t index)
{
    return index < sizeof readers / sizeof *readers ? &readers[index] : NULL;
}

const fuzz_reader *fuzz_reader_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
        if (strcmp(readers[i].name, name) == 0) return &readers[i];
    return NULL;
}

/* ---- cases ---- */

const char *fuzz_file_name(const char *name)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0) return names[i];
    return NULL;
}

void fuzz_unpack(fuzz_case *out, const void *data, size_t size)
{
    const char *at = data, *end = at + size;
    *out = (fuzz_case){ 0 };
    while (out->count < FUZZ_FILES && at < end) {
        char line[80] = "";
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop || (size_t)(stop - at) >= sizeof line) return;
        memcpy(line, at, (size_t)(stop - at));
        at = stop + 1;
        char *space = strchr(line, ' ');
        if (!space) return;
        *space = 0;
        const size_t left = (size_t)(end - at), said = strtoul(space + 1, NULL, 10),
                     taken = said < left ? said : left;
        const char *name = fuzz_file_name(line);
        if (!name) return;
        out->files[out->count].name = name;
        bytes_append(&out->files[out->count++].content, at, taken);
        at += taken;
    }
}

void fuzz_pack(bytes *out, const fuzz_case *c)
{
    for (size_t i = 0; i < c->count; i++) {
        bytes_print(out, "%s %zu\n", c->files[i].name, c->files[i].content.size);
        bytes_append(out, c->files[i].content.data, c->files[i].content.size);
    }
}

void fuzz_case_free(fuzz_case *c)
{
    for (size_t i = 0; i < c->count; i++) bytes_free(&c->files[i].content);
    *c = (fuzz_case){ 0 };
}

/* ---- the folder ---- */

static char place[256];

static void leave(void)
{
    folder_remove_tree(AT_FDCWD, place);
}

static const char *in_place(const char *name)
{
    static char paths[4][400];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s%s%s", place, *name ? "/" : "", name);
    return path;
}

void fuzz_folder(char out[256])
{
    const char *parent = getenv("TMPDIR");
    if (!parent) parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(out, 256, "%s/horn-fuzz-XXXXXX", parent);
    if (!mkdtemp(out)) abort();
}

static void put_case(const fuzz_case *c)
{
    if (!*place) {
        fuzz_folder(place);
        atexit(leave);
    }
    leave();
    if (mkdir(place, 0700) || mkdir(in_place("variables"), 0700)) abort();
    for (size_t i = 0; i < c->count; i++) {
        const bytes *b = &c->files[i].content;
        FILE *file = fopen(in_place(c->files[i].name), "w");
        if (!file || fwrite(b->data, 1, b->size, file) != b->size || fclose(file)) abort();
    }
}

/* ---- what Horn promises ---- */

static bool is_ok(horn_status status, const char *what)
{
    const char *line = horn_last_error();
    if (status == HORN_OK) return true;
    if (*line && !strchr(line, '\n') && status != HORN_ERROR_MEMORY) return false;
    fprintf(stderr, "%s: status %d, line '%s'\n", what, (int)status, line);
    abort();
}

static void expect(bool holds, const char *what)
{
    if (holds) return;
    fprintf(stderr, "broken: %s: %s\n", what, horn_last_error());
    abort();
}

/* ---- looking ---- */

enum { MOST_BYTES = 1 << 22, MOST_FLOATS = 1 << 16 };

static void read_tensors(const horn_file *f)
{
    for (size_t i = 0; i < horn_file_tensor_count(f); i++) {
        const horn_file_tensor *t = horn_file_tensor_at(f, i);
        size_t size = horn_dtype_size(t->dtype);
        for (int k = 0; k < t->rank && size; k++)
            if (__builtin_mul_overflow(size, t->shape[k], &size) || size > MOST_BYTES) size = 0;
        void *data = t->is_readable && size ? malloc(size) : NULL;
        if (data) (void)!is_ok(horn_file_read(data, size, f, i), "reading a tensor");
        free(data);
    }
}

static void print_texts(const horn_file *f)
{
    char *text = NULL;
    for (unsigned part = 1; part <= HORN_PART_PROGRESS; part *= 2) {
        if (is_ok(horn_file_json(&text, f, part), "printing a part")) free(text);
        text = NULL;
    }
    if (is_ok(horn_file_verify(&text, f), "verifying")) free(text);
}

/* Whether a model of the file is so small that it is soon made. */
static bool is_small(const horn_file *f)
{
    const horn_file_facts *facts = horn_file_about(f);
    const char *total = facts->summary ? strstr(facts->summary, "\nTotal params: ") : NULL;
    return total && strtod(total + 15, NULL) < MOST_FLOATS;
}

static unsigned look(const char *path)
{
    horn_file *f = NULL;
    horn_file_comparison *same = NULL;
    if (!is_ok(horn_file_open(&f, path), "opening")) return 0;
    unsigned parts = horn_file_about(f)->parts;
    read_tensors(f);
    print_texts(f);
    if (is_ok(horn_file_compare(&same, f, f), "comparing")) horn_file_comparison_free(same);
    if (parts & HORN_PART_ARCHITECTURE && !is_small(f)) parts = 0;
    horn_file_close(f);
    return parts;
}

/* ---- using ---- */

static size_t count_values(const horn_model *m, size_t ends,
                           const shape *(*shape_of)(const horn_model *, size_t))
{
    size_t count = 0;
    for (size_t i = 0; i < ends && count <= MOST_FLOATS; i++) count += shape_count(shape_of(m, i));
    return count;
}

/* One row, if it takes few values and few multiplications; all inputs are of the same zeros. */
static void predict(horn_model *m)
{
    horn_view x[HORN_MAX_INPUTS] = { { 0 } };
    size_t in = count_values(m, model_input_count(m), model_input), work = 0;
    for (size_t i = 0; i < m->calls->count; i++) {
        const call *c = m->calls->at[i];
        const size_t out = shape_count(c->outputs) * c->output_rows;
        if (in > MOST_FLOATS || out > MOST_FLOATS) return;
        work += out + out * (m->trainable_floats + m->frozen_floats) / (1 + c->outputs->dim[0]);
    }
    if (work > (size_t)1 << 26) return;
    float *input = calloc(in + 1, sizeof *input);
    for (size_t i = 0; i < model_input_count(m); i++) {
        const shape *own = model_input(m, i);
        if (own->rank == HORN_MAX_RANK) {
            free(input);
            return;
        }
        x[i] = (horn_view){ .data = input, .rank = 1 + own->rank, .shape = { 1 } };
        memcpy(x[i].shape + 1, own->dim, (size_t)own->rank * sizeof *own->dim);
        if (i) x[i - 1].next = &x[i];
    }
    const size_t count = count_values(m, model_output_count(m), model_output);
    float *output = calloc(count + 1, sizeof *output);
    if (input && output) (void)!is_ok(horn_model_predict(output, count, m, x, NULL), "predicting");
    free(input);
    free(output);
}

static void load(const char *path)
{
    horn_model *m = NULL;
    if (!is_ok(horn_model_load(&m, path, &(horn_load_options){ .threads = 1 }), "loading")) return;
    predict(m);
    horn_model_free(m);
}

/* Of a file without an architecture: the weights, into the model that the golden files are of. */
static void load_weights(const char *path)
{
    horn_model *m = NULL;
    expect(!horn_model_load(&m, "tests/golden/keras2.15/Csgdm.h5", &(horn_load_options){ .threads = 1 }),
           "the model that takes weights");
    (void)!is_ok(horn_model_load_weights(m, path), "loading weights");
    horn_model_free(m);
}

static void convert(const char *path, unsigned choice, bool whole)
{
    static const struct {
        const char *to, *dialect;
    } results[] = { { "out/m.h5", NULL },        { "out/m.keras", NULL }, { "out/m.weights.h5", NULL },
                    { "out/m", NULL },           { "out/m/", NULL },      { "out/m.pb", NULL },
                    { "out/m.json", NULL },      { "out/m", "keras3" },   { "out/m.h5", "keras3" },
                    { "out/m.keras", "keras2" }, { "out/m.yaml", NULL },  { "out/m.safetensors", NULL },
                    { "out/m.pth", NULL },       { "out/m.onnx", NULL },  { "out/m.tflite", NULL },
                    { "out/w.npz", NULL } };
    const unsigned way = choice % (sizeof results / sizeof *results);
    const char *to = in_place(results[way].to);
    horn_convert_options o = { .dialect = results[way].dialect,
                               .architecture = whole ? NULL : "tests/golden/keras2.15/Csgdm.h5" };
    char *report = NULL;
    horn_file *made = NULL;
    if (!is_ok(horn_convert(&report, path, to, &o), "converting")) return;
    expect(report && *report, "a conversion without a report");
    free(report);
    expect(!horn_file_open(&made, to), "opening what was converted");
    expect(!horn_file_about(made)->is_broken, "what was converted");
    horn_file_close(made);
}

static void use_data(const char *path, bool is_array)
{
    horn_array *array = NULL;
    horn_dataset *set = NULL;
    if (is_array && is_ok(horn_array_load(&array, path), "loading an array"))
        (void)!is_ok(horn_array_save(in_place("out.csv"), horn_array_view(array)), "saving an array");
    horn_array_free(array);
    if (!is_array && is_ok(horn_dataset_load(&set, path, NULL), "loading data"))
        (void)horn_dataset_checksum(set);
    horn_dataset_free(set);
}

void fuzz_read(const fuzz_reader *reader, const void *data, size_t size)
{
    fuzz_case c;
    fuzz_unpack(&c, data, size);
    if (c.count) put_case(&c);
    const unsigned choice = (unsigned)crc32(crc32(0, NULL, 0), data, (unsigned)size) >> 3;
    const char *path = in_place(reader->path);
    const size_t count = c.count;
    fuzz_case_free(&c);
    if (!count) return;
    if (reader->is_data) {
        use_data(path, strcmp(reader->name, "npy") == 0);
        return;
    }
    const unsigned parts = look(path);
    if (parts & HORN_PART_ARCHITECTURE && choice % 2) load(path);
    if (parts & HORN_PART_ARCHITECTURE && choice % 2 == 0) convert(path, choice / 2, true);
    if (!(parts & HORN_PART_ARCHITECTURE) && choice % 4) load_weights(path);
    if (!(parts & HORN_PART_ARCHITECTURE) && choice % 4 == 0) convert(path, choice / 4, false);
}
