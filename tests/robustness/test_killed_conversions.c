/* SIGKILL at every call on files that a conversion makes, and in the middle of each write, into every format of the registry that
 * is written: what stands there then is the old file or the new one, to the byte, or nothing where nothing was; and the
 * next conversion leaves what an unbroken one leaves, and nothing beside it. A format of several files is read instead: its files
 * change one after the other.
 *
 * HORN_KILLS of 1,000 kills at each call, and first conversions, too; less kills at some of them. */
#include "robustness/small_checkpoints.h"

#include <horn/file.h>
#include "base/files/folder.h"
#include "formats/format.h"
#include "model/files/save_load.h"

enum { OLD = 0, NEW = 1, MOST_FILES = 8, FEW = 9 };

typedef struct tree {
    size_t count;
    char names[MOST_FILES][200]; /* "m/saved_model.pb" */
    bytes content[MOST_FILES];
} tree;

/* From one of two sources into a file of the format in the folder `run`. */
typedef struct conversion_case {
    const format *format;
    const char *what, *sources[2];
    char target[64];
    bool is_streamed, is_first;
    tree trees[2];     /* what unbroken conversions leave */
    uint32_t print[2]; /* of the weights, if there are several files */
    int counts[3];     /* kills that left nothing, the old one, the new one */
} conversion_case;

static bool kills_everywhere(void)
{
    const char *text = getenv("HORN_KILLS");
    return text && atoi(text) >= 1000;
}

/* ---- the files ---- */

static void add_files(tree *t, const char *name)
{
    char **names;
    size_t count;
    struct stat facts;
    ck_ok(folder_list(in_folder(name), &names, &count));
    for (size_t i = 0; i < count; i++) {
        char path[200];
        snprintf(path, sizeof path, "%.90s/%.100s", name, names[i]);
        ck_assert_int_eq(lstat(in_folder(path), &facts), 0);
        if (S_ISDIR(facts.st_mode)) {
            add_files(t, path);
            continue;
        }
        ck_assert_uint_lt(t->count, MOST_FILES);
        ck_ok(file_read(&t->content[t->count], in_folder(path), 0));
        strcpy(t->names[t->count++], path);
    }
    folder_list_free(names, count);
}

static void tree_free(tree *t)
{
    for (size_t i = 0; i < t->count; i++) bytes_free(&t->content[i]);
    t->count = 0;
}

static bool same_content(const bytes *a, const bytes *b)
{
    return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

static bool same_tree(const tree *a, const tree *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++)
        same = strcmp(a->names[i], b->names[i]) == 0 && same_content(&a->content[i], &b->content[i]);
    return same;
}

/* ---- one conversion ---- */

static horn_status convert_from(const conversion_case *c, int which)
{
    return horn_convert(NULL, c->sources[which], in_folder(c->target),
                        &(horn_convert_options){ .to = c->format->name });
}

static void convert_in_child(void *context)
{
    if (convert_from(context, NEW)) _exit(1);
}

static uint32_t print_of_weights(const char *path)
{
    snapshot *s;
    ck_ok(model_read_parts(&s, path, ~(unsigned)PART_WEIGHTS, NULL));
    uint32_t crc = 0;
    for (size_t i = 0; i < s->layer_count; i++)
        crc = print_tensors(crc, s->layers[i].tensors, s->layers[i].tensor_count);
    snapshot_free(s);
    return crc;
}

static int state_of_one_file(const conversion_case *c)
{
    bytes content = { 0 };
    int state = BROKEN;
    if (access(in_folder(c->target), F_OK) != 0) return NOTHING;
    ck_ok(file_read(&content, in_folder(c->target), 0));
    for (int i = OLD; i <= NEW; i++)
        if (same_content(&content, &c->trees[i].content[0])) state = i;
    bytes_free(&content);
    return state;
}

static int state_of_files(const conversion_case *c)
{
    char path[80];
    snprintf(path, sizeof path, "%s%s", c->target, strchr(c->target + 4, '/') ? "" : ".index");
    if (access(in_folder(path), F_OK) != 0) return NOTHING;
    const uint32_t print = print_of_weights(in_folder(c->target));
    return print == c->print[NEW] ? NEW : print == c->print[OLD] ? OLD : BROKEN;
}

static void begin_folder(const conversion_case *c)
{
    remove_folder("run");
    if (!c->is_first) ck_ok(convert_from(c, OLD));
}

static void learn_trees(conversion_case *c)
{
    for (int i = OLD; i <= NEW; i++) {
        remove_folder("run");
        horn_status status = convert_from(c, i);
        ck_assert_msg(!status, "%s: %s", c->what, horn_last_error());
        add_files(&c->trees[i], "run");
        if (c->format->files) c->print[i] = print_of_weights(in_folder(c->target));
    }
    ck_assert_msg(!same_tree(&c->trees[OLD], &c->trees[NEW]), "%s: the sources make the same files", c->what);
    ck_assert_msg(c->format->files || c->trees[NEW].count == 1, "%s", c->what);
}

/* Returns the state. */
static int kill_conversion(conversion_case *c, long n, fault how)
{
    tree left = { .count = 0 };
    begin_folder(c);
    int status = calls_in_child(convert_in_child, c, in_folder("run"), n, how, 0);
    const char letter = calls->trace[n];
    ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "%s: call %ld was not reached", c->what,
                  n);
    int state = c->format->files ? state_of_files(c) : state_of_one_file(c);
    ck_assert_msg(state != BROKEN, "%s, call %ld (%c): neither old nor new", c->what, n, letter);
    ck_assert_msg(c->is_first == (state == NOTHING) || state == NEW, "%s, call %ld (%c): state %d", c->what,
                  n, letter, state);
    ck_ok(convert_from(c, NEW));
    add_files(&left, "run");
    ck_assert_msg(same_tree(&left, &c->trees[NEW]), "%s, call %ld (%c): leaves %zu files, expected %zu",
                  c->what, n, letter, left.count, c->trees[NEW].count);
    tree_free(&left);
    c->counts[state == NOTHING ? 0 : 1 + state]++;
    return state;
}

/* Some of the calls, others in each format; and those before and behind each rename. */
static bool is_tried(const char *trace, long n, size_t place)
{
    const bool renames = trace[n] == 'n' || (n && trace[n - 1] == 'n');
    return kills_everywhere() || renames || ((size_t)n + place) % FEW == 0;
}

static int kill_at_calls(conversion_case *c, size_t place)
{
    int newest = c->is_first ? NOTHING : OLD, kills = 0;
    begin_folder(c);
    ck_assert_int_eq(calls_in_child(convert_in_child, c, in_folder("run"), -1, NO_FAULT, 0), 0);
    const long count = calls->count;
    char *trace = strdup(calls->trace);
    ck_assert_msg(strchr(trace, 'w') && strchr(trace, 'n'), "%s: the shim saw %s", c->what, trace);
    for (long n = 0; n < 2 * count; n++) {
        if ((n % 2 && trace[n / 2] != 'w') || !is_tried(trace, n / 2, place)) continue;
        int state = kill_conversion(c, n / 2, n % 2 ? DIE_MIDWAY : DIE);
        ck_assert_msg(state >= newest, "%s, call %ld: the old one is back", c->what, n / 2);
        newest = state;
        kills++;
    }
    ck_assert_msg(newest == NEW, "%s: it never became the new one", c->what);
    printf("%s, %s: %ld calls (%s), %d kills: %d nothing, %d old, %d new, 0 else\n", c->what,
           c->is_first ? "first" : "overwritten", count, trace, kills, c->counts[0], c->counts[1],
           c->counts[2]);
    free(trace);
    return kills;
}

static int kill_both_ways(conversion_case *c, size_t place)
{
    int kills = 0;
    learn_trees(c);
    for (int first = 0; first <= kills_everywhere(); first++) {
        memset(c->counts, 0, sizeof c->counts);
        c->is_first = first;
        kills += kill_at_calls(c, place);
    }
    for (int i = OLD; i <= NEW; i++) tree_free(&c->trees[i]);
    return kills;
}

/* ---- all formats ---- */

/* Another architecture than small_run's models have: some formats hold nothing else. */
static horn_model *make_other_model(void)
{
    horn_model *m;
    horn_crossentropy_options logits = { .from_logits = true };
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 2, .threads = 1 }));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 9, .input_shape = { INPUTS } })));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = CLASSES })));
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = horn_adam(NULL),
                                    .loss = horn_sparse_categorical_crossentropy(&logits) }));
    return m;
}

static void save_sources(char paths[2][256])
{
    horn_model *models[] = { make_model(MOMENTUM, 1, 1), make_other_model() };
    for (int i = OLD; i <= NEW; i++) {
        snprintf(paths[i], 256, "%s", in_folder(i == OLD ? "old.h5" : "new.h5"));
        ck_ok(fit(models[i], 1, false, NULL, 0));
        ck_ok(horn_model_save(models[i], paths[i], NULL));
        horn_model_free(models[i]);
    }
}

START_TEST(test_killed_conversions__old_or_new_in_every_format)
{
    char sources[2][256];
    int kills = 0, written = 0;
    const format *f;
    setup_in_memory();
    save_sources(sources);
    for (size_t i = 0; (f = format_at(i)); i++) {
        if (!f->write) continue;
        conversion_case c = { .format = f, .what = f->name, .sources = { sources[OLD], sources[NEW] } };
        snprintf(c.target, sizeof c.target, "run/m%s", *f->suffixes ? *f->suffixes : "");
        kills += kill_both_ways(&c, i);
        written++;
    }
    printf("%d formats: %d kills\n", written, kills);
    ck_assert_int_ge(written, 19);
    cleanup();
}
END_TEST

/* Whose file is written in place, and read back from the disk, while the tensors go through a small buffer. */
START_TEST(test_killed_conversions__old_or_new_in_a_stream)
{
    const format *f;
    int streams = 0;
    setup_in_memory();
    for (size_t i = 0; (f = format_at(i)); i++) {
        if (!f->stream) continue;
        conversion_case c = { .format = f,
                              .what = "a stream",
                              .target = "run/m.h5",
                              .sources = { "tests/golden/deepdish/flat", "tests/golden/deepdish/net" } };
        kill_both_ways(&c, i);
        streams++;
    }
    ck_assert_int_gt(streams, 0);
    cleanup();
}
END_TEST

TEST_MAIN_WITHIN(1200, test_killed_conversions__old_or_new_in_every_format,
                 test_killed_conversions__old_or_new_in_a_stream)
