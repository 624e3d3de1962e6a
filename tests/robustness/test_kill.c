/* SIGKILL at moments uniform over a run's measured length; started again, the run must end with the bytes of
 * one that made no checkpoints. HORN_KILLS says how many (25); they are counted by where they hit. */
#include <time.h>
#include "programs/program.h"

static const int threads[] = { 1, 2, 4 };
enum { THREADS = sizeof threads / sizeof *threads };

static struct {
    int kills, before_training, in_batch, in_save, after_training, too_late;
    int resumed, lost, skipped, left_behind, differ;
} counts;

static int kills(void)
{
    const char *text = getenv("HORN_KILLS");
    return text ? atoi(text) : 25;
}

/* Long enough that starting takes a small share, where there is time for that. */
static int epochs(void)
{
    return kills() > 100 ? 120 : 60;
}

static void print_command(char *out, size_t size, int thread_count, const char *checkpoints)
{
    snprintf(out, size,
             "train --threads %d --epochs %d --batch-size 32 --validation-split 0.1 --learning-rate 0.001 "
             "--progress "
             "none --log %s --save %s %s",
             thread_count, epochs(), in_folder("log.csv"), in_folder("model.h5"), checkpoints);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void remove_run(void)
{
    char command[128];
    snprintf(command, sizeof command, "cd '%s' && rm -rf c log.csv model.h5 .model.h5*", folder);
    ck_assert_int_eq(system(command), 0);
}

/* What a killed run left: its newest committed step, and how many temporary files. */
static long look_at_checkpoints(int *temporary, int *files)
{
    long newest = 0, step;
    DIR *directory = opendir(in_folder("c"));
    *temporary = *files = 0;
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        const char *name = entry->d_name, *end = strrchr(name, '.');
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
        ++*files;
        *temporary += end && strcmp(end, ".horn-tmp") == 0;
        if (end && strcmp(end, ".index") == 0 && sscanf(name, "s-%ld", &step) == 1 && step > newest)
            newest = step;
    }
    if (directory) closedir(directory);
    return newest;
}

static void count_place(int temporary)
{
    bool began = access(in_folder("log.csv"), F_OK) == 0; /* else there may be no output, either */
    char *out = began ? read_file(in_folder("out"), NULL) : NULL;
    bool ended = out && strstr(out, "After Training");
    counts.kills++;
    *(temporary ? &counts.in_save
      : !began  ? &counts.before_training
      : ended   ? &counts.after_training
                : &counts.in_batch) += 1;
    free(out);
}

/* The step that a start went on from; 0: it began anew. A complete run stands at the end. */
static long resumed_step(const char *err)
{
    const char *at = strstr(err, "optimizer RMSprop at step ");
    if (strstr(err, "the run is complete in ")) return 1000000000;
    return at ? atol(at + strlen("optimizer RMSprop at step ")) : 0;
}

static void check_end(const char *command, long newest)
{
    int temporary, files;
    outcome o = run("%s", command);
    ck_assert_msg(o.status == 0, "exit status %d, expected 0; it says: %s", o.status, o.err);
    long step = resumed_step(o.err);
    counts.resumed += step > 0;
    if (step < newest) printf("lost: step %ld was committed; the next start says: %s", newest, o.err);
    counts.lost += step < newest;
    counts.skipped += strstr(o.err, "skipped") != NULL;
    look_at_checkpoints(&temporary, &files);
    bool left = temporary || files != 2 * 5 + 1; /* five kept, and `checkpoint` */
    bool differs = !same_bytes(in_folder("model.h5"), in_folder("plain.h5")) ||
                   !same_bytes(in_folder("log.csv"), in_folder("plain.csv"));
    if (left || differs)
        printf("killed with step %ld committed, %s: the next start says: %s", newest,
               left ? "left files behind" : "ended with other bytes", o.err);
    counts.left_behind += left;
    counts.differ += differs;
    outcome_free(&o);
}

/* False where the run had ended by then: this machine was slower when it was measured. */
static bool kill_once(const char *command, double moment)
{
    int temporary, files, status;
    remove_run();
    pid_t child = start(command, in_folder("out"), in_folder("err"));
    nanosleep(&(struct timespec){ (time_t)moment, (long)((moment - (double)(time_t)moment) * 1e9) }, NULL);
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    counts.too_late += !WIFSIGNALED(status);
    if (!WIFSIGNALED(status)) return false;
    long newest = look_at_checkpoints(&temporary, &files);
    count_place(temporary);
    check_end(command, newest);
    return true;
}

/* Uniform over the run; where that was too late, nearer to its middle. */
static double moment(int i, double late)
{
    return (i + 0.5) / kills() / (1 + 0.2 * late);
}

/* Seconds of a run that nobody kills, which ends with the same bytes as one without checkpoints. */
static double measure(const char *command)
{
    remove_run();
    double began = now();
    outcome o = run("%s", command);
    double length = now() - began;
    ck_assert_msg(o.status == 0, "%s", o.err);
    ck_assert_str_eq(behind_samples(o.err), "");
    ck_assert(same_bytes(in_folder("model.h5"), in_folder("plain.h5")));
    outcome_free(&o);
    return length;
}

static void report(const double *length)
{
    printf(
        "%d kills over runs of %.2f, %.2f and %.2f s (1, 2 and 4 threads): %d before training, %d inside a "
        "batch, "
        "%d inside a save, %d after training; %d starts resumed; %d more came too late\n"
        "%d committed checkpoints lost, %d broken ones, %d starts left something behind, %d results differ\n",
        counts.kills, length[0], length[1], length[2], counts.before_training, counts.in_batch,
        counts.in_save, counts.after_training, counts.resumed, counts.too_late, counts.lost, counts.skipped,
        counts.left_behind, counts.differ);
    fflush(stdout);
}

START_TEST(test_kill__a_killed_run_ends_as_one_that_was_not)
{
    char commands[THREADS][1024], rest[256];
    double length[THREADS];
    program_setup();
    print_command(commands[0], sizeof commands[0], 1, "--no-checkpoint");
    run_well(plain, "%s", commands[0]);
    outcome_free(&plain);
    ck_assert_int_eq(rename(in_folder("model.h5"), in_folder("plain.h5")), 0);
    ck_assert_int_eq(rename(in_folder("log.csv"), in_folder("plain.csv")), 0);
    snprintf(rest, sizeof rest, "--checkpoint-every 80steps --checkpoint %s/c/s-{step:06d}", folder);
    for (int i = 0; i < THREADS; i++) {
        print_command(commands[i], sizeof commands[i], threads[i], rest);
        length[i] = measure(commands[i]);
    }
    for (int i = 0; i < kills(); i++)
        for (double late = 0; !kill_once(commands[i % THREADS], length[i % THREADS] * moment(i, late));
             late++)
            ck_assert_msg(late < 20, "the run ends before moment %d of %d, twenty times over", i, kills());
    report(length);
    ck_assert_int_eq(counts.lost + counts.skipped + counts.left_behind + counts.differ, 0);
    ck_assert_int_gt(counts.resumed, kills() / 3); /* else it measures starts, not kills */
    program_cleanup();
}
END_TEST

TEST_MAIN_WITHIN(4 * kills() + 300, test_kill__a_killed_run_ends_as_one_that_was_not)
