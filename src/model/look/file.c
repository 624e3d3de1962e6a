/* Opens a file, lists and reads its tensors, and verifies it. */
#include "model/look/file.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/arithmetic.h"
#include "base/status.h"
#include "model/files/save_load.h"
#include "model/files/snapshot_of_model.h"

/* Collects why the reader left out parts. */
static horn_status take_reasons(horn_file *f)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; i < HORN_PARTS; i++) {
        const char *why = snapshot_reason(f->snapshot, 1u << i);
        if (why && !f->left_out[i]) TRY(memory_copy_string(&f->left_out[i], why));
        f->facts.left_out[i] = f->left_out[i];
        if (why && !f->trouble) TRY(memory_copy_string(&f->trouble, why));
        f->facts.trouble = f->trouble;
    }
done:
    return status;
}

/* Reads as many parts of a model as can be read, also if one is broken. */
static horn_status read_snapshot(horn_file *f)
{
    static const unsigned left_out[] = { 0, PART_COMPILE | PART_OPTIMIZER,
                                         PART_COMPILE | PART_OPTIMIZER | PART_PROGRESS,
                                         PART_COMPILE | PART_OPTIMIZER | PART_PROGRESS | PART_WEIGHTS };
    horn_status status = HORN_OK;
    for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++) {
        format_options o = { .leave_out = left_out[i] };
        const schema known = model_schema(NULL);
        snapshot_free(f->snapshot);
        f->snapshot = NULL;
        TRY(snapshot_new(&f->snapshot));
        if (f->found.is_no_model) break;
        horn_status found = format_read(f->format, f->snapshot, &f->from, &o, &known);
        if (!found) break;
        f->snapshot->parts = 0;
        TRY(file_note_trouble(f, found));
    }
    TRY(take_reasons(f));
done:
    return status;
}

static horn_status list_tensors(horn_file *f)
{
    horn_status status = HORN_OK;
    if (f->format->list) TRY(format_contents(f->format, &f->found, &f->from));
    TRY(memory_new(&f->tensors, f->found.count, sizeof *f->tensors));
    for (size_t i = 0; i < f->found.count; i++) {
        const contents_tensor *t = &f->found.tensors[i];
        f->tensors[i] = (horn_file_tensor){ .name = t->name,
                                            .dtype_name = t->dtype,
                                            .rank = t->rank,
                                            .bytes = t->size,
                                            .is_readable = t->is_readable,
                                            .dtype = t->as };
        memcpy(f->tensors[i].shape, t->shape, sizeof t->shape);
    }
done:
    return status;
}

horn_status horn_file_open(horn_file **out, const char *path)
{
    NEED(out, "out");
    NEED(path, "path");
    const arithmetic host = arithmetic_begin();
    status_begin();
    horn_status status = HORN_OK;
    horn_file *f = NULL;
    char *found = NULL;
    TRY(memory_new(&f, 1, sizeof *f));
    TRY(model_find_newest(&found, path));
    TRY(source_open(&f->from, found));
    TRY(format_to_list(&f->format, &f->from));
    TRY(list_tensors(f));
    TRY(read_snapshot(f));
    TRY(file_find_facts(f));
    *out = f;
    f = NULL;
done:
    free(found);
    horn_file_close(f);
    arithmetic_end(host);
    return status_end(status);
}

void horn_file_close(horn_file *f)
{
    if (!f) return;
    contents_free(&f->found);
    snapshot_free(f->snapshot);
    source_close(&f->from);
    free(f->tensors);
    free(f->trouble);
    for (size_t i = 0; i < HORN_PARTS; i++) free(f->left_out[i]);
    free(f->operators);
    free(f->summary);
    free(f->loss);
    free(f->metrics);
    free(f->optimizer);
    free(f);
}

const horn_file_facts *horn_file_about(const horn_file *f)
{
    return f ? &f->facts : NULL;
}

/* ---- tensors ---- */

size_t horn_file_tensor_count(const horn_file *f)
{
    return f ? f->found.count : 0;
}

const horn_file_tensor *horn_file_tensor_at(const horn_file *f, size_t index)
{
    return f && index < f->found.count ? &f->tensors[index] : NULL;
}

horn_status horn_file_read(void *data, size_t size, const horn_file *f, size_t index)
{
    NEED(f, "file");
    NEED(data, "data");
    const horn_file_tensor *t = horn_file_tensor_at(f, index);
    if (!t)
        return fail(HORN_ERROR_ARGUMENT, "%s: tensor %zu is asked for, it has %zu", f->facts.path, index,
                    f->found.count);
    if (!t->is_readable)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: tensor '%s' holds %s, which is not read", f->facts.path,
                    t->name, t->dtype_name);
    const arithmetic host = arithmetic_begin();
    status_begin();
    horn_status status = f->found.read(&f->found, index, data, size);
    arithmetic_end(host);
    return status_end(status);
}

/* ---- verifying ---- */

horn_status horn_file_verify(char **report, const horn_file *f)
{
    NEED(f, "file");
    NEED(report, "report");
    const arithmetic host = arithmetic_begin();
    status_begin();
    horn_status status = HORN_OK;
    bytes text = { 0 };
    if (f->found.verify)
        TRY(f->found.verify(&f->found, &text));
    else
        bytes_print(&text, "that it can be read");
    if (f->facts.is_broken) TRY(fail(HORN_ERROR_FORMAT, "%s", f->facts.trouble));
    TRY(bytes_status(&text));
    TRY(memory_copy_string(report, bytes_text(&text)));
done:
    bytes_free(&text);
    arithmetic_end(host);
    return status_end(status);
}

horn_status file_read_again(horn_file **out, const horn_file *f, const schema *known)
{
    horn_status status = HORN_OK;
    horn_file *again = NULL;
    TRY(memory_new(&again, 1, sizeof *again));
    *again = *f;
    again->snapshot = NULL;
    TRY(snapshot_new(&again->snapshot));
    TRY(format_read(f->format, again->snapshot, &f->from, NULL, known));
    *out = again;
    again = NULL;
done:
    file_again_free(again);
    return status;
}

void file_again_free(horn_file *again)
{
    if (again) snapshot_free(again->snapshot);
    free(again);
}
