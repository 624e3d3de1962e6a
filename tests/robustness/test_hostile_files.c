/* Files that mean harm, each read as a user would: opened, checked, loaded and converted. Each is refused in one line, no file but
 * the named one is opened, and nothing is started: the system calls of each reading are looked at. */
#include "robustness/watched_calls.h"

#include <dirent.h>
#include <horn/file.h>
#include <horn/model.h>
#include "codecs/hostile_torch7.h"
#include "codecs/pickle/hostile_pickles.h"
#include "codecs/zip/archives.h"
#include "config/hostile_yaml.h"
#include "formats/onnx/crafted.h"
#include "formats/torch/hostile_files.h"
#include "formats/torch/hostile_headers.h"

static char place[32], out_path[100];
static size_t tried, calls_seen;

/* ---- reading ---- */

enum { REFUSED = 0, CONVERTED = 1, LOADED = 2, SEVERAL_LINES = 3 };

static int read_in_each_way(const char *path)
{
    horn_file *f = NULL;
    horn_model *m = NULL;
    char *report = NULL;
    if (!horn_file_open(&f, path)) {
        (void)!horn_file_verify(&report, f);
        free(report);
        horn_file_close(f);
    }
    if (!horn_convert(NULL, path, out_path, NULL)) return CONVERTED;
    if (strchr(horn_last_error(), '\n')) return SEVERAL_LINES;
    if (!horn_model_load(&m, path, &(horn_load_options){ .threads = 1 })) return LOADED;
    return strchr(horn_last_error(), '\n') ? SEVERAL_LINES : REFUSED;
}

/* A Check test that cannot be made says so, and passes. */
static bool may_watch(void)
{
    const watched w = watch(read_in_each_way, "/nowhere");
    if (w.is_denied) printf("not tested: nobody may trace processes here\n");
    return !w.is_denied;
}

static void check_refused(const char *path, const char *what)
{
    const watched w = watch(read_in_each_way, path);
    ck_assert_msg(!w.trouble[0], "%s: %s", what, w.trouble);
    ck_assert_msg(WIFEXITED(w.status), "%s: ended with %x", what, (unsigned)w.status);
    ck_assert_msg(WEXITSTATUS(w.status) == REFUSED, "%s: %s", what,
                  WEXITSTATUS(w.status) == SEVERAL_LINES ? "refused in several lines" : "is read");
    ck_assert_msg(w.opened > 0, "%s: was not opened", what);
    ck_assert_msg(access(out_path, F_OK) != 0, "%s: left a file", what);
    calls_seen += w.calls;
    tried++;
}

static void check_content(const char *suffix, const void *data, size_t size, const char *what)
{
    char path[100];
    snprintf(path, sizeof path, "%s/m%s", place, suffix);
    FILE *file = fopen(path, "wb");
    ck_assert(file && fwrite(data, 1, size, file) == size && fclose(file) == 0);
    check_refused(path, what);
    ck_assert_int_eq(unlink(path), 0);
}

static void check_bytes(const char *suffix, bytes content, const char *what)
{
    ck_ok(bytes_status(&content));
    check_content(suffix, content.data, content.size, what);
    bytes_free(&content);
}

/* ---- the files ---- */

static void try_pickles(void)
{
    for (size_t i = 0; i < HOSTILE_PICKLES; i++)
        check_bytes(".pth", pth_with(hostile_pickles[i].text, hostile_pickles[i].size),
                    hostile_pickles[i].words);
    for (size_t i = 0; i < sizeof hostile_legacy / sizeof *hostile_legacy; i++)
        if (hostile_legacy[i].words)
            check_content(".pkl", hostile_legacy[i].text, hostile_legacy[i].size, hostile_legacy[i].words);
    check_refused("tests/golden/torch/evil_REJECT.pth", "evil_REJECT.pth");
    check_refused("tests/golden/torch/whole_module_REJECT.pth", "whole_module_REJECT.pth");
}

static void try_objects(const hostile *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (cases[i].words) check_bytes(".pt", pth_with(cases[i].text, cases[i].size), cases[i].words);
}

static void try_torch(void)
{
    try_objects(hostile_views, sizeof hostile_views / sizeof *hostile_views);
    try_objects(hostile_objects, sizeof hostile_objects / sizeof *hostile_objects);
}

#define NUMPY "\x93NUMPY\1\0\x36\0{'descr': '|O', 'fortran_order': False, 'shape': (1,)}\n"

/* One member of each archive lies. */
static void try_zips(void)
{
    static const part lies[] = {
        { .name = "a/kernel.npy", .data = NUMPY, .data_size = sizeof NUMPY - 1 },
        { .name = "../../etc/passwd.npy", .data = "root", .data_size = 4 },
        { .name = "/etc/passwd", .data = "root", .data_size = 4 },
        { .name = "config.json", .data = "{}", .data_size = 2, .size = 1 << 30 },
        { .name = "config.json", .data = "{}", .data_size = 2, .crc = 7 },
        { .name = "config.json", .data = "{}", .data_size = 2, .local_name = "config.jso_" },
        { .name = "config.json", .data = "{}", .data_size = 2, .method = 8, .size = 2 },
        { .name = "config.json", .data = "{}", .data_size = 2, .method = 12 },
        { .name = "config.json", .data = "{}", .data_size = 2, .flags = 1 },
        { .name = "config.json", .data = "{}", .data_size = 2, .offset = 1 << 20 },
        { .name = "config.json", .data = "{}", .data_size = 2, .no_local = true },
        { .name = "m/data.pkl", .data = "cos\nsystem\n.", .data_size = 12 },
        { .name = "m/constants.pkl", .data = "\x80\2).", .data_size = 4 },
    };
    static const char *const suffixes[] = { ".keras", ".npz", ".pth" };
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++)
        check_bytes(suffixes[i % 3], make(&lies[i], 1), lies[i].name);
    bytes whole = { 0 };
    ck_ok(file_read(&whole, "tests/golden/torch/mlp_sd.pth", 0));
    for (size_t i = 1; i < 8; i++) check_content(".pth", whole.data, whole.size * i / 8, "a cut archive");
    bytes_free(&whole);
}

static void try_torch7(void)
{
    for (size_t i = 0; i < sizeof hostile_torch7 / sizeof *hostile_torch7; i++) {
        make_hostile_torch7((int)i);
        check_content(".t7", made.data, made.size, hostile_torch7[i].words);
        bytes_free(&made);
    }
}

static void try_safetensors(void)
{
    bytes content = { 0 };
    for (size_t i = 0; i < sizeof hostile_headers / sizeof *hostile_headers; i++) {
        const size_t size = strlen(hostile_headers[i].json);
        if (!hostile_headers[i].says) continue;
        put_safetensors(&content, hostile_headers[i].json, size, size, hostile_headers[i].data);
        check_content(".safetensors", content.data, content.size, hostile_headers[i].says);
    }
    bytes_free(&content);
}

static void try_yaml(void)
{
    for (size_t i = 0; i < sizeof hostile_yaml / sizeof *hostile_yaml; i++) {
        bytes text_of_model = { 0 };
        bytes_print(&text_of_model, "class_name: Sequential\n%s", hostile_yaml[i].yaml);
        check_bytes(".yaml", text_of_model, hostile_yaml[i].words);
    }
}

static void check_onnx(crafted *c, const char *what)
{
    check_bytes(".onnx", file_of(c), what);
}

/* Values in other files, nodes that hold graphs, and files that were cut. */
static void try_onnx(void)
{
    static const char *const locations[] = { "../../../../etc/passwd", "/etc/passwd", "w.bin", "" };
    static const char *const operators[] = { "Loop", "If", "Scan", "PythonOp", "StringNormalizer" };
    for (size_t i = 0; i < sizeof locations / sizeof *locations; i++) {
        crafted c = rows();
        bytes entry = { 0 }, t = tensor_of("w", FLOATS, SIZES(3, 2), NULL);
        protobuf_put_text(&entry, 1, "location");
        protobuf_put_text(&entry, 2, locations[i]);
        protobuf_put_message(&t, 13, &entry);
        protobuf_put_integer(&t, 14, 1);
        protobuf_put_message(&c.graph, 5, &t);
        PUT(&c, "MatMul", "y", "x", "w");
        check_onnx(&c, locations[i]);
    }
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        crafted c = rows();
        PUT(&c, operators[i], "y", "x");
        check_onnx(&c, operators[i]);
    }
    bytes whole = { 0 };
    ck_ok(file_read(&whole, "tests/golden/onnx/cnn.onnx", 0));
    for (size_t i = 1; i < 20; i++) check_content(".onnx", whole.data, whole.size * i / 20, "a cut model");
    bytes_free(&whole);
}

/* A link that leads out of its file, pickled objects, packings of others. */
static void try_deepdish(void)
{
    static const char at[] = "tests/golden/deepdish/hostile";
    char path[400];
    DIR *directory = opendir(at);
    ck_assert_ptr_nonnull(directory);
    for (struct dirent *entry; (entry = readdir(directory));) {
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", at, entry->d_name);
        check_refused(path, entry->d_name);
    }
    closedir(directory);
}

static const struct {
    const char *name;
    void (*try)(void);
} kinds[] = { { "pickles", try_pickles }, { "tensors of PyTorch", try_torch }, { "zips", try_zips },
              { "Torch7", try_torch7 },   { "safetensors", try_safetensors },  { "ONNX", try_onnx },
              { "YAML", try_yaml },       { "deepdish", try_deepdish } };

/* ---- what the watch sees ---- */

static int open_another(const char *path)
{
    (void)path;
    return close(open("README.md", O_RDONLY));
}

static int open_to_write(const char *path)
{
    return close(open(path, O_WRONLY));
}

static int start_program(const char *path)
{
    (void)path;
    return system("true");
}

static int start_process(const char *path)
{
    (void)path;
    const pid_t child = fork();
    if (child == 0) _exit(0);
    return waitpid(child, NULL, 0) != child;
}

static int open_it(const char *path)
{
    return close(open(path, O_RDONLY));
}

START_TEST(test_hostile_files__the_watch_sees)
{
    static const char path[] = "Makefile";
    if (!may_watch()) return;
    ck_assert_str_eq(watch(open_another, path).trouble, "opens README.md");
    ck_assert_str_eq(watch(open_to_write, path).trouble, "opens Makefile to write");
    ck_assert_ptr_nonnull(strstr(watch(start_program, path).trouble, "starts something"));
    ck_assert_ptr_nonnull(strstr(watch(start_process, path).trouble, "starts something"));
    const watched w = watch(open_it, path);
    ck_assert(!w.trouble[0] && w.opened == 1 && w.calls >= 2 && WIFEXITED(w.status) &&
              !WEXITSTATUS(w.status));
}
END_TEST

START_TEST(test_hostile_files__are_refused_and_open_and_start_nothing)
{
    size_t before = 0;
    strcpy(place, "/tmp/horn-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(place));
    snprintf(out_path, sizeof out_path, "%s/out.npz", place);
    if (may_watch()) {
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
            kinds[i].try();
            printf("%s: %zu hostile files refused\n", kinds[i].name, tried - before);
            before = tried;
        }
        printf("%zu hostile files, %zu system calls: none opened another file or started anything\n", tried,
               calls_seen);
        ck_assert_uint_ge(tried, 150);
    }
    ck_assert_int_eq(rmdir(place), 0);
}
END_TEST

TEST_MAIN(test_hostile_files__the_watch_sees, test_hostile_files__are_refused_and_open_and_start_nothing)
