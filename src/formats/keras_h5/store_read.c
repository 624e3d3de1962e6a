#include "formats/keras_h5/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/keras/classes.h"
#include "formats/keras/expected.h"
#include "formats/keras_h5/weights.h"
#include "formats/keras_h5/keras_h5.h"

enum { MAX_GROUPS = 16384 };

typedef struct reader {
    const hdf5_file *file;
    const char *where, *list; /* list: what the file calls the layers of a model */
} reader;

/* Keras 2.12 to 3.0 joined names with '\\' on Windows: the groups of layers are "layers\\dense", ... below the root. */
static const char windows_root[] = "/layers\\";

static horn_status join(char **out, const char *group, const char *name)
{
    bytes path = { 0 };
    bytes_print(&path, "%s%s%s", group, strcmp(group, windows_root) == 0 ? "" : "/", name);
    horn_status status = bytes_status(&path);
    if (!status) status = memory_copy_string(out, bytes_text(&path));
    bytes_free(&path);
    return status;
}

/* ---- a layer's own ---- */

static horn_status read_variable(const reader *r, snapshot_layer *layer, const char *group, size_t index)
{
    horn_status status = HORN_OK;
    char number[24], *path = NULL;
    horn_view like = { 0 };
    snprintf(number, sizeof number, "%zu", index);
    TRY(join(&path, group, number));
    TRY(keras_store_describe(r->file, path, &like, r->where));
    if (like.dtype == HORN_FLOAT64) like.dtype = HORN_FLOAT32;
    TRY(keras_h5_read_tensor(r->file, path, layer, number, &like));
done:
    free(path);
    return status;
}

static bool is_own(const snapshot_layer *layer)
{
    return layer->class_name && strchr(layer->class_name, '>');
}

/* `expected`: NULL if nothing is known of the layer. A user's class may keep its weights in layers inside it. */
static horn_status read_own(const reader *r, snapshot_layer *layer, const snapshot_layer *expected,
                            const char *group)
{
    horn_status status = HORN_OK;
    char *vars = NULL;
    size_t count;
    TRY(join(&vars, group, "vars"));
    TRY(keras_store_count(&count, r->file, vars, r->where));
    if (expected && expected->tensor_count && !count && !is_own(layer))
        TRY(fail(HORN_ERROR_FORMAT, "%s: no weights of layer '%s' (%s) in %s", r->where, layer->name,
                 layer->class_name, vars));
    for (size_t i = 0; i < count; i++) TRY(read_variable(r, layer, vars, i));
    TRY(keras_take_weights(layer, expected));
done:
    free(vars);
    return status;
}

/* ---- groups that no layer is known for ---- */

/* Adds a layer without class for each group below GROUP that has variables, called after its path. */
static horn_status find_more(const reader *r, snapshot_layer *layer, const char *group, const char *path,
                             size_t depth)
{
    horn_status status = HORN_OK;
    char **names = NULL, *below = NULL, *deeper = NULL;
    size_t count = 0, variables;
    snapshot_layer *inner;
    if (!hdf5_has_group(r->file, group)) return HORN_OK;
    if (depth == SNAPSHOT_MAX_DEPTH)
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: more than %d groups within each other in %s are not supported", r->where,
                    SNAPSHOT_MAX_DEPTH, group);
    TRY(join(&below, group, "vars"));
    TRY(keras_store_count(&variables, r->file, below, r->where));
    if (variables) {
        TRY(snapshot_add_inner(layer, path, NULL, path, &inner));
        TRY(read_own(r, inner, NULL, group));
    }
    TRY(hdf5_list(r->file, group, &names, &count));
    if (count > MAX_GROUPS)
        TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: %zu groups in %s, more than %d are not supported", r->where,
                 count, group, MAX_GROUPS));
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], "vars") == 0) continue;
        free(below);
        free(deeper);
        below = deeper = NULL;
        TRY(join(&below, group, names[i]));
        TRY(join(&deeper, path, names[i]));
        TRY(find_more(r, layer, below, deeper, depth + 1));
    }
done:
    free(names);
    free(below);
    free(deeper);
    return status;
}

static bool is_random(const char *name)
{
    return keras_is_random_state(name, strlen(name));
}

/* Fails for the first weights that belong to no layer inside. */
static horn_status refuse_more(const reader *r, snapshot_layer *layer, const snapshot_layer *found)
{
    return fail(HORN_ERROR_UNSUPPORTED,
                "%s: layer '%s' (%s): %zu weights in '%s', which belong to no layer that it holds", r->where,
                layer->name, layer->class_name, found->tensor_count, found->name);
}

static bool is_taken(const reader *r, const snapshot_layer *layer, char *const *places, const char *name)
{
    for (size_t i = 0; i < layer->inner_count; i++) {
        const bool is_list = keras_is_list(layer->inner[i].attribute);
        if (strcmp(name, is_list && strcmp(layer->inner[i].attribute, "layers") == 0
                             ? r->list
                             : layer->inner[i].attribute) == 0 ||
            strcmp(places[i], name) == 0)
            return true;
    }
    return false;
}

/* Groups of the layer beside those inside it. */
static horn_status read_more(const reader *r, snapshot_layer *layer, const snapshot_layer *expected,
                             const char *group, char *const *places)
{
    horn_status status = HORN_OK;
    char **names = NULL, *below = NULL;
    size_t count = 0;
    snapshot_layer found = { .class_name = NULL };
    const bool is_known = !expected->is_unknown && (!is_own(layer) || schema_fits(layer, expected));
    if (!hdf5_has_group(r->file, group)) return HORN_OK;
    TRY(hdf5_list(r->file, group, &names, &count));
    if (count > MAX_GROUPS)
        TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: %zu groups in %s, more than %d are not supported", r->where,
                 count, group, MAX_GROUPS));
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], "vars") == 0 || is_random(names[i]) || is_taken(r, layer, places, names[i]))
            continue;
        free(below);
        below = NULL;
        TRY(join(&below, group, names[i]));
        TRY(find_more(r, is_known ? &found : layer, below, names[i], 1));
        if (found.inner_count) TRY(refuse_more(r, layer, &found.inner[0]));
    }
    layer->is_unordered = !is_known && layer->inner_count;
done:
    snapshot_free_inner(&found);
    free(names);
    free(below);
    return status;
}

/* ---- layers ---- */

static bool is_among(char *const *places, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (places[i] && strcmp(places[i], name) == 0) return true;
    return false;
}

/* The names of the groups of layers; none if there is no such root. */
static horn_status list_groups(const hdf5_file *file, const char *root, char ***names, size_t *count)
{
    const bool on_windows = strcmp(root, windows_root) == 0;
    const size_t length = strlen(windows_root) - 1;
    size_t found = 0;
    if (!on_windows) return hdf5_has_group(file, root) ? hdf5_list(file, root, names, count) : HORN_OK;
    horn_status status = hdf5_list(file, "/", names, count);
    for (size_t i = 0; i < *count && !status; i++)
        if (strncmp((*names)[i], windows_root + 1, length) == 0) (*names)[found++] = (*names)[i] + length;
    *count = found;
    return status;
}

static bool is_of_windows(const hdf5_file *file)
{
    char **names = NULL;
    size_t count = 0;
    const bool found =
        !hdf5_has_group(file, "/layers") && !list_groups(file, windows_root, &names, &count) && count;
    free(names);
    return found;
}

bool keras_store_has_layers(const hdf5_file *file)
{
    return hdf5_has_group(file, "/layers") || hdf5_has_group(file, "/_layer_checkpoint_dependencies") ||
           is_of_windows(file);
}

/* Variables that no layer of the model takes are another model's. `places` are in the list's group. */
static horn_status check_groups(const reader *r, const char *root, char *const *places, size_t layers)
{
    horn_status status = HORN_OK;
    char **names = NULL, *group = NULL;
    size_t count = 0;
    snapshot_layer found = { .class_name = NULL };
    TRY(list_groups(r->file, root, &names, &count));
    if (count > MAX_GROUPS)
        TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: %zu layers, more than %d are not supported", r->where, count,
                 MAX_GROUPS));
    for (size_t i = 0; i < count; i++) {
        if (is_among(places, layers, names[i])) continue;
        free(group);
        group = NULL;
        TRY(join(&group, root, names[i]));
        TRY(find_more(r, &found, group, names[i], 1));
        if (found.inner_count)
            TRY(fail(HORN_ERROR_FORMAT, "%s: weights of a layer '%.100s', which the model has not", r->where,
                     names[i]));
    }
done:
    snapshot_free_inner(&found);
    free(names);
    free(group);
    return status;
}

static horn_status read_layer(const reader *r, snapshot_layer *layer, const snapshot_layer *expected,
                              const char *group);

/* Checks the group of the list, below the layer's, as the root's is checked. */
static horn_status check_list(const reader *r, const snapshot_layer *layer, const char *group,
                              char *const *places)
{
    horn_status status = HORN_OK;
    const char *attribute = layer->inner[0].attribute;
    char **last = NULL, *root = NULL;
    TRY(memory_new(&last, layer->inner_count, sizeof *last));
    for (size_t i = 0; i < layer->inner_count; i++) last[i] = strrchr(places[i], '/') + 1;
    TRY(join(&root, group, strcmp(attribute, "layers") == 0 ? r->list : attribute));
    TRY(check_groups(r, root, last, layer->inner_count));
done:
    free(last);
    free(root);
    return status;
}

static horn_status read_inner(const reader *r, snapshot_layer *layer, const snapshot_layer *expected,
                              const char *group, char *const *places)
{
    horn_status status = HORN_OK;
    char *below = NULL;
    for (size_t i = 0; i < layer->inner_count; i++) {
        const char *place = places[i];
        bytes path = { 0 };
        if (strncmp(place, "layers/", 7) == 0)
            bytes_print(&path, "%s/%s/%s", group, r->list, place + 7);
        else
            bytes_print(&path, "%s/%s", group, place);
        status = bytes_status(&path);
        free(below);
        below = NULL;
        if (!status) status = memory_copy_string(&below, bytes_text(&path));
        bytes_free(&path);
        TRY(status);
        TRY(read_layer(r, &layer->inner[i], &expected->inner[i], below));
    }
done:
    free(below);
    return status;
}

/* Keras 2 may call the layer inside another way. */
static horn_status find_place(const reader *r, char **out, const snapshot_layer *layer, size_t index,
                              const char *group)
{
    horn_status status = keras_store_inner_place(out, layer, index, false, r->where);
    char *path = NULL, *other = NULL;
    if (status) return status;
    TRY(join(&path, group, *out));
    if (hdf5_has_group(r->file, path)) goto done;
    TRY(keras_store_inner_place(&other, layer, index, true, r->where));
    free(*out);
    *out = other;
done:
    free(path);
    return status;
}

static horn_status read_layer(const reader *r, snapshot_layer *layer, const snapshot_layer *expected,
                              const char *group)
{
    horn_status status = HORN_OK;
    const size_t count = layer->inner_count;
    char **places = NULL;
    TRY(memory_new(&places, count, sizeof *places));
    for (size_t i = 0; i < count; i++) TRY(find_place(r, &places[i], layer, i, group));
    TRY(read_own(r, layer, expected, group));
    TRY(read_inner(r, layer, expected, group, places));
    if (count && keras_is_list(layer->inner[0].attribute)) TRY(check_list(r, layer, group, places));
    TRY(read_more(r, layer, expected, group, places));
done:
    for (size_t i = 0; places && i < count; i++) free(places[i]);
    free(places);
    return status;
}

horn_status keras_store_read_weights(snapshot *out, const hdf5_file *file, const schema *known,
                                     const char *where)
{
    horn_status status = HORN_OK;
    static const char *const old = "_layer_checkpoint_dependencies";
    const bool is_old =
        !hdf5_has_group(file, "/layers") && hdf5_has_group(file, "/_layer_checkpoint_dependencies");
    const reader r = { file, where, is_old ? old : "layers" };
    char **places = NULL, *root = NULL, *group = NULL;
    snapshot *expected = NULL;
    TRY(keras_expect(&expected, out, known, where));
    TRY(keras_store_places(&places, out, where));
    if (is_of_windows(file))
        TRY(memory_copy_string(&root, windows_root));
    else
        TRY(join(&root, "", r.list));
    TRY(check_groups(&r, root, places, out->layer_count));
    for (size_t i = 0; i < out->layer_count; i++) {
        free(group);
        group = NULL;
        TRY(join(&group, root, places[i]));
        TRY(read_layer(&r, &out->layers[i], &expected->layers[i], group));
        out->unsure |= out->layers[i].is_unordered;
    }
    out->parts |= PART_WEIGHTS;
done:
    snapshot_free(expected);
    keras_store_places_free(places, out);
    free(root);
    free(group);
    return status;
}
