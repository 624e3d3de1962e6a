#include "formats/keras_nodes/masks.h"

#include <string.h>
#include "base/status.h"
#include "base/text.h"
#include "formats/keras_nodes/values.h"

enum {
    /* Layers that are looked at in a model to see where its masks come from. */
    MOST_STEPS = 50000,
    MOST_DEPTH = 1000,
    MOST_ROUNDS = 32
};

/* ---- the graph ---- */

static const config *find(const config *layers, const config *tensor)
{
    const char *name = config_string(config_at(tensor, 0));
    for (const config *entry = config_at(layers, 0); name && entry; entry = config_next(entry)) {
        const char *other = config_get_string(entry, "name");
        if (other && strcmp(other, name) == 0) return entry;
    }
    return NULL;
}

static bool is_class(const config *entry, const char *name)
{
    const char *class_name = config_get_string(entry, "class_name");
    return class_name && strcmp(class_name, name) == 0;
}

/* The call of a layer that made a tensor. */
static const config *call_of(const config *entry, const config *tensor)
{
    int64_t number = -1;
    if (!config_integer(config_at(tensor, 1), &number) || number < 0) return NULL;
    return config_at(config_get(entry, "inbound_nodes"), (size_t)number);
}

static const config *first_tensor(const config *call)
{
    return node_tensor(config_at(config_get(call, "args"), 0));
}

/* The tensor of a call that is given as its mask. */
static const config *mask_of(const config *call)
{
    return node_tensor(config_get(config_get(call, "kwargs"), "mask"));
}

/* ---- where masks come from ---- */

/* What a mask is made of: values of a tensor that differ from a number; of a sequence of vectors, or of numbers. */
typedef struct origin {
    const config *tensor;
    double value;
    bool of_vectors;
    /* It has an axis more behind it, for values at each position. */
    bool is_wide;
} origin;

/* `left`: so many layers are looked at, however they are connected; `deep`: so many behind each other. */
typedef struct search {
    const config *layers;
    size_t left, deep;
} search;

static bool is_same(const origin *a, const origin *b)
{
    return config_equal(a->tensor, b->tensor) && a->value == b->value && a->of_vectors == b->of_vectors &&
           a->is_wide == b->is_wide;
}

typedef bool reader(origin *, search *, const config *tensor);

static bool follow(origin *out, search *s, const config *tensor, reader *read)
{
    if (!tensor || !s->left || !s->deep) return false;
    s->left--;
    s->deep--;
    const bool found = read(out, s, tensor);
    s->deep++;
    return found;
}

/* The first argument is a tensor or a list of them, behind it are further ones: all must have the same origin. */
static bool read_each(origin *out, search *s, const config *call, reader *read)
{
    const config *given = config_get(call, "args"), *first = config_at(given, 0);
    const config *tensors = config_is_list(first) ? first : given;
    origin next;
    for (size_t i = 0; i < config_count(tensors); i++)
        if (!follow(i ? &next : out, s, node_tensor(config_at(tensors, i)), read) ||
            (i && !is_same(out, &next)))
            return false;
    return config_count(tensors) > 0;
}

static bool is_along_last(const config *entry)
{
    int64_t axis = 0;
    const config *settings = config_get(entry, "config");
    return config_integer(config_get(settings, "axis"), &axis) && axis == -1 &&
           !config_is_true(config_get(settings, "keepdims"));
}

static bool read_not_equal(origin *out, const config *call)
{
    *out = (origin){ .tensor = first_tensor(call) };
    return out->tensor && config_number(config_at(config_get(call, "args"), 1), &out->value);
}

static reader read_mask;

/* or of a mask and zeros is the mask. */
static bool read_or(origin *out, search *s, const config *call)
{
    const config *second = node_tensor(config_at(config_get(call, "args"), 1));
    if (is_class(find(s->layers, second), "ZerosLike")) return follow(out, s, first_tensor(call), read_mask);
    return read_each(out, s, call, read_mask);
}

/* Of a mask that is given by keyword, and of what Keras makes of masks where layers merge. */
static bool read_mask(origin *out, search *s, const config *tensor)
{
    const config *entry = find(s->layers, tensor), *call = call_of(entry, tensor);
    if (!call) return false;
    if (is_class(entry, "NotEqual")) return read_not_equal(out, call);
    if (is_class(entry, "LogicalOr")) return read_or(out, s, call);
    if (!is_along_last(entry) || !read_each(out, s, call, read_mask)) return false;
    const bool was_wide = out->is_wide, is_any = is_class(entry, "Any");
    out->is_wide = !is_any;
    if (is_any && !was_wide) out->of_vectors = true;
    return is_any || (is_class(entry, "ExpandDims") && !was_wide) ||
           (is_class(entry, "Concatenate") && was_wide);
}

/* Of the mask that a layer makes. */
static bool read_maker(origin *out, const config *entry, const config *call)
{
    const config *settings = config_get(entry, "config");
    *out = (origin){ .tensor = first_tensor(call), .of_vectors = is_class(entry, "Masking") };
    if (out->of_vectors) return config_number(config_get(settings, "mask_value"), &out->value);
    return is_class(entry, "Embedding") && config_is_true(config_get(settings, "mask_zero"));
}

/* Layers whose output has the mask of their input, and those whose inputs all have it. */
static bool passes_mask(const config *entry)
{
    static const char *const classes[] = { "Activation",
                                           "ActivityRegularization",
                                           "AlphaDropout",
                                           "BatchNormalization",
                                           "Bidirectional",
                                           "Dense",
                                           "Dropout",
                                           "ELU",
                                           "GRU",
                                           "GaussianDropout",
                                           "GaussianNoise",
                                           "LSTM",
                                           "LayerNormalization",
                                           "LeakyReLU",
                                           "PReLU",
                                           "ReLU",
                                           "SimpleRNN",
                                           "SpatialDropout1D",
                                           "TimeDistributed",
                                           "UnitNormalization",
                                           "Add",
                                           "Average",
                                           "Maximum",
                                           "Minimum",
                                           "Multiply",
                                           "Subtract",
                                           NULL };
    const char *class_name = config_get_string(entry, "class_name");
    if (!class_name || !config_get(config_get(entry, "config"), "trainable")) return false; /* an operation */
    return text_is_among(class_name, classes) ||
           (strcmp(class_name, "Concatenate") == 0 && is_along_last(entry));
}

/* Of the mask that a tensor has: through layers that hand it on, back to the one that makes it. */
static bool read_own(origin *out, search *s, const config *tensor)
{
    const config *entry = find(s->layers, tensor), *call = call_of(entry, tensor);
    if (!call) return false;
    return read_maker(out, entry, call) || (passes_mask(entry) && read_each(out, s, call, read_own));
}

static bool is_own_mask(search *s, const config *call)
{
    origin given, own;
    return first_tensor(call) && read_mask(&given, s, mask_of(call)) &&
           read_own(&own, s, first_tensor(call)) && is_same(&given, &own);
}

/* ---- leaving them out ---- */

static config *without_mask(const config *call)
{
    config *copy = config_copy(call), *keywords = config_copy(config_get(call, "kwargs"));
    config_remove(keywords, "mask");
    config_set(copy, "kwargs", keywords);
    return copy;
}

static horn_status read_calls(config **out, search *s, const config *entry, const char *where)
{
    config *calls = config_list();
    horn_status status = HORN_OK;
    for (const config *call = config_at(config_get(entry, "inbound_nodes"), 0); call && !status;
         call = config_next(call)) {
        const bool has_mask = mask_of(call);
        if (has_mask && !is_own_mask(s, call))
            status = fail(HORN_ERROR_UNSUPPORTED,
                          "%s: layer '%.100s' (%.60s) is called with the argument 'mask', which is not the "
                          "mask of its input: not supported",
                          where, config_get_string(entry, "name"), config_get_string(entry, "class_name"));
        config_append(calls, has_mask ? without_mask(call) : config_copy(call));
    }
    *out = config_copy(entry);
    config_set(*out, "inbound_nodes", calls);
    return status;
}

static bool mentions(const config *value, const char *name)
{
    const char *said = config_string(config_at(node_tensor(value), 0));
    if (said && strcmp(said, name) == 0) return true;
    for (const config *member = config_at(value, 0); member; member = config_next(member))
        if (mentions(member, name)) return true;
    return false;
}

/* Whether a call takes what the layer gives. */
static bool is_taken(const config *layers, const config *taken)
{
    const char *name = config_get_string(taken, "name");
    for (const config *entry = config_at(layers, 0); name && entry; entry = config_next(entry))
        if (mentions(config_get(entry, "inbound_nodes"), name)) return true;
    return !name;
}

/* What masks are computed by. */
static bool computes_mask(const config *entry)
{
    static const char *const classes[] = { "NotEqual",    "Any",       "LogicalOr", "ExpandDims",
                                           "Concatenate", "ZerosLike", NULL };
    const char *module = config_get_string(entry, "module"),
               *class_name = config_get_string(entry, "class_name");
    return class_name && module && strncmp(module, "keras.src.ops.", 14) == 0 &&
           text_is_among(class_name, classes);
}

/* Takes away layers that compute masks which no call takes any more, until there are none. Takes the list. */
static config *without_unused(config *layers)
{
    bool found = true;
    for (size_t i = 0; found && i < MOST_ROUNDS; i++) {
        config *list = config_list();
        found = false;
        for (const config *entry = config_at(layers, 0); entry; entry = config_next(entry)) {
            const bool is_unused = computes_mask(entry) && !is_taken(layers, entry);
            if (!is_unused) config_append(list, config_copy(entry));
            found |= is_unused;
        }
        config_free(layers);
        layers = list;
    }
    return layers;
}

static bool has_masks(const config *layers)
{
    for (const config *entry = config_at(layers, 0); entry; entry = config_next(entry))
        for (const config *call = config_at(config_get(entry, "inbound_nodes"), 0); call;
             call = config_next(call))
            if (mask_of(call)) return true;
    return false;
}

horn_status node_masks_read(config **out, const config *layers, const char *where)
{
    horn_status status = HORN_OK;
    *out = NULL;
    if (!has_masks(layers)) return HORN_OK;
    search s = { layers, MOST_STEPS, MOST_DEPTH };
    config *list = config_list();
    for (const config *entry = config_at(layers, 0); entry && !status; entry = config_next(entry)) {
        config *read = NULL;
        status = read_calls(&read, &s, entry, where);
        config_append(list, read);
    }
    *out = without_unused(list);
    if (!status) status = config_status(*out);
    if (!status) return HORN_OK;
    config_free(*out);
    *out = NULL;
    return status;
}
