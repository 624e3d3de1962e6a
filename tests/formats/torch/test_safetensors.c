#include "formats/files.h"

#include <horn/file.h>
#include "formats/torch/hostile_headers.h"
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

static horn_status read_content(const bytes *content)
{
    snapshot *s;
    horn_status status = read_bytes(&s, content, "m.safetensors", 0);
    if (!status) status = snapshot_check(s, "m.safetensors");
    snapshot_free(s);
    return status;
}

START_TEST(test_safetensors__headers_are_read_strictly)
{
    bytes content = { 0 };
    for (size_t i = 0; i < sizeof hostile_headers / sizeof *hostile_headers; i++) {
        const size_t size = strlen(hostile_headers[i].json);
        put_safetensors(&content, hostile_headers[i].json, size, size, hostile_headers[i].data);
        const horn_status status = read_content(&content);
        ck_assert_msg(!status == !hostile_headers[i].says &&
                          (!status || strstr(horn_last_error(), hostile_headers[i].says)),
                      "%s: %s", hostile_headers[i].json, status ? horn_last_error() : "is read");
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
        put_safetensors(&content, json, sizeof json - 1, lengths[i].length, 4);
        ck_fails(read_content(&content), HORN_ERROR_FORMAT, lengths[i].says);
    }
    put_safetensors(&content, json, sizeof json - 1, sizeof json - 1, 4);
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

/* Texts of the metadata stay, but for the library's own. */
START_TEST(test_safetensors__metadata_of_a_user_is_kept)
{
    static const char json[] =
        "{\"__metadata__\":{\"format\":\"pt\",\"epoch\":\"3\"}," F32("0.bias", "[1]", "[0,4]") "}";
    bytes content = { 0 }, again = { 0 };
    snapshot *s;
    put_safetensors(&content, json, strlen(json), strlen(json), 4);
    ck_ok(read_bytes(&s, &content, "m.safetensors", 0));
    ck_assert_uint_eq(config_count(s->asides), 1);
    ck_assert_str_eq(config_get_string(s->asides, "epoch"), "3");
    ck_ok(write_named(&again, s, "safetensors", NULL, "m.safetensors", 0));
    ck_assert_ptr_nonnull(memmem(again.data, again.size, "{\"format\":\"pt\",\"epoch\":\"3\"}", 27));
    snapshot_free(s);
    bytes_free(&content);
    bytes_free(&again);
}
END_TEST

TEST_MAIN(test_safetensors__metadata_of_a_user_is_kept,
          test_safetensors__writes_the_bytes_that_the_library_writes,
          test_safetensors__lists_what_it_does_not_read, test_safetensors__headers_are_read_strictly,
          test_safetensors__lengths_are_checked, test_safetensors__needs_no_architecture_if_horn_wrote_it)
