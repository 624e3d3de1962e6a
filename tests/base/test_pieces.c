/* Contents in pieces against the same bytes in one block. */
#include "test.h"

#include <stdlib.h>
#include "base/pieces.h"
#include "codecs/crc32c.h"

enum { LENT = 3 * PIECES_LEAST_LOAN };

static unsigned char lent[LENT];

static void fill_lent(void)
{
    for (size_t i = 0; i < LENT; i++) lent[i] = (unsigned char)(i * 31 + i / 253);
}

static void check_same(const pieces *p, const bytes *expected)
{
    bytes found = { 0 };
    ck_ok(pieces_status(p));
    ck_assert_uint_eq(p->size, expected->size);
    pieces_copy(p, &found);
    ck_assert_uint_eq(found.size, expected->size);
    ck_assert(found.size == 0 || memcmp(found.data, expected->data, found.size) == 0);
    for (size_t at = 0; at + 5 < p->size; at += 4001) {
        unsigned char part[5];
        size_t size;
        pieces_read(p, at, part, sizeof part);
        ck_assert_mem_eq(part, expected->data + at, sizeof part);
        ck_assert_int_eq(*pieces_at(p, at, &size), expected->data[at]);
        ck_assert_uint_ge(size, 1);
        ck_assert_uint_le(size, p->size - at);
    }
    bytes_free(&found);
}

/* The content "ab", a loan, "cdef", two loans, "g". */
static pieces make(bytes *same)
{
    pieces p = { 0 };
    pieces_append(&p, "ab", 2);
    pieces_lend(&p, lent, PIECES_LEAST_LOAN);
    pieces_append(&p, "cdef", 4);
    pieces_lend(&p, lent + 5, PIECES_LEAST_LOAN + 1);
    pieces_lend(&p, lent + 9, 2 * PIECES_LEAST_LOAN);
    pieces_append(&p, "g", 1);
    pieces_copy(&p, same);
    return p;
}

START_TEST(test_pieces__hold_what_was_appended)
{
    bytes same = { 0 };
    fill_lent();
    pieces p = make(&same);
    ck_assert_uint_eq(p.loan_count, 3);
    ck_assert_uint_eq(p.own.size, 7);
    ck_assert_uint_eq(same.size, 7 + 4 * PIECES_LEAST_LOAN + 1);
    ck_assert_mem_eq(same.data, "ab", 2);
    ck_assert_mem_eq(same.data + 2, lent, PIECES_LEAST_LOAN);
    ck_assert_mem_eq(same.data + 2 + PIECES_LEAST_LOAN, "cdef", 4);
    ck_assert_mem_eq(same.data + same.size - 1 - 2 * PIECES_LEAST_LOAN, lent + 9, 2 * PIECES_LEAST_LOAN);
    check_same(&p, &same);
    pieces_lend(&p, lent, PIECES_LEAST_LOAN - 1); /* too short for a loan */
    ck_assert_uint_eq(p.loan_count, 3);
    bytes_append(&same, lent, PIECES_LEAST_LOAN - 1);
    check_same(&p, &same);
    pieces_free(&p);
    ck_assert_uint_eq(p.size, 0);
    bytes_free(&same);
}
END_TEST

START_TEST(test_pieces__are_joined_with_their_loans)
{
    bytes same = { 0 }, twice = { 0 };
    fill_lent();
    pieces p = make(&same), both = { 0 };
    for (int i = 0; i < 2; i++) {
        pieces_join(&both, &p);
        bytes_append(&twice, same.data, same.size);
    }
    ck_assert_uint_eq(both.loan_count, 6);
    check_same(&both, &twice);
    pieces_free(&p);
    check_same(&both, &twice); /* the bytes of its own are copies */
    pieces_free(&both);
    bytes_free(&same);
    bytes_free(&twice);
}
END_TEST

/* At each border, and across it: what was lent stays as it is. */
START_TEST(test_pieces__parts_are_replaced)
{
    bytes same = { 0 };
    fill_lent();
    pieces p = make(&same);
    const uint32_t before = crc32c(lent, LENT);
    const size_t places[] = {
        0, 1, PIECES_LEAST_LOAN + 2, PIECES_LEAST_LOAN + 3, same.size - 1, PIECES_LEAST_LOAN, same.size - 4
    };
    for (size_t i = 0; i < 7; i++) {
        const size_t size = i == 0 ? 2 : i < 5 ? 1 : 3;
        pieces_replace(&p, places[i], "XYZ", size);
        memcpy(same.data + places[i], "XYZ", size);
        check_same(&p, &same);
        ck_assert_uint_eq(p.loan_count, i < 5 ? 3 : 0);
    }
    pieces_replace(&p, p.size, "", 0);
    check_same(&p, &same);
    ck_assert_uint_eq(crc32c(lent, LENT), before);
    pieces_free(&p);
    bytes_free(&same);
}
END_TEST

START_TEST(test_pieces__are_cut_anywhere)
{
    const size_t border = 2 + PIECES_LEAST_LOAN;
    fill_lent();
    for (size_t cut = 0; cut < 4 * PIECES_LEAST_LOAN; cut += cut < 8 || (cut > border - 3 && cut < border + 8)
                                                                 ? 1
                                                             : cut == 8 ? border - 10
                                                                        : 9973) {
        bytes same = { 0 };
        pieces p = make(&same);
        pieces_cut(&p, cut);
        same.size = cut;
        check_same(&p, &same);
        pieces_append(&p, "more", 4);
        bytes_append(&same, "more", 4);
        check_same(&p, &same);
        pieces_free(&p);
        bytes_free(&same);
    }
}
END_TEST

START_TEST(test_pieces__a_failure_stays)
{
    pieces p = { 0 };
    pieces_append(&p, "a", 1);
    p.own.failed = true;
    pieces_append(&p, "b", 1);
    pieces_lend(&p, lent, LENT);
    ck_assert_uint_eq(p.size, 1);
    ck_fails(pieces_status(&p), HORN_ERROR_MEMORY, "memory");
    pieces whole = { 0 };
    pieces_join(&whole, &p);
    ck_fails(pieces_status(&whole), HORN_ERROR_MEMORY, "memory");
    pieces_free(&p);
    pieces_free(&whole);
}
END_TEST

TEST_MAIN(test_pieces__hold_what_was_appended, test_pieces__are_joined_with_their_loans,
          test_pieces__parts_are_replaced, test_pieces__are_cut_anywhere, test_pieces__a_failure_stays)
