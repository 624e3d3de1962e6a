/* Registered classes, by the names that they have in files: "package>Name". There is one list for each kind of class.
 * Lists only grow, so that threads read them without a lock while another thread adds. */
#ifndef CONFIG_REGISTERED_H
#define CONFIG_REGISTERED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <horn/status.h>

typedef struct registered {
    struct registered *next;
    /* "demo>Scale". */
    char *name;
    /* "Scale": points into `name`. */
    const char *bare;
    /* "scale": the base of names for unnamed objects. */
    char *snake;
    /* The user's table; borrowed for ever. */
    const void *table;
    /* The class that Horn makes from the table; owned. */
    void *made;
} registered;

typedef struct registry {
    _Atomic(registered *) first;
} registry;

/* Fails if only one of `configure` and `describe` is there. */
HORN_CHECKED horn_status registered_check_arguments(const char *kind, const char *name, bool configures,
                                                    bool describes);

/* Makes an entry with its names and `size` zeroed bytes at `made`. Refuses names that files cannot hold; `kind`
 * ("layer") begins the error line. */
HORN_CHECKED horn_status registered_new(registered **out, const char *kind, const char *package,
                                        const char *name, const void *table, size_t size);

/* For an entry that was not added. */
void registered_free(registered *);

/* Adds the entry and takes it, also on failure. Refuses a name that is taken, except by the same table: then nothing
 * changes. */
HORN_CHECKED horn_status registry_add(registry *, const char *kind, registered *);

/* Finds a class by "package>Name", or by "Name" if only one package has it. Returns `made`; NULL if there is none. */
const void *registry_find(const registry *, const char *name);

#endif
