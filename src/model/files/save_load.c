/* Saving and loading models. */
#include <stdlib.h>
#include <string.h>
#include "base/bytes.h"
#include "base/memory.h"
#include "base/arithmetic.h"
#include "base/status.h"
#include "formats/format.h"
#include "model/train/progress.h"
#include "model/files/save_load.h"
#include "model/files/flatten.h"
#include "model/files/snapshot_of_model.h"
#include "model/plan/plan.h"
#include "model/use.h"

/* ---- saving ---- */

static horn_status choose(const format **out, const char *path, const horn_save_options *o, bool weights_only)
{
    horn_status status =
        o->format ? format_by_name(out, o->format) : format_by_suffix(out, path, weights_only);
    if (status) return status;
    bool whole = (*out)->writes & PART_ARCHITECTURE;
    if (o->progress && !((*out)->writes & PART_PROGRESS))
        return fail(HORN_ERROR_ARGUMENT, "%s: format '%s' holds no progress of a run", path, (*out)->name);
    if (!(*out)->writes)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: format '%s' is read, not written", path, (*out)->name);
    if (weights_only && whole && !(*out)->weights_alone)
        return fail(HORN_ERROR_ARGUMENT, "%s: format '%s' holds whole models, expected one for weights alone",
                    path, (*out)->name);
    return HORN_OK;
}

void file_values(format_value out[FILE_VALUES], size_t shards, const char *const *kept,
                 const char *const *names)
{
    size_t count = 0;
    if (shards > 1) out[count++] = (format_value){ .name = "shards", .number = shards };
    if (kept) out[count++] = (format_value){ .name = "kept", .names = kept };
    if (names) out[count++] = (format_value){ .name = "names", .names = names };
    out[count] = (format_value){ 0 };
}

/* Fails if a save would lose parts of the model's file that Horn could not read. */
static horn_status check_kept(const horn_model *m, const char *path, unsigned parts)
{
    const bool unknown = m->optimizer && m->optimizer->unknown;
    if (m->no_settings && !m->heads && parts & PART_COMPILE)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: the model's compile settings were left out: %s", path,
                    m->no_settings);
    if ((m->no_state || unknown) && parts & PART_OPTIMIZER)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: the optimizer's state was left out: %s", path,
                    unknown ? m->no_settings : m->no_state);
    return HORN_OK;
}

static horn_status save(horn_model *m, const char *path, const save_request *request)
{
    horn_status status = HORN_OK;
    const format *chosen;
    snapshot *s = NULL;
    transaction *files = NULL;
    format_value own[FILE_VALUES];
    format_options o = { .dialect = request->options.dialect, .own = own };
    file_values(own, request->options.shards, request->kept, NULL);
    if (request->options.no_optimizer) o.leave_out |= PART_OPTIMIZER;
    if (!request->options.progress) o.leave_out |= PART_PROGRESS;
    TRY(model_build(m));
    TRY(choose(&chosen, path, &request->options, request->weights_only));
    TRY(format_check_options(chosen, &o, path));
    if (request->weights_only && !request->options.progress) o.leave_out |= PART_ARCHITECTURE;
    if (request->weights_only && (m->no_settings || m->no_state))
        o.leave_out |= PART_COMPILE | PART_OPTIMIZER;
    if (chosen->writes & PART_WEIGHTS) TRY(model_need_weights(m));
    TRY(check_kept(m, path, chosen->writes & ~o.leave_out));
    /* formats need the layers also if the architecture is left out */
    m->progress->name = request->name;
    TRY(snapshot_borrow_model(&s, m, (chosen->writes & (~o.leave_out | PART_ARCHITECTURE)) | chosen->needs));
    if ((model_holds_layers(m) || s->calls) && format_needs_chain(chosen)) TRY(snapshot_flatten(s));
    TRY(transaction_begin(&files, path));
    if (request->options.verify_disk) transaction_verify_disk(files);
    TRY(chosen->write(s, files, &o));
    if (!request->checks_only) TRY(transaction_commit(files));
done:
    m->progress->name = NULL;
    transaction_free(files);
    snapshot_free(s);
    return status;
}

horn_status model_save(horn_model *m, const char *path, const save_request *request)
{
    const arithmetic host = arithmetic_begin();
    horn_status status = save(m, path, request);
    arithmetic_end(host);
    return status;
}

static horn_status enter_and_save(const char *function, horn_model *m, const char *path,
                                  const horn_save_options *options, save_request request)
{
    if (options) request.options = *options;
    if (!path) return fail_null(function, "path");
    horn_status status = model_enter(m, function, false);
    if (status) return status;
    status = model_save(m, path, &request);
    return model_leave(m, status);
}

horn_status horn_model_save(horn_model *m, const char *path, const horn_save_options *options)
{
    return enter_and_save(__func__, m, path, options, (save_request){ 0 });
}

horn_status horn_model_save_weights(horn_model *m, const char *path, const horn_save_options *options)
{
    return enter_and_save(__func__, m, path, options, (save_request){ .weights_only = true });
}

horn_status horn_model_check_save(horn_model *m, const char *path, const horn_save_options *options)
{
    return enter_and_save(__func__, m, path, options, (save_request){ .checks_only = true });
}

horn_status horn_model_check_save_weights(horn_model *m, const char *path, const horn_save_options *options)
{
    return enter_and_save(__func__, m, path, options,
                          (save_request){ .weights_only = true, .checks_only = true });
}

/* ---- loading ---- */

horn_status model_read_parts(snapshot **out, const char *path, unsigned leave_out, const horn_model *like)
{
    char *found = NULL;
    horn_status status = model_find_newest(&found, path);
    if (!status) status = model_read_path(out, found, leave_out, like);
    free(found);
    return status;
}

/* Fails if the reader left out a part that is not in `leave_out`. */
static horn_status read_whole(snapshot **out, const char *path, unsigned leave_out, const horn_model *like)
{
    snapshot *s = NULL;
    horn_status status = model_read_parts(&s, path, leave_out, like);
    if (!status) status = snapshot_need(s, ~leave_out);
    if (status)
        snapshot_free(s);
    else
        *out = s;
    return status;
}

static horn_status say_left_out(const horn_model *m, const horn_load_options *options)
{
    static const unsigned parts[] = { HORN_PART_COMPILE, HORN_PART_OPTIMIZER };
    horn_status status = HORN_OK;
    for (size_t i = 0; !status && i < 2 && options && options->say; i++) {
        const char *why = horn_model_left_out(m, parts[i]);
        const char *what = i ? "optimizer state" : m->heads ? "optimizer" : "compile settings";
        bytes line = { 0 };
        if (!why) continue;
        bytes_print(&line, "left out: %s (%s)", what, why);
        status = bytes_status(&line);
        if (!status) options->say(bytes_text(&line), options->context);
        bytes_free(&line);
    }
    return status;
}

/* With no_compile, compile settings are still read if possible: they name the loss. */
static horn_status read_for_model(snapshot **out, const char *path, const horn_load_options *o)
{
    unsigned leave_out = PART_PROGRESS;
    if (o && (o->no_compile || o->fresh_optimizer)) leave_out |= PART_OPTIMIZER;
    horn_status status = model_read_parts(out, path, leave_out, NULL);
    if (o && o->no_compile && status == HORN_ERROR_FORMAT)
        status = model_read_parts(out, path, leave_out | PART_COMPILE, NULL);
    return status;
}

static horn_status load(horn_model **out, const char *path, const horn_load_options *options)
{
    horn_status status = HORN_OK;
    snapshot *s = NULL;
    horn_model *m = NULL;
    TRY(read_for_model(&s, path, options));
    TRY(snapshot_need(s, PART_WEIGHTS));
    if (!(s->parts & PART_ARCHITECTURE))
        TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: holds weights without an architecture", path));
    TRY(model_from_snapshot(&m, s, options, path));
    *out = m;
done:
    snapshot_free(s);
    return status;
}

horn_status horn_model_load(horn_model **out, const char *path, const horn_load_options *options)
{
    NEED(out, "out");
    NEED(path, "path");
    horn_model *m = NULL;
    const arithmetic host = arithmetic_begin();
    status_begin();
    horn_status status = load(&m, path, options);
    arithmetic_end(host);
    if (!status) status = say_left_out(m, options);
    if (status)
        horn_model_free(m);
    else
        *out = m;
    return status_end(status);
}

static horn_status load_weights(horn_model *m, const char *path)
{
    snapshot *s = NULL;
    horn_status status = model_build(m);
    if (!status) status = read_whole(&s, path, PART_COMPILE | PART_PROGRESS, m);
    if (status) return status;
    if (s->parts & PART_WEIGHTS)
        status = model_take_weights(m, s, path);
    else
        status = fail(HORN_ERROR_UNSUPPORTED, "%s: holds no weights", path);
    snapshot_free(s);
    return status;
}

horn_status horn_model_load_weights(horn_model *m, const char *path)
{
    NEED(path, "path");
    horn_status status = model_enter(m, __func__, false);
    if (status) return status;
    status = load_weights(m, path);
    return model_leave(m, status);
}

horn_status model_restore(horn_model *m, const char *path)
{
    snapshot *s = NULL;
    horn_status status = model_need_compiled(m);
    if (!status) status = read_whole(&s, path, 0, m);
    if (!status) status = model_take_run(m, s, path);
    snapshot_free(s);
    return status;
}

horn_status horn_model_restore(horn_model *m, const char *path)
{
    NEED(path, "path");
    horn_status status = model_enter(m, __func__, true);
    if (status) return status;
    status = model_restore(m, path);
    return model_leave(m, status);
}

/* ---- runs ---- */

void run_facts_free(run_facts *f)
{
    config_free(f->identity);
    free(f->kernels);
    free(f->name);
    *f = (run_facts){ 0 };
}

/* The fact "batch size" of the run's identity; 0: it has none. */
static unsigned long long batch_size_of(const run_facts *f)
{
    const char *size = config_get_string(f->identity, "batch size");
    return size ? strtoull(size, NULL, 10) : 0;
}

bool run_facts_other_cut(const run_facts *f)
{
    const unsigned long long size = batch_size_of(f);
    return f->cut != CUT_VERSION && (size == 0 || size >= CUT_WIDE);
}

horn_status model_read_run(run_facts *out, const char *path)
{
    horn_status status = HORN_OK;
    snapshot *s = NULL;
    run_facts facts = { 0 };
    int64_t epoch, batch;
    TRY(read_whole(&s, path, 0, NULL));
    const config *run = s->progress;
    const char *kernels = config_get_string(run, "kernels"), *name = config_get_string(run, "name");
    if (!(s->parts & PART_PROGRESS))
        TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: holds no progress of a run", path));
    if (!config_integer(config_get(run, "epoch"), &epoch) ||
        !config_integer(config_get(run, "batch"), &batch) || epoch < 0 || batch < 0 || !kernels ||
        !config_is_object(config_get(run, "identity")))
        TRY(fail(HORN_ERROR_FORMAT, "%s: the run's progress is not valid", path));
    facts = (run_facts){ .iteration = s->iteration, .epoch = (size_t)epoch, .batch = (size_t)batch };
    if (!config_integer(config_get(run, "cut"), &facts.cut)) facts.cut = 1;
    TRY(memory_copy_string(&facts.kernels, kernels));
    if (name) TRY(memory_copy_string(&facts.name, name));
    TRY(config_status(facts.identity = config_copy(config_get(run, "identity"))));
    *out = facts;
    facts = (run_facts){ 0 };
done:
    run_facts_free(&facts);
    snapshot_free(s);
    return status;
}
