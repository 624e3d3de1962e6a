/* Files of other kinds are named for what they are, by their content. */
#include "formats/files.h"

#include <stdio.h>
#include "codecs/protobuf.h"
#include "codecs/zip/writer.h"
#include "formats/foreign.h"

/* What format_by_content, which every program asks, says of such a file. */
static void check_content(const void *data, size_t size, const char *path, horn_status status,
                          const char *words)
{
    const format *f = NULL;
    source from = { .path = path, .data = data, .size = size };
    ck_fails(format_by_content(&f, &from), status, words);
    ck_assert_msg(strncmp(horn_last_error(), path, strlen(path)) == 0, "%s", horn_last_error());
}

START_TEST(test_foreign__first_bytes_tell)
{
#define BYTES(text) text, sizeof text - 1
    static const struct {
        const char *data;
        size_t size;
        horn_status status;
        const char *words;
    } cases[] = {
        { BYTES(""), HORN_ERROR_FORMAT, "m.h5: is empty" },
        { BYTES("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"), HORN_ERROR_FORMAT,
          "m.h5: is a Git LFS pointer in the place of the file: fetch the real file with git lfs pull" },
        { BYTES("\n <!DOCTYPE html><html>"), HORN_ERROR_FORMAT,
          "is an HTML page, saved in the place of a model" },
        { BYTES("\xef\xbb\xbf<HTML><head>"), HORN_ERROR_FORMAT, "is an HTML page" },
        { BYTES("\x80\x04\x95\0\0\0\0\0\0\0\0}."), HORN_ERROR_UNSUPPORTED, "is a pickle of Python" },
        { BYTES("(dp0\n."), HORN_ERROR_UNSUPPORTED, "is a pickle of Python" },
        { BYTES("\x80\x04\x95 no end"), HORN_ERROR_FORMAT, "no model in a known format" },
        { BYTES("\x93NUMPY\1\0"), HORN_ERROR_FORMAT, "is an array of NumPy" },
        { BYTES("\x1f\x8b\x08\0"), HORN_ERROR_UNSUPPORTED, "is packed with gzip, expected the model itself" },
        { BYTES("\xfd"
                "7zXZ\0"),
          HORN_ERROR_UNSUPPORTED, "is packed (bzip2, xz, zstd or 7z)" },
        { BYTES("BZh91AY"), HORN_ERROR_UNSUPPORTED, "is packed (bzip2, xz, zstd or 7z)" },
        { BYTES("plain text"), HORN_ERROR_FORMAT, "m.h5: is no model in a known format (10 bytes)" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_content(cases[i].data, cases[i].size, "m.h5", cases[i].status, cases[i].words);
    char tar[512] = "model.h5";
    memcpy(tar + 257, "ustar", 5);
    check_content(tar, sizeof tar, "m.h5", HORN_ERROR_UNSUPPORTED, "is a tar archive");
    memset(tar, 0, 100);
    strcpy(tar, "sys_info");
    check_content(tar, sizeof tar, "m.pth", HORN_ERROR_UNSUPPORTED, "is a file of PyTorch before 0.1.10");
    check_content("x", 1, "ck.data-00000-of-00001", HORN_ERROR_FORMAT,
                  "is a data file of a TensorFlow checkpoint, whose PREFIX.index is not beside it");
}
END_TEST

START_TEST(test_foreign__messages_tell_by_their_fields)
{
    bytes m = { 0 };
    protobuf_put_integer(&m, 1, 1);
    protobuf_put_text(&m, 2, "a graph");
    check_content(m.data, m.size, "m.pb", HORN_ERROR_FORMAT, "m.pb: is the saved_model.pb of a SavedModel");
    bytes_free(&m);
}
END_TEST

/* A zip archive of members with such names. */
static void check_zip(const char *const *names, horn_status status, const char *words)
{
    bytes archive = { 0 };
    zip_writer *zip = NULL;
    pieces into = { 0 };
    ck_ok(zip_writer_new(&zip, &into));
    for (; *names; names++) ck_ok(zip_writer_add(zip, *names, "x", 1, 0));
    ck_ok(zip_writer_finish(zip));
    archive = into.own;
    check_content(archive.data, archive.size, "m.zip", status, words);
    zip_writer_free(zip);
    bytes_free(&archive);
}

START_TEST(test_foreign__archives_tell_by_what_is_in_them)
{
    check_zip((const char *const[]){ "m/data.pkl", "m/constants.pkl", NULL }, HORN_ERROR_UNSUPPORTED,
              "is a model of TorchScript (PyTorch)");
    check_zip((const char *const[]){ "x.npy", "y.npy", NULL }, HORN_ERROR_FORMAT,
              "is an archive of NumPy arrays");
    check_zip((const char *const[]){ "folder/model.h5", NULL }, HORN_ERROR_UNSUPPORTED,
              "is a zip archive that holds a model");
    check_zip((const char *const[]){ "m/saved_model.pb", NULL }, HORN_ERROR_UNSUPPORTED,
              "is a zip archive that holds a model");
    check_zip((const char *const[]){ "notes.txt", NULL }, HORN_ERROR_UNSUPPORTED,
              "is a zip archive without Keras' config.json");
}
END_TEST

START_TEST(test_foreign__json_of_others)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        { "{\"format\": \"layers-model\", \"modelTopology\": {}, \"weightsManifest\": []}",
          "model.json of TensorFlow.js" },
        { "{\"metadata\": {\"total_size\": 9}, \"weight_map\": {}}",
          "is the index of weights in several files (sharded)" },
        { "{\"keras_version\": \"3.15.1\", \"date_saved\": \"2026-11-20\"}",
          "is the metadata.json of a .keras" },
        { "{\"class_name\": \"Sequential\", \"keras_version\": \"1.2.2\", \"config\": []}",
          "a file of Keras 1.2.2 is not supported, expected keras_version 2 or 3" },
        { "{}", "no model: its class_name is missing" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bytes content = { 0 };
        snapshot *s = NULL;
        bytes_print(&content, "%s", cases[i].text);
        horn_status status = read_bytes(&s, &content, "m.json", 0);
        ck_assert(status == HORN_ERROR_UNSUPPORTED || status == HORN_ERROR_FORMAT);
        ck_assert_msg(strstr(horn_last_error(), cases[i].words) != NULL, "%s", horn_last_error());
        snapshot_free(s);
        bytes_free(&content);
    }
}
END_TEST

START_TEST(test_foreign__names_of_others_are_not_written)
{
    static const char *const names[] = { "m.pickle" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ck_fails(foreign_check_name(names[i]), HORN_ERROR_UNSUPPORTED, "the name belongs to a");
    ck_ok(foreign_check_name("m.h5"));
    ck_ok(foreign_check_name(".onnx"));
    ck_ok(foreign_check_name("m.onnx/w"));
    ck_ok(foreign_check_name("m.pth"));
}
END_TEST

TEST_MAIN(test_foreign__first_bytes_tell, test_foreign__messages_tell_by_their_fields,
          test_foreign__archives_tell_by_what_is_in_them, test_foreign__json_of_others,
          test_foreign__names_of_others_are_not_written)
