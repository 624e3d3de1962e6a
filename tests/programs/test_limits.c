/* Limits of the operating system: each program ends soon, done or with one line that says what was missing. */
#include "programs/program.h"

static char model[512];

static void setup(void)
{
    program_setup();
    strcpy(model, in_folder("model.h5"));
    run_well(o, "train --epochs 1 --train-samples 64 --no-checkpoint --progress none --save %s", model);
    outcome_free(&o);
}

enum { PROGRAMS = 5 };

static outcome run_program(int which)
{
    switch (which) {
    case 0:
        return run("train --model %s --epochs 1 --train-samples 64 --no-checkpoint --progress none --save %s",
                   model, in_folder("saved.h5"));
    case 1:
        return run("evaluate %s --test-samples 32", model);
    case 2:
        return run("predict %s --samples 32 --output %s", model, in_folder("outputs.csv"));
    case 3:
        return run("inspect %s", model);
    default:
        return run("convert %s %s", model, in_folder("saved.keras"));
    }
}

/* Done, or one line; with too little memory to load its libraries, the dynamic linker's. */
static void check_end(const outcome *o, const char *limit)
{
    const bool started = o->status != 127;
    ck_assert_msg(o->status == 0 || o->status == 1 || !started, "%s: exit status %d; it says: %s", limit,
                  o->status, o->err);
    ck_assert_msg(started || strstr(o->err, "error while loading shared libraries"), "%s: it says: %s", limit,
                  o->err);
    ck_assert_msg(o->status != 1 || count_lines(behind_samples(o->err)) == 1, "%s: not one line: %s", limit,
                  o->err);
}

/* ---- address space ---- */

static rlim_t megabytes;

static void limit_address_space(void)
{
    alarm(30);
    setrlimit(RLIMIT_AS, &(struct rlimit){ megabytes << 20, megabytes << 20 });
}

static void check_address_space(rlim_t least, rlim_t most, rlim_t step)
{
    char limit[32];
    for (int which = 0; which < PROGRAMS; which++) {
        int done = 0;
        for (megabytes = least; megabytes <= most; megabytes += megabytes < 100 ? step : 3 * step) {
            outcome o = run_program(which);
            snprintf(limit, sizeof limit, "%d MiB", (int)megabytes);
            check_end(&o, limit);
            done += o.status == 0;
            outcome_free(&o);
        }
        ck_assert_int_gt(done, 0);
    }
}

START_TEST(test_limits__address_space)
{
    if (SANITIZED) return;
    setup();
    before_start = limit_address_space;
    unsetenv("OPENBLAS_CORETYPE");
    check_address_space(20, 1000, 40);
    setenv("OPENBLAS_CORETYPE", "Nehalem", 1); /* whose products take a buffer each */
    for (megabytes = 100; megabytes <= 400; megabytes += 100)
        for (int which = 0; which < 2; which++) {
            outcome o = run_program(which);
            ck_assert_msg(o.status == 0 || o.status == 1, "%d MiB: exit status %d; it says: %s",
                          (int)megabytes, o.status, o.err);
            outcome_free(&o);
        }
    program_cleanup();
}
END_TEST

/* ---- stack ---- */

static void limit_stack(void)
{
    setrlimit(RLIMIT_STACK, &(struct rlimit){ 64 << 10, 64 << 10 });
}

/* Also of the threads, which get what the limit says unless told otherwise. */
START_TEST(test_limits__stack)
{
    if (SANITIZED) return;
    setup();
    before_start = limit_stack;
    for (int which = 0; which < PROGRAMS; which++) {
        outcome o = run_program(which);
        ck_assert_msg(o.status == 0, "exit status %d; it says: %s", o.status, o.err);
        outcome_free(&o);
    }
    static const char *const models[] = { "models/cnn.json", "models/bn_cnn.json" };
    for (int i = 0; i < 2; i++) {
        run_well(
            o,
            "train --model %s --epochs 1 --train-samples 64 --test-samples 32 --threads 3 --checkpoint %s "
            "--progress none --save %s/",
            models[i], in_folder("run/{epoch}.keras"), in_folder("saved"));
        outcome_free(&o);
        run_well(c, "convert %s %s", in_folder("saved"), in_folder("saved.pb"));
        outcome_free(&c);
        ck_assert_int_eq(unlink(in_folder("run/1.keras")), 0);
    }
    program_cleanup();
}
END_TEST

/* ---- threads ---- */

static int count_threads(pid_t process)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)process);
    return count_files(path);
}

START_TEST(test_limits__no_threads_but_those_asked_for)
{
    char out[600], err[600];
    struct stat found;
    program_setup();
    unsetenv("OPENBLAS_NUM_THREADS");
    strcpy(out, in_folder("out"));
    strcpy(err, in_folder("err"));
    for (int threads = 1; threads <= 3; threads += 2) {
        char command_line[200];
        snprintf(command_line, sizeof command_line, "train --epochs 1000000 --no-checkpoint --threads %d",
                 threads);
        pid_t process = start(command_line, out, err);
        for (int i = 0; i < 3000 && (stat(err, &found) || found.st_size == 0); i++) usleep(10000);
        ck_assert_int_eq(count_threads(process), threads);
        kill(process, SIGKILL);
        ck_assert_int_eq(finish(process), 128 + SIGKILL);
        unlink(err);
    }
    program_cleanup();
}
END_TEST

TEST_MAIN(test_limits__address_space, test_limits__stack, test_limits__no_threads_but_those_asked_for)
