/* Temporary files of a save, while another process removes leftovers in the same directory. */
#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/files/temporary.h"

static char folder[] = "/tmp/horn-test-XXXXXX";

static pid_t begin_sweeping(void)
{
    const pid_t child = fork();
    if (child) return child;
    for (;;)
        if (temporary_sweep(folder)) _exit(1);
}

/* A file or directory that somebody has just made must not be taken for the leftover of a killed save. */
static void check_kept(bool is_folder)
{
    const pid_t child = begin_sweeping();
    int status;
    for (int i = 0; i < 1000; i++) {
        temporary t;
        struct stat facts;
        ck_ok(is_folder ? temporary_open_folder(&t, folder, "a.h5") : temporary_open(&t, folder, "a.h5"));
        for (int look = 0; look < 3; look++) {
            ck_assert_msg(stat(t.path, &facts) == 0, "%s %d is gone", t.path, i);
            usleep(i % 64 ? 0 : 50);
        }
        if (!is_folder) close(t.file);
        temporary_remove(&t);
    }
    ck_assert_int_eq(waitpid(child, &status, WNOHANG), 0); /* it swept all the while */
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
}

START_TEST(test_temporary__another_process_keeps_what_is_in_use)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    check_kept(false);
    check_kept(true);
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

TEST_MAIN(test_temporary__another_process_keeps_what_is_in_use)
