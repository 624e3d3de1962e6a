#include "programs/training/run.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "programs/training/before.h"
#include "programs/shared/options.h"
#include "programs/training/place.h"
#include "programs/training/samples.h"
#include "programs/training/stop.h"
#include "programs/shared/terminal.h"

/* ---- results ---- */

typedef horn_status save_function(horn_model *model, const char *path, const horn_save_options *options);

/* Returns the exit status. */
static int each_result(const run_request *r, horn_model *model, save_function *save,
                       save_function *save_weights, bool checks)
{
    const horn_save_options whole = {
        .format = r->format, .dialect = r->dialect, .shards = r->shards, .verify_disk = r->verify_disk
    };
    horn_save_options weights = whole;
    if (r->save) weights.format = NULL;
    const char *path = r->save;
    horn_status status = r->save ? save(model, r->save, &whole) : HORN_OK;
    if (!status && r->save_weights) status = save_weights(model, path = r->save_weights, &weights);
    if (!status) return EXIT_SUCCESS;
    if (checks && (status == HORN_ERROR_ARGUMENT || status == HORN_ERROR_UNSUPPORTED))
        usage_error("--%s: %s", path == r->save ? "save" : "save-weights", horn_last_error());
    return print_failure(path);
}

/* Returns the exit status. */
static int save_results(const run_request *r, horn_model *model)
{
    return each_result(r, model, horn_model_save, horn_model_save_weights, false);
}

int run_check_results(const run_request *r, horn_model *model)
{
    return each_result(r, model, horn_model_check_save, horn_model_check_save_weights, true);
}

static horn_status evaluate(const run_request *r, horn_model *model, const sample_sets *s, horn_logs *out)
{
    return horn_model_evaluate(out, model, &s->x_test, &s->y_test,
                               &(horn_evaluate_options){ .batch_size = samples_batch(r->batch_size, model),
                                                         .sample_weight = samples_weights(&s->w_test) });
}

static horn_status print_summary(horn_model *model)
{
    char *text;
    horn_status status = horn_model_summary(&text, model);
    if (status) return status;
    fputs(text, stdout);
    free(text);
    return HORN_OK;
}

/* ---- the run ---- */

enum { CALLBACKS = 9 };

typedef struct run {
    const run_request *request;
    horn_model *model;
    const sample_sets *samples;
    before before;
    /* NULL: not used. */
    horn_callback *bar, *log, *tensorboard, *checkpoint;
    /* Ends training if the loss is NaN or infinite. */
    horn_callback *terminate;
    /* NULL: not asked for. */
    horn_callback *reduce, *early;
    bool redraws;
    /* Where checkpoints go if --checkpoint is not given. */
    place place;
    /* The line about the samples. */
    char line[1024];
} run;

/* ---- checkpoints ---- */

/* The shortest text that reads back as the same number. */
static void print_share(char out[32], double value)
{
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(out, 32, "%.*g", digits, value);
        if (strtod(out, NULL) == value) return;
    }
}

/* The program's part of the run's identity: name, value, ... The most likely causes of differences come first. */
typedef struct facts {
    char checksum[16], train[32], test[32], batch[32], split[32], scale[48];
    const char *all[18];
} facts;

static void fill_facts(facts *f, const run_request *r, const sample_sets *s, const horn_model *model)
{
    const double divisor = horn_model_input_divisor(model);
    snprintf(f->checksum, sizeof f->checksum, "%08x", horn_dataset_checksum(s->data));
    snprintf(f->train, sizeof f->train, "%zu", s->count);
    snprintf(f->test, sizeof f->test, "%zu", s->has_test ? s->x_test.shape[0] : 0);
    snprintf(f->batch, sizeof f->batch, "%llu", (unsigned long long)samples_batch(r->batch_size, model));
    print_share(f->split, s->validation_split);
    print_share(f->scale, 1 / divisor);
    const char *const all[] = { "train samples", f->train,  "test samples",
                                f->test,         "data",    f->checksum,
                                "batch size",    f->batch,  "validation split",
                                f->split,        "shuffle", r->no_shuffle ? "no" : "yes" };
    size_t count = sizeof all / sizeof *all;
    memcpy(f->all, all, sizeof all);
    if (divisor != 0) f->all[count++] = "scale", f->all[count++] = f->scale;
    if (r->class_weight_text) f->all[count++] = "class weights", f->all[count++] = r->class_weight_text;
    f->all[count] = NULL;
}

static horn_status make_checkpoint(run *t)
{
    const run_request *r = t->request;
    horn_status status;
    facts f;
    fill_facts(&f, r, t->samples, t->model);
    if (!r->checkpoint && (status = place_choose(&t->place, r->model, t->model, f.all))) return status;
    t->checkpoint = horn_model_checkpoint(
        &(horn_model_checkpoint_options){ .path = r->checkpoint ? r->checkpoint : t->place.template,
                                          .every_epochs = r->every_epochs,
                                          .every_steps = r->every_steps,
                                          .keep = r->keep,
                                          .save_best = r->save_best,
                                          .restart = r->restart,
                                          .identity = f.all,
                                          .say = print_line });
    return horn_callback_status(t->checkpoint);
}

/* Returns the exit status. */
static int resume(const run_request *r, horn_callback *checkpoint, horn_model *model, const char **found)
{
    horn_status status = horn_model_checkpoint_resume(found, checkpoint, model, r->resume);
    if (!status) return EXIT_SUCCESS;
    if (r->resume || (!*found && status != HORN_ERROR_FORMAT)) return print_error("%s", horn_last_error());
    return print_error("%s; --restart begins anew, --checkpoint takes another directory", horn_last_error());
}

static void make_watchers(run *t)
{
    const run_request *r = t->request;
    const horn_early_stopping_options early = {
        .monitor = r->monitor, .patience = r->early_stopping, .restore_best_weights = true, .say = print_line
    };
    const horn_reduce_lr_options reduce = { .monitor = r->monitor,
                                            .patience = r->reduce_lr,
                                            .factor = r->reduce_factor == 0 ? HORN_ZERO : r->reduce_factor,
                                            .say = print_line };
    if (r->early_stopping) t->early = horn_early_stopping(&early);
    if (r->reduce_lr) t->reduce = horn_reduce_lr_on_plateau(&reduce);
}

/* TensorBoard shows the settings as a table. */
static horn_callback *make_tensorboard(const run *t)
{
    const run_request *r = t->request;
    char text[4096];
    snprintf(text, sizeof text,
             "| setting | |\n|---|---|\n| model | %s |\n| data | %s |\n| samples | %zu |\n| batch size | "
             "%llu |\n| epochs | %llu |\n"
             "| optimizer | %s |\n| learning rate | %g |\n| loss | %s |\n| seed | %llu |\n",
             r->model, r->data, t->samples->count, (unsigned long long)samples_batch(r->batch_size, t->model),
             (unsigned long long)r->epochs, horn_model_optimizer(t->model),
             horn_model_learning_rate(t->model), horn_model_loss(t->model), (unsigned long long)r->seed);
    return horn_tensorboard(&(horn_tensorboard_options){
        .log_dir = r->tensorboard, .histogram_freq = r->histograms, .text = text });
}

/* Returns the exit status. */
static int make_callbacks(run *t)
{
    const run_request *r = t->request;
    t->redraws = strcmp(r->progress, "bar") == 0 || (strcmp(r->progress, "auto") == 0 && terminal_redraws());
    before_init(&t->before);
    samples_describe(t->samples, r, t->model, t->line, sizeof t->line);
    t->before.samples = t->line;
    if (strcmp(r->progress, "none") != 0)
        t->bar = horn_progress_bar(
            &(horn_progress_bar_options){ .style = t->redraws ? HORN_PROGRESS_BAR : HORN_PROGRESS_LINES,
                                          .write = terminal_write,
                                          .columns = terminal_columns });
    if (r->log) t->log = horn_csv_logger(r->log);
    if (r->tensorboard) t->tensorboard = make_tensorboard(t);
    t->terminate = horn_terminate_on_nan();
    make_watchers(t);
    if (r->no_checkpoint) return EXIT_SUCCESS;
    if (make_checkpoint(t)) return print_error("%s", horn_last_error());
    t->before.others = t->place.others;
    return resume(r, t->checkpoint, t->model, &t->before.resumed);
}

static horn_status fit(run *t)
{
    const run_request *r = t->request;
    horn_callback *all[CALLBACKS] = { &t->before.callback };
    size_t count = 1;
    if (t->bar) all[count++] = t->bar;
    if (t->log) all[count++] = t->log;
    if (t->tensorboard) all[count++] = t->tensorboard;
    all[count++] = t->terminate;
    if (t->reduce) all[count++] = t->reduce;
    if (t->early) all[count++] = t->early;
    if (t->checkpoint) all[count++] = &stop_callback;
    if (t->checkpoint) all[count++] = t->checkpoint;
    const sample_sets *s = t->samples;
    return horn_model_fit(
        NULL, t->model, &s->x_train, &s->y_train,
        &(horn_fit_options){ .batch_size = samples_batch(r->batch_size, t->model),
                             .epochs = r->epochs,
                             .validation_split = s->holds_out ? 0 : s->validation_split,
                             .x_validation = s->holds_out ? &s->x_test : NULL,
                             .y_validation = s->holds_out ? &s->y_test : NULL,
                             .sample_weight = samples_weights(&s->w_train),
                             .sample_weight_validation = s->holds_out ? samples_weights(&s->w_test) : NULL,
                             .class_weight = r->class_weights,
                             .class_weight_count = r->class_weight_count,
                             .no_shuffle = r->no_shuffle,
                             .callbacks = all,
                             .callback_count = count,
                             .resume = t->before.resumed != NULL,
                             .profile = r->profile });
}

static void print_profile(horn_model *model)
{
    char *text;
    if (horn_model_profile(&text, model)) return;
    fputs(text, stderr);
    free(text);
}

/* Without checkpoints, signals keep their default action, because no file is half written then. Returns the exit
 * status. */
static int fit_until_signal(run *t, const char *where)
{
    if (t->checkpoint) stop_catch();
    horn_status status = fit(t);
    int number = t->checkpoint ? stop_release() : 0;
    if ((status || number) && t->redraws) fputc('\n', stderr);
    if (status && status != HORN_INTERRUPTED) return print_failure(where);
    if (t->request->profile) print_profile(t->model);
    if (!number) return EXIT_SUCCESS;
    print_error("stopped by %s at step %lld; the same command goes on",
                number == SIGINT ? "SIGINT" : "SIGTERM", (long long)horn_model_step(t->model));
    return 128 + number;
}

/* Returns the exit status. */
static int train(run *t)
{
    const run_request *r = t->request;
    horn_logs logs;
    char where[512];
    snprintf(where, sizeof where, "%s on %s", r->model, r->data);
    int result = make_callbacks(t);
    if (result) return result;
    if (print_summary(t->model)) return print_failure(r->model);
    if (!t->before.resumed) {
        if (evaluate(r, t->model, t->samples, &logs)) return print_failure(where);
        before_set(&t->before, &logs);
    }
    result = fit_until_signal(t, where);
    if (result) return result;
    if (evaluate(r, t->model, t->samples, &logs)) return print_failure(where);
    print_result("After Training", &logs);
    if (isnan(horn_logs_get(&logs, "loss")))
        return print_error("%s: loss is nan after training: nothing is saved", where);
    stop_hold(true);
    result = save_results(r, t->model);
    stop_hold(false);
    return result ? result : finish_output();
}

int run_train(const run_request *r, horn_model *model, const sample_sets *s)
{
    run t = { .request = r, .model = model, .samples = s };
    int result = train(&t);
    horn_callback_free(t.bar);
    horn_callback_free(t.log);
    horn_callback_free(t.tensorboard);
    horn_callback_free(t.checkpoint);
    horn_callback_free(t.terminate);
    horn_callback_free(t.reduce);
    horn_callback_free(t.early);
    return result;
}
