#include "test.h"

#include <stdio.h>
#include "codecs/hostile_torch7.h"
#include "codecs/torch7/torch7.h"

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
    i32(2), string("a"), i32(1), i64(0x3ff8000000000000);
    i32(2), string("b"), i32(2), string("x\ny");
    i32(2), string("c"), i32(5), i32(1);
    i32(1), i64(0x3ff0000000000000), i32(0);
    i32(2), string("e"), object(7, "nn.Linear"), i32(3), i32(8), i32(0);
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
    matrix(2, 2, 3, 1, 2, 2, 7);
    read_made();
    torch7_copy(file.root, values);
    const float expected[] = { 1, 3, 5, 2, 4, 6 };
    ck_assert(torch7_count(file.root) == 6 && memcmp(values, expected, sizeof expected) == 0);
    end();
    matrix(2, 2, 3, 0, 0, 1, 1); /* expanded */
    read_made();
    torch7_copy(file.root, values);
    ck_assert(values[5] == 0);
    end();
    object(1, "torch.CudaTensor"), i32(0), i64(1), i32(0);
    read_made();
    ck_assert(file.root->dtype == HORN_FLOAT32 && torch7_count(file.root) == 0);
    end();
    /* of the time before versions: no "V 1" */
    i32(4), i32(1), string("torch.IntStorage"), i64(1), i32(9);
    read_made();
    ck_assert(file.root->kind == TORCH7_STORAGE && file.root->dtype == HORN_INT32);
    end();
}
END_TEST

/* ---- what is refused ---- */

START_TEST(test_torch7__hostile_files_are_refused)
{
    for (size_t i = 0; i < sizeof hostile_torch7 / sizeof *hostile_torch7; i++) {
        make_hostile_torch7((int)i);
        const horn_status status = torch7_read(&file, made.data, made.size, "m.t7");
        ck_assert_msg(status == (hostile_torch7[i].unsupported ? HORN_ERROR_UNSUPPORTED : HORN_ERROR_FORMAT),
                      "%zu: status %d: %s", i, status, status ? horn_last_error() : "");
        ck_assert_msg(strstr(horn_last_error(), hostile_torch7[i].words) != NULL, "%zu: %s", i,
                      horn_last_error());
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
    i32(3), i32(1), i32(2), i32(2), string("a");
    matrix(2, 2, 3, 3, 1, 1, 6);
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
