#include "config/registered.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"
#include "config/keras_object.h"

enum { LONGEST = 80 };

static bool consists_of(const char *text, const char *more)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    for (const char *c = text; *c; c++)
        if (!strchr(letters, *c) && !strchr(more, *c)) return false;
    return *text && strlen(text) <= LONGEST;
}

static horn_status check_names(const char *kind, const char *package, const char *name)
{
    if (!name) return fail(HORN_ERROR_ARGUMENT, "%s class: has no name", kind);
    if (!consists_of(name, "") || strchr("0123456789", *name))
        return fail(HORN_ERROR_ARGUMENT,
                    "%s class '%.100s': its name is no name of a Python class of at most %d letters", kind,
                    name, LONGEST);
    if (!consists_of(package, ".-"))
        return fail(
            HORN_ERROR_ARGUMENT,
            "%s class '%s': its package is '%.100s', expected up to %d letters, digits and any of '_.-'",
            kind, name, package, LONGEST);
    return HORN_OK;
}

horn_status registered_check_arguments(const char *kind, const char *name, bool configures, bool describes)
{
    if (configures == describes) return HORN_OK;
    return fail(HORN_ERROR_ARGUMENT,
                "%s class '%.100s': has no %s, expected both of configure and describe, or none", kind, name,
                configures ? "describe" : "configure");
}

horn_status registered_new(registered **out, const char *kind, const char *package, const char *name,
                           const void *table, size_t size)
{
    registered *r = NULL;
    bytes full = { 0 };
    horn_status status = check_names(kind, package ? package : "Custom", name);
    if (status) return status;
    bytes_print(&full, "%s>%s", package ? package : "Custom", name);
    TRY(bytes_status(&full));
    TRY(memory_new(&r, 1, sizeof *r));
    r->table = table;
    TRY(memory_copy_string(&r->name, bytes_text(&full)));
    r->bare = keras_bare_name(r->name);
    TRY(keras_snake_name(&r->snake, name));
    TRY(memory_new(&r->made, 1, size));
    *out = r;
    r = NULL;
done:
    registered_free(r);
    bytes_free(&full);
    return status;
}

void registered_free(registered *r)
{
    if (!r) return;
    free(r->name);
    free(r->snake);
    free(r->made);
    free(r);
}

horn_status registry_add(registry *list, const char *kind, registered *added)
{
    static pthread_mutex_t adding = PTHREAD_MUTEX_INITIALIZER;
    horn_status status = HORN_OK;
    pthread_mutex_lock(&adding);
    registered *first = atomic_load(&list->first), *same = first;
    while (same && strcmp(same->name, added->name) != 0) same = same->next;
    if (!same) {
        added->next = first;
        atomic_store(&list->first, added);
        added = NULL;
    } else if (same->table != added->table) {
        status =
            fail(HORN_ERROR_ARGUMENT, "%s class '%s': the name is taken by another class", kind, added->name);
    }
    pthread_mutex_unlock(&adding);
    registered_free(added);
    return status;
}

const void *registry_find(const registry *list, const char *name)
{
    const registered *found = NULL;
    const bool whole = strchr(name, '>') != NULL;
    for (registered *r = atomic_load(&list->first); r; r = r->next) {
        if (strcmp(whole ? r->name : r->bare, name) != 0) continue;
        /* Two packages have the name. */
        if (found) return NULL;
        found = r;
    }
    return found ? found->made : NULL;
}
