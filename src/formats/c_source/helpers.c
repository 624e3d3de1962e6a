#include "formats/c_source/helpers.h"

#include <stddef.h>

/* One of: the text of a function; the value of an element v of x; the value of elements v of x and w of y. */
typedef struct helper_text {
    const char *name, *whole, *each, *both;
} helper_text;

static const char window[] =
    "/* x has the axes `in` and c channels, y `out` and k. The window has `size` cells, `stride` from step "
    "to step, `dilation` from cell\n"
    " * to cell; `before` cells lie before the image. */\n"
    "typedef struct window {\n"
    "    int axes, in[3], out[3], size[3], stride[3], dilation[3], before[3], c, k;\n"
    "} window;\n"
    "\n"
    "static int product(const int *numbers, int n)\n"
    "{\n"
    "    int all = 1;\n"
    "    for (int i = 0; i < n; i++) all *= numbers[i];\n"
    "    return all;\n"
    "}\n"
    "\n"
    "/* The cell of x under cell t of the window at place p of y; -1: none. */\n"
    "static int cell_of(const window *s, int p, int t)\n"
    "{\n"
    "    int cell = 0, step = 1;\n"
    "    for (int i = s->axes - 1; i >= 0; i--) {\n"
    "        const int at = p % s->out[i] * s->stride[i] + t % s->size[i] * s->dilation[i] - s->before[i];\n"
    "        if (at < 0 || at >= s->in[i]) return -1;\n"
    "        cell += at * step;\n"
    "        step *= s->in[i];\n"
    "        p /= s->out[i];\n"
    "        t /= s->size[i];\n"
    "    }\n"
    "    return cell;\n"
    "}\n";

static const char matmul[] =
    "static void matmul(const float *x, const float *kernel, float *y, int rows, int inputs, int units)\n"
    "{\n"
    "    for (int r = 0; r < rows; r++) {\n"
    "        for (int u = 0; u < units; u++) y[r * units + u] = 0;\n"
    "        for (int i = 0; i < inputs; i++)\n"
    "            for (int u = 0; u < units; u++) y[r * units + u] += x[r * inputs + i] * kernel[i * units + "
    "u];\n"
    "    }\n"
    "}\n";

static const char convolve[] =
    "/* The kernel is (size, g, k): the c channels lie in groups of g. */\n"
    "static void convolve(const float *x, const float *kernel, float *y, const window *s, int g)\n"
    "{\n"
    "    const int units = s->k / (s->c / g);\n"
    "    for (int p = 0; p < product(s->out, s->axes); p++) {\n"
    "        float *to = y + p * s->k;\n"
    "        for (int u = 0; u < s->k; u++) to[u] = 0;\n"
    "        for (int t = 0; t < product(s->size, s->axes); t++) {\n"
    "            const int cell = cell_of(s, p, t);\n"
    "            for (int c = 0; c < s->c && cell >= 0; c++) {\n"
    "                const float v = x[cell * s->c + c], *k = kernel + (t * g + c % g) * s->k;\n"
    "                for (int u = c / g * units; u < (c / g + 1) * units; u++) to[u] += v * k[u];\n"
    "            }\n"
    "        }\n"
    "    }\n"
    "}\n";

static const char convolve_depthwise[] =
    "/* The kernel is (size, c, m): each channel gives m = k / c. */\n"
    "static void convolve_depthwise(const float *x, const float *kernel, float *y, const window *s)\n"
    "{\n"
    "    const int m = s->k / s->c;\n"
    "    for (int p = 0; p < product(s->out, s->axes); p++) {\n"
    "        float *to = y + p * s->k;\n"
    "        for (int u = 0; u < s->k; u++) to[u] = 0;\n"
    "        for (int t = 0; t < product(s->size, s->axes); t++) {\n"
    "            const int cell = cell_of(s, p, t);\n"
    "            for (int u = 0; u < s->k && cell >= 0; u++) to[u] += x[cell * s->c + u / m] * kernel[t * "
    "s->k + u];\n"
    "        }\n"
    "    }\n"
    "}\n";

static const char convolve_back[] =
    "/* The window is that of a convolution of y, which is (h, w, c), to x, (oh, ow, k); the kernel is (kh, "
    "kw, c, k). */\n"
    "static void convolve_back(const float *x, const float *kernel, float *y, const window *s)\n"
    "{\n"
    "    for (int i = 0; i < product(s->in, s->axes) * s->c; i++) y[i] = 0;\n"
    "    for (int p = 0; p < product(s->out, s->axes); p++)\n"
    "        for (int t = 0; t < product(s->size, s->axes); t++) {\n"
    "            const int cell = cell_of(s, p, t);\n"
    "            for (int c = 0; c < s->c && cell >= 0; c++)\n"
    "                for (int u = 0; u < s->k; u++) y[cell * s->c + c] += x[p * s->k + u] * kernel[(t * s->c "
    "+ c) * s->k + u];\n"
    "        }\n"
    "}\n";

#define POOL(name, start, take, give)                                     \
    "static void " name "(const float *x, float *y, const window *s)\n"   \
    "{\n"                                                                 \
    "    for (int p = 0; p < product(s->out, s->axes); p++)\n"            \
    "        for (int c = 0; c < s->c; c++) {\n"                          \
    "            float v = " start ";\n"                                  \
    "            int n = 0;\n"                                            \
    "            for (int t = 0; t < product(s->size, s->axes); t++) {\n" \
    "                const int cell = cell_of(s, p, t);\n"                \
    "                if (cell < 0) continue;\n"                           \
    "                " take ";\n"                                         \
    "                n++;\n"                                              \
    "            }\n"                                                     \
    "            y[p * s->c + c] = " give ";\n"                           \
    "        }\n"                                                         \
    "}\n"

static const char max_pool[] =
    POOL("max_pool", "0", "if (n == 0 || x[cell * s->c + c] > v) v = x[cell * s->c + c]", "v");
static const char avg_pool[] = POOL("avg_pool", "0", "v += x[cell * s->c + c]", "v / (float)n");

#define OVER_ROWS(name, start, first, take, give)                              \
    "static void " name "(const float *x, float *y, int rows, int channels)\n" \
    "{\n"                                                                      \
    "    for (int c = 0; c < channels; c++) {\n"                               \
    "        float v = " start ";\n"                                           \
    "        for (int r = " first "; r < rows; r++) " take ";\n"               \
    "        y[c] = " give ";\n"                                               \
    "    }\n"                                                                  \
    "}\n"

static const char mean[] = OVER_ROWS("mean", "0", "0", "v += x[r * channels + c]", "v / (float)rows");
static const char max[] =
    OVER_ROWS("max", "x[c]", "1", "v = x[r * channels + c] > v ? x[r * channels + c] : v", "v");

static const char normalize[] = "static void normalize(const float *x, float *y, int rows, int channels, "
                                "const float *mean, const float *variance, const float *gamma,\n"
                                "                      const float *beta, float epsilon)\n"
                                "{\n"
                                "    for (int c = 0; c < channels; c++) {\n"
                                "        const float scale = (gamma ? gamma[c] : 1) / sqrtf(variance[c] + "
                                "epsilon), shift = beta ? beta[c] : 0;\n"
                                "        for (int r = 0; r < rows; r++) y[r * channels + c] = (x[r * "
                                "channels + c] - mean[c]) * scale + shift;\n"
                                "    }\n"
                                "}\n";

static const char softmax[] =
    "static void softmax(const float *x, float *y, int rows, int units)\n"
    "{\n"
    "    for (int r = 0; r < rows; r++, x += units, y += units) {\n"
    "        float greatest = x[0], sum = 0;\n"
    "        for (int u = 1; u < units; u++) greatest = x[u] > greatest ? x[u] : greatest;\n"
    "        for (int u = 0; u < units; u++) sum += y[u] = expf(x[u] - greatest);\n"
    "        for (int u = 0; u < units; u++) y[u] /= sum;\n"
    "    }\n"
    "}\n";

#define OVER_CELLS(before, name, arguments, start, cell, end)                                           \
    before "static void " name "(const float *x, float *y, " arguments                                  \
           "int rank, const int *sizes, const int *x_steps, const int *y_steps)\n"                      \
           "{\n"                                                                                        \
           "    int place[16] = { 0 }, from = 0, to = 0, axis = 0;\n" start "    while (axis >= 0) {\n" \
           "        " cell ";\n"                                                                        \
           "        for (axis = rank - 1; axis >= 0; axis--) {\n"                                       \
           "            from += x_steps[axis];\n"                                                       \
           "            to += y_steps[axis];\n"                                                         \
           "            if (++place[axis] < sizes[axis]) break;\n"                                      \
           "            from -= x_steps[axis] * sizes[axis];\n"                                         \
           "            to -= y_steps[axis] * sizes[axis];\n"                                           \
           "            place[axis] = 0;\n"                                                             \
           "        }\n"                                                                                \
           "    }\n" end "}\n"

static const char copy_cells[] =
    OVER_CELLS("/* From each place of `sizes` in x to the same in y; steps are from place to place. */\n",
               "copy_cells", "", "", "y[to] = x[from]", "");
static const char mean_along[] =
    OVER_CELLS("/* The mean of the cells of x that have one place in y, which has n cells. */\n",
               "mean_along", "int n, float share, ", "    for (int i = 0; i < n; i++) y[i] = 0;\n",
               "y[to] += x[from]", "    for (int i = 0; i < n; i++) y[i] *= share;\n");

static const char clear[] = "static void clear(float *y, int n)\n"
                            "{\n"
                            "    for (int i = 0; i < n; i++) y[i] = 0;\n"
                            "}\n";

static const char dot[] = "/* x is (m, k), y (n, k). */\n"
                          "static void dot(const float *x, const float *y, float *z, int m, int n, int k)\n"
                          "{\n"
                          "    for (int i = 0; i < m; i++)\n"
                          "        for (int j = 0; j < n; j++) {\n"
                          "            float sum = 0;\n"
                          "            for (int u = 0; u < k; u++) sum += x[i * k + u] * y[j * k + u];\n"
                          "            z[i * n + j] = sum;\n"
                          "        }\n"
                          "}\n";

static const char resize[] =
    "/* Pixels are areas: between the middles of the four around it each pixel is a mean of them. */\n"
    "static void resize(const float *x, float *y, int h, int w, int c, int oh, int ow)\n"
    "{\n"
    "    for (int p = 0; p < oh * ow; p++) {\n"
    "        const float row = ((float)(p / ow) + 0.5f) * (float)h / (float)oh - 0.5f;\n"
    "        const float column = ((float)(p % ow) + 0.5f) * (float)w / (float)ow - 0.5f;\n"
    "        const int i = (int)floorf(row), j = (int)floorf(column), top = i < 0 ? 0 : i, left = j < 0 ? 0 "
    ": j;\n"
    "        const int bottom = i + 1 < h ? i + 1 : h - 1, right = j + 1 < w ? j + 1 : w - 1;\n"
    "        const float a = row - (float)i, b = column - (float)j;\n"
    "        for (int u = 0; u < c; u++) {\n"
    "            const float over = x[(top * w + left) * c + u] * (1 - b) + x[(top * w + right) * c + u] * "
    "b;\n"
    "            const float under = x[(bottom * w + left) * c + u] * (1 - b) + x[(bottom * w + right) * c + "
    "u] * b;\n"
    "            y[p * c + u] = over * (1 - a) + under * a;\n"
    "        }\n"
    "    }\n"
    "}\n";

static const char gather[] =
    "/* A number that no row has gives zeros. */\n"
    "static void gather(const float *table, const float *x, float *y, int n, int rows, int width)\n"
    "{\n"
    "    for (int i = 0; i < n; i++)\n"
    "        for (int u = 0; u < width; u++)\n"
    "            y[i * width + u] = x[i] > -1 && x[i] < (float)rows ? table[(int)x[i] * width + u] : 0;\n"
    "}\n";

static const char select_text[] =
    "static void choose(const float *condition, const float *x, int nx, const float *y, int ny, float *z, "
    "int n)\n"
    "{\n"
    "    for (int i = 0; i < n; i++) z[i] = condition[i] != 0 ? x[i % nx] : y[i % ny];\n"
    "}\n";

static const char leaky_relu[] = "static void leaky_relu(const float *x, float *y, int n, float slope)\n"
                                 "{\n"
                                 "    for (int i = 0; i < n; i++) y[i] = x[i] > 0 ? x[i] : slope * x[i];\n"
                                 "}\n";

static const helper_text texts[HELPERS] = {
    [HELPER_WINDOW] = { "window", window, NULL, NULL },
    [HELPER_MATMUL] = { "matmul", matmul, NULL, NULL },
    [HELPER_CONVOLVE] = { "convolve", convolve, NULL, NULL },
    [HELPER_CONVOLVE_DEPTHWISE] = { "convolve_depthwise", convolve_depthwise, NULL, NULL },
    [HELPER_CONVOLVE_BACK] = { "convolve_back", convolve_back, NULL, NULL },
    [HELPER_MAX_POOL] = { "max_pool", max_pool, NULL, NULL },
    [HELPER_AVG_POOL] = { "avg_pool", avg_pool, NULL, NULL },
    [HELPER_MEAN] = { "mean", mean, NULL, NULL },
    [HELPER_MAX] = { "max", max, NULL, NULL },
    [HELPER_NORMALIZE] = { "normalize", normalize, NULL, NULL },
    [HELPER_SOFTMAX] = { "softmax", softmax, NULL, NULL },
    [HELPER_COPY_CELLS] = { "copy_cells", copy_cells, NULL, NULL },
    [HELPER_CLEAR] = { "clear", clear, NULL, NULL },
    [HELPER_MEAN_ALONG] = { "mean_along", mean_along, NULL, NULL },
    [HELPER_DOT] = { "dot", dot, NULL, NULL },
    [HELPER_RESIZE] = { "resize", resize, NULL, NULL },
    [HELPER_GATHER] = { "gather", gather, NULL, NULL },
    [HELPER_SELECT] = { "choose", select_text, NULL, NULL },
    [HELPER_LEAKY_RELU] = { "leaky_relu", leaky_relu, NULL, NULL },
    [HELPER_RELU] = { "relu", NULL, "v > 0 ? v : 0", NULL },
    [HELPER_RELU6] = { "relu6", NULL, "v > 6 ? 6 : v > 0 ? v : 0", NULL },
    [HELPER_SIGMOID] = { "sigmoid", NULL, "1 / (1 + expf(-v))", NULL },
    [HELPER_TANH] = { "hyperbolic_tangent", NULL, "tanhf(v)", NULL },
    [HELPER_ELU] = { "elu", NULL, "v > 0 ? v : expm1f(v)", NULL },
    [HELPER_SELU] = { "selu", NULL, "1.05070098f * (v > 0 ? v : 1.67326324f * expm1f(v))", NULL },
    [HELPER_SOFTPLUS] = { "softplus", NULL, "log1pf(expf(-fabsf(v))) + (v > 0 ? v : 0)", NULL },
    [HELPER_NEG] = { "negative", NULL, "-v", NULL },
    [HELPER_RSQRT] = { "rsqrt", NULL, "1 / sqrtf(v)", NULL },
    [HELPER_COPY] = { "copy", NULL, "v", NULL },
    [HELPER_ADD] = { "add", NULL, NULL, "v + w" },
    [HELPER_SUB] = { "subtract", NULL, NULL, "v - w" },
    [HELPER_MUL] = { "multiply", NULL, NULL, "v * w" },
    [HELPER_GREATER] = { "greater", NULL, NULL, "v > w ? 1.0f : 0.0f" },
    [HELPER_MINIMUM] = { "minimum", NULL, NULL, "v < w ? v : w" },
    [HELPER_MAXIMUM] = { "maximum", NULL, NULL, "v > w ? v : w" },
};

const char *helper_name(helper h)
{
    return texts[h].name;
}

static void write_each(bytes *out, const helper_text *t)
{
    bytes_print(out,
                "static void %s(const float *x, float *y, int n)\n"
                "{\n"
                "    for (int i = 0; i < n; i++) {\n"
                "        const float v = x[i];\n"
                "        y[i] = %s;\n"
                "    }\n"
                "}\n",
                t->name, t->each);
}

/* y has m numbers, and is used again from its beginning. */
static void write_both(bytes *out, const helper_text *t)
{
    bytes_print(out,
                "static void %s(const float *x, const float *y, int m, float *z, int n)\n"
                "{\n"
                "    for (int i = 0, j = 0; i < n; i++, j = j + 1 < m ? j + 1 : 0) {\n"
                "        const float v = x[i], w = y[j];\n"
                "        z[i] = %s;\n"
                "    }\n"
                "}\n",
                t->name, t->both);
}

void helpers_write(bytes *out, const bool called[HELPERS])
{
    for (int h = HELPER_NONE + 1; h < HELPERS; h++) {
        const helper_text *t = &texts[h];
        if (!called[h]) continue;
        bytes_print(out, "\n");
        if (t->whole) bytes_print(out, "%s", t->whole);
        if (t->each) write_each(out, t);
        if (t->both) write_both(out, t);
    }
}
