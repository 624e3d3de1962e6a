#include "test.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include "tensor/images/pooling.h"
#include "tensor/random.h"

/* Few different values, so that maxima are often equal. */
static float *values_new(size_t n, uint32_t which, float levels)
{
    float *x = malloc(n * sizeof *x);
    random_uniforms(random_key_make(7, 100, which), 0, 0, n, x);
    for (size_t i = 0; i < n; i++) x[i] = floorf((x[i] - 0.5f) * levels);
    return x;
}

typedef struct pools {
    size_t rows, x_count, y_count;
    float *x, *dy;
    /* what naive loops say */
    double *max, *mean, *max_dx, *mean_dx;
} pools;

/* Cell `cell` of the window of y[at]: its index in x, SIZE_MAX where it is outside. */
static size_t find_cell(const pooling *p, size_t at, size_t cell)
{
    size_t c = at % p->channels, ox = at / p->channels % p->out_width;
    size_t oy = at / p->channels / p->out_width % p->out_height;
    size_t n = at / p->channels / p->out_width / p->out_height;
    size_t iy = oy * p->stride_y + cell / p->window_width - p->pad_top; /* wraps to huge above 0 */
    size_t ix = ox * p->stride_x + cell % p->window_width - p->pad_left;
    if (iy >= p->height || ix >= p->width) return SIZE_MAX;
    return ((n * p->height + iy) * p->width + ix) * p->channels + c;
}

static pools pools_new(const pooling *p, size_t rows)
{
    pools m = { .rows = rows };
    m.x_count = rows * p->height * p->width * p->channels;
    m.y_count = rows * p->out_height * p->out_width * p->channels;
    m.x = values_new(m.x_count, 1, p->window_height * p->window_width > 25 ? 1000 : 5);
    m.dy = values_new(m.y_count, 2, 1000);
    m.max = calloc(m.y_count, sizeof(double)), m.mean = calloc(m.y_count, sizeof(double));
    m.max_dx = calloc(m.x_count, sizeof(double)), m.mean_dx = calloc(m.x_count, sizeof(double));
    for (size_t y = 0; y < m.y_count; y++) {
        size_t best = SIZE_MAX, cells = 0, window = p->window_height * p->window_width;
        for (size_t cell = 0; cell < window; cell++) {
            size_t x = find_cell(p, y, cell);
            if (x == SIZE_MAX) continue;
            if (best == SIZE_MAX || m.x[x] > m.x[best]) best = x;
            m.mean[y] += (double)m.x[x];
            cells++;
        }
        ck_assert_uint_gt(cells, 0);
        m.max[y] = (double)m.x[best];
        m.mean[y] /= (double)cells;
        m.max_dx[best] += (double)m.dy[y];
        for (size_t cell = 0; cell < window; cell++)
            if (find_cell(p, y, cell) != SIZE_MAX)
                m.mean_dx[find_cell(p, y, cell)] += (double)m.dy[y] / (double)cells;
    }
    return m;
}

static void pools_free(pools *m)
{
    free(m->x), free(m->dy), free(m->max), free(m->mean), free(m->max_dx), free(m->mean_dx);
}

static void compare(const pooling *p, const char *what, const float *got, const double *expected, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(fabs((double)got[i] - expected[i]) <= 2e-6 * fmax(1, fabs(expected[i])) * 100,
                      "%zux%zux%zu, window %zux%zu, strides %zu %zu, pad %zu %zu: %s[%zu] is %g, expected %g",
                      p->height, p->width, p->channels, p->window_height, p->window_width, p->stride_y,
                      p->stride_x, p->pad_top, p->pad_left, what, i, (double)got[i], expected[i]);
}

static void check(const pooling *p, size_t rows)
{
    pools m = pools_new(p, rows);
    float *y = calloc(m.y_count, sizeof *y), *dx = calloc(m.x_count, sizeof *dx);
    unsigned char *positions = calloc(m.y_count, pooling_position_size(p));
    pooling_max(p, rows, m.x, y, NULL);
    compare(p, "max alone", y, m.max, m.y_count);
    for (size_t i = 0; i < m.y_count; i++) y[i] = NAN; /* overwritten, as dx */
    for (size_t i = 0; i < m.x_count; i++) dx[i] = NAN;
    pooling_max(p, rows, m.x, y, positions);
    compare(p, "max", y, m.max, m.y_count);
    pooling_max_gradient(p, rows, positions, NULL, m.dy, dx);
    compare(p, "dx of max", dx, m.max_dx, m.x_count);
    for (size_t i = 0; i < m.x_count; i++) dx[i] = NAN;
    for (size_t i = 0; i < m.x_count; i++) m.max_dx[i] = m.x[i] > 0 ? m.max_dx[i] : 0;
    pooling_max_gradient(p, rows, positions, y, m.dy, dx);
    compare(p, "dx of max of relu", dx, m.max_dx, m.x_count);
    for (size_t i = 0; i < m.y_count; i++) y[i] = NAN;
    for (size_t i = 0; i < m.x_count; i++) dx[i] = NAN;
    pooling_average(p, rows, m.x, y);
    compare(p, "mean", y, m.mean, m.y_count);
    pooling_average_gradient(p, rows, m.dy, dx);
    compare(p, "dx of mean", dx, m.mean_dx, m.x_count);
    free(positions), free(y), free(dx);
    pools_free(&m);
}

/* As layers do: TensorFlow's "same" or "valid". False where there is no window. */
static bool fit(pooling *p, bool same)
{
    if (!same && (p->window_height > p->height || p->window_width > p->width)) return false;
    p->out_height = ((same ? p->height : p->height - p->window_height + 1) + p->stride_y - 1) / p->stride_y;
    p->out_width = ((same ? p->width : p->width - p->window_width + 1) + p->stride_x - 1) / p->stride_x;
    size_t total_y = (p->out_height - 1) * p->stride_y + p->window_height;
    size_t total_x = (p->out_width - 1) * p->stride_x + p->window_width;
    p->pad_top = same && total_y > p->height ? (total_y - p->height) / 2 : 0;
    p->pad_left = same && total_x > p->width ? (total_x - p->width) / 2 : 0;
    return true;
}

START_TEST(test_pooling__every_combination_is_what_naive_loops_say)
{
    static const size_t sizes[][2] = { { 1, 1 }, { 3, 2 }, { 5, 6 }, { 9, 7 } };
    static const size_t windows[][2] = { { 1, 1 }, { 2, 2 }, { 3, 3 }, { 1, 3 }, { 5, 2 } };
    static const size_t strides[][2] = { { 1, 1 }, { 2, 2 }, { 3, 1 }, { 2, 5 } };
    static const size_t channels[] = { 1, 3, 16, 37 };
    size_t count = 0;
    for (size_t i = 0; i < (size_t)4 * 5 * 4 * 4 * 2; i++) {
        const size_t *n = sizes[i % 4], *k = windows[i / 4 % 5], *s = strides[i / 20 % 4];
        pooling p = { .channels = channels[i / 80 % 4],
                      .height = n[0],
                      .width = n[1],
                      .window_height = k[0],
                      .window_width = k[1],
                      .stride_y = s[0],
                      .stride_x = s[1] };
        if (!fit(&p, i / 320)) continue;
        check(&p, 1 + i % 3);
        count++;
    }
    ck_assert_uint_gt(count, 400);
}
END_TEST

/* More cells than a byte can tell apart. */
START_TEST(test_pooling__large_windows_too)
{
    for (size_t window = 15; window < 19; window++)
        for (int same = 0; same < 2; same++) {
            pooling p = { 3, 20, 18, window, window, 2, 1, 0, 0, 0, 0 };
            ck_assert(fit(&p, same));
            check(&p, 1);
        }
}
END_TEST

START_TEST(test_pooling__negative_values_beat_the_padding)
{
    pooling p = { 1, 1, 1, 3, 3, 1, 1, 1, 1, 1, 1 };
    unsigned char position = 0;
    float x = -INFINITY, y = 0, dy = 2, dx = 0;
    pooling_max(&p, 1, &x, &y, &position);
    ck_assert_float_eq(y, -INFINITY);
    ck_assert_uint_eq(position, 4);
    pooling_max_gradient(&p, 1, &position, NULL, &dy, &dx);
    ck_assert_float_eq(dx, 2);
}
END_TEST

START_TEST(test_pooling__a_position_has_room_for_its_window)
{
    pooling p = { .window_height = 16, .window_width = 16 };
    ck_assert_uint_eq(pooling_position_size(&p), 1);
    p.window_width = 17;
    ck_assert_uint_eq(pooling_position_size(&p), 4);
}
END_TEST

TEST_MAIN(test_pooling__every_combination_is_what_naive_loops_say, test_pooling__large_windows_too,
          test_pooling__negative_values_beat_the_padding, test_pooling__a_position_has_room_for_its_window)
