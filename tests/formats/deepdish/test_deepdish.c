#include "formats/files.h"

#define GOLDEN "tests/golden/deepdish/"

/* Fails, or gives the list and its file, which stay open together. */
static horn_status list_file(contents *out, source *from, const char *path)
{
    const format *f = NULL;
    *out = (contents){ 0 };
    ck_ok(source_open(from, path));
    ck_ok(format_by_content(&f, from));
    ck_assert_str_eq(f->name, "deepdish");
    return format_contents(f, out, from);
}

static size_t find(const contents *c, const char *name)
{
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->tensors[i].name, name) == 0) return i;
    ck_abort_msg("no '%s'", name);
    return 0;
}

static double number_of(const contents *c, const char *name, size_t at)
{
    const contents_tensor *t = &c->tensors[find(c, name)];
    unsigned char data[20000];
    horn_view like = { .dtype = t->as, .rank = t->rank };
    memcpy(like.shape, t->shape, sizeof like.shape);
    const size_t size = horn_view_count(&like) * horn_dtype_size(t->as);
    ck_assert(t->is_readable && size <= sizeof data && at < horn_view_count(&like));
    ck_ok(c->read(c, find(c, name), data, size));
    const void *from = data + at * horn_dtype_size(t->as);
    switch (t->as) {
    case HORN_FLOAT32:
        return (double)*(const float *)from;
    case HORN_FLOAT64:
        return *(const double *)from;
    case HORN_INT64:
        return (double)*(const int64_t *)from;
    default:
        return *(const uint8_t *)from;
    }
}

/* What numpy has of the same file. */
static void check_full(const char *path)
{
    contents c;
    source from;
    ck_ok(list_file(&c, &from, path));
    ck_assert_uint_eq(c.count, 27);
    ck_assert(number_of(&c, "bl", 0) == 1 && number_of(&c, "bl", 1) == 0);
    ck_assert(number_of(&c, "i64", 0) == 1099511627776.0 && number_of(&c, "f16", 0) == 1.5);
    ck_assert(number_of(&c, "u8", 1) == 2 && number_of(&c, "lst/i2", 2) == 2);
    ck_assert(number_of(&c, "b", 0) == 1 && number_of(&c, "f", 0) == 2.5 && number_of(&c, "i", 0) == 3);
    ck_assert(number_of(&c, "npf", 0) == 1.25 && number_of(&c, "zerod", 0) == 3.5 &&
              number_of(&c, "i0", 0) == 9);
    ck_assert(number_of(&c, "nested/b/c", 0) == 1.5 && number_of(&c, "tup/i1", 0) == 2.0);
    ck_assert_str_eq(c.tensors[find(&c, "s")].dtype, "string");
    ck_assert_str_eq(c.tensors[find(&c, "strs")].dtype, "string");
    ck_assert_str_eq(c.tensors[find(&c, "cx")].dtype, "complex128");
    const contents_tensor *empty = &c.tensors[find(&c, "z0")];
    ck_assert(empty->is_readable && empty->as == HORN_FLOAT32 && empty->rank == 2 && empty->shape[0] == 0 &&
              empty->shape[1] == 3);
    ck_ok(c.read(&c, find(&c, "z0"), NULL, 0));
    contents_free(&c);
    source_close(&from);
}

START_TEST(test_deepdish__lists_every_type)
{
    check_full(GOLDEN "dd_full_default.h5");
    check_full(GOLDEN "dd_full_none.h5");
}
END_TEST

/* Shuffled and deflated, its chunk is larger than it. */
START_TEST(test_deepdish__reads_through_filters)
{
    contents c;
    source from;
    bytes report = { 0 };
    ck_ok(list_file(&c, &from, GOLDEN "shuffled.h5"));
    for (size_t i = 0; i < 400; i += 7) ck_assert(number_of(&c, "x", i) == (double)((float)i / 7));
    ck_ok(c.verify(&c, &report));
    bytes_free(&report);
    contents_free(&c);
    source_close(&from);
}
END_TEST

/* An OrderedDict is in a group of its own; a linked array is there twice. */
START_TEST(test_deepdish__reads_arrays_by_name)
{
    static const char *const files[] = { GOLDEN "dd_flat.h5", GOLDEN "dd_odict.h5" };
    for (int i = 0; i < 2; i++) {
        snapshot *s = read_file(files[i]);
        ck_assert(s->parts == PART_WEIGHTS && s->by_name && s->torch_layouts);
        ck_assert_uint_eq(s->layer_count, 2);
        ck_assert_str_eq(s->layers[0].name, "conv");
        ck_assert_str_eq(s->layers[1].name, "fc1");
        ck_assert_str_eq(s->layers[1].tensors[1].name, "weight");
        ck_assert_uint_eq(s->layers[1].tensors[1].shape[1], 12);
        snapshot_free(s);
    }
    snapshot *s = read_file(GOLDEN "dd_shared.h5");
    ck_assert_uint_eq(s->layer_count, 1);
    ck_assert_uint_eq(s->layers[0].tensor_count, 3);
    ck_assert(memcmp(s->layers[0].tensors[0].data, s->layers[0].tensors[1].data, 20) == 0);
    snapshot_free(s);
}
END_TEST

START_TEST(test_deepdish__by_name_and_back)
{
    snapshot *a = read_file(GOLDEN "dd_full_none.h5"), *b = NULL;
    bytes content = { 0 };
    ck_ok(write_named(&content, a, "deepdish", NULL, "m.h5", 0));
    ck_ok(read_bytes(&b, &content, "m.h5", 0));
    check_same_layers(a, b, "written and read");
    bytes_free(&content);
    snapshot_free(a);
    snapshot_free(b);
}
END_TEST

static const struct {
    const char *name, *words;
} hostile[] = {
    { "blosc", "/b: filter 32001 (blosc)" },
    { "bzip2", "/b: filter 307 (bzip2)" },
    { "compound", "/t: holds compound types" },
    { "table", "/t: holds compound types" },
    { "time", "/t: holds times" },
    { "deep", "nested more than 160 deep" },
    { "pickled", "/s: holds a pickled object (VLArray), which is code" },
    { "vlen_text", "/t: holds a pickled object" },
    { "external", "'x' is an external link" },
    { "empty_axes", "'z' is no shape of an array without elements" },
    { "empty_elements", "'z' has elements, expected none" },
    { "empty_huge", "'z' has a shape that cannot be" },
    { "empty_negative", "axis 1 of 'z' is -1" },
    { "empty_scalar", "'z' is no shape" },
    { "empty_short", "'z' is no shape" },
    { "link_chain", "'l1' is a link to '/l0', which is no array" },
    { "link_group", "'l0' is a link to '/g', which is no array" },
    { "link_itself", "'l0' is a link to '/l0', which is no array" },
    { "link_nothing", "'l0' is a link to '/nothing', which is no array" },
    { "link_relative", "'l0' is a link to 'a', which is no array" },
    { "link_root", "'l0' is a link to '/', which is no array" },
    { "link_up", "'l0' is a link to '/g/../a', which is no array" },
    { "repeated", "links repeat 41943040 bytes, over 16 times" },
};

static void check_refused(const char *path, const char *words)
{
    contents c;
    source from;
    snapshot *s = NULL;
    bytes content = { 0 };
    horn_status status = list_file(&c, &from, path);
    ck_assert_msg(status == HORN_ERROR_FORMAT || status == HORN_ERROR_UNSUPPORTED, "%s: status %d", path,
                  status);
    ck_assert_msg(strstr(horn_last_error(), words) != NULL, "%s: %s", path, horn_last_error());
    contents_free(&c);
    source_close(&from);
    ck_ok(file_read(&content, path, 0));
    status = read_bytes(&s, &content, path, 0);
    ck_assert_msg(status && strstr(horn_last_error(), words), "%s", horn_last_error());
    bytes_free(&content);
    snapshot_free(s);
}

START_TEST(test_deepdish__hostile_files_are_refused)
{
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        char path[100];
        snprintf(path, sizeof path, GOLDEN "hostile/%s.h5", hostile[i].name);
        check_refused(path, hostile[i].words);
    }
    check_refused(GOLDEN "dd_full_blosc.h5", "/big: filter 32001 (blosc)");
}
END_TEST

/* Every byte of small files, changed in several ways: refused, or read. */
START_TEST(test_deepdish__changed_bytes_do_no_harm)
{
    static const char *const files[] = { GOLDEN "dd_shared.h5", GOLDEN "dd_odict.h5",
                                         GOLDEN "hostile/empty_type.h5" };
    for (int f = 0; f < 3; f++) {
        bytes content = { 0 };
        ck_ok(file_read(&content, files[f], 0));
        for (size_t i = 0; i < content.size; i += SANITIZED ? 37 : 5) {
            snapshot *s;
            const unsigned char old = content.data[i];
            content.data[i] ^= (unsigned char)(1u << i % 8);
            (void)!read_bytes(&s, &content, "changed.h5", 0);
            snapshot_free(s);
            content.data[i] = old;
        }
        bytes_free(&content);
    }
}
END_TEST

TEST_MAIN(test_deepdish__lists_every_type, test_deepdish__reads_through_filters,
          test_deepdish__reads_arrays_by_name, test_deepdish__by_name_and_back,
          test_deepdish__hostile_files_are_refused, test_deepdish__changed_bytes_do_no_harm)
