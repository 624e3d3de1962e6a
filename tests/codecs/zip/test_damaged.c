/* Damaged archives: false sizes, broken ends, truncation, flipped bits. */
#include "test.h"

#include "codecs/zip/archives.h"

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

START_TEST(test_zip_damaged__refuses_bombs_and_sizes_that_lie)
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

START_TEST(test_zip_damaged__refuses_broken_ends)
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

START_TEST(test_zip_damaged__refuses_broken_zip64)
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

START_TEST(test_zip_damaged__refuses_every_truncation)
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
START_TEST(test_zip_damaged__reads_no_flipped_bit_wrong)
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

TEST_MAIN(test_zip_damaged__refuses_bombs_and_sizes_that_lie, test_zip_damaged__refuses_broken_ends,
          test_zip_damaged__refuses_broken_zip64, test_zip_damaged__refuses_every_truncation,
          test_zip_damaged__reads_no_flipped_bit_wrong)
