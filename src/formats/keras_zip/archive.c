/* Keras' own format of whole models, suffix .keras. Dialects: keras3 (default), keras2, both (keras_h5/store.h).
 *
 *     metadata.json      {"keras_version": "3.15.1"}; not looked at
 *     config.json        archive_config.h
 *     model.weights.h5   keras_h5/store.h, and keras_h5/own.h
 *
 * A zip whose members are stored, in this order, with dates of 1980; deflated ones are read too, and other
 * members are ignored. The optimizer's variables are read only if the compile settings are, too. */
#include "formats/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "codecs/zip/file.h"
#include "codecs/zip/writer.h"
#include "formats/keras_h5/keras_h5.h"
#include "formats/keras_h5/own.h"
#include "formats/keras_h5/store.h"
#include "formats/keras_zip/archive_config.h"

#define METADATA "metadata.json"
#define CONFIG   "config.json"
#define WEIGHTS  "model.weights.h5"

enum { MAX_JSON = 16 << 20 };

/* Also if it is broken: reading it says what is broken. */
static bool recognizes(const source *from)
{
    zip_file *zip = NULL;
    if (!zip_file_recognizes(from->data, from->size)) return false;
    if (zip_file_open(&zip, from->data, from->size, from->path)) return true;
    bool found = zip_file_find(zip, CONFIG) || zip_file_find(zip, WEIGHTS);
    zip_file_close(zip);
    return found;
}

/* ---- reading ---- */

static horn_status find_member(const zip_member **out, const zip_file *zip, const char *name)
{
    *out = zip_file_find(zip, name);
    if (*out) return HORN_OK;
    bool elsewhere = strcmp(name, WEIGHTS) == 0 &&
                     (zip_file_find(zip, "model.weights.npz") || zip_file_find(zip, "model.weights.json"));
    if (elsewhere)
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: its weights are in model.weights.npz or several files, expected %s", zip->name,
                    WEIGHTS);
    return fail(HORN_ERROR_FORMAT, "%s: a zip archive without %s, expected Keras' .keras", zip->name, name);
}

static horn_status read_json(config **out, const zip_file *zip, const char *name, const char *where)
{
    horn_status status = HORN_OK;
    const zip_member *member;
    bytes text = { 0 };
    TRY(find_member(&member, zip, name));
    TRY(zip_file_read(&text, zip, member, MAX_JSON));
    TRY(config_parse(out, bytes_text(&text), text.size, where));
done:
    bytes_free(&text);
    return status;
}

/* The member's bytes inside the archive, or unpacked into *own. */
static horn_status find_weights(const unsigned char **data, size_t *size, bytes *own, const zip_file *zip)
{
    const zip_member *member;
    horn_status status = find_member(&member, zip, WEIGHTS);
    if (status) return status;
    *size = member->size;
    if (member->method == 0) return zip_file_stored(data, zip, member);
    status = zip_file_read(own, zip, member, 0);
    *data = own->data;
    return status;
}

static horn_status read_variables(snapshot *out, const zip_file *zip, const format_options *options,
                                  const schema *known, bool has_optimizer, bool is_kept)
{
    const unsigned leave_out = options ? options->leave_out : 0;
    horn_status status = HORN_OK;
    bytes own = { 0 };
    char place[512];
    const unsigned char *data = NULL;
    size_t size = 0;
    hdf5_file *file = NULL;
    snprintf(place, sizeof place, "%.480s: " WEIGHTS, zip->name);
    TRY(snapshot_leave_out(out, PART_WEIGHTS, find_weights(&data, &size, &own, zip)));
    if (!data) goto done;
    TRY(hdf5_file_open(&file, data, size, place));
    if (is_kept) hdf5_file_stays(file);
    TRY(snapshot_leave_out(out, PART_WEIGHTS, keras_store_read_weights(out, file, known, place)));
    has_optimizer = has_optimizer && out->parts & PART_WEIGHTS && out->parts & PART_COMPILE;
    if (!(leave_out & PART_OPTIMIZER) && has_optimizer)
        TRY(snapshot_leave_out(out, PART_OPTIMIZER, keras_store_read_optimizer(out, file, false, place)));
    if (!(leave_out & PART_OPTIMIZER) && !has_optimizer && keras_store_has_optimizer(file))
        out->unread |= PART_OPTIMIZER;
    TRY(keras_own_read(out, file, leave_out, place));
    if (is_kept && own.size) TRY(snapshot_keep(out, &own));
done:
    hdf5_file_close(file);
    bytes_free(&own);
    return status;
}

static horn_status read_model(snapshot *out, const source *from, const format_options *options,
                              const schema *known)
{
    horn_status status = HORN_OK;
    unsigned leave_out = options ? options->leave_out : 0;
    char place[512];
    zip_file *zip = NULL;
    config *model = NULL;
    bool has_optimizer;
    snprintf(place, sizeof place, "%.480s: " CONFIG, from->path);
    TRY(zip_file_open(&zip, from->data, from->size, from->path));
    TRY(read_json(&model, zip, CONFIG, place));
    TRY(keras_zip_config_read(out, model, leave_out, &has_optimizer, place));
    if (!(leave_out & PART_WEIGHTS))
        TRY(read_variables(out, zip, options, known, has_optimizer, from->is_kept));
    if (leave_out & PART_ARCHITECTURE) out->parts &= ~(unsigned)PART_ARCHITECTURE;
done:
    config_free(model);
    zip_file_close(zip);
    return status;
}

/* ---- writing ---- */

static horn_status add_json(zip_writer *zip, const char *name, const config *value)
{
    bytes text = { 0 };
    horn_status status = config_print(value, false, &text);
    if (!status) status = zip_writer_add(zip, name, text.data, text.size, 0);
    bytes_free(&text);
    return status;
}

static horn_status add_metadata(zip_writer *zip, keras_store_dialect dialect)
{
    config *metadata = config_object();
    config_set_string(metadata, "keras_version",
                      keras_dialect_version(dialect == KERAS_STORE_3 ? KERAS_3 : KERAS_2));
    horn_status status = config_status(metadata);
    if (!status) status = add_json(zip, METADATA, metadata);
    config_free(metadata);
    return status;
}

static horn_status add_config(zip_writer *zip, const snapshot *s, unsigned parts, keras_store_dialect dialect,
                              const char *where)
{
    config *model = NULL;
    horn_status status = keras_zip_config_write(&model, s, parts, dialect, where);
    if (!status) status = add_json(zip, CONFIG, model);
    config_free(model);
    return status;
}

static horn_status add_weights(zip_writer *zip, const snapshot *s, unsigned parts,
                               keras_store_dialect dialect, const char *where)
{
    horn_status status = HORN_OK;
    pieces content = { 0 };
    hdf5_file *file = NULL;
    if (!(parts & PART_COMPILE)) parts &= ~(unsigned)PART_OPTIMIZER;
    TRY(hdf5_file_create(&file));
    TRY(keras_store_write(file, s, parts, dialect, where));
    TRY(keras_own_write(file, s, parts));
    status = hdf5_file_finish(file, &content);
    file = NULL;
    if (!status) status = zip_writer_add_pieces(zip, WEIGHTS, &content, 0);
done:
    hdf5_file_close(file);
    pieces_free(&content);
    return status;
}

static const char *const suffixes[] = { ".keras", NULL };

static horn_status write_model(const snapshot *s, transaction *t, const format_options *options)
{
    horn_status status = HORN_OK;
    const char *where = transaction_target(t);
    unsigned parts = s->parts & ~(options ? options->leave_out : 0);
    zip_writer *zip = NULL;
    pieces archive = { 0 };
    keras_store_dialect dialect;
    TRY(keras_store_dialect_read(&dialect, options ? options->dialect : NULL, "keras"));
    TRY(keras_check_target(t, suffixes, "keras"));
    if (!(parts & PART_ARCHITECTURE))
        TRY(fail(HORN_ERROR_ARGUMENT, "%s: keras without an architecture", where));
    if (!(parts & PART_WEIGHTS)) TRY(fail(HORN_ERROR_ARGUMENT, "%s: keras without weights", where));
    TRY(zip_writer_new(&zip, &archive));
    TRY(add_metadata(zip, dialect));
    TRY(add_config(zip, s, parts, dialect, where));
    TRY(add_weights(zip, s, parts, dialect, where));
    TRY(zip_writer_finish(zip));
    TRY(transaction_add_pieces(t, "", &archive));
done:
    zip_writer_free(zip);
    pieces_free(&archive);
    return status;
}

/* ---- listing ---- */

/* Also of members that are not read. */
static horn_status check_member(const zip_file *zip, const zip_member *member)
{
    const unsigned char *data;
    bytes content = { 0 };
    if (member->method == 0) return zip_file_stored(&data, zip, member);
    horn_status status = zip_file_read(&content, zip, member, 0);
    bytes_free(&content);
    return status;
}

/* Lists members that are not read, such as Keras' assets, so that the report can name them. */
static horn_status list_others(contents *out, const zip_file *zip)
{
    horn_status status = HORN_OK;
    static const char *const known[] = { METADATA, CONFIG, WEIGHTS };
    for (size_t i = 0; i < zip->count; i++) {
        const zip_member *member = &zip->members[i];
        const size_t length = strlen(member->name);
        contents_tensor *t;
        bool is_known = !length || member->name[length - 1] == '/';
        for (size_t k = 0; k < 3; k++) is_known |= strcmp(member->name, known[k]) == 0;
        if (is_known) continue;
        TRY(contents_add(out, &t));
        strcpy(t->dtype, "file");
        t->rank = -1;
        t->size = member->size;
        TRY(memory_copy_string(&t->name, member->name));
    }
done:
    return status;
}

static horn_status list(contents *out, const source *from)
{
    horn_status status = HORN_OK;
    char place[512];
    zip_file *zip = NULL;
    config *metadata = NULL;
    const unsigned char *data;
    size_t size;
    bytes own = { 0 };
    snprintf(place, sizeof place, "%.480s: " METADATA, from->path);
    TRY(zip_file_open(&zip, from->data, from->size, from->path));
    for (size_t i = 0; i < zip->count; i++) TRY(check_member(zip, &zip->members[i]));
    if (zip_file_find(zip, METADATA)) TRY(read_json(&metadata, zip, METADATA, place));
    TRY(find_weights(&data, &size, &own, zip));
    TRY(keras_h5_list_inside(out, data, size, &own, from->path,
                             config_get_string(metadata, "keras_version")));
    TRY(list_others(out, zip));
done:
    config_free(metadata);
    zip_file_close(zip);
    bytes_free(&own);
    return status;
}

const format keras_zip_format = {
    .name = "keras",
    .newer_optimizers = true,
    .suffixes = suffixes,
    .reads = PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE | PART_OPTIMIZER | PART_PROGRESS,
    .writes = PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE | PART_OPTIMIZER | PART_PROGRESS,
    .recognizes = recognizes,
    .read = read_model,
    .write = write_model,
    .list = list,
};
