#include "formats/keras_h5/weights.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/keras/classes.h"
#include "formats/keras/expected.h"
#include "formats/keras_h5/keras_h5.h"
#include "snapshot/index.h"

enum { MAX_NAMES = 4096 };

typedef struct group_list {
    char **names; /* one block, as hdf5_read_names gives it */
    size_t count;
    struct group {
        char *path, **weights;
        size_t weight_count, layer; /* layer: index in the snapshot */
    } * groups;
} group_list;

static void free_list(group_list *list)
{
    for (size_t i = 0; list->groups && i < list->count; i++) {
        free(list->groups[i].path);
        free(list->groups[i].weights);
    }
    free(list->groups);
    free(list->names);
}

horn_status keras_path(char **out, const char *path, const char *name, const char *where)
{
    bytes text = { 0 };
    for (const char *part = name;; part++) {
        size_t length = strcspn(part, "/");
        if (length == 0 || (length == 1 && *part == '.'))
            return fail(HORN_ERROR_FORMAT, "%s: the name '%s' has an empty part", where, name);
        part += length;
        if (!*part) break;
    }
    bytes_print(&text, "%s/%s", strcmp(path, "/") == 0 ? "" : path, name);
    horn_status status = bytes_status(&text);
    if (!status) status = memory_copy_string(out, bytes_text(&text));
    bytes_free(&text);
    return status;
}

/* ---- reading ---- */

static horn_status check_names(char *const *names, size_t count, const char *what, const char *where)
{
    if (count > MAX_NAMES)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: %zu %s, more than %d are not supported", where, count, what,
                    MAX_NAMES);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(names[i], names[j]) == 0)
                return fail(HORN_ERROR_FORMAT, "%s: '%s' is twice among the %s", where, names[i], what);
    return HORN_OK;
}

static horn_status read_list(group_list *list, const hdf5_file *file, const char *group, const char *where)
{
    horn_status status = HORN_OK;
    TRY(hdf5_read_names(file, group, "layer_names", false, &list->names, &list->count));
    TRY(check_names(list->names, list->count, "layer_names", where));
    TRY(memory_new(&list->groups, list->count, sizeof *list->groups));
    for (size_t i = 0; i < list->count; i++) {
        struct group *g = &list->groups[i];
        TRY(keras_path(&g->path, group, list->names[i], where));
        TRY(hdf5_read_names(file, g->path, "weight_names", true, &g->weights, &g->weight_count));
        TRY(check_names(g->weights, g->weight_count, "weight_names", where));
    }
done:
    return status;
}

static size_t find_layer(const snapshot *s, const char *name)
{
    size_t i = 0;
    while (i < s->layer_count && strcmp(s->layers[i].name, name) != 0) i++;
    return i;
}

static bool has_weights(const snapshot_layer *layer, const snapshot_layer *expected)
{
    bool has = expected->tensor_count || (expected->is_unknown && keras_seems_weighted(layer));
    for (size_t i = 0; i < layer->inner_count; i++)
        has = has || has_weights(&layer->inner[i], &expected->inner[i]);
    return has;
}

/* Which layers have weights: by the names of groups, else by their number, else by what is expected. */
static horn_status mark_weighted(bool *weighted, const snapshot *s, const snapshot *expected,
                                 const group_list *list, size_t groups, const char *where)
{
    size_t found = 0, guessed = 0;
    for (size_t i = 0; i < list->count; i++) {
        size_t layer = find_layer(s, list->names[i]);
        if (!list->groups[i].weight_count || layer == s->layer_count) continue;
        weighted[layer] = true;
        found++;
    }
    if (found == groups) return HORN_OK;
    for (size_t i = 0; i < s->layer_count; i++) guessed += has_weights(&s->layers[i], &expected->layers[i]);
    if (list->count != s->layer_count && guessed != groups)
        return fail(HORN_ERROR_FORMAT,
                    "%s: weights of %zu layers whose names are not the model's, expected %zu", where, groups,
                    guessed);
    for (size_t i = 0; i < s->layer_count; i++)
        weighted[i] = list->count == s->layer_count ? list->groups[i].weight_count > 0
                                                    : has_weights(&s->layers[i], &expected->layers[i]);
    return HORN_OK;
}

/* As Keras: the k-th group with weights is the k-th layer's that has some. */
static horn_status pair(group_list *list, const snapshot *s, const snapshot *expected, const char *where)
{
    horn_status status = HORN_OK;
    bool *weighted = NULL;
    size_t groups = 0, layer = 0;
    for (size_t i = 0; i < list->count; i++) groups += list->groups[i].weight_count > 0;
    TRY(memory_new(&weighted, s->layer_count, 1));
    TRY(mark_weighted(weighted, s, expected, list, groups, where));
    for (size_t i = 0; i < list->count; i++) {
        if (!list->groups[i].weight_count) continue;
        while (!weighted[layer]) layer++;
        list->groups[i].layer = layer++;
    }
done:
    free(weighted);
    return status;
}

horn_status keras_weight_name(char **out, const char *name, const char *layer)
{
    size_t length = strlen(name), own = strlen(layer);
    const char *start = NULL, *colon = strrchr(name, ':');
    if (colon && colon[1] && strspn(colon + 1, "0123456789") == strlen(colon + 1))
        length = (size_t)(colon - name);
    for (const char *at = name; own && !start && (at = strstr(at, layer)); at++)
        if ((at == name || at[-1] == '/') && at[own] == '/' && at + own + 1 < name + length)
            start = at + own + 1;
    if (!start) {
        start = name + length;
        while (start > name && start[-1] != '/') start--;
    }
    return memory_copy_text(out, start, (size_t)(name + length - start));
}

/* If two names are the same without their layer, the second keeps it. */
static horn_status name_weight(char **out, const snapshot_layer *layer, const char *name)
{
    horn_status status = keras_weight_name(out, name, layer->name);
    for (size_t i = 0; !status && i < layer->tensor_count; i++) {
        if (strcmp(layer->tensors[i].name, *out) != 0) continue;
        free(*out);
        *out = NULL;
        return memory_copy_string(out, name);
    }
    return status;
}

static horn_status read_weight(snapshot_layer *layer, const hdf5_file *file, const struct group *g,
                               const char *weight, const char *where)
{
    horn_status status = HORN_OK;
    horn_view like = { 0 };
    char *path = NULL, *name = NULL;
    TRY(keras_path(&path, g->path, weight, where));
    TRY(hdf5_describe_dataset(file, path, &like.dtype, &like.rank, like.shape));
    if (like.dtype == HORN_FLOAT64) like.dtype = HORN_FLOAT32;
    TRY(name_weight(&name, layer, weight));
    TRY(keras_h5_read_tensor(file, path, layer, name, &like));
done:
    free(path);
    free(name);
    return status;
}

horn_status keras_weights_read(snapshot *out, const hdf5_file *file, const char *group, const schema *known,
                               const char *where)
{
    horn_status status = HORN_OK;
    group_list list = { 0 };
    snapshot_layer *layer;
    snapshot *expected = NULL;
    bool has_layers = out->parts & PART_ARCHITECTURE;
    TRY(read_list(&list, file, group, where));
    if (has_layers) TRY(keras_expect(&expected, out, known, where));
    if (has_layers) TRY(pair(&list, out, expected, where));
    for (size_t i = 0; i < list.count; i++) {
        struct group *g = &list.groups[i];
        if (has_layers && !g->weight_count) continue;
        if (has_layers)
            layer = &out->layers[g->layer];
        else
            TRY(snapshot_add_layer(out, NULL, list.names[i], &layer));
        for (size_t j = 0; j < g->weight_count; j++) TRY(read_weight(layer, file, g, g->weights[j], where));
        TRY(has_layers ? keras_distribute(layer, &expected->layers[g->layer])
                       : keras_take_weights(layer, NULL));
    }
    out->parts |= PART_WEIGHTS;
done:
    snapshot_free(expected);
    free_list(&list);
    return status;
}

/* ---- writing ---- */

/* "sequential/lstm/lstm_cell/kernel", "lstm/lstm_cell/kernel:0" */
static horn_status weight_name(char **out, const snapshot *s, const snapshot_weight *w, keras_dialect dialect)
{
    bytes text = { 0 };
    if (dialect == KERAS_3) bytes_print(&text, "%s/", s->name ? s->name : "sequential");
    snapshot_path(&text, w, &path_slashes);
    if (dialect != KERAS_3) bytes_print(&text, ":0");
    horn_status status = bytes_status(&text);
    if (!status) status = memory_copy_string(out, bytes_text(&text));
    bytes_free(&text);
    return status;
}

static horn_status write_weights(hdf5_file *file, const char *path, const snapshot_index *weights,
                                 const char *const *names)
{
    horn_status status = HORN_OK;
    char *dataset = NULL;
    TRY(hdf5_write_group(file, path));
    TRY(hdf5_write_names(file, path, "weight_names", names, weights->count));
    for (size_t i = 0; i < weights->count; i++) {
        horn_view view = snapshot_tensor_view(snapshot_weight_at(weights, SNAPSHOT_TRAINED_FIRST, i)->tensor);
        free(dataset);
        dataset = NULL;
        TRY(keras_path(&dataset, path, names[i], "weight"));
        TRY(hdf5_lend_dataset(file, dataset, &view));
    }
done:
    free(dataset);
    return status;
}

static horn_status write_layer(hdf5_file *file, const char *group, const snapshot *s,
                               const snapshot_layer *layer, keras_dialect dialect)
{
    horn_status status = HORN_OK;
    char *path = NULL, **names = NULL;
    snapshot_index index = { 0 };
    const snapshot_weight *w;
    TRY(keras_path(&path, group, layer->name, "layer"));
    TRY(snapshot_index_layer(&index, layer));
    TRY(memory_new(&names, index.count, sizeof *names));
    for (size_t i = 0; (w = snapshot_weight_at(&index, SNAPSHOT_TRAINED_FIRST, i)); i++) {
        if (!w->tensor->name)
            TRY(fail(HORN_ERROR_ARGUMENT, "layer '%s': its weight %zu has no name", layer->name, i));
        TRY(weight_name(&names[i], s, w, dialect));
    }
    TRY(write_weights(file, path, &index, (const char *const *)names));
done:
    for (size_t i = 0; names && i < index.count; i++) free(names[i]);
    free(names);
    free(path);
    snapshot_index_free(&index);
    return status;
}

/* A flat layer has the order that this layout needs. */
static horn_status check_layout(const snapshot *s, const char *group)
{
    for (size_t i = 0; i < s->layer_count; i++)
        if (s->layers[i].is_unordered)
            return fail(HORN_ERROR_UNSUPPORTED,
                        "%s: layer '%s' (%s) holds others, and their order is not known", group,
                        s->layers[i].name, s->layers[i].class_name ? s->layers[i].class_name : "?");
    return HORN_OK;
}

horn_status keras_weights_write(hdf5_file *file, const char *group, const snapshot *s, keras_dialect dialect)
{
    horn_status status = HORN_OK;
    const char **names = NULL;
    char *top = NULL;
    TRY(check_layout(s, group));
    TRY(memory_new(&names, s->layer_count, sizeof *names));
    for (size_t i = 0; i < s->layer_count; i++) {
        if (!s->layers[i].name) TRY(fail(HORN_ERROR_ARGUMENT, "layer %zu has no name", i));
        names[i] = s->layers[i].name;
    }
    TRY(hdf5_write_group(file, group));
    TRY(hdf5_write_names(file, group, "layer_names", names, s->layer_count));
    TRY(hdf5_write_text(file, group, "backend", "tensorflow"));
    TRY(hdf5_write_text(file, group, "keras_version", keras_dialect_version(dialect)));
    for (size_t i = 0; i < s->layer_count; i++) TRY(write_layer(file, group, s, &s->layers[i], dialect));
    TRY(keras_path(&top, group, "top_level_model_weights", "weights"));
    TRY(hdf5_write_group(file, top));
    TRY(hdf5_write_names(file, top, "weight_names", NULL, 0));
done:
    free(names);
    free(top);
    return status;
}

/* ---- where the file comes from ---- */

static horn_status read_origin(char **out, const hdf5_file *file, const char *group, const char *attribute)
{
    const char *place = hdf5_has_attribute(file, group, attribute) ? group : "/";
    return hdf5_has_attribute(file, place, attribute) ? hdf5_read_text(file, place, attribute, out) : HORN_OK;
}

horn_status keras_weights_check_origin(const hdf5_file *file, const char *group, const char *where)
{
    horn_status status = HORN_OK;
    char *version = NULL, *backend = NULL;
    TRY(read_origin(&version, file, group, "keras_version"));
    TRY(read_origin(&backend, file, group, "backend"));
    TRY(keras_check_version(version ? version : "1 (it does not say keras_version)", where));
    if (backend && strcmp(backend, "theano") == 0)
        TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: a file of Keras on Theano is not supported", where));
done:
    free(version);
    free(backend);
    return status;
}
