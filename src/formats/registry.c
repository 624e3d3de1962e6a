#include "formats/format.h"

#include <ctype.h>
#include <string.h>
#include "base/bytes.h"
#include "base/status.h"
#include "formats/foreign.h"

extern const format deepdish_format, torch7_format;
extern const format keras_json_format, keras_yaml_format, keras_h5_format, keras_h5_weights_format,
    tf_weights_format, tf_checkpoint_format, keras_zip_format, keras_weights_h5_format, frozen_graph_format,
    saved_model_format, safetensors_format, torch_format, torch_weights_format, meta_graph_format;
extern const format onnx_format, tflite_format, torch_module_format, npz_format, c_source_format;

/* In the order in which content is asked: a GraphDef whose first node has 123 bytes begins with "\n{", as JSON may; YAML may
 * begin with a brace, too; and Keras' formats take any HDF5 file, those of deepdish included. */
static const format *const formats[] = { &onnx_format,
                                         &tflite_format,
                                         &frozen_graph_format,
                                         &keras_yaml_format,
                                         &keras_json_format,
                                         &deepdish_format,
                                         &torch7_format,
                                         &keras_h5_format,
                                         &keras_h5_weights_format,
                                         &keras_zip_format,
                                         &keras_weights_h5_format,
                                         &tf_weights_format,
                                         &tf_checkpoint_format,
                                         &saved_model_format,
                                         &safetensors_format,
                                         &torch_format,
                                         &torch_weights_format,
                                         &meta_graph_format,
                                         &torch_module_format,
                                         &npz_format,
                                         &c_source_format };
enum { FORMATS = sizeof formats / sizeof *formats };

const format *format_at(size_t index)
{
    return index < FORMATS ? formats[index] : NULL;
}

static bool ends_with(const char *path, const char *suffix)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t length = strlen(name), own = strlen(suffix);
    if (strcmp(suffix, "/") == 0) return length == 0 && slash; /* of a directory */
    return length > own && strcmp(name + length - own, suffix) == 0;
}

const format *format_of_bare_names(void)
{
    for (size_t i = 0; i < FORMATS; i++)
        if (formats[i]->bare_names) return formats[i];
    return NULL;
}

/* True if one file of the format can be a checkpoint of a run, or hold weights alone. */
static bool holds_runs(const format *f)
{
    return !f->files &&
           (f->writes & PART_OPTIMIZER || (f->writes & PART_WEIGHTS && !(f->writes & PART_ARCHITECTURE)));
}

const char *format_run_suffix(const char *name)
{
    size_t longest = 0;
    for (size_t i = 0; i < FORMATS; i++)
        for (const char *const *suffix = formats[i]->suffixes; holds_runs(formats[i]) && *suffix; suffix++)
            if (strlen(*suffix) > longest && ends_with(name, *suffix)) longest = strlen(*suffix);
    return name + strlen(name) - longest;
}

static bool suits(const format *f, bool weights_only)
{
    bool whole = f->writes & PART_ARCHITECTURE;
    return weights_only ? (!whole || f->weights_alone) && f->writes & PART_WEIGHTS : whole;
}

/* A name that is a suffix alone belongs to its format too. */
static bool is_taken(const char *path)
{
    char name[300] = "x";
    const char *slash = strrchr(path, '/');
    strncat(name, slash ? slash + 1 : path, sizeof name - 2);
    for (size_t i = 0; i < FORMATS; i++)
        for (const char *const *suffix = formats[i]->suffixes; *suffix; suffix++)
            if (ends_with(name, *suffix)) return true;
    return name[1] == 0; /* of a directory */
}

horn_status format_by_name(const format **out, const char *name)
{
    bytes known = { 0 };
    for (size_t i = 0; i < FORMATS; i++) {
        bytes_print(&known, " %s", formats[i]->name);
        if (strcmp(formats[i]->name, name) != 0) continue;
        bytes_free(&known);
        *out = formats[i];
        return HORN_OK;
    }
    const char *list = bytes_text(&known);
    horn_status status =
        fail(HORN_ERROR_ARGUMENT, "no format is called '%s', expected one of%s", name, list ? list : "");
    bytes_free(&known);
    return status;
}

static bool is_known(const char *path)
{
    for (size_t i = 0; i < FORMATS; i++)
        for (const char *const *suffix = formats[i]->suffixes; *suffix; suffix++)
            if (ends_with(path, *suffix)) return true;
    return foreign_check_name(path) != HORN_OK; /* that one is refused by its own line */
}

const char *format_unknown_suffix(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
    if (!dot || dot == name || !isalpha((unsigned char)dot[1])) return NULL;
    for (const char *c = dot + 1; *c; c++)
        if (!isalnum((unsigned char)*c)) return NULL;
    return is_known(path) ? NULL : dot;
}

/* Names the suffixes of all formats that would do. */
static horn_status refuse_suffix(const char *path, bool weights_only)
{
    bytes known = { 0 };
    for (size_t i = 0; i < FORMATS; i++)
        for (const char *const *suffix = formats[i]->suffixes; suits(formats[i], weights_only) && *suffix;
             suffix++)
            bytes_print(&known, " %s%s", strcmp(*suffix, "/") == 0 ? "DIR" : "", *suffix);
    const char *list = bytes_text(&known);
    horn_status status = fail(HORN_ERROR_ARGUMENT, "%s: the suffix names no format for %s, expected one of%s",
                              path, weights_only ? "weights" : "models", list ? list : "");
    bytes_free(&known);
    return status;
}

horn_status format_by_suffix(const format **out, const char *path, bool weights_only)
{
    const format *best = NULL;
    size_t longest = 0, length;
    horn_status status = foreign_check_name(path);
    if (status) return status;
    for (size_t i = 0; i < FORMATS; i++)
        for (const char *const *suffix = formats[i]->suffixes; *suffix; suffix++)
            if ((length = strlen(*suffix)) >= longest && ends_with(path, *suffix)) {
                if (length > longest || !best) best = suits(formats[i], weights_only) ? formats[i] : NULL;
                longest = length;
            }
    if (!best && format_unknown_suffix(path))
        return fail(HORN_ERROR_ARGUMENT,
                    "%s: no format has the suffix %s, expected a known one, none, or the format's name", path,
                    format_unknown_suffix(path));
    if (!best && !is_taken(path)) best = format_of_bare_names();
    if (!best) return refuse_suffix(path, weights_only);
    *out = best;
    return HORN_OK;
}

horn_status format_by_content(const format **out, const source *from)
{
    for (size_t i = 0; i < FORMATS; i++) {
        if (!formats[i]->reads || !formats[i]->recognizes(from)) continue;
        *out = formats[i];
        return HORN_OK;
    }
    horn_status status = foreign_check_stand_in(from);
    for (size_t i = 0; !status && i < FORMATS; i++)
        if (formats[i]->refuse) status = formats[i]->refuse(from);
    if (!status) status = foreign_check(from);
    if (status) return status;
    return fail(HORN_ERROR_FORMAT, "%s: is no model in a known format (%zu bytes)", from->path, from->size);
}

horn_status format_to_list(const format **out, const source *from)
{
    horn_status status = format_by_content(out, from);
    for (size_t i = 0; status && i < FORMATS; i++) {
        if (!formats[i]->list || !formats[i]->recognizes(from)) continue;
        *out = formats[i];
        return HORN_OK;
    }
    return status;
}

horn_status format_read(const format *f, snapshot *out, const source *from, const format_options *options,
                        const schema *known)
{
    horn_status status = f->read(out, from, options, known);
    return status ? status : snapshot_check(out, from->path);
}

horn_status format_contents(const format *f, contents *out, const source *from)
{
    horn_status status = f->list(out, from);
    return status ? status : contents_check(out, from->path);
}

horn_status format_check_options(const format *f, const format_options *options, const char *path)
{
    return format_options_check(options, f->options, f->name, path);
}

bool format_needs_chain(const format *f)
{
    return f->needs & PART_OPERATIONS;
}
