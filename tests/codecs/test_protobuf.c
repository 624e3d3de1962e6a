#include "../test.h"

#include "codecs/protobuf.h"

static protobuf_reader reader_of(const char *text, size_t size)
{
    return protobuf_read(text, size);
}
#define READER(text) reader_of(text, sizeof(text) - 1)

START_TEST(test_protobuf__varints_come_back)
{
    static const uint64_t values[] = { 0, 1, 127, 128, 300, 1u << 21, UINT32_MAX, INT64_MAX, UINT64_MAX };
    static const size_t sizes[] = { 1, 1, 1, 2, 2, 4, 5, 9, 10 };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        bytes b = { 0 };
        varint_append(&b, values[i]);
        ck_assert_uint_eq(b.size, sizes[i]);
        byte_reader r = byte_reader_of(b.data, b.size);
        ck_assert_uint_eq(varint_read(&r), values[i]);
        ck_assert(!r.failed && byte_reader_left(&r) == 0);
        bytes_free(&b);
    }
}
END_TEST

START_TEST(test_protobuf__long_and_cut_varints_fail)
{
    static const struct {
        const char *text;
        size_t size;
    } bad[] = { { "", 0 },
                { "\x80", 1 },
                { "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10 },
                { "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 11 } };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        byte_reader r = byte_reader_of(bad[i].text, bad[i].size);
        ck_assert_uint_eq(varint_read(&r), 0);
        ck_assert(r.failed);
    }
}
END_TEST

START_TEST(test_protobuf__fields_come_back)
{
    bytes b = { 0 }, inner = { 0 };
    protobuf_field f;
    protobuf_put_integer(&b, 1, (uint64_t)-3);
    protobuf_put_fixed32(&b, 2, 0x12345678);
    protobuf_put_integer(&inner, 1000, 5);
    protobuf_put_message(&b, 3, &inner);
    ck_assert_uint_eq(inner.size, 0);
    protobuf_put_text(&b, 4, "text");
    protobuf_reader r = protobuf_read(b.data, b.size);
    ck_assert(protobuf_next(&r, &f) && f.number == 1);
    ck_assert_int_eq(protobuf_integer(&r, &f), -3);
    ck_assert(protobuf_next(&r, &f) && f.number == 2);
    ck_assert_uint_eq(protobuf_fixed32(&r, &f), 0x12345678);
    ck_assert(protobuf_next(&r, &f) && f.number == 3);
    protobuf_reader in = protobuf_enter(&r, &f);
    ck_assert_uint_eq(in.depth, 1);
    ck_assert(protobuf_next(&in, &f) && f.number == 1000 && protobuf_integer(&in, &f) == 5);
    ck_assert(!protobuf_next(&in, &f) && !in.failed);
    protobuf_leave(&r, &in);
    ck_assert(protobuf_next(&r, &f) && protobuf_text_is(protobuf_bytes(&r, &f), "text"));
    ck_assert(!protobuf_text_is(f.text, "texts") && !protobuf_text_is(f.text, "tex"));
    ck_assert(!protobuf_next(&r, &f) && !r.failed);
    bytes_free(&b);
}
END_TEST

START_TEST(test_protobuf__fixed64_and_unknown_fields_are_stepped_over)
{
    protobuf_field f;
    protobuf_reader r = READER("\x09\x01\x02\x03\x04\x05\x06\x07\x08\x12\x01x\x18\x07");
    ck_assert(protobuf_next(&r, &f) && f.value == 0x0807060504030201);
    ck_assert(protobuf_next(&r, &f) && protobuf_next(&r, &f) && f.number == 3 && f.value == 7);
    ck_assert(!protobuf_next(&r, &f) && !r.failed);
}
END_TEST

#define BAD(text)             \
    {                         \
        text, sizeof text - 1 \
    }

START_TEST(test_protobuf__broken_messages_fail)
{
    static const struct {
        const char *text;
        size_t size;
    } bad[] = { BAD("\x08"),
                BAD("\x0a\x05xx"),
                BAD("\x0d\x01\x02"),
                BAD("\x09\x01"),
                BAD("\x00\x01"),
                BAD("\x0b"),
                BAD("\x0c"),
                BAD("\x0e"),
                BAD("\x0f"),
                BAD("\x80"),
                BAD("\xff\xff\xff\xff\xff\x01\x00"),
                BAD("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x") };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        protobuf_field f;
        protobuf_reader r = reader_of(bad[i].text, bad[i].size);
        ck_assert_msg(!protobuf_next(&r, &f) && r.failed, "%zu", i);
        ck_assert(!protobuf_next(&r, &f));
    }
}
END_TEST

START_TEST(test_protobuf__another_type_than_expected_fails)
{
    protobuf_field f;
    protobuf_reader r = READER("\x08\x01");
    ck_assert(protobuf_next(&r, &f));
    ck_assert_uint_eq(protobuf_bytes(&r, &f).size, 0);
    ck_assert(r.failed);
    r = READER("\x0a\x01x");
    ck_assert(protobuf_next(&r, &f));
    ck_assert_int_eq(protobuf_integer(&r, &f), 0);
    ck_assert(r.failed);
    r = READER("\x08\x01");
    ck_assert(protobuf_next(&r, &f) && protobuf_fixed32(&r, &f) == 0 && r.failed);
}
END_TEST

START_TEST(test_protobuf__depth_has_an_end)
{
    bytes b = { 0 }, outer = { 0 };
    protobuf_reader readers[PROTOBUF_MAX_DEPTH + 2];
    protobuf_field f;
    for (int i = 0; i <= PROTOBUF_MAX_DEPTH; i++) {
        protobuf_put_message(&outer, 1, &b);
        b = outer;
        outer = (bytes){ 0 };
    }
    readers[0] = protobuf_read(b.data, b.size);
    for (int i = 0; i <= PROTOBUF_MAX_DEPTH; i++) {
        ck_assert(protobuf_next(&readers[i], &f));
        readers[i + 1] = protobuf_enter(&readers[i], &f);
        ck_assert_int_eq(readers[i].failed, i == PROTOBUF_MAX_DEPTH);
    }
    ck_assert(readers[PROTOBUF_MAX_DEPTH + 1].failed);
    bytes_free(&b);
}
END_TEST

TEST_MAIN(test_protobuf__varints_come_back, test_protobuf__long_and_cut_varints_fail,
          test_protobuf__fields_come_back, test_protobuf__fixed64_and_unknown_fields_are_stepped_over,
          test_protobuf__broken_messages_fail, test_protobuf__another_type_than_expected_fails,
          test_protobuf__depth_has_an_end)
