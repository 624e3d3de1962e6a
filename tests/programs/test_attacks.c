/* Signals in any number, few descriptors, directories of others, models and data at the edge: a program ends with one line, and
 * leaves whole files. */
#include "programs/program.h"
#include <dirent.h>
#include <grp.h>
#include <math.h>

/* ---- descriptors ---- */

static rlim_t descriptors;

static void limit_descriptors(void)
{
    alarm(30);
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){ descriptors, descriptors });
}

START_TEST(test_attacks__few_descriptors)
{
    program_setup();
    for (descriptors = 3; descriptors <= 12; descriptors++) {
        before_start = limit_descriptors;
        outcome o =
            run("train --epochs 1 --train-samples 64 --progress none --checkpoint %s/c%d/{epoch} --save %s",
                folder, (int)descriptors, in_folder("m.h5"));
        ck_assert_msg(o.status == 0 || o.status == 1 || o.status == 127, "%d: exit status %d: %s",
                      (int)descriptors, o.status, o.err);
        ck_assert_msg(o.status == 0 || count_lines(o.err) >= 1 || o.err[0], "%d: says nothing",
                      (int)descriptors);
        before_start = NULL;
        if (o.status == 0) {
            run_well(i, "inspect %s --verify", in_folder("m.h5"));
            outcome_free(&i);
        }
        ck_assert(descriptors < 12 || o.status == 0);
        outcome_free(&o);
    }
    program_cleanup();
}
END_TEST

/* ---- signals ---- */

static pid_t start_run(const char *err)
{
    struct stat found;
    char out[600], command_line[1024];
    strcpy(out, in_folder("out"));
    snprintf(command_line, sizeof command_line,
             "train --epochs 100000 --train-samples 128 --test-samples 32 --threads 2 "
             "--checkpoint %s/{epoch} --keep 2",
             in_folder("run"));
    unlink(err);
    pid_t process = start(command_line, out, err);
    for (int i = 0; i < 3000 && (stat(err, &found) || found.st_size < 300); i++) usleep(2000);
    return process;
}

START_TEST(test_attacks__a_storm_of_sigint)
{
    char err[600];
    program_setup();
    strcpy(err, in_folder("err"));
    for (int i = 0; i < 5; i++) {
        pid_t process = start_run(err);
        int status, ended = 0;
        for (int k = 0; !ended && k < 30000; k++) {
            kill(process, k % 3 ? SIGINT : SIGTERM);
            ended = waitpid(process, &status, WNOHANG) == process;
            usleep(50);
        }
        ck_assert(ended);
        ck_assert(WIFSIGNALED(status) || WEXITSTATUS(status) == 128 + SIGINT ||
                  WEXITSTATUS(status) == 128 + SIGTERM);
        run_well(o, "inspect %s --verify", in_folder("run"));
        outcome_free(&o);
    }
    program_cleanup();
}
END_TEST

START_TEST(test_attacks__stopped_and_continued)
{
    char err[600];
    program_setup();
    strcpy(err, in_folder("err"));
    pid_t process = start_run(err);
    for (int k = 0; k < 50; k++) {
        ck_assert_int_eq(kill(process, SIGTSTP), 0);
        usleep(500);
        ck_assert_int_eq(kill(process, SIGCONT), 0);
        usleep(500);
    }
    ck_assert_int_eq(kill(process, SIGINT), 0);
    ck_assert_int_eq(finish(process), 128 + SIGINT);
    char *text = read_file(err, NULL);
    ck_assert_ptr_nonnull(strstr(text, "stopped by SIGINT at step"));
    free(text);
    program_cleanup();
}
END_TEST

/* ---- somebody else's directory ---- */

static void become_nobody(void)
{
    if (geteuid() == 0 && (setgroups(0, NULL) || setgid(65534) || setuid(65534))) _exit(124);
}

START_TEST(test_attacks__a_directory_that_may_not_be_written)
{
    char closed[600];
    program_setup();
    strcpy(closed, in_folder("closed"));
    ck_assert_int_eq(mkdir(closed, 0555), 0);
    ck_assert_int_eq(chmod(folder, 0755), 0);
    before_start = become_nobody;
    check_refusal(run("train --epochs 1 --no-checkpoint --progress none --save %s/m.h5", closed), 1,
                  "Permission denied");
    check_refusal(run("train --epochs 1 --no-checkpoint --progress none --log %s/log", closed), 1,
                  "Permission denied");
    check_refusal(run("train --epochs 1 --progress none --checkpoint %s/run/c", closed), 1,
                  "Permission denied");
    check_refusal(run("convert models/mlp.json %s/m.json", closed), 1, "Permission denied");
    ck_assert_int_eq(count_files(closed), 0);
    program_cleanup();
}
END_TEST

/* ---- models ---- */

static void write_model(const char *path, size_t layers, const char *units)
{
    FILE *file = fopen(path, "w");
    fprintf(file, "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"m\", \"layers\": [");
    for (size_t i = 0; i < layers; i++)
        fprintf(file, "%s{\"class_name\": \"%s\", \"config\": {\"name\": \"l%zu\"%s%s%s}}", i ? ", " : "",
                i ? "Dense" : "Flatten", i, i ? ", \"units\": " : ", \"batch_input_shape\": [null, 28, 28]",
                i ? (i + 1 == layers ? "10" : units) : "", "");
    fprintf(file, "]}, \"keras_version\": \"2.15.0\", \"backend\": \"tensorflow\"}");
    fclose(file);
}

START_TEST(test_attacks__models_of_all_sizes)
{
    char path[600];
    program_setup();
    strcpy(path, in_folder("m.json"));
    write_model(path, 0, "");
    outcome none = run("train --model %s --epochs 1 --no-checkpoint --progress none", path);
    ck_assert_msg(none.status == 1 && count_lines(none.err) == 1, "status %d: %s", none.status, none.err);
    outcome_free(&none);
    write_model(path, 1000, "4");
    run_well(deep,
             "train --model %s --epochs 1 --train-samples 64 --test-samples 32 --no-checkpoint --progress "
             "none --save %s",
             path, in_folder("deep.h5"));
    outcome_free(&deep);
    run_well(again, "evaluate %s --test-samples 32", in_folder("deep.h5"));
    outcome_free(&again);
    write_model(path, 3, "1000000000");
    if (!SANITIZED)
        check_refusal(run("train --model %s --epochs 1 --no-checkpoint --progress none", path), 1,
                      "no memory for");
    program_cleanup();
}
END_TEST

/* ---- signals while results are saved ---- */

static int unlink_both(const char *directory)
{
    char path[700];
    snprintf(path, sizeof path, "%s/m.h5", directory);
    int result = unlink(path);
    snprintf(path, sizeof path, "%s/w.weights.h5", directory);
    return result | unlink(path);
}

static bool holds_temporary(const char *directory)
{
    bool found = false;
    DIR *listing = opendir(directory);
    ck_assert_ptr_nonnull(listing);
    for (struct dirent *entry; (entry = readdir(listing));)
        found |= strstr(entry->d_name, "horn-tmp") != NULL;
    closedir(listing);
    return found;
}

/* Signals of both kinds from the moment on at which the save has begun. Returns the status of the end. */
static int storm_in_save(const char *directory, const char *command_line)
{
    int status, ended = 0, signals = 0;
    pid_t process = start(command_line, in_folder("out"), "/dev/null");
    while (!ended) {
        if (signals || holds_temporary(directory)) kill(process, signals++ % 3 ? SIGINT : SIGTERM);
        ended = waitpid(process, &status, WNOHANG) == process;
        if (signals) usleep(50);
    }
    ck_assert_int_gt(signals, 0);
    return status;
}

START_TEST(test_attacks__a_storm_of_sigint_in_a_save)
{
    char path[600], directory[600], command_line[2000];
    program_setup();
    strcpy(path, in_folder("m.json"));
    strcpy(directory, in_folder("results"));
    ck_assert_int_eq(mkdir(directory, 0755), 0);
    write_model(path, 3, "2000");
    snprintf(
        command_line, sizeof command_line,
        "train --model %s --epochs 1 --train-samples 64 --test-samples 32 --progress none --checkpoint %s/c "
        "--save %s/m.h5 --save-weights %s/w.weights.h5",
        path, in_folder("run"), directory, directory);
    for (int i = 0; i < 5; i++) {
        int status = storm_in_save(directory, command_line);
        ck_assert_msg(WIFSIGNALED(status), "exit status %d", WEXITSTATUS(status));
        ck_assert_int_eq(count_files(directory), 2);
        run_well(whole, "inspect %s/m.h5 --verify", directory);
        run_well(weights, "inspect %s/w.weights.h5 --verify", directory);
        outcome_free(&whole);
        outcome_free(&weights);
        ck_assert_int_eq(unlink_both(directory), 0);
    }
    program_cleanup();
}
END_TEST

/* ---- data ---- */

static void write_images(const char *path, float value, int count)
{
    FILE *file = fopen(path, "wb");
    fprintf(file, "\x93NUMPY\x01%c\x76%c%-117s\n", 0, 0, "");
    fseek(file, 10, SEEK_SET);
    fprintf(file, "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 28, 28), }", count);
    fseek(file, 128, SEEK_SET);
    for (int i = 0; i < count * 784; i++) fwrite(&value, sizeof value, 1, file);
    fclose(file);
}

START_TEST(test_attacks__numbers_that_are_none)
{
    const float values[] = { INFINITY, -INFINITY, NAN, -NAN };
    char path[600], model[600];
    program_setup();
    strcpy(path, in_folder("images.npy"));
    strcpy(model, in_folder("m.h5"));
    run_well(t, "train --epochs 1 --train-samples 64 --no-checkpoint --progress none --save %s", model);
    outcome_free(&t);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        write_images(path, values[i], 2);
        run_well(o, "predict %s --data %s", model, path);
        ck_assert_int_eq(count_lines(o.out), 3);
        ck_assert_msg(strstr(o.out, " nan\n") && !strstr(o.out, "-nan"), "prints %s", o.out);
        outcome_free(&o);
    }
    write_images(path, 0, 0);
    check_refusal(run("predict %s --data %s", model, path), 1, "images.npy");
    program_cleanup();
}
END_TEST

TEST_MAIN(test_attacks__few_descriptors, test_attacks__a_storm_of_sigint, test_attacks__stopped_and_continued,
          test_attacks__a_storm_of_sigint_in_a_save, test_attacks__a_directory_that_may_not_be_written,
          test_attacks__models_of_all_sizes, test_attacks__numbers_that_are_none)
