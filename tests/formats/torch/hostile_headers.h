/* Headers of safetensors that are refused, and with what words; some that are read stand between them. */
#ifndef TESTS_TORCH_HOSTILE_HEADERS_H
#define TESTS_TORCH_HOSTILE_HEADERS_H

#include "test.h"
#include "base/bytes.h"

/* A header, and a tail of zeros. */
static inline void put_safetensors(bytes *out, const char *json, size_t json_size, uint64_t length,
                                   size_t data)
{
    out->size = 0;
    for (int i = 0; i < 8; i++) bytes_append(out, &(unsigned char){ length >> 8 * i & 255 }, 1);
    bytes_append(out, json, json_size);
    for (size_t i = 0; i < data; i++) bytes_append(out, "", 1);
    ck_ok(bytes_status(out));
}

#define ENTRY(NAME, REST) "\"" NAME "\":{" REST "}"
#define F32(NAME, SHAPE, OFFSETS) \
    ENTRY(NAME, "\"dtype\":\"F32\",\"shape\":" SHAPE ",\"data_offsets\":" OFFSETS)

static const struct {
    const char *json;
    size_t data;
    const char *says; /* NULL: it is read */
} hostile_headers[] = {
    { "{}", 0, NULL },
    { " {} \n", 0, NULL },
    { "{\"__metadata__\":{}}", 0, NULL },
    { "{" F32("a", "[]", "[0,4]") "}", 4, NULL },
    { "{" F32("a", "[0,3]", "[0,0]") "," F32("b", "[1]", "[0,4]") "}", 4, NULL },
    { "{" F32("b", "[1]", "[4,8]") "," F32("a", "[1]", "[0,4]") "}", 8, NULL }, /* unsorted */
    { "{" ENTRY("a", "\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]") "," F32("b", "[1]",
                                                                                      "[1,5]") "}",
      5, NULL },
    { "{" ENTRY("a", "\"dtype\":\"BOOL\",\"shape\":[1],\"data_offsets\":[0,1],\"more\":1") "}", 1, NULL },
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
    { "{" ENTRY("a", "\"dtype\":\"F32\",\"shape\":[1]") "}", 4, "has no two data_offsets" },
    { "{" ENTRY("a", "\"shape\":[1],\"data_offsets\":[0,4]") "}", 4, "has no dtype" },
    { "{" ENTRY("a", "\"dtype\":7,\"shape\":[1],\"data_offsets\":[0,4]") "}", 4, "has no dtype" },
    { "{" ENTRY("a", "\"dtype\":\"F33\",\"shape\":[1],\"data_offsets\":[0,4]") "}", 4,
      "dtype 'F33', which is not known" },
    { "{" ENTRY("a", "\"dtype\":\"f32\",\"shape\":[1],\"data_offsets\":[0,4]") "}", 4,
      "dtype 'f32', which is not known" },
    { "{" ENTRY("a", "\"dtype\":\"C64\",\"shape\":[1],\"data_offsets\":[0,8]") "}", 8,
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

#endif
