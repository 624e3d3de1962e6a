#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/keras_training/optimizer_config.h"
#include "formats/keras_training/optimizer_slots.h"
#include "formats/keras_training/optimizer_variables.h"
#include "formats/tensorflow/checkpoint.h"

/* The optimizer's variables in Keras' order: nodes of the graph and their full names. */
typedef struct variables {
    const tf_reader *reader;
    size_t *nodes;
    char **names;
    size_t count;
} variables;

static horn_status describe(const void *owner, size_t index, horn_view *like)
{
    const variables *v = owner;
    const bundle_entry *entry;
    horn_status status = tf_variable(v->reader, v->nodes[index], &entry);
    return status ? status : bundle_entry_describe(v->reader->bundle, entry, like);
}

static horn_status read_values(const void *owner, size_t index, horn_dtype dtype, void *data, size_t size)
{
    const variables *v = owner;
    const bundle_entry *entry;
    horn_view like;
    horn_status status = describe(owner, index, &like);
    if (!status && like.dtype != dtype)
        status = fail(HORN_ERROR_UNSUPPORTED, "%s: optimizer variable '%s' is %s, expected %s",
                      v->reader->where, v->names[index], horn_dtype_name(like.dtype), horn_dtype_name(dtype));
    if (!status) status = tf_variable(v->reader, v->nodes[index], &entry);
    return status ? status : bundle_entry_read(v->reader->bundle, entry, data, size);
}

/* ---- the order ---- */

static horn_status find_slot(const tf_reader *r, size_t optimizer, size_t weight, const char *name,
                             size_t *out)
{
    const graph_node *n = &r->graph.nodes[optimizer];
    for (size_t i = 0; i < n->slot_count; i++) {
        const graph_slot *slot = &r->graph.slots[n->first_slot + i];
        if (slot->weight != weight || !protobuf_text_is(slot->name, name)) continue;
        *out = slot->node;
        return HORN_OK;
    }
    return fail(HORN_ERROR_UNSUPPORTED, "%s: the optimizer has no variable '%s' for one of the weights",
                r->where, name);
}

/* For optimizers.legacy: finds the slot variables of each weight, and lists them in the order of Keras' .h5 files. */
static horn_status list_legacy(variables *v, size_t optimizer, size_t iteration, const config *settings)
{
    horn_status status = HORN_OK;
    const tf_reader *r = v->reader;
    keras_slot_kinds kinds;
    const char *class_name = config_get_string(settings, "class_name");
    if (!keras_slot_kinds_in_use(&kinds, class_name, config_get(settings, "config")))
        return fail(HORN_ERROR_UNSUPPORTED, "%s: legacy optimizer %s is not supported", r->where, class_name);
    size_t slots = r->graph.nodes[optimizer].slot_count, expected = kinds.count * r->weight_count;
    if (slots && slots != expected)
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: the optimizer has %zu slot variables, expected %zu for each of %zu weights",
                    r->where, slots, kinds.count, r->weight_count);
    TRY(memory_new(&v->nodes, 1 + expected, sizeof *v->nodes));
    v->nodes[v->count++] = iteration;
    for (size_t k = 0; slots && k < kinds.count; k++)
        for (size_t i = 0; i < r->weight_count; i++) {
            const char *name = keras_slot_file_name(class_name, kinds.names[k], KERAS_LEGACY);
            const size_t side = kinds.legacy_alternating,
                         place = k < side ? i * side + k : k * r->weight_count + i;
            TRY(find_slot(r, optimizer, r->weights[i], name, &v->nodes[1 + place]));
            v->count++;
        }
done:
    return status;
}

static horn_status name_variables(variables *v, bool is_legacy)
{
    horn_status status = HORN_OK;
    TRY(memory_new(&v->names, v->count, sizeof *v->names));
    for (size_t i = 0; i < v->count; i++) {
        if (!object_graph_is_variable(&v->reader->graph, v->nodes[i]))
            TRY(fail(HORN_ERROR_FORMAT, "%s: the optimizer's variable %zu is none", v->reader->where, i));
        protobuf_text full = v->reader->graph.nodes[v->nodes[i]].full_name;
        TRY(i == 0 && is_legacy ? memory_copy_string(&v->names[i], "optimizer/iter:0")
                                : memory_copy_text(&v->names[i], full.at, full.size));
    }
done:
    return status;
}

/* ---- the class ---- */

static bool same_letters(const char *a, size_t size, const char *b)
{
    for (size_t i = 0; i < size; i++) {
        if (a[i] == '_') continue;
        if (tolower((unsigned char)a[i]) != tolower((unsigned char)*b)) return false;
        b++;
    }
    return *b == 0;
}

/* Shapes do not tell the class: the slots of two classes may have the same. Names of slots begin with the optimizer's name. A
 * user may choose it, but the name of another class tells that it is this class. */
const char *tf_other_class(const char *name, size_t size, const char *class_name)
{
    const keras_optimizer *known;
    if (same_letters(name, size, class_name)) return NULL;
    for (size_t i = 0; (known = keras_optimizer_at(i)); i++)
        if (same_letters(name, size, known->name)) return known->name;
    return NULL;
}

static horn_status check_class(const variables *v, const char *class_name)
{
    const char *name = v->count > 1 ? v->names[v->count - 1] : "";
    size_t size = strcspn(name, "/");
    const char *other = name[size] ? tf_other_class(name, size, class_name) : NULL;
    if (!other) return HORN_OK;
    return fail(HORN_ERROR_ARGUMENT, "%s: holds the variables of optimizer %s, expected %s", v->reader->where,
                other, class_name);
}

/* ---- reading ---- */

horn_status tf_read_scalar(const tf_reader *r, const bundle_entry *entry, horn_dtype dtype, void *out)
{
    horn_view like;
    horn_status status = bundle_entry_describe(r->bundle, entry, &like);
    if (!status && (like.rank || like.dtype != dtype))
        status = fail(HORN_ERROR_FORMAT, "%s: '%s' is not one %s", r->where, entry->key.at,
                      horn_dtype_name(dtype));
    return status ? status : bundle_entry_read(r->bundle, entry, out, horn_dtype_size(dtype));
}

/* *out is NULL if the node is no variable, but a schedule, say. */
static horn_status find_variable(const tf_reader *r, size_t node, const bundle_entry **out)
{
    *out = NULL;
    return object_graph_is_variable(&r->graph, node) ? tf_variable(r, node, out) : HORN_OK;
}

horn_status tf_read_scalars(const tf_reader *r, const bundle_entry *iteration, const bundle_entry *rate)
{
    horn_status status = HORN_OK;
    snapshot *out = r->out;
    if (iteration) TRY(tf_read_scalar(r, iteration, HORN_INT64, &out->iteration));
    if (out->iteration < 0)
        TRY(fail(HORN_ERROR_FORMAT, "%s: the iteration is %lld", r->where, (long long)out->iteration));
    if (!rate) goto done;
    TRY(tf_read_scalar(r, rate, HORN_FLOAT32, &out->learning_rate));
    if (!isfinite(out->learning_rate) || out->learning_rate < 0)
        TRY(fail(HORN_ERROR_FORMAT, "%s: the learning rate is %g, expected >= 0", r->where,
                 (double)out->learning_rate));
    out->has_learning_rate = true;
done:
    return status;
}

horn_status tf_read_product(const tf_reader *r, const bundle_entry *entry)
{
    horn_status status = tf_read_scalar(r, entry, HORN_FLOAT32, &r->out->product);
    r->out->has_product = !status;
    return status;
}

horn_status tf_take_variables(const tf_reader *r, const keras_variable_source *given, const config *settings)
{
    config *own = r->out->optimizer; /* of the target, for as long as it takes */
    if (!own) r->out->optimizer = config_copy(settings);
    horn_status status = config_status(r->out->optimizer);
    if (!status) status = keras_optimizer_variables_read(r->out, given);
    if (!own) {
        config_free(r->out->optimizer);
        r->out->optimizer = NULL;
    }
    return status;
}

static horn_status read_variables(variables *v, const config *settings)
{
    const keras_variable_source given = { .where = v->reader->where,
                                          .names = v->names,
                                          .count = v->count,
                                          .owner = v,
                                          .describe = describe,
                                          .read = read_values };
    return tf_take_variables(v->reader, &given, settings);
}

const char *const tf_arguments[] = { "decay",
                                     "momentum",
                                     "rho",
                                     "beta_1",
                                     "beta_2",
                                     "learning_rate_power",
                                     "l1_regularization_strength",
                                     "l2_regularization_strength",
                                     "beta",
                                     NULL };

horn_status tf_check_argument(const tf_reader *r, const char *name, const bundle_entry *entry,
                              const config *settings)
{
    double own = 0;
    float found;
    bool is_decay = strcmp(name, "decay") == 0;
    bool is_known = is_decay ? keras_optimizer_decay(settings, &own)
                             : config_number(config_get(config_get(settings, "config"), name), &own);
    if (!is_known && !is_decay) return HORN_OK;
    horn_status status = tf_read_scalar(r, entry, HORN_FLOAT32, &found);
    if (status || found == (float)own) return status;
    return fail(HORN_ERROR_ARGUMENT, "%s: the optimizer's %s is %g, expected %g as the model has it",
                r->where, name, (double)found, own);
}

static horn_status check_arguments(const tf_reader *r, size_t optimizer, const config *settings)
{
    horn_status status = HORN_OK;
    const bundle_entry *entry;
    for (const char *const *name = tf_arguments; !status && *name; name++) {
        status = find_variable(r, object_graph_child(&r->graph, optimizer, *name), &entry);
        if (!status && entry) status = tf_check_argument(r, *name, entry, settings);
    }
    return status;
}

/* Nadam's. */
static horn_status read_product(const tf_reader *r, size_t node)
{
    const bundle_entry *entry;
    horn_status status = find_variable(r, node, &entry);
    return status || !entry ? status : tf_read_product(r, entry);
}

horn_status tf_read_optimizer(tf_reader *r, size_t node)
{
    horn_status status = HORN_OK;
    const object_graph *g = &r->graph;
    variables v = { .reader = r };
    const bundle_entry *step, *rate;
    size_t iteration = object_graph_child(g, node, "iter"), list = object_graph_child(g, node, "_variables");
    bool is_legacy = iteration != NO_NODE && list == NO_NODE;
    const config *settings = r->target ? r->target->optimizer : r->out->optimizer;
    if (!is_legacy) iteration = object_graph_child(g, node, "_iterations");
    TRY(find_variable(r, iteration, &step));
    TRY(find_variable(r, object_graph_child(g, node, is_legacy ? "learning_rate" : "_learning_rate"), &rate));
    TRY(tf_read_scalars(r, step, rate));
    TRY(read_product(r, object_graph_child(g, node, is_legacy ? "momentum_cache" : "_u_product")));
    if (!settings) r->out->unread |= PART_OPTIMIZER;
    if (!settings) goto done;
    if (is_legacy) {
        TRY(check_arguments(r, node, settings));
        TRY(list_legacy(&v, node, iteration, settings));
    } else
        TRY(object_graph_list(g, list, "", &v.nodes, &v.count, r->where));
    TRY(name_variables(&v, is_legacy));
    TRY(check_class(&v, config_get_string(settings, "class_name")));
    TRY(read_variables(&v, settings));
done:
    for (size_t i = 0; v.names && i < v.count; i++) free(v.names[i]);
    free(v.names);
    free(v.nodes);
    return status;
}
