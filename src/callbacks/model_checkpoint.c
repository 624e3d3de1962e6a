/* Keras' ModelCheckpoint, with what makes a run resumable. The callback's state: the monitored log and its best value
 * so far, "val_accuracy 0.5", or nothing. */
#include "callbacks/model_checkpoint.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arithmetic.h"
#include "base/files/folder.h"
#include "base/memory.h"
#include "base/status.h"
#include "callbacks/bad_loss.h"
#include "callbacks/checkpoint_name.h"
#include "formats/format.h"
#include "callbacks/checkpoint_pointer.h"
#include "callbacks/failed.h"
#include "callbacks/monitor.h"
#include "model/files/identity.h"
#include "model/train/progress.h"
#include "model/files/save_load.h"
#include "model/use.h"

void checkpoint_say(const model_checkpoint *c, const char *pattern, ...)
{
    char line[1400];
    va_list arguments;
    if (!c->options.say) return;
    va_start(arguments, pattern);
    vsnprintf(line, sizeof line, pattern, arguments);
    va_end(arguments);
    if (c->resumes) model_go_out(c->resumes);
    c->options.say(line, c->options.context);
    if (c->resumes) model_come_back(c->resumes);
}

/* ---- saving ---- */

/* Appends "-STEP" if the name is taken, then "-STEP-2", ... */
static horn_status choose_name(model_checkpoint *c, const horn_progress *p, const horn_logs *logs,
                               bytes *name)
{
    enum { TRIES = 1000 };
    bytes plain = { 0 };
    horn_status status = checkpoint_name_print(&plain, c->template, p, logs);
    for (int i = 0; !status; i++) {
        const char *text = bytes_text(&plain), *suffix = format_run_suffix(text);
        name->size = 0;
        bytes_print(name, "%.*s", (int)(suffix - text), text);
        if (i > 0) bytes_print(name, "-%lld", (long long)horn_model_step(p->model));
        if (i > 1) bytes_print(name, "-%d", i);
        bytes_print(name, "%s", suffix);
        status = bytes_status(name);
        if (status || !checkpoint_files_exist(c->directory, bytes_text(name))) break;
        if (i == TRIES)
            status = fail(HORN_ERROR_FILE, "%s/%s: no name like it is free", c->directory, bytes_text(name));
    }
    bytes_free(&plain);
    return status;
}

static horn_status write_named(model_checkpoint *c, horn_model *m, const char *name, const char *const *kept,
                               bool checks_only)
{
    bytes path = { 0 };
    save_request request = { .options = { .progress = !c->options.weights_only },
                             .checks_only = checks_only,
                             .weights_only = c->options.weights_only,
                             .kept = kept,
                             .name = name };
    bytes_print(&path, "%s/%s", c->directory, name);
    horn_status status = bytes_status(&path);
    if (!status) status = model_save(m, bytes_text(&path), &request);
    bytes_free(&path);
    return status;
}

static void remove_first(model_checkpoint *c, checkpoint_list *list)
{
    if (checkpoint_files_remove(c->directory, list->names[0], &list->marks[0]))
        checkpoint_say(c, "an old checkpoint stays: %s", horn_last_error());
    checkpoint_list_drop(list, 0);
}

void checkpoint_prune(model_checkpoint *c)
{
    while (c->kept.count > c->options.keep) remove_first(c, &c->kept);
}

static bool has_pointer(const model_checkpoint *c)
{
    const format_files *f = checkpoint_files_of(c->template);
    return f && f->pointer;
}

/* What the save writes into the pointer: `names`; NULL leaves it as it is. Returns NULL if the format has none. */
static const char *const *pointed(const model_checkpoint *c, const char *const *names)
{
    static const char *const none[] = { NULL };
    return !has_pointer(c) ? NULL : names ? names : none;
}

horn_status checkpoint_may_point(model_checkpoint *c, bool *may)
{
    const checkpoint_list *const lists[] = { &c->kept, &c->old, &c->others, NULL };
    *may = false;
    if (!has_pointer(c)) return HORN_OK;
    horn_status status = checkpoint_pointer_is_own(c->directory, c->template, lists, may);
    if (!status && !*may && !c->told_of_pointer)
        checkpoint_say(c, "%s/%s: names checkpoints that this run did not save, and stays as it is",
                       c->directory, checkpoint_files_of(c->template)->pointer);
    if (!status && !*may) c->told_of_pointer = true;
    return status;
}

/* Adds the new name before committing; removes it if the commit fails. */
static horn_status commit_checkpoint(model_checkpoint *c, horn_model *m, const char *name)
{
    const char **newest = NULL;
    bool may;
    horn_status status = checkpoint_list_add(&c->kept, name, NULL);
    if (status) return status;
    size_t last = c->kept.count - 1;
    status = checkpoint_may_point(c, &may);
    if (!status) status = checkpoint_newest_names(&c->kept, c->options.keep, &newest);
    if (!status) status = write_named(c, m, name, pointed(c, may ? newest : NULL), false);
    if (status)
        checkpoint_list_drop(&c->kept, last);
    else
        (void)checkpoint_mark_take(&c->kept.marks[last], c->directory, name);
    free(newest);
    return status;
}

/* Old checkpoints are deleted after the new one is committed. */
static horn_status write_checkpoint(model_checkpoint *c, const horn_progress *p, const horn_logs *logs)
{
    bytes name = { 0 };
    horn_status status = choose_name(c, p, logs, &name);
    if (!status) status = commit_checkpoint(c, p->model, bytes_text(&name));
    while (!status && c->old.count) remove_first(c, &c->old);
    if (!status) checkpoint_prune(c);
    bytes_free(&name);
    return status;
}

/* A full disk does not end training: it may be free again later. */
static horn_status forgive(const model_checkpoint *c, const char *what, const horn_progress *p,
                           horn_status status)
{
    if (status != HORN_ERROR_FILE && status != HORN_ERROR_MEMORY) return status;
    checkpoint_say(c, "no %s at step %lld: %s", what, (long long)horn_model_step(p->model),
                   horn_last_error());
    return HORN_OK;
}

static horn_status save(model_checkpoint *c, const horn_progress *p, const horn_logs *logs)
{
    return forgive(c, "checkpoint", p, write_checkpoint(c, p, logs));
}

static void print_best(const model_checkpoint *c, char name[16])
{
    snprintf(name, 16, "best%s", format_run_suffix(c->template));
}

horn_status checkpoint_check_best(const model_checkpoint *c)
{
    char name[16];
    checkpoint_mark now;
    print_best(c, name);
    if (!c->save_best || !checkpoint_files_exist(c->directory, name)) return HORN_OK;
    if (checkpoint_mark_take(&now, c->directory, name) && c->best_file.count &&
        checkpoint_mark_equal(&c->best_file.marks[0], &now))
        return HORN_OK;
    return fail(HORN_ERROR_FILE,
                "%s/%s: this run did not save it, expected a free name for the best checkpoint", c->directory,
                name);
}

/* Replaces the current "best" if this run saved it, or a run before its restart. */
static horn_status write_best(model_checkpoint *c, horn_model *m)
{
    char name[16];
    checkpoint_mark mark;
    print_best(c, name);
    horn_status status = checkpoint_check_best(c);
    if (!status && !c->best_file.count) status = checkpoint_list_add(&c->best_file, name, NULL);
    if (status) return status;
    status = write_named(c, m, name, pointed(c, NULL), false);
    if (status) checkpoint_files_undo(c->directory, name, &c->best_file.marks[0]);
    /* Also after an incomplete commit. */
    if (checkpoint_mark_take(&mark, c->directory, name)) c->best_file.marks[0] = mark;
    return status;
}

static horn_status save_best(model_checkpoint *c, const horn_progress *p, const horn_logs *logs)
{
    const monitor watched = { .name = c->save_best, .grows = monitor_grows(c->save_best) };
    double value, before = c->best;
    horn_status status = monitor_value(&value, &watched, logs, "save_best");
    if (status || !monitor_is_better(&watched, value, c->best)) return status;
    /* Set before the save, so that the checkpoint holds its own value as the best. */
    c->best = value;
    status = write_best(c, p->model);
    if (status) c->best = before;
    /* It no longer belongs to the run before. */
    for (size_t i = c->old.count; !status && i-- > 0;)
        if (checkpoint_is_best(c->old.names[i])) checkpoint_list_drop(&c->old, i);
    return forgive(c, "best checkpoint", p, status);
}

static horn_status check_loss(const model_checkpoint *c, const horn_progress *p, const horn_logs *logs)
{
    horn_status status = bad_loss_check("loss", p, logs);
    if (!status) return HORN_OK;
    return fail(status, "%s; the last checkpoint is %s", horn_last_error(),
                c->kept.count ? c->kept.names[c->kept.count - 1] : "none");
}

/* ---- events ---- */

static horn_status on_train_begin(horn_callback *callback, const horn_progress *p)
{
    model_checkpoint *c = (model_checkpoint *)callback;
    horn_status status = checkpoint_check(c, p->model);
    if (!status) status = checkpoint_check_best(c);
    if (!status && !p->model->progress->identity)
        status = identity_take(p->model, (const char *const *)c->identity);
    return status;
}

static horn_status on_batch_end(horn_callback *callback, const horn_progress *p, const horn_logs *logs)
{
    model_checkpoint *c = (model_checkpoint *)callback;
    size_t every = c->options.every_steps;
    horn_status status = check_loss(c, p, logs);
    bool due = every && (size_t)horn_model_step(p->model) % every == 0;
    if (status || (!due && !p->interrupted)) return status;
    return save(c, p, logs);
}

static horn_status on_epoch_end(horn_callback *callback, const horn_progress *p, const horn_logs *logs)
{
    model_checkpoint *c = (model_checkpoint *)callback;
    size_t every = c->options.every_epochs;
    bool due = (every && p->epoch % every == every - 1) || p->epoch + 1 == p->epochs || p->interrupted;
    horn_status status = check_loss(c, p, logs);
    if (!status && c->save_best) status = save_best(c, p, logs);
    return status || !due ? status : save(c, p, logs);
}

/* ---- state ---- */

static horn_status save_state(char **text, horn_callback *callback)
{
    model_checkpoint *c = (model_checkpoint *)callback;
    bytes state = { 0 };
    if (c->save_best && !isnan(c->best))
        monitor_print(&state, &(monitor){ .name = c->save_best, .best = c->best });
    horn_status status = bytes_status(&state);
    if (!status) status = memory_copy_string(text, bytes_text(&state));
    bytes_free(&state);
    return status;
}

static horn_status restore_state(horn_callback *callback, const char *text)
{
    model_checkpoint *c = (model_checkpoint *)callback;
    monitor watched = { .name = c->save_best, .best = NAN };
    if (c->save_best) (void)monitor_parse(&watched, text);
    c->best = watched.best;
    return HORN_OK;
}

/* ---- making and freeing ---- */

horn_status checkpoint_check(model_checkpoint *c, horn_model *m)
{
    horn_status status = model_need_compiled(m);
    bytes name = { 0 };
    bool known = !c->save_best;
    if (status || c->checked) return status;
    for (size_t i = 0; !known && i < 2 * (m->metric_count + 1); i++)
        known = strcmp(m->log_names[i], c->save_best) == 0;
    if (!known) TRY(fail(HORN_ERROR_ARGUMENT, "save_best: no figure is called '%s'", c->save_best));
    TRY(checkpoint_name_print(&name, c->template, &(horn_progress){ .model = m }, NULL));
    TRY(write_named(c, m, bytes_text(&name), NULL, true));
    c->checked = true;
done:
    bytes_free(&name);
    return status;
}

static horn_status check_path(const model_checkpoint *c)
{
    if (!*c->template || strcmp(c->template, ".") == 0 || strcmp(c->template, "..") == 0)
        return fail(HORN_ERROR_ARGUMENT, "%s: is the name of a directory, expected one for checkpoints",
                    c->path);
    if (strchr(c->directory, '{'))
        return fail(HORN_ERROR_ARGUMENT, "%s: a field in the directory's name, expected it in the last part",
                    c->path);
    if (checkpoint_is_best(c->template))
        return fail(HORN_ERROR_ARGUMENT, "%s: the name is kept for the best checkpoint", c->path);
    return HORN_OK;
}

static void destroy(horn_callback *callback)
{
    model_checkpoint *c = (model_checkpoint *)callback;
    folder_unlock(c->lock);
    checkpoint_list_free(&c->kept);
    checkpoint_list_free(&c->old);
    checkpoint_list_free(&c->others);
    checkpoint_list_free(&c->best_file);
    for (size_t i = 0; c->identity && c->identity[i]; i++) free(c->identity[i]);
    free(c->identity);
    free(c->path);
    free(c->directory);
    free(c->save_best);
    bytes_free(&c->found);
}

static horn_status copy_identity(model_checkpoint *c, const char *const *facts)
{
    size_t count = 0;
    while (facts && facts[count]) count++;
    horn_status status = memory_new(&c->identity, count + 1, sizeof *c->identity);
    for (size_t i = 0; !status && i < count; i++) status = memory_copy_string(&c->identity[i], facts[i]);
    return status;
}

static horn_status open_folder(model_checkpoint *c)
{
    status_begin();
    horn_status status = folder_of(&c->directory, c->path);
    c->template = folder_name_of(c->path);
    if (!status) status = check_path(c);
    if (!status) status = folder_make(c->directory);
    if (!status) status = folder_lock(&c->lock, c->directory);
    if (!status) status = checkpoint_files_sweep(c->directory, c->template);
    return status_end(status);
}

horn_callback *horn_model_checkpoint(const horn_model_checkpoint_options *options)
{
    model_checkpoint *c;
    if (!options) return callback_failed(fail_null(__func__, "options"));
    if (!options->path) return callback_failed(fail_null(__func__, "options->path"));
    horn_status status = memory_new(&c, 1, sizeof *c);
    if (status) return callback_failed(status);
    c->base = (horn_callback){ .name = "model_checkpoint",
                               .on_train_begin = on_train_begin,
                               .on_batch_end = on_batch_end,
                               .on_epoch_end = on_epoch_end,
                               .save_state = save_state,
                               .restore_state = restore_state,
                               .destroy = destroy };
    c->options = *options;
    if (!c->options.keep) c->options.keep = 5;
    if (!c->options.every_epochs && !c->options.every_steps) c->options.every_epochs = 1;
    c->lock = -1;
    c->best = NAN;
    status = memory_copy_string(&c->path, options->path);
    if (!status && options->save_best) status = memory_copy_string(&c->save_best, options->save_best);
    if (!status) status = copy_identity(c, options->identity);
    if (!status) status = open_folder(c);
    if (!status) return &c->base;
    horn_callback *failed = callback_failed(status);
    horn_callback_free(&c->base);
    return failed;
}

bool checkpoint_is_callback(const horn_callback *callback)
{
    return callback->destroy == destroy;
}
