#include "formats/keras_h5/store.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/keras/classes.h"
#include "formats/keras_training/optimizer_variables.h"
#include "formats/keras_training/training.h"

/* GROUP/vars with its name and its variables, whose names do not matter. */
static horn_status write_group(hdf5_file *file, const char *group, const char *name,
                               const keras_variable *list, size_t count)
{
    horn_status status = HORN_OK;
    bytes path = { 0 };
    bytes_print(&path, "%s/vars", group);
    TRY(bytes_status(&path));
    TRY(hdf5_write_group(file, bytes_text(&path)));
    TRY(hdf5_write_text(file, bytes_text(&path), "name", name));
    for (size_t i = 0, size = path.size; i < count; i++) {
        path.size = size;
        bytes_print(&path, "/%zu", i);
        TRY(bytes_status(&path));
        TRY((list[i].stays ? hdf5_lend_dataset : hdf5_write_dataset)(file, bytes_text(&path), &list[i].view));
    }
done:
    bytes_free(&path);
    return status;
}

static horn_status write_layer(hdf5_file *file, const char *group, const snapshot_layer *layer, bool keras2,
                               const char *where)
{
    horn_status status = HORN_OK;
    keras_variable *list = NULL;
    char *place = NULL;
    bytes below = { 0 };
    TRY(memory_new(&list, layer->tensor_count, sizeof *list));
    for (size_t i = 0; i < layer->tensor_count; i++)
        list[i] = (keras_variable){ .view = snapshot_tensor_view(&layer->tensors[i]), .stays = true };
    TRY(write_group(file, group, layer->name ? layer->name : strrchr(group, '/') + 1, list,
                    layer->tensor_count));
    for (size_t i = 0; i < layer->inner_count; i++) {
        free(place);
        place = NULL;
        below.size = 0;
        TRY(keras_store_inner_place(&place, layer, i, keras2, where));
        bytes_print(&below, "%s/%s", group, place);
        TRY(bytes_status(&below));
        TRY(write_layer(file, bytes_text(&below), &layer->inner[i], keras2, where));
    }
done:
    free(list);
    free(place);
    bytes_free(&below);
    return status;
}

static horn_status write_layers(hdf5_file *file, const snapshot *s, bool keras2, const char *where)
{
    horn_status status = HORN_OK;
    char **places = NULL;
    bytes group = { 0 };
    TRY(keras_check_layout(s, true, where));
    TRY(keras_store_places(&places, s, where));
    for (size_t i = 0; i < s->layer_count; i++) {
        group.size = 0;
        bytes_print(&group, "/layers/%s", places[i]);
        TRY(bytes_status(&group));
        TRY(write_layer(file, bytes_text(&group), &s->layers[i], keras2, where));
    }
done:
    keras_store_places_free(places, s);
    bytes_free(&group);
    return status;
}

/* Keras 2 restores none of an optimizer of TensorFlow up to 2.10; its variables are Horn's then, in the order
 * that is told apart. In `both` neither Keras has a variable for the learning rate, and plain SGD, for which
 * they differ, has none at all. */
static horn_status list_variables(keras_variables *out, const snapshot *s, keras_store_dialect dialect)
{
    bool is_legacy = keras_optimizer_dialect(s, KERAS_2) == KERAS_LEGACY;
    bool as_keras2 = dialect == KERAS_STORE_2 && !is_legacy;
    horn_status status = keras_optimizer_variables_list(out, s, as_keras2 ? KERAS_2 : KERAS_3);
    if (status || dialect != KERAS_STORE_BOTH || out->count < 2 || out->items[1].view.rank != 0)
        return status;
    free(out->items[1].name);
    memmove(&out->items[1], &out->items[2], (out->count - 2) * sizeof *out->items);
    out->count--;
    return HORN_OK;
}

static horn_status write_optimizer(hdf5_file *file, const snapshot *s, keras_store_dialect dialect)
{
    horn_status status = HORN_OK;
    keras_variables list = { 0 };
    char *name = NULL;
    TRY(list_variables(&list, s, dialect));
    TRY(keras_snake_name(&name, config_get_string(s->optimizer, "class_name")));
    TRY(write_group(file, "/optimizer", name, list.items, list.count));
done:
    free(name);
    keras_variables_free(&list);
    return status;
}

horn_status keras_store_write(hdf5_file *file, const snapshot *s, unsigned parts, keras_store_dialect dialect,
                              const char *where)
{
    horn_status status = HORN_OK;
    TRY(write_group(file, "", s->name ? s->name : "sequential", NULL, 0));
    TRY(write_layers(file, s, dialect == KERAS_STORE_2, where));
    if (parts & PART_OPTIMIZER && s->optimizer) TRY(write_optimizer(file, s, dialect));
done:
    return status;
}

/* ---- metrics ---- */

static horn_status write_metric(hdf5_file *file, const char *class_name, size_t number)
{
    static const float zero;
    const keras_variable views[2] = { { .view = { .data = &zero, .dtype = HORN_FLOAT32 } },
                                      { .view = { .data = &zero, .dtype = HORN_FLOAT32 } } };
    bytes group = { 0 };
    bytes_print(&group, number ? "/metrics/%s_%zu" : "/metrics/%s", class_name, number);
    horn_status status = bytes_status(&group);
    if (!status) status = write_group(file, bytes_text(&group), bytes_text(&group) + 9, views, 2);
    bytes_free(&group);
    return status;
}

/* Keras wraps metrics that are functions. */
static horn_status name_metric(char **out, const config *metric)
{
    const char *class_name = config_get_string(metric, "class_name");
    return class_name ? keras_snake_name(out, class_name) : memory_copy_string(out, "mean_metric_wrapper");
}

/* All metrics; a model that is not compiled gets the metric accuracy. */
static config *list_metrics(const snapshot *s)
{
    config *list = config_list();
    if (!s->metrics) config_append_string(list, "accuracy");
    for (size_t i = 0; i < snapshot_output_count(s); i++)
        for (int weighted = 0; weighted < 2; weighted++) {
            const config *own = snapshot_of_output(s, weighted ? s->weighted_metrics : s->metrics, i);
            for (size_t k = 0; k < config_count(own); k++)
                config_append(list, config_copy(config_at(own, k)));
        }
    return list;
}

horn_status keras_store_write_metrics(hdf5_file *file, const snapshot *s)
{
    horn_status status = HORN_OK;
    config *metrics = list_metrics(s);
    const size_t count = config_count(metrics);
    char **names = NULL;
    TRY(config_status(metrics));
    TRY(memory_new(&names, count, sizeof *names));
    TRY(write_metric(file, "mean", 0));
    for (size_t i = 0; i < count; i++) {
        size_t before = 0;
        TRY(name_metric(&names[i], config_at(metrics, i)));
        for (size_t k = 0; k < i; k++) before += strcmp(names[k], names[i]) == 0;
        before += strcmp(names[i], "mean") == 0;
        TRY(write_metric(file, names[i], before));
    }
done:
    for (size_t i = 0; names && i < count; i++) free(names[i]);
    free(names);
    config_free(metrics);
    return status;
}
