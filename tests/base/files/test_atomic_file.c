/* A save through base/atomic_file, with every system call that it makes failing once. The calls are
 * interposed: the definitions below stand before libc's for everything that is linked into this program. */
#include "test.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include "base/files/failing_calls.h"
#include "base/files/temporary.h"

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
    /* three times written, read back to the end, synced, closed; then rename, fsync of the directory */
    ck_assert_str_eq(trace, "owrrfcowrrfcowrrfcofcncofcncofcncofc");
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
        if (!survives && strchr("owrfn", letter))
            ck_assert_msg(status == HORN_ERROR_FILE, "call %ld (%c)", n, letter);
        if (status)
            ck_assert_msg(strstr(horn_last_error(), directory) == horn_last_error(), "%s", horn_last_error());
    }
    ck_assert_int_eq(n, 36);
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
    arm(5, EIO); /* open, write, read twice, fsync, close */
    horn_status status = save(path[0], "new");
    disarm();
    ck_assert_int_eq(status, HORN_ERROR_FILE);
    ck_assert_str_eq(trace, "owrrfcc");
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

/* What the kernel holds is right, what the disk gives afterwards is not. */
START_TEST(test_atomic_file__the_disk_is_read_where_asked_for)
{
    for (int lies = 0; lies < 2; lies++) {
        set_up();
        make_path(0, "model");
        ck_ok(save(path[0], "old"));
        transaction *t = NULL;
        bytes b = text("new");
        ck_ok(transaction_begin(&t, path[0]));
        ck_ok(transaction_add(t, "", &b));
        transaction_verify_disk(t);
        arm(lies ? 7 : -1, LYING_DISK);
        horn_status status = transaction_commit(t);
        disarm();
        transaction_free(t);
        ck_assert_str_eq(trace, lies ? "owrrfcorcc" : "owrrfcorrcncofc");
        ck_assert_int_eq(status, lies ? HORN_ERROR_FILE : HORN_OK);
        if (lies) ck_assert_ptr_nonnull(strstr(horn_last_error(), "model: reads back other bytes"));
        ck_assert(holds(path[0], lies ? "old" : "new"));
        ck_assert_int_eq(count_entries(directory), 1);
        tear_down();
    }
}
END_TEST

/* ---- long contents ---- */

/* Three loans with bytes of its own around them: more than 8 MB, after which the disk is set to work. */
static pieces long_content(unsigned char *lent, size_t size)
{
    pieces p = { 0 };
    for (size_t i = 0; i < size; i++) lent[i] = (unsigned char)(i * 7 + i / 251);
    for (int i = 0; i < 3; i++) {
        pieces_append(&p, "between", 7);
        pieces_lend(&p, lent + i, size - 3);
    }
    pieces_append(&p, "end", 3);
    return p;
}

static horn_status save_long(const char *target, unsigned char *lent, size_t size)
{
    transaction *t = NULL;
    pieces p = long_content(lent, size);
    ck_ok(transaction_begin(&t, target));
    ck_ok(transaction_add_pieces(t, "", &p));
    horn_status status = transaction_commit(t);
    transaction_free(t);
    return status;
}

/* The next call that is to fail: the first ones, the one that is a hint, the last ones, and some between. */
static long after(long n, long hint)
{
    if (n < 3 || n > 78) return n + 1;
    return n < hint && n + 25 > hint ? hint : n + 25;
}

/* Calls that a long save makes fail, are short, are interrupted; a failing sync_file_range alone changes nothing. */
START_TEST(test_atomic_file__long_contents_are_whole_or_not_there)
{
    static const int reasons[] = { EIO, ENOSPC, EINTR, 0, LYING_DISK };
    const size_t size = 2900 << 10;
    unsigned char *lent = malloc(size);
    for (size_t r = 0; r < 5; r++) {
        set_up();
        make_path(0, "model");
        arm(-1, 0);
        ck_ok(save_long(path[0], lent, size));
        const char *hint = strchr(trace, 's');
        ck_assert_ptr_nonnull(hint);
        for (long n = 0, reached = 1, at = hint - trace; reached; n = after(n, at)) {
            disarm();
            ck_ok(save(path[0], "old"));
            arm(n, reasons[r]);
            horn_status status = save_long(path[0], lent, size);
            reached = calls > n;
            const char letter = trace[n < 4000 ? n : 3999];
            disarm();
            const bool survives = !reached || letter == 's' || reasons[r] == EINTR || reasons[r] == 0;
            if (letter != 'o' && letter != 'c' && letter != 'n' &&
                (letter == 's' || reasons[r] != LYING_DISK))
                ck_assert_msg(survives == !status, "reason %d, call %ld (%c): %s", reasons[r], n, letter,
                              horn_last_error());
            if (status) {
                ck_assert_msg(holds(path[0], "old") || (n > 78 && strchr("of", letter)), "call %ld (%c)", n,
                              letter);
                continue;
            }
            bytes expected = { 0 }, found = { 0 };
            pieces p = long_content(lent, size);
            pieces_copy(&p, &expected);
            ck_ok(file_read(&found, path[0], 0));
            ck_assert_uint_eq(found.size, expected.size);
            ck_assert(memcmp(found.data, expected.data, found.size) == 0);
            bytes_free(&expected);
            bytes_free(&found);
            pieces_free(&p);
        }
        ck_assert_int_eq(count_entries(directory), 1);
        tear_down();
    }
    free(lent);
}
END_TEST

/* ---- the same bytes under two names ---- */

static horn_status save_twins(const char *target, const char *content)
{
    transaction *t = NULL;
    bytes b = text(content);
    ck_ok(transaction_begin(&t, target));
    ck_fails(transaction_add_twin(t, ".data", ".detour"), HORN_ERROR_ARGUMENT,
             ".detour: is no file of the save");
    ck_ok(transaction_add(t, ".detour", &b));
    ck_ok(transaction_add_twin(t, ".data", ".detour"));
    ck_assert_uint_eq(transaction_content(t, ".data")->size, strlen(content));
    horn_status status = transaction_commit(t);
    transaction_free(t);
    return status;
}

START_TEST(test_atomic_file__twins_are_one_file_or_written_twice)
{
    static const int reasons[] = { EPERM, ENOTSUP, EMLINK, EXDEV, ENOSPC };
    set_up();
    make_path(0, "w");
    make_path(1, "w.detour");
    make_path(2, "w.data");
    struct stat first, second;
    for (int i = -1; i < 5; i++) {
        ck_ok(save(path[1], "old"));
        ck_ok(save(path[2], "old"));
        arm(i < 0 ? -1 : 6, i < 0 ? 0 : reasons[i]);
        ck_ok(save_twins(path[0], "new content"));
        disarm();
        ck_assert_str_eq(trace, i < 0 ? "owrrfclofcncofcncofc" : "owrrfclowrrfcofcncofcncofc");
        ck_assert(holds(path[1], "new content") && holds(path[2], "new content"));
        ck_assert_int_eq(stat(path[1], &first), 0);
        ck_assert_int_eq(stat(path[2], &second), 0);
        ck_assert_int_eq(first.st_ino == second.st_ino, i < 0);
        ck_assert_int_eq(count_entries(directory), 2);
    }
    ck_ok(save(path[1], "another")); /* a new file: its twin stays */
    ck_assert(holds(path[2], "new content"));
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
    ck_fails(transaction_add(t, ".data", &content), HORN_ERROR_ARGUMENT, "appears twice");
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

TEST_MAIN(test_atomic_file__saves_and_replaces, test_atomic_file__missing_directories_are_made,
          test_atomic_file__without_a_commit_nothing_changes,
          test_atomic_file__files_appear_in_the_order_added, test_atomic_file__full_disk_at_every_call,
          test_atomic_file__broken_disk_at_every_call, test_atomic_file__interrupted_at_every_call,
          test_atomic_file__short_write_or_read_at_every_call,
          test_atomic_file__failed_close_is_a_failed_save,
          test_atomic_file__bytes_that_read_back_differently_are_refused,
          test_atomic_file__the_disk_is_read_where_asked_for,
          test_atomic_file__long_contents_are_whole_or_not_there,
          test_atomic_file__twins_are_one_file_or_written_twice,
          test_atomic_file__too_large_a_file_leaves_the_old_one,
          test_atomic_file__full_tmpfs_leaves_the_old_file, test_atomic_file__mode_follows_the_umask,
          test_atomic_file__longest_name_fits, test_atomic_file__leftovers_go_with_the_next_save,
          test_atomic_file__one_commit_goes_through_stages)
