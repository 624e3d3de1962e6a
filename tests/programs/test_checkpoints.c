/* ./train stopped, and started again with the same command. */
#include <time.h>
#include "programs/program.h"

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

/* Until the file is there, 20 seconds at most. */
static void wait_for(const char *path)
{
    for (int i = 0; i < 20000 && access(path, F_OK) != 0; i++) pause_ms(1);
    ck_assert_msg(access(path, F_OK) == 0, "%s does not appear", path);
}

static void expect_in(const char *text, const char *words)
{
    ck_assert_msg(strstr(text, words) != NULL, "says '%s', expected '%s' in it", text, words);
}

enum { EPOCHS = 60 };

/* The run that is stopped: %s is the folder, three times. */
#define COMMAND(template)                                                                                   \
    "train --progress none --epochs 60 --keep 99 --save-best val_loss --save %s/model.h5 --log %s/log.csv " \
    "--checkpoint "                                                                                         \
    "%s/" template

static void check_stopped(int number, const char *template)
{
    char command[1024];
    snprintf(command, sizeof command, template, folder, folder, folder);
    pid_t child = start(command, in_folder("out"), in_folder("err"));
    wait_for(in_folder("log.csv"));
    wait_for(strstr(template, "}.h5") ? in_folder("c/0002.h5") : in_folder("c/0002.index"));
    kill(child, number);
    ck_assert_int_eq(finish(child), 128 + number);
    char *err = read_file(in_folder("err"), NULL);
    expect_in(err,
              number == SIGINT ? "train: stopped by SIGINT at step " : "train: stopped by SIGTERM at step ");
    long step = atol(strstr(err, "at step ") + 8);
    ck_assert_int_gt(step, 0);
    ck_assert_int_lt(step, 2 * EPOCHS); /* else nothing is left to resume */
    ck_assert_int_eq(count_lines(err), 2);
    free(err);
    ck_assert_int_ne(access(in_folder("model.h5"), F_OK), 0);

    outcome o = run("%s", command);
    ck_assert_msg(o.status == 0, "exit status %d: %s", o.status, o.err);
    char expected[64];
    snprintf(expected, sizeof expected, "optimizer RMSprop at step %ld\n", step);
    expect_in(o.err, "resuming from ");
    expect_in(o.err, expected);
    outcome_free(&o);
}

/* One result: the model's bytes, what was printed, the log, the last checkpoint. */
START_TEST(test_checkpoints__a_stopped_run_ends_as_one_that_was_not)
{
    static const char *const templates[] = { COMMAND("c/{epoch:04d}.h5 "), COMMAND("c/{epoch:04d} ") };
    static const int numbers[] = { SIGINT, SIGTERM };
    program_setup();
    mkdir(in_folder("whole"), 0700);
    char whole[64];
    snprintf(whole, sizeof whole, "%s/whole", folder);
    run_well(plain, "train --no-checkpoint --progress none --epochs 60 --save %s", in_folder("plain.h5"));
    for (size_t i = 0; i < 2; i++) {
        outcome unbroken = run(templates[i], whole, whole, whole);
        ck_assert_int_eq(unbroken.status, 0);
        ck_assert_str_eq(unbroken.out, plain.out);
        ck_assert_str_eq(unbroken.err, TUTORIAL_SAMPLES);
        ck_assert(same_bytes(in_folder("whole/model.h5"), in_folder("plain.h5")));
        for (size_t k = 0; k < 2; k++) {
            check_stopped(numbers[k], templates[i]);
            ck_assert(same_bytes(in_folder("model.h5"), in_folder("plain.h5")));
            ck_assert(same_bytes(in_folder("log.csv"), in_folder("whole/log.csv")));
            const char *last = i ? "c/0060.data-00000-of-00001" : "c/0060.h5",
                       *best = i ? "c/best.index" : "c/best.h5";
            char other[64];
            snprintf(other, sizeof other, "whole/%s", last);
            ck_assert(same_bytes(in_folder(last), in_folder(other)));
            snprintf(other, sizeof other, "whole/%s", best);
            ck_assert(same_bytes(in_folder(best), in_folder(other)));
            unlink(in_folder("model.h5"));
            unlink(in_folder("log.csv"));
            char command[64];
            snprintf(command, sizeof command, "rm -rf %s/c", folder);
            ck_assert_int_eq(system(command), 0);
        }
        outcome_free(&unbroken);
        char command[64];
        snprintf(command, sizeof command, "rm -rf %s/whole/*", folder);
        ck_assert_int_eq(system(command), 0);
    }
    outcome_free(&plain);
    program_cleanup();
}
END_TEST

/* The directory of checkpoints whose name begins so, by itself. */
static const char *find_place(const char *beginning)
{
    static char path[300];
    int count = 0;
    DIR *places = opendir(in_folder("checkpoints"));
    ck_assert_ptr_nonnull(places);
    for (struct dirent *entry; (entry = readdir(places));) {
        if (strncmp(entry->d_name, beginning, strlen(beginning)) != 0) continue;
        snprintf(path, sizeof path, "checkpoints/%s", entry->d_name);
        count++;
    }
    closedir(places);
    ck_assert_msg(count == 1, "%d directories begin with %s", count, beginning);
    return path;
}

START_TEST(test_checkpoints__default_place_and_a_complete_run)
{
    char place[200], words[450];
    program_setup();
    program_move_home();
    run_well(first, "train --epochs 3 --log log.csv --save a.h5 --progress none");
    ck_assert_str_eq(first.err, TUTORIAL_SAMPLES);
    strcpy(place, find_place("mlp-rmsprop-"));
    ck_assert_uint_eq(strlen(place), strlen("checkpoints/mlp-rmsprop-123456"));
    snprintf(words, sizeof words, "%s/ckpt-0003.index", place);
    ck_assert_int_eq(access(in_folder(words), F_OK), 0);
    run_well(second, "train --epochs 3 --log log.csv --save b.h5 --threads 1");
    snprintf(
        words, sizeof words,
        "the run is complete in %s/ckpt-0003: 3 of 3 epochs; --epochs 6 goes on, --restart begins anew\n",
        place);
    ck_assert_str_eq(second.err, words);
    ck_assert_str_eq(second.out, first.out);
    ck_assert(same_bytes(in_folder("a.h5"), in_folder("b.h5")));
    char *log = read_file(in_folder("log.csv"), NULL);
    ck_assert_int_eq(count_lines(log), 4);
    free(log);
    run_well(third, "train --epochs 5 --log log.csv --save b.h5 --progress none");
    snprintf(words, sizeof words,
             "resuming from %s/ckpt-0003: epoch 3 of 5, optimizer RMSprop at step 6\n" TUTORIAL_SAMPLES,
             place);
    ck_assert_str_eq(third.err, words);
    run_well(plain, "train --epochs 5 --no-checkpoint --log plain.csv --save a.h5 --progress none");
    ck_assert_str_eq(third.out, plain.out);
    ck_assert(same_bytes(in_folder("a.h5"), in_folder("b.h5")));
    ck_assert(same_bytes(in_folder("log.csv"), in_folder("plain.csv")));
    run_well(less, "train --epochs 2 --progress none");
    expect_in(less.err, "5 of 2 epochs");
    ck_assert_str_eq(less.out, plain.out);
    outcome_free(&first);
    outcome_free(&second);
    outcome_free(&third);
    outcome_free(&plain);
    outcome_free(&less);
    program_cleanup();
}
END_TEST

/* Another command begins a run of its own, says where the others are, and leaves them alone. */
START_TEST(test_checkpoints__each_run_has_a_place_of_its_own)
{
    static const char *const others[] = { "--optimizer adam", "--seed 2",     "--model models/mlp.json",
                                          "--model mlp.h5",   "--scale none", "--batch-size 64" };
    program_setup();
    program_move_home();
    run_well(first, "train --epochs 2 --progress none --save mlp.h5");
    ck_assert_str_eq(first.err, TUTORIAL_SAMPLES);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        run_well(other, "train --epochs 2 --progress none %s", others[i]);
        ck_assert_msg(strncmp(other.err, "a run of its own, in checkpoints/m", 34) == 0, "%s says: %s",
                      others[i], other.err);
        ck_assert_int_eq(count_lines(other.err), 2);
        ck_assert_int_eq(count_files(in_folder("checkpoints")), (int)i + 2);
        run_well(again, "train --epochs 2 --progress none %s", others[i]);
        ck_assert_ptr_eq(strstr(again.err, "the run is complete in checkpoints/m"), again.err);
        ck_assert_str_eq(again.out, other.out);
        outcome_free(&other);
        outcome_free(&again);
    }
    run_well(last, "train --epochs 2 --progress none --seed 3");
    expect_in(last.err, "; other runs of mlp are in checkpoints/mlp-");
    expect_in(last.err, " and 4 more\n");
    rename(in_folder("mlp.h5"), in_folder("mlp-adam.h5"));
    run_well(named, "train --model mlp-adam.h5 --epochs 1 --progress none");
    ck_assert_ptr_null(strstr(named.err, "other runs")); /* those of mlp with Adam are none of mlp-adam */
    outcome_free(&named);
    run_well(again, "train --epochs 2 --progress none");
    expect_in(again.err, "the run is complete in ");
    ck_assert_str_eq(again.out, first.out);
    outcome all[] = { first, last, again };
    for (size_t i = 0; i < 3; i++) outcome_free(&all[i]);
    program_cleanup();
}
END_TEST

/* What the version before wrote into checkpoints/mlp: the same command goes on there, another one names it. */
START_TEST(test_checkpoints__the_place_of_earlier_versions_is_found)
{
    program_setup();
    program_move_home();
    run_well(old, "train --epochs 2 --progress none --checkpoint checkpoints/mlp/ckpt-{epoch:04d}");
    run_well(other, "train --epochs 2 --progress none --seed 2");
    expect_in(other.err, "; other runs of mlp are in checkpoints/mlp\n");
    run_well(on, "train --epochs 3 --progress none");
    expect_in(on.err, "resuming from checkpoints/mlp/ckpt-0002: epoch 2 of 3");
    ck_assert_int_eq(count_files(in_folder("checkpoints")), 2);
    run_well(anew, "train --epochs 1 --progress none --restart");
    expect_in(anew.err, "replaces those of runs before: ");
    ck_assert_int_eq(access(in_folder("checkpoints/mlp/ckpt-0003.index"), F_OK), -1);
    outcome all[] = { old, other, on, anew };
    for (size_t i = 0; i < 4; i++) outcome_free(&all[i]);
    program_cleanup();
}
END_TEST

START_TEST(test_checkpoints__a_saved_model_goes_on_from_the_file)
{
    program_setup();
    program_move_home();
    run_well(first, "train --epochs 2 --progress none --save mlp.h5");
    run_well(second, "train --model mlp.h5 --epochs 2 --progress none --save mlp.h5");
    run_well(third, "train --model mlp.h5 --epochs 2 --progress none --save mlp.h5");
    ck_assert_ptr_null(strstr(third.err, "complete"));
    const char *reached = strstr(second.out, "After Training"), *start = strstr(third.out, "Before Training");
    ck_assert_str_ne(reached, start);
    const size_t line = strcspn(strchr(reached, '\n') + 1, "\n");
    ck_assert_int_eq(strncmp(strchr(reached, '\n') + 1, strchr(start, '\n') + 1, line), 0);
    outcome all[] = { first, second, third };
    for (size_t i = 0; i < 3; i++) outcome_free(&all[i]);
    program_cleanup();
}
END_TEST

START_TEST(test_checkpoints__goes_on_within_an_epoch)
{
    program_setup();
    program_move_home();
    run_well(all,
             "train --epochs 3 --checkpoint c/{step}.h5 --checkpoint-every 1steps --keep 99 --progress none");
    ck_assert_int_eq(access(in_folder("c/1.h5"), F_OK), 0);
    ck_assert_int_eq(access(in_folder("c/6-6.h5"), F_OK), 0); /* the epoch's end, after its last step */
    run_well(
        o, "train --epochs 3 --checkpoint c/{step}.h5 --resume c/3.h5 --progress none --checkpoint-every 2");
    ck_assert_str_eq(
        o.err,
        "resuming from c/3.h5: epoch 2 of 3, batch 1 of 2, optimizer RMSprop at step 3\n" TUTORIAL_SAMPLES);
    ck_assert_str_eq(o.out, all.out);
    outcome_free(&all);
    outcome_free(&o);
    program_cleanup();
}
END_TEST

START_TEST(test_checkpoints__another_run_is_refused_by_name)
{
    static const char *const cases[][2] = {
        { "--seed 2", "seed: 1 there, 2 here" },
        { "--train-samples 1000", "train samples: 1024 there, 1000 here" },
        { "--test-samples 100", "test samples: 512 there, 100 here" },
        { "--batch-size 128", "batch size: 256 there, 128 here" },
        { "--validation-split 0.25", "validation split: 0.5 there, 0.25 here" },
        { "--no-shuffle", "shuffle: yes there, no here" },
        { "--learning-rate 0.01", "learning rate: 0.1 there, 0.01 here" },
        { "--learning-rate 0.3", "learning rate: 0.1 there, 0.3 here" },
        { "--momentum 0.9", "momentum: 0 there, 0.9 here" },
        { "--optimizer adam", "optimizer: RMSprop there, Adam here" },
        { "--optimizer sgd --momentum 0.5", "optimizer: RMSprop there, SGD here" },
        { "--scale none", "scale: not given there, 1 here" },
        { "--scale 1/100", "scale: not given there, 0.01 here" },
        { "--tutorial --model other.json", "architecture: checksum " },
        { "--tutorial --model a.h5", "starting weights: checksum " },
        { "--tutorial --data data", "data: checksum " },
    };
    char other[128];
    program_setup();
    program_move_home();
    run_well(o, "train --epochs 1 --progress none --save a.h5 --checkpoint c/{epoch}");
    outcome_free(&o);
    char *model = read_file("models/mlp.json", NULL);
    char *units = strstr(model, "128");
    ck_assert_ptr_nonnull(units);
    memcpy(units, "127", 3);
    snprintf(other, sizeof other, "%s/other.json", folder);
    write_file(other, model, strlen(model));
    free(model);
    char command[512]; /* the same images, one of them labelled otherwise */
    snprintf(
        command, sizeof command,
        "mkdir %s/data && cp datasets/fashion-mnist/*ubyte* %s/data && cd %s/data && gunzip -qf *.gz; printf "
        "'\\003' | dd of=train-labels-idx1-ubyte bs=1 seek=20 conv=notrunc status=none",
        folder, folder, folder);
    ck_assert_int_eq(system(command), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        outcome refused = run("train --epochs 2 --checkpoint c/{epoch} %s", cases[i][0]);
        expect_in(refused.err, "train: c/1: is of another run: ");
        ck_assert_ptr_null(strpbrk(refused.err, "{}\"")); /* words, no JSON */
        check_refusal(refused, 1, cases[i][1]);
    }
    check_refusal(run("train --seed 2 --checkpoint c/{epoch}"), 1,
                  "here; --restart begins anew, --checkpoint takes another directory");
    run_well(anew, "train --seed 2 --restart --epochs 1 --progress none --checkpoint c/{epoch}");
    run_well(plain, "train --seed 2 --no-checkpoint --epochs 1 --progress none");
    ck_assert_str_eq(anew.out, plain.out);
    ck_assert_str_eq(anew.err,
                     "train: the first checkpoint replaces those of runs before: 1\n" TUTORIAL_SAMPLES);
    run_well(on, "train --seed 2 --epochs 2 --progress none --checkpoint c/{epoch}");
    expect_in(on.err, "resuming from c/1-2: epoch 1 of 2");
    outcome_free(&anew);
    outcome_free(&plain);
    outcome_free(&on);
    program_cleanup();
}
END_TEST

START_TEST(test_checkpoints__trouble_is_said)
{
    program_setup();
    program_move_home();
    check_refusal(run("train --resume nowhere"), 1, "nowhere: No such file");
    run_well(o, "train --epochs 2 --checkpoint c/{epoch}.h5 --progress none --save m.h5");
    outcome_free(&o);
    check_refusal(run("train --checkpoint c/{epoch}.h5 --resume m.h5"), 1,
                  "m.h5: holds no progress of a run");
    check_refusal(run("train --checkpoint c/{ep}.h5"), 1, "no figure is called 'ep'");
    check_refusal(run("train --save-best f1"), 1, "no figure is called 'f1'");
    check_refusal(run("train --checkpoint m.h5/{epoch}"), 1, "m.h5: is a file, expected a directory");
    ck_assert_int_eq(truncate(in_folder("c/2.h5"), 1000), 0);
    run_well(skipped, "train --epochs 2 --checkpoint c/{epoch}.h5 --progress none");
    expect_in(skipped.err, "train: skipped: c/2.h5: ");
    expect_in(skipped.err, "resuming from c/1.h5: epoch 1 of 2");
    outcome_free(&skipped);

    file_limit = 100000;
    outcome full = run("train --epochs 3 --checkpoint c/{epoch}.h5 --progress none");
    file_limit = 0;
    ck_assert_int_eq(full.status, 0); /* it went on, and said so */
    expect_in(full.err, "train: no checkpoint at step 6: c/3.h5: File too large");
    run_well(plain, "train --epochs 3 --no-checkpoint --progress none");
    ck_assert_str_eq(full.out, plain.out);
    outcome_free(&full);
    outcome_free(&plain);

    pid_t child = start("train --epochs 100000 --checkpoint d/{epoch} --keep 1 --progress none",
                        in_folder("out"), in_folder("err"));
    wait_for(in_folder("d/checkpoint"));
    check_refusal(run("train --epochs 3 --checkpoint d/{epoch}"), 1,
                  "d: another run is writing its checkpoints there");
    kill(child, SIGTERM);
    ck_assert_int_eq(finish(child), 143);
    program_cleanup();
}
END_TEST

START_TEST(test_checkpoints__ignored_signals_stay_ignored)
{
    program_setup();
    program_move_home();
    signal(SIGINT, SIG_IGN); /* as nohup and a shell's background jobs do */
    pid_t child =
        start("train --epochs 30 --keep 1 --progress none --checkpoint c/{epoch}", "/dev/null", "/dev/null");
    signal(SIGINT, SIG_DFL);
    wait_for(in_folder("c/checkpoint"));
    kill(child, SIGINT);
    ck_assert_int_eq(finish(child), 0);
    program_cleanup();
}
END_TEST

TEST_MAIN(test_checkpoints__a_stopped_run_ends_as_one_that_was_not,
          test_checkpoints__default_place_and_a_complete_run,
          test_checkpoints__each_run_has_a_place_of_its_own,
          test_checkpoints__the_place_of_earlier_versions_is_found,
          test_checkpoints__a_saved_model_goes_on_from_the_file, test_checkpoints__goes_on_within_an_epoch,
          test_checkpoints__another_run_is_refused_by_name, test_checkpoints__trouble_is_said,
          test_checkpoints__ignored_signals_stay_ignored)
