/* Files that are cut while they are read, and systems that give few bytes at a time: a load says so in one line, or has every
 * weight. libc's read is replaced by the one below. */
#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "model/small_run.h"

static struct {
    /* The most that a read gives; 0: reads are as they are. */
    size_t most;
    /* Of the file of this name the size becomes `size` before read number `at`, counted from 0; -1: never. */
    const char *name;
    long at, count;
    off_t size;
} cut;

ssize_t read(int file, void *data, size_t size)
{
    char link[32], path[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    const ssize_t length = cut.most ? readlink(link, path, sizeof path - 1) : 0;
    path[length > 0 ? length : 0] = 0;
    if (cut.name && strstr(path, cut.name) && cut.count++ == cut.at && truncate(path, cut.size) != 0) abort();
    return syscall(SYS_read, file, data, cut.most && size > cut.most ? cut.most : size);
}

static horn_model *make(void)
{
    horn_model *m;
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .threads = 1 }));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 160, .input_shape = { 150 } })));
    ck_ok(horn_model_compile(m, &(horn_compile_options){ .loss = horn_mean_squared_error(NULL) }));
    return m;
}

static bool is_same(horn_model *a, horn_model *b)
{
    horn_weight p, q;
    for (size_t i = 0; i < horn_model_weight_count(a); i++) {
        ck_ok(horn_model_get_weight(&p, a, i));
        ck_ok(horn_model_get_weight(&q, b, i));
        if (memcmp(p.view.data, q.view.data, horn_view_count(&p.view) * sizeof(float)) != 0) return false;
    }
    return true;
}

static const struct {
    const char *save, *file;
} ways[] = {
    { "m.h5", "m.h5" }, { "m.keras", "m.keras" }, { "w", "w.data-00000-of-00001" }, { "w", "w.index" }
};

START_TEST(test_cut_loads__few_bytes_at_a_time_are_all_read)
{
    static const size_t most[] = { 1000, 4096, 65536 };
    setup();
    horn_model *m = make(), *back;
    for (size_t i = 0; i < 3; i++) {
        ck_ok(horn_model_save(m, in_folder(ways[i].save), NULL));
        for (size_t k = 0; k < 3; k++) {
            cut.most = most[k];
            const horn_status status = horn_model_load(&back, in_folder(ways[i].save), NULL);
            cut.most = 0;
            ck_ok(status);
            ck_assert(is_same(m, back));
            horn_model_free(back);
        }
    }
    horn_model_free(m);
    cleanup();
}
END_TEST

/* Returns how many reads the file took. */
static long load_cut(horn_model *m, size_t way, long at, int part)
{
    horn_model *back = NULL;
    struct stat facts;
    ck_ok(horn_model_save(m, in_folder(ways[way].save), NULL));
    ck_assert_int_eq(stat(in_folder(ways[way].file), &facts), 0);
    cut.most = 8192;
    cut.name = ways[way].file;
    cut.at = at;
    cut.count = 0;
    cut.size = facts.st_size * part / 4;
    const horn_status status = horn_model_load(&back, in_folder(ways[way].save), NULL);
    cut.most = 0;
    cut.name = NULL;
    if (!status) ck_assert(is_same(m, back));
    if (status) {
        ck_assert_msg(status == HORN_ERROR_FILE || status == HORN_ERROR_FORMAT, "%d: %s", status,
                      horn_last_error());
        ck_assert_ptr_nonnull(strstr(horn_last_error(), ways[way].save));
        ck_assert_ptr_null(strchr(horn_last_error(), '\n'));
    }
    horn_model_free(back);
    return at >= 0 && cut.count > at && cut.size <= at * 8192 ? -(long)status : cut.count;
}

/* What was read before the cut is not read again, so that a load may still succeed; behind the cut it fails. */
START_TEST(test_cut_loads__a_file_that_shrinks_is_refused)
{
    setup();
    horn_model *m = make();
    for (size_t way = 0; way < 4; way++) {
        const long reads = load_cut(m, way, -1, 4);
        ck_assert_int_gt(reads, 0);
        int refused = 0;
        for (long at = 0; at < reads; at += 1 + reads / 6)
            for (int part = 0; part < 4; part++) refused += load_cut(m, way, at, part) < 0;
        ck_assert_msg(refused > 0 || reads == 1, "%s: %ld reads", ways[way].file, reads);
    }
    horn_model_free(m);
    cleanup();
}
END_TEST

TEST_MAIN(test_cut_loads__few_bytes_at_a_time_are_all_read, test_cut_loads__a_file_that_shrinks_is_refused)
