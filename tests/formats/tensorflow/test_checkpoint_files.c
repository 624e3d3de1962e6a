/* The files of a checkpoint: over how many data files, and what stands there while another is written in its place. */
#include "formats/checkpoints.h"

#include <errno.h>
#include <sys/syscall.h>
#include "codecs/tensorflow/tensor_bundle.h"

static long renames_left = -1; /* -1: any number; after them the disk is gone */

int rename(const char *from, const char *to)
{
    if (renames_left == 0) {
        errno = EIO;
        return -1;
    }
    if (renames_left > 0) renames_left--;
    return (int)syscall(SYS_rename, from, to);
}

/* One tensor a file as far as they go, each where the least is. */
START_TEST(test_tf_checkpoint_files__tensors_are_spread_over_shards)
{
    static const size_t shards[] = { 1, 2, 3, 40 };
    snapshot *s = read_file(GOLDEN "keras2.15/A4.h5");
    size_t whole = 0;
    for (size_t i = 0; i < sizeof shards / sizeof *shards; i++) {
        size_t all = 0, most = 0;
        folder f = folder_make();
        char path[128];
        snapshot *back;
        snprintf(path, sizeof path, "%s/w", f.path);
        write_prefix(s, path, "tf-weights", &(format_options){ .own = SHARDS(shards[i]) });
        ck_assert_uint_eq(count_files(&f), shards[i] + 2);
        for (size_t n = 0; n < shards[i]; n++) {
            char suffix[32];
            tensor_bundle_suffix(suffix, n, shards[i]);
            bytes data = content_of(path, suffix);
            all += data.size;
            most = data.size > most ? data.size : most;
            bytes_free(&data);
        }
        if (i == 0) whole = all;
        ck_assert_uint_eq(all, whole);
        if (i) ck_assert_uint_lt(most, whole);
        ck_ok(read_prefix(&back, path, 0, NULL));
        check_same_layers(s, back, "shards");
        check_same_slots(s, back, "shards");
        snapshot_free(back);
        empty_folder(&f);
    }
    snapshot_free(s);
}
END_TEST

static void check_loads_as(const char *path, const snapshot *expected)
{
    snapshot *back;
    ck_ok(read_prefix(&back, path, 0, NULL));
    ck_assert_uint_eq(back->parts, expected->parts);
    check_same_layers(expected, back, path);
    check_same_slots(expected, back, path);
    snapshot_free(back);
}

START_TEST(test_tf_checkpoint_files__a_prefix_is_overwritten)
{
    static const char *const old_ones[] = { "keras2.15/A4.h5", "keras2.15/Csgd.h5" };
    snapshot *new = read_file(GOLDEN "keras2.15/A4nd.h5");
    for (size_t i = 0; i < 2; i++) {
        folder f = folder_make();
        char path[128], fresh[128], golden[128];
        snprintf(path, sizeof path, "%s/w", f.path);
        snprintf(fresh, sizeof fresh, "%s/fresh", f.path);
        snprintf(golden, sizeof golden, GOLDEN "%s", old_ones[i]);
        snapshot *old = read_file(golden);
        write_prefix(old, path, "tf-weights", NULL);
        write_prefix(new, path, "tf-weights", NULL);
        write_prefix(new, fresh, "tf-weights", NULL);
        check_same_files(path, fresh, ".index");
        check_same_files(path, fresh, ".data-00000-of-00001");
        ck_assert_int_eq(count_files(&f), 5); /* two of each, and `checkpoint` */
        snapshot_free(old);
        empty_folder(&f);
    }
    snapshot_free(new);
}
END_TEST

/* After every number of renames: the old or the new one, whole, and never the old one again. `detour` renames come
 * before the first new one is whole. */
static void check_moments(const snapshot *old, size_t old_shards, const snapshot *new, size_t shards,
                          long detour, long renames)
{
    const format_options before = { .own = SHARDS(old_shards) }, after = { .own = SHARDS(shards) };
    const format *tf;
    long last = 0;
    ck_ok(format_by_name(&tf, "tf-weights"));
    for (long n = 0; !last; n++) {
        folder f = folder_make();
        char path[128];
        transaction *t;
        snprintf(path, sizeof path, "%s/w", f.path);
        write_prefix(old, path, "tf-weights", &before);
        ck_ok(transaction_begin(&t, path));
        ck_ok(tf->write(new, t, &after));
        renames_left = n;
        horn_status status = transaction_commit(t);
        renames_left = -1;
        transaction_free(t);
        if (!status) last = n;
        check_loads_as(path, n < detour ? old : new);
        write_prefix(old, path, "tf-weights", &before);
        check_loads_as(path, old);
        ck_assert_uint_eq(count_files(&f), old_shards + 2);
        empty_folder(&f);
    }
    ck_assert_int_eq(last, renames);
}

START_TEST(test_tf_checkpoint_files__an_overwritten_prefix_is_whole_at_each_moment)
{
    snapshot *old = read_file(GOLDEN "keras2.15/Csgd.h5"), *new = read_file(GOLDEN "keras2.15/A4.h5");
    check_moments(old, 1, new, 1, 2, 5); /* data, index; data, index, state */
    check_moments(old, 3, new, 3, 4, 9);
    check_moments(old, 1, new, 3, 4, 5); /* data, data, data, index, state */
    check_moments(old, 3, new, 1, 2, 3);
    check_moments(old, 1, new, 2, 3, 4);
    check_moments(old, 2, new, 1, 2, 3);
    snapshot_free(old);
    snapshot_free(new);
}
END_TEST

/* What no index names goes: only data files of this very name. */
START_TEST(test_tf_checkpoint_files__left_data_files_go)
{
    static const char *const go[] = { "w.data-00000-of-00002", "w.data-00006-of-00007" };
    static const char *const stay[] = { "w.data-00000-of-00002.txt", "w2.data-00000-of-00002",
                                        "w.data-0000-of-00002", "w.data-0000a-of-00002" };
    snapshot *s = read_golden("tf2.15/alone", NULL);
    bytes text = { (unsigned char[]){ 'x' }, 1, 1, false };
    folder f = folder_make();
    char path[128];
    for (size_t i = 0; i < 6; i++) {
        snprintf(path, sizeof path, "%s/%s", f.path, i < 2 ? go[i] : stay[i - 2]);
        put_file(path, &text);
    }
    snprintf(path, sizeof path, "%s/w", f.path);
    write_prefix(s, path, "tf-weights", NULL);
    for (size_t i = 0; i < 6; i++) {
        snprintf(path, sizeof path, "%s/%s", f.path, i < 2 ? go[i] : stay[i - 2]);
        ck_assert_msg((access(path, F_OK) == 0) == (i >= 2), "%s", path);
    }
    snapshot_free(s);
    empty_folder(&f);
}
END_TEST

TEST_MAIN(test_tf_checkpoint_files__tensors_are_spread_over_shards,
          test_tf_checkpoint_files__a_prefix_is_overwritten,
          test_tf_checkpoint_files__an_overwritten_prefix_is_whole_at_each_moment,
          test_tf_checkpoint_files__left_data_files_go)
