/* No run removes or changes what no run has saved: random directories of foreign files and copies of checkpoints, over which
 * runs train, resume, keep few, restart, save the best and are killed at a call on files. After each command every foreign
 * file has its bytes, its inode and its times. HORN_SEQUENCES says how many directories (40); HORN_SEQUENCE=N runs the N-th
 * alone. */
#include "robustness/foreign_files.h"

enum { COMMANDS = 7 };

static struct {
    long sequences, commands, kills, refused, resumed, removed;
} counts;

/* Shared with the child that runs. */
static struct result {
    horn_status status;
    bool resumed;
    char line[300];
} * result;

/* ---- what becomes of a run's own files ---- */

/* One of its checkpoints; false if there is none. */
static bool choose_own(char name[LONGEST])
{
    checkpoint_list list = { 0 };
    char file[LONGEST + 8];
    size_t own = 0;
    ck_ok(checkpoint_files_list(in_folder("run"), &list));
    for (size_t i = 0; i < list.count; i++) {
        snprintf(file, sizeof file, "%.90s%s", list.names[i], is_triple() ? ".index" : "");
        if (strlen(list.names[i]) < 40 && is_there(file) && !is_foreign(file) && chance((uint32_t)++own))
            snprintf(name, LONGEST, "%s", list.names[i]);
    }
    checkpoint_list_free(&list);
    return own > 0;
}

static void print_new_name(char name[LONGEST])
{
    if (chance(3)) {
        print_name(name);
        return;
    }
    snprintf(name, LONGEST, "%s%u%s", chance(2) ? "precious-" : "a-", below(100), suffix_now());
}

/* The user copies, renames, links, damages or moves one away and leaves a link. */
static void handle_file(uint32_t how, const char *from, const char *to)
{
    char elsewhere[LONGEST + 40];
    if (how < 2) {
        plant_copy(in_run(from), to);
        return;
    }
    if (how == 2) ck_assert_int_eq(rename(in_run(from), in_run(to)), 0);
    if (how == 3) ck_assert_int_eq(link(in_run(from), in_run(to)), 0);
    if (how == 4) ck_assert_int_eq(symlink(from, in_run(to)), 0);
    if (how == 4) ck_assert_int_eq(unlink(in_run(from)), 0);
    if (how == 4) plant(from, "", 0);
    if (how < 5) {
        add_foreign(to);
        return;
    }
    snprintf(elsewhere, sizeof elsewhere, "moved-%.100s", from);
    ck_assert_int_eq(rename(in_run(from), in_folder(elsewhere)), 0);
    snprintf(elsewhere, sizeof elsewhere, "../moved-%.100s", from);
    ck_assert_int_eq(symlink(elsewhere, in_run(from)), 0);
    add_foreign(from);
}

static void handle_own(void)
{
    static const char *const parts[] = { ".data-00000-of-00001", ".index" };
    char from[LONGEST], to[LONGEST], taken[LONGEST + 24], target[LONGEST + 24];
    uint32_t how = below(6);
    if (!choose_own(from)) return;
    print_new_name(to);
    if (strcmp(from, to) == 0) return;
    for (size_t i = 0; i < (is_triple() ? 2 : 1); i++) {
        snprintf(taken, sizeof taken, "%.70s%s", from, is_triple() ? parts[i] : "");
        snprintf(target, sizeof target, "%.70s%s", to, is_triple() ? parts[i] : "");
        if (is_there(target) || !is_there(taken) || is_foreign(taken)) return;
        handle_file(how, taken, target);
    }
}

static void plant_something(void)
{
    switch (below(8)) {
    case 0:
    case 1:
        plant_bytes();
        break;
    case 2:
        plant_frameworks();
        break;
    case 3:
        plant_others();
        break;
    case 4:
        plant_other_run();
        break;
    case 5:
        if (chance(4)) plant_pointer();
        break;
    default:
        handle_own();
    }
}

/* ---- commands ---- */

typedef struct command {
    horn_model_checkpoint_options options;
    uint64_t seed;
    size_t epochs;
    char resume[300]; /* "": the newest */
} command;

static void work(void *context)
{
    command *o = context;
    char path[256];
    const char *found = NULL;
    snprintf(path, sizeof path, "%s", in_run(now.template));
    o->options.path = path;
    horn_model *m = make_model(SGD, o->seed, 1);
    horn_callback *c = horn_model_checkpoint(&o->options);
    horn_status status = horn_model_checkpoint_resume(&found, c, m, *o->resume ? o->resume : NULL);
    result->resumed = !status && found;
    if (!status) status = fit(m, o->epochs, found != NULL, &c, 1);
    result->status = status;
    snprintf(result->line, sizeof result->line, "%s", status ? horn_last_error() : "");
    horn_callback_free(c);
    horn_model_free(m);
}

static size_t count_own(bool *leftover)
{
    checkpoint_list list = { 0 };
    char **names, file[LONGEST + 8];
    size_t own = 0, count;
    ck_ok(checkpoint_files_list(in_folder("run"), &list));
    for (size_t i = 0; i < list.count; i++) {
        snprintf(file, sizeof file, "%.90s%s", list.names[i], is_triple() ? ".index" : "");
        bool hidden = is_triple() && is_there(list.names[i]); /* another file is read instead */
        own += !checkpoint_is_best(list.names[i]) && is_there(file) && !is_foreign(file) && !hidden;
    }
    checkpoint_list_free(&list);
    ck_ok(folder_list(in_folder("run"), &names, &count));
    *leftover = false;
    for (size_t i = 0; i < count; i++) *leftover |= strstr(names[i], ".horn-tmp") && !is_foreign(names[i]);
    folder_list_free(names, count);
    return own;
}

static void choose_command(command *o)
{
    char name[LONGEST];
    *o = (command){ .seed = now.two_runs && chance(4) ? 2 : 1, .epochs = 1 + below(6) };
    o->options.keep = 1 + below(3);
    if (chance(3)) o->options.save_best = chance(2) ? "val_loss" : "accuracy";
    if (chance(5)) o->options.every_steps = 2 + below(3);
    o->options.restart = now.restarts && chance(3);
    if (!o->options.restart && chance(6) && choose_own(name)) strcpy(o->resume, in_run(name));
    tell("seed %d, %zu epochs, keep %zu%s%s%s%s%s", (int)o->seed, o->epochs, o->options.keep,
         o->options.save_best ? ", best " : "", o->options.save_best ? o->options.save_best : "",
         o->options.every_steps ? ", steps" : "", o->options.restart ? ", restart" : "",
         *o->resume ? ", resumes one by name" : "");
}

/* What is pruned is pruned: else nothing would ever be removed, and all of this would hold. */
static void check_own(const command *o, uint64_t sequence)
{
    bool leftover;
    size_t own = count_own(&leftover);
    ck_assert_msg(!leftover, "a leftover is there; HORN_SEQUENCE=%llu runs this again:\n%s",
                  (unsigned long long)sequence, now.story);
    if (now.restarts || now.two_runs || *o->resume) return;
    ck_assert_msg(own <= o->options.keep,
                  "%zu checkpoints, expected %zu; HORN_SEQUENCE=%llu runs this again:\n%s", own,
                  o->options.keep, (unsigned long long)sequence, now.story);
}

static void run_command(uint64_t sequence)
{
    command o;
    bool leftover;
    choose_command(&o);
    long at = chance(3) ? -1 : (long)below(1 + below((is_triple() ? 90 : 30) * ((uint32_t)o.epochs + 1)));
    size_t before = count_own(&leftover);
    *result = (struct result){ .status = HORN_INTERRUPTED };
    int status = calls_in_child(work, &o, in_folder("run"), at, chance(2) ? DIE : DIE_MIDWAY, 0);
    counts.commands++;
    counts.kills += WIFSIGNALED(status);
    counts.resumed += result->resumed;
    counts.refused += !WIFSIGNALED(status) && result->status;
    tell(": %s %s\n", WIFSIGNALED(status) ? "killed" : result->status ? "refused" : "done", result->line);
    ck_assert_msg(!WIFSIGNALED(status) || WTERMSIG(status) == SIGKILL, "signal %d; HORN_SEQUENCE=%llu:\n%s",
                  WTERMSIG(status), (unsigned long long)sequence, now.story);
    check_foreign(sequence);
    if (!WIFSIGNALED(status) && !result->status) check_own(&o, sequence);
    size_t after = count_own(&leftover);
    counts.removed += after < before ? (long)(before - after) : 0;
}

static void run_sequence(uint64_t sequence)
{
    memset(&now, 0, sizeof now);
    now.random = sequence * 1000003;
    now.template = templates[below(TEMPLATES)];
    now.restarts = chance(2);
    now.two_runs = chance(3);
    folder_remove_tree(AT_FDCWD, in_folder("run"));
    ck_assert_int_eq(mkdir(in_folder("run"), 0777), 0);
    tell("template %s\n", now.template);
    for (uint32_t i = chance(2) ? below(8) : 0; i > 0; i--) plant_something();
    for (int i = 0; i < COMMANDS; i++) {
        run_command(sequence);
        for (uint32_t k = below(4); k > 0; k--) plant_something();
    }
    counts.sequences++;
}

/* ---- the test ---- */

static uint64_t number(const char *variable, uint64_t otherwise)
{
    const char *text = getenv(variable);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

/* Checkpoints of another run, in another directory. */
static void make_other_run(void)
{
    for (int i = 0; i < TEMPLATES; i++) {
        char template[100];
        snprintf(template, sizeof template, "other/%s", templates[i]);
        ck_ok(train_once((horn_model_checkpoint_options){ .keep = 9 }, template, 77, 4, NULL));
    }
}

START_TEST(test_foreign_files__stay_as_they_are)
{
    uint64_t first = number("HORN_SEQUENCE", 0),
             count = getenv("HORN_SEQUENCE") ? 1 : number("HORN_SEQUENCES", 40);
    setup_in_memory();
    result = mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert(result != MAP_FAILED);
    make_other_run();
    for (uint64_t i = 0; i < count; i++) run_sequence(first + i);
    if (getenv("HORN_SEQUENCE")) printf("%s", now.story);
    printf("%ld sequences, %ld foreign files: %ld commands, %ld killed, %ld resumed, %ld refused; %ld "
           "checkpoints removed, "
           "%ld looks at foreign files, 0 of them touched\n",
           counts.sequences, foreign_count, counts.commands, counts.kills, counts.resumed, counts.refused,
           counts.removed, foreign_checks);
    if (count >= 40) { /* else it tests less than it says */
        ck_assert_int_gt(counts.kills, counts.commands / 10);
        ck_assert_int_gt(counts.resumed, counts.commands / 10);
        ck_assert_int_gt(counts.removed, (long)count / 4);
    }
    cleanup();
}
END_TEST

TEST_MAIN_WITHIN(1900, test_foreign_files__stay_as_they_are)
