#include "formats/foreign.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include "base/status.h"
#include "codecs/byte_reader.h"
#include "codecs/protobuf.h"
#include "codecs/zip/file.h"

/* ---- what the table asks ---- */

static bool begins(const source *from, const char *text)
{
    const size_t length = strlen(text);
    return from->size >= length && memcmp(from->data, text, length) == 0;
}

static bool is_empty(const source *from)
{
    return from->size == 0;
}

static bool is_lfs_pointer(const source *from)
{
    return begins(from, "version https://git-lfs.github.com/spec/");
}

/* "<!doctype html" or "<html", behind spaces and a byte-order mark, in any case. */
static bool is_html(const source *from)
{
    static const char *const tags[] = { "<!doctype html", "<html" };
    size_t at = begins(from, "\xef\xbb\xbf") ? 3 : 0;
    while (at < from->size && isspace(from->data[at])) at++;
    for (int i = 0; i < 2; i++)
        if (from->size - at >= strlen(tags[i]) &&
            strncasecmp((const char *)from->data + at, tags[i], strlen(tags[i])) == 0)
            return true;
    return false;
}

static bool is_gzip(const source *from)
{
    return begins(from, "\x1f\x8b\x08");
}

static bool is_packed(const source *from)
{
    return begins(from, "BZh") ||
           begins(from, "\xfd"
                        "7zXZ") ||
           begins(from, "\x28\xb5\x2f\xfd") || begins(from, "7z\xbc\xaf");
}

static bool is_tar(const source *from)
{
    return from->size > 262 && memcmp(from->data + 257, "ustar", 5) == 0;
}

/* A message of a version (1) and of graphs (2) alone. */
static bool is_saved_model(const source *from)
{
    protobuf_reader r = protobuf_read(from->data, from->size);
    protobuf_field f;
    bool version = false, graph = false, other = false;
    while (protobuf_next(&r, &f)) {
        version |= f.number == 1 && f.type == PROTOBUF_VARINT;
        graph |= f.number == 2 && f.type == PROTOBUF_BYTES;
        other |= f.number > 2;
    }
    return !r.failed && version && graph && !other;
}

static bool is_pickle(const source *from)
{
    if (from->size < 3 || from->data[from->size - 1] != '.') return false;
    return (from->data[0] == 0x80 && from->data[1] >= 2 && from->data[1] <= 5) || begins(from, "(dp") ||
           begins(from, "(lp") || begins(from, "ccopy_reg\n");
}

static bool is_array(const source *from)
{
    return begins(from, "\x93NUMPY");
}

/* Whether the archive has a member whose name ends so. */
static bool holds(const source *from, const char *end)
{
    zip_file *zip = NULL;
    bool found = false;
    if (!zip_file_recognizes(from->data, from->size) ||
        zip_file_open(&zip, from->data, from->size, from->path))
        return false;
    for (size_t i = 0; i < zip->count && !found; i++) {
        const size_t length = strlen(zip->members[i].name), own = strlen(end);
        found = length >= own && strcmp(zip->members[i].name + length - own, end) == 0;
    }
    zip_file_close(zip);
    return found;
}

/* Its first member is one of PyTorch's. */
static bool is_torch_tar(const source *from)
{
    static const char *const members[] = { "storages", "tensors", "pickle", "sys_info" };
    for (int i = 0; i < 4 && is_tar(from); i++)
        if (strncmp((const char *)from->data, members[i], 100) == 0) return true;
    return false;
}

static bool is_torch_script(const source *from)
{
    return holds(from, "/data.pkl") && holds(from, "/constants.pkl");
}

static bool is_npz(const source *from)
{
    return holds(from, ".npy");
}

static bool is_zip_of_model(const source *from)
{
    return holds(from, ".h5") || holds(from, ".keras") || holds(from, ".hdf5") ||
           holds(from, "saved_model.pb") || holds(from, ".index");
}

static bool is_zip(const source *from)
{
    return zip_file_recognizes(from->data, from->size);
}

/* ---- the table: the first that holds; in front what stands in the place of a file ---- */

static const struct {
    const char *what; /* behind "PATH: is " */
    bool (*holds)(const source *);
    bool is_model; /* of another framework, or within: valid, and not supported */
    const char *suffixes[3];
} kinds[] = {
    { "empty", is_empty, false, { NULL } },
    { "a Git LFS pointer in the place of the file: fetch the real file with git lfs pull",
      is_lfs_pointer,
      false,
      { NULL } },
    { "an HTML page, saved in the place of a model", is_html, false, { NULL } },
    { "the saved_model.pb of a SavedModel under another name, expected its directory",
      is_saved_model,
      false,
      { NULL } },
    { "a model of TorchScript (PyTorch), which is not supported", is_torch_script, true, { NULL } },
    { "a file of PyTorch before 0.1.10 (a tar archive), which is not supported",
      is_torch_tar,
      true,
      { NULL } },
    { "a pickle of Python, which is code and never read", is_pickle, true, { ".pickle", ".joblib" } },
    { "an array of NumPy (.npy), which is no model", is_array, false, { NULL } },
    { "an archive of NumPy arrays (.npz) without names of layers, which is no model",
      is_npz,
      false,
      { NULL } },
    { "a zip archive that holds a model, expected the model itself", is_zip_of_model, true, { NULL } },
    { "a zip archive without Keras' config.json, which is not supported", is_zip, true, { NULL } },
    { "packed with gzip, expected the model itself", is_gzip, true, { NULL } },
    { "packed (bzip2, xz, zstd or 7z), expected the model itself", is_packed, true, { NULL } },
    { "a tar archive, expected the model itself", is_tar, true, { NULL } },
};
enum { KINDS = sizeof kinds / sizeof *kinds, STAND_INS = 3 };

static horn_status check_first(const source *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (kinds[i].holds(from))
            return fail(kinds[i].is_model ? HORN_ERROR_UNSUPPORTED : HORN_ERROR_FORMAT, "%s: is %s",
                        from->path, kinds[i].what);
    return HORN_OK;
}

horn_status foreign_check_stand_in(const source *from)
{
    return check_first(from, STAND_INS);
}

horn_status foreign_check(const source *from)
{
    return check_first(from, KINDS);
}

horn_status foreign_check_name(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    for (size_t i = 0; i < KINDS; i++)
        for (int k = 0; k < 3 && kinds[i].suffixes[k]; k++) {
            const size_t length = strlen(name), own = strlen(kinds[i].suffixes[k]);
            if (length > own && strcmp(name + length - own, kinds[i].suffixes[k]) == 0)
                return fail(HORN_ERROR_UNSUPPORTED, "%s: the name belongs to %s", path, kinds[i].what);
        }
    return HORN_OK;
}

/* ---- JSON, which has no first bytes of its own ---- */

horn_status foreign_check_json(const config *value, const char *where)
{
    static const struct {
        const char *key, *what;
    } signs[] = {
        { "modelTopology", "a model.json of TensorFlow.js, which is not supported" },
        { "weightsManifest", "a model.json of TensorFlow.js, which is not supported" },
        { "weight_map", "the index of weights in several files (sharded), which is not supported" },
        { "date_saved",
          "the metadata.json of a .keras, which names Keras' version alone, expected the whole .keras" },
    };
    if (config_get(value, "class_name")) return HORN_OK;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (config_get(value, signs[i].key))
            return fail(HORN_ERROR_UNSUPPORTED, "%s: is %s", where, signs[i].what);
    return HORN_OK;
}
