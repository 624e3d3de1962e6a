/* A save through base/atomic_file, with every system call that it makes failing once. The calls are
 * interposed: the definitions below stand before libc's for everything that is linked into this program. */
#include "../test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include "base/atomic_file.h"
#include "base/temporary.h"

static long calls, fail_at = -1; /* the number of the next call, and of the one that fails */
static int reason;               /* its errno; 0 = a short write or read of one byte */
static char trace[4096];         /* w r f(sync) c(lose) o(pen) n(rename) m(kdir), in order */

static bool hit(char letter)
{
    size_t length = strlen(trace);
    if (length + 1 < sizeof trace) trace[length] = letter;
    return calls++ == fail_at;
}

static bool fails(char letter)
{
    if (fail_at == -1 || !hit(letter) || reason == 0) return false;
    errno = reason;
    return true;
}

#define LYING_DISK (-1)

ssize_t write(int file, const void *data, size_t size)
{
    bool failed = fails('w');
    if (failed && reason == LYING_DISK)
        return syscall(SYS_write, file, "xxxxxxxxxxxxxxx", size); /* at most 15 */
    if (failed) return -1;
    return syscall(SYS_write, file, data, fail_at >= 0 && calls - 1 == fail_at && size > 1 ? 1 : size);
}

ssize_t read(int file, void *data, size_t size)
{
    if (fails('r')) return -1;
    return syscall(SYS_read, file, data, fail_at >= 0 && calls - 1 == fail_at && size > 1 ? 1 : size);
}

int fsync(int file)
{
    return fails('f') ? -1 : (int)syscall(SYS_fsync, file);
}

int close(int file)
{
    bool failed = fails('c'); /* the file is closed even so, as on Linux */
    int result = (int)syscall(SYS_close, file);
    if (failed) errno = reason;
    return failed ? -1 : result;
}

int rename(const char *from, const char *to)
{
    return fails('n') ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    return fails('n') ? -1 : (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}

int mkdir(const char *path, mode_t mode)
{
    return fails('m') ? -1 : (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return fails('o') ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

/* From here on calls are counted; the n-th fails (n < 0: none). */
static void arm(long n, int with)
{
    memset(trace, 0, sizeof trace);
    calls = 0;
    reason = with;
    fail_at = n < 0 ? -2 : n;
}

static void disarm(void)
{
    fail_at = -1;
}

static char directory[64], path[4][512];

static void set_up(void)
{
    strcpy(directory, "/tmp/horn-atomic-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
}

static void make_path(int i, const char *name)
{
    snprintf(path[i], sizeof path[i], "%s/%s", directory, name);
}

static void tear_down(void)
{
    disarm();
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    ck_assert_int_eq(system(command), 0);
}

static int count_entries(const char *where)
{
    DIR *listing = opendir(where);
    ck_assert_ptr_nonnull(listing);
    int count = 0;
    for (struct dirent *e; (e = readdir(listing));)
        count += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
    closedir(listing);
    return count;
}

static bytes text(const char *t)
{
    bytes b = { 0 };
    bytes_append(&b, t, strlen(t));
    return b;
}

static bool holds(const char *file, const char *expected)
{
    bytes b = { 0 };
    if (file_read(&b, file, 0)) return false;
    bool same = strcmp(bytes_text(&b), expected) == 0;
    bytes_free(&b);
    return same;
}

static horn_status save(const char *target, const char *content)
{
    transaction *t = NULL;
    bytes b = text(content);
    ck_ok(transaction_begin(&t, target));
    horn_status status = transaction_add(t, "", &b);
    ck_assert_ptr_null(b.data);
    if (!status) status = transaction_commit(t);
    transaction_free(t);
    return status;
}

/* data, index, and `checkpoint`, which names them: as a TensorFlow checkpoint is saved. */
static horn_status save_three(const char *target, const char *content)
{
    transaction *t = NULL;
    bytes data = text(content), index = text(content), names = text(content);
    horn_status status = transaction_begin(&t, target);
    if (!status) status = transaction_add(t, ".data", &data);
    if (!status) status = transaction_add(t, ".index", &index);
    if (!status) status = transaction_add_beside(t, "checkpoint", &names);
    if (!status) status = transaction_commit(t);
    transaction_free(t);
    return status;
}

START_TEST(test_atomic_file__saves_and_replaces)
{
    set_up();
    make_path(0, "model.h5");
    ck_ok(save(path[0], "one"));
    ck_assert(holds(path[0], "one"));
    ck_ok(save(path[0], "second"));
    ck_assert(holds(path[0], "second"));
    ck_ok(save(path[0], ""));
    ck_assert(holds(path[0], ""));
    ck_assert_int_eq(count_entries(directory), 1);
    tear_down();
}
END_TEST

START_TEST(test_atomic_file__missing_directories_are_made)
{
    set_up();
    make_path(0, "a/b//c/model.h5");
    ck_ok(save(path[0], "deep"));
    ck_assert(holds(path[0], "deep"));
    ck_assert_int_eq(chdir(directory), 0);
    ck_ok(save("plain", "here"));
    ck_ok(save("x/plain", "there"));
    make_path(1, "plain");
    make_path(2, "x/plain");
    ck_assert(holds(path[1], "here") && holds(path[2], "there"));
    ck_fails(save("plain/model.h5", "x"), HORN_ERROR_FILE, "plain");
    ck_assert_int_eq(chdir("/"), 0);
    tear_down();
}
END_TEST

START_TEST(test_atomic_file__without_a_commit_nothing_changes)
{
    set_up();
    make_path(0, "d/model.h5");
    transaction *t = NULL;
    bytes b = text("never");
    ck_ok(transaction_begin(&t, path[0]));
    ck_assert_str_eq(transaction_target(t), path[0]);
    ck_ok(transaction_add(t, "", &b));
    transaction_free(t);
    transaction_free(NULL);
    ck_assert_int_eq(count_entries(directory), 0);
    tear_down();
}
END_TEST

START_TEST(test_atomic_file__files_appear_in_the_order_added)
{
    set_up();
    make_path(0, "ckpt-1");
    arm(-1, 0);
    ck_ok(save_three(path[0], "abc"));
    disarm();
    /* three times written, synced, closed; read back to the end; then rename, fsync of the directory */
    ck_assert_str_eq(trace, "owfcowfcowfcorrcorrcorrcofcncofcncofcncofc");
    make_path(1, "ckpt-1.data");
    make_path(2, "ckpt-1.index");
    make_path(3, "checkpoint");
    for (int i = 1; i < 4; i++) ck_assert(holds(path[i], "abc"));
    ck_assert_int_eq(count_entries(directory), 3);
    tear_down();
}
END_TEST

/* Whatever call fails: no temporary file stays, a file is old or new and whole, a later one is never newer
 * than one before it, and a save that says 0 has written all. Repeatable reasons (EINTR, short) must be
 * survived. */
static void fail_each_call(int with, bool survives)
{
    set_up();
    make_path(0, "ckpt");
    make_path(1, "ckpt.data");
    make_path(2, "ckpt.index");
    make_path(3, "checkpoint");
    long n = 0;
    for (; n < 200; n++) {
        ck_ok(save_three(path[0], "old old old"));
        arm(n, with);
        horn_status status = save_three(path[0], "new");
        bool reached = calls > n;
        char letter = trace[n];
        disarm();
        if (!reached) break;
        ck_assert_int_eq(count_entries(directory), 3);
        bool newer = true;
        for (int i = 1; i < 4; i++) {
            bool is_new = holds(path[i], "new");
            ck_assert_msg(is_new || holds(path[i], "old old old"), "call %ld (%c) tore %s", n, letter,
                          path[i]);
            ck_assert_msg(newer || !is_new, "call %ld (%c): %s is newer than what it names", n, letter,
                          path[i]);
            newer = is_new;
        }
        if (!status) ck_assert_msg(newer, "call %ld (%c): reported as saved", n, letter);
        if (survives && letter != 'o' && letter != 'n' && letter != 'm')
            ck_assert_msg(status == HORN_OK, "call %ld (%c): %s", n, letter, horn_last_error());
        if (!survives && strchr("owfn", letter))
            ck_assert_msg(status == HORN_ERROR_FILE, "call %ld (%c)", n, letter);
        if (status)
            ck_assert_msg(strstr(horn_last_error(), directory) == horn_last_error(), "%s", horn_last_error());
    }
    ck_assert_int_eq(n, 42);
    tear_down();
}

START_TEST(test_atomic_file__full_disk_at_every_call)
{
    fail_each_call(ENOSPC, false);
}
END_TEST

START_TEST(test_atomic_file__broken_disk_at_every_call)
{
    fail_each_call(EIO, false);
}
END_TEST

START_TEST(test_atomic_file__interrupted_at_every_call)
{
    fail_each_call(EINTR, true);
}
END_TEST

START_TEST(test_atomic_file__short_write_or_read_at_every_call)
{
    fail_each_call(0, true);
}
END_TEST

START_TEST(test_atomic_file__failed_close_is_a_failed_save)
{
    set_up();
    make_path(0, "model");
    ck_ok(save(path[0], "old"));
    arm(3, EIO); /* open write fsync close */
    horn_status status = save(path[0], "new");
    disarm();
    ck_assert_int_eq(status, HORN_ERROR_FILE);
    ck_assert_str_eq(trace, "owfcc");
    ck_assert(holds(path[0], "old"));
    tear_down();
}
END_TEST

START_TEST(test_atomic_file__bytes_that_read_back_differently_are_refused)
{
    set_up();
    make_path(0, "model");
    ck_ok(save(path[0], "old"));
    arm(1, LYING_DISK);
    horn_status status = save(path[0], "new");
    disarm();
    ck_assert_int_eq(status, HORN_ERROR_FILE);
    ck_assert_ptr_nonnull(strstr(horn_last_error(), "model: reads back other bytes"));
    ck_assert(holds(path[0], "old"));
    ck_assert_int_eq(count_entries(directory), 1);
    tear_down();
}
END_TEST

START_TEST(test_atomic_file__too_large_a_file_leaves_the_old_one)
{
    set_up();
    make_path(0, "model");
    ck_ok(save(path[0], "old"));
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = { 4096, 4096 };
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    char *large = calloc(1, 10000);
    memset(large, 'x', 9999);
    ck_fails(save(path[0], large), HORN_ERROR_FILE, "model: File too large");
    free(large);
    ck_assert(holds(path[0], "old"));
    ck_assert_int_eq(count_entries(directory), 1);
    tear_down();
}
END_TEST

/* A real full disk, where one may be mounted. */
START_TEST(test_atomic_file__full_tmpfs_leaves_the_old_file)
{
    set_up();
    if (mount("none", directory, "tmpfs", 0, "size=64k") == 0) {
        make_path(0, "model");
        ck_ok(save(path[0], "old"));
        char *large = calloc(1, 200000);
        memset(large, 'x', 199999);
        ck_fails(save(path[0], large), HORN_ERROR_FILE, "model: No space left on device");
        free(large);
        ck_assert(holds(path[0], "old"));
        ck_assert_int_eq(count_entries(directory), 1);
        ck_assert_int_eq(umount(directory), 0);
    }
    tear_down();
}
END_TEST

START_TEST(test_atomic_file__refuses_what_is_no_file)
{
    set_up();
    make_path(0, "d");
    ck_assert_int_eq(mkdir(path[0], 0777), 0);
    ck_fails(save(path[0], "x"), HORN_ERROR_FILE, "d: is a directory, expected a file");
    make_path(1, "d/");
    ck_fails(save(path[1], "x"), HORN_ERROR_FILE, "is the name of a directory");
    ck_fails(save("/dev/null", "x"), HORN_ERROR_FILE, "/dev/null: is not a regular file");
    transaction *t = NULL;
    ck_fails(transaction_begin(&t, ""), HORN_ERROR_ARGUMENT, "empty");
    bytes b = text("x");
    ck_ok(transaction_begin(&t, path[0]));
    ck_ok(transaction_add(t, "1", &b));
    b = text("y");
    ck_fails(transaction_add(t, "1", &b), HORN_ERROR_ARGUMENT, "twice");
    b = (bytes){ .failed = true };
    ck_fails(transaction_add(t, "2", &b), HORN_ERROR_MEMORY, "memory");
    ck_ok(transaction_commit(t));
    ck_fails(transaction_commit(t), HORN_ERROR_ARGUMENT, "committed before");
    transaction_free(t);
    ck_assert_int_eq(count_entries(path[0]), 0);
    ck_assert_int_eq(count_entries(directory), 2);
    tear_down();
}
END_TEST

static bool is_link(const char *name)
{
    struct stat facts;
    return lstat(name, &facts) == 0 && S_ISLNK(facts.st_mode);
}

START_TEST(test_atomic_file__symbolic_links_are_followed)
{
    set_up();
    make_path(0, "real");
    make_path(1, "link");
    make_path(2, "chain");
    ck_ok(save(path[0], "real"));
    ck_assert_int_eq(symlink("real", path[1]), 0);
    ck_assert_int_eq(symlink(path[1], path[2]), 0);
    ck_ok(save(path[1], "new"));
    ck_assert(is_link(path[1]) && holds(path[0], "new"));
    ck_ok(save(path[2], "newer"));
    ck_assert(is_link(path[1]) && is_link(path[2]) && holds(path[0], "newer"));
    ck_assert_int_eq(unlink(path[0]), 0);
    ck_ok(save(path[2], "newest"));
    ck_assert(is_link(path[1]) && is_link(path[2]) && holds(path[0], "newest"));
    ck_assert_int_eq(unlink(path[1]), 0);
    ck_assert_int_eq(symlink("away/file", path[1]), 0);
    ck_ok(save(path[1], "away"));
    ck_assert(is_link(path[1]) && holds(path[1], "away"));
    make_path(0, "away");
    ck_assert_int_eq(count_entries(path[0]), 1);
    tear_down();
}
END_TEST

START_TEST(test_atomic_file__links_in_a_circle_are_refused)
{
    set_up();
    make_path(0, "a");
    make_path(1, "b");
    ck_assert_int_eq(symlink("b", path[0]), 0);
    ck_assert_int_eq(symlink("a", path[1]), 0);
    ck_fails(save(path[0], "x"), HORN_ERROR_FILE, "Too many levels of symbolic links");
    ck_assert(is_link(path[0]) && is_link(path[1]));
    ck_assert_int_eq(count_entries(directory), 2);
    tear_down();
}
END_TEST

START_TEST(test_atomic_file__mode_follows_the_umask)
{
    set_up();
    make_path(0, "model");
    umask(002);
    ck_ok(save(path[0], "x"));
    struct stat facts;
    ck_assert_int_eq(stat(path[0], &facts), 0);
    ck_assert_int_eq(facts.st_mode & 0777, 0664);
    tear_down();
}
END_TEST

START_TEST(test_atomic_file__longest_name_fits)
{
    set_up();
    char name[256] = { 0 };
    memset(name, 'n', 255);
    make_path(0, name);
    ck_ok(save(path[0], "x"));
    ck_assert(holds(path[0], "x"));
    tear_down();
}
END_TEST

START_TEST(test_atomic_file__leftovers_go_with_the_next_save)
{
    set_up();
    const char *names[] = { ".model.7-0.horn-tmp", ".other.7-0.horn-tmp", ".model.8-0.horn-tmp", ".hidden",
                            "x.horn-tmp" };
    int files[5];
    for (int i = 0; i < 5; i++) {
        make_path(0, names[i]);
        files[i] = open(path[0], O_WRONLY | O_CREAT, 0666);
        ck_assert_int_ge(files[i], 0);
    }
    ck_assert_int_eq(flock(files[2], LOCK_EX), 0); /* another save is at it */
    make_path(0, "model");
    ck_ok(save(path[0], "beside leftovers"));
    ck_assert_int_eq(count_entries(directory), 4);
    make_path(1, names[2]);
    ck_assert_int_eq(access(path[1], F_OK), 0);
    for (int i = 0; i < 5; i++) close(files[i]);
    ck_ok(temporary_sweep(directory));
    ck_assert_int_eq(count_entries(directory), 3);
    ck_assert_int_ne(access(path[1], F_OK), 0);
    make_path(1, "missing");
    ck_fails(temporary_sweep(path[1]), HORN_ERROR_FILE, "missing");
    tear_down();
}
END_TEST

START_TEST(test_atomic_file__one_commit_goes_through_stages)
{
    set_up();
    make_path(0, "w");
    make_path(1, "w.data");
    make_path(2, "w.detour");
    make_path(3, "w.old");
    ck_ok(save(path[3], "in nobody's use"));
    transaction *t;
    bytes content = { 0 };
    bool found;
    ck_ok(transaction_begin(&t, path[0]));
    ck_ok(transaction_present(t, ".old", &content, &found));
    ck_assert(found && content.size == 15);
    bytes_free(&content);
    ck_ok(transaction_present(t, ".data", &content, &found));
    ck_assert(!found && content.size == 0);
    bytes_print(&content, "first");
    ck_ok(transaction_add(t, ".data", &content));
    bytes_print(&content, "first");
    ck_fails(transaction_add(t, ".data", &content), HORN_ERROR_ARGUMENT, "stands twice");
    bytes_free(&content);
    bytes_print(&content, "between");
    ck_ok(transaction_add(t, ".detour", &content));
    ck_ok(transaction_remove(t, ".old"));
    ck_ok(transaction_remove(t, ".detour"));
    ck_ok(transaction_remove(t, ".missing"));
    transaction_stage(t);
    bytes_print(&content, "second");
    ck_ok(transaction_add(t, ".data", &content));
    ck_ok(transaction_commit(t));
    transaction_free(t);
    ck_assert(holds(path[1], "second"));
    ck_assert_int_eq(count_entries(directory), 1);
    tear_down();
}
END_TEST

/* ---- directories ---- */

static const char *const members[] = { "a", "sub/", "sub/b*", NULL };

static horn_status save_folder(const char *target, const char *content)
{
    transaction *t = NULL;
    bytes one = text(content), two = text(content);
    horn_status status = transaction_begin(&t, target);
    if (!status) status = transaction_as_folder(t, members);
    if (!status) status = transaction_add(t, "/sub/b", &two);
    if (!status) status = transaction_add(t, "/a", &one);
    if (!status) status = transaction_commit(t);
    bytes_free(&one);
    bytes_free(&two);
    transaction_free(t);
    return status;
}

START_TEST(test_atomic_file__directory_takes_its_place_whole)
{
    set_up();
    make_path(0, "deep/model/");
    make_path(1, "deep/model/a");
    make_path(2, "deep/model/sub/b");
    make_path(3, "deep");
    ck_ok(save_folder(path[0], "old"));
    ck_assert(holds(path[1], "old") && holds(path[2], "old"));
    ck_ok(save_folder(path[0], "new"));
    ck_assert(holds(path[1], "new") && holds(path[2], "new"));
    ck_assert_int_eq(count_entries(path[3]), 1);
    ck_assert_int_eq(count_entries(path[0]), 2);
    tear_down();
}
END_TEST

START_TEST(test_atomic_file__directory_of_somebody_else_is_refused)
{
    set_up();
    make_path(0, "mine");
    make_path(1, "mine/notes.txt");
    ck_ok(save(path[1], "keep me"));
    ck_fails(save_folder(path[0], "new"), HORN_ERROR_FILE, "mine: holds 'notes.txt'");
    ck_assert(holds(path[1], "keep me"));
    ck_fails(save_folder(path[1], "new"), HORN_ERROR_FILE, "is no directory");
    ck_fails(save_folder(".", "new"), HORN_ERROR_ARGUMENT, "expected the name of a directory");
    ck_fails(save_folder("/", "new"), HORN_ERROR_ARGUMENT, "expected the name of a directory");
    ck_assert_int_eq(count_entries(directory), 1);
    tear_down();
}
END_TEST

/* Inside the directories that would be replaced, too. */
START_TEST(test_atomic_file__what_somebody_put_into_a_directory_is_refused)
{
    static const char *const added[] = { "model/sub/notes.txt", "model/sub/.b", "model/sub/deep/b",
                                         "model/A" };
    for (size_t i = 0; i < sizeof added / sizeof *added; i++) {
        set_up();
        make_path(0, "model");
        make_path(1, "model/a");
        make_path(2, added[i]);
        ck_ok(save_folder(path[0], "old"));
        ck_ok(save(path[2], "keep me"));
        ck_fails(save_folder(path[0], "new"), HORN_ERROR_FILE, "which is no part of what would replace it");
        ck_assert(holds(path[1], "old") && holds(path[2], "keep me"));
        ck_assert_int_eq(unlink(path[1]), 0);
        ck_assert_int_eq(symlink("elsewhere", path[1]), 0);
        ck_fails(save_folder(path[0], "new"), HORN_ERROR_FILE, "model: holds '");
        tear_down();
    }
}
END_TEST

/* Both files are the old ones where the save fails, else the new ones, and nothing is beside it, whatever call fails. */
static void fail_each_call_of_folder(int with)
{
    set_up();
    make_path(0, "model");
    make_path(1, "model/a");
    make_path(2, "model/sub/b");
    long n = 0;
    for (; n < 200; n++) {
        ck_ok(save_folder(path[0], "old old old"));
        arm(n, with);
        horn_status status = save_folder(path[0], "new");
        bool reached = calls > n;
        char letter = trace[n];
        disarm();
        if (!reached) break;
        const char *is = holds(path[1], "new") ? "new" : "old old old";
        ck_assert_msg(holds(path[1], is) && holds(path[2], is), "call %ld (%c) tore it", n, letter);
        ck_assert_msg(!status == (strcmp(is, "new") == 0), "call %ld (%c): %s, reported as %d", n, letter, is,
                      status);
        ck_assert_msg(count_entries(directory) == 1, "call %ld (%c) left something", n, letter);
    }
    ck_assert_int_gt(n, 30);
    tear_down();
}

START_TEST(test_atomic_file__directory_survives_every_failed_call)
{
    fail_each_call_of_folder(ENOSPC);
    fail_each_call_of_folder(EIO);
    fail_each_call_of_folder(EINTR);
    fail_each_call_of_folder(0);
}
END_TEST

START_TEST(test_atomic_file__left_directories_go_with_the_next_save)
{
    set_up();
    make_path(0, ".model.7-0.horn-tmp/sub/b");
    make_path(1, "model");
    ck_ok(save(path[0], "a killed save's"));
    ck_assert_int_eq(count_entries(directory), 1);
    ck_ok(save_folder(path[1], "new"));
    ck_assert_int_eq(count_entries(directory), 1);
    tear_down();
}
END_TEST

TEST_MAIN(test_atomic_file__saves_and_replaces, test_atomic_file__missing_directories_are_made,
          test_atomic_file__without_a_commit_nothing_changes,
          test_atomic_file__files_appear_in_the_order_added, test_atomic_file__full_disk_at_every_call,
          test_atomic_file__broken_disk_at_every_call, test_atomic_file__interrupted_at_every_call,
          test_atomic_file__short_write_or_read_at_every_call,
          test_atomic_file__failed_close_is_a_failed_save,
          test_atomic_file__bytes_that_read_back_differently_are_refused,
          test_atomic_file__too_large_a_file_leaves_the_old_one,
          test_atomic_file__full_tmpfs_leaves_the_old_file, test_atomic_file__refuses_what_is_no_file,
          test_atomic_file__symbolic_links_are_followed, test_atomic_file__links_in_a_circle_are_refused,
          test_atomic_file__mode_follows_the_umask, test_atomic_file__longest_name_fits,
          test_atomic_file__leftovers_go_with_the_next_save, test_atomic_file__one_commit_goes_through_stages,
          test_atomic_file__directory_takes_its_place_whole,
          test_atomic_file__directory_of_somebody_else_is_refused,
          test_atomic_file__what_somebody_put_into_a_directory_is_refused,
          test_atomic_file__directory_survives_every_failed_call,
          test_atomic_file__left_directories_go_with_the_next_save)
