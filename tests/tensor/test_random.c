#include "test.h"

#include <math.h>
#include <stdint.h>
#include "tensor/random.h"

enum { MANY = 200000 };
static float values[MANY], again[MANY];

/* Random123's kat_vectors, philox4x32 with 10 rounds. */
START_TEST(test_random__philox_known_answers)
{
    static const struct {
        uint64_t counter[2];
        uint32_t key[2], out[4];
    } known[] = {
        { { 0, 0 }, { 0, 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
        { { UINT64_MAX, UINT64_MAX },
          { UINT32_MAX, UINT32_MAX },
          { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
        { { 0x85a308d3243f6a88, 0x0370734413198a2e },
          { 0xa4093822, 0x299f31d0 },
          { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
    };
    for (size_t i = 0; i < 3; i++) {
        uint32_t out[4];
        random_block((random_key){ { known[i].key[0], known[i].key[1] } }, known[i].counter, out);
        for (int j = 0; j < 4; j++) ck_assert_uint_eq(out[j], known[i].out[j]);
    }
}
END_TEST

/* The header's rule: value i is word i / 16 % 4 of block i / 64 * 16 + i % 16. Also past the low half's
 * carry. */
START_TEST(test_random__uniforms_are_words_of_blocks)
{
    random_key key = random_key_make(1, RANDOM_DROPOUT, 2);
    static const uint64_t starts[] = { 0, 1, 63, 64, 1000, ((uint64_t)1 << 34) - 70 };
    for (size_t s = 0; s < sizeof starts / sizeof starts[0]; s++) {
        random_uniforms(key, 9, starts[s], 300, values);
        int faults = 0;
        for (uint64_t i = 0; i < 300; i++) {
            uint64_t at = starts[s] + i;
            uint32_t out[4];
            random_block(key, (uint64_t[2]){ at / 64 * 16 + at % 16, 9 }, out);
            faults += values[i] != (float)(out[at / 16 % 4] >> 8) / 16777216.0f;
        }
        ck_assert_int_eq(faults, 0);
    }
}
END_TEST

typedef void filler(random_key key, uint64_t counter_high, uint64_t first, size_t n, float *out);

START_TEST(test_random__pieces_of_any_size_give_the_same_values)
{
    static filler *const fillers[] = { random_uniforms, random_normals, random_truncated_normals };
    random_key key = random_key_make(5, RANDOM_INITIALIZER, 0);
    for (int f = 0; f < 3; f++) {
        fillers[f](key, 3, 0, 5000, values);
        for (size_t first = 0, n = 1; first < 5000; first += n, n = n % 97 + 1)
            fillers[f](key, 3, first, n < 5000 - first ? n : 5000 - first, again + first);
        ck_assert(memcmp(values, again, 5000 * sizeof(float)) == 0);
        fillers[f](key, 4, 0, 5000, again);
        ck_assert(memcmp(values, again, 5000 * sizeof(float)) != 0);
    }
}
END_TEST

START_TEST(test_random__keys_differ_in_seed_purpose_and_index)
{
    random_key keys[5] = { random_key_make(1, 1, 1), random_key_make(2, 1, 1), random_key_make(1, 2, 1),
                           random_key_make(1, 1, 2), random_key_make((uint64_t)1 << 32 | 1, 1, 1) };
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < i; j++) ck_assert(memcmp(&keys[i], &keys[j], sizeof keys[0]) != 0);
}
END_TEST

/* Mean, deviation, least, greatest; 200,000 values put the mean of a deviation of 1 within 0.01 (4.5 sigma).
 */
static void measure(double m[4])
{
    double sum = 0, squares = 0;
    m[2] = m[3] = values[0];
    for (int i = 0; i < MANY; i++) {
        sum += values[i];
        squares += (double)values[i] * values[i];
        m[2] = fmin(m[2], values[i]);
        m[3] = fmax(m[3], values[i]);
    }
    m[0] = sum / MANY;
    m[1] = sqrt(squares / MANY - m[0] * m[0]);
}

START_TEST(test_random__distributions_have_their_moments)
{
    random_key key = random_key_make(42, RANDOM_INITIALIZER, 7);
    double m[4];
    random_uniforms(key, 0, 0, MANY, values);
    measure(m);
    ck_assert_double_eq_tol(m[0], 0.5, 0.003);
    ck_assert_double_eq_tol(m[1], sqrt(1 / 12.0), 0.002);
    ck_assert(m[2] >= 0 && m[2] < 1e-4 && m[3] < 1 && m[3] > 1 - 1e-4);
    random_normals(key, 0, 0, MANY, values);
    measure(m);
    ck_assert_double_eq_tol(m[0], 0, 0.01);
    ck_assert_double_eq_tol(m[1], 1, 0.01);
    ck_assert(m[2] < -4 && m[3] > 4);
    random_truncated_normals(key, 0, 0, MANY, values);
    measure(m);
    ck_assert_double_eq_tol(m[0], 0, 0.01);
    ck_assert_double_eq_tol(m[1], 0.87962566, 0.006); /* Keras' constant for a normal cut at 2 */
    ck_assert(m[2] >= -2 && m[2] < -1.99 && m[3] <= 2 && m[3] > 1.99);
}
END_TEST

START_TEST(test_random__uniforms_fill_bins_evenly_and_do_not_follow_each_other)
{
    int bins[256] = { 0 };
    double chi = 0, product = 0;
    random_uniforms(random_key_make(8, RANDOM_SHUFFLE, 0), 1, 0, MANY, values);
    for (int i = 0; i < MANY; i++) bins[(int)(values[i] * 256)]++;
    for (int i = 0; i < 256; i++) chi += pow(bins[i] - MANY / 256.0, 2) / (MANY / 256.0);
    ck_assert_msg(chi > 160 && chi < 370, "chi square %g of 255", chi); /* beyond 4 deviations */
    for (int i = 1; i < MANY; i++) product += ((double)values[i] - 0.5) * ((double)values[i - 1] - 0.5);
    ck_assert_double_lt(fabs(product / MANY), 0.001);
}
END_TEST

START_TEST(test_random__dropout_keeps_by_its_uniforms)
{
    enum { N = 1000 };
    random_key key = random_key_make(1, RANDOM_DROPOUT, 3);
    static float x[N], y[N], u[N];
    static uint8_t mask[N], other[N];
    for (int i = 0; i < N; i++) x[i] = (float)(i + 1);
    x[0] = NAN;
    for (uint64_t sample = 0; sample < 3; sample++) {
        random_dropout(key, 17, sample, N, 0.3f, x, y, mask);
        random_uniforms(key, 17, sample << 34, N, u); /* 2^32 blocks of 4 values a sample */
        int kept = 0, faults = 0;
        for (int i = 1; i < N; i++) {
            faults += mask[i] != (u[i] >= 0.3f) || y[i] != (mask[i] ? x[i] * (1.0f / 0.7f) : 0);
            kept += mask[i];
        }
        ck_assert_int_eq(faults, 0);
        ck_assert(mask[0] ? isnan(y[0]) : y[0] == 0);
        ck_assert(kept > 640 && kept < 760);
        random_dropout(key, 17, sample, N, u[5], x, y, other);
        ck_assert_uint_eq(other[5], 1); /* u = rate is kept */
        random_dropout(key, 18, sample, N, 0.3f, x, y, other);
        ck_assert(memcmp(mask, other, N) != 0);
        random_dropout(key, 17, sample + 1, N, 0.3f, x, y, other);
        ck_assert(memcmp(mask, other, N) != 0);
        random_dropout(key, 17, sample, 70, 0.3f, x, y, other);
        ck_assert(memcmp(mask, other, 70) == 0);
    }
    random_dropout(key, 0, 0, N, 0, x, x, mask);
    for (int i = 1; i < N; i++) ck_assert(x[i] == (float)(i + 1) && mask[i] == 1);
}
END_TEST

START_TEST(test_random__permutations)
{
    enum { N = 10007 };
    static uint32_t one[N], two[N], three[N];
    static uint8_t seen[N];
    random_key key = random_key_make(1, RANDOM_SHUFFLE, 0);
    random_permutation(key, 5, one, N);
    random_permutation(key, 6, two, N);
    random_permutation(key, 5, three, N);
    ck_assert(memcmp(one, three, sizeof one) == 0);
    int same = 0, fixed = 0, faults = 0;
    for (int i = 0; i < N; i++) {
        if (one[i] >= N || seen[one[i]]++) faults++;
        same += one[i] == two[i];
        fixed += one[i] == (uint32_t)i;
    }
    ck_assert_int_eq(faults, 0);
    ck_assert(same < 12 && fixed < 12); /* each about 1 */
    random_permutation(key, 0, one, 0);
    random_permutation(key, 0, one, 1);
    ck_assert_uint_eq(one[0], 0);
}
END_TEST

START_TEST(test_random__all_orders_of_four_are_equally_likely)
{
    int counts[256] = { 0 };
    random_key key = random_key_make(2, RANDOM_SHUFFLE, 0);
    for (uint64_t epoch = 0; epoch < 24000; epoch++) {
        uint32_t p[4];
        random_permutation(key, epoch, p, 4);
        counts[p[0] | p[1] << 2 | p[2] << 4 | p[3] << 6]++;
    }
    int orders = 0;
    for (int i = 0; i < 256; i++) {
        orders += counts[i] > 0;
        ck_assert(counts[i] == 0 || (counts[i] > 840 && counts[i] < 1160)); /* 1000, deviation 31 */
    }
    ck_assert_int_eq(orders, 24);
}
END_TEST

TEST_MAIN(test_random__philox_known_answers, test_random__uniforms_are_words_of_blocks,
          test_random__pieces_of_any_size_give_the_same_values,
          test_random__keys_differ_in_seed_purpose_and_index, test_random__distributions_have_their_moments,
          test_random__uniforms_fill_bins_evenly_and_do_not_follow_each_other,
          test_random__dropout_keeps_by_its_uniforms, test_random__permutations,
          test_random__all_orders_of_four_are_equally_likely)
