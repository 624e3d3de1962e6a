/* Names of nodes, as layers have made them:
 *
 *     Horn         LAYER/OP, where LAYER may have more parts
 *     TensorFlow   MODEL/LAYER/.../OP, after a function was put in its place StatefulPartitionedCall/MODEL/LAYER/...;
 *                  in version 1 LAYER/.../OP */
#include <ctype.h>
#include <string.h>
#include "formats/graphs/chain.h"

enum { MAX_LENGTH = 200 };

static protobuf_text name_of(const tf_chain *c, size_t step, size_t skipped)
{
    const protobuf_text name = c->g->nodes[c->steps[step].node].name;
    return skipped > name.size ? (protobuf_text){ "", 0 }
                               : (protobuf_text){ name.at + skipped, name.size - skipped };
}

/* Up to the slash; empty where there is none. */
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
static protobuf_text common_part(const tf_chain *c, size_t skipped, size_t slashes)
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

tf_scopes tf_scopes_find(const tf_chain *c)
{
    tf_scopes s = { .model = { "", 0 }, .are_known = true };
    if (c->is_own) return s;
    for (int i = 0; i < 8; i++) {
        const protobuf_text part = common_part(c, s.skipped, 1);
        if (!is_call(part)) break;
        s.skipped += part.size + 1;
    }
    s.model = common_part(c, s.skipped, 2);
    for (size_t i = 0; i < c->count; i++) s.are_known &= count_slashes(name_of(c, i, s.skipped)) > 0;
    return s;
}

static bool is_plain(protobuf_text name)
{
    for (size_t i = 0; i < name.size; i++) {
        const unsigned char c = (unsigned char)name.at[i];
        if (c > 127 || (!isalnum(c) && c != '_' && c != '.' && c != '-' && c != '/')) return false;
    }
    return name.size <= MAX_LENGTH;
}

protobuf_text tf_scope_of(const tf_chain *c, const tf_scopes *s, size_t node)
{
    const protobuf_text none = { "", 0 }, whole = c->g->nodes[node].name;
    const size_t skipped = s->skipped + (s->model.size ? s->model.size + 1 : 0);
    if (!s->are_known || skipped > whole.size) return none;
    protobuf_text name = { whole.at + skipped, whole.size - skipped };
    if (c->is_own) {
        const char *slash = memrchr(name.at, '/', name.size);
        name.size = slash ? (size_t)(slash - name.at) : 0;
    } else {
        name = first_part(name);
    }
    return is_plain(name) ? name : none;
}
