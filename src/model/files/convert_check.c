#include "model/files/convert.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/keras/layer_modules.h"
#include "formats/keras_training/training.h"
#include "model/files/same_calls.h"
#include "snapshot/index.h"
#include "snapshot/leaves.h"

static horn_status differs(const char *where, const char *what, const char *of)
{
    return fail(HORN_ERROR_UNSUPPORTED, "%s: %s%s%s%s reads back otherwise than it was", where, what,
                of ? " of '" : "", of ? of : "", of ? "'" : "");
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_value(const config *a, const config *b)
{
    return config_is_null(a) ? config_is_null(b) : b && config_equal(a, b);
}

static bool same_tensor(const snapshot_tensor *a, const snapshot_tensor *b)
{
    return a->dtype == b->dtype && a->rank == b->rank &&
           memcmp(a->shape, b->shape, (size_t)a->rank * sizeof *a->shape) == 0 &&
           memcmp(a->data, b->data, snapshot_tensor_bytes(a)) == 0;
}

static bool same_tensors(const snapshot_tensor *a, const snapshot_tensor *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!same_tensor(&a[i], &b[i])) return false;
    return true;
}

/* ---- architecture and weights ---- */

/* Some files do not contain the modules of inner classes: they are filled in before the comparison. */
static horn_status check_arguments(const snapshot_layer *a, const snapshot_layer *b, const char *where)
{
    if (same_value(a->arguments, b->arguments)) return HORN_OK;
    config *x = keras_layer_with_modules(a->arguments, true, true),
           *y = keras_layer_with_modules(b->arguments, true, true);
    horn_status status = config_status(x);
    if (!status) status = config_status(y);
    if (!status && !same_value(x, y)) status = differs(where, "an argument", a->name);
    config_free(x);
    config_free(y);
    return status;
}

static horn_status check_architecture(const snapshot *a, const snapshot *b, const char *where)
{
    if (!same_text(a->name, b->name)) return differs(where, "the model's name", a->name);
    if (a->is_functional != b->is_functional) return differs(where, "the model's class", a->name);
    if (a->input_rank != b->input_rank ||
        memcmp(a->input_shape, b->input_shape, (size_t)a->input_rank * sizeof *a->input_shape) != 0)
        return differs(where, "the input's shape", NULL);
    if (strcmp(a->input_dtype, b->input_dtype) != 0)
        return differs(where, "the input's dtype", a->input_dtype);
    if (!same_text(a->input_name, b->input_name)) return differs(where, "the input's name", a->input_name);
    if (a->layer_count != b->layer_count) return differs(where, "the number of layers", NULL);
    bool same;
    const horn_status found = same_calls(&same, a, b);
    if (found) return found;
    if (!same) return differs(where, "the calls of the layers", NULL);
    for (size_t i = 0; i < a->layer_count; i++) {
        const snapshot_layer *x = &a->layers[i], *y = &b->layers[i];
        if (!same_text(x->name, y->name)) return differs(where, "the name of a layer", NULL);
        if (!same_text(x->class_name, y->class_name)) return differs(where, "the class", x->name);
        horn_status status = check_arguments(x, y, where);
        if (status) return status;
    }
    return HORN_OK;
}

static const snapshot_layer *next_with_weights(const snapshot *s, size_t *index)
{
    while (*index < s->layer_count && snapshot_weight_count(&s->layers[*index]) == 0) ++*index;
    return *index < s->layer_count ? &s->layers[(*index)++] : NULL;
}

/* Includes the weights of inner layers, in the order of files that do not tell inner layers apart. */
static horn_status check_layer(const snapshot_layer *a, const snapshot_layer *b, const char *where)
{
    horn_status status = HORN_OK;
    const bool told = !a->is_flat && !b->is_flat && !a->inner_count == !b->inner_count;
    const snapshot_order order = told ? SNAPSHOT_BY_LAYER : SNAPSHOT_TRAINED_FIRST;
    snapshot_index x = { 0 }, y = { 0 };
    TRY(snapshot_index_layer(&x, a));
    TRY(snapshot_index_layer(&y, b));
    if (x.count != y.count) TRY(differs(where, "the number of weights", a->name));
    for (size_t i = 0; i < x.count; i++)
        if (!same_tensor(snapshot_weight_at(&x, order, i)->tensor, snapshot_weight_at(&y, order, i)->tensor))
            TRY(differs(where, "a weight", a->name));
done:
    snapshot_index_free(&x);
    snapshot_index_free(&y);
    return status;
}

/* Does not compare names of weights: many formats choose their own. */
static horn_status check_ordered(const snapshot *a, const snapshot *b, const char *where)
{
    const snapshot_layer *x, *y;
    size_t next_a = 0, next_b = 0;
    do {
        x = next_with_weights(a, &next_a);
        y = next_with_weights(b, &next_b);
        if (!x != !y) return differs(where, "the number of layers with weights", NULL);
        horn_status status = x ? check_layer(x, y, where) : HORN_OK;
        if (status) return status;
    } while (x);
    return HORN_OK;
}

static int by_layer_name(const void *a, const void *b)
{
    return strcmp((*(const snapshot_layer *const *)a)->name, (*(const snapshot_layer *const *)b)->name);
}

static int by_tensor_name(const void *a, const void *b)
{
    return strcmp((*(const snapshot_tensor *const *)a)->name, (*(const snapshot_tensor *const *)b)->name);
}

/* The layers with weights, sorted by name. The caller frees *out. */
static horn_status sort_layers(const snapshot_layer ***out, size_t *count, const snapshot *s)
{
    horn_status status = memory_new(out, s->layer_count, sizeof **out);
    *count = 0;
    for (size_t i = 0; !status && i < s->layer_count; i++)
        if (s->layers[i].tensor_count) (*out)[(*count)++] = &s->layers[i];
    if (!status) qsort(*out, *count, sizeof **out, by_layer_name);
    return status;
}

static horn_status sort_tensors(const snapshot_tensor ***out, const snapshot_layer *l)
{
    horn_status status = memory_new(out, l->tensor_count, sizeof **out);
    for (size_t i = 0; !status && i < l->tensor_count; i++) (*out)[i] = &l->tensors[i];
    if (!status) qsort(*out, l->tensor_count, sizeof **out, by_tensor_name);
    return status;
}

static horn_status check_named_layer(const snapshot_layer *a, const snapshot_layer *b, const char *where)
{
    horn_status status = HORN_OK;
    const snapshot_tensor **x = NULL, **y = NULL;
    if (!same_text(a->name, b->name) || a->tensor_count != b->tensor_count)
        return differs(where, "the number of weights", a->name);
    TRY(sort_tensors(&x, a));
    TRY(sort_tensors(&y, b));
    for (size_t i = 0; i < a->tensor_count; i++)
        if (!same_text(x[i]->name, y[i]->name) || !same_tensor(x[i], y[i]))
            TRY(differs(where, "a weight", a->name));
done:
    free(x);
    free(y);
    return status;
}

/* Of files that have names alone, in their own order. */
static horn_status check_named(const snapshot *a, const snapshot *b, const char *where)
{
    horn_status status = HORN_OK;
    const snapshot_layer **x = NULL, **y = NULL;
    size_t count, other;
    TRY(sort_layers(&x, &count, a));
    TRY(sort_layers(&y, &other, b));
    if (count != other) TRY(differs(where, "the number of layers with weights", NULL));
    for (size_t i = 0; i < count; i++) TRY(check_named_layer(x[i], y[i], where));
done:
    free(x);
    free(y);
    return status;
}

static horn_status check_weights(const snapshot *a, const snapshot *b, const char *where)
{
    return a->by_name && b->by_name ? check_named(a, b, where) : check_ordered(a, b, where);
}

/* ---- operations ---- */

/* What both compute, and the weights of which they compute it. */
static horn_status check_operations(const snapshot *a, const snapshot *b, const char *where)
{
    horn_status status = HORN_OK;
    graph_pair *pairs = NULL;
    size_t count = 0;
    snapshot_leaves x = { 0 }, y = { 0 };
    const snapshot_tensor *one, *other;
    TRY(snapshot_leaves_new(&x, a));
    TRY(snapshot_leaves_new(&y, b));
    TRY(graph_compare(&pairs, &count, a->operations, b->operations));
    if (!pairs) TRY(differs(where, "what the model computes", NULL));
    for (size_t i = 0; i < count; i++) {
        TRY(snapshot_leaves_find(&one, &x, pairs[i].a, where));
        TRY(snapshot_leaves_find(&other, &y, pairs[i].b, where));
        if (!same_tensor(one, other)) TRY(differs(where, "a weight", x.at[pairs[i].a->layer].name));
    }
done:
    free(pairs);
    snapshot_leaves_free(&x);
    snapshot_leaves_free(&y);
    return status;
}

/* ---- training ---- */

bool convert_is_legacy(const snapshot *s)
{
    return config_is_true(config_get(config_get(s->optimizer, "config"), "is_legacy_optimizer"));
}

/* Learning rates are compared by value elsewhere, and the caller compares is_legacy_optimizer. `decay` is an argument of legacy
 * optimizers alone. */
static bool is_compared(const char *key, bool same_era)
{
    return strcmp(key, "learning_rate") != 0 && strcmp(key, "is_legacy_optimizer") != 0 &&
           (same_era || strcmp(key, "decay") != 0);
}

static bool has_arguments(const config *a, const config *b, bool same_era)
{
    const char *key;
    for (size_t i = 0; (key = config_key_at(a, i)); i++)
        if (is_compared(key, same_era) && !same_value(config_at(a, i), config_get(b, key))) return false;
    return true;
}

static bool same_rate(const snapshot *a, const snapshot *b)
{
    float x = 0, y = 0;
    bool is_number = keras_learning_rate(a, &x);
    if (is_number != keras_learning_rate(b, &y)) return false;
    return is_number ? x == y
                     : same_value(config_get(config_get(a->optimizer, "config"), "learning_rate"),
                                  config_get(config_get(b->optimizer, "config"), "learning_rate"));
}

static horn_status check_training(const snapshot *a, const snapshot *b, const char *where)
{
    const config *x = config_get(a->optimizer, "config"), *y = config_get(b->optimizer, "config");
    if (!same_value(a->loss, b->loss)) return differs(where, "the loss", NULL);
    if (!same_value(a->loss_weights, b->loss_weights))
        return differs(where, "the weights of the losses", NULL);
    if (!same_value(a->metrics, b->metrics) || !same_value(a->weighted_metrics, b->weighted_metrics))
        return differs(where, "the list of metrics", NULL);
    if (!same_text(config_get_string(a->optimizer, "class_name"),
                   config_get_string(b->optimizer, "class_name")))
        return differs(where, "the optimizer's class", NULL);
    const bool same_era = convert_is_legacy(a) == convert_is_legacy(b);
    if (!has_arguments(x, y, same_era) || !has_arguments(y, x, same_era))
        return differs(where, "an argument of the optimizer", NULL);
    if (!same_rate(a, b)) return differs(where, "the learning rate", NULL);
    return HORN_OK;
}

/* Slots of unknown classes have file-specific names: they are compared by order. */
static horn_status check_optimizer(const snapshot *a, const snapshot *b, const char *where)
{
    if (a->iteration != b->iteration) return differs(where, "the optimizer's step", NULL);
    if (a->has_product && b->has_product && a->product != b->product)
        return differs(where, "the product of the optimizer's momentum", NULL);
    if (a->slot_count != b->slot_count) return differs(where, "the number of optimizer variables", NULL);
    for (size_t i = 0; i < a->slot_count; i++) {
        const snapshot_slot *x = &a->slots[i], *named = snapshot_find_slot(b, x->name),
                            *y = named ? named : &b->slots[i];
        if (x->tensor_count != y->tensor_count || !same_tensors(x->tensors, y->tensors, x->tensor_count))
            return differs(where, "an optimizer variable", x->name);
    }
    return HORN_OK;
}

horn_status convert_check(const snapshot *wanted, const snapshot *found, unsigned parts, const char *where)
{
    horn_status status = HORN_OK;
    if (parts & PART_ARCHITECTURE) TRY(check_architecture(wanted, found, where));
    if (found->input_divisor != 0 && wanted->input_divisor != found->input_divisor)
        TRY(differs(where, "how data are scaled", NULL));
    if (found->class_names && !same_value(wanted->class_names, found->class_names))
        TRY(differs(where, "the names of classes", NULL));
    if (parts & PART_OPERATIONS) TRY(check_operations(wanted, found, where));
    if (parts & PART_WEIGHTS && !(parts & PART_OPERATIONS)) TRY(check_weights(wanted, found, where));
    if (parts & PART_COMPILE) TRY(check_training(wanted, found, where));
    if (parts & PART_OPTIMIZER) TRY(check_optimizer(wanted, found, where));
    if (parts & PART_PROGRESS && !same_value(wanted->progress, found->progress))
        TRY(differs(where, "the progress", NULL));
done:
    return status;
}
