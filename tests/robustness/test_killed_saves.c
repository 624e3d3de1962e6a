/* SIGKILL at every call on files that a save makes, and in the middle of each write: what stands there then
 * is the old or the new one, every value of it, and the next save leaves what an unbroken one leaves. */
#include "robustness/small_checkpoints.h"

#include "base/files/atomic_file.h"
#include "base/files/temporary.h"
#include "base/files/folder.h"

/* ---- one save ---- */

enum { FILES = 5 };
typedef struct way {
    const char *format, *name;
    size_t old_shards, shards;
    const char *files[FILES]; /* of a save that came to its end, in the order of their folders */
} way;

#define ONE_SHARD                                        \
    {                                                    \
        "checkpoint", "w.data-00000-of-00001", "w.index" \
    }
#define THREE_SHARDS                                                                                       \
    {                                                                                                      \
        "checkpoint", "w.data-00000-of-00003", "w.data-00001-of-00003", "w.data-00002-of-00003", "w.index" \
    }
static const way ways[] = {
    { "keras-h5", "m.h5", 0, 0, { "m.h5" } },
    { "tf-weights", "w", 1, 1, ONE_SHARD },
    { "tf-weights", "w", 1, 3, THREE_SHARDS },
    { "tf-weights", "w", 3, 1, ONE_SHARD },
    { "tf-weights", "w", 3, 3, THREE_SHARDS },
    { "tf-checkpoint", "ckpt-7", 1, 1, { "checkpoint", "ckpt-7.data-00000-of-00001", "ckpt-7.index" } },
    { "keras", "m.keras", 0, 0, { "m.keras" } },
    { "saved-model",
      "m/",
      0,
      0,
      { "m/keras_metadata.pb", "m/saved_model.pb", "m/variables/variables.data-00000-of-00001",
        "m/variables/variables.index" } },
};
enum { WAYS = sizeof ways / sizeof *ways, OLD = 0, NEW = 1 };

typedef struct save_case {
    const way *way;
    horn_model *old, *new; /* old NULL: the first save */
    uint32_t old_print, new_print;
    bytes expected[FILES];
    int nothing, old_count, new_count;
} save_case;

static const char *path_of_save(const way *w)
{
    char name[64];
    snprintf(name, sizeof name, "run/%s", w->name);
    return in_folder(name);
}

static void save_in_child(void *context)
{
    save_case *c = context;
    horn_save_options options = { .format = c->way->format, .shards = c->way->shards };
    if (horn_model_save(c->new, path_of_save(c->way), &options)) _exit(1);
}

static void begin_folder(const save_case *c)
{
    horn_save_options options = { .format = c->way->format, .shards = c->way->old_shards };
    remove_folder("run");
    if (c->old) ck_ok(horn_model_save(c->old, path_of_save(c->way), &options));
}

static int read_state(const save_case *c, const char *path)
{
    horn_model *m = NULL;
    horn_status status = horn_model_load(&m, path, &(horn_load_options){ .threads = 1 });
    if (status) return status == HORN_ERROR_FILE ? NOTHING : BROKEN;
    uint32_t print = print_of(m);
    horn_model_free(m);
    return print == c->new_print ? NEW : c->old && print == c->old_print ? OLD : BROKEN;
}

static int state_now(const save_case *c, long n)
{
    int state = read_state(c, path_of_save(c->way));
    ck_assert_msg(state != BROKEN, "%s, call %ld (%c): neither old nor new: %s", c->way->format, n,
                  calls->trace[n], horn_last_error());
    ck_assert_msg(!c->old == (state == NOTHING) || state == NEW, "%s, call %ld (%c): state %d",
                  c->way->format, n, calls->trace[n], state);
    ck_assert_msg(state != NOTHING || access(path_of_save(c->way), F_OK) != 0, "%s, call %ld: a torn one",
                  c->way->format, n);
    if (access(in_folder("run/checkpoint"), F_OK) == 0) { /* what it names */
        int named = read_state(c, in_folder("run"));
        ck_assert_msg(named == state, "%s, call %ld: %d by its name, %d by its folder", c->way->format, n,
                      state, named);
    }
    return state;
}

typedef struct tree {
    char names[8][200]; /* of files: "m/saved_model.pb" */
    size_t count;
} tree;

/* All files below "run", or below a folder in it. */
static void list_tree(tree *t, const char *name)
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
            list_tree(t, path);
            continue;
        }
        ck_assert_uint_lt(t->count, 8);
        strcpy(t->names[t->count++], path + strlen("run/"));
    }
    folder_list_free(names, count);
}

/* The files are those of an unbroken save, to the byte. */
static void check_files(save_case *c, bool first)
{
    tree t = { .count = 0 };
    list_tree(&t, "run");
    for (size_t i = 0; i < t.count; i++) {
        char name[210];
        bytes content = { 0 };
        ck_assert_msg(i < FILES && c->way->files[i] && strcmp(t.names[i], c->way->files[i]) == 0,
                      "%s is left", t.names[i]);
        snprintf(name, sizeof name, "run/%.180s", t.names[i]);
        ck_ok(file_read(&content, in_folder(name), 0));
        if (first) {
            c->expected[i] = content;
            continue;
        }
        ck_assert_uint_eq(content.size, c->expected[i].size);
        ck_assert_mem_eq(content.data, c->expected[i].data, content.size);
        bytes_free(&content);
    }
    ck_assert(t.count == FILES || !c->way->files[t.count]);
}

/* Returns the state. */
static int kill_save(save_case *c, long n, fault how)
{
    begin_folder(c);
    int status = calls_in_child(save_in_child, c, folder, n, how, 0);
    ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "call %ld was not reached", n);
    int state = NOTHING;
    if (access(in_folder("run"), F_OK) == 0) {
        state = state_now(c, n);
        ck_ok(temporary_sweep(in_folder("run")));
    }
    save_in_child(c);
    check_files(c, false);
    return state;
}

static void kill_at_every_call(save_case *c)
{
    int newest = c->old ? OLD : NOTHING, kills = 0, changes = 0;
    begin_folder(c);
    ck_assert_int_eq(calls_in_child(save_in_child, c, folder, -1, NO_FAULT, 0), 0);
    check_files(c, true);
    long count = calls->count;
    char *trace = strdup(calls->trace);
    ck_assert_msg(count > 10, "the shim saw %ld calls", count);
    for (long n = 0; n < 2 * count; n++) {
        if (n % 2 && trace[n / 2] != 'w') continue;
        int state = kill_save(c, n / 2, n % 2 ? DIE_MIDWAY : DIE);
        ck_assert_msg(state >= newest, "call %ld: the old one is back", n / 2);
        changes += state != newest;
        newest = state;
        kills++;
        *(state == NOTHING ? &c->nothing : state == OLD ? &c->old_count : &c->new_count) += 1;
    }
    ck_assert_int_eq(changes, 1);
    printf("%s, %s, %zu to %zu shards: %ld calls (%s), %d kills: %d nothing, %d old, %d new, 0 else\n",
           c->way->format, c->old ? "overwritten" : "first", c->old ? c->way->old_shards : 0, c->way->shards,
           count, trace, kills, c->nothing, c->old_count, c->new_count);
    free(trace);
    for (int i = 0; i < FILES; i++) bytes_free(&c->expected[i]);
}

START_TEST(test_killed_saves__old_or_new_at_every_call)
{
    setup_in_memory();
    horn_model *old = make_model(MOMENTUM, 1, 1), *new = make_model(ADAM, 2, 1);
    ck_ok(fit(old, 1, false, NULL, 0));
    ck_ok(fit(new, 1, false, NULL, 0));
    for (size_t i = 0; i < 2 * WAYS; i++) {
        save_case c = { .way = &ways[i / 2],
                        .old = i % 2 ? old : NULL,
                        .new = new,
                        .old_print = print_of(old),
                        .new_print = print_of(new) };
        kill_at_every_call(&c);
    }
    horn_model_free(old);
    horn_model_free(new);
    cleanup();
}
END_TEST

/* ---- a run with checkpoints ---- */

typedef struct listing {
    size_t count;
    char names[600];
    bool clean; /* no temporary file */
} listing;

static listing list_folder(void)
{
    char **names;
    listing l = { .clean = true };
    ck_ok(folder_list(in_folder("run"), &names, &l.count));
    for (size_t i = 0; i < l.count; i++) {
        size_t n = strlen(l.names);
        snprintf(l.names + n, sizeof l.names - n, "%s ", names[i]);
        l.clean &= names[i][0] != '.';
    }
    folder_list_free(names, l.count);
    return l;
}

/* As many files as an unbroken run leaves. Where `best` was the newest, the run goes on from that, and the
 * checkpoint of its epoch is never made: an older one stays instead. Where the last checkpoint stood already,
 * nothing is saved any more, and what it would have removed stays. */
static bool is_tidy(const listing *left, const listing *expected, int epoch, const char *suffix)
{
    size_t checkpoint = *suffix ? 1 : 2;
    return left->clean &&
           (left->count == expected->count || (epoch == EPOCHS && left->count > expected->count &&
                                               left->count <= expected->count + checkpoint));
}

static void check_next_start(small_checkpoints *run, long n, const listing *expected)
{
    uint32_t found, last;
    run_record before = *run->record;
    char letter = calls->trace[n];
    listing there = list_folder();
    int best = small_checkpoints_best(run);
    ck_assert_msg(best >= before.best, "call %ld (%c): best is of epoch %d, expected %d or later", n, letter,
                  best, before.best);
    int epoch = small_checkpoints_run(run, &found, &last);
    ck_assert_msg(epoch >= before.committed, "call %ld (%c): goes on from epoch %d, %d was committed", n,
                  letter, epoch, before.committed);
    ck_assert_msg(found == run->prints[epoch], "call %ld (%c): other values of epoch %d", n, letter, epoch);
    ck_assert_msg(!said[0], "call %ld (%c): says %s", n, letter, said);
    ck_assert_msg(last == run->prints[EPOCHS], "call %ld (%c): ends otherwise", n, letter);
    ck_assert_int_eq(small_checkpoints_best(run), run->bests[EPOCHS]);
    listing left = list_folder();
    ck_assert_msg(is_tidy(&left, expected, epoch, run->suffix),
                  "call %ld (%c): from %sand epoch %d it left %s, expected %s", n, letter, there.names, epoch,
                  left.names, expected->names);
}

static void kill_run_at_every_call(const char *suffix)
{
    small_checkpoints run;
    int kills = 0, resumed = 0;
    setup_in_memory();
    small_checkpoints_prepare(&run, suffix);
    ck_assert_int_eq(calls_in_child(small_checkpoints_child, &run, folder, -1, NO_FAULT, 0), 0);
    ck_assert_int_eq(run.record->committed, EPOCHS);
    listing expected = list_folder();
    char *trace = strdup(calls->trace);
    long count = calls->count;
    ck_assert_msg(count > 80 && strchr(trace, 'u'), "the shim saw %ld calls: %s", count, trace);
    for (long n = 0; n < 2 * count; n++) {
        if (n % 2 && trace[n / 2] != 'w') continue;
        remove_folder("run");
        int status =
            calls_in_child(small_checkpoints_child, &run, folder, n / 2, n % 2 ? DIE_MIDWAY : DIE, 0);
        ck_assert_msg(WIFSIGNALED(status), "call %ld was not reached", n / 2);
        kills++;
        resumed += run.record->committed > 0;
        check_next_start(&run, n / 2, &expected);
    }
    printf("checkpoints%s, keep 2, and best: %ld calls, %d kills, %d starts resumed, 0 lost\n", suffix, count,
           kills, resumed);
    free(trace);
    cleanup();
}

START_TEST(test_killed_saves__a_run_goes_on_after_every_call)
{
    kill_run_at_every_call("");
    kill_run_at_every_call(".h5");
}
END_TEST

TEST_MAIN(test_killed_saves__old_or_new_at_every_call, test_killed_saves__a_run_goes_on_after_every_call)
