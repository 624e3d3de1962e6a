/* safetensors: named tensors of PyTorch, in its layouts. The metadata's key "horn" has Horn's own note (notes.h): with it the
 * file is a whole model, which other programs read as any other file of weights. Suffix .safetensors; no dialects. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/format.h"
#include "formats/torch_files/notes.h"
#include "formats/torch_files/safetensors_header.h"

/* ---- reading ---- */

/* Texts of the metadata that say something of the user's. */
static horn_status read_asides(snapshot *out, const safetensors_header *h)
{
    const char *key;
    const config *metadata = safetensors_all_metadata(h);
    out->asides = config_object();
    for (size_t i = 0; (key = config_key_at(metadata, i)); i++) {
        if (strcmp(key, "format") == 0 || strcmp(key, "horn") == 0) continue;
        if (!snapshot_has_room_for_aside(out->asides)) break;
        config_set_string(out->asides, key, config_string(config_at(metadata, i)));
    }
    return config_status(out->asides);
}

static horn_status fill_state(torch_state *out, const safetensors_header *h, const char *where)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; i < h->count; i++) {
        const safetensors_tensor *from = &h->tensors[i];
        horn_view like = { .dtype = from->type->type.dtype, .rank = from->rank };
        torch_tensor *t;
        if (from->rank < 0 || !from->type->is_readable)
            TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: tensor '%.200s' holds %s%s, which is not read", where,
                     from->name, from->type->type.name, from->rank < 0 ? " along too many axes" : ""));
        memcpy(like.shape, from->shape, sizeof like.shape);
        TRY(torch_state_add(out, from->name, &like, &t));
        torch_type_read(t->data, &from->type->type, from->data, from->count, 1);
        t->is_parameter = !torch_is_buffer(from->name);
    }
done:
    return status;
}

static horn_status read_weights(snapshot *out, const safetensors_header *h, const schema *known,
                                const char *const *names, const char *where)
{
    torch_state state = { 0 };
    horn_status status = fill_state(&state, h, where);
    if (!status) status = torch_read_state(out, &state, known, names, where);
    torch_state_free(&state);
    return status;
}

static horn_status read_safetensors(snapshot *out, const source *from, const format_options *options,
                                    const schema *known)
{
    horn_status status = HORN_OK;
    const unsigned leave_out = options ? options->leave_out : 0;
    safetensors_header h = { 0 };
    torch_lines lines = { 0 };
    config *note = NULL;
    TRY(safetensors_open(&h, from));
    const char *text = safetensors_metadata(&h, "horn");
    if (text) TRY(config_parse(&note, text, strlen(text), from->path));
    TRY(torch_notes_read(out, note, leave_out, from->path));
    TRY(torch_lines_of(&lines, options, note));
    TRY(read_asides(out, &h));
    if (leave_out & PART_WEIGHTS) goto done;
    horn_status found = read_weights(out, &h, known, lines.lines, from->path);
    if (out->parts & PART_ARCHITECTURE) found = snapshot_leave_out(out, PART_WEIGHTS, found);
    status = found;
done:
    torch_lines_free(&lines);
    safetensors_close(&h);
    config_free(note);
    return status;
}

/* ---- writing ---- */

static horn_status write_safetensors(const snapshot *s, transaction *t, const format_options *options)
{
    horn_status status = HORN_OK;
    const unsigned parts = s->parts & ~(options ? options->leave_out : 0) & ~(unsigned)PART_PROGRESS;
    const char *where = transaction_target(t);
    torch_modules modules = { 0 };
    torch_state state = { 0 };
    config *note = NULL;
    bytes file = { 0 };
    if (options && options->dialect)
        TRY(fail(HORN_ERROR_ARGUMENT, "%s: dialect is '%s', expected none", where, options->dialect));
    if (!(parts & PART_WEIGHTS)) TRY(fail(HORN_ERROR_ARGUMENT, "%s: safetensors without weights", where));
    TRY(torch_write_state(&state, &modules, s, options, where));
    TRY(torch_notes_write(&note, s, parts, &modules, where));
    TRY(safetensors_write(&file, &state, note, s->asides));
    TRY(transaction_add(t, "", &file));
done:
    bytes_free(&file);
    config_free(note);
    torch_state_free(&state);
    torch_modules_free(&modules);
    return status;
}

/* ---- listing ---- */

static void close_header(void *owner)
{
    safetensors_close(owner);
    free(owner);
}

static horn_status read_values(const contents *c, size_t index, void *data, size_t size)
{
    const safetensors_tensor *t = &((const safetensors_header *)c->owner)->tensors[index];
    const size_t own = t->type->is_readable ? t->count * horn_dtype_size(t->type->type.dtype) : t->size;
    if (size != own)
        return fail(HORN_ERROR_ARGUMENT, "tensor '%.200s' has %zu bytes, asked for %zu", t->name, own, size);
    if (data && t->type->is_readable)
        torch_type_read(data, &t->type->type, t->data, t->count, 1);
    else if (data && size)
        memcpy(data, t->data, size);
    return HORN_OK;
}

/* Opening has checked all that there is. */
static horn_status verify(const contents *c, bytes *report)
{
    (void)c;
    bytes_print(report, "that the tensors cover the file; it carries no checksum");
    return HORN_OK;
}

static horn_status list(contents *out, const source *from)
{
    horn_status status = HORN_OK;
    safetensors_header *h = NULL;
    TRY(memory_new(&h, 1, sizeof *h));
    out->owner = h;
    out->close = close_header;
    out->read = read_values;
    out->verify = verify;
    TRY(safetensors_open(h, from));
    if (safetensors_metadata(h, "horn")) TRY(memory_copy_string(&out->producer, "Horn"));
    for (size_t i = 0; i < h->count; i++) {
        const safetensors_tensor *t = &h->tensors[i];
        contents_tensor *added;
        TRY(contents_add(out, &added));
        *added = (contents_tensor){ .rank = t->rank,
                                    .size = t->size,
                                    .is_readable = t->type->is_readable && t->rank >= 0,
                                    .as = t->type->type.dtype,
                                    .is_own = torch_is_counter(t->name) };
        strcpy(added->dtype, t->type->type.name);
        memcpy(added->shape, t->shape, sizeof added->shape);
        TRY(memory_copy_string(&added->name, t->name));
    }
done:
    return status;
}

static const char *const suffixes[] = { ".safetensors", NULL };
static const format_option options[] = { { TORCH_NAMES, FORMAT_NAMES, 0, 0 }, { 0 } };

const format safetensors_format = {
    .name = "safetensors",
    .suffixes = suffixes,
    .reads = PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE,
    .writes = PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE,
    .needs = PART_OPERATIONS,
    .weights_alone = true,
    .by_name = true,
    .options = options,
    .recognizes = safetensors_recognizes,
    .read = read_safetensors,
    .write = write_safetensors,
    .list = list,
    .notes = torch_write_notes,
};
