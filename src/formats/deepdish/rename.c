#include "formats/deepdish/rename.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

/* Takes a tensor out if it has no new name, else gives it that name, which is taken. */
static void apply(torch_state *s, char **names)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++) {
        torch_tensor *t = &s->tensors[i];
        free(t->name);
        t->name = names[i];
        names[i] = NULL;
        if (t->name)
            s->tensors[kept++] = *t;
        else
            free(t->data);
    }
    s->count = kept;
}

static void free_names(char **names, size_t count)
{
    for (size_t i = 0; names && i < count; i++) free(names[i]);
    free(names);
}

static horn_status print_name(char **out, const char *first, char separator, const char *second)
{
    bytes name = { 0 };
    bytes_print(&name, "%s%c%s", first, separator, second);
    horn_status status = bytes_status(&name);
    if (!status) status = memory_copy_string(out, bytes_text(&name));
    bytes_free(&name);
    return status;
}

/* A weight that PyTorch has in parts has their names. */
static const char *name_of(const torch_place *p)
{
    return p->of ? p->name : p->weight;
}

horn_status deepdish_to_layers(torch_state *s, const snapshot *model, const torch_modules *modules)
{
    horn_status status = HORN_OK;
    char **names = NULL;
    const size_t count = s->count;
    size_t at = 0;
    TRY(memory_new(&names, count, sizeof *names));
    for (size_t i = 0; i < modules->count; i++)
        for (size_t k = 0; k < modules->items[i].place_count; k++, at++) {
            const torch_place *p = &modules->items[i].places[k];
            if (p->weight) TRY(print_name(&names[at], model->layers[p->layer].name, '/', name_of(p)));
        }
    apply(s, names);
done:
    free_names(names, count);
    return status;
}

/* ---- back ---- */

static size_t find(const torch_state *s, const char *scope, size_t length, const char *name)
{
    for (size_t i = 0; i < s->count; i++) {
        const char *own = s->tensors[i].name;
        if (strncmp(own, scope, length) == 0 && strcmp(own + length, name) == 0) return i;
    }
    return SIZE_MAX;
}

/* Gives the tensors behind the scope their modules' names; *complete: all weights are there. */
static horn_status name_all(char **names, const torch_state *s, const snapshot *model,
                            const torch_modules *modules, const char *scope, size_t length, bool *complete)
{
    horn_status status = HORN_OK;
    char *weight = NULL;
    *complete = true;
    for (size_t i = 0; i < modules->count && *complete; i++)
        for (size_t k = 0; k < modules->items[i].place_count && *complete; k++) {
            const torch_place *p = &modules->items[i].places[k];
            if (!p->weight) continue;
            TRY(print_name(&weight, model->layers[p->layer].name, '/', name_of(p)));
            const size_t index = find(s, scope, length, weight);
            *complete = index != SIZE_MAX && !names[index];
            if (*complete) TRY(print_name(&names[index], modules->items[i].name, '.', p->name));
            free(weight);
            weight = NULL;
        }
done:
    free(weight);
    return status;
}

/* The first weight of the model: "dense/kernel"; NULL: it has none. */
static horn_status first_weight(char **out, const snapshot *model, const torch_modules *modules)
{
    for (size_t i = 0; i < modules->count; i++)
        for (size_t k = 0; k < modules->items[i].place_count; k++) {
            const torch_place *p = &modules->items[i].places[k];
            if (p->weight) return print_name(out, model->layers[p->layer].name, '/', name_of(p));
        }
    return HORN_OK;
}

/* Whether a name is the weight's, in a scope or none; *scope: the length of the scope. */
static bool ends_as(const char *name, const char *weight, size_t *scope)
{
    const size_t length = strlen(name), own = strlen(weight);
    *scope = length - own;
    return length >= own && strcmp(name + *scope, weight) == 0 && (*scope == 0 || name[*scope - 1] == '/');
}

horn_status deepdish_to_modules(torch_state *s, const snapshot *model, const torch_modules *modules)
{
    horn_status status = HORN_OK;
    char **names = NULL, *weight = NULL, *scope = NULL;
    const size_t count = s->count;
    size_t length;
    bool complete = false;
    TRY(first_weight(&weight, model, modules));
    for (size_t i = 0; weight && i < count && !complete; i++) {
        if (!ends_as(s->tensors[i].name, weight, &length)) continue;
        free_names(names, count);
        names = NULL;
        TRY(memory_new(&names, count, sizeof *names));
        TRY(memory_copy_text(&scope, s->tensors[i].name, length));
        TRY(name_all(names, s, model, modules, scope, length, &complete));
        free(scope);
        scope = NULL;
    }
    if (complete) apply(s, names);
done:
    free(weight);
    free(scope);
    free_names(names, count);
    return status;
}
