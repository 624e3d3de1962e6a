/* ./train from start to end. */
#include <regex.h>
#include <sys/ioctl.h>
#include <time.h>
#include <math.h>
#include "codecs/npy.h"
#include "codecs/zip/writer.h"
#include "programs/program.h"

static void expect_match(const char *text, const char *pattern)
{
    regex_t compiled;
    ck_assert_int_eq(regcomp(&compiled, pattern, REG_EXTENDED), 0);
    ck_assert_msg(regexec(&compiled, text, 0, NULL, 0) == 0, "'%s' does not fit '%s'", text, pattern);
    regfree(&compiled);
}

/* What stands behind the last `words`. */
static const char *after(const char *text, const char *words)
{
    const char *found = NULL;
    for (const char *at = text; (at = strstr(at, words)); at++) found = at + strlen(words);
    ck_assert_msg(found != NULL, "no '%s' in '%s'", words, text);
    return found;
}

#define DASHES "-------------------------"

START_TEST(test_train__prints_the_tutorials_lines)
{
    program_setup();
    run_well(o, "train --no-checkpoint");
    expect_match(o.out, "^Model: \"mlp\"\n");
    expect_match(after(o.out, "Total params:"), "^ 101770 \\(397.54 KB\\)\n");
    expect_match(o.out, "\n" DASHES "Before Training" DASHES "\nloss is [0-9]\\.[0-9]{3}, accuracy is "
                        "0\\.[0-9]{3}\n" DASHES "After Training" DASHES
                        "\nloss is [0-9]\\.[0-9]{3}, accuracy is 0\\.[0-9]{3}\n$");
    ck_assert_int_eq(count_lines(o.err), 21);
    expect_match(o.err, "^" TUTORIAL_SAMPLES
                        "Epoch 1/10\n2/2 - 0s - loss: [0-9.]+ - accuracy: 0\\.[0-9]{4} - val_loss: [0-9.]+ - "
                        "val_accuracy: 0\\.[0-9]{4} - [0-9]+[mu]?s/epoch - [0-9]+[mu]?s/step\nEpoch 2/10\n");
    ck_assert(atof(after(o.out, "accuracy is ")) > 0.35);
    outcome_free(&o);
    program_cleanup();
}
END_TEST

START_TEST(test_train__progress_as_asked)
{
    program_setup();
    run_well(none, "train --no-checkpoint --epochs 1 --progress none");
    ck_assert_str_eq(none.err, TUTORIAL_SAMPLES);
    outcome_free(&none);
    run_well(bar, "train --no-checkpoint --epochs 2 --progress bar");
    expect_match(bar.err, "^" TUTORIAL_SAMPLES
                          "Epoch 1/2\n\r1/2 \\[=+>\\.+\\] - ETA: 0s - loss: .*\r2/2 \\[={30}\\] - ");
    ck_assert_int_eq(count_lines(bar.err), 5);
    outcome_free(&bar);
    program_cleanup();
}
END_TEST

/* What a run writes on a terminal of so many columns, as text. */
static void run_on_terminal(unsigned short columns, char *text, size_t size)
{
    const struct winsize window = { .ws_row = 24, .ws_col = columns };
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    ck_assert(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    ck_assert(slave >= 0 && ioctl(slave, TIOCSWINSZ, &window) == 0);
    ck_assert_int_eq(setenv("TERM", "xterm", 1), 0);
    pid_t child = start("train --no-checkpoint --epochs 3 --batch-size 64", "/dev/null", ptsname(master));
    size_t used = 0;
    int status = 0;
    for (bool ended = false;;) {
        ssize_t got = read(master, text + used, size - 1 - used);
        if (got > 0) used += (size_t)got;
        if (got <= 0 && ended) break;
        if (got <= 0) ended = waitpid(child, &status, WNOHANG) == child;
        if (got <= 0) usleep(1000);
    }
    text[used] = '\0';
    ck_assert_int_eq(status, 0);
    close(slave);
    close(master);
}

START_TEST(test_train__bar_fits_the_terminal)
{
    static const unsigned short columns[] = { 160, 80, 60 };
    char text[16384];
    program_setup();
    for (size_t i = 0; i < 3; i++) {
        int bars = 0;
        run_on_terminal(columns[i], text, sizeof text);
        for (char *line = strtok(text, "\r\n"); line; line = strtok(NULL, "\r\n")) {
            if (!strstr(line, "loss: ")) continue; /* what is said once, and before */
            ck_assert_msg(strlen(line) < columns[i], "%zu columns on %d: %s", strlen(line), columns[i], line);
            bars += strstr(line, " - val_accuracy: ") != NULL && (i > 0 || strstr(line, "8/8 [====="));
        }
        ck_assert_int_eq(bars, 3); /* an epoch each, with what they are read for */
    }
    program_cleanup();
}
END_TEST

START_TEST(test_train__profile_is_a_table_of_layers)
{
    program_setup();
    run_well(o, "train --no-checkpoint --epochs 3 --progress none --profile");
    expect_match(o.err, "^" TUTORIAL_SAMPLES "6 steps of [0-9.]+ us on [0-9]+ threads?, in us a step:\n");
    expect_match(o.err, "\ndense_1 \\(Dense\\)( +[0-9]+\\.[0-9]){5} %\n");
    expect_match(
        o.err,
        "\na step +[0-9]+\\.[0-9]  100\\.0 %\n[0-9.]+ s of [0-9.]+ s in training were in its steps\n$");
    outcome_free(&o);
    program_cleanup();
}
END_TEST

START_TEST(test_train__threads_and_names_change_no_byte)
{
    static const char *const threads[] = { "2", "3", "8" };
    program_setup();
    run_well(first, "train --no-checkpoint --epochs 3 --threads 1 --save %s", in_folder("model.h5"));
    for (size_t i = 0; i < 3; i++) {
        run_well(other, "train --no-checkpoint --epochs 3 --threads %s --save %s", threads[i],
                 in_folder("elsewhere/other.hdf5"));
        ck_assert(same_bytes(in_folder("model.h5"), in_folder("elsewhere/other.hdf5")));
        ck_assert_str_eq(other.out, first.out);
        outcome_free(&other);
    }
    run_well(seeded, "train --no-checkpoint --epochs 3 --seed 2 --save %s", in_folder("seeded.h5"));
    ck_assert(!same_bytes(in_folder("model.h5"), in_folder("seeded.h5")));
    outcome_free(&seeded);
    outcome_free(&first);
    program_cleanup();
}
END_TEST

START_TEST(test_train__log_is_a_table)
{
    program_setup();
    run_well(o, "train --no-checkpoint --epochs 4 --log %s", in_folder("new/logs/log.csv"));
    char *log = read_file(in_folder("new/logs/log.csv"), NULL);
    expect_match(
        log, "^epoch,accuracy,loss,val_accuracy,val_loss\r\n0,[0-9.e-]+,[0-9.e-]+,[0-9.e-]+,[0-9.e-]+\r\n");
    expect_match(log, "\n3,[^\n]*\n$");
    ck_assert_int_eq(count_lines(log), 5);
    free(log);
    outcome_free(&o);
    program_cleanup();
}
END_TEST

START_TEST(test_train__goes_on_from_a_saved_model)
{
    program_setup();
    run_well(first, "train --no-checkpoint --save %s", in_folder("model.h5"));
    run_well(second, "train --no-checkpoint --epochs 1 --model %s", in_folder("model.h5"));
    const char *reached = after(first.out, "loss is "), *started = strstr(second.out, "loss is ");
    ck_assert_ptr_nonnull(started);
    ck_assert_int_eq(strncmp(reached, started + 8, strlen("0.000, accuracy is 0.000")), 0);
    outcome_free(&first);
    outcome_free(&second);
    check_refusal(run("train --model %s --momentum 0.5", in_folder("model.h5")), 2, "--momentum needs");
    program_cleanup();
}
END_TEST

START_TEST(test_train__other_optimizers)
{
    program_setup();
    run_well(adam, "train --no-checkpoint --optimizer adam --save %s", in_folder("adam.h5"));
    ck_assert(atof(after(adam.out, "accuracy is ")) > 0.35);
    outcome_free(&adam);
    run_well(sgd, "train --no-checkpoint --optimizer=sgd --learning-rate=0.1 --momentum=0.9");
    ck_assert(atof(after(sgd.out, "accuracy is ")) > 0.35);
    outcome_free(&sgd);
    run_well(still, "train --no-checkpoint --optimizer sgd --learning-rate 0 --epochs 1");
    ck_assert_int_eq(strncmp(after(still.out, "loss is "), strstr(still.out, "loss is ") + 8, 24), 0);
    outcome_free(&still);
    program_cleanup();
}
END_TEST

START_TEST(test_train__full_disk_leaves_the_old_file_alone)
{
    program_setup();
    mkdir(in_folder("results"), 0700);
    run_well(first, "train --no-checkpoint --epochs 1 --save %s", in_folder("results/model.h5"));
    run_well(copy, "train --no-checkpoint --epochs 1 --save %s", in_folder("copy.h5"));
    outcome_free(&first);
    outcome_free(&copy);
    file_limit = 100000;
    outcome o =
        run("train --no-checkpoint --epochs 2 --progress none --save %s", in_folder("results/model.h5"));
    ck_assert_int_eq(o.status, 1);
    ck_assert_int_eq(strncmp(o.err, TUTORIAL_SAMPLES, strlen(TUTORIAL_SAMPLES)), 0);
    ck_assert_int_eq(count_lines(o.err), 2);
    ck_assert_ptr_nonnull(strstr(o.err, "model.h5"));
    ck_assert_ptr_nonnull(strstr(o.err, "File too large"));
    outcome_free(&o);
    ck_assert_int_eq(count_files(in_folder("results")), 1);
    ck_assert(same_bytes(in_folder("results/model.h5"), in_folder("copy.h5")));
    program_cleanup();
}
END_TEST

/* 40 images of 28 x 28, of which number `bad` has a NaN; tested on 10 of its own, or where `bad` is 40 on a NaN. */
static void write_npz(const char *path, size_t bad)
{
    static float images[40][28 * 28];
    static uint8_t labels[40];
    static const char *const names[] = { "x_train.npy", "y_train.npy", "x_test.npy", "y_test.npy" };
    bytes file = { 0 };
    zip_writer *zip = NULL;
    pieces into = { 0 };
    ck_ok(zip_writer_new(&zip, &into));
    for (size_t i = 0; i < 40 * 28 * 28; i++) images[i / 784][i % 784] = (float)(i % 97) / 97;
    for (int i = 0; i < 4; i++) {
        horn_view view = { .data = i % 2 ? (void *)labels : images,
                           .dtype = i % 2 ? HORN_UINT8 : HORN_FLOAT32,
                           .rank = i % 2 ? 1 : 3,
                           .shape = { i < 2 ? 40 : 10, 28, 28 } };
        bytes array = { 0 };
        images[bad % 40][5] = (bad == 40) == (i >= 2) ? NAN : 0;
        ck_ok(npy_write(&array, &view));
        ck_ok(zip_writer_add(zip, names[i], array.data, array.size, 0));
        bytes_free(&array);
    }
    ck_ok(zip_writer_finish(zip));
    file = into.own;
    zip_writer_free(zip);
    write_file(path, file.data, file.size);
    bytes_free(&file);
}

START_TEST(test_train__nan_ends_it_and_saves_nothing)
{
    static const struct {
        size_t bad; /* sample of 40, the second half of which validates */
        const char *words;
    } cases[] = { { 3, ": loss is nan in epoch 1, batch " },
                  { 33, ": val_loss is nan in epoch 1, batch " },
                  { 40, ": loss is nan after training: nothing is saved" } };
    static const char *const options[] = { "--no-checkpoint", "--restart" };
    program_setup();
    program_move_home();
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 2; k++) {
            write_npz(in_folder("nan.npz"), cases[i].bad);
            outcome o =
                run("train %s --data nan.npz --train-samples all --test-samples all --validation-split 0.5 "
                    "--epochs 3 --progress none --save model.h5",
                    options[k]);
            ck_assert_int_eq(o.status, 1);
            ck_assert_int_eq(count_lines(behind_samples(o.err)), 1);
            ck_assert_msg(strstr(o.err, cases[i].words) != NULL, "says: %s", o.err);
            ck_assert_int_ne(access(in_folder("model.h5"), F_OK), 0);
            outcome_free(&o);
        }
    program_cleanup();
}
END_TEST

START_TEST(test_train__destinations_are_checked_before_training)
{
    program_setup();
    write_file(in_folder("file"), "x", 1);
    check_refusal(run("train --save %s", in_folder("file/model.h5")), 1, "model.h5");
    check_refusal(run("train --save %s --format keras-h5", folder), 1, "is a directory");
    check_refusal(run("train --log %s", in_folder("file/log.csv")), 1, "log.csv");
    mkdir(in_folder("closed"), 0500);
    if (geteuid() != 0) /* who may write everywhere */
        check_refusal(run("train --save %s", in_folder("closed/new/model.h5")), 1, "Permission denied");
    ck_assert_int_eq(count_files(folder), 2);
    program_cleanup();
}
END_TEST

START_TEST(test_train__full_standard_output_is_a_failure)
{
    program_setup();
    int status = finish(start("train --no-checkpoint --epochs 1", "/dev/full", in_folder("err")));
    ck_assert_int_eq(status, 1);
    char *err = read_file(in_folder("err"), NULL);
    ck_assert_ptr_nonnull(strstr(err, "standard output: No space left"));
    free(err);
    program_cleanup();
}
END_TEST

START_TEST(test_train__signals_end_it_with_nothing_written)
{
    static const int signals[] = { SIGINT, SIGTERM };
    char command[256];
    program_setup();
    for (size_t i = 0; i < 2; i++) {
        snprintf(command, sizeof command, "train --no-checkpoint --epochs 1000000 --save %s",
                 in_folder("model.h5"));
        pid_t child = start(command, "/dev/null", "/dev/null");
        nanosleep(&(struct timespec){ .tv_nsec = 500000000 }, NULL);
        kill(child, signals[i]);
        ck_assert_int_eq(finish(child), 128 + signals[i]);
        ck_assert_int_eq(count_files(folder), 0);
    }
    program_cleanup();
}
END_TEST

TEST_MAIN(test_train__prints_the_tutorials_lines, test_train__progress_as_asked,
          test_train__bar_fits_the_terminal, test_train__profile_is_a_table_of_layers,
          test_train__threads_and_names_change_no_byte, test_train__log_is_a_table,
          test_train__goes_on_from_a_saved_model, test_train__other_optimizers,
          test_train__full_disk_leaves_the_old_file_alone, test_train__nan_ends_it_and_saves_nothing,
          test_train__destinations_are_checked_before_training, test_train__full_standard_output_is_a_failure,
          test_train__signals_end_it_with_nothing_written)
