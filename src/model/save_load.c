/* The one place that knows both models and files. */
#include <stdlib.h>
#include <string.h>
#include "base/bytes.h"
#include "base/status.h"
#include "formats/format.h"
#include "model/snapshot_of_model.h"

/* ---- saving ---- */

static horn_status choose(const format **out, const char *path, const horn_save_options *o, bool weights_only)
{
    horn_status status =
        o->format ? format_by_name(out, o->format) : format_by_suffix(out, path, weights_only);
    if (status) return status;
    bool whole = (*out)->writes & PART_ARCHITECTURE;
    if (!(*out)->writes)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: format '%s' is read, not written", path, (*out)->name);
    if (weights_only && whole)
        return fail(HORN_ERROR_ARGUMENT, "%s: format '%s' holds whole models, expected one for weights alone",
                    path, (*out)->name);
    return HORN_OK;
}

static horn_status save(horn_model *m, const char *path, const horn_save_options *options, bool weights_only)
{
    horn_status status = HORN_OK;
    horn_save_options given = options ? *options : (horn_save_options){ 0 };
    const format *chosen;
    snapshot *picture = NULL;
    transaction *files = NULL;
    TRY(model_build(m));
    TRY(choose(&chosen, path, &given, weights_only));
    format_options o = { .dialect = given.dialect, .leave_out = given.no_optimizer ? PART_OPTIMIZER : 0 };
    TRY(snapshot_of_model(&picture, m, chosen->writes & ~o.leave_out));
    TRY(transaction_begin(&files, path));
    TRY(chosen->write(picture, files, &o));
    TRY(transaction_commit(files));
done:
    transaction_free(files);
    snapshot_free(picture);
    return status;
}

horn_status horn_model_save(horn_model *m, const char *path, const horn_save_options *options)
{
    return save(m, path, options, false);
}

horn_status horn_model_save_weights(horn_model *m, const char *path, const horn_save_options *options)
{
    return save(m, path, options, true);
}

/* ---- loading ---- */

static horn_status read_picture(snapshot **out, const char *path, unsigned leave_out)
{
    horn_status status = HORN_OK;
    bytes content = { 0 };
    snapshot *picture = NULL;
    const format *chosen;
    TRY(file_read(&content, path, 0));
    source from = { path, content.data, content.size };
    format_options o = { .leave_out = leave_out };
    TRY(format_by_content(&chosen, &from));
    TRY(snapshot_new(&picture));
    TRY(chosen->read(picture, &from, &o, NULL));
    *out = picture;
    picture = NULL;
done:
    snapshot_free(picture);
    bytes_free(&content);
    return status;
}

horn_status horn_model_load(horn_model **out, const char *path, const horn_load_options *options)
{
    snapshot *picture = NULL;
    bool compile = !options || !options->no_compile;
    horn_status status = read_picture(&picture, path, compile ? 0 : PART_TRAINING | PART_OPTIMIZER);
    if (status) return status;
    if (picture->parts & PART_ARCHITECTURE)
        status = model_from_snapshot(out, picture, options, path);
    else
        status = fail(HORN_ERROR_UNSUPPORTED, "%s: holds weights without an architecture", path);
    snapshot_free(picture);
    return status;
}

horn_status horn_model_load_weights(horn_model *m, const char *path)
{
    snapshot *picture = NULL;
    horn_status status = model_build(m);
    if (!status) status = read_picture(&picture, path, PART_TRAINING | PART_OPTIMIZER);
    if (status) return status;
    if (picture->parts & PART_WEIGHTS)
        status = model_take_weights(m, picture, path);
    else
        status = fail(HORN_ERROR_UNSUPPORTED, "%s: holds no weights", path);
    snapshot_free(picture);
    return status;
}
