#include "formats/graphs/scopes.h"

#include <ctype.h>
#include <string.h>

enum { MAX_LENGTH = 200 };

static protobuf_text name_of(const chain *c, size_t step, size_t skipped)
{
    const protobuf_text name = c->im->origins[c->steps[step].value].name;
    return skipped > name.size ? (protobuf_text){ "", 0 }
                               : (protobuf_text){ name.at + skipped, name.size - skipped };
}

/* Up to the slash; empty if there is none. */
static protobuf_text first_part(protobuf_text name)
{
    const char *slash = name.size ? memchr(name.at, '/', name.size) : NULL;
    return (protobuf_text){ name.at, slash ? (size_t)(slash - name.at) : 0 };
}

static size_t count_slashes(protobuf_text name)
{
    size_t count = 0;
    for (size_t i = 0; i < name.size; i++) count += name.at[i] == '/';
    return count;
}

static bool same_text(protobuf_text a, protobuf_text b)
{
    return a.size == b.size && memcmp(a.at, b.at, a.size) == 0;
}

/* The first part of all names, of which each has at least so many slashes; else empty. */
static protobuf_text common_part(const chain *c, size_t skipped, size_t slashes)
{
    const protobuf_text first = c->count ? first_part(name_of(c, 0, skipped)) : (protobuf_text){ "", 0 };
    for (size_t i = 0; i < c->count; i++) {
        const protobuf_text name = name_of(c, i, skipped);
        if (!same_text(first_part(name), first) || count_slashes(name) < slashes)
            return (protobuf_text){ "", 0 };
    }
    return first;
}

static bool is_call(protobuf_text part)
{
    static const char *const calls[] = { "StatefulPartitionedCall", "PartitionedCall" };
    for (int i = 0; i < 2; i++)
        if (part.size >= strlen(calls[i]) && memcmp(part.at, calls[i], strlen(calls[i])) == 0) return true;
    return false;
}

static bool is_plain(protobuf_text name)
{
    for (size_t i = 0; i < name.size; i++) {
        const unsigned char c = (unsigned char)name.at[i];
        if (c > 127 || (!isalnum(c) && c != '_' && c != '.' && c != '-' && c != '/')) return false;
    }
    return name.size <= MAX_LENGTH;
}

static protobuf_text scope_of(protobuf_text name, bool is_own)
{
    if (is_own) {
        const char *slash = memrchr(name.at, '/', name.size);
        name.size = slash ? (size_t)(slash - name.at) : 0;
    } else {
        name = first_part(name);
    }
    return is_plain(name) ? name : (protobuf_text){ "", 0 };
}

void tf_scopes_find(chain *c, bool is_own)
{
    size_t skipped = 0; /* characters in front of all names */
    for (int i = 0; i < 8 && !is_own; i++) {
        const protobuf_text part = common_part(c, skipped, 1);
        if (!is_call(part)) break;
        skipped += part.size + 1;
    }
    if (!is_own) {
        c->model = common_part(c, skipped, 2);
        skipped += c->model.size ? c->model.size + 1 : 0;
    }
    for (size_t i = 0; i < c->count; i++) c->steps[i].scope = scope_of(name_of(c, i, skipped), is_own);
}
