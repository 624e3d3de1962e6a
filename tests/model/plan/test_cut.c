/* How work is cut: the table in cut.h, and properties of every batch. */
#include "test.h"

#include "model/plan/cut.h"

START_TEST(test_cut__below_512_samples_there_are_eight_lanes)
{
    ck_assert_uint_eq(cut_lanes(1), 8);
    ck_assert_uint_eq(cut_lanes(511), 8);
    ck_assert_uint_eq(cut_parts(511), 8);
    ck_assert_uint_eq(cut_gradient_parts(511, 100000), 8);
    ck_assert_uint_eq(cut_leaves(511), 1);
    ck_assert_uint_eq(cut_slice(256, 1000), 32);
    ck_assert_uint_eq(cut_slice(40, 1000), 20);
    ck_assert_uint_eq(cut_slice(400, 1000), 50);
    ck_assert_uint_eq(cut_slice(400, 7), 7);
}
END_TEST

START_TEST(test_cut__above_they_follow_the_batch)
{
    static const size_t rows[][4] = { { 512, 16, 64, 1 },    { 1023, 16, 64, 1 },    { 1024, 32, 64, 2 },
                                      { 2048, 64, 64, 4 },   { 4096, 64, 64, 8 },    { 32767, 64, 64, 32 },
                                      { 32768, 64, 64, 64 }, { 1000000, 64, 64, 64 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert_uint_eq(cut_lanes(rows[i][0]), rows[i][1]);
        ck_assert_uint_eq(cut_parts(rows[i][0]), rows[i][2]);
        ck_assert_uint_eq(cut_leaves(rows[i][0]), rows[i][3]);
    }
    ck_assert_uint_eq(cut_gradient_parts(512, 128), 8);
    ck_assert_uint_eq(cut_gradient_parts(512, 2048), 21);
    ck_assert_uint_eq(cut_gradient_parts(512, 100000), 64);
    ck_assert_uint_eq(cut_groups(8, 8), 8);
    ck_assert_uint_eq(cut_groups(8, 21), 4);
    ck_assert_uint_eq(cut_groups(2, 8), 2);
    ck_assert_uint_eq(cut_groups(64, 64), 1);
}
END_TEST

/* For every batch size: slices cover all samples, each lane has slices, leaves have at least 512 samples, and a plan for it has
 * space for smaller batches. */
START_TEST(test_cut__every_batch_is_cut_whole)
{
    static const size_t caches[] = { 1, 3, 31, 32, 200, 1000000 };
    for (size_t c = 0; c < sizeof caches / sizeof *caches; c++) {
        size_t most = 0, most_rows = 0;
        for (size_t n = 1; n < 5000; n += n < 1100 ? 1 : 31) {
            const size_t rows = cut_slice(n, caches[c]), slices = (n + rows - 1) / rows,
                         tasks = cut_tasks(n, caches[c]);
            ck_assert_uint_ge(rows, 1);
            ck_assert_uint_le(rows, caches[c]);
            ck_assert_uint_le(tasks, cut_lanes(n));
            for (size_t t = 0; t < tasks; t++)
                ck_assert_uint_lt(slices * t / tasks, slices * (t + 1) / tasks);
            ck_assert_uint_ge(n / cut_leaves(n), cut_leaves(n) > 1 ? 512 : 1);
            most = tasks > most ? tasks : most;
            most_rows = rows > most_rows ? rows : most_rows;
            ck_assert_uint_ge(cut_most_slice(n, caches[c]), most_rows);
            ck_assert_uint_le(cut_most_slice(n, caches[c]), caches[c]);
            ck_assert_uint_ge(cut_most_tasks(n, caches[c]), most);
            ck_assert_uint_le(cut_most_tasks(n, caches[c]), n);
        }
    }
}
END_TEST

START_TEST(test_cut__ranges_follow_each_other)
{
    for (size_t total = 0; total < 300; total += 7)
        for (size_t count = 1; count <= 64; count += 9) {
            size_t at = 0;
            for (size_t i = 0; i < count; i++) {
                const range r = cut_range(total, 16, i, count);
                ck_assert_uint_eq(r.first, at);
                ck_assert(r.first % 16 == 0 || r.first == total);
                at = r.end;
            }
            ck_assert_uint_eq(at, total);
        }
}
END_TEST

/* The sum of these values depends on the order of addition. */
START_TEST(test_cut__sums_meet_in_a_tree_from_512_samples_on)
{
    const double v[] = { 1e16, 1, -1e16, 1, 0.5 };
    ck_assert_double_eq(cut_sum(511, v, 1, 5), (((1e16 + 1) + -1e16) + 1) + 0.5);
    ck_assert_double_eq(cut_sum(512, v, 1, 5), ((1e16 + 1) + (-1e16 + 1)) + 0.5);
    ck_assert_double_ne(cut_sum(511, v, 1, 5), cut_sum(512, v, 1, 5));
    ck_assert_double_eq(cut_sum(512, v + 1, 2, 2), 2);
    ck_assert_double_eq(cut_sum(511, v, 1, 0), 0);
    ck_assert_uint_eq(cut_branch(2), 1);
    ck_assert_uint_eq(cut_branch(8), 4);
    ck_assert_uint_eq(cut_branch(63), 32);
}
END_TEST

TEST_MAIN(test_cut__below_512_samples_there_are_eight_lanes, test_cut__above_they_follow_the_batch,
          test_cut__every_batch_is_cut_whole, test_cut__ranges_follow_each_other,
          test_cut__sums_meet_in_a_tree_from_512_samples_on)
