/* Finds variables by their names. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "formats/tensorflow/named.h"

const bundle_entry *tf_named_find(tf_named *n, const char *pattern, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, pattern);
    int size = vsnprintf(text, sizeof text, pattern, arguments);
    va_end(arguments);
    n->key.size = 0;
    bytes_append(&n->key, n->scope.at, n->scope.size);
    bytes_print(&n->key, "%s", text);
    if (size < 0 || (size_t)size >= sizeof text || !bytes_text(&n->key)) return NULL;
    return tensor_bundle_find(n->r->bundle, (protobuf_text){ (const char *)n->key.data, n->key.size });
}

bool tf_named_ends(protobuf_text key, const char *name, size_t *before)
{
    size_t size = strlen(name);
    if (key.size < size || memcmp(key.at + key.size - size, name, size) != 0) return false;
    *before = key.size - size;
    return *before == 0 || key.at[*before - 1] == '/';
}

const bundle_entry *tf_named_scalar(const tf_named *n, const char *name)
{
    size_t before;
    const bundle_entry *e;
    for (size_t i = 0; (e = tensor_bundle_at(n->r->bundle, i)); i++)
        if (!e->slice && e->rank == 0 && tf_named_ends(e->key, name, &before)) return e;
    return NULL;
}
