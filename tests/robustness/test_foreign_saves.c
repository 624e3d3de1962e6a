/* A save or conversion that succeeds, fails or is killed changes nothing but what it was asked to write: in random directories
 * of foreign files, under each format. HORN_SEQUENCES says how many directories (40); HORN_SEQUENCE=N runs the N-th alone. */
#include "robustness/foreign_files.h"

#include <horn/file.h>

enum { SAVES = 6, TARGETS = 6 };

/* What is written begins with "out"; nothing that is planted does, but what is put into the directory. */
static const char *const targets[TARGETS] = {
    "out.h5", "out.keras", "out.weights.h5", "out", "out/", "out.pb"
};

typedef struct save {
    horn_model *model;
    const char *target;
    bool convert;
} save;

static struct {
    long saves, kills, failed;
} counts;

static horn_status *result; /* shared with the child that saves */

static void work(void *context)
{
    const save *s = context;
    const char *path = in_run(s->target);
    *result = s->convert                     ? horn_convert(NULL, in_folder("source.h5"), path, NULL)
              : strstr(s->target, "weights") ? horn_model_save_weights(s->model, path, NULL)
                                             : horn_model_save(s->model, path, NULL);
}

/* Into the directory that a SavedModel takes. */
static void plant_inside(void)
{
    static const char *const names[] = { "out/notes.txt", "out/variables/notes.txt",
                                         "out/assets/vocabulary.txt" };
    const char *name = names[below(3)];
    char folder_name[LONGEST];
    struct stat facts;
    snprintf(folder_name, sizeof folder_name, "%.*s", (int)(strrchr(name, '/') - name), name);
    if (stat(in_run(folder_name), &facts) == 0 && S_ISDIR(facts.st_mode)) plant(name, "notes", 5);
}

static void save_once(horn_model *m, uint64_t sequence)
{
    save s = { m, now.template, chance(3) };
    long at = chance(3) ? -1 : (long)below(80);
    fault how = chance(3) ? FILL_DISK : chance(2) ? DIE : DIE_MIDWAY;
    *result = HORN_INTERRUPTED;
    int status = calls_in_child(work, &s, in_folder("run"), at, how, 0);
    counts.saves++;
    counts.kills += WIFSIGNALED(status);
    counts.failed += !WIFSIGNALED(status) && *result;
    tell("%s %s: %s\n", s.convert ? "convert to" : "save", s.target,
         WIFSIGNALED(status) ? "killed"
         : *result           ? "failed"
                             : "done");
    ck_assert_msg(!WIFSIGNALED(status) || WTERMSIG(status) == SIGKILL, "signal %d; HORN_SEQUENCE=%llu:\n%s",
                  WTERMSIG(status), (unsigned long long)sequence, now.story);
    check_foreign(sequence);
}

static void plant_any(void)
{
    switch (below(4)) {
    case 0:
        plant_frameworks();
        break;
    case 1:
        plant_others();
        break;
    case 2:
        if (strcmp(now.template, "out/") == 0) plant_inside();
        break;
    default:
        plant_bytes();
    }
}

static void run_sequence(horn_model *m, uint64_t sequence)
{
    memset(&now, 0, sizeof now);
    now.random = sequence * 1000003;
    now.template = targets[below(TARGETS)];
    folder_remove_tree(AT_FDCWD, in_folder("run"));
    ck_assert_int_eq(mkdir(in_folder("run"), 0777), 0);
    if (strcmp(now.template, "out") != 0) plant_pointer(); /* that of a checkpoint is its own */
    for (uint32_t i = below(8); i > 0; i--) plant_any();
    for (int i = 0; i < SAVES; i++) {
        save_once(m, sequence);
        for (uint32_t k = below(3); k > 0; k--) plant_any();
    }
}

START_TEST(test_foreign_saves__touch_nothing_else)
{
    const char *one = getenv("HORN_SEQUENCE"), *many = getenv("HORN_SEQUENCES");
    uint64_t first = one ? strtoull(one, NULL, 10) : 0, count = one    ? 1
                                                                : many ? strtoull(many, NULL, 10)
                                                                       : 40;
    setup_in_memory();
    result = mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert(result != MAP_FAILED);
    horn_model *m = make_model(ADAM, 1, 1);
    ck_ok(fit(m, 1, false, NULL, 0));
    ck_ok(horn_model_save(m, in_folder("source.h5"), NULL));
    for (uint64_t i = 0; i < count; i++) run_sequence(m, first + i);
    printf("%llu sequences, %ld foreign files: %ld saves, %ld killed, %ld failed; %ld looks at foreign "
           "files, 0 of them touched\n",
           (unsigned long long)count, foreign_count, counts.saves, counts.kills, counts.failed,
           foreign_checks);
    if (!one) ck_assert_int_gt(counts.kills, counts.saves / 20);
    if (!one) ck_assert_int_gt(counts.saves - counts.kills - counts.failed, counts.saves / 10);
    horn_model_free(m);
    cleanup();
}
END_TEST

TEST_MAIN_WITHIN(1900, test_foreign_saves__touch_nothing_else)
