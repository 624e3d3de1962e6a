/* A host program that rounds otherwise, flushes denormal numbers (-ffast-math) or lets exceptions trap: every result, file and
 * text of Horn has the same bytes, and the host's control words are as they were after every call and inside every callback. */
#include "model/small_run.h"
#include <horn/file.h>
#include <horn/horn.h>
#include "host_word.h"

#ifdef HAS_HOST_WORD

static size_t host; /* of the words that are set */

/* ---- what must be the same ---- */

static bytes wanted[200]; /* as the first host got it */
static size_t noted;

static void note(const char *what, const void *data, size_t size)
{
    ck_assert_uint_lt(noted, sizeof wanted / sizeof *wanted);
    bytes *w = &wanted[noted++];
    if (host == 0) bytes_append(w, data, size);
    ck_assert_msg(w->size == size && memcmp(w->data, data, size) == 0, "%s is another one with host %zu",
                  what, host);
}

static void note_text(char *text)
{
    note(text, text, strlen(text));
    free(text);
}

static void note_file(const char *path)
{
    bytes content = { 0 };
    ck_ok(file_read(&content, path, 0));
    note(strrchr(path, '/'), content.data, content.size);
    bytes_free(&content);
}

/* What it says, behind the folder's name. */
static void note_error(const char *what)
{
    const char *line = horn_last_error(), *inside = strstr(line, folder);
    if (inside) line = inside + strlen(folder);
    note(what, line, strlen(line));
}

/* ---- the host's words after a call ---- */

static void check_words(const char *what, host_word before)
{
    const host_word now = host_word_get();
    ck_assert_msg(now.mxcsr == before.mxcsr && now.x87 == before.x87,
                  "%s: left %04x and %04x behind, the host had %04x and %04x", what, now.mxcsr, now.x87,
                  before.mxcsr, before.x87);
}

#define OK(call)                               \
    do {                                       \
        const host_word ok_ = host_word_get(); \
        const horn_status ok_status_ = (call); \
        check_words(#call, ok_);               \
        ck_ok(ok_status_);                     \
    } while (0)

#define FAILS(call, expected)                                                                              \
    do {                                                                                                   \
        const host_word fails_ = host_word_get();                                                          \
        const horn_status fails_status_ = (call);                                                          \
        check_words(#call, fails_);                                                                        \
        ck_assert_msg(fails_status_ == (expected), "%s: %d, %s", #call, fails_status_, horn_last_error()); \
        note_error(#call);                                                                                 \
    } while (0)

#define MADE(out, call)                          \
    do {                                         \
        const host_word made_ = host_word_get(); \
        (out) = (call);                          \
        check_words(#call, made_);               \
    } while (0)

/* ---- in callbacks ---- */

typedef struct watcher {
    horn_callback base;
    int calls, saves, writes, lines;
} watcher;

static void check_inside(const char *where)
{
    host_word now = host_word_get();
    now.mxcsr &= ~(unsigned)MXCSR_FLAGS;
    ck_assert_msg(now.mxcsr == (hosts[host].mxcsr & ~(unsigned)MXCSR_FLAGS) && now.x87 == hosts[host].x87,
                  "%s: runs with %04x and %04x", where, now.mxcsr, now.x87);
}

static horn_status on_epoch_end(horn_callback *c, const horn_progress *p, const horn_logs *logs)
{
    horn_logs again;
    check_inside("callback");
    note("logs", logs->values, logs->count * sizeof *logs->values);
    OK(horn_model_evaluate(&again, p->model, &x, &y, NULL));
    note("logs in a callback", again.values, again.count * sizeof *again.values);
    FAILS(horn_model_fit(NULL, p->model, &x, &y, NULL), HORN_ERROR_BUSY);
    OK(horn_model_save(p->model, in_folder("inside.h5"), &(horn_save_options){ .progress = true }));
    note_file(in_folder("inside.h5"));
    ((watcher *)c)->calls++;
    return HORN_OK;
}

static horn_status on_event(horn_callback *c, const horn_progress *p)
{
    (void)p;
    check_inside("callback");
    ((watcher *)c)->calls++;
    return HORN_OK;
}

static horn_status on_batch_end(horn_callback *c, const horn_progress *p, const horn_logs *logs)
{
    (void)logs;
    return on_event(c, p);
}

static horn_status save_state(char **text, horn_callback *c)
{
    check_inside("save_state");
    ((watcher *)c)->saves++;
    *text = strdup("state");
    return HORN_OK;
}

static horn_status restore_state(horn_callback *c, const char *text)
{
    (void)c;
    check_inside("restore_state");
    ck_assert_str_eq(text, "state");
    return HORN_OK;
}

static void write_bar(const char *text, size_t size, void *context)
{
    (void)text, (void)size;
    check_inside("write");
    ((watcher *)context)->writes++;
}

static size_t columns(void *context)
{
    (void)context;
    check_inside("columns");
    return 60;
}

static void say(const char *line, void *context)
{
    check_inside("say");
    ck_assert_str_ne(line, "");
    ((watcher *)context)->lines++;
}

static watcher watch(void)
{
    return (watcher){ .base = { .on_train_begin = on_event,
                                .on_epoch_begin = on_event,
                                .on_batch_end = on_batch_end,
                                .on_epoch_end = on_epoch_end,
                                .on_train_end = on_event,
                                .name = "watcher",
                                .save_state = save_state,
                                .restore_state = restore_state } };
}

/* ---- a run ---- */

/* Constructors that say numbers which are not exact in binary. */
static horn_model *make(int threads)
{
    horn_model *m;
    horn_layer *l;
    horn_optimizer *o;
    horn_loss *loss;
    OK(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 3, .threads = threads }));
    MADE(l, horn_reshape(&(horn_reshape_options){ .input_shape = { INPUTS }, .target_shape = { 4, 5, 1 } }));
    OK(horn_model_add(m, l));
    MADE(l,
         horn_conv2d(&(horn_conv2d_options){
             .filters = 3, .kernel_size = { 3 }, .padding = "same", .kernel_regularizer = { .l2 = 0.01 } }));
    OK(horn_model_add(m, l));
    MADE(l, horn_batch_normalization(&(horn_batch_normalization_options){ .momentum = 0.9 }));
    OK(horn_model_add(m, l));
    MADE(l, horn_leaky_relu(&(horn_leaky_relu_options){ .alpha = 0.1 }));
    OK(horn_model_add(m, l));
    OK(horn_model_add(m, horn_flatten(NULL)));
    MADE(l, horn_dense(&(horn_dense_options){
                .units = 9, .activation = "tanh", .kernel_initializer = "he_normal" }));
    OK(horn_model_add(m, l));
    MADE(l, horn_dropout(&(horn_dropout_options){ .rate = 0.2 }));
    OK(horn_model_add(m, l));
    MADE(l, horn_dense(&(horn_dense_options){ .units = CLASSES }));
    OK(horn_model_add(m, l));
    MADE(o, horn_adam(&(horn_adam_options){
                .epsilon = 1e-6,
                .schedule = { .name = "CosineDecay", .initial_learning_rate = 0.013, .decay_steps = 17 },
                .clipping = { .global_clipnorm = 0.7 } }));
    MADE(loss, horn_sparse_categorical_crossentropy(&(horn_crossentropy_options){ .from_logits = true }));
    OK(horn_model_compile(m, &(horn_compile_options){ .optimizer = o,
                                                      .loss = loss,
                                                      .metrics = { horn_metric_by_name("accuracy") } }));
    return m;
}

static const horn_fit_options how = { .batch_size = 64, .epochs = 2, .validation_split = 0.25 };

/* That resuming passes over, and says so. */
static void break_checkpoint(void)
{
    FILE *f = fopen(in_folder("runs/c-9-0.1000000.index"), "w");
    ck_assert_ptr_nonnull(f);
    fclose(f);
}

/* With all callbacks; then a run that goes on from the first one's checkpoint. */
static void train(horn_model *m, size_t epochs)
{
    watcher w = watch();
    const char *name;
    if (epochs > 2) break_checkpoint();
    horn_callback *bar, *log, *checkpoint, *stop;
    MADE(bar, horn_progress_bar(
                  &(horn_progress_bar_options){ .write = write_bar, .columns = columns, .context = &w }));
    MADE(log, horn_csv_logger(in_folder("log.csv")));
    MADE(stop, horn_terminate_on_nan());
    MADE(checkpoint, horn_model_checkpoint(
                         &(horn_model_checkpoint_options){ .path = in_folder("runs/c-{epoch}-{val_loss:.7f}"),
                                                           .save_best = "val_loss",
                                                           .say = say,
                                                           .context = &w }));
    OK(horn_model_checkpoint_resume(&name, checkpoint, m, NULL));
    ck_assert_int_eq(name != NULL, epochs > 2);
    if (name) note("checkpoint", strrchr(name, '/'), strlen(strrchr(name, '/')));
    horn_fit_options o = how;
    o.epochs = epochs, o.resume = name != NULL;
    o.callbacks = (horn_callback *[]){ bar, log, stop, &w.base, checkpoint }, o.callback_count = 5;
    OK(horn_model_fit(NULL, m, &x, &y, &o));
    ck_assert_int_gt(w.calls, 7);
    ck_assert_int_gt(w.saves, 1);
    ck_assert_int_gt(w.writes, 1);
    ck_assert_int_eq(w.lines, epochs > 2);
    note_file(in_folder("log.csv"));
    note_file(in_folder("runs/best.index"));
    note_file(in_folder("runs/best.data-00000-of-00001"));
    horn_callback_free(bar), horn_callback_free(log), horn_callback_free(stop);
    horn_callback_free(checkpoint);
}

static void use(horn_model *m)
{
    static float out[SAMPLES * CLASSES];
    horn_logs logs;
    char *text;
    OK(horn_model_train_on_batch(&logs, m, &x, &y));
    note("logs of a batch", logs.values, logs.count * sizeof *logs.values);
    OK(horn_model_evaluate(&logs, m, &x, &y, NULL));
    note("logs of evaluate", logs.values, logs.count * sizeof *logs.values);
    OK(horn_model_predict(out, SAMPLES * CLASSES, m, &x, NULL));
    note("outputs", out, sizeof out);
    const horn_view view = { .data = out, .rank = 2, .shape = { SAMPLES, CLASSES } };
    OK(horn_array_save(in_folder("out.csv"), &view));
    note_file(in_folder("out.csv"));
    OK(horn_model_summary(&text, m));
    note_text(text);
}

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
    OK(horn_model_load(&m, "tests/golden/parts/keras2.15/adagrad.h5",
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
