#include "formats/keras_h5/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/keras/classes.h"
#include "formats/keras_training/optimizer_slots.h"
#include "formats/keras_training/optimizer_variables.h"
#include "formats/keras_h5/weights.h"
#include "snapshot/index.h"

enum { MAX_GROUPS = 16384, MAX_VARIABLES = 65536 };

horn_status keras_store_dialect_read(keras_store_dialect *out, const char *name, const char *format)
{
    static const char *const names[] = { "keras3", "keras2", "both" };
    *out = KERAS_STORE_3;
    if (!name) return HORN_OK;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], name) != 0) continue;
        *out = (keras_store_dialect)i;
        return HORN_OK;
    }
    return fail(HORN_ERROR_ARGUMENT, "%s: dialect is '%s', expected keras3, keras2 or both", format, name);
}

/* ---- places of layers ---- */

static horn_status number_place(char **out, char *const *classes, size_t index)
{
    size_t before = 0;
    bytes place = { 0 };
    for (size_t i = 0; i < index; i++) before += strcmp(classes[i], classes[index]) == 0;
    bytes_print(&place, before ? "%s_%zu" : "%s", classes[index], before);
    horn_status status = bytes_status(&place);
    if (!status) status = memory_copy_string(out, bytes_text(&place));
    bytes_free(&place);
    return status;
}

horn_status keras_store_places(char ***out, const snapshot *s, const char *where)
{
    horn_status status = HORN_OK;
    char **classes = NULL, **places = NULL;
    TRY(memory_new(&classes, s->layer_count, sizeof *classes));
    TRY(memory_new(&places, s->layer_count, sizeof *places));
    for (size_t i = 0; i < s->layer_count; i++) {
        const char *class_name = s->layers[i].class_name;
        if (!class_name)
            TRY(fail(HORN_ERROR_ARGUMENT, "%s: the class of layer %zu is not known, expected a whole model",
                     where, i));
        TRY(keras_snake_name(&classes[i], class_name));
        if (!*classes[i])
            TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: '%s' is no name of a layer class", where, class_name));
        TRY(number_place(&places[i], classes, i));
        for (size_t k = 0; k < i; k++)
            if (strcmp(places[k], places[i]) == 0)
                TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: layers %zu and %zu share the place '%s'", where, k, i,
                         places[i]));
    }
    *out = places;
    places = NULL;
done:
    keras_store_places_free(classes, s);
    keras_store_places_free(places, s);
    return status;
}

horn_status keras_store_inner_place(char **out, const snapshot_layer *layer, size_t index, bool keras2,
                                    const char *where)
{
    horn_status status = HORN_OK;
    const snapshot_layer *inner = &layer->inner[index];
    char *snake = NULL, *other = NULL;
    bytes place = { 0 };
    size_t before = 0;
    if (!keras_is_list(inner->attribute))
        return memory_copy_string(out, keras_inner_attribute(inner->attribute, !keras2));
    if (!inner->class_name)
        TRY(fail(HORN_ERROR_ARGUMENT, "%s: a layer of '%s' has no class", where, layer->name));
    TRY(keras_snake_name(&snake, inner->class_name));
    for (size_t i = 0; i < index; i++) {
        const char *class_name = layer->inner[i].class_name;
        before += strcmp(class_name, inner->class_name) == 0;
        if (strcmp(class_name, inner->class_name) == 0 || *class_name != *inner->class_name) continue;
        free(other);
        other = NULL;
        TRY(keras_snake_name(&other, class_name));
        before += strcmp(other, snake) == 0;
    }
    bytes_print(&place, before ? "%s/%s_%zu" : "%s/%s", inner->attribute, snake, before);
    TRY(bytes_status(&place));
    TRY(memory_copy_string(out, bytes_text(&place)));
done:
    free(snake);
    free(other);
    bytes_free(&place);
    return status;
}

void keras_store_places_free(char **places, const snapshot *s)
{
    for (size_t i = 0; places && i < s->layer_count; i++) free(places[i]);
    free(places);
}

/* ---- variables of one group ---- */

/* Counts the variables 0, 1, ... of GROUP/vars; 0 if there is no such group. */
horn_status keras_store_count(size_t *count, const hdf5_file *file, const char *group, const char *where)
{
    horn_status status = HORN_OK;
    char **names = NULL, *end;
    size_t found = 0;
    *count = 0;
    if (!hdf5_has_group(file, group)) goto done;
    TRY(hdf5_list(file, group, &names, &found));
    if (found > MAX_VARIABLES)
        TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: %zu variables in %s, more than %d are not supported", where,
                 found, group, MAX_VARIABLES));
    for (size_t i = 0; i < found; i++) {
        bool is_number = strspn(names[i], "0123456789") == strlen(names[i]) && strlen(names[i]) < 8 &&
                         (names[i][0] != '0' || !names[i][1]);
        if (!is_number || strtoul(names[i], &end, 10) >= found)
            TRY(fail(HORN_ERROR_FORMAT, "%s: '%.100s' is among the %zu variables in %s, expected 0 to %zu",
                     where, names[i], found, group, found - 1));
    }
    *count = found;
done:
    free(names);
    return status;
}

horn_status keras_store_describe(const hdf5_file *file, const char *path, horn_view *like, const char *where)
{
    if (hdf5_has_attribute(file, path, "dtype"))
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: %s holds packed numbers (such as bfloat16), expected float32", where, path);
    return hdf5_describe_dataset(file, path, &like->dtype, &like->rank, like->shape);
}

/* ---- the optimizer ---- */

#define OPTIMIZER "/optimizer/vars"

typedef struct variables {
    const hdf5_file *file;
    const char *where;
} variables;

static horn_status describe_variable(const void *owner, size_t index, horn_view *like)
{
    const variables *v = owner;
    char path[64];
    snprintf(path, sizeof path, OPTIMIZER "/%zu", index);
    return keras_store_describe(v->file, path, like, v->where);
}

static horn_status read_variable(const void *owner, size_t index, horn_dtype dtype, void *data, size_t size)
{
    const variables *v = owner;
    char path[64];
    snprintf(path, sizeof path, OPTIMIZER "/%zu", index);
    return hdf5_read_dataset(v->file, path, dtype, data, size);
}

/* The optimizer's name in the file is free, but another class's usual name shows that it is another optimizer's. */
static horn_status is_of_class(bool *out, const hdf5_file *file, const char *class_name)
{
    const keras_optimizer *known;
    horn_status status = HORN_OK;
    char *name = NULL, *snake = NULL;
    *out = true;
    if (!hdf5_has_attribute(file, OPTIMIZER, "name")) goto done;
    TRY(hdf5_read_text(file, OPTIMIZER, "name", &name));
    for (size_t i = 0; (known = keras_optimizer_at(i)); i++) {
        free(snake);
        snake = NULL;
        TRY(keras_snake_name(&snake, known->name));
        bool is_its = keras_names_equal(name, snake) || keras_names_equal(name, known->name);
        if (is_its && !keras_names_equal(known->name, class_name)) *out = false;
    }
done:
    free(name);
    free(snake);
    return status;
}

/* As many variables as the snapshot's optimizer has, or has before its first step. */
static horn_status is_of_optimizer(bool *out, const snapshot *s, const variables *v, size_t count)
{
    horn_status status = HORN_OK;
    keras_slot_kinds kinds;
    horn_view like = { 0 };
    const char *class_name = config_get_string(s->optimizer, "class_name");
    snapshot_index index = { 0 };
    size_t scalars = 1;
    *out = false;
    if (!class_name) goto done;
    TRY(snapshot_index_new(&index, s));
    TRY(is_of_class(out, v->file, class_name));
    if (!*out || count < 2) goto done;
    TRY(describe_variable(v, 1, &like));
    if (like.rank == 0 && (like.dtype == HORN_FLOAT32 || like.dtype == HORN_FLOAT64)) scalars = 2;
    bool known = keras_slot_kinds_in_use(&kinds, class_name, config_get(s->optimizer, "config"));
    if (!known)
        *out = strchr(class_name, '>') && index.trained_count &&
               (count - scalars) % index.trained_count == 0; /* a user's own */
    if (!known) goto done;
    const size_t product = keras_optimizer_by_name(class_name)->keeps_product;
    *out = count == scalars || count == scalars + kinds.count * index.trained_count ||
           count == scalars + kinds.count * index.trained_count + product ||
           (kinds.count == kinds.before && count == scalars + (kinds.count + 1) * index.trained_count);
done:
    snapshot_index_free(&index);
    return status;
}

bool keras_store_has_optimizer(const hdf5_file *file)
{
    return hdf5_has_group(file, OPTIMIZER);
}

horn_status keras_store_read_optimizer(snapshot *out, const hdf5_file *file, bool lenient, const char *where)
{
    horn_status status = HORN_OK;
    bytes place = { 0 };
    char *texts = NULL, **names = NULL;
    bool fits = true;
    keras_variable_source given = { .describe = describe_variable, .read = read_variable };
    bytes_print(&place, "%s: " OPTIMIZER, where);
    TRY(bytes_status(&place));
    variables v = { .file = file, .where = where };
    given.where = bytes_text(&place);
    given.owner = &v;
    TRY(keras_store_count(&given.count, file, OPTIMIZER, where));
    TRY(memory_new(&names, given.count, sizeof *names));
    TRY(memory_new(&texts, given.count, 24));
    for (size_t i = 0; i < given.count; i++) {
        names[i] = texts + 24 * i;
        snprintf(names[i], 24, "%zu", i);
    }
    given.names = names;
    if (lenient && given.count) TRY(is_of_optimizer(&fits, out, &v, given.count));
    if (fits) TRY(keras_optimizer_variables_read(out, &given));
done:
    free(names);
    free(texts);
    bytes_free(&place);
    return status;
}
