/* All steps as layers, and the layers' names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "config/keras_object.h"
#include "formats/chains/patterns.h"

static horn_status add_steps(chain_builder *b)
{
    horn_status status = HORN_OK;
    for (; !status && b->at < b->c->count; b->at++) {
        const chain_step *step = &b->c->steps[b->at];
        (void)pattern_fits(&b->match, b->c->im, chain_definitions, step->row->pattern, step->value);
        status = step->row->add(b, step->row);
    }
    if (!status && !b->s->layer_count)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: the graph computes nothing that is a layer",
                    b->c->im->where);
    return status;
}

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
    for (size_t i = index + 1; i < b->s->layer_count && !own->has_weights; i++)
        if (b->names[i].has_weights && b->names[i].scope.size == own->scope.size &&
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

horn_status chain_layers(snapshot *out, const chain *c, size_t budget, bool with_weights)
{
    horn_status status = HORN_OK;
    chain_builder b = { .c = c, .s = out, .with_weights = with_weights, .budget = budget };
    TRY(c->model.size ? memory_copy_text(&out->name, c->model.at, c->model.size)
                      : memory_copy_string(&out->name, "sequential"));
    const shape *input = &c->im->graph->operations[0].shape;
    out->input_rank = input->rank;
    memcpy(out->input_shape, input->dim, sizeof out->input_shape);
    if (c->im->input_dtype) strcpy(out->input_dtype, c->im->input_dtype);
    TRY(add_steps(&b));
    TRY(name_layers(&b));
    out->parts |= PART_ARCHITECTURE | (with_weights ? PART_WEIGHTS : 0);
done:
    free(b.names);
    return status;
}
