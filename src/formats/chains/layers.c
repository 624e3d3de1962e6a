/* All steps as layers, and the layers' names. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "config/keras_object.h"
#include "formats/chains/patterns.h"
#include "snapshot/call_order.h"

static void match(chain_builder *b, const chain_step *step)
{
    if (step->row->pattern)
        (void)pattern_fits(&b->match, b->c->im, chain_definitions, step->row->pattern, step->value);
    else
        b->match.count = 0;
}

static horn_status add_steps(chain_builder *b)
{
    horn_status status = HORN_OK;
    for (; !status && b->at < b->c->count; b->at++) {
        const chain_step *step = &b->c->steps[b->at];
        match(b, step);
        b->is_added = false;
        status = step->row->add(b, step->row);
        if (!status && !b->is_added) b->given[step->value] = b->given[b->c->inputs[step->first_input]];
    }
    if (!status && !b->s->layer_count)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: the graph computes nothing that is a layer",
                    b->c->im->where);
    return status;
}

/* ---- layers that are called several times ---- */

static bool same_constant(const imported *im, size_t a, size_t b)
{
    const imported_origin *x = &im->origins[a], *y = &im->origins[b];
    return a == b || (x->constant.message.at && x->constant.message.at == y->constant.message.at &&
                      x->constant.message.size == y->constant.message.size &&
                      memcmp(&x->view, &y->view, sizeof x->view) == 0);
}

/* Whether both have the same weights, which are all that graphs know a layer by, and the same arguments. */
static bool are_one(const chain_builder *b, size_t i, size_t k)
{
    const chain_name *x = &b->names[i], *y = &b->names[k];
    const snapshot_layer *one = &b->s->layers[i], *other = &b->s->layers[k];
    if (!x->weight_count || x->weight_count != y->weight_count) return false;
    for (size_t w = 0; w < x->weight_count; w++)
        if (!same_constant(b->c->im, x->weights[w], y->weights[w])) return false;
    return strcmp(one->class_name, other->class_name) == 0 && config_equal(one->arguments, other->arguments);
}

/* The first layer that this one is; itself, if none in front is it. */
static size_t first_of(const chain_builder *b, size_t layer)
{
    size_t first = 0;
    while (first < layer && !are_one(b, first, layer)) first++;
    return first;
}

/* Takes out layers that are those in front of them. */
static horn_status share_layers(chain_builder *b)
{
    size_t *now, count = 0;
    snapshot *s = b->s;
    horn_status status = memory_new(&now, s->layer_count, sizeof *now);
    if (status) return status;
    for (size_t i = 0; i < s->layer_count; i++) {
        const size_t first = first_of(b, i);
        now[i] = first;
    }
    for (size_t i = 0; i < s->layer_count; i++) {
        if (now[i] != i) {
            snapshot_free_layer(&s->layers[i]);
            now[i] = now[now[i]];
            continue;
        }
        if (count != i) s->layers[count] = s->layers[i];
        if (count != i) b->names[count] = b->names[i];
        now[i] = count++;
    }
    s->layer_count = count;
    for (size_t i = 0; i < b->call_count; i++) b->calls[i].layer = now[b->calls[i].layer];
    free(now);
    return HORN_OK;
}

static bool is_chain(const chain_builder *b)
{
    for (size_t i = 0; i < b->call_count; i++)
        if (b->calls[i].layer != i || b->calls[i].value_count != 1 || b->values[b->calls[i].first_value] != i)
            return false;
    return true;
}

/* What is no chain is a Functional. */
static horn_status add_calls(chain_builder *b)
{
    horn_status status = HORN_OK;
    snapshot_call *added;
    b->s->is_functional = !is_chain(b);
    for (size_t i = 0; b->s->is_functional && !status && i < b->call_count; i++) {
        const chain_call *c = &b->calls[i];
        status = snapshot_add_call(b->s, c->layer, c->value_count, &added);
        if (!status)
            memcpy(added->values, b->values + c->first_value, c->value_count * sizeof *added->values);
    }
    return status;
}

/* ---- names ---- */

static bool is_taken(const snapshot *s, const char *name)
{
    for (size_t i = 0; i < s->layer_count; i++)
        if (s->layers[i].name && strcmp(s->layers[i].name, name) == 0) return true;
    return false;
}

/* Whether a layer behind this one has weights and the same scope: by its name they are known. */
static bool gives_name_away(const chain_builder *b, size_t index)
{
    const chain_name *own = &b->names[index];
    for (size_t i = index + 1; i < b->s->layer_count && !own->weight_count; i++)
        if (b->names[i].weight_count && b->names[i].scope.size == own->scope.size &&
            memcmp(b->names[i].scope.at, own->scope.at, own->scope.size) == 0)
            return true;
    return false;
}

/* The first layer of a scope that has weights has its name; if there is none, the first layer. */
static horn_status take_name(chain_builder *b, size_t index)
{
    char *name = NULL;
    const protobuf_text scope = b->names[index].scope;
    if (!scope.size) return HORN_OK;
    if (gives_name_away(b, index)) {
        b->names[index].scope.size = 0;
        return HORN_OK;
    }
    horn_status status = memory_copy_text(&name, scope.at, scope.size);
    if (status) return status;
    if (is_taken(b->s, name)) {
        free(name);
        b->names[index].scope.size = 0;
    } else {
        b->s->layers[index].name = name;
    }
    return HORN_OK;
}

/* Keras' own: "dense", then "dense_1", from number `next` on. */
static horn_status make_name(chain_builder *b, size_t index, size_t next)
{
    horn_status status = HORN_OK;
    char *base = NULL, *name = NULL;
    TRY(keras_snake_name(&base, b->s->layers[index].class_name));
    TRY(memory_new(&name, strlen(base) + 24, 1));
    strcpy(name, base);
    if (next) sprintf(name, "%s_%zu", base, next);
    for (size_t i = next + 1; is_taken(b->s, name); i++) sprintf(name, "%s_%zu", base, i);
    b->s->layers[index].name = name;
    name = NULL;
done:
    free(base);
    free(name);
    return status;
}

static horn_status name_layers(chain_builder *b)
{
    horn_status status = HORN_OK;
    const snapshot *s = b->s;
    for (size_t i = 0; !status && i < s->layer_count; i++) status = take_name(b, i);
    for (size_t i = 0; !status && i < s->layer_count; i++) {
        size_t same = 0; /* layers of the class in front that got such a name */
        for (size_t k = 0; k < i; k++)
            same += !b->names[k].scope.size && strcmp(s->layers[k].class_name, s->layers[i].class_name) == 0;
        if (!s->layers[i].name) status = make_name(b, i, same);
        if (status) break;
        config_set_string(s->layers[i].arguments, "name", s->layers[i].name);
        status = config_status(s->layers[i].arguments);
    }
    return status;
}

static bool is_word(protobuf_text name)
{
    for (size_t i = 0; i < name.size; i++)
        if (!isalnum((unsigned char)name.at[i]) && name.at[i] != '_') return false;
    return name.size > 0 && name.size < 100 && isalpha((unsigned char)*name.at);
}

/* A Functional's input has a name: the file's if it is a word, else Keras' "input_1". */
static horn_status name_input(chain_builder *b)
{
    char name[128] = "";
    const protobuf_text given = b->c->im->origins[0].name;
    if (!b->s->is_functional) return HORN_OK;
    if (is_word(given)) memcpy(name, given.at, given.size);
    for (size_t i = 1; !*name || is_taken(b->s, name); i++) snprintf(name, sizeof name, "input_%zu", i);
    return memory_copy_string(&b->s->input_name, name);
}

horn_status chain_layers(snapshot *out, const chain *c, size_t budget, bool with_weights)
{
    horn_status status = HORN_OK;
    chain_builder b = { .c = c, .s = out, .with_weights = with_weights, .budget = budget };
    const shape *input = &c->im->graph->operations[0].shape;
    out->input_rank = input->rank;
    memcpy(out->input_shape, input->dim, sizeof out->input_shape);
    if (c->im->input_dtype) strcpy(out->input_dtype, c->im->input_dtype);
    TRY(memory_new(&b.given, c->im->graph->count, sizeof *b.given));
    TRY(memory_new(&b.uses, c->im->graph->count, sizeof *b.uses));
    for (size_t i = 0; i < c->input_count; i++) b.uses[c->inputs[i]]++;
    b.uses[c->im->graph->output]++;
    TRY(add_steps(&b));
    TRY(share_layers(&b));
    TRY(add_calls(&b));
    TRY(name_layers(&b));
    TRY(name_input(&b));
    TRY(call_order_apply(out));
    TRY(c->model.size ? memory_copy_text(&out->name, c->model.at, c->model.size)
                      : memory_copy_string(&out->name, out->is_functional ? "model" : "sequential"));
    out->parts |= PART_ARCHITECTURE | (with_weights ? PART_WEIGHTS : 0);
done:
    free(b.names);
    free(b.calls);
    free(b.values);
    free(b.given);
    free(b.uses);
    return status;
}
