#include "snapshot/snapshot.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "snapshot/graph.h"
#include "snapshot/schema.h"

horn_status snapshot_new(snapshot **out)
{
    return memory_new(out, 1, sizeof **out);
}

static void free_tensors(snapshot_tensor *tensors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(tensors[i].name);
        if (!tensors[i].is_borrowed) free(tensors[i].data);
    }
    free(tensors);
}

void snapshot_free_layer(snapshot_layer *l)
{
    for (size_t i = 0; i < l->inner_count; i++) snapshot_free_layer(&l->inner[i]);
    free(l->inner);
    free(l->class_name);
    free(l->name);
    free(l->attribute);
    config_free(l->arguments);
    free_tensors(l->tensors, l->tensor_count);
}

void snapshot_free_inner(snapshot_layer *l)
{
    for (size_t i = 0; i < l->inner_count; i++) snapshot_free_layer(&l->inner[i]);
    free(l->inner);
    l->inner = NULL;
    l->inner_count = l->inner_capacity = 0;
}

static void drop_tensors(snapshot_layer *l)
{
    for (size_t i = 0; i < l->inner_count; i++) drop_tensors(&l->inner[i]);
    free_tensors(l->tensors, l->tensor_count);
    l->tensors = NULL;
    l->tensor_count = l->tensor_capacity = 0;
}

static void drop_weights(snapshot *s)
{
    for (size_t i = 0; i < s->layer_count; i++) drop_tensors(&s->layers[i]);
}

static void drop_slots(snapshot *s)
{
    for (size_t i = 0; i < s->slot_count; i++) {
        free(s->slots[i].name);
        free_tensors(s->slots[i].tensors, s->slots[i].tensor_count);
    }
    free(s->slots);
    s->slots = NULL;
    s->slot_count = s->slot_capacity = 0;
}

/* Where the order of variables is not known, nor are iteration and learning rate. */
static void drop_state(snapshot *s)
{
    drop_slots(s);
    s->iteration = 0;
    s->has_learning_rate = s->has_product = false;
}

static void drop_settings(snapshot *s)
{
    config_free(s->loss);
    config_free(s->loss_weights);
    config_free(s->metrics);
    config_free(s->weighted_metrics);
    config_free(s->optimizer);
    s->loss = s->loss_weights = s->metrics = s->weighted_metrics = s->optimizer = NULL;
}

void snapshot_forget_calls(snapshot *s)
{
    for (size_t i = 0; i < s->call_count; i++) free(s->calls[i].values);
    free(s->calls);
    s->calls = NULL;
    s->call_count = s->call_capacity = 0;
}

void snapshot_free(snapshot *s)
{
    if (!s) return;
    snapshot_forget_calls(s);
    snapshot_forget_ends(s);
    for (size_t i = 0; i < s->layer_count; i++) snapshot_free_layer(&s->layers[i]);
    free(s->layers);
    drop_slots(s);
    graph_free(s->operations);
    drop_settings(s);
    for (size_t i = 0; i < SNAPSHOT_PARTS; i++) free(s->reasons[i]);
    config_free(s->progress);
    config_free(s->asides);
    free(s->input_name);
    config_free(s->class_names);
    free(s->name);
    for (size_t i = 0; i < s->kept_count; i++) bytes_free(&s->kept[i]);
    free(s->kept);
    free(s);
}

/* ---- parts that are left out ---- */

static size_t index_of(unsigned part)
{
    size_t index = 0;
    while (index < SNAPSHOT_PARTS && !(part >> index & 1)) index++;
    return index;
}

horn_status snapshot_leave_out(snapshot *s, unsigned part, horn_status found)
{
    if (found != HORN_ERROR_UNSUPPORTED) return found;
    if (part == PART_WEIGHTS) drop_weights(s);
    if (part == PART_COMPILE) drop_settings(s);
    if (part == PART_OPTIMIZER) drop_state(s);
    if (part == PART_OPERATIONS) {
        graph_free(s->operations);
        s->operations = NULL;
    }
    s->parts &= ~part;
    s->unread |= part;
    char **reason = &s->reasons[index_of(part)];
    return *reason ? HORN_OK : memory_copy_string(reason, horn_last_error());
}

const char *snapshot_reason(const snapshot *s, unsigned part)
{
    return s->reasons[index_of(part)];
}

horn_status snapshot_need(const snapshot *s, unsigned parts)
{
    for (size_t i = 0; i < SNAPSHOT_PARTS; i++)
        if (parts >> i & 1 && s->reasons[i]) return fail(HORN_ERROR_UNSUPPORTED, "%s", s->reasons[i]);
    return HORN_OK;
}

static horn_status copy_name(char **out, const char *name)
{
    return name ? memory_copy_string(out, name) : HORN_OK;
}

static horn_status add_layer(snapshot_layer **layers, size_t *count, size_t *capacity, const char *class_name,
                             const char *name, snapshot_layer **out)
{
    horn_status status = HORN_OK;
    TRY(memory_grow(layers, *count, capacity, sizeof **layers));
    snapshot_layer *added = &(*layers)[(*count)++];
    memset(added, 0, sizeof *added);
    TRY(copy_name(&added->class_name, class_name));
    TRY(copy_name(&added->name, name));
    *out = added;
done:
    return status;
}

horn_status snapshot_add_layer(snapshot *s, const char *class_name, const char *name, snapshot_layer **out)
{
    return add_layer(&s->layers, &s->layer_count, &s->layer_capacity, class_name, name, out);
}

horn_status snapshot_add_inner(snapshot_layer *layer, const char *attribute, const char *class_name,
                               const char *name, snapshot_layer **out)
{
    horn_status status =
        add_layer(&layer->inner, &layer->inner_count, &layer->inner_capacity, class_name, name, out);
    return status ? status : memory_copy_string(&(*out)->attribute, attribute);
}

horn_status snapshot_add_call(snapshot *s, size_t layer, size_t value_count, snapshot_call **out)
{
    horn_status status = memory_grow(&s->calls, s->call_count, &s->call_capacity, sizeof *s->calls);
    if (status) return status;
    snapshot_call *call = &s->calls[s->call_count];
    *call = (snapshot_call){ .layer = layer, .value_count = value_count };
    status = memory_new(&call->values, value_count, sizeof *call->values);
    if (status) return status;
    s->call_count++;
    *out = call;
    return HORN_OK;
}

horn_status snapshot_add_slot(snapshot *s, const char *name, snapshot_slot **out)
{
    horn_status status = HORN_OK;
    TRY(memory_grow(&s->slots, s->slot_count, &s->slot_capacity, sizeof *s->slots));
    snapshot_slot *added = &s->slots[s->slot_count++];
    memset(added, 0, sizeof *added);
    TRY(copy_name(&added->name, name));
    *out = added;
done:
    return status;
}

enum data { NO_DATA, OWN_DATA, BORROWED_DATA };

static horn_status fill_tensor(snapshot_tensor *t, const char *name, const horn_view *like, enum data data)
{
    horn_status status = HORN_OK;
    size_t count = 1;
    t->dtype = like->dtype;
    t->rank = like->rank;
    for (int i = 0; i < like->rank; i++) {
        t->shape[i] = like->shape[i];
        if (!memory_multiply(&count, like->shape[i])) return fail_memory("tensor", SIZE_MAX);
    }
    TRY(copy_name(&t->name, name));
    t->is_borrowed = data == BORROWED_DATA;
    if (t->is_borrowed) t->data = (void *)like->data;
    if (data == OWN_DATA) TRY(memory_new_aligned(&t->data, count, horn_dtype_size(like->dtype)));
done:
    return status;
}

static horn_status add_tensor(snapshot_tensor **tensors, size_t *count, size_t *capacity, const char *name,
                              const horn_view *like, enum data data, snapshot_tensor **out)
{
    horn_status status = HORN_OK;
    if (like->rank < 0 || like->rank > HORN_MAX_RANK)
        return fail(HORN_ERROR_SHAPE, "tensor '%s' has rank %d, expected 0 to %d", name ? name : "",
                    like->rank, HORN_MAX_RANK);
    TRY(memory_grow(tensors, *count, capacity, sizeof **tensors));
    snapshot_tensor *added = &(*tensors)[(*count)++];
    memset(added, 0, sizeof *added);
    added->trainable = true;
    TRY(fill_tensor(added, name, like, data));
    *out = added;
done:
    return status;
}

horn_status snapshot_layer_add(snapshot_layer *layer, const char *name, const horn_view *like,
                               snapshot_tensor **out)
{
    return add_tensor(&layer->tensors, &layer->tensor_count, &layer->tensor_capacity, name, like, OWN_DATA,
                      out);
}

horn_status snapshot_layer_borrow(snapshot_layer *layer, const char *name, const horn_view *data,
                                  snapshot_tensor **out)
{
    return add_tensor(&layer->tensors, &layer->tensor_count, &layer->tensor_capacity, name, data,
                      BORROWED_DATA, out);
}

void schema_forget(snapshot_layer *layer)
{
    drop_tensors(layer);
    snapshot_free_inner(layer);
    layer->is_unknown = true;
}

horn_status schema_add(snapshot_layer *layer, const char *name, const horn_view *like, snapshot_tensor **out)
{
    return add_tensor(&layer->tensors, &layer->tensor_count, &layer->tensor_capacity, name, like, NO_DATA,
                      out);
}

horn_status snapshot_slot_add(snapshot_slot *slot, const char *name, const horn_view *like,
                              snapshot_tensor **out)
{
    return add_tensor(&slot->tensors, &slot->tensor_count, &slot->tensor_capacity, name, like, OWN_DATA, out);
}

horn_status snapshot_slot_borrow(snapshot_slot *slot, const char *name, const horn_view *data,
                                 snapshot_tensor **out)
{
    return add_tensor(&slot->tensors, &slot->tensor_count, &slot->tensor_capacity, name, data, BORROWED_DATA,
                      out);
}

/* Whether a tensor of these layers lies in the content. */
static bool borrow_from(const snapshot_layer *layers, size_t count, const bytes *content)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < layers[i].tensor_count; k++) {
            const snapshot_tensor *t = &layers[i].tensors[k];
            const uintptr_t at = (uintptr_t)t->data, start = (uintptr_t)content->data;
            if (t->is_borrowed && at >= start && at < start + content->size) return true;
        }
        if (borrow_from(layers[i].inner, layers[i].inner_count, content)) return true;
    }
    return false;
}

horn_status snapshot_keep(snapshot *s, bytes *content)
{
    horn_status status = HORN_OK;
    if (!borrow_from(s->layers, s->layer_count, content)) goto done;
    TRY(memory_grow(&s->kept, s->kept_count, &s->kept_capacity, sizeof *s->kept));
    s->kept[s->kept_count++] = *content;
    *content = (bytes){ 0 };
done:
    bytes_free(content);
    return status;
}

static horn_status copy_tensors(snapshot_tensor *tensors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        void *copy;
        if (!tensors[i].is_borrowed) continue;
        horn_status status = memory_new_aligned(&copy, snapshot_tensor_bytes(&tensors[i]), 1);
        if (status) return status;
        memcpy(copy, tensors[i].data, snapshot_tensor_bytes(&tensors[i]));
        tensors[i].data = copy;
        tensors[i].is_borrowed = false;
    }
    return HORN_OK;
}

static horn_status copy_layers(snapshot_layer *layers, size_t count)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; !status && i < count; i++) {
        status = copy_tensors(layers[i].tensors, layers[i].tensor_count);
        if (!status) status = copy_layers(layers[i].inner, layers[i].inner_count);
    }
    return status;
}

horn_status snapshot_copy_borrowed(snapshot *s)
{
    horn_status status = copy_layers(s->layers, s->layer_count);
    for (size_t i = 0; !status && i < s->slot_count; i++)
        status = copy_tensors(s->slots[i].tensors, s->slots[i].tensor_count);
    return status;
}

bool snapshot_has_room_for_aside(config *asides)
{
    if (config_count(asides) < SNAPSHOT_MOST_ASIDES) return true;
    config_set_null(asides, "...");
    return false;
}

horn_view snapshot_tensor_view(const snapshot_tensor *t)
{
    horn_view view = { .data = t->data, .dtype = t->dtype, .rank = t->rank };
    memcpy(view.shape, t->shape, sizeof view.shape);
    return view;
}

size_t snapshot_tensor_bytes(const snapshot_tensor *t)
{
    size_t total = horn_dtype_size(t->dtype);
    for (int i = 0; i < t->rank; i++) total *= t->shape[i];
    return total;
}

const snapshot_slot *snapshot_find_slot(const snapshot *s, const char *name)
{
    for (size_t i = 0; i < s->slot_count; i++)
        if (s->slots[i].name && strcmp(s->slots[i].name, name) == 0) return &s->slots[i];
    return NULL;
}
