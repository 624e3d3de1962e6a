/* Files of torch.save that lie: refused, with a line that says why. */
#include "formats/torch/pth.h"

#include <fcntl.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <zlib.h>
#include "codecs/zip/archives.h"
#include "formats/files.h"
#include "formats/torch_files/checkpoint.h"
#include "formats/torch_files/torch.h"

/* ---- nothing is opened or run ---- */

static int opened;

__attribute__((visibility("default"))) int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    opened++;
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

__attribute__((visibility("default"))) int execve(const char *path, char *const *arguments,
                                                  char *const *environment)
{
    (void)path, (void)arguments, (void)environment;
    opened++;
    return -1;
}

static horn_status read_alone(const void *data, size_t size)
{
    opened = 0;
    horn_status status = read_all_of(data, size);
    ck_assert_int_eq(opened, 0);
    return status;
}

START_TEST(test_hostile__what_is_opened_is_seen)
{
    bytes b = { 0 };
    ck_ok(file_read(&b, "README.md", 0));
    ck_assert_int_eq(opened, 1);
    bytes_free(&b);
}
END_TEST

/* ---- cases ---- */

#define BYTES(text) text, sizeof text - 1

typedef struct hostile {
    const char *text;
    size_t size;
    horn_status status;
    const char *words;
} hostile;

static void check_archives(const hostile *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bytes b = pth_with(cases[i].text, cases[i].size);
        if (cases[i].words)
            ck_fails(read_alone(b.data, b.size), cases[i].status, cases[i].words);
        else
            ck_ok(read_alone(b.data, b.size));
        bytes_free(&b);
    }
}

#define SIX      "K\6\x85"
#define ONE      "K\1\x85"
#define WRONG    HORN_ERROR_FORMAT
#define UNKNOWN  HORN_ERROR_UNSUPPORTED
#define HUGE     "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f"
#define NEGATIVE "J\xff\xff\xff\xff"

START_TEST(test_hostile__views_that_leave_their_storage)
{
    static const hostile cases[] = {
        { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", SIX, ONE))), HORN_OK, NULL },
        { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", "K\2K\3\x86", "K\3K\1\x86"))), HORN_OK, NULL },
        { BYTES(OBJECT(TENSOR("0", "K\6", "K\5", ")", ")"))), HORN_OK, NULL },
        { BYTES(OBJECT(TENSOR("0", "K\6", "K\6", ")", ")"))), WRONG,
          "leaves its storage '0', which has 6 elements" },
        { BYTES(OBJECT(TENSOR("0", "K\6", "K\6", "K\0\x85", ONE))), HORN_OK, NULL },
        { BYTES(OBJECT(TENSOR("0", "K\6", "K\7", "K\0\x85", ONE))), WRONG, "leaves its storage" },
        { BYTES(OBJECT(TENSOR("0", "K\6", "K\1", SIX, ONE))), WRONG, "leaves its storage" },
        { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", SIX, "K\2\x85"))), WRONG, "leaves its storage" },
        { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", "K\7\x85", ONE))), WRONG, "leaves its storage" },
        { BYTES(OBJECT(TENSOR("0", "K\6", HUGE, SIX, ONE))), WRONG, "leaves its storage" },
        { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", HUGE "\x85", ONE))), WRONG, "leaves its storage" },
        { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", "K\2\x85", HUGE "\x85"))), WRONG, "leaves its storage" },
        { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", HUGE HUGE "\x86", "K\1K\1\x86"))), WRONG,
          "leaves its storage" },
        { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", HUGE HUGE "\x86", "K\0K\0\x86"))), WRONG,
          "leaves its storage" },
        { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", HUGE "\x85", "K\0\x85"))), WRONG, "leaves its storage" },
        { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", "J\0\0\0\x40\x85", "K\0\x85"))), UNKNOWN,
          "which are 6 ones many times" },
        { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", "J\0\0\0\x40K\4\x86", "K\0K\0\x86"))), UNKNOWN,
          "many times" },
        { BYTES(OBJECT(TENSOR("0", "K\6", NEGATIVE, SIX, ONE))), WRONG, "a tensor with wrong arguments" },
        { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", NEGATIVE "\x85", ONE))), WRONG, "wrong arguments" },
        { BYTES(OBJECT(TENSOR("0", "K\6", "K\5", "K\2\x85", NEGATIVE "\x85"))), WRONG, "wrong arguments" },
        { BYTES(OBJECT(TENSOR("0", "K\6", "N", SIX, ONE))), WRONG, "wrong arguments" },
        { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", "K\2K\3\x86", ONE))), WRONG, "wrong arguments" },
        { BYTES(OBJECT(TENSOR("0", "K\6", "K\0",
                              "U\1"
                              "6\x85",
                              ONE))),
          WRONG, "wrong arguments" },
        { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", "]K\6a", ONE))), WRONG, "wrong arguments" },
        { BYTES(OBJECT(TENSOR("0", "K\6", "K\0", "G\0\0\0\0\0\0\0\0\x85", ONE))), WRONG, "wrong arguments" },
    };
    check_archives(cases, sizeof cases / sizeof *cases);
}
END_TEST

START_TEST(test_hostile__objects_that_are_not_what_they_say)
{
    static const hostile cases[] = {
        { BYTES("\x80\2ctorch\nFloatStorage\n."), UNKNOWN,
          "holds the name torch.FloatStorage of Python itself" },
        { BYTES(OBJECT("ctorch\nFloatStorage\n")), UNKNOWN, "of Python itself" },
        { BYTES(OBJECT(STORAGE_OF("FloatStorage", "0", "K\6"))), UNKNOWN,
          "holds a storage that is no tensor" },
        { BYTES(OBJECT("NQ")), UNKNOWN, "holds a storage that is no tensor" },
        { BYTES(OBJECT(TENSOR_OF("K\1", "K\0", SIX, ONE))), WRONG, "wrong arguments" },
        { BYTES(OBJECT(TENSOR_OF("NQ", "K\0", SIX, ONE))), WRONG, "a persistent object that is no storage" },
        { BYTES(OBJECT(TENSOR_OF("(U\7storagetQ", "K\0", SIX, ONE))), WRONG, "that is no storage" },
        { BYTES(OBJECT(TENSOR_OF("(U\6modulectorch\nFloatStorage\nU\1"
                                 "0U\1"
                                 "0tQ",
                                 "K\0", SIX, ONE))),
          UNKNOWN, "holds a whole module" },
        { BYTES(OBJECT(TENSOR_OF("(U\7storageNU\1"
                                 "0U\3cpuK\6tQ",
                                 "K\0", SIX, ONE))),
          WRONG, "a storage without type" },
        { BYTES(OBJECT(TENSOR_OF("(U\7storage" ORDERED "U\1"
                                 "0U\3cpuK\6tQ",
                                 "K\0", SIX, ONE))),
          WRONG, "a storage without type" },
        { BYTES(OBJECT(TENSOR_OF("(U\7storagectorch\nFloatStorage\nK\0U\3cpuK\6tQ", "K\0", SIX, ONE))), WRONG,
          "without type, key" },
        { BYTES(OBJECT(TENSOR_OF("(U\7storagectorch\nFloatStorage\nX\3\0\0\0"
                                 "0\0"
                                 "1U\3cpuK\6tQ",
                                 "K\0", SIX, ONE))),
          WRONG, "without type, key" },
        { BYTES(OBJECT(TENSOR_OF("(U\7storagectorch\nFloatStorage\nU\1"
                                 "0NK\6tQ",
                                 "K\0", SIX, ONE))),
          WRONG, "place or size" },
        { BYTES(OBJECT(TENSOR_OF("(U\7storagectorch\nFloatStorage\nU\1"
                                 "0U\3cpu" NEGATIVE "tQ",
                                 "K\0", SIX, ONE))),
          WRONG, "place or size" },
        { BYTES(OBJECT(TENSOR_OF("(U\7storagectorch\nFloatStorage\nU\1"
                                 "0U\3cpuK\6"
                                 "(U\1vK\0K\2ttQ",
                                 "K\0", SIX, ONE))),
          UNKNOWN, "is part of another one" },
        { BYTES(OBJECT(TENSOR_OF("(U\7storagectorch\nFloatStorage\nU\1"
                                 "0U\3cpu" HUGE "tQ",
                                 "K\0", SIX, ONE))),
          WRONG, "has 9223372036854775807 elements" },
        { BYTES(OBJECT(TENSOR_OF(STORAGE_OF("ComplexFloatStorage", "0", "K\3"), "K\0", SIX, ONE))), UNKNOWN,
          "holds complex numbers" },
        { BYTES(OBJECT(TENSOR_OF(STORAGE_OF("QInt8Storage", "0", "K\3"), "K\0", SIX, ONE))), UNKNOWN,
          "holds quantized numbers" },
        { BYTES(OBJECT(TENSOR_OF(STORAGE_OF("StringStorage", "0", "K\3"), "K\0", SIX, ONE))), UNKNOWN,
          "refers to torch.StringStorage" },
        { BYTES(OBJECT("ctorch._utils\n_rebuild_qtensor\n)R")), UNKNOWN, "holds a quantized tensor" },
        { BYTES(OBJECT("ctorch._utils\n_rebuild_sparse_tensor\n)R")), UNKNOWN, "holds a sparse tensor" },
        { BYTES(OBJECT("ctorch._utils\n_rebuild_tensor_v2\n)R")), WRONG, "a tensor with wrong arguments" },
        { BYTES(OBJECT("ctorch._utils\n_rebuild_parameter\n)R")), WRONG, "a parameter with wrong arguments" },
        { BYTES(OBJECT("ctorch._utils\n_rebuild_parameter\nK\1\x88" ORDERED ")R\x87R")), WRONG,
          "a parameter with wrong arguments" },
        { BYTES(OBJECT("ctorch._utils\n_rebuild_parameter\n" TENSOR("0", "K\6", "K\0", SIX,
                                                                    ONE) "\x88" ORDERED ")R\x87R")),
          HORN_OK, NULL },
        { BYTES(OBJECT("ctorch\nSize\n(K\2NtR")), WRONG, "a torch.Size with wrong arguments" },
        { BYTES(OBJECT("ccollections\nCounter\nK\1\x85R")), WRONG, "a Counter with wrong arguments" },
        { BYTES(OBJECT("cnumpy.core.multiarray\nscalar\n)R")), UNKNOWN, "holds an object of NumPy" },
        { BYTES(OBJECT("c__main__\nNet\n)\x81")), UNKNOWN,
          "holds an object of a class of the program that wrote it" },
        { BYTES(OBJECT("ctorch.optim.adam\nAdam\n)\x81")), UNKNOWN,
          "holds a whole optimizer, expected its state_dict" },
        { BYTES(OBJECT("cos\nsystem\nU\4true\x85R")), UNKNOWN, "refers to os.system" },
        { BYTES("\x80\2}.and more"), WRONG, "8 bytes behind the pickle" },
        { BYTES("\x80\2}U\5epochK\3s."), UNKNOWN, "holds no state_dict of a model" },
        { BYTES("\x80\2}U\5modelN."), WRONG, "values are left" },
        { BYTES("\x80\2}(U\1w" TENSOR("0", "K\6", "K\0", SIX, ONE) "U\1v" TENSOR_OF(
              STORAGE_OF("IntStorage", "0", "K\6"), "K\0", SIX, ONE) "u."),
          WRONG, "storage '0' is of two types or sizes" },
        { BYTES("\x80\2}(U\1w" TENSOR("0", "K\6", "K\0", SIX, ONE) "U\1v" TENSOR("0", "K\5", "K\0", "K\5\x85",
                                                                                 ONE) "u."),
          WRONG, "of two types or sizes" },
        { BYTES(OBJECT(TENSOR("1", "K\6", "K\0", SIX, ONE))), WRONG, "has no member m/data/1" },
        { BYTES(OBJECT(TENSOR("/", "K\6", "K\0", SIX, ONE))), WRONG, "has no member m/data//" },
        { BYTES(OBJECT(TENSOR("0", "K\7", "K\0", SIX, ONE))), WRONG,
          "has 24 bytes, expected 7 elements of float32" },
        { BYTES(OBJECT(TENSOR_OF(STORAGE_OF("DoubleStorage", "0", "K\6"), "K\0", SIX, ONE))), WRONG,
          "expected 6 elements of float64" },
    };
    check_archives(cases, sizeof cases / sizeof *cases);
}
END_TEST

#define GOOD OBJECT(TENSOR("0", "K\6", "K\0", SIX, ONE))

START_TEST(test_hostile__archives_with_wrong_members)
{
    static const float values[6] = { 1, 2, 3, 4, 5, 6 };
    static const struct {
        pth_member version, order, other;
        horn_status status;
        const char *words;
    } cases[] = {
        { { "m/version", "3\n", 2 },
          { "m/byteorder", "little", 6 },
          { "m/.horn/other", "x", 1 },
          HORN_OK,
          NULL },
        { { "m/version", "10\n", 3 }, { NULL, "", 0 }, { NULL, "", 0 }, HORN_OK, NULL },
        { { "m/version", "11\n", 3 },
          { NULL, "", 0 },
          { NULL, "", 0 },
          UNKNOWN,
          "its version is 11, expected 1 to 10" },
        { { "m/version", "0\n", 2 }, { NULL, "", 0 }, { NULL, "", 0 }, WRONG, "expected a number" },
        { { "m/version", "", 0 }, { NULL, "", 0 }, { NULL, "", 0 }, WRONG, "its version is ''" },
        { { "m/version", "3x", 2 }, { NULL, "", 0 }, { NULL, "", 0 }, WRONG, "its version is '3x'" },
        { { "n/version", "3\n", 2 }, { NULL, "", 0 }, { NULL, "", 0 }, WRONG, "has no member m/version" },
        { { "m/version", "3\n", 2 },
          { "m/byteorder", "big", 3 },
          { NULL, "", 0 },
          UNKNOWN,
          "byte order is 'big'" },
        { { "m/version", "3\n", 2 },
          { NULL, "", 0 },
          { "n/data.pkl", "", 0 },
          WRONG,
          "has 2 members DIRECTORY/data.pkl" },
        { { "m/version", "3\n", 2 },
          { NULL, "", 0 },
          { "m/.horn/model.json", "{", 1 },
          WRONG,
          ".horn/model.json: not JSON" },
        { { "m/version", "3\n", 2 },
          { NULL, "", 0 },
          { "m/.horn/optimizer.json", "{}", 2 },
          WRONG,
          "no valid 'iteration'" },
        { { "m/version", "3\n", 2 },
          { NULL, "", 0 },
          { "m/.horn/optimizer.json", BYTES("{\"iteration\": 1, \"slots\": [{\"name\": \"m\", \"tensors\": "
                                            "[{\"name\": \"k\", \"shape\": [4611686018427387904]}]}]}") },
          WRONG,
          "no valid m/.horn/optimizer/0/0" },
        { { "m/version", "3\n", 2 },
          { NULL, "", 0 },
          { "m/.horn/optimizer.json", BYTES("{\"iteration\": 1, \"slots\": [{\"name\": \"m\"}]}") },
          WRONG,
          "has no name or tensors" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bytes b = pth_of((pth_member[]){ { "m/data.pkl", BYTES(GOOD) },
                                         { "m/data/0", values, sizeof values },
                                         cases[i].version,
                                         cases[i].order,
                                         cases[i].other },
                         5);
        if (cases[i].words)
            ck_fails(read_alone(b.data, b.size), cases[i].status, cases[i].words);
        else
            ck_ok(read_alone(b.data, b.size));
        bytes_free(&b);
    }
}
END_TEST

/* Other programs pack members: they are unpacked if their sizes are those that the tensors need. */
START_TEST(test_hostile__packed_members)
{
    unsigned char packed[200];
    const float values[6] = { 1, 2, 3, 4, 5, 6 };
    z_stream z = { .next_in = (unsigned char *)values,
                   .avail_in = sizeof values,
                   .next_out = packed,
                   .avail_out = sizeof packed };
    ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY), Z_OK);
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    part parts[] = { { .name = "m/data.pkl", .data = GOOD, .data_size = sizeof GOOD - 1 },
                     { .name = "m/data/0",
                       .data = (char *)packed,
                       .data_size = z.total_out,
                       .size = 24,
                       .method = 8,
                       .crc = (uint32_t)crc32(0, (unsigned char *)values, 24) },
                     { .name = "m/version", .data = "3\n", .data_size = 2 } };
    deflateEnd(&z);
    bytes b = make(parts, 3);
    ck_ok(read_alone(b.data, b.size));
    bytes_free(&b);
    parts[1].size = 25;
    b = make(parts, 3);
    ck_fails(read_alone(b.data, b.size), WRONG, "has 25 bytes, expected 6 elements");
    bytes_free(&b);
    parts[1].size = 24;
    parts[1].crc++;
    b = make(parts, 3);
    ck_fails(read_alone(b.data, b.size), WRONG, "CRC");
    bytes_free(&b);
}
END_TEST

START_TEST(test_hostile__the_older_form)
{
    static const hostile cases[] = {
        { BYTES(LEGACY_HEADS GOOD "\x80\2]U\1"
                                  "0a." LEGACY_VALUES),
          HORN_OK, NULL },
        { BYTES(LEGACY_MAGIC), WRONG, "the pickle ends after 0 bytes" },
        { BYTES(LEGACY_MAGIC "\x80\2M\xe8\3."), UNKNOWN, "of another protocol of PyTorch" },
        { BYTES(LEGACY_MAGIC "\x80\2M\xe9\3.\x80\2}."), WRONG, "does not say its byte order" },
        { BYTES(LEGACY_MAGIC "\x80\2M\xe9\3.\x80\2}U\15little_endian\x89s."), UNKNOWN, "big-endian" },
        { BYTES(LEGACY_HEADS GOOD), WRONG, "the pickle ends after 0 bytes" },
        { BYTES(LEGACY_HEADS GOOD "\x80\2]."), WRONG, "its list has 0 storages, its tensors have 1" },
        { BYTES(LEGACY_HEADS GOOD "\x80\2]U\1"
                                  "1a." LEGACY_VALUES),
          WRONG, "storage '1' belongs to no tensor" },
        { BYTES(LEGACY_HEADS GOOD "\x80\2]K\0a." LEGACY_VALUES), WRONG, "belongs to no tensor" },
        { BYTES(LEGACY_HEADS GOOD "\x80\2](U\1"
                                  "0U\1"
                                  "0e." LEGACY_VALUES LEGACY_VALUES),
          WRONG, "its list has 2 storages" },
        { BYTES(LEGACY_HEADS "\x80\2}(U\1w" TENSOR("0", "K\6", "K\0", SIX, ONE) "U\1v" TENSOR(
              "1", "K\6", "K\0", SIX, ONE) "u.\x80\2](U\1"
                                           "0U\1"
                                           "0e." LEGACY_VALUES LEGACY_VALUES),
          WRONG, "or is there twice" },
        { BYTES(LEGACY_HEADS GOOD "\x80\2]U\1"
                                  "0a." LEGACY_VALUES "x"),
          WRONG, "1 bytes behind the last storage" },
        { BYTES(LEGACY_HEADS GOOD "\x80\2]U\1"
                                  "0a.\7\0\0\0\0\0\0\0"),
          WRONG, "has 7 elements, expected 6" },
        { BYTES(LEGACY_HEADS GOOD "\x80\2]U\1"
                                  "0a.\6\0\0\0\0\0\0\0\0\0\x80\x3f"),
          WRONG, "passes the end of the file" },
        { BYTES(LEGACY_HEADS GOOD "\x80\2]U\1"
                                  "0a.\6\0\0"),
          WRONG, "elements, expected 6" },
        { BYTES(LEGACY_HEADS "\x80\2cos\nsystem\n."), UNKNOWN, "refers to os.system" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (cases[i].words)
            ck_fails(read_alone(cases[i].text, cases[i].size), cases[i].status, cases[i].words);
        else
            ck_ok(read_alone(cases[i].text, cases[i].size));
    }
}
END_TEST

/* Thousands of tensors that are all the same storage. */
START_TEST(test_hostile__a_storage_in_thousands_of_tensors)
{
    enum { FLOATS = 1 << 16, TENSORS = 10000 };
    static float values[FLOATS];
    bytes object = { 0 };
    bytes_append(&object, "\x80\2}(", 4);
    for (int i = 0; i < TENSORS; i++) {
        bytes_append(&object, "X\6\0\0\0", 5);
        bytes_print(&object, "%06d", i);
        static const char whole[] = TENSOR("0", "J\0\0\1\0", "K\0", "J\0\0\1\0\x85", ONE);
        bytes_append(&object, whole, sizeof whole - 1);
    }
    bytes_append(&object, "u.", 2);
    bytes b = pth_of((pth_member[]){ { "m/data.pkl", object.data, object.size },
                                     { "m/data/0", values, sizeof values },
                                     { "m/version", "3\n", 2 } },
                     3);
    ck_fails(read_alone(b.data, b.size), UNKNOWN, "more than 8 times its size");
    bytes_free(&object);
    bytes_free(&b);
}
END_TEST

TEST_MAIN(test_hostile__what_is_opened_is_seen, test_hostile__views_that_leave_their_storage,
          test_hostile__objects_that_are_not_what_they_say, test_hostile__archives_with_wrong_members,
          test_hostile__packed_members, test_hostile__the_older_form,
          test_hostile__a_storage_in_thousands_of_tensors)
