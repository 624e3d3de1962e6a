/* What the fuzzer found, and where it begins, once more: tests/fuzz/corpus has a folder for each reader. */
#include "fuzz/seeds.h"

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include "test.h"
#include "base/files/folder.h"
#include "formats/format.h"

#define CORPUS "tests/fuzz/corpus/"

static size_t tried;

/* So that a block that is far too large is refused, and fuzz_read says so. */
static void limit_memory(void)
{
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    const struct rlimit most = { (rlim_t)2 << 30, (rlim_t)2 << 30 };
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &most), 0);
#endif
}

static void use(void *context, const char *name, const bytes *packed)
{
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    fuzz_read(context, packed->data, packed->size);
    clock_gettime(CLOCK_MONOTONIC, &end);
    const double took = (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
    ck_assert_msg(took < 5, "%s: %g s", name, took);
    tried++;
}

START_TEST(test_corpus__every_format_that_is_read_is_tried)
{
    for (size_t i = 0; format_at(i); i++)
        ck_assert_msg(!format_at(i)->reads || fuzz_reader_by_name(format_at(i)->name),
                      "%s has no reader in tests/fuzz/reader.c", format_at(i)->name);
}
END_TEST

START_TEST(test_corpus__seeds_do_no_harm)
{
    const fuzz_reader *reader;
    limit_memory();
    for (size_t i = 0; (reader = fuzz_reader_at(i)); i++) {
        tried = 0;
        fuzz_seeds(reader, use, (void *)reader);
        ck_assert_uint_gt(tried, 0);
    }
}
END_TEST

START_TEST(test_corpus__findings_do_no_harm)
{
    char **readers, **names, path[400];
    size_t reader_count, count;
    limit_memory();
    ck_ok(folder_list(CORPUS, &readers, &reader_count));
    for (size_t i = 0; i < reader_count; i++) {
        const fuzz_reader *reader = fuzz_reader_by_name(readers[i]);
        ck_assert_msg(reader != NULL, "%s", readers[i]);
        snprintf(path, sizeof path, CORPUS "%s", readers[i]);
        ck_ok(folder_list(path, &names, &count));
        for (size_t k = 0; k < count; k++) {
            bytes content = { 0 };
            snprintf(path, sizeof path, CORPUS "%s/%s", readers[i], names[k]);
            ck_ok(file_read(&content, path, 0));
            use((void *)reader, path, &content);
            bytes_free(&content);
        }
        folder_list_free(names, count);
    }
    folder_list_free(readers, reader_count);
}
END_TEST

TEST_MAIN(test_corpus__every_format_that_is_read_is_tried, test_corpus__seeds_do_no_harm,
          test_corpus__findings_do_no_harm)
