/* Where results may go: files, through symbolic links, too; devices, pipes and sockets are refused before the work begins. */
#include "programs/program.h"
#include <sys/socket.h>
#include <sys/un.h>

#define TRAIN "train --epochs 1 --train-samples 64 --progress none "

static void make_socket(const char *path)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    const int made = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(name.sun_path, sizeof name.sun_path, "%s", path);
    ck_assert_int_eq(bind(made, (const struct sockaddr *)&name, sizeof name), 0);
    close(made);
}

START_TEST(test_destinations__what_is_no_file_is_refused)
{
    static const char *const options[] = { "--save", "--save-weights", "--log", "--checkpoint" };
    char names[6][600];
    program_setup();
    program_move_home();
    strcpy(names[0], "/dev/stdout");
    strcpy(names[1], "fifo");
    strcpy(names[2], "socket");
    strcpy(names[3], "to-fifo");
    strcpy(names[4], "/dev/horn-test");
    strcpy(names[5], "/dev/null");
    ck_assert_int_eq(mkfifo(in_folder("fifo"), 0600), 0);
    make_socket(in_folder("socket"));
    ck_assert_int_eq(symlink("fifo", in_folder("to-fifo")), 0);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        for (int j = 0; j < (i == 2 ? 5 : 6); j++)
            check_refusal(run(TRAIN "%s %s %s", i == 3 ? "" : "--no-checkpoint", options[i], names[j]), 1,
                          "is no regular file, expected one or a free name");
    for (int j = 0; j < 6; j++)
        check_refusal(run("convert models/mlp.json %s", names[j]), 1, "is no regular file");
    check_refusal(run(TRAIN "--no-checkpoint --save /dev/horn-test/"), 1, "is a directory of devices");
    run_well(o, TRAIN "--no-checkpoint --log /dev/null");
    outcome_free(&o);
    ck_assert_int_eq(count_files(folder), 5); /* and models, datasets */
    program_cleanup();
}
END_TEST

START_TEST(test_destinations__dots_name_no_checkpoint)
{
    static const char *const names[] = { ".", "..", "run/.", "run/..", "run/" };
    program_setup();
    program_move_home();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        check_refusal(run(TRAIN "--checkpoint %s", names[i]), 1, "is the name of a directory");
    ck_assert_int_eq(count_files(folder), 2);
    program_cleanup();
}
END_TEST

static bool is_link(const char *path)
{
    struct stat facts;
    return lstat(path, &facts) == 0 && S_ISLNK(facts.st_mode);
}

/* Files and directories, by every program that writes. */
START_TEST(test_destinations__links_are_followed)
{
    program_setup();
    ck_assert_int_eq(mkdir(in_folder("there"), 0700), 0);
    ck_assert_int_eq(symlink("there/real.h5", in_folder("model.h5")), 0);
    ck_assert_int_eq(symlink("there/saved", in_folder("saved")), 0);
    ck_assert_int_eq(symlink("there/real.csv", in_folder("out.csv")), 0);
    ck_assert_int_eq(symlink("there/log", in_folder("log")), 0);
    for (int i = 0; i < 2; i++) { /* nothing is there, then something is */
        run_well(o, TRAIN "--no-checkpoint --save %s --log %s", in_folder("model.h5"), in_folder("log"));
        run_well(c, "convert %s %s/", in_folder("model.h5"), in_folder("saved"));
        run_well(p, "predict %s --samples 4 --output %s", in_folder("model.h5"), in_folder("out.csv"));
        outcome_free(&o);
        outcome_free(&c);
        outcome_free(&p);
    }
    ck_assert(is_link(in_folder("model.h5")) && is_link(in_folder("saved")) &&
              is_link(in_folder("out.csv")) && is_link(in_folder("log")));
    ck_assert_int_eq(count_files(in_folder("there")), 4);
    ck_assert_int_eq(symlink("circle", in_folder("circle")), 0);
    check_refusal(run(TRAIN "--no-checkpoint --save %s", in_folder("circle")), 1,
                  "Too many levels of symbolic links");
    program_cleanup();
}
END_TEST

/* ---- output that cannot be written ---- */

static void full_output(void)
{
    dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO);
}

START_TEST(test_destinations__a_full_disk_under_standard_output)
{
    program_setup();
    before_start = full_output;
    outcome trained = run(TRAIN "--no-checkpoint");
    ck_assert_int_eq(trained.status, 1);
    ck_assert_str_eq(behind_samples(trained.err), "train: standard output: No space left on device\n");
    outcome_free(&trained);
    check_refusal(run("inspect models/mlp.json"), 1, "inspect: standard output: No space left on device");
    check_refusal(run("train --version"), 1, "train: standard output: No space left on device");
    program_cleanup();
}
END_TEST

static void close_standard(void)
{
    for (int i = 0; i < 3; i++) close(i);
}

START_TEST(test_destinations__closed_streams_are_nobodys_files)
{
    program_setup();
    before_start = close_standard;
    outcome o = run(TRAIN "--no-checkpoint --save %s", in_folder("closed.h5"));
    ck_assert_int_eq(o.status, 1);
    before_start = NULL;
    run_well(i, "inspect %s --verify", in_folder("closed.h5"));
    outcome_free(&o);
    outcome_free(&i);
    program_cleanup();
}
END_TEST

START_TEST(test_destinations__the_limit_of_a_file_is_a_failed_save)
{
    program_setup();
    file_limit = 20000;
    check_refusal(run("convert tests/golden/saved_model/keras2.15 %s", in_folder("a.h5")), 1,
                  "File too large");
    outcome o = run(TRAIN "--checkpoint %s --save %s", in_folder("ckpt"), in_folder("model.h5"));
    ck_assert_int_eq(o.status, 1);
    ck_assert_ptr_nonnull(strstr(o.err, "no checkpoint at step 1"));
    ck_assert_ptr_nonnull(strstr(o.err, "model.h5: File too large"));
    ck_assert_int_eq(count_files(folder), 0);
    outcome_free(&o);
    program_cleanup();
}
END_TEST

TEST_MAIN(test_destinations__what_is_no_file_is_refused, test_destinations__dots_name_no_checkpoint,
          test_destinations__links_are_followed, test_destinations__a_full_disk_under_standard_output,
          test_destinations__closed_streams_are_nobodys_files,
          test_destinations__the_limit_of_a_file_is_a_failed_save)
