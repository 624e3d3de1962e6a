/* Pickles are written as CPython writes them. */
#include "test.h"

#include <stdio.h>
#include "base/bytes.h"
#include "codecs/pickle/reader.h"
#include "codecs/pickle/writer.h"
#include "codecs/zip/file.h"

static const pickle_global known[] = {
    { "collections", "OrderedDict", PICKLE_DICTS, 0, NULL },
    { "torch", "FloatStorage", PICKLE_TOKEN, 0, NULL },
    { "torch", "LongStorage", PICKLE_TOKEN, 0, NULL },
    { "torch._utils", "_rebuild_tensor_v2", PICKLE_CALLED, 0, NULL },
    { NULL, NULL, 0, 0, NULL },
};

/* What is read of a pickle of CPython has the same values in the same places: so it is written again with the same bytes. */
static void check_again(const void *data, size_t size, const char *what)
{
    pickle *p;
    pickle_value *v = NULL;
    bytes out = { 0 };
    byte_reader in = byte_reader_of(data, size);
    ck_ok(pickle_new(&p));
    ck_ok(pickle_read(&v, p, &in, known, what));
    ck_ok(pickle_write(&out, p, v));
    ck_assert_msg(out.size == size && memcmp(out.data, data, size) == 0, "%s: other bytes", what);
    bytes_free(&out);
    pickle_free(p);
}

START_TEST(test_writer__writes_what_cpython_writes)
{
    bytes file = { 0 };
    ck_ok(file_read(&file, "tests/golden/pickle/all_kinds.pkl", 0));
    check_again(file.data, file.size, "all_kinds.pkl");
    bytes_free(&file);
}
END_TEST

START_TEST(test_writer__writes_what_torch_writes)
{
    static const char *const names[] = { "mlp_sd", "cnn_sd", "ckpt_adam", "ckpt_rmsprop", "t113_adam" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        bytes file = { 0 }, content = { 0 };
        zip_file *zip = NULL;
        char path[100], member[100];
        snprintf(path, sizeof path, "tests/golden/torch/%s.pth", names[i]);
        snprintf(member, sizeof member, "%s/data.pkl", names[i]);
        ck_ok(file_read(&file, path, 0));
        ck_ok(zip_file_open(&zip, file.data, file.size, names[i]));
        ck_ok(zip_file_read(&content, zip, zip_file_find(zip, member), 0));
        check_again(content.data, content.size, names[i]);
        bytes_free(&content);
        bytes_free(&file);
        zip_file_close(zip);
    }
}
END_TEST

START_TEST(test_writer__words_are_shared_and_texts_are_not)
{
    pickle *p;
    bytes out = { 0 };
    static const char expected[] = "\x80\2](X\1\0\0\0aq\1h\1X\1\0\0\0aq\2ctorch\nFloatStorage\nq\3h\3e.";
    ck_ok(pickle_new(&p));
    pickle_value *list = pickle_list(p);
    pickle_append(p, list, pickle_word(p, "a"));
    pickle_append(p, list, pickle_word(p, "a"));
    pickle_append(p, list, pickle_text(p, "a"));
    pickle_append(p, list, pickle_token(p, &known[1]));
    pickle_append(p, list, pickle_token(p, &known[1]));
    ck_ok(pickle_write(&out, p, list));
    ck_assert_uint_eq(out.size, sizeof expected + 1);
    ck_assert_mem_eq(out.data, "\x80\2]q\0(", 6);
    ck_assert_mem_eq(out.data + 6, expected + 4, out.size - 6);
    bytes_free(&out);
    pickle_free(p);
}
END_TEST

START_TEST(test_writer__refuses_what_is_too_deep)
{
    pickle *p;
    bytes out = { 0 };
    ck_ok(pickle_new(&p));
    pickle_value *v = pickle_none(p);
    for (int i = 0; i < 64; i++) v = pickle_tuple(p, 1, &v);
    ck_ok(pickle_write(&out, p, v));
    v = pickle_tuple(p, 1, &v);
    pickle_free(p);
    ck_ok(pickle_new(&p));
    v = pickle_none(p);
    for (int i = 0; i < 65; i++) v = pickle_tuple(p, 1, &v);
    ck_fails(pickle_write(&out, p, v), HORN_ERROR_ARGUMENT, "within each other");
    bytes_free(&out);
    pickle_free(p);
}
END_TEST

TEST_MAIN(test_writer__writes_what_cpython_writes, test_writer__writes_what_torch_writes,
          test_writer__words_are_shared_and_texts_are_not, test_writer__refuses_what_is_too_deep)
