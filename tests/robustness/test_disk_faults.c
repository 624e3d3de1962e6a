/* ./train on a disk that fails once: at every call on files of a run that goes on from a checkpoint, leaves
 * another and the best one, writes its log and saves its model and its weights. Whatever fails, the program
 * ends as a program does, says which file, and the same command then ends with the bytes of an unbroken run.
 * Of reads that follow each other the first one fails. */
#include "programs/programs.h"
#include "robustness/small_checkpoints.h"

static const char *command; /* "<folder>" is in it as % */
static bytes model, weights, old_model, old_weights, log_table;
static char trace[MAX_CALLS];

static void run_command(void *context)
{
    char words[1024], *argv[64];
    int argc = 0;
    (void)context;
    words[0] = 0;
    for (const char *c = command; *c; c++) {
        size_t n = strlen(words);
        snprintf(words + n, sizeof words - n, *c == '%' ? "%s" : "%.1s", *c == '%' ? folder : c);
    }
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) argv[argc++] = word;
    argv[argc] = NULL;
    if (!freopen(in_folder("out"), "w", stdout) || !freopen(in_folder("err"), "w", stderr)) _exit(99);
    exit(train_main(argc, argv)); /* with all that happens at the end of a program */
}

static int run_with(long n, fault how, int reason)
{
    char counted[64];
    snprintf(counted, sizeof counted, "%s/d", folder); /* the folder itself too */
    return calls_in_child(run_command, NULL, counted, n, how, reason);
}

static bytes content_of(const char *name)
{
    bytes content = { 0 };
    ck_ok(file_read(&content, in_folder(name), 0));
    return content;
}

static bool holds(const char *name, const bytes *expected)
{
    bytes found = { 0 };
    bool same = file_read(&found, in_folder(name), 0) == HORN_OK && found.size == expected->size &&
                memcmp(found.data, expected->data, found.size) == 0;
    bytes_free(&found);
    return same;
}

static const char *error_text(void)
{
    static char text[4000];
    bytes content = content_of("err");
    snprintf(text, sizeof text, "%s", bytes_text(&content));
    bytes_free(&content);
    return text;
}

/* ---- where a run begins ---- */

static const char *const parts[] = { "", "/c" };

static void remove_run(void)
{
    for (int i = 1; i >= 0; i--) {
        char path[64];
        snprintf(path, sizeof path, "%s/d%s", folder, parts[i]);
        DIR *listing = opendir(path);
        for (struct dirent *e; listing && (e = readdir(listing));)
            if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..")) unlinkat(dirfd(listing), e->d_name, 0);
        if (listing) closedir(listing);
        rmdir(path);
    }
}

/* What `before` holds is linked, since nothing but the log is ever written to in place. */
static void begin_run(void)
{
    remove_run();
    for (int i = 0; i < 2; i++) {
        char from[64], to[64], old[400], new[400];
        snprintf(from, sizeof from, "%s/before%s", folder, parts[i]);
        snprintf(to, sizeof to, "%s/d%s", folder, parts[i]);
        ck_assert_int_eq(mkdir(to, 0777), 0);
        DIR *listing = opendir(from);
        ck_assert_ptr_nonnull(listing);
        for (struct dirent *e; (e = readdir(listing));) {
            if (e->d_name[0] == '.' || strcmp(e->d_name, "c") == 0 || strcmp(e->d_name, "log.csv") == 0)
                continue;
            snprintf(old, sizeof old, "%s/%s", from, e->d_name);
            snprintf(new, sizeof new, "%s/%s", to, e->d_name);
            ck_assert_int_eq(link(old, new), 0);
        }
        closedir(listing);
    }
}

static const char first_epoch[] = "train --tutorial --model %/tiny.json --train-samples 40 --test-samples 8 "
                                  "--batch-size 8 --validation-split 0.2 --learning-rate 0.001 --threads 1 "
                                  "--checkpoint %/d/c/s-{step} --keep 1 --save-best val_loss --progress none "
                                  "--log %/d/log.csv --save %/d/model.h5 --save-weights %/d/w --epochs 1";

static void prepare(void)
{
    static char second_epoch[sizeof first_epoch];
    horn_model *m;
    setup_in_memory();
    ck_ok(horn_sequential_new(&m, NULL));
    ck_ok(horn_model_add(m, horn_flatten(&(horn_flatten_options){ .input_shape = { 28, 28 } })));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 10, .activation = "softmax" })));
    ck_ok(horn_model_save(m, in_folder("tiny.json"), NULL));
    horn_model_free(m);
    ck_assert_int_eq(mkdir(in_folder("d"), 0777), 0);
    command = first_epoch;
    ck_assert_msg(run_with(-1, NO_FAULT, 0) == 0, "%s", error_text());
    ck_assert_int_eq(rename(in_folder("d"), in_folder("before")), 0);
    old_model = content_of("before/model.h5");
    old_weights = content_of("before/w.data-00000-of-00001");
    strcpy(second_epoch, first_epoch);
    second_epoch[sizeof second_epoch - 2] = '2';
    command = second_epoch;
    begin_run();
    ck_assert_msg(run_with(-1, NO_FAULT, 0) == 0, "%s", error_text());
    ck_assert_ptr_nonnull(strstr(error_text(), "resuming from "));
    memcpy(trace, calls->trace, sizeof trace);
    model = content_of("d/model.h5");
    weights = content_of("d/w.data-00000-of-00001");
    log_table = content_of("d/log.csv");
    ck_assert(!holds("d/model.h5", &old_model) && !holds("d/w.data-00000-of-00001", &old_weights));
    ck_assert_msg(strlen(trace) > 150, "the shim saw %s", trace);
}

static void finish(void)
{
    bytes *all[] = { &model, &weights, &old_model, &old_weights, &log_table };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) bytes_free(all[i]);
    cleanup();
}

/* ---- what must hold ---- */

static struct {
    int runs, unnoticed, went_on, gave_up;
} counts;

static const char *where(long n, fault how, int reason)
{
    static char text[5000];
    snprintf(text, sizeof text, "call %ld (%c) on %s, %s: it says: %s", n, trace[n], calls->hit,
             how == SHORTEN     ? "short"
             : how == FILL_DISK ? "disk full"
                                : strerror(reason),
             error_text());
    return text;
}

/* The file's own name: of ".NAME.PID-N.horn-tmp" NAME. */
static void name_of_hit(char name[256])
{
    const char *slash = strrchr(calls->hit, '/');
    snprintf(name, 256, "%.255s", slash ? slash + 1 : calls->hit);
    char *end = strstr(name, ".horn-tmp");
    if (!end) return;
    *end = 0;
    *strrchr(name, '.') = 0;
    memmove(name, name + 1, strlen(name));
}

/* Returns whether the fault made a difference. */
static bool check_ended(int status, long n, fault how, int reason)
{
    char name[256];
    bool in_checkpoints = strstr(calls->hit, "/d/c/") != NULL;
    const char *output = error_text(), *why = strerror(how == FILL_DISK ? ENOSPC : reason);
    name_of_hit(name);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) < 2, "%x: %s", (unsigned)status,
                  where(n, how, reason));
    ck_assert_msg(status == 0 || (strstr(output, name) && strstr(output, why)), "not named: %s",
                  where(n, how, reason));
    ck_assert_msg(status != 0 || (holds("d/model.h5", &model) && holds("d/w.data-00000-of-00001", &weights) &&
                                  holds("d/log.csv", &log_table)),
                  "other results: %s", where(n, how, reason));
    ck_assert(holds("d/model.h5", &model) || holds("d/model.h5", &old_model));
    bool told = strstr(output, why) != NULL;
    bool made_up_for = strcmp(name, "log.csv") == 0 && trace[n] == 'w' && status == 0;
    if (how == SHORTEN || (reason == EINTR && strchr("wrfc", trace[n])))
        ck_assert_msg(status == 0 && !told, "not survived: %s", where(n, how, reason));
    if (how == FAIL && reason != EINTR && strchr("owfn", trace[n]) && !made_up_for)
        ck_assert_msg(told && strstr(output, name), "not told: %s", where(n, how, reason));
    if (in_checkpoints && strchr("owfnu", trace[n]))
        ck_assert_msg(status == 0, "a checkpoint's trouble ended training: %s", where(n, how, reason));
    counts.runs++;
    *(status ? &counts.gave_up : told ? &counts.went_on : &counts.unnoticed) += 1;
    return status || told;
}

static void check_next_start(long n, fault how, int reason)
{
    char before[5000];
    snprintf(before, sizeof before, "%s", where(n, how, reason));
    ck_assert_msg(run_with(-1, NO_FAULT, 0) == 0, "the next start: %s after %s", error_text(), before);
    const char *output = error_text();
    ck_assert_msg(strstr(output, "resuming from") || strstr(output, "the run is complete in"),
                  "no checkpoint was left: %s", before);
    ck_assert_msg(!strstr(output, "skipped"), "%s after %s", output, before);
    ck_assert_msg(holds("d/model.h5", &model) && holds("d/w.data-00000-of-00001", &weights) &&
                      holds("d/log.csv", &log_table),
                  "the next start ends otherwise: %s", before);
}

static void fail_at_each(const char *letters, fault how, int reason)
{
    prepare();
    memset(&counts, 0, sizeof counts);
    for (long n = 0; trace[n]; n++) {
        if (!strchr(letters, trace[n]) || (n && trace[n] == 'r' && trace[n - 1] == 'r')) continue;
        begin_run();
        int status = run_with(n, how, reason);
        ck_assert_msg(calls->count > n, "call %ld was not reached", n);
        if (check_ended(status, n, how, reason)) check_next_start(n, how, reason);
    }
    printf("%s: %d of %zu calls, each once: %d runs did not notice, %d said so and trained on, %d ended with "
           "1\n",
           how == SHORTEN     ? "short write or read"
           : how == FILL_DISK ? "disk full from there on"
                              : strerror(reason),
           counts.runs, strlen(trace), counts.unnoticed, counts.went_on, counts.gave_up);
    ck_assert_int_gt(counts.runs, 20);
    finish();
}

START_TEST(test_disk_faults__broken_disk)
{
    fail_at_each("oidwrfcnum", FAIL, EIO);
}
END_TEST

START_TEST(test_disk_faults__no_space_left)
{
    fail_at_each("owfnm", FAIL, ENOSPC);
}
END_TEST

START_TEST(test_disk_faults__full_from_there_on)
{
    fail_at_each("ow", FILL_DISK, 0);
}
END_TEST

START_TEST(test_disk_faults__interrupted)
{
    fail_at_each("wrfc", FAIL, EINTR);
}
END_TEST

START_TEST(test_disk_faults__short)
{
    fail_at_each("wr", SHORTEN, 0);
}
END_TEST

TEST_MAIN(test_disk_faults__broken_disk, test_disk_faults__no_space_left,
          test_disk_faults__full_from_there_on, test_disk_faults__interrupted, test_disk_faults__short)
