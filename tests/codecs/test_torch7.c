#include "test.h"

#include <stdio.h>
#include "codecs/torch7/torch7.h"

/* ---- crafted files: i32 4, i64 8 bytes ---- */

static bytes made;

static void i32(int64_t number)
{
    for (int i = 0; i < 4; i++) bytes_append(&made, &(unsigned char){ (unsigned char)(number >> 8 * i) }, 1);
}

static void i64(int64_t number)
{
    i32(number);
    i32(number >> 32);
}

static void text(const char *t)
{
    i32((int64_t)strlen(t));
    bytes_append(&made, t, strlen(t));
}

static void object(int index, const char *class_name)
{
    i32(4), i32(index), text("V 1"), text(class_name);
}

/* A tensor of these axes in a storage of `stored` elements; the object around it stands before. */
static void tensor_body(int rank, const int64_t *shape, const int64_t *stride, int64_t offset)
{
    i32(rank);
    for (int i = 0; i < rank; i++) i64(shape[i]);
    for (int i = 0; i < rank; i++) i64(stride[i]);
    i64(offset);
}

static void storage(int index, int64_t stored, int64_t there)
{
    object(index, "torch.FloatStorage");
    i64(stored);
    for (int64_t i = 0; i < there; i++) bytes_append(&made, &(float){ (float)i }, 4);
}

static void tensor(int rank, int64_t a, int64_t b, int64_t stride_a, int64_t stride_b, int64_t offset,
                   int64_t stored)
{
    object(1, "torch.FloatTensor");
    tensor_body(rank, (int64_t[]){ a, b }, (int64_t[]){ stride_a, stride_b }, offset);
    storage(2, stored, stored < 100 ? stored : 0);
}

/* ---- what is read ---- */

static torch7_file file;

static void read_made(void)
{
    ck_ok(torch7_read(&file, made.data, made.size, "m.t7"));
}

static void end(void)
{
    torch7_free(&file);
    bytes_free(&made);
}

START_TEST(test_torch7__values_of_every_kind)
{
    double number;
    i32(3), i32(1), i32(5);
    i32(2), text("a"), i32(1), i64(0x3ff8000000000000);
    i32(2), text("b"), i32(2), text("x\ny");
    i32(2), text("c"), i32(5), i32(1);
    i32(1), i64(0x3ff0000000000000), i32(0);
    i32(2), text("e"), object(7, "nn.Linear"), i32(3), i32(8), i32(0);
    ck_assert(torch7_recognizes(made.data, made.size));
    read_made();
    ck_assert(torch7_number(torch7_get(file.root, "a"), &number) && number == 1.5);
    ck_assert_uint_eq(torch7_get(file.root, "b")->length, 3);
    ck_assert(torch7_get(file.root, "c")->boolean);
    ck_assert_int_eq(torch7_at(file.root, 1)->kind, TORCH7_NIL);
    ck_assert(torch7_is_class(torch7_get(file.root, "e"), "nn.Linear"));
    ck_assert(torch7_get(file.root, "e")->payload->kind == TORCH7_TABLE);
    ck_assert_ptr_null(torch7_get(file.root, "z"));
    ck_assert_ptr_null(torch7_at(file.root, 2));
    end();
}
END_TEST

START_TEST(test_torch7__strides_and_offsets)
{
    float values[6];
    tensor(2, 2, 3, 1, 2, 2, 7);
    read_made();
    torch7_copy(file.root, values);
    const float expected[] = { 1, 3, 5, 2, 4, 6 };
    ck_assert(torch7_count(file.root) == 6 && memcmp(values, expected, sizeof expected) == 0);
    end();
    tensor(2, 2, 3, 0, 0, 1, 1); /* expanded */
    read_made();
    torch7_copy(file.root, values);
    ck_assert(values[5] == 0);
    end();
    object(1, "torch.CudaTensor"), i32(0), i64(1), i32(0);
    read_made();
    ck_assert(file.root->dtype == HORN_FLOAT32 && torch7_count(file.root) == 0);
    end();
    /* of the time before versions: no "V 1" */
    i32(4), i32(1), text("torch.IntStorage"), i64(1), i32(9);
    read_made();
    ck_assert(file.root->kind == TORCH7_STORAGE && file.root->dtype == HORN_INT32);
    end();
}
END_TEST

/* ---- what is refused ---- */

static void nested(int depth)
{
    for (int i = 1; i <= depth; i++) i32(3), i32(i), i32(1), i32(2), text("a");
    i32(0);
}

static void make_hostile(int which)
{
    switch (which) {
    case 0:
        i32(3);
        break;
    case 1:
        i32(9), i64(0), i64(0);
        break;
    case 2:
        i32(-1), i64(0), i64(0);
        break;
    case 3:
        i32(6), i32(1), text("code"), i32(0);
        break;
    case 4:
        i32(7), i32(1), text("code"), i32(0);
        break;
    case 5:
        i32(8), i32(1), text("code"), i32(0);
        break;
    case 6:
        object(1, "torch.HalfTensor"), i32(0);
        break;
    case 7:
        object(1, "torch.CudaHalfTensor"), i32(0);
        break;
    case 8:
        object(1, "tds.Hash"), i32(0);
        break;
    case 9:
        object(1, "torch.Timer"), i32(0);
        break;
    case 10:
        i32(3), i32(1), i32(0x7fffffff);
        break;
    case 11:
        i32(3), i32(1), i32(-1);
        break;
    case 12:
        i32(3), i32(0), i32(0), i32(0);
        break;
    case 13:
        i32(3), i32(-5), i32(0), i32(0);
        break;
    case 14:
        i32(3), i32(0x7fffffff), i32(0), i32(0);
        break;
    case 15:
        i32(2), i32(-1), i64(0);
        break;
    case 16:
        i32(2), i32(100), i64(0);
        break;
    case 17:
        i32(5), i32(2);
        break;
    case 18:
        i32(3), i32(1), i32(1), i32(2), text("a"), i32(3), i32(1), i64(0);
        break; /* itself */
    case 19:
        object(1, "nn.X"), i32(4), i32(1), i64(0);
        break;
    case 20:
        i32(3), i32(1), i32(1), i32(0), i32(0), i64(0);
        break; /* nil as a key */
    case 21:
        i32(3), i32(1), i32(1), i32(3), i32(2), i32(0), i32(0);
        break;
    case 22:
        nested(101);
        break;
    case 23:
        tensor(2, 2, 3, 3, 1, 2, 6);
        break; /* one too far */
    case 24:
        tensor(2, 2, 3, 3, 1, 0, 6);
        break;
    case 25:
        tensor(2, 2, 3, -3, 1, 1, 6);
        break;
    case 26:
        tensor(2, -2, 3, 3, 1, 1, 6);
        break;
    case 27:
        tensor(2, INT64_MAX / 4, INT64_MAX / 4, 0, 0, 1, 6);
        break;
    case 28:
        tensor(2, 2, 2, INT64_MAX / 4, 1, 1, 6);
        break;
    case 29:
        tensor(2, 2, 3, 3, 1, INT64_MAX, 6);
        break;
    case 30:
        object(1, "torch.FloatTensor"), i32(64), i64(0);
        break;
    case 31:
        object(1, "torch.FloatTensor"), i32(9), i64(0);
        break;
    case 32:
        object(1, "torch.FloatTensor"), i32(-1), i64(0);
        break;
    case 33:
        storage(1, 1000, 2);
        break;
    case 34:
        storage(1, -1, 2);
        break;
    case 35:
        storage(1, INT64_MAX, 2);
        break;
    case 36:
        object(1, "torch.FloatTensor"), tensor_body(1, (int64_t[]){ 2 }, (int64_t[]){ 1 }, 1), i32(0);
        break;
    case 37:
        object(1, "torch.FloatTensor"), tensor_body(1, (int64_t[]){ 2 }, (int64_t[]){ 1 }, 1), i32(1), i64(0);
        break;
    case 38:
        object(1, "torch.DoubleTensor"), tensor_body(1, (int64_t[]){ 2 }, (int64_t[]){ 1 }, 1),
            storage(2, 2, 2);
        break;
    case 39:
        i32(4), i32(1), text("V 1"), text(""), i32(0);
        break;
    case 40:
        i32(1), i64(0), i32(0);
        break; /* bytes behind it */
    case 41:   /* of 32 bits: sizes and strides of 4 bytes */
        object(1, "torch.FloatTensor"), i32(2), i32(2), i32(3), i32(3), i32(1), i32(1);
        i32(4), i32(2), text("V 1"), text("torch.FloatStorage"), i32(6), i64(0), i64(0), i64(0);
        break;
    case 42:
        storage(1, 2, 2), i32(4), i32(1);
        break;
    case 43:
        i32(3), i32(1), i32(1), i32(2), text("a"), i32(4), i32(1), i64(0);
        break;
    default:
        break;
    }
}

static const struct {
    const char *words;
    bool unsupported;
} hostile[] = { { "ends in the middle", false },
                { "an object of kind 9", false },
                { "an object of kind -1", false },
                { "holds a function of Lua, which is code", true },
                { "holds a function of Lua", true },
                { "holds a function of Lua", true },
                { "torch.HalfTensor is not supported", true },
                { "torch.CudaHalfTensor is not supported", true },
                { "tds.Hash is not supported", true },
                { "torch.Timer is not supported", true },
                { "a table of more pairs", false },
                { "a table of more pairs", false },
                { "an index that cannot be", false },
                { "an index that cannot be", false },
                { "an index that cannot be", false },
                { "a string of a negative size", false },
                { "ends in the middle", false },
                { "a boolean that is neither", false },
                { "an object that contains itself", true },
                { "an object that contains itself", true },
                { "a key that is no number", false },
                { "a key that is no number", false },
                { "nested deeper than 100", false },
                { "does not fit into the file; files of 32-bit machines", false },
                { "does not fit", false },
                { "does not fit", false },
                { "does not fit", false },
                { "does not fit", false },
                { "does not fit", false },
                { "does not fit", false },
                { "a tensor of 64 axes", false },
                { "a tensor of 9 axes", true },
                { "a tensor of -1 axes", false },
                { "does not fit", false },
                { "does not fit", false },
                { "does not fit", false },
                { "does not fit", false },
                { "whose storage is of another type", false },
                { "whose storage is of another type", false },
                { "without a proper name", false },
                { "4 bytes behind its object", false },
                { "does not fit into the file; files of 32-bit machines", false },
                { "8 bytes behind its object", false },
                { "an object that contains itself", true } };

START_TEST(test_torch7__hostile_files_are_refused)
{
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        make_hostile((int)i);
        const horn_status status = torch7_read(&file, made.data, made.size, "m.t7");
        ck_assert_msg(status == (hostile[i].unsupported ? HORN_ERROR_UNSUPPORTED : HORN_ERROR_FORMAT),
                      "%zu: status %d: %s", i, status, status ? horn_last_error() : "");
        ck_assert_msg(strstr(horn_last_error(), hostile[i].words) != NULL, "%zu: %s", i, horn_last_error());
        ck_assert_msg(strncmp(horn_last_error(), "m.t7: ", 6) == 0, "%s", horn_last_error());
        end();
    }
}
END_TEST

START_TEST(test_torch7__text_files_are_told)
{
    ck_assert(torch7_is_text("4\n1\n3\nV 1\n13\nnn.Sequential\n", 27));
    ck_assert(torch7_is_text("3\n1\n2\n2\n5\nmodel\n", 16));
    ck_assert(!torch7_is_text("{\"a\": 1}", 8));
    ck_assert(!torch7_recognizes("3\n1\n2\n2\n5\nmodel\n", 16));
}
END_TEST

/* Cut off anywhere, and each byte changed: refused, or read. */
START_TEST(test_torch7__damage_does_no_harm)
{
    i32(3), i32(1), i32(2), i32(2), text("a");
    tensor(2, 2, 3, 3, 1, 1, 6);
    made.data[made.size - 1] = 1;
    bytes whole = made;
    made = (bytes){ 0 };
    for (size_t i = 0; i < whole.size; i++) {
        bytes cut = { 0 };
        bytes_append(&cut, whole.data, i);
        ck_assert(torch7_read(&file, cut.data, cut.size, "m.t7") != HORN_OK);
        torch7_free(&file);
        bytes_free(&cut);
        for (int bit = 0; bit < 8; bit++) {
            whole.data[i] ^= (unsigned char)(1 << bit);
            (void)!torch7_read(&file, whole.data, whole.size, "m.t7");
            torch7_free(&file);
            whole.data[i] ^= (unsigned char)(1 << bit);
        }
    }
    bytes_free(&whole);
}
END_TEST

START_TEST(test_torch7__what_is_written_is_read)
{
    torch7_writer w = { 0 };
    const double doubles[] = { 1.5, -2, 3 };
    double back[3], number;
    torch7_put_table(&w, 5);
    torch7_put_text(&w, "number"), torch7_put_number(&w, -0.25);
    torch7_put_text(&w, "yes"), torch7_put_boolean(&w, true);
    torch7_put_text(&w, "sizes"), torch7_put_sizes(&w, (int64_t[]){ -1, 5 }, 2);
    torch7_put_text(&w, "tensor");
    ck_ok(torch7_put_tensor(
        &w, &(horn_view){ .data = doubles, .dtype = HORN_FLOAT64, .rank = 2, .shape = { 1, 3 } }));
    torch7_put_text(&w, "empty");
    ck_ok(torch7_put_tensor(&w, &(horn_view){ .rank = 1 }));
    ck_fails(torch7_put_tensor(
                 &w, &(horn_view){ .data = doubles, .dtype = HORN_UINT16, .rank = 1, .shape = { 1 } }),
             HORN_ERROR_UNSUPPORTED, "no tensors of uint16");
    ck_ok(torch7_read(&file, w.out.data, w.out.size, "m.t7"));
    ck_assert(torch7_number(torch7_get(file.root, "number"), &number) && number == -0.25);
    ck_assert(torch7_get(file.root, "yes")->boolean);
    ck_assert_uint_eq(torch7_get(file.root, "sizes")->count, 2);
    const torch7_value *t = torch7_get(file.root, "tensor");
    ck_assert(t->rank == 2 && t->shape[1] == 3 && t->dtype == HORN_FLOAT64);
    torch7_copy(t, back);
    ck_assert(memcmp(back, doubles, sizeof back) == 0);
    ck_assert_uint_eq(torch7_count(torch7_get(file.root, "empty")), 0);
    bytes_free(&w.out);
    end();
}
END_TEST

TEST_MAIN(test_torch7__values_of_every_kind, test_torch7__strides_and_offsets,
          test_torch7__hostile_files_are_refused, test_torch7__text_files_are_told,
          test_torch7__damage_does_no_harm, test_torch7__what_is_written_is_read)
