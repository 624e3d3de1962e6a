/* Read, then write; in between a model only where weights alone are laid out by an architecture beside them, or a format of
 * graphs asks what the model computes. */
#include "model/files/convert.h"

#include <horn/file.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/arithmetic.h"
#include "base/folder.h"
#include "base/memory.h"
#include "base/status.h"
#include "formats/format.h"
#include "model/files/save_load.h"
#include "model/files/snapshot_of_model.h"
#include "snapshot/index.h"

typedef struct conversion {
    const horn_convert_options *options;
    const char *target;
    source from;
    const format *reader, *writer;
    snapshot *picture;  /* of the source */
    snapshot *result;   /* of what is written, read back */
    bytes report, lost; /* lost: the lines of tensors that nobody took */
} conversion;

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

static horn_status read_with(const conversion *c, const snapshot *target, snapshot **out)
{
    const schema known = model_schema(target);
    horn_status status = snapshot_new(out);
    return status ? status : format_read(c->reader, *out, &c->from, NULL, &known);
}

/* What another file says of the model, without anything learned. */
static horn_status read_architecture(snapshot **out, const char *path)
{
    horn_status status = model_read_parts(out, path, PART_WEIGHTS | PART_OPTIMIZER | PART_PROGRESS, NULL);
    if (!status && !((*out)->parts & PART_ARCHITECTURE))
        status = fail(HORN_ERROR_UNSUPPORTED, "%s: holds no architecture", path);
    if (!status) (*out)->parts &= PART_ARCHITECTURE | PART_TRAINING;
    return status;
}

/* Moves the weights and variables of a model's picture to the architecture that the model is of, which has none, and
 * what else was found in the source. */
static void join(snapshot *out, snapshot *model, snapshot *found)
{
    for (size_t i = 0; i < out->layer_count; i++) {
        snapshot_layer *to = &out->layers[i], *from = &model->layers[i];
        to->tensors = from->tensors;
        to->tensor_count = from->tensor_count;
        from->tensors = NULL;
        from->tensor_count = 0;
    }
    if (model->parts & PART_OPTIMIZER) {
        if (found->slot_count) { /* else it was never trained: the model's are zeros that no file has */
            out->slots = model->slots;
            out->slot_count = model->slot_count;
            model->slots = NULL;
            model->slot_count = 0;
        }
        out->iteration = found->iteration;
        out->has_learning_rate = found->has_learning_rate;
        out->learning_rate = found->learning_rate;
    }
    out->progress = found->progress;
    found->progress = NULL;
    out->parts |= (model->parts & (PART_WEIGHTS | PART_OPTIMIZER)) | (found->parts & PART_PROGRESS);
    out->unread = found->unread;
    for (size_t i = 0; i < SNAPSHOT_PARTS; i++) {
        if (out->reasons[i]) continue;
        out->reasons[i] = found->reasons[i];
        found->reasons[i] = NULL;
    }
}

/* The source again, laid out as the layers of another file's architecture are. */
static horn_status read_for_architecture(conversion *c)
{
    horn_status status = HORN_OK;
    horn_model *m = NULL;
    snapshot *picture = NULL, *target = NULL, *found = NULL, *laid = NULL;
    const char *path = c->options->architecture;
    TRY(read_architecture(&picture, path));
    TRY(model_from_snapshot(&m, picture, &(horn_load_options){ .threads = 1 }, path));
    TRY(snapshot_without_values(&target, m));
    TRY(read_with(c, target, &found));
    TRY(model_take_weights(m, found, c->from.path));
    TRY(snapshot_of_model(&laid, m, PART_ARCHITECTURE | PART_WEIGHTS | (found->parts & PART_OPTIMIZER)));
    if (laid->layer_count != picture->layer_count)
        TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: has %zu layers, its model %zu", path, picture->layer_count,
                 laid->layer_count));
    join(picture, laid, found);
    snapshot_free(c->picture);
    c->picture = picture;
    picture = NULL;
done:
    snapshot_free(picture);
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
    TRY(model_find_newest(&found, path));
    TRY(source_open(&c->from, found));
    TRY(choose_reader(c));
    if (!c->reader->needs) TRY(read_with(c, NULL, &c->picture));
    if (c->picture && c->picture->parts & PART_ARCHITECTURE && is_given)
        TRY(fail(HORN_ERROR_ARGUMENT, "%s: holds an architecture of its own, expected no option architecture",
                 c->from.path));
    if (c->reader->needs && !is_given)
        TRY(fail(HORN_ERROR_UNSUPPORTED,
                 "%s: format '%s' does not say what its layers are, expected the option architecture",
                 c->from.path, c->reader->name));
    if (is_given) TRY(read_for_architecture(c));
    config_remove(c->picture->progress, "name"); /* a copy is no checkpoint that its run may remove */
done:
    free(found);
    return status;
}

/* ---- writing ---- */

/* Without an architecture, or where the suffix is one of weights alone, the format for those. */
static horn_status choose_writer(conversion *c)
{
    horn_status status;
    bool whole = c->picture->parts & PART_ARCHITECTURE;
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
    unsigned needed = (f->writes & PART_WEIGHTS) | (f->needs & PART_ARCHITECTURE), parts = c->picture->parts;
    if (!f->weights_alone) needed |= f->writes & PART_ARCHITECTURE;
    if (needed & ~parts & PART_ARCHITECTURE)
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: holds no architecture, which format '%s' needs, expected the option architecture",
                    c->from.path, f->name);
    if (c->picture->by_name && !f->by_name)
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: the names of its variables do not say what the layers are and their order, which "
                    "format '%s' "
                    "needs, expected the option architecture",
                    c->from.path, f->name);
    horn_status status = snapshot_need(c->picture, needed);
    if (status) return status;
    if (needed & ~parts)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: holds no weights, which format '%s' needs", c->from.path,
                    f->name);
    return HORN_OK;
}

/* What formats of graphs write is known by the layers themselves: a model of the picture says it, whose weights have the
 * names and the order that it speaks of. */
static horn_status add_operations(snapshot *s, const char *where)
{
    horn_status status = HORN_OK;
    horn_model *m = NULL;
    snapshot *drawn = NULL;
    TRY(model_from_snapshot(&m, s, &(horn_load_options){ .threads = 1, .no_compile = true }, where));
    TRY(snapshot_of_model(&drawn, m, PART_ARCHITECTURE | PART_WEIGHTS | PART_OPERATIONS));
    if (drawn->layer_count != s->layer_count)
        TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: has %zu layers, its model %zu", where, s->layer_count,
                 drawn->layer_count));
    for (size_t i = 0; i < s->layer_count; i++) {
        const snapshot_layer old = s->layers[i];
        s->layers[i].tensors = drawn->layers[i].tensors;
        s->layers[i].tensor_count = drawn->layers[i].tensor_count;
        drawn->layers[i].tensors = old.tensors;
        drawn->layers[i].tensor_count = old.tensor_count;
    }
    s->operations = drawn->operations;
    drawn->operations = NULL;
    s->parts |= PART_OPERATIONS;
done:
    snapshot_free(drawn);
    horn_model_free(m);
    return status;
}

/* A pointer that is there belongs to a run and stays as it is. */
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
    const unsigned both = c->picture->parts & c->result->parts;
    return c->writer->inference_alone ? both & ~(unsigned)PART_ARCHITECTURE
                                      : both & ~(unsigned)PART_OPERATIONS;
}

static horn_status count_tensors(conversion *c, const source *written)
{
    horn_status status = HORN_OK;
    contents before = { 0 }, after = { 0 };
    const unsigned parts = compared(c);
    if (c->writer->list) TRY(format_contents(c->writer, &after, written));
    if (c->writer->list) TRY(convert_count_result(c->picture, &after, parts, c->target));
    if (c->reader->list) TRY(format_contents(c->reader, &before, &c->from));
    if (c->reader->list)
        TRY(convert_count_source(&c->lost, &before, c->picture, c->writer->list ? &after : NULL, c->result,
                                 parts));
done:
    contents_free(&before);
    contents_free(&after);
    return status;
}

/* From the bytes that are about to be written; that the disk has the same is the commit's part. */
static horn_status read_back(conversion *c, const transaction *files)
{
    horn_status status = HORN_OK;
    source from = { 0 };
    const schema known = model_schema(c->writer->needs ? c->picture : NULL);
    TRY(source_open_pending(&from, files));
    TRY(snapshot_new(&c->result));
    TRY(format_read(c->writer, c->result, &from, NULL, &known));
    TRY(snapshot_need(c->result, c->picture->parts & c->writer->writes));
    if (c->writer->inference_alone) TRY(add_operations(c->result, c->target));
    TRY(convert_check(c->picture, c->result, compared(c), c->target));
    if (c->picture->parts & c->writer->writes & ~c->result->parts & (PART_ARCHITECTURE | PART_WEIGHTS))
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
    file_values(own, c->options->shards, NULL);
    TRY(format_check_options(c->writer, &o, c->target));
    TRY(check_parts(c));
    if (c->writer->writes & PART_OPERATIONS) TRY(add_operations(c->picture, c->from.path));
    TRY(has_pointer(&in_use, c->writer->files, c->target));
    if (in_use) file_values(own, c->options->shards, no_names);
    TRY(transaction_begin(&files, c->target));
    TRY(c->writer->write(c->picture, files, &o));
    TRY(convert_check_place(files, c->from.path));
    if (c->options->architecture) TRY(convert_check_place(files, c->options->architecture));
    TRY(read_back(c, files));
    TRY(transaction_commit(files));
done:
    transaction_free(files);
    return status;
}

/* ---- the report ---- */

enum { PARTS = 5 };
static const char *const part_names[PARTS] = { "architecture", "weights", "compile settings",
                                               "optimizer state", "progress" };

static unsigned carried(const conversion *c)
{
    return c->picture->parts & c->result->parts;
}

static void report_carried(conversion *c)
{
    const snapshot *s = c->result;
    size_t weights = 0, comma = 0;
    int64_t epoch;
    for (size_t i = 0; i < s->layer_count; i++) weights += snapshot_weight_count(&s->layers[i]);
    bytes_print(&c->report, "carried:     ");
    for (int i = 0; i < PARTS; i++) {
        if (!(carried(c) & 1u << i)) continue;
        bytes_print(&c->report, "%s%s", comma++ ? ", " : "", part_names[i]);
        if (1 << i == PART_WEIGHTS) bytes_print(&c->report, " (%zu tensors)", weights);
        if (1 << i == PART_OPTIMIZER)
            bytes_print(&c->report, " (%s at step %lld)",
                        config_get_string(c->picture->optimizer, "class_name"), (long long)s->iteration);
        if (1 << i == PART_PROGRESS && config_integer(config_get(s->progress, "epoch"), &epoch))
            bytes_print(&c->report, " (%lld epochs)", (long long)epoch);
    }
    bytes_print(&c->report, "\n");
}

static void report_lost(conversion *c)
{
    const format *f = c->writer;
    unsigned had = c->picture->parts | c->picture->unread;
    for (int i = 0; i < PARTS; i++) {
        unsigned part = 1u << i;
        if (!(had & part) || carried(c) & part) continue;
        const char *why = snapshot_reason(c->picture, part);
        bytes_print(&c->report, "not carried: %s (", part_names[i]);
        if (why)
            bytes_print(&c->report, "%s)", why);
        else if (!(c->picture->parts & part) && c->picture->unsure)
            bytes_print(&c->report, "layers of unknown classes do not tell which weights train)");
        else if (!(c->picture->parts & part) && c->picture->parts & PART_TRAINING)
            bytes_print(&c->report, "which weights its variables belong to is not known of %s)",
                        config_get_string(c->picture->optimizer, "class_name"));
        else if (!(c->picture->parts & part))
            bytes_print(&c->report, "no compile settings that fit say what its variables mean)");
        else if (!(f->writes & part))
            bytes_print(&c->report, "format '%s' has no place for it)", f->name);
        else
            bytes_print(&c->report, "format '%s' keeps it only beside architecture and compile settings)",
                        f->name);
        convert_count_part(&c->report, c->picture, part);
        bytes_print(&c->report, "\n");
    }
    bytes_append(&c->report, c->lost.data, c->lost.size);
    if (f->inference_alone)
        bytes_print(&c->report,
                    "changed:     the architecture has what inference needs: no Dropout, no initializers\n");
    if (carried(c) & PART_OPTIMIZER && convert_is_legacy(c->picture) && f->newer_optimizers)
        bytes_print(
            &c->report,
            "not carried: for Keras the optimizer's state (it is one of TensorFlow up to 2.10, of which "
            "format '%s' keeps nothing that Keras restores)\n",
            f->name);
    if (!(carried(c) & PART_TRAINING)) return;
    if (convert_is_legacy(c->picture) && !convert_is_legacy(c->result))
        bytes_print(&c->report, "not carried: that the optimizer is one of TensorFlow up to 2.10 (the "
                                "dialect has newer ones alone)\n");
    if (!convert_is_legacy(c->picture) && convert_is_legacy(c->result))
        bytes_print(&c->report, "changed:     the optimizer is one of TensorFlow up to 2.10 now (the dialect "
                                "has no others)\n");
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
    TRY(write_target(&c));
    bytes_print(&c.report, "read:        %s (%s)\n", c.from.path, c.reader->name);
    report_carried(&c);
    report_lost(&c);
    bytes_print(&c.report, "written:     %s (%s), read back and compared\n", target, c.writer->name);
    TRY(bytes_status(&c.report));
    if (report) TRY(memory_copy_string(report, bytes_text(&c.report)));
done:
    source_close(&c.from);
    snapshot_free(c.picture);
    snapshot_free(c.result);
    bytes_free(&c.report);
    bytes_free(&c.lost);
    arithmetic_end(host);
    return status_end(status);
}
