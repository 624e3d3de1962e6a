/* What ./predict shows of models of all kinds. */
#include <sys/inotify.h>
#include <math.h>
#include <horn/horn.h>
#include "programs/program.h"

static horn_loss *make_loss(const char *name, bool logits)
{
    const horn_crossentropy_options options = { .from_logits = logits };
    if (strcmp(name, "sparse") == 0) return horn_sparse_categorical_crossentropy(&options);
    if (strcmp(name, "categorical") == 0) return horn_categorical_crossentropy(&options);
    return strcmp(name, "BinaryCrossentropy") == 0 ? horn_binary_crossentropy(&options)
                                                   : horn_mean_squared_error(NULL);
}

/* 28 x 28 pixels to `width` outputs: of any image bias[i] where there is no activation. */
static void save_model(const char *path, size_t width, const char *activation, const char *loss, bool logits)
{
    static float bias[12] = { 0.25f, 2, -1, 0.5f, 0, 0, 0, 0, 0, 0, 0, 7 };
    const horn_view view = { .data = bias, .dtype = HORN_FLOAT32, .rank = 1, .shape = { width } };
    horn_model *m;
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .threads = 1 }));
    ck_ok(horn_model_add(m, horn_flatten(&(horn_flatten_options){ .input_shape = { 28, 28 } })));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){
                                .units = width, .activation = activation, .kernel_initializer = "zeros" })));
    if (loss) ck_ok(horn_model_compile(m, &(horn_compile_options){ .loss = make_loss(loss, logits) }));
    ck_ok(horn_model_set_weight(m, 1, &view));
    ck_ok(horn_model_save(m, path, NULL));
    horn_model_free(m);
}

static const char unknown[] = ": no loss says what the outputs are: shown as they are\n";

static const struct {
    size_t width;
    const char *activation, *loss;
    bool logits;
    const char *out, *err;
} cases[] = {
    { 1, NULL, "MeanSquaredError", false, "  image        value\n      0         0.25\n", "" },
    { 3, NULL, "MeanSquaredError", false,
      "  image       values\n      0         0.25            2           -1\n", "" },
    { 12, NULL, "MeanSquaredError", false,
      " 0            0            0            0            0            0 ...\n", "" },
    { 1, NULL, NULL, false, "  image        value\n      0         0.25\n", unknown },
    { 3, NULL, NULL, false, "  image       values\n      0         0.25            2           -1\n",
      unknown },
    { 1, "sigmoid", NULL, false, "  image  class   P(class 1)\n      0      1       0.5622\n", "" },
    { 1, "sigmoid", "BinaryCrossentropy", false, "  image  class   P(class 1)\n      0      1       0.5622\n",
      "" },
    { 1, NULL, "BinaryCrossentropy", true, "  image  class   P(class 1)\n      0      1       0.5622\n", "" },
    { 1, NULL, "BinaryCrossentropy", false, "  image        value\n      0         0.25\n", "" },
    { 3, NULL, "BinaryCrossentropy", true, "  image  class  probability\n      0      1       0.8808\n", "" },
    { 3, NULL, "sparse", true, "  image  class  probability\n      0      1       0.8173\n", "" },
    { 3, NULL, "categorical", true, "  image  class  probability\n      0      1       0.8173\n", "" },
    { 3, NULL, "categorical", false, "  image       values\n      0         0.25            2           -1\n",
      "" },
    { 3, "softmax", NULL, false, "  image  class  probability\n      0      1       0.8173\n", "" },
    { 3, "softmax", "sparse", false, "  image  class  probability\n      0      1       0.8173\n", "" },
};

START_TEST(test_predict__shows_what_the_outputs_are)
{
    program_setup();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        save_model(in_folder("model.h5"), cases[i].width, cases[i].activation, cases[i].loss,
                   cases[i].logits);
        run_well(o, "predict %s --samples 1", in_folder("model.h5"));
        ck_assert_msg(strstr(o.out, cases[i].out) != NULL, "case %zu: says %s", i, o.out);
        ck_assert_msg((strstr(o.err, unknown) != NULL) == (*cases[i].err != 0), "case %zu: says %s", i,
                      o.err);
        outcome_free(&o);
    }
    program_cleanup();
}
END_TEST

START_TEST(test_predict__untrained_weights_are_said_to_be_so)
{
    program_setup();
    run_well(o, "predict models/mlp.json --samples 1");
    ck_assert_ptr_nonnull(strstr(o.err, "models/mlp.json: untrained weights, it is an architecture alone\n"));
    ck_assert_ptr_nonnull(strstr(o.err, "models/mlp.json: no loss says"));
    outcome_free(&o);
    save_model(in_folder("model.json"), 3, "softmax", NULL, false);
    run_well(p, "predict %s --samples 1", in_folder("model.json"));
    ck_assert_ptr_nonnull(strstr(p.err, "model.json: untrained weights, it is an architecture alone\n"));
    outcome_free(&p);
    save_model(in_folder("model.h5"), 12, "softmax", NULL, false);
    run_well(q, "predict %s --samples 1", in_folder("model.h5"));
    ck_assert_ptr_null(strstr(q.err, "untrained"));
    outcome_free(&q);
    /* a number from such weights says nothing either */
    run_well(e, "evaluate models/mlp.json --samples 5 --json");
    ck_assert_ptr_nonnull(strstr(e.err, "models/mlp.json: untrained weights, it is an architecture alone\n"));
    outcome_free(&e);
    run_well(f, "evaluate %s --samples 5", in_folder("model.h5"));
    ck_assert_ptr_null(strstr(f.err, "untrained"));
    outcome_free(&f);
    program_cleanup();
}
END_TEST

/* How often it is opened for reading while the program runs. The kernel merges events that are the same, so that it is asked for
 * closing, too. */
static int count_opens(const char *path, const char *program)
{
    _Alignas(struct inotify_event) char events[4096];
    int count = 0, watch = inotify_init1(IN_NONBLOCK);
    ck_assert_int_ge(inotify_add_watch(watch, path, IN_OPEN | IN_CLOSE), 0);
    run_well(o, "%s %s --samples 1", program, path);
    outcome_free(&o);
    for (ssize_t size; (size = read(watch, events, sizeof events)) > 0;)
        for (const char *at = events; at < events + size;) {
            const struct inotify_event *e = (const struct inotify_event *)at;
            count += (e->mask & IN_OPEN) != 0;
            at += sizeof *e + e->len;
        }
    ck_assert_int_eq(close(watch), 0);
    return count;
}

START_TEST(test_predict__opens_the_model_once)
{
    program_setup();
    save_model(in_folder("model.h5"), 12, NULL, "sparse", true);
    const int loading = count_opens(in_folder("model.h5"), "evaluate");
    ck_assert_int_gt(loading, 0);
    ck_assert_int_eq(count_opens(in_folder("model.h5"), "predict"), loading);
    program_cleanup();
}
END_TEST

/* A class is 1 above one half. */
START_TEST(test_predict__halves_and_nan)
{
    static float bias = 0;
    const horn_view view = { .data = &bias, .dtype = HORN_FLOAT32, .rank = 1, .shape = { 1 } };
    static const struct {
        float bias;
        const char *out;
    } halves[] = { { 0, "      0      0       0.5000\n" },
                   { 0.001f, "      0      1       0.5002\n" },
                   { NAN, "          nan\n" } };
    program_setup();
    for (size_t i = 0; i < 3; i++) {
        horn_model *m;
        save_model(in_folder("model.h5"), 1, "sigmoid", NULL, false);
        ck_ok(horn_model_load(&m, in_folder("model.h5"), NULL));
        bias = halves[i].bias;
        ck_ok(horn_model_set_weight(m, 1, &view));
        ck_ok(horn_model_save(m, in_folder("model.h5"), NULL));
        horn_model_free(m);
        run_well(o, "predict %s --samples 1", in_folder("model.h5"));
        ck_assert_msg(strstr(o.out, halves[i].out) != NULL && !strstr(o.out, "-nan"), "says %s", o.out);
        outcome_free(&o);
    }
    program_cleanup();
}
END_TEST

TEST_MAIN(test_predict__shows_what_the_outputs_are, test_predict__untrained_weights_are_said_to_be_so,
          test_predict__opens_the_model_once, test_predict__halves_and_nan)
