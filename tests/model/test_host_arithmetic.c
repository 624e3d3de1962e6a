/* A host program that rounds otherwise, flushes denormal numbers (-ffast-math) or lets exceptions trap: every result, file and
 * text of Horn has the same bytes, and the host's control words are as they were after every call and inside every callback. */
#include "host_word.h"

#ifdef HAS_HOST_WORD

#include "model/host_run.h"

/* ---- files ---- */

static const char *const names[] = { "m.h5", "m.keras", "m.json", "m", "m.pb", "saved/", "m.weights.h5" };
static const char *const written[] = { "m.h5",
                                       "m.keras",
                                       "m.json",
                                       "m.index",
                                       "m.data-00000-of-00001",
                                       "m.pb",
                                       "saved/saved_model.pb",
                                       "saved/keras_metadata.pb",
                                       "m.weights.h5" };

static void save_all(horn_model *m)
{
    OK(horn_model_set_input_divisor(m, 0.1));
    for (size_t i = 0; i < 6; i++) OK(horn_model_save(m, in_folder(names[i]), NULL));
    OK(horn_model_save_weights(m, in_folder(names[6]), NULL));
    for (size_t i = 0; i < sizeof written / sizeof *written; i++) note_file(in_folder(written[i]));
}

static void load_all(horn_model *m)
{
    horn_logs logs;
    for (size_t i = 0; i < 6; i++) {
        horn_model *again = NULL;
        OK(horn_model_load(&again, in_folder(names[i]), &(horn_load_options){ .seed = 5 }));
        if (horn_model_is_compiled(again)) OK(horn_model_evaluate(&logs, again, &x, &y, NULL));
        if (horn_model_is_compiled(again)) note("logs", logs.values, logs.count * sizeof *logs.values);
        OK(horn_model_save(again, in_folder("again.h5"), NULL));
        note_file(in_folder("again.h5"));
        horn_model_free(again);
    }
    OK(horn_model_load_weights(m, in_folder("m.weights.h5")));
    OK(horn_model_load_weights(m, in_folder("m")));
}

/* A part that is left out, and a line about it. */
static void load_unknown(void)
{
    horn_model *m = NULL;
    watcher w = { .lines = 0 };
    OK(horn_model_load(&m, "tests/golden/parts/keras3.15/loss_scale.keras",
                       &(horn_load_options){ .say = say, .context = &w }));
    ck_assert_int_eq(w.lines, 1);
    horn_model_free(m);
}

static void look(void)
{
    char *text;
    horn_file *h5, *keras;
    horn_file_comparison *c;
    float kernel[CLASSES * 9];
    OK(horn_file_open(&h5, in_folder("m.h5")));
    OK(horn_file_open(&keras, in_folder("again.h5")));
    const horn_file_facts *facts = horn_file_about(h5);
    note("optimizer", facts->optimizer, strlen(facts->optimizer));
    note("rate", &facts->learning_rate, sizeof facts->learning_rate);
    note("summary", facts->summary, strlen(facts->summary));
    OK(horn_file_json(&text, h5, HORN_PART_COMPILE));
    note_text(text);
    OK(horn_file_json(&text, h5, HORN_PART_ARCHITECTURE));
    note_text(text);
    OK(horn_file_verify(&text, h5));
    note_text(text);
    OK(horn_file_compare(&c, h5, keras));
    note("greatest", &c->greatest, sizeof c->greatest);
    FAILS(horn_file_read(kernel, sizeof kernel, h5, 10000), HORN_ERROR_ARGUMENT);
    horn_file_comparison_free(c);
    horn_file_close(h5);
    horn_file_close(keras);
    OK(horn_convert(&text, in_folder("m.h5"), in_folder("made.keras"), NULL));
    free(text); /* it has the folder's name */
    note_file(in_folder("made.keras"));
}

/* ---- what fails ---- */

static void fail_all(horn_model *m)
{
    const horn_view narrow = { .data = x_data, .rank = 2, .shape = { SAMPLES, INPUTS - 1 } };
    static float out[4];
    horn_model *none = NULL;
    horn_optimizer *o;
    horn_layer *l;
    char *text;
    FAILS(horn_model_fit(NULL, NULL, &x, &y, NULL), HORN_ERROR_ARGUMENT);
    FAILS(horn_model_fit(NULL, m, &narrow, &y, NULL), HORN_ERROR_SHAPE);
    FAILS(horn_model_fit(NULL, m, &x, &y, &(horn_fit_options){ .validation_split = 1.1 }),
          HORN_ERROR_ARGUMENT);
    FAILS(horn_model_evaluate(NULL, m, &narrow, &y, NULL), HORN_ERROR_SHAPE);
    FAILS(horn_model_predict(out, 4, m, &x, NULL), HORN_ERROR_SHAPE);
    FAILS(horn_model_train_on_batch(NULL, m, &narrow, &y), HORN_ERROR_SHAPE);
    FAILS(horn_model_set_learning_rate(m, -0.1), HORN_ERROR_ARGUMENT);
    FAILS(horn_model_load(&none, "tests/golden/none.h5", NULL), HORN_ERROR_FILE);
    FAILS(horn_model_load_weights(m, "tests/golden/parts/keras2.15/data.npz"), HORN_ERROR_FORMAT);
    FAILS(horn_model_restore(m, "tests/golden/none.h5"), HORN_ERROR_FILE);
    FAILS(horn_model_save(m, "/dev/null/m.h5", NULL), HORN_ERROR_FILE);
    FAILS(horn_convert(&text, "tests/golden/none.h5", "/dev/null/m.h5", NULL), HORN_ERROR_FILE);
    MADE(l, horn_dropout(&(horn_dropout_options){ .rate = 1.1 }));
    note_error("layer");
    FAILS(horn_model_add(m, l), HORN_ERROR_FORMAT);
    MADE(o, horn_sgd(&(horn_sgd_options){ .momentum = 1.1 }));
    note_error("optimizer");
    horn_optimizer_free(o);
}

/* A callback that fails, one that stops and one that leaves. */
static horn_status give(horn_callback *c, const horn_progress *p)
{
    (void)p;
    check_inside("callback");
    return *(const horn_status *)c->payload;
}

static void leave_all(horn_model *m)
{
    static const horn_status given[] = { HORN_ERROR_FILE, HORN_INTERRUPTED };
    const char *const facts[] = { "data", "0.1", NULL };
    unsigned checksum;
    bool found;
    for (int i = 0; i < 2; i++) {
        horn_status status = given[i];
        horn_callback c = { .payload = &status, .on_epoch_begin = give };
        horn_fit_options o = how;
        o.callbacks = (horn_callback *[]){ &c }, o.callback_count = 1;
        FAILS(horn_model_fit(NULL, m, &x, &y, &o), given[i]);
    }
    OK(horn_run_checksum(&checksum, m, facts));
    note("checksum", &checksum, sizeof checksum);
    OK(horn_run_is_in(&found, m, facts, in_folder("runs")));
    OK(horn_model_restore(m, in_folder("inside.h5")));
}

static void run(int threads)
{
    noted = 0;
    horn_model *m = make(threads);
    train(m, 2);
    horn_model *again = make(threads);
    train(again, 3);
    horn_model_free(again);
    use(m);
    save_all(m);
    load_all(m);
    load_unknown();
    look();
    fail_all(m);
    leave_all(m);
    horn_model_free(m);
}

START_TEST(test_host_arithmetic__changes_no_byte)
{
    host_word plain = host_word_get();
    for (host = 0; host < HOSTS; host++) {
        setup_in_memory();
        host_word_set(hosts[host]);
        run(host % 2 ? 2 : 1);
        host_word_set(plain);
        cleanup();
    }
    ck_assert_uint_gt(noted, 60);
}
END_TEST

/* ---- denormal numbers, on each thread ---- */

/* y = kernel x, of numbers that a host with DAZ or FTZ makes 0. */
START_TEST(test_host_arithmetic__denormal_numbers_stay)
{
    enum { ROWS = 4096 };
    static float in[ROWS], out[ROWS], kernel[1] = { 0x1p60f };
    const horn_view rows = { .data = in, .rank = 2, .shape = { ROWS, 1 } };
    const horn_view w = { .data = kernel, .rank = 2, .shape = { 1, 1 } };
    for (size_t i = 0; i < ROWS; i++) in[i] = 0x1p-140f;
    for (host = 0; host < HOSTS; host++) {
        horn_model *m;
        const host_word plain = host_word_get();
        host_word_set(hosts[host]);
        OK(horn_sequential_new(&m, &(horn_sequential_options){ .threads = 2 }));
        OK(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 1, .input_shape = { 1 } })));
        OK(horn_model_set_weight(m, 0, &w));
        OK(horn_model_predict(out, ROWS, m, &rows, &(horn_predict_options){ .batch_size = ROWS }));
        host_word_set(plain);
        for (size_t i = 0; i < ROWS; i++) ck_assert_float_eq(out[i], 0x1p-80f);
        horn_model_free(m);
    }
}
END_TEST

TEST_MAIN(test_host_arithmetic__changes_no_byte, test_host_arithmetic__denormal_numbers_stay)

#else
START_TEST(test_host_arithmetic__is_not_set_here)
{
    setup();
    horn_model *m = make_model(SGD, 1, 1);
    ck_ok(fit(m, 1, false, NULL, 0));
    horn_model_free(m);
    cleanup();
}
END_TEST

TEST_MAIN(test_host_arithmetic__is_not_set_here)
#endif
