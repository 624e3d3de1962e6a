/* Places of buffers: those that are in use at the same time do not overlap, and others share memory. */
#include "test.h"

#include "model/plan/places.h"

enum { MOST = 300 };

static bool overlap(size_t a, size_t a_end, size_t b, size_t b_end)
{
    return a < b_end && b < a_end;
}

static size_t choose(place *p, size_t count)
{
    size_t size;
    ck_ok(places_choose(p, count, &size));
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_eq(p[i].at % PLACES_LINE, 0);
        ck_assert_uint_le(p[i].at + p[i].size, size);
        for (size_t k = 0; k < i; k++)
            if (overlap(p[i].first, p[i].last + 1, p[k].first, p[k].last + 1))
                ck_assert(!overlap(p[i].at, p[i].at + p[i].size, p[k].at, p[k].at + p[k].size));
    }
    return size;
}

START_TEST(test_places__do_not_overlap)
{
    place p[MOST];
    unsigned seed = 1;
    for (int round = 0; round < 100; round++) {
        size_t sum = 0, most = 0;
        for (size_t i = 0; i < MOST; i++) {
            seed = seed * 1664525u + 1013904223u;
            const size_t first = seed >> 20;
            p[i] = (place){ .first = first, .last = first + (seed >> 8) % 200, .size = (seed >> 4) % 5000 };
        }
        const size_t size = choose(p, MOST);
        for (size_t i = 0; i < MOST; i++) {
            size_t alive = 0;
            for (size_t k = 0; k < MOST; k++)
                if (p[k].first <= p[i].first && p[i].first <= p[k].last) alive += p[k].size;
            if (alive > most) most = alive;
            sum += p[i].size;
        }
        ck_assert_uint_ge(size, most);
        ck_assert_uint_lt(size, 2 * most);
        ck_assert_uint_lt(size, sum / 2);
    }
}
END_TEST

START_TEST(test_places__of_a_chain_are_two)
{
    place p[MOST];
    for (size_t i = 0; i < MOST; i++) p[i] = (place){ .first = i, .last = i + 1, .size = 640 };
    ck_assert_uint_eq(choose(p, MOST), 1280);
}
END_TEST

START_TEST(test_places__of_many_buffers_take_little_time)
{
    enum { MANY = 200000 };
    place *p = calloc(MANY, sizeof *p);
    size_t size;
    for (size_t i = 0; i < MANY; i++) p[i] = (place){ .first = i, .last = 2 * MANY - i, .size = 64 + i % 7 };
    ck_ok(places_choose(p, MANY, &size));
    ck_assert_uint_eq(size, (size_t)MANY * 128 - (MANY + 6) / 7 * 64);
    free(p);
}
END_TEST

START_TEST(test_places__beyond_all_memory)
{
    size_t size;
    place p[] = { { .size = SIZE_MAX / 4 }, { .size = SIZE_MAX / 8 } };
    ck_ok(places_choose(p, 2, &size));
    ck_assert_uint_eq(size, SIZE_MAX);
}
END_TEST

TEST_MAIN(test_places__do_not_overlap, test_places__of_a_chain_are_two,
          test_places__of_many_buffers_take_little_time, test_places__beyond_all_memory)
