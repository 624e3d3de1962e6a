/* What the tests of ONNX files share: a graph field by field, which loads or is refused. */
#ifndef TESTS_FORMATS_ONNX_CRAFTED_H
#define TESTS_FORMATS_ONNX_CRAFTED_H

#include "codecs/protobuf.h"
#include "formats/files.h"

enum { FLOATS = 1, INTEGERS = 7 };

typedef struct crafted {
    bytes graph;
    int64_t operators; /* 0: none are said */
} crafted;

static inline void put_end(crafted *c, uint32_t field, const char *name, int64_t type, const int64_t *sizes,
                           int rank)
{
    bytes axis = { 0 }, axes = { 0 }, of = { 0 }, kind = { 0 }, value = { 0 };
    for (int i = 0; i < rank; i++) {
        if (sizes[i] != 0) protobuf_put_integer(&axis, 1, (uint64_t)sizes[i]);
        if (sizes[i] == 0) protobuf_put_text(&axis, 2, "N");
        protobuf_put_message(&axes, 1, &axis);
    }
    protobuf_put_integer(&of, 1, (uint64_t)type);
    protobuf_put_message(&of, 2, &axes);
    protobuf_put_message(&kind, 1, &of);
    protobuf_put_text(&value, 1, name);
    protobuf_put_message(&value, 2, &kind);
    protobuf_put_message(&c->graph, field, &value);
}

/* Zeros, or the integers. */
static inline bytes tensor_of(const char *name, int64_t type, const int64_t *sizes, int rank,
                              const int64_t *integers)
{
    static const unsigned char zeros[4096];
    bytes t = { 0 };
    size_t count = 1;
    for (int i = 0; i < rank; i++) count *= (size_t)sizes[i];
    for (int i = 0; i < rank; i++) protobuf_put_integer(&t, 1, (uint64_t)sizes[i]);
    protobuf_put_integer(&t, 2, (uint64_t)type);
    if (name) protobuf_put_text(&t, 8, name);
    protobuf_put_bytes(&t, 9, integers ? (const void *)integers : zeros, count * (type == INTEGERS ? 8 : 4));
    return t;
}

#define SIZES(...) \
    (const int64_t[]){ __VA_ARGS__ }, (int)(sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))

static inline void put_floats(crafted *c, const char *name, const int64_t *sizes, int rank)
{
    bytes t = tensor_of(name, FLOATS, sizes, rank, NULL);
    protobuf_put_message(&c->graph, 5, &t);
}

static inline void put_integers(crafted *c, const char *name, const int64_t *values, int count)
{
    bytes t = tensor_of(name, INTEGERS, (int64_t[]){ count }, 1, values);
    protobuf_put_message(&c->graph, 5, &t);
}

/* ---- attributes: appended to a node's ---- */

static inline bytes integer(const char *key, int64_t value)
{
    bytes a = { 0 }, out = { 0 };
    protobuf_put_text(&a, 1, key);
    protobuf_put_integer(&a, 3, (uint64_t)value);
    protobuf_put_integer(&a, 20, 2);
    protobuf_put_message(&out, 5, &a);
    return out;
}

static inline bytes integers(const char *key, const int64_t *values, int count)
{
    bytes a = { 0 }, out = { 0 };
    protobuf_put_text(&a, 1, key);
    for (int i = 0; i < count; i++) protobuf_put_integer(&a, 8, (uint64_t)values[i]);
    protobuf_put_integer(&a, 20, 7);
    protobuf_put_message(&out, 5, &a);
    return out;
}

static inline bytes text(const char *key, const char *value)
{
    bytes a = { 0 }, out = { 0 };
    protobuf_put_text(&a, 1, key);
    protobuf_put_text(&a, 4, value);
    protobuf_put_integer(&a, 20, 3);
    protobuf_put_message(&out, 5, &a);
    return out;
}

static inline bytes number(const char *key, float value)
{
    uint32_t bits;
    bytes a = { 0 }, out = { 0 };
    memcpy(&bits, &value, sizeof bits);
    protobuf_put_text(&a, 1, key);
    protobuf_put_fixed32(&a, 2, bits);
    protobuf_put_integer(&a, 20, 1);
    protobuf_put_message(&out, 5, &a);
    return out;
}

/* ---- nodes ---- */

/* Up to the first NULL: inputs. Takes the attributes. */
static inline void put_with(crafted *c, const char *op, const char *output, bytes attributes,
                            const char *const *inputs)
{
    bytes n = { 0 };
    for (int i = 0; inputs[i]; i++) protobuf_put_text(&n, 1, inputs[i]);
    if (output) protobuf_put_text(&n, 2, output);
    protobuf_put_text(&n, 4, op);
    bytes_append(&n, attributes.data, attributes.size);
    bytes_free(&attributes);
    protobuf_put_message(&c->graph, 1, &n);
}
#define PUT(c, op, output, ...) put_with(c, op, output, (bytes){ 0 }, (const char *const[8]){ __VA_ARGS__ })
#define PUT_WITH(c, op, output, attributes, ...) \
    put_with(c, op, output, attributes, (const char *const[8]){ __VA_ARGS__ })

/* From x (3) to y, or from x (3, 4, 4), channels first. */
static inline crafted rows(void)
{
    crafted c = { .operators = 13 };
    put_end(&c, 11, "x", FLOATS, SIZES(0, 3));
    put_end(&c, 12, "y", FLOATS, SIZES(0, 2));
    return c;
}

static inline crafted image(void)
{
    crafted c = { .operators = 13 };
    put_end(&c, 11, "x", FLOATS, SIZES(0, 3, 4, 4));
    put_end(&c, 12, "y", FLOATS, SIZES(0, 2));
    return c;
}

/* ---- the file ---- */

static inline bytes file_of(crafted *c)
{
    bytes out = { 0 }, set = { 0 };
    protobuf_put_integer(&out, 1, 7);
    protobuf_put_text(&out, 2, "a test");
    protobuf_put_message(&out, 7, &c->graph);
    protobuf_put_text(&set, 1, "");
    if (c->operators) protobuf_put_integer(&set, 2, (uint64_t)c->operators);
    protobuf_put_message(&out, 8, &set);
    ck_ok(bytes_status(&out));
    return out;
}

static inline horn_status read_crafted(crafted *c, snapshot **out)
{
    bytes content = file_of(c);
    horn_status status = read_bytes(out, &content, "m.onnx", 0);
    bytes_free(&content);
    return status;
}

#define refuses(c, status, words)                            \
    do {                                                     \
        snapshot *refused_;                                  \
        ck_fails(read_crafted(c, &refused_), status, words); \
        ck_assert_ptr_null(strchr(horn_last_error(), '\n')); \
        snapshot_free(refused_);                             \
    } while (0)

#define loads(c)                          \
    do {                                  \
        snapshot *loaded_;                \
        ck_ok(read_crafted(c, &loaded_)); \
        snapshot_free(loaded_);           \
    } while (0)

#endif
