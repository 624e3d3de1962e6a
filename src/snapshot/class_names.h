/* Names of classes: the class of a name is its place in the list. */
#ifndef SNAPSHOT_CLASS_NAMES_H
#define SNAPSHOT_CLASS_NAMES_H

#include <stddef.h>
#include <stdint.h>
#include <horn/status.h>

typedef struct class_names {
    /* [count], in the order that they were given in. */
    char **at;
    /* [count]: places in `at`, by bytes of the name; of equal ones the first is first. */
    char ***sorted;
    size_t count;
} class_names;

/* Copies the texts into an empty list, which stays empty on failure. */
HORN_CHECKED horn_status class_names_copy(class_names *, const char *const *texts, size_t count);
/* The index of a name; -1 if it is not there. */
int64_t class_names_find(const class_names *, const char *text);
/* The index of the first one that is as one before it; `count` if there is none. */
size_t class_names_first_again(const class_names *);
void class_names_free(class_names *);

#endif
