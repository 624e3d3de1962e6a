#include "test.h"

#include <stdint.h>
#include <stdio.h>
#include <zlib.h>
#include "codecs/zip/file.h"
#include "codecs/zip/writer.h"

static bytes load(const char *name)
{
    char path[256];
    bytes file = { 0 };
    snprintf(path, sizeof path, "tests/golden/zip/%s", name);
    ck_ok(file_read(&file, path, 1 << 20));
    return file;
}

/* Opens bytes in a block of their exact size, reads all members and returns the first failure. */
static horn_status read_all(const void *data, size_t size)
{
    zip_file *zip = NULL;
    unsigned char *copy = malloc(size ? size : 1);
    if (size) memcpy(copy, data, size);
    horn_status status = zip_file_open(&zip, copy, size, "made.zip");
    for (size_t i = 0; !status && i < zip->count; i++) {
        bytes content = { 0 };
        status = zip_file_read(&content, zip, &zip->members[i], 1 << 20);
        bytes_free(&content);
    }
    zip_file_close(zip);
    free(copy);
    return status;
}

static const char *const goldens[] = { "stored.zip",   "packed.zip",     "stream.zip",        "zip64.zip",
                                       "stream64.zip", "zip64_also.zip", "stream64_also.zip", "comment.zip" };
enum { GOLDENS = sizeof goldens / sizeof goldens[0] };

static void check_member(const zip_file *zip, const char *name, const void *expected, size_t size)
{
    const zip_member *member = zip_file_find(zip, name);
    ck_assert_msg(member != NULL, "%s: no %s", zip->name, name);
    bytes content = { 0 };
    ck_ok(zip_file_read(&content, zip, member, 0));
    ck_assert_uint_eq(content.size, size);
    ck_assert(size == 0 || memcmp(content.data, expected, size) == 0);
    ck_assert_uint_eq(strlen(bytes_text(&content)) <= size, 1);
    bytes_free(&content);
}

/* The three members of gen_zip.py. */
static void check_golden(const zip_file *zip)
{
    char hello[301] = "";
    unsigned char all[256];
    for (int i = 0; i < 50; i++) strcat(hello, "hello\n");
    for (int i = 0; i < 256; i++) all[i] = (unsigned char)i;
    ck_assert_uint_eq(zip->count, 3);
    check_member(zip, "a.txt", hello, 300);
    check_member(zip, "dir/b.bin", all, 256);
    check_member(zip, "empty", "", 0);
    ck_assert_ptr_null(zip_file_find(zip, "a.tx"));
    ck_assert_str_eq(zip->members[0].name, "a.txt");
}

START_TEST(test_zip_file__reads_what_python_writes)
{
    for (int i = 0; i < GOLDENS; i++) {
        bytes file = load(goldens[i]);
        zip_file *zip = NULL;
        ck_assert(zip_file_recognizes(file.data, file.size));
        ck_ok(zip_file_open(&zip, file.data, file.size, goldens[i]));
        check_golden(zip);
        zip_file_close(zip);
        bytes_free(&file);
    }
}
END_TEST

START_TEST(test_zip_file__reads_what_pytorch_writes)
{
    bytes file = load("torch.pth");
    zip_file *zip = NULL;
    const unsigned char *data = NULL;
    ck_ok(zip_file_open(&zip, file.data, file.size, "torch.pth"));
    ck_assert_uint_eq(zip->count, 10);
    ck_assert_ptr_nonnull(zip_file_find(zip, "t113_rmsprop/data.pkl"));
    check_member(zip, "t113_rmsprop/version", "3\n", 2);
    for (size_t i = 0; i < zip->count; i++) {
        ck_ok(zip_file_stored(&data, zip, &zip->members[i]));
        ck_assert_uint_eq((size_t)(data - file.data) % 64, 0);
    }
    zip_file_close(zip);
    bytes_free(&file);
}
END_TEST

START_TEST(test_zip_file__reads_an_empty_archive)
{
    zip_file *zip = NULL;
    unsigned char end[22] = "PK\5\6";
    ck_ok(zip_file_open(&zip, end, sizeof end, "x"));
    ck_assert_uint_eq(zip->count, 0);
    ck_assert_ptr_null(zip_file_find(zip, "a"));
    zip_file_close(zip);
}
END_TEST

START_TEST(test_zip_file__names_methods_it_cannot_read)
{
    bytes file = load("refused_bzip2.zip");
    ck_fails(read_all(file.data, file.size), HORN_ERROR_UNSUPPORTED, "method 12");
    bytes_free(&file);
}
END_TEST

/* A header as hostile as wanted. What is 0 or NULL is filled in truthfully. */
typedef struct part {
    const char *name, *local_name, *data;
    size_t data_size, size, local_size;
    unsigned method, local_method, flags;
    uint32_t crc, local_crc;
    size_t offset; /* in the central header; 0 = where it is */
    bool no_local;
} part;

static void put(bytes *b, int width, uint64_t value)
{
    for (int i = 0; i < width; i++) bytes_append(b, (unsigned char[]){ (unsigned char)(value >> 8 * i) }, 1);
}

static void put_header(bytes *b, const part *p, bool local, size_t offset)
{
    const char *name = local && p->local_name ? p->local_name : p->name;
    uint32_t crc = p->crc ? p->crc : (uint32_t)crc32(0, (const Bytef *)p->data, (uInt)p->data_size);
    size_t size = local && p->local_size ? p->local_size : p->size ? p->size : p->data_size;
    bytes_append(b, local ? "PK\3\4" : "PK\1\2\24", local ? 4 : 6);
    put(b, 2, 20);
    put(b, 2, p->flags);
    put(b, 2, local && p->local_method ? p->local_method : p->method);
    put(b, 4, 0);
    put(b, 4, local && p->local_crc ? p->local_crc : crc);
    put(b, 4, p->data_size);
    put(b, 4, size);
    put(b, 2, strlen(name));
    put(b, 2, 0);
    if (!local) bytes_append(b, "\0\0\0\0\0\0\0\0\0", 10);
    if (!local) put(b, 4, p->offset ? p->offset : offset);
    bytes_append(b, name, strlen(name));
}

static bytes make(const part *parts, size_t count)
{
    bytes b = { 0 };
    size_t offsets[8];
    for (size_t i = 0; i < count; i++) {
        offsets[i] = b.size;
        if (parts[i].no_local) continue;
        put_header(&b, &parts[i], true, 0);
        bytes_append(&b, parts[i].data, parts[i].data_size);
    }
    size_t start = b.size;
    for (size_t i = 0; i < count; i++) put_header(&b, &parts[i], false, offsets[i]);
    size_t size = b.size - start;
    bytes_append(&b, "PK\5\6\0\0\0\0", 8);
    put(&b, 2, count);
    put(&b, 2, count);
    put(&b, 4, size);
    put(&b, 4, start);
    put(&b, 2, 0);
    return b;
}

static horn_status read_parts(const part *parts, size_t count)
{
    bytes file = make(parts, count);
    horn_status status = read_all(file.data, file.size);
    bytes_free(&file);
    return status;
}

#define PART(...) (&(part){ .data = "data", .data_size = 4, __VA_ARGS__ })

START_TEST(test_zip_file__refuses_unsafe_names)
{
    static const char *const names[] = { "../a", "a/../b", "..",    "a/..", "/a",  "//a",
                                         "a//b", "./a",    "a/./b", "C:/a", "C:a", "..\\a",
                                         "a\\b", "",       "a\nb",  "\x7f", "/",   "." };
    ck_ok(read_parts(PART(.name = "a/..b/c..d/...e"), 1));
    ck_ok(read_parts(&(part){ .name = "dir/" }, 1));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ck_assert(!zip_file_name_is_safe(names[i]));
        ck_fails(read_parts(PART(.name = names[i]), 1), HORN_ERROR_FORMAT, "unsafe name");
    }
    bytes file = make(PART(.name = "abc"), 1); /* a 0 inside the name */
    file.data[31] = file.data[30 + 3 + 4 + 46 + 1] = 0;
    ck_fails(read_all(file.data, file.size), HORN_ERROR_FORMAT, "unsafe name");
    bytes_free(&file);
}
END_TEST

START_TEST(test_zip_file__refuses_equal_names)
{
    const part twice[] = { { .name = "a" }, { .name = "b" }, { .name = "a", .data = "x", .data_size = 1 } };
    ck_fails(read_parts(twice, 3), HORN_ERROR_FORMAT, "'a': there twice");
    ck_ok(read_parts(twice, 2));
}
END_TEST

START_TEST(test_zip_file__refuses_headers_that_differ)
{
    ck_ok(read_parts(PART(.name = "a"), 1));
    ck_fails(read_parts(PART(.name = "a", .local_name = "b"), 1), HORN_ERROR_FORMAT, "another name");
    ck_fails(read_parts(PART(.name = "a", .local_name = "ab"), 1), HORN_ERROR_FORMAT, "another name");
    ck_fails(read_parts(PART(.name = "ab", .local_name = "a"), 1), HORN_ERROR_FORMAT, "another name");
    ck_fails(read_parts(PART(.name = "a", .local_size = 5), 1), HORN_ERROR_FORMAT, "differ between");
    ck_fails(read_parts(PART(.name = "a", .local_crc = 5), 1), HORN_ERROR_FORMAT, "differ between");
    ck_fails(read_parts(PART(.name = "a", .local_method = 8), 1), HORN_ERROR_FORMAT, "another method");
    ck_fails(read_parts(PART(.name = "a", .crc = 5), 1), HORN_ERROR_FORMAT, "expected 00000005");
    ck_fails(read_parts(PART(.name = "a", .size = 5), 1), HORN_ERROR_FORMAT, "two different sizes");
    ck_fails(read_parts(PART(.name = "a", .offset = 1), 1), HORN_ERROR_FORMAT, "no local header");
    ck_fails(read_parts(PART(.name = "a", .offset = 0x7fffffff), 1), HORN_ERROR_FORMAT, "no local header");
    ck_fails(read_parts(PART(.name = "a", .offset = 0xffffffff), 1), HORN_ERROR_FORMAT, "extra field");
}
END_TEST

START_TEST(test_zip_file__refuses_encryption_and_descriptors_that_are_not_there)
{
    ck_fails(read_parts(PART(.name = "a", .flags = 1), 1), HORN_ERROR_UNSUPPORTED, "encrypted");
    ck_fails(read_parts(PART(.name = "a", .flags = 1 << 6), 1), HORN_ERROR_UNSUPPORTED, "encrypted");
    ck_fails(read_parts(PART(.name = "a", .flags = 1 << 13), 1), HORN_ERROR_UNSUPPORTED, "encrypted");
    ck_fails(read_parts(PART(.name = "a", .flags = 1 << 5), 1), HORN_ERROR_UNSUPPORTED, "patch");
    ck_fails(read_parts(PART(.name = "a", .flags = 1 << 3), 1), HORN_ERROR_FORMAT, "no data descriptor");
}
END_TEST

/* The second member's local header lies inside the first one's data; both would read well. */
START_TEST(test_zip_file__refuses_members_that_overlap)
{
    bytes inner = { 0 };
    const part b = { .name = "b", .data = "data", .data_size = 4 };
    put_header(&inner, &b, true, 0);
    bytes_append(&inner, b.data, b.data_size);
    const part both[] = {
        { .name = "a", .data = (const char *)inner.data, .data_size = inner.size },
        { .name = "b", .data = "data", .data_size = 4, .no_local = true, .offset = 31 },
    };
    ck_fails(read_parts(both, 2), HORN_ERROR_FORMAT, "'b': overlaps");
    ck_ok(read_parts(both, 1));
    bytes_free(&inner);
}
END_TEST

static bytes pack(size_t zeros)
{
    unsigned char *in = calloc(1, zeros ? zeros : 1);
    bytes out = { .data = malloc(zeros + 1000) };
    z_stream stream = { .next_in = in, .avail_in = (uInt)zeros, .next_out = out.data };
    stream.avail_out = (uInt)zeros + 1000;
    ck_assert_int_eq(deflateInit2(&stream, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY), Z_OK);
    ck_assert_int_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.size = stream.total_out;
    deflateEnd(&stream);
    free(in);
    return out;
}

START_TEST(test_zip_file__refuses_bombs_and_sizes_that_lie)
{
    bytes packed = pack(1 << 20);
    unsigned char *zeros = calloc(1, 1 << 20);
    part p = { .name = "a",
               .data = (const char *)packed.data,
               .data_size = packed.size,
               .method = 8,
               .size = 1 << 20,
               .crc = (uint32_t)crc32(0, zeros, 1 << 20) };
    ck_ok(read_parts(&p, 1));
    p.size = (1 << 20) + 1;
    ck_fails(read_parts(&p, 1), HORN_ERROR_FORMAT, "than the 1048576 that it may have");
    p.size = (1 << 20) - 1;
    ck_fails(read_parts(&p, 1), HORN_ERROR_FORMAT, "holds more than the 1048575");
    p.size = 1 << 19;
    ck_fails(read_parts(&p, 1), HORN_ERROR_FORMAT, "holds more than");
    p.data_size--;
    p.size = 1 << 20;
    ck_fails(read_parts(&p, 1), HORN_ERROR_FORMAT, "packed bytes end");
    free(zeros);
    bytes_free(&packed);

    packed = pack(100);
    p = (part){
        .name = "a", .data = (const char *)packed.data, .data_size = packed.size, .method = 8, .size = 101
    };
    ck_fails(read_parts(&p, 1), HORN_ERROR_FORMAT, "expected 1 more");
    p.size = 1 << 20;
    ck_fails(read_parts(&p, 1), HORN_ERROR_FORMAT, "claims to hold 1048576");
    bytes_append(&packed, "tail", 4);
    p = (part){
        .name = "a", .data = (const char *)packed.data, .data_size = packed.size, .method = 8, .size = 100
    };
    ck_fails(read_parts(&p, 1), HORN_ERROR_FORMAT, "4 bytes behind");
    bytes_free(&packed);
}
END_TEST

START_TEST(test_zip_file__refuses_broken_ends)
{
    bytes file = make(PART(.name = "a"), 1);
    size_t end = file.size - 22;
    static const struct {
        size_t at;
        unsigned char value;
        horn_status status;
        const char *words;
    } changes[] = {
        { 0, 'Q', HORN_ERROR_FORMAT, "no end of" },       { 4, 1, HORN_ERROR_UNSUPPORTED, "disks" },
        { 6, 1, HORN_ERROR_UNSUPPORTED, "disks" },        { 8, 2, HORN_ERROR_UNSUPPORTED, "disks" },
        { 12, 46, HORN_ERROR_FORMAT, "expected to end" }, { 15, 255, HORN_ERROR_FORMAT, "expected to end" },
        { 16, 1, HORN_ERROR_FORMAT, "expected to end" },  { 19, 255, HORN_ERROR_FORMAT, "expected to end" },
        { 20, 1, HORN_ERROR_FORMAT, "no end of" },
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        unsigned char old = file.data[end + changes[i].at];
        file.data[end + changes[i].at] = changes[i].value;
        ck_fails(read_all(file.data, file.size), changes[i].status, changes[i].words);
        file.data[end + changes[i].at] = old;
    }
    file.data[end + 8] = file.data[end + 10] = 2;
    ck_fails(read_all(file.data, file.size), HORN_ERROR_FORMAT, "2 members announced");
    file.data[end + 8] = file.data[end + 10] = 0;
    ck_fails(read_all(file.data, file.size), HORN_ERROR_FORMAT, "behind the last");
    bytes_free(&file);
    ck_fails(read_all("PK\5\6", 4), HORN_ERROR_FORMAT, "no end of");

    /* one end inside the comment of another, both whole */
    unsigned char two[44] = "PK\5\6";
    two[20] = 22;
    memcpy(two + 22, "PK\5\6", 4);
    ck_fails(read_all(two, sizeof two), HORN_ERROR_FORMAT, "more than one");
}
END_TEST

START_TEST(test_zip_file__refuses_broken_zip64)
{
    bytes file = load("torch.pth");
    size_t end = file.size - 22, locator = end - 20, end64 = locator - 56;
    static const struct {
        int where; /* 0 zip64 end, 1 locator, 2 end */
        size_t at;
    } places[] = { { 0, 0 },  { 0, 4 },  { 0, 11 }, { 0, 16 }, { 0, 20 }, { 0, 24 }, { 0, 32 },
                   { 0, 40 }, { 0, 47 }, { 0, 48 }, { 0, 55 }, { 1, 0 },  { 1, 4 },  { 1, 8 },
                   { 1, 15 }, { 1, 17 }, { 2, 8 },  { 2, 10 }, { 2, 12 }, { 2, 16 } };
    ck_ok(read_all(file.data, file.size));
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        size_t at = (places[i].where == 0 ? end64 : places[i].where == 1 ? locator : end) + places[i].at;
        file.data[at] ^= 0x80;
        horn_status status = read_all(file.data, file.size);
        ck_assert_msg(status == HORN_ERROR_FORMAT || status == HORN_ERROR_UNSUPPORTED, "place %zu: %d", i,
                      status);
        file.data[at] ^= 0x80;
    }
    bytes_free(&file);
}
END_TEST

START_TEST(test_zip_file__refuses_every_truncation)
{
    for (int i = 0; i < GOLDENS; i++) {
        bytes file = load(goldens[i]);
        for (size_t size = 0; size < file.size; size++)
            ck_assert_int_eq(read_all(file.data, size), HORN_ERROR_FORMAT);
        bytes_free(&file);
    }
}
END_TEST

/* Refused, or every member with its old name and content: dates, versions, attributes and comments count for
 * nothing. */
START_TEST(test_zip_file__reads_no_flipped_bit_wrong)
{
    size_t refused = 0, right = 0;
    for (int i = 0; i < GOLDENS; i++) {
        bytes file = load(goldens[i]);
        for (size_t bit = 0; bit < file.size * 8; bit++) {
            zip_file *zip = NULL;
            unsigned char *copy = malloc(file.size);
            memcpy(copy, file.data, file.size);
            copy[bit / 8] ^= (unsigned char)(1 << bit % 8);
            if (read_all(copy, file.size)) {
                refused++;
            } else {
                ck_ok(zip_file_open(&zip, copy, file.size, "x"));
                check_golden(zip);
                zip_file_close(zip);
                right++;
            }
            free(copy);
        }
        bytes_free(&file);
    }
    ck_assert_msg(refused > 3 * right, "%zu refused, %zu right", refused, right);
}
END_TEST

static bytes write_two(size_t alignment)
{
    bytes out = { 0 };
    zip_writer *writer = NULL;
    ck_ok(zip_writer_new(&writer, &out));
    ck_ok(zip_writer_add(writer, "a/data.pkl", "hello", 5, alignment));
    ck_ok(zip_writer_add(writer, "a/data/\xc3\xa9", "\0\1\2", 3, alignment));
    ck_ok(zip_writer_add(writer, "nothing", NULL, 0, alignment));
    ck_ok(zip_writer_finish(writer));
    zip_writer_free(writer);
    return out;
}

START_TEST(test_zip_file__reads_what_the_writer_writes)
{
    static const size_t alignments[] = { 0, 1, 2, 64, 4096, 32768 };
    for (size_t i = 0; i < sizeof alignments / sizeof alignments[0]; i++) {
        size_t alignment = alignments[i];
        bytes file = write_two(alignment), again = write_two(alignment);
        zip_file *zip = NULL;
        const unsigned char *data = NULL;
        ck_assert_uint_eq(file.size, again.size);
        ck_assert_mem_eq(file.data, again.data, file.size);
        ck_ok(zip_file_open(&zip, file.data, file.size, "x"));
        ck_assert_uint_eq(zip->count, 3);
        check_member(zip, "a/data.pkl", "hello", 5);
        check_member(zip, "a/data/\xc3\xa9", "\0\1\2", 3);
        check_member(zip, "nothing", "", 0);
        for (size_t j = 0; alignment > 1 && j < zip->count; j++) {
            ck_ok(zip_file_stored(&data, zip, &zip->members[j]));
            ck_assert_uint_eq((size_t)(data - file.data) % alignment, 0);
        }
        ck_assert_int_eq(file.data[10] | file.data[11] << 8 | file.data[12] << 16 | file.data[13] << 24,
                         0x00210000);
        zip_file_close(zip);
        bytes_free(&file);
        bytes_free(&again);
    }
}
END_TEST

START_TEST(test_zip_file__the_writer_refuses_bad_members)
{
    bytes out = { 0 };
    zip_writer *writer = NULL;
    ck_ok(zip_writer_new(&writer, &out));
    ck_ok(zip_writer_add(writer, "a", "x", 1, 0));
    ck_fails(zip_writer_add(writer, "a", "x", 1, 0), HORN_ERROR_ARGUMENT, "twice");
    ck_fails(zip_writer_add(writer, "../a", "x", 1, 0), HORN_ERROR_ARGUMENT, "no name");
    ck_fails(zip_writer_add(writer, "b", "x", 1, 48), HORN_ERROR_ARGUMENT, "power of two");
    ck_fails(zip_writer_add(writer, "b", "x", (size_t)1 << 32, 0), HORN_ERROR_UNSUPPORTED, "4 GiB");
    ck_ok(zip_writer_finish(writer));
    ck_ok(read_all(out.data, out.size));
    zip_writer_free(writer);
    bytes_free(&out);
}
END_TEST

TEST_MAIN(test_zip_file__reads_what_python_writes, test_zip_file__reads_what_pytorch_writes,
          test_zip_file__reads_an_empty_archive, test_zip_file__names_methods_it_cannot_read,
          test_zip_file__refuses_unsafe_names, test_zip_file__refuses_equal_names,
          test_zip_file__refuses_headers_that_differ,
          test_zip_file__refuses_encryption_and_descriptors_that_are_not_there,
          test_zip_file__refuses_members_that_overlap, test_zip_file__refuses_bombs_and_sizes_that_lie,
          test_zip_file__refuses_broken_ends, test_zip_file__refuses_broken_zip64,
          test_zip_file__refuses_every_truncation, test_zip_file__reads_no_flipped_bit_wrong,
          test_zip_file__reads_what_the_writer_writes, test_zip_file__the_writer_refuses_bad_members)
