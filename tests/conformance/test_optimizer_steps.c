/* Every optimizer of the registry: its steps against Keras' and against plain formulas, clipping and schedules. */
#include "test.h"

#include "conformance/make_optimizer.h"
#include "golden/steps.h"
#include "golden/torch_steps.h"

/* ---- steps ---- */

enum { MANY = 1003 }; /* vectors, and a rest */

typedef struct state {
    float w[MANY], g[MANY], slots[OPTIMIZER_MAX_SLOTS][MANY];
} state;

static void start(const optimizer *o, state *s)
{
    const char *names[OPTIMIZER_MAX_SLOTS];
    memset(s, 0, sizeof *s);
    for (size_t k = 0, count = o->class->slot_names(o, names); o->class->slot_start && k < count; k++)
        for (size_t i = 0; i < MANY; i++) s->slots[k][i] = o->class->slot_start(o, k);
}

static void take_step(const optimizer *o, state *s, int64_t iteration, size_t first, size_t n)
{
    float *slots[OPTIMIZER_MAX_SLOTS];
    for (int i = 0; i < OPTIMIZER_MAX_SLOTS; i++) slots[i] = s->slots[i] + first;
    step_info info = { .iteration = iteration, .learning_rate = o->learning_rate };
    if (o->class->product) info.product = o->class->product(o, iteration + 1);
    optimizer_update(o, &info, n, s->w + first, s->g + first, slots);
}

/* 3e-6 relative: K2 takes rsqrt and its own order of products, a few units in the last place in each of four
 * steps. */
static void check_steps(const char *name, const char *arguments, const float after[STEPS][STEP_WEIGHTS])
{
    optimizer *o = make_optimizer(name, arguments);
    state s;
    start(o, &s);
    memcpy(s.w, step_start, sizeof step_start);
    for (int t = 0; t < STEPS; t++) {
        memcpy(s.g, step_gradients[t], sizeof step_gradients[t]);
        take_step(o, &s, t, 0, STEP_WEIGHTS);
        for (int i = 0; i < STEP_WEIGHTS; i++) {
            double expected = (double)after[t][i];
            ck_assert_msg(fabs((double)s.w[i] - expected) <= 3e-6 * fabs(expected) + 2e-8,
                          "%s %s: step %d, weight %d is %.9g, expected %.9g", name, arguments, t, i,
                          (double)s.w[i], expected);
        }
    }
    optimizer_free(o);
}

START_TEST(test_optimizer_steps__steps_are_keras_steps)
{
    for (size_t c = 0; c < sizeof step_cases / sizeof step_cases[0]; c++)
        check_steps(step_cases[c].name, step_cases[c].arguments, step_cases[c].after);
}
END_TEST

START_TEST(test_optimizer_steps__by_the_other_rule_they_are_pytorchs)
{
    for (size_t c = 0; c < sizeof torch_cases / sizeof torch_cases[0]; c++)
        check_steps(torch_cases[c].name, torch_cases[c].arguments, torch_cases[c].after);
}
END_TEST

typedef struct reference {
    double w, slots[3];
} reference;

static double pick(const char *arguments, const char *key, double otherwise)
{
    config *c = sample_parse(arguments);
    const config *value = config_get(c, key);
    double number = otherwise;
    if (value && !config_number(value, &number)) number = config_is_true(value);
    config_free(c);
    return number;
}

static void step_sgd(const char *c, double lr, int t, double g, reference *r)
{
    double momentum = pick(c, "momentum", 0), *m = &r->slots[0];
    (void)t;
    *m = momentum * *m - lr * g;
    r->w += pick(c, "nesterov", 0) != 0 ? momentum * *m - lr * g : *m;
}

static void step_rmsprop(const char *c, double lr, int t, double g, reference *r)
{
    double rho = pick(c, "rho", 0.9), momentum = pick(c, "momentum", 0), epsilon = pick(c, "epsilon", 1e-7);
    double *v = &r->slots[0], *m = &r->slots[1], *a = &r->slots[2];
    (void)t;
    *v = rho * *v + (1 - rho) * g * g;
    *a = rho * *a + (1 - rho) * g;
    double d = *v - (pick(c, "centered", 0) != 0 ? *a * *a : 0);
    bool outside = pick(c, "is_legacy_optimizer", 0) != 0 && momentum == 0;
    *m = momentum * *m + lr * g / (outside ? sqrt(d) + epsilon : sqrt(d + epsilon));
    r->w -= *m;
}

static void step_adam(const char *c, double lr, int t, double g, reference *r)
{
    double b1 = pick(c, "beta_1", 0.9), b2 = pick(c, "beta_2", 0.999), epsilon = pick(c, "epsilon", 1e-7);
    double *m = &r->slots[0], *v = &r->slots[1], *h = &r->slots[2];
    *m = b1 * *m + (1 - b1) * g;
    *v = b2 * *v + (1 - b2) * g * g;
    *h = fmax(*h, *v);
    double alpha = lr * sqrt(1 - pow(b2, t + 1)) / (1 - pow(b1, t + 1));
    r->w -= alpha * *m / (sqrt(pick(c, "amsgrad", 0) != 0 ? *h : *v) + epsilon);
}

static void step_adamw(const char *c, double lr, int t, double g, reference *r)
{
    r->w -= lr * pick(c, "weight_decay", 0.004) * r->w;
    step_adam(c, lr, t, g, r);
}

static void step_adamax(const char *c, double lr, int t, double g, reference *r)
{
    double b1 = pick(c, "beta_1", 0.9), b2 = pick(c, "beta_2", 0.999), epsilon = pick(c, "epsilon", 1e-7);
    double *m = &r->slots[0], *u = &r->slots[1];
    *m = b1 * *m + (1 - b1) * g;
    *u = fmax(b2 * *u, fabs(g));
    r->w -= lr / (1 - pow(b1, t + 1)) * *m / (*u + epsilon);
}

static void step_nadam(const char *c, double lr, int t, double g, reference *r)
{
    double b1 = pick(c, "beta_1", 0.9), b2 = pick(c, "beta_2", 0.999), epsilon = pick(c, "epsilon", 1e-7);
    double *m = &r->slots[0], *v = &r->slots[1], *p = &r->slots[2], decay = pick(c, "decay", 1);
    double u = b1 * (1 - 0.5 * pow(0.96, decay * (t + 1))),
           next = b1 * (1 - 0.5 * pow(0.96, decay * (t + 2)));
    if (t == 0) *p = 1;
    *p *= u;
    *m = b1 * *m + (1 - b1) * g;
    *v = b2 * *v + (1 - b2) * g * g;
    double of_m = next * *m / (1 - *p * next), of_g = (1 - u) * g / (1 - *p);
    r->w -= lr * (of_m + of_g) / (sqrt(*v / (1 - pow(b2, t + 1))) + epsilon);
}

static void step_adagrad(const char *c, double lr, int t, double g, reference *r)
{
    double *a = &r->slots[0], epsilon = pick(c, "epsilon", 1e-7);
    if (t == 0) *a = pick(c, "initial_accumulator_value", 0.1);
    *a += g * g;
    r->w -= lr * g / (pick(c, "is_legacy_optimizer", 0) != 0 ? sqrt(*a) + epsilon : sqrt(*a + epsilon));
}

static void step_adadelta(const char *c, double lr, int t, double g, reference *r)
{
    double *a = &r->slots[0], *x = &r->slots[1], rho = pick(c, "rho", 0.95),
           epsilon = pick(c, "epsilon", 1e-7);
    (void)t;
    *a = rho * *a + (1 - rho) * g * g;
    double d = sqrt((*x + epsilon) / (*a + epsilon)) * g;
    *x = rho * *x + (1 - rho) * d * d;
    r->w -= lr * d;
}

static void step_ftrl(const char *c, double lr, int t, double g, reference *r)
{
    double *a = &r->slots[0], *z = &r->slots[1], p = -pick(c, "learning_rate_power", -0.5);
    double l1 = pick(c, "l1_regularization_strength", 0), l2 = pick(c, "l2_regularization_strength", 0);
    if (t == 0) *a = pick(c, "initial_accumulator_value", 0.1);
    l2 += pick(c, "beta", 0) / (2 * lr);
    double b = *a + g * g, shrunk = g + 2 * pick(c, "l2_shrinkage_regularization_strength", 0) * r->w;
    *z += shrunk - (pow(b, p) - pow(*a, p)) / lr * r->w;
    r->w = (fmin(fmax(*z, -l1), l1) - *z) / (pow(b, p) / lr + 2 * l2);
    *a = b;
}

static void step_lion(const char *c, double lr, int t, double g, reference *r)
{
    double *m = &r->slots[0], b1 = pick(c, "beta_1", 0.9), b2 = pick(c, "beta_2", 0.99);
    double d = b1 * *m + (1 - b1) * g;
    (void)t;
    r->w -= lr * (double)((d > 0) - (d < 0));
    *m = b2 * *m + (1 - b2) * g;
}

static const struct {
    const char *name;
    void (*step)(const char *arguments, double lr, int t, double g, reference *);
} formulas[] = {
    { "SGD", step_sgd },         { "RMSprop", step_rmsprop },   { "Adam", step_adam },
    { "AdamW", step_adamw },     { "Adamax", step_adamax },     { "Nadam", step_nadam },
    { "Adagrad", step_adagrad }, { "Adadelta", step_adadelta }, { "Ftrl", step_ftrl },
    { "Lion", step_lion },
};

static float noise(size_t i)
{
    return (float)((i * 2654435761u >> 7) % 20011) / 10005.5f - 1;
}

static void check_formula(const optimizer_class *class, const char *arguments)
{
    static state s;
    reference r[9] = { { 0 } };
    optimizer *o = make_optimizer(class->name, arguments);
    size_t f = SAMPLE_OF(formulas, class->name);
    start(o, &s);
    for (size_t i = 0; i < MANY; i++) s.w[i] = noise(i);
    for (size_t i = 0; i < 9; i++) r[i].w = (double)s.w[MANY - 9 + i]; /* the rest after the vectors too */
    for (int t = 0; t < 5; t++) {
        for (size_t i = 0; i < MANY; i++) s.g[i] = noise(i * 5 + (size_t)t);
        take_step(o, &s, t, 0, MANY);
        for (size_t i = 0; i < 9; i++) {
            formulas[f].step(arguments, (double)o->learning_rate, t, (double)s.g[MANY - 9 + i], &r[i]);
            /* float32 against double: some roundings of 6e-8 a step, on numbers up to about 4 */
            ck_assert_msg(fabs((double)s.w[MANY - 9 + i] - r[i].w) <= 2e-6,
                          "%s %s: step %d: %.9g, expected %.9g", class->name, arguments, t,
                          (double)s.w[MANY - 9 + i], r[i].w);
        }
    }
    optimizer_free(o);
}

START_TEST(test_optimizer_steps__steps_follow_their_formulas)
{
    const optimizer_class *class;
    for (size_t i = 0; (class = optimizer_class_at(i)); i++) {
        check_formula(class, defaults(class->name));
        check_formula(class, said(class->name));
    }
    check_formula(optimizer_class_at(SAMPLE_OF(formulas, "SGD")), "{}");
}
END_TEST

START_TEST(test_optimizer_steps__a_step_may_be_cut_anywhere)
{
    static state whole, parts;
    const optimizer_class *class;
    for (size_t i = 0; (class = optimizer_class_at(i)); i++) {
        optimizer *o = make_optimizer(class->name, said(class->name));
        start(o, &whole);
        for (size_t k = 0; k < MANY; k++) whole.w[k] = noise(k), whole.g[k] = noise(k + MANY);
        parts = whole;
        for (int t = 0; t < 3; t++) {
            take_step(o, &whole, t, 0, MANY);
            take_step(o, &parts, t, 0, 17);
            take_step(o, &parts, t, 17, 1);
            take_step(o, &parts, t, 18, MANY - 18);
        }
        ck_assert_mem_eq(&whole, &parts, sizeof whole);
        optimizer_free(o);
    }
}
END_TEST

/* ---- before the step ---- */

/* 4000 numbers and a rest, against a sum in another order. */
START_TEST(test_optimizer_steps__squares_add_up)
{
    static float g[4013];
    double expected = 0;
    for (size_t i = 0; i < 4013; i++) g[i] = noise(i);
    for (size_t i = 4013; i-- > 0;) expected += (double)g[i] * (double)g[i];
    ck_assert_double_eq_tol(optimizer_sum_squares(4013, g), expected, 1e-12 * expected);
    ck_assert_double_eq(optimizer_sum_squares(3, (float[]){ 1, -2, 3 }), 14);
    ck_assert_double_eq(optimizer_sum_squares(0, g), 0);
}
END_TEST

/* One step of SGD at rate 0.5 from w = 2: w - 0.5 (clipped g) - 0.5 decay w. */
static void check_update(const char *arguments, clipping clips, float norm, float g, double expected)
{
    float w[17], gradient[17];
    optimizer *o = make_optimizer("SGD", arguments);
    const step_info info = { .iteration = 7, .learning_rate = 0.5f, .norm = norm };
    ck_assert_int_eq(optimizer_clips_norms(o), clips);
    for (size_t i = 0; i < 17; i++) w[i] = 2, gradient[i] = i == 16 ? g : 0;
    optimizer_update(o, &info, 17, w, gradient, NULL);
    if (isnan(expected))
        ck_assert(isnan(w[16]));
    else
        ck_assert_double_eq_tol((double)w[16], expected, 3e-7);
    optimizer_free(o);
}

START_TEST(test_optimizer_steps__gradients_are_clipped_and_weights_decay)
{
    check_update("{}", CLIP_NO_NORM, 0, 3, 0.5);
    check_update("{\"clipvalue\": 1.5}", CLIP_NO_NORM, 0, 3, 1.25);
    check_update("{\"clipvalue\": 1.5}", CLIP_NO_NORM, 0, -3, 2.75);
    check_update("{\"clipvalue\": 1.5}", CLIP_NO_NORM, 0, 1, 1.5);
    check_update("{\"clipvalue\": 1.5}", CLIP_NO_NORM, 0, NAN, (double)NAN);
    check_update("{\"clipvalue\": Infinity}", CLIP_NO_NORM, 0, 3, 0.5);
    check_update("{\"clipnorm\": 2.0}", CLIP_EACH_NORM, 6, 3, 1.5);
    check_update("{\"clipnorm\": 2.0}", CLIP_EACH_NORM, 1, 0.75f, 1.625);
    check_update("{\"clipnorm\": 2.0}", CLIP_EACH_NORM, NAN, 1, (double)NAN);
    check_update("{\"global_clipnorm\": 2.0}", CLIP_GLOBAL_NORM, 6, 3, 1.5);
    check_update("{\"global_clipnorm\": 2.0}", CLIP_GLOBAL_NORM, 1, 0.75f, 1.625);
    check_update("{\"global_clipnorm\": 2.0}", CLIP_GLOBAL_NORM, 0, 0, 2);
    check_update("{\"global_clipnorm\": 2.0}", CLIP_GLOBAL_NORM, INFINITY, 1, (double)NAN);
    check_update("{\"weight_decay\": 0.25}", CLIP_NO_NORM, 0, 3, 0.25);
    check_update("{\"weight_decay\": 0.25, \"clipvalue\": 1.5}", CLIP_NO_NORM, 0, 3, 1);
    check_update("{\"weight_decay\": 0.0, \"clipnorm\": 0, \"clipvalue\": null}", CLIP_NO_NORM, 0, 3, 0.5);
}
END_TEST

START_TEST(test_optimizer_steps__the_rate_follows_a_schedule)
{
    horn_schedule falls = { "ExponentialDecay", .initial_learning_rate = 0.5, .decay_steps = 2,
                            .decay_rate = 0.25 };
    optimizer *o = horn_adam(&(horn_adam_options){ .learning_rate = 7, .schedule = falls });
    ck_ok(horn_optimizer_status(o));
    for (int i = 0; i < 5; i++)
        ck_assert_double_eq_tol((double)optimizer_learning_rate(o, i), 0.5 * pow(0.25, i / 2.0), 1e-7);
    optimizer_free(o);
    o = horn_adam(&(horn_adam_options){ .learning_rate = 7 });
    ck_assert_double_eq((double)optimizer_learning_rate(o, 3), 7);
    optimizer_free(o);
    falls.decay_rate = 0;
    ck_carries(optimizer, horn_adam(&(horn_adam_options){ .schedule = falls }), HORN_ERROR_FORMAT,
               "decay_rate");
    ck_carries(optimizer, horn_adam(&(horn_adam_options){ .schedule = { .name = "Exponential" } }),
               HORN_ERROR_UNSUPPORTED, "Exponential");
    falls = (horn_schedule){ "PolynomialDecay", .initial_learning_rate = 1, .decay_steps = 1, .alpha = 1 };
    ck_carries(optimizer, horn_sgd(&(horn_sgd_options){ .schedule = falls }), HORN_ERROR_UNSUPPORTED,
               "alpha");
}
END_TEST

TEST_MAIN(test_optimizer_steps__steps_are_keras_steps,
          test_optimizer_steps__by_the_other_rule_they_are_pytorchs,
          test_optimizer_steps__steps_follow_their_formulas, test_optimizer_steps__a_step_may_be_cut_anywhere,
          test_optimizer_steps__squares_add_up, test_optimizer_steps__gradients_are_clipped_and_weights_decay,
          test_optimizer_steps__the_rate_follows_a_schedule)
