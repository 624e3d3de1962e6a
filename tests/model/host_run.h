/* A run of training in a host program that has changed its floating-point settings: each result is noted, and the host's
 * control words are checked after every call and inside every callback. */
#ifndef TESTS_HOST_RUN_H
#define TESTS_HOST_RUN_H

#include "model/small_run.h"
#include <horn/horn.h>
#include "host_word.h"

static size_t host; /* of the words that are set */

/* ---- what must be the same ---- */

static bytes wanted[200]; /* as the first host got it */
static size_t noted;

static inline void note(const char *what, const void *data, size_t size)
{
    ck_assert_uint_lt(noted, sizeof wanted / sizeof *wanted);
    bytes *w = &wanted[noted++];
    if (host == 0) bytes_append(w, data, size);
    ck_assert_msg(w->size == size && memcmp(w->data, data, size) == 0, "%s is another one with host %zu",
                  what, host);
}

static inline void note_text(char *text)
{
    note(text, text, strlen(text));
    free(text);
}

static inline void note_file(const char *path)
{
    bytes content = { 0 };
    ck_ok(file_read(&content, path, 0));
    note(strrchr(path, '/'), content.data, content.size);
    bytes_free(&content);
}

/* What it says, behind the folder's name. */
static inline void note_error(const char *what)
{
    const char *line = horn_last_error(), *inside = strstr(line, folder);
    if (inside) line = inside + strlen(folder);
    note(what, line, strlen(line));
}

/* ---- the host's words after a call ---- */

static inline void check_words(const char *what, host_word before)
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

static inline void check_inside(const char *where)
{
    host_word now = host_word_get();
    now.mxcsr &= ~(unsigned)MXCSR_FLAGS;
    ck_assert_msg(now.mxcsr == (hosts[host].mxcsr & ~(unsigned)MXCSR_FLAGS) && now.x87 == hosts[host].x87,
                  "%s: runs with %04x and %04x", where, now.mxcsr, now.x87);
}

static inline horn_status on_epoch_end(horn_callback *c, const horn_progress *p, const horn_logs *logs)
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

static inline horn_status on_event(horn_callback *c, const horn_progress *p)
{
    (void)p;
    check_inside("callback");
    ((watcher *)c)->calls++;
    return HORN_OK;
}

static inline horn_status on_batch_end(horn_callback *c, const horn_progress *p, const horn_logs *logs)
{
    (void)logs;
    return on_event(c, p);
}

static inline horn_status save_state(char **text, horn_callback *c)
{
    check_inside("save_state");
    ((watcher *)c)->saves++;
    *text = strdup("state");
    return HORN_OK;
}

static inline horn_status restore_state(horn_callback *c, const char *text)
{
    (void)c;
    check_inside("restore_state");
    ck_assert_str_eq(text, "state");
    return HORN_OK;
}

static inline void write_bar(const char *text, size_t size, void *context)
{
    (void)text, (void)size;
    check_inside("write");
    ((watcher *)context)->writes++;
}

static inline size_t columns(void *context)
{
    (void)context;
    check_inside("columns");
    return 60;
}

static inline void say(const char *line, void *context)
{
    check_inside("say");
    ck_assert_str_ne(line, "");
    ((watcher *)context)->lines++;
}

static inline watcher watch(void)
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
static inline horn_model *make(int threads)
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
static inline void break_checkpoint(void)
{
    FILE *f = fopen(in_folder("runs/c-9-0.1000000.index"), "w");
    ck_assert_ptr_nonnull(f);
    fclose(f);
}

/* With all callbacks; then a run that goes on from the first one's checkpoint. */
static inline void train(horn_model *m, size_t epochs)
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

static inline void use(horn_model *m)
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

#endif
