/* horn_convert reads a snapshot and writes it. It builds a model only if a separate architecture gives the layout of the
 * weights, or if a graph format needs the model's operations. */
#include "model/files/convert.h"

#include <horn/file.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/arithmetic.h"
#include "base/files/folder.h"
#include "base/memory.h"
#include "base/status.h"
#include "formats/format.h"
#include "model/files/save_load.h"
#include "model/files/flatten.h"
#include "model/files/snapshot_of_model.h"
#include "snapshot/index.h"

/* ---- reading ---- */

static horn_status choose_reader(conversion *c)
{
    const char *name = c->options->from;
    if (!name) return format_by_content(&c->reader, &c->from);
    horn_status status = format_by_name(&c->reader, name);
    if (!status && !c->reader->read)
        status = fail(HORN_ERROR_UNSUPPORTED, "%s: format '%s' is written, not read", c->from.path, name);
    if (!status && !c->reader->recognizes(&c->from))
        status = fail(HORN_ERROR_FORMAT, "%s: is no file in format '%s'", c->from.path, name);
    return status;
}

/* What the format gets as its option of names. */
static const char *const *names_for(const conversion *c, const format *f)
{
    return convert_takes_names(f) ? c->names.lines : NULL;
}

static horn_status read_with(const conversion *c, const snapshot *target, snapshot **out)
{
    format_value values[FILE_VALUES];
    const format_options o = { .own = values };
    file_values(values, 0, NULL, names_for(c, c->reader));
    const schema known = model_schema(target);
    horn_status status = snapshot_new(out);
    return status ? status : format_read(c->reader, *out, &c->from, &o, &known);
}

/* Reads the architecture and compile settings of another file. */
static horn_status read_architecture(snapshot **out, const char *path)
{
    horn_status status = model_read_parts(out, path, PART_WEIGHTS | PART_OPTIMIZER | PART_PROGRESS, NULL);
    if (!status && !((*out)->parts & PART_ARCHITECTURE))
        status = fail(HORN_ERROR_UNSUPPORTED, "%s: holds no architecture", path);
    if (!status) (*out)->parts &= PART_ARCHITECTURE | PART_COMPILE;
    return status;
}

/* Also those of the layers inside, with these. */
static void swap_weights(snapshot_layer *a, snapshot_layer *b)
{
    const snapshot_layer old = *a;
    a->tensors = b->tensors, a->tensor_count = b->tensor_count, a->tensor_capacity = b->tensor_capacity;
    a->inner = b->inner, a->inner_count = b->inner_count, a->inner_capacity = b->inner_capacity;
    b->tensors = old.tensors, b->tensor_count = old.tensor_count, b->tensor_capacity = old.tensor_capacity;
    b->inner = old.inner, b->inner_count = old.inner_count, b->inner_capacity = old.inner_capacity;
    a->is_flat = b->is_flat;
}

/* Moves weights and variables from a model's snapshot to `out`, the snapshot of its architecture, and all the rest from
 * `found`, the source's snapshot. */
static void join(snapshot *out, snapshot *model, snapshot *found)
{
    for (size_t i = 0; i < out->layer_count; i++) swap_weights(&out->layers[i], &model->layers[i]);
    if (model->parts & PART_OPTIMIZER) {
        /* Without slots the source was never trained: the model's are zeros that the source does not have. */
        if (found->slot_count) {
            out->slots = model->slots;
            out->slot_count = model->slot_count;
            model->slots = NULL;
            model->slot_count = 0;
        }
        out->iteration = found->iteration;
        out->has_learning_rate = found->has_learning_rate;
        out->learning_rate = found->learning_rate;
        out->has_product = found->has_product;
        out->product = found->product;
    }
    out->progress = found->progress;
    out->asides = found->asides;
    found->progress = found->asides = NULL;
    out->parts |= (model->parts & (PART_WEIGHTS | PART_OPTIMIZER)) | (found->parts & PART_PROGRESS);
    out->unread = found->unread;
    for (size_t i = 0; i < SNAPSHOT_PARTS; i++) {
        if (out->reasons[i]) continue;
        out->reasons[i] = found->reasons[i];
        found->reasons[i] = NULL;
    }
}

/* A file of PyTorch has no compile settings but the optimizer's arguments, which stand for the architecture's. */
static horn_status take_settings(snapshot *s, horn_model **m, const snapshot *found, const char *path)
{
    if (!found->optimizer || found->parts & PART_COMPILE || !(s->parts & PART_COMPILE)) return HORN_OK;
    config_free(s->optimizer);
    horn_status status = config_status(s->optimizer = config_copy(found->optimizer));
    if (status) return status;
    horn_model_free(*m);
    *m = NULL;
    return model_from_snapshot(m, s, &(horn_load_options){ .threads = 1 }, path);
}

/* Reads the source with the layout of another file's architecture. */
static horn_status read_for_architecture(conversion *c)
{
    horn_status status = HORN_OK;
    horn_model *m = NULL;
    snapshot *s = NULL, *target = NULL, *found = NULL, *laid = NULL;
    const char *path = c->options->architecture;
    TRY(read_architecture(&s, path));
    TRY(model_from_snapshot(&m, s, &(horn_load_options){ .threads = 1 }, path));
    TRY(snapshot_without_values(&target, m));
    if (format_needs_chain(c->reader)) TRY(snapshot_flatten(target));
    TRY(read_with(c, target, &found));
    TRY(take_settings(s, &m, found, path));
    TRY(model_take_weights(m, found, c->from.path));
    TRY(snapshot_of_model(&laid, m, PART_ARCHITECTURE | PART_WEIGHTS | (found->parts & PART_OPTIMIZER)));
    if (laid->layer_count != s->layer_count)
        TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: has %zu layers, its model %zu", path, s->layer_count,
                 laid->layer_count));
    join(s, laid, found);
    snapshot_free(c->snapshot);
    c->snapshot = s;
    s = NULL;
done:
    snapshot_free(s);
    snapshot_free(target);
    snapshot_free(found);
    snapshot_free(laid);
    horn_model_free(m);
    return status;
}

static horn_status read_source(conversion *c, const char *path)
{
    horn_status status = HORN_OK;
    char *found = NULL;
    bool is_given = c->options->architecture;
    TRY(convert_names_read(&c->names, c->options->names));
    TRY(model_find_newest(&found, path));
    TRY(source_open(&c->from, found));
    TRY(choose_reader(c));
    TRY(convert_stream(c));
    if (c->is_streamed) goto done;
    const bool needs = c->reader->needs & ~(unsigned)PART_OPERATIONS;
    if (!needs) TRY(read_with(c, NULL, &c->snapshot));
    if (c->snapshot && c->snapshot->parts & PART_ARCHITECTURE && is_given)
        TRY(fail(HORN_ERROR_ARGUMENT, "%s: holds an architecture of its own, expected no option architecture",
                 c->from.path));
    if (needs && !is_given)
        TRY(fail(HORN_ERROR_UNSUPPORTED,
                 "%s: format '%s' does not say what its layers are, expected the option architecture",
                 c->from.path, c->reader->name));
    if (is_given) TRY(read_for_architecture(c));
    /* A run removes checkpoints by this name; a copy is none of them. */
    config_remove(c->snapshot->progress, "name");
done:
    free(found);
    return status;
}

/* ---- writing ---- */

/* Chooses a format for weights only if the source has no architecture or the suffix is of such a format. */
static horn_status choose_writer(conversion *c)
{
    horn_status status;
    bool whole = c->snapshot->parts & PART_ARCHITECTURE;
    if (c->options->to) {
        status = format_by_name(&c->writer, c->options->to);
    } else {
        status = format_by_suffix(&c->writer, c->target, !whole);
        if (status == HORN_ERROR_ARGUMENT) status = format_by_suffix(&c->writer, c->target, whole);
    }
    if (!status && !c->writer->writes)
        status =
            fail(HORN_ERROR_UNSUPPORTED, "%s: format '%s' is read, not written", c->target, c->writer->name);
    return status;
}

static horn_status check_parts(const conversion *c)
{
    const format *f = c->writer;
    unsigned needed = (f->writes & PART_WEIGHTS) | (f->needs & PART_ARCHITECTURE), parts = c->snapshot->parts;
    if (f->needs & PART_OPERATIONS && !c->snapshot->torch_layouts) needed |= PART_ARCHITECTURE;
    if (!f->weights_alone) needed |= f->writes & PART_ARCHITECTURE;
    if (needed & ~parts & PART_ARCHITECTURE)
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: holds no architecture, which format '%s' needs, expected the option architecture",
                    c->from.path, f->name);
    if (c->snapshot->by_name && !f->by_name)
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: the names of its variables do not say what the layers are and their order, which "
                    "format '%s' "
                    "needs, expected the option architecture",
                    c->from.path, f->name);
    horn_status status = snapshot_need(c->snapshot, needed);
    if (status) return status;
    if (needed & ~parts)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: holds no weights, which format '%s' needs", c->from.path,
                    f->name);
    return HORN_OK;
}

/* Graph formats write operations, which only layers can give: builds a model from the snapshot and takes its operations, with
 * the weights in the names and order that they refer to. */
static horn_status add_operations(snapshot *s, const char *where)
{
    horn_status status = HORN_OK;
    horn_model *m = NULL;
    snapshot *built = NULL;
    TRY(model_from_snapshot(&m, s, &(horn_load_options){ .threads = 1, .no_compile = true }, where));
    TRY(snapshot_of_model(&built, m, PART_ARCHITECTURE | PART_WEIGHTS | PART_OPERATIONS));
    if (built->layer_count != s->layer_count)
        TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: has %zu layers, its model %zu", where, s->layer_count,
                 built->layer_count));
    for (size_t i = 0; i < s->layer_count; i++) swap_weights(&s->layers[i], &built->layers[i]);
    s->operations = built->operations;
    built->operations = NULL;
    s->parts |= PART_OPERATIONS;
done:
    snapshot_free(built);
    horn_model_free(m);
    return status;
}

/* Whether the target's folder has a pointer file: it belongs to a run and must not change. */
static horn_status has_pointer(bool *out, const format_files *files, const char *target)
{
    char *folder = NULL;
    bytes path = { 0 };
    *out = false;
    if (!files || !files->pointer) return HORN_OK;
    horn_status status = folder_of(&folder, target);
    if (!status) bytes_print(&path, "%s/%s", folder, files->pointer);
    if (!status) status = bytes_status(&path);
    *out = !status && access(bytes_text(&path), F_OK) == 0;
    free(folder);
    bytes_free(&path);
    return status;
}

static unsigned compared(const conversion *c)
{
    const unsigned both = convert_carried(c);
    return c->writer->inference_alone ? both & ~(unsigned)PART_ARCHITECTURE
                                      : both & ~(unsigned)PART_OPERATIONS;
}

static horn_status count_tensors(conversion *c, const source *written)
{
    horn_status status = HORN_OK;
    contents before = { 0 }, after = { 0 };
    const unsigned parts = compared(c);
    if (c->writer->list) TRY(format_contents(c->writer, &after, written));
    if (c->writer->list) TRY(convert_count_result(c->snapshot, &after, parts, c->target));
    if (c->reader->list) TRY(format_contents(c->reader, &before, &c->from));
    if (c->reader->list)
        TRY(convert_count_source(&c->lost, &before, c->snapshot, c->writer->list ? &after : NULL, c->result,
                                 parts));
done:
    contents_free(&before);
    contents_free(&after);
    return status;
}

/* Reads the result from the bytes to be written, and compares; the commit checks that the disk has the same bytes. Of a format that
 * is not read the tensors are compared that its `list` gives. */
static horn_status read_back(conversion *c, const transaction *files)
{
    horn_status status = HORN_OK;
    source from = { 0 };
    format_value own[FILE_VALUES];
    const format_options o = { .own = own };
    const schema known = model_schema(c->writer->needs && !c->snapshot->by_name ? c->snapshot : NULL);
    file_values(own, 0, NULL, names_for(c, c->writer));
    TRY(source_open_pending(&from, files));
    TRY(snapshot_new(&c->result));
    if (convert_reads_back(c)) {
        TRY(format_read(c->writer, c->result, &from, &o, &known));
        TRY(snapshot_need(c->result, c->snapshot->parts & c->writer->writes));
        if (c->writer->inference_alone) TRY(add_operations(c->result, c->target));
        TRY(convert_check(c->snapshot, c->result, compared(c), c->target));
    }
    if (c->snapshot->parts & c->writer->writes & ~convert_carried(c) & (PART_ARCHITECTURE | PART_WEIGHTS))
        TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: format '%s' does not give back what was written", c->target,
                 c->writer->name));
    TRY(count_tensors(c, &from));
done:
    source_close(&from);
    return status;
}

static horn_status write_target(conversion *c)
{
    horn_status status = HORN_OK;
    static const char *const no_names[] = { NULL };
    transaction *files = NULL;
    format_value own[FILE_VALUES];
    format_options o = { .dialect = c->options->dialect, .own = own };
    bool in_use;
    TRY(choose_writer(c));
    file_values(own, c->options->shards, NULL, names_for(c, c->writer));
    TRY(format_check_options(c->writer, &o, c->target));
    if (c->names.lines && !convert_takes_names(c->reader) && !convert_takes_names(c->writer))
        TRY(fail(HORN_ERROR_ARGUMENT, "%s: neither format '%s' nor '%s' has the option names", c->target,
                 c->reader->name, c->writer->name));
    TRY(check_parts(c));
    if ((c->writer->writes | c->writer->needs) & PART_OPERATIONS && c->snapshot->parts & PART_ARCHITECTURE)
        TRY(add_operations(c->snapshot, c->from.path));
    if (format_needs_chain(c->writer) && c->snapshot->parts & PART_ARCHITECTURE)
        TRY(snapshot_flatten(c->snapshot));
    TRY(has_pointer(&in_use, c->writer->files, c->target));
    if (in_use) file_values(own, c->options->shards, no_names, names_for(c, c->writer));
    TRY(transaction_begin(&files, c->target));
    transaction_verify_disk(files);
    TRY(c->writer->write(c->snapshot, files, &o));
    TRY(convert_check_place(files, c->from.path));
    if (c->options->architecture) TRY(convert_check_place(files, c->options->architecture));
    TRY(read_back(c, files));
    if (c->writer->notes) TRY(c->writer->notes(&c->notes, c->snapshot, &o));
    if (!c->options->dry_run) TRY(transaction_commit(files));
done:
    transaction_free(files);
    return status;
}

/* ---- the API ---- */

static const char *checked_how(const conversion *c)
{
    if (convert_reads_back(c)) return ", read back and compared";
    return c->writer->list ? ", its tensors read back and compared" : "";
}

horn_status horn_convert(char **report, const char *source_path, const char *target,
                         const horn_convert_options *options)
{
    NEED(source_path, "source");
    NEED(target, "destination");
    const arithmetic host = arithmetic_begin();
    status_begin();
    horn_status status = HORN_OK;
    static const horn_convert_options none;
    conversion c = { .options = options ? options : &none, .target = target };
    TRY(read_source(&c, source_path));
    if (!c.is_streamed) TRY(write_target(&c));
    bytes_print(&c.report, "read:        %s (%s)\n", c.from.path, c.reader->name);
    if (!c.is_streamed) convert_report(&c);
    if (c.is_streamed) bytes_append(&c.report, c.lost.data, c.lost.size);
    bytes_print(&c.report, "%-12s %s (%s)%s\n", c.options->dry_run ? "not written:" : "written:", target,
                c.writer->name, checked_how(&c));
    TRY(bytes_status(&c.report));
    if (report) TRY(memory_copy_string(report, bytes_text(&c.report)));
done:
    source_close(&c.from);
    snapshot_free(c.snapshot);
    snapshot_free(c.result);
    bytes_free(&c.report);
    bytes_free(&c.lost);
    bytes_free(&c.notes);
    convert_names_free(&c.names);
    arithmetic_end(host);
    return status_end(status);
}
