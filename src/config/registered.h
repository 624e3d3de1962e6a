/* Classes of a user's own, by the names that files have for them: "package>Name". One list for each kind of class; it only
 * grows, so that any thread reads it without a lock while another one adds. */
#ifndef CONFIG_REGISTERED_H
#define CONFIG_REGISTERED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <horn/status.h>

typedef struct registered {
    struct registered *next;
    char *name;        /* "demo>Scale" */
    const char *bare;  /* "Scale": within name */
    char *snake;       /* "scale": what instances without a name are called */
    const void *table; /* the user's; static */
    void *made;        /* what its room has made of the table; owned */
} registered;

typedef struct registry {
    _Atomic(registered *) first;
} registry;

/* Arguments are both read and said, or there are none. */
HORN_CHECKED horn_status registered_check_arguments(const char *kind, const char *name, bool configures,
                                                    bool describes);

/* An entry with its names, and `size` zeroed bytes at `made`. Refuses names that files could not carry; `kind` ("layer") begins
 * the message. */
HORN_CHECKED horn_status registered_new(registered **out, const char *kind, const char *package,
                                        const char *name, const void *table, size_t size);
void registered_free(registered *); /* of one that was not added */

/* Takes the entry, also on failure. Refuses a name that is taken, unless by the same table: then all is well as it is. */
HORN_CHECKED horn_status registry_add(registry *, const char *kind, registered *);

/* By "package>Name", or by "Name" where one package alone has it. What `made` points to; NULL where there is none. */
const void *registry_find(const registry *, const char *name);

#endif
