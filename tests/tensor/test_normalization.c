#include "test.h"

#include <math.h>
#include "tensor/normalization.h"

enum { ROWS = 77, COLUMNS = 37, N = ROWS * COLUMNS };

static float x[N], dy[N], y[N], mean[COLUMNS], factor[COLUMNS], shift[COLUMNS], part[COLUMNS], slope[COLUMNS];

/* Column c lies around 10 c with a deviation of about 1. */
static void fill(size_t columns)
{
    for (size_t i = 0; i < N; i++) {
        x[i] = 10 * (float)(i % columns) + sinf((float)i * 1.7f);
        dy[i] = cosf((float)i * 0.9f);
    }
    for (size_t c = 0; c < COLUMNS; c++) {
        mean[c] = 10 * (float)c + 0.01f, factor[c] = 1 + (float)c * 0.1f, shift[c] = 0.3f - (float)c * 0.01f;
        part[c] = 0.01f * (float)c, slope[c] = 0.1f;
    }
}

/* The variance is what suffers where sums of squares lose digits. */
START_TEST(test_normalization__sums_keep_the_digits_of_a_variance)
{
    for (size_t rows = 1; rows <= ROWS; rows += rows < 20 ? 1 : 19)
        for (size_t columns = 1; columns <= COLUMNS; columns += 9) {
            fill(columns);
            double sums[COLUMNS + 1] = { 0 }, squares[COLUMNS + 1] = { 0 };
            sums[columns] = squares[columns] = 5;
            normalization_sums(rows / 2, columns, x, sums, squares); /* added to */
            normalization_sums(rows - rows / 2, columns, x + rows / 2 * columns, sums, squares);
            ck_assert(sums[columns] == 5 && squares[columns] == 5);
            for (size_t c = 0; c < columns; c++) {
                double sum = 0, square = 0;
                for (size_t row = 0; row < rows; row++) sum += (double)x[row * columns + c];
                for (size_t row = 0; row < rows; row++)
                    square += pow((double)x[row * columns + c] - sum / (double)rows, 2);
                double found = squares[c] - sums[c] * sums[c] / (double)rows;
                ck_assert_double_eq_tol(sums[c], sum, 1e-6 * (double)rows);
                ck_assert_double_eq_tol(found, square, 1e-6 * square + 1e-8);
            }
        }
}
END_TEST

START_TEST(test_normalization__sums_back_are_a_plain_loop)
{
    for (size_t rows = 0; rows <= ROWS; rows += rows < 20 ? 1 : 19)
        for (size_t columns = 1; columns <= COLUMNS; columns += 9) {
            fill(columns);
            double sums[COLUMNS + 1] = { 1 }, products[COLUMNS + 1] = { 2 };
            sums[columns] = products[columns] = 5;
            normalization_sums_back(rows, columns, x, dy, mean, sums, products);
            ck_assert(sums[columns] == 5 && products[columns] == 5);
            for (size_t c = 0; c < columns; c++) {
                double sum = c == 0, product = c == 0 ? 2 : 0, scale = 1;
                for (size_t i = c; i < rows * columns; i += columns) {
                    sum += (double)dy[i];
                    product += (double)dy[i] * ((double)x[i] - (double)mean[c]);
                    scale += fabs((double)x[i] - (double)mean[c]);
                }
                ck_assert_double_eq_tol(sums[c], sum, 1e-6 * (double)(rows + 1));
                ck_assert_double_eq_tol(products[c], product, 1e-6 * scale);
            }
        }
}
END_TEST

START_TEST(test_normalization__both_ways_and_relu)
{
    fill(COLUMNS);
    x[COLUMNS] = NAN;
    static const float tops[] = { -1, INFINITY, 0.5f };
    for (int k = 0; k < 3; k++) {
        const bool relu = tops[k] > 0;
        normalization_apply(ROWS, COLUMNS, x, mean, factor, shift, relu ? &tops[k] : NULL, y);
        for (size_t i = 0; i < N; i++) {
            float difference = x[i] - mean[i % COLUMNS], product = difference * factor[i % COLUMNS];
            float wanted = product + shift[i % COLUMNS];
            if (relu && wanted < 0) wanted = 0;
            if (relu && wanted > tops[k]) wanted = tops[k];
            ck_assert(isnan(wanted) ? isnan(y[i]) : y[i] == wanted);
        }
    }
    normalization_apply_back(ROWS, COLUMNS, x, dy, mean, factor, part, slope, y);
    for (size_t i = 0; i < N; i++) {
        size_t c = i % COLUMNS;
        double wanted =
            (double)factor[c] * ((double)(dy[i] - part[c]) - (double)((x[i] - mean[c]) * slope[c]));
        ck_assert(isnan(wanted) ? isnan(y[i]) : fabs((double)y[i] - wanted) < 1e-5 * (double)factor[c] * 10);
    }
}
END_TEST

TEST_MAIN(test_normalization__sums_keep_the_digits_of_a_variance,
          test_normalization__sums_back_are_a_plain_loop, test_normalization__both_ways_and_relu)
