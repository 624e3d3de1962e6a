#include "formats/files.h"

#include <horn/file.h>
#include "formats/torch/models.h"

#define GOLDEN "tests/golden/safetensors/"

/* ---- the library's files ---- */

START_TEST(test_safetensors__writes_the_bytes_that_the_library_writes)
{
    bytes content = { 0 }, again = { 0 };
    snapshot *s = read_file(GOLDEN "plain.safetensors");
    ck_assert(s->by_name && s->torch_layouts);
    ck_ok(file_read(&content, GOLDEN "plain.safetensors", 0));
    ck_ok(write_named(&again, s, "safetensors", NULL, "m.safetensors", 0));
    check_same_bytes(&content, &again, "plain.safetensors");
    snapshot_free(s);
    bytes_free(&content);
    bytes_free(&again);
}
END_TEST

START_TEST(test_safetensors__lists_what_it_does_not_read)
{
    horn_file *f;
    char *report;
    ck_ok(horn_file_open(&f, GOLDEN "small.safetensors"));
    ck_assert_uint_eq(horn_file_tensor_count(f), 2);
    ck_assert_int_eq(horn_file_tensor_at(f, 0)->rank, -1);
    float half[3] = { 0 };
    ck_assert_str_eq(horn_file_tensor_at(f, 1)->dtype_name, "float16");
    ck_ok(horn_file_read(half, sizeof half, f, 1));
    ck_assert(half[0] == 0 && half[2] == 2);
    ck_assert(strstr(horn_file_about(f)->trouble, "along too many axes") != NULL &&
              !horn_file_about(f)->is_broken);
    ck_ok(horn_file_verify(&report, f));
    ck_assert_str_eq(report, "that the tensors cover the file; it carries no checksum");
    free(report);
    horn_file_close(f);
}
END_TEST

/* ---- hostile files ---- */

/* A header, and a tail of zeros. */
static void put_file(bytes *out, const char *json, size_t json_size, uint64_t length, size_t data)
{
    out->size = 0;
    for (int i = 0; i < 8; i++) bytes_append(out, &(unsigned char){ length >> 8 * i & 255 }, 1);
    bytes_append(out, json, json_size);
    for (size_t i = 0; i < data; i++) bytes_append(out, "", 1);
    ck_ok(bytes_status(out));
}

static horn_status read_content(const bytes *content)
{
    snapshot *s;
    horn_status status = read_bytes(&s, content, "m.safetensors", 0);
    if (!status) status = snapshot_check(s, "m.safetensors");
    snapshot_free(s);
    return status;
}

#define TENSOR(NAME, REST) "\"" NAME "\":{" REST "}"
#define F32(NAME, SHAPE, OFFSETS) \
    TENSOR(NAME, "\"dtype\":\"F32\",\"shape\":" SHAPE ",\"data_offsets\":" OFFSETS)

static const struct {
    const char *json;
    size_t data;
    const char *says; /* NULL: it is read */
} cases[] = {
    { "{}", 0, NULL },
    { " {} \n", 0, NULL },
    { "{\"__metadata__\":{}}", 0, NULL },
    { "{" F32("a", "[]", "[0,4]") "}", 4, NULL },
    { "{" F32("a", "[0,3]", "[0,0]") "," F32("b", "[1]", "[0,4]") "}", 4, NULL },
    { "{" F32("b", "[1]", "[4,8]") "," F32("a", "[1]", "[0,4]") "}", 8, NULL }, /* unsorted */
    { "{" TENSOR("a", "\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]") "," F32("b", "[1]",
                                                                                       "[1,5]") "}",
      5, NULL },
    { "{" TENSOR("a", "\"dtype\":\"BOOL\",\"shape\":[1],\"data_offsets\":[0,1],\"more\":1") "}", 1, NULL },
    { "{}", 1, "holds 1 bytes of data, its tensors 0" },
    { "{" F32("a", "[1]", "[0,4]") "}", 5, "holds 5 bytes of data, its tensors 4" },
    { "{" F32("a", "[1]", "[0,4]") "}", 3, "beyond the file's end" },
    { "{" F32("a", "[1]", "[4,8]") "}", 8, "stands behind a gap" },
    { "{" F32("a", "[1]", "[0,4]") "," F32("b", "[1]", "[8,12]") "}", 12, "tensor 'b' stands behind a gap" },
    { "{" F32("a", "[1]", "[0,4]") "," F32("b", "[1]", "[0,4]") "}", 4, "overlaps another one" },
    { "{" F32("a", "[2]", "[0,8]") "," F32("b", "[1]", "[4,8]") "}", 8, "overlaps another one" },
    { "{" F32("a", "[1]", "[4,0]") "}", 4, "in the wrong order" },
    { "{" F32("a", "[1]", "[0,8]") "}", 8, "another size than its shape" },
    { "{" F32("a", "[3]", "[0,8]") "}", 8, "another size than its shape" },
    { "{" F32("a", "[4611686018427387904,4]", "[0,0]") "}", 0, "a shape that is no list of sizes" },
    { "{" F32("a", "[4294967296,4294967296]", "[0,0]") "}", 0, "a shape that is too large" },
    { "{" F32("a", "[-1]", "[0,4]") "}", 4, "a shape that is no list of sizes" },
    { "{" F32("a", "[1.0]", "[0,4]") "}", 4, "a shape that is no list of sizes" },
    { "{" F32("a", "[1e0]", "[0,4]") "}", 4, "a shape that is no list of sizes" },
    { "{" F32("a", "[\"1\"]", "[0,4]") "}", 4, "a shape that is no list of sizes" },
    { "{" F32("a", "[[1]]", "[0,4]") "}", 4, "a shape that is no list of sizes" },
    { "{" F32("a", "[99999999999999999999]", "[0,4]") "}", 4, "a shape that is no list of sizes" },
    { "{" F32("a", "1", "[0,4]") "}", 4, "has no shape" },
    { "{" F32("a", "{\"0\":1}", "[0,4]") "}", 4, "has no shape" },
    { "{" F32("a", "[1]", "[0,4.0]") "}", 4, "has no two data_offsets" },
    { "{" F32("a", "[1]", "[-4,0]") "}", 4, "has no two data_offsets" },
    { "{" F32("a", "[1]", "[0]") "}", 4, "has no two data_offsets" },
    { "{" F32("a", "[1]", "[0,4,8]") "}", 4, "has no two data_offsets" },
    { "{" F32("a", "[1]", "[0,18446744073709551615]") "}", 4, "has no two data_offsets" },
    { "{" F32("a", "[1]", "[0,9007199254740991]") "}", 4, "beyond the file's end" },
    { "{" TENSOR("a", "\"dtype\":\"F32\",\"shape\":[1]") "}", 4, "has no two data_offsets" },
    { "{" TENSOR("a", "\"shape\":[1],\"data_offsets\":[0,4]") "}", 4, "has no dtype" },
    { "{" TENSOR("a", "\"dtype\":7,\"shape\":[1],\"data_offsets\":[0,4]") "}", 4, "has no dtype" },
    { "{" TENSOR("a", "\"dtype\":\"F33\",\"shape\":[1],\"data_offsets\":[0,4]") "}", 4,
      "dtype 'F33', which is not known" },
    { "{" TENSOR("a", "\"dtype\":\"f32\",\"shape\":[1],\"data_offsets\":[0,4]") "}", 4,
      "dtype 'f32', which is not known" },
    { "{" TENSOR("a", "\"dtype\":\"C64\",\"shape\":[1],\"data_offsets\":[0,8]") "}", 8,
      "holds complex64, which is not read" },
    { "{\"a\":[]}", 0, "is no object" },
    { "{\"a\":null}", 0, "is no object" },
    { "{\"__metadata__\":[]}", 0, "__metadata__ is no object" },
    { "{\"__metadata__\":{\"format\":1}}", 0, "'format' is no text" },
    { "{\"__metadata__\":{\"a\":{\"b\":\"c\"}}}", 0, "'a' is no text" },
    { "{" F32("a", "[1]", "[0,4]") "," F32("a", "[1]", "[4,8]") "}", 8, "appears twice" },
    { "{\"__metadata__\":{},\"__metadata__\":{}}", 0, "appears twice" },
    { "{" F32("module.a", "[1]", "[0,4]") "," F32("a", "[1]", "[4,8]") "}", 8, NULL },
    { "{\"a\\u0000\":{}}", 0, "JSON" },
    { "{\"a\xff\":{}}", 0, "is not UTF-8" },
    { "{\"\xed\xa0\x80\":{}}", 0, "is not UTF-8" },
    { "{\"\xf4\x90\x80\x80\":{}}", 0, "is not UTF-8" },
    { "{\"\xc0\x80\":{}}", 0, "is not UTF-8" },
    { "{\"a\":", 0, "JSON" },
    { "{} {}", 0, "JSON" },
    { "{}}", 0, "JSON" },
    { "{]", 0, "JSON" },
    { "{\"__metadata__\":{\"horn\":\"{\"}}", 0, "JSON" },
    { "{\"__metadata__\":{\"horn\":\"{\\\"model_config\\\": 7}\"}}", 0, "m.safetensors" },
    { "{\"__metadata__\":{\"horn\":\"{\\\"model_config\\\": {\\\"class_name\\\": \\\"Model\\\"}}\"}}", 0,
      "m.safetensors" },
    { "{\"__metadata__\":{\"horn\":\"{\\\"progress\\\": 7}\"}}", 0, "no JSON object" },
};

START_TEST(test_safetensors__headers_are_read_strictly)
{
    bytes content = { 0 };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const size_t size = strlen(cases[i].json);
        put_file(&content, cases[i].json, size, size, cases[i].data);
        const horn_status status = read_content(&content);
        ck_assert_msg(!status == !cases[i].says && (!status || strstr(horn_last_error(), cases[i].says)),
                      "%s: %s", cases[i].json, status ? horn_last_error() : "is read");
    }
    bytes_free(&content);
}
END_TEST

START_TEST(test_safetensors__lengths_are_checked)
{
    static const char json[] = "{" F32("a", "[1]", "[0,4]") "}";
    static const struct {
        uint64_t length;
        const char *says;
    } lengths[] = { { 0, "JSON" },
                    { 1, "JSON" },
                    { sizeof json, "JSON" }, /* one byte of the data */
                    { sizeof json + 4, "ends in its header" },
                    { 100000001, "ends in its header" },
                    { (UINT64_C(1) << 40) - 1, "ends in its header" },
                    { UINT64_C(1) << 40, "no model in a known format" },
                    { UINT64_MAX, "no model in a known format" } };
    bytes content = { 0 };
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        put_file(&content, json, sizeof json - 1, lengths[i].length, 4);
        ck_fails(read_content(&content), HORN_ERROR_FORMAT, lengths[i].says);
    }
    put_file(&content, json, sizeof json - 1, sizeof json - 1, 4);
    while (content.size) {
        content.size--;
        ck_assert_int_eq(read_content(&content), HORN_ERROR_FORMAT);
    }
    bytes_free(&content);
}
END_TEST

/* ---- models ---- */

/* Its tensors without the note: {"__metadata__":{"format":"pt"}. */
static void drop_note(bytes *out, const snapshot *s)
{
    snapshot *alone;
    bytes content = { 0 };
    ck_ok(write_named(&content, s, "safetensors", NULL, "m.safetensors", PART_ARCHITECTURE));
    ck_assert_msg(!memmem(content.data, content.size, "horn", 4), "the note is there");
    ck_ok(read_bytes(&alone, &content, "m.safetensors", 0));
    ck_assert(alone->by_name);
    snapshot_free(alone);
    *out = content;
}

START_TEST(test_safetensors__needs_no_architecture_if_horn_wrote_it)
{
    static const char *const all[] = { MLP, CNN, STRIDED, DEPTHWISE };
    for (size_t i = 0; i < 4; i++) {
        horn_model *m = model_of(all[i]);
        snapshot *s = snapshot_with(m, PART_ARCHITECTURE | PART_WEIGHTS | PART_OPERATIONS), *back, *target;
        bytes content = { 0 };
        const schema whole = model_schema(NULL);
        const format *f;
        ck_ok(write_named(&content, s, "safetensors", NULL, "m.safetensors", 0));
        source from = { .path = "m.safetensors", .data = content.data, .size = content.size };
        ck_ok(format_by_content(&f, &from));
        ck_ok(snapshot_new(&back));
        ck_ok(format_read(f, back, &from, NULL, &whole));
        ck_assert_uint_eq(back->parts, PART_ARCHITECTURE | PART_WEIGHTS);
        check_same_layers(s, back, all[i]);
        snapshot_free(back);
        bytes_free(&content);
        drop_note(&content, s);
        ck_ok(snapshot_without_values(&target, m));
        const schema given = model_schema(target);
        from.data = content.data, from.size = content.size;
        ck_ok(snapshot_new(&back));
        ck_ok(format_read(f, back, &from, NULL, &given));
        ck_assert_uint_eq(back->parts, PART_WEIGHTS);
        for (size_t k = 0; k < s->layer_count; k++)
            for (size_t j = 0; j < s->layers[k].tensor_count; j++)
                check_same_tensor(&s->layers[k].tensors[j], &back->layers[k].tensors[j], all[i]);
        snapshot_free(back);
        snapshot_free(target);
        snapshot_free(s);
        bytes_free(&content);
        horn_model_free(m);
    }
}
END_TEST

TEST_MAIN(test_safetensors__writes_the_bytes_that_the_library_writes,
          test_safetensors__lists_what_it_does_not_read, test_safetensors__headers_are_read_strictly,
          test_safetensors__lengths_are_checked, test_safetensors__needs_no_architecture_if_horn_wrote_it)
