#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "base/utf8.h"
#include "formats/format.h"
#include "formats/torch_files/notes.h"
#include "formats/torch7/torch7.h"

static bool recognizes(const source *from)
{
    return torch7_recognizes(from->data, from->size);
}

static horn_status refuse(const source *from)
{
    if (!torch7_is_text(from->data, from->size)) return HORN_OK;
    return fail(HORN_ERROR_UNSUPPORTED, "%s: is a .t7 of Torch7 in its text form, which is not supported",
                from->path);
}

/* ---- reading ---- */

static horn_status fill_state(torch_state *out, const torch7_names *names)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; i < names->count && !status; i++) {
        const torch7_named *from = &names->items[i];
        horn_view like = { .dtype = torch7_named_dtype(from), .rank = from->rank };
        torch_tensor *t;
        memcpy(like.shape, from->shape, sizeof like.shape);
        status = torch_state_add(out, from->name, &like, &t);
        if (status) return status;
        torch7_named_copy(from, t->data);
        t->is_parameter = !torch_is_buffer(from->name);
    }
    return status;
}

static horn_status read_weights(snapshot *out, const torch7_file *file, const source *from,
                                const schema *known, const char *const *lines)
{
    torch7_names names = { 0 };
    torch_state state = { 0 };
    horn_status status = torch7_collect(&names, file, from->size, false, from->path);
    if (!status) status = fill_state(&state, &names);
    if (!status) status = torch_read_state(out, &state, known, lines, from->path);
    torch_state_free(&state);
    torch7_names_free(&names);
    return status;
}

/* Copies a text that ends with a 0; NULL for one with other zeros, or that is not UTF-8. */
static horn_status copy_text(char **out, const torch7_value *v)
{
    *out = NULL;
    if (memchr(v->text, 0, v->length) || !utf8_is_valid(v->text, v->length, false)) return HORN_OK;
    return memory_copy_text(out, v->text, v->length);
}

static horn_status add_aside(config *asides, const char *key, const torch7_value *v)
{
    char *text = NULL;
    horn_status status = v->kind == TORCH7_STRING ? copy_text(&text, v) : HORN_OK;
    if (v->kind == TORCH7_NUMBER)
        config_set_number(asides, key, v->number);
    else if (v->kind == TORCH7_BOOLEAN)
        config_set_boolean(asides, key, v->boolean);
    else
        config_set_string(asides, key, text);
    free(text);
    return status;
}

/* Numbers, booleans and texts of a table beside its tensors and modules. */
static horn_status read_asides(snapshot *out, const torch7_file *file)
{
    horn_status status = HORN_OK;
    const torch7_value *root = file->root, *note = torch7_note(file);
    if (root->kind != TORCH7_TABLE) return HORN_OK;
    out->asides = config_object();
    for (size_t i = 0; i < root->count && !status; i++) {
        const torch7_value *key = root->pairs[i].key, *v = root->pairs[i].value;
        const bool is_plain =
            v->kind == TORCH7_NUMBER || v->kind == TORCH7_BOOLEAN || v->kind == TORCH7_STRING;
        char *name = NULL;
        if (!snapshot_has_room_for_aside(out->asides)) break;
        if (key->kind != TORCH7_STRING || !is_plain || v == note) continue;
        status = copy_text(&name, key);
        if (!status && name && !torch_is_counter(name)) status = add_aside(out->asides, name, v);
        free(name);
    }
    return status ? status : config_status(out->asides);
}

static horn_status read_t7(snapshot *out, const source *from, const format_options *options,
                           const schema *known)
{
    horn_status status = HORN_OK;
    const unsigned leave_out = options ? options->leave_out : 0;
    torch7_file file = { 0 };
    torch_lines lines = { 0 };
    config *note = NULL;
    TRY(torch7_read(&file, from->data, from->size, from->path));
    const torch7_value *text = torch7_note(&file);
    if (text) TRY(config_parse(&note, text->text, text->length, from->path));
    TRY(torch_notes_read(out, note, leave_out, from->path));
    TRY(torch_lines_of(&lines, options, note));
    TRY(read_asides(out, &file));
    if (leave_out & PART_WEIGHTS) goto done;
    horn_status found = read_weights(out, &file, from, known, lines.lines);
    if (out->parts & PART_ARCHITECTURE) found = snapshot_leave_out(out, PART_WEIGHTS, found);
    status = found;
done:
    torch_lines_free(&lines);
    config_free(note);
    torch7_free(&file);
    return status;
}

/* ---- writing ---- */

static horn_status write_t7(const snapshot *s, transaction *t, const format_options *options)
{
    horn_status status = HORN_OK;
    const unsigned parts = s->parts & ~(options ? options->leave_out : 0) & ~(unsigned)PART_PROGRESS;
    const char *where = transaction_target(t);
    torch_modules modules = { 0 };
    torch_state state = { 0 };
    config *note = NULL;
    bytes text = { 0 }, file = { 0 };
    if (options && options->dialect)
        TRY(fail(HORN_ERROR_ARGUMENT, "%s: dialect is '%s', expected none", where, options->dialect));
    if (!(parts & PART_WEIGHTS))
        TRY(fail(HORN_ERROR_ARGUMENT, "%s: Torch7's objects without weights", where));
    TRY(torch_write_state(&state, &modules, s, options, where));
    TRY(torch_notes_write(&note, s, parts, &modules, where));
    if (note) TRY(config_print(note, false, &text));
    TRY(bytes_status(&text));
    TRY(torch7_write(&file, &state, &modules, s, note ? bytes_text(&text) : NULL, where));
    TRY(transaction_add(t, "", &file));
done:
    bytes_free(&text);
    bytes_free(&file);
    config_free(note);
    torch_state_free(&state);
    torch_modules_free(&modules);
    return status;
}

/* ---- listing ---- */

typedef struct opened {
    torch7_file file;
    torch7_names names;
} opened;

static void close_file(void *owner)
{
    opened *o = owner;
    torch7_names_free(&o->names);
    torch7_free(&o->file);
    free(o);
}

static horn_status read_values(const contents *c, size_t index, void *data, size_t size)
{
    const torch7_named *n = &((const opened *)c->owner)->names.items[index];
    if (size != c->tensors[index].size)
        return fail(HORN_ERROR_ARGUMENT, "tensor '%.200s' has %zu bytes, asked for %zu", n->name,
                    c->tensors[index].size, size);
    if (data && size) torch7_named_copy(n, data);
    return HORN_OK;
}

/* Opening has checked all that there is. */
static horn_status verify(const contents *c, bytes *report)
{
    (void)c;
    bytes_print(report, "the objects, and that tensors lie in their storages; it carries no checksum");
    return HORN_OK;
}

static horn_status list(contents *out, const source *from)
{
    horn_status status = HORN_OK;
    opened *o = NULL;
    TRY(memory_new(&o, 1, sizeof *o));
    out->owner = o;
    out->close = close_file;
    out->read = read_values;
    out->verify = verify;
    TRY(torch7_read(&o->file, from->data, from->size, from->path));
    TRY(torch7_collect(&o->names, &o->file, from->size, true, from->path));
    if (torch7_note(&o->file)) TRY(memory_copy_string(&out->producer, "Horn"));
    for (size_t i = 0; i < o->names.count; i++) {
        const torch7_named *n = &o->names.items[i];
        contents_tensor *added;
        TRY(contents_add(out, &added));
        *added = (contents_tensor){ .rank = n->rank, .is_readable = true, .as = torch7_named_dtype(n) };
        added->size =
            horn_dtype_size(added->as) * (n->value->kind == TORCH7_NUMBER ? 1 : torch7_count(n->value));
        added->is_own = torch_is_counter(n->name);
        strcpy(added->dtype, horn_dtype_name(added->as));
        memcpy(added->shape, n->shape, sizeof added->shape);
        TRY(memory_copy_string(&added->name, n->name));
    }
done:
    return status;
}

static const char *const suffixes[] = { ".t7", NULL };
static const format_option options[] = { { TORCH_NAMES, FORMAT_NAMES, 0, 0 }, { 0 } };

const format torch7_format = {
    .name = "torch7",
    .suffixes = suffixes,
    .reads = PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE,
    .writes = PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE,
    .needs = PART_OPERATIONS,
    .weights_alone = true,
    .by_name = true,
    .options = options,
    .recognizes = recognizes,
    .read = read_t7,
    .write = write_t7,
    .list = list,
    .refuse = refuse,
};
