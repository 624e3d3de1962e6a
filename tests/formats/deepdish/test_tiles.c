#include "test.h"

#include "formats/deepdish/tiles.h"

typedef struct arrays {
    unsigned char *from, *to, *seen;
    size_t size;
} arrays;

static horn_status read_part(void *payload, size_t offset, void *data, size_t size)
{
    const arrays *a = payload;
    if (offset + size > a->size) return HORN_ERROR_ARGUMENT;
    memcpy(data, a->from + offset, size);
    return HORN_OK;
}

static horn_status take_part(void *payload, size_t offset, const void *data, size_t size)
{
    arrays *a = payload;
    if (offset + size > a->size) return HORN_ERROR_ARGUMENT;
    memcpy(a->to + offset, data, size);
    for (size_t i = 0; i < size; i++) a->seen[offset + i]++;
    return HORN_OK;
}

static void check_move(const horn_view *like)
{
    const size_t element = horn_dtype_size(like->dtype), count = horn_view_count(like), *s = like->shape;
    const size_t outputs = like->rank == 4   ? s[3]
                           : like->rank == 2 ? s[1]
                                             : 1,
                 inputs = like->rank == 4   ? s[2]
                          : like->rank == 2 ? s[0]
                                            : 1,
                 places = count ? count / outputs / inputs : 0;
    arrays a = { .size = count * element };
    a.from = calloc(a.size + 1, 1), a.to = calloc(a.size + 1, 1), a.seen = calloc(a.size + 1, 1);
    for (size_t i = 0; i < a.size; i++) a.from[i] = (unsigned char)(i * 2654435761u >> 13);
    deepdish_move m = { .read = read_part, .take = take_part, .payload = &a };
    ck_ok(deepdish_move_all(&m, like));
    deepdish_move_free(&m);
    size_t wrong = 0;
    for (size_t i = 0; i < a.size; i++) wrong += a.seen[i] != 1;
    for (size_t n = 0; n < count; n++) {
        const size_t o = n % outputs, i = n / outputs % inputs, p = n / outputs / inputs;
        const bool is_moved = like->rank == 2 || like->rank == 4;
        const size_t there = is_moved ? (o * inputs + i) * places + p : n;
        wrong += memcmp(a.to + there * element, a.from + n * element, element) != 0;
    }
    ck_assert_msg(wrong == 0, "rank %d, %zu elements: %zu are wrong", like->rank, count, wrong);
    free(a.from);
    free(a.to);
    free(a.seen);
}

START_TEST(test_tiles__move_every_element_once_to_its_place)
{
    static const horn_view views[] = {
        { .rank = 0 },
        { .rank = 1, .shape = { 5 } },
        { .rank = 1, .shape = { 0 } },
        { .rank = 2, .shape = { 3, 5 } },
        { .rank = 2, .shape = { 0, 5 } },
        { .rank = 2, .shape = { 7, 1 } },
        { .rank = 2, .shape = { 1, 7 } },
        { .rank = 3, .shape = { 2, 3, 4 } },
        { .rank = 4, .shape = { 3, 2, 4, 5 } },
        { .rank = 4, .shape = { 3, 2, 4, 1 } },
        { .rank = 4, .shape = { 1, 1, 4, 5 } },
        { .rank = 4, .shape = { 5, 4, 1, 1 } },
        { .rank = 5, .shape = { 2, 1, 2, 1, 3 } },
    };
    static const horn_dtype dtypes[] = { HORN_FLOAT32, HORN_FLOAT64, HORN_INT16, HORN_UINT8 };
    for (size_t i = 0; i < sizeof views / sizeof *views; i++)
        for (int k = 0; k < 4; k++) {
            horn_view like = views[i];
            like.dtype = dtypes[k];
            check_move(&like);
        }
}
END_TEST

/* Of 8 MiB and more, in tiles with rests on both sides. */
START_TEST(test_tiles__rests_of_large_tensors)
{
    check_move(&(horn_view){ .dtype = HORN_FLOAT32, .rank = 2, .shape = { 2100, 1300 } });
    check_move(&(horn_view){ .dtype = HORN_UINT8, .rank = 2, .shape = { 3, 3000001 } });
    check_move(&(horn_view){ .dtype = HORN_UINT8, .rank = 2, .shape = { 3000001, 3 } });
    check_move(&(horn_view){ .dtype = HORN_INT16, .rank = 4, .shape = { 3, 3, 300, 1700 } });
    check_move(&(horn_view){ .dtype = HORN_UINT8, .rank = 4, .shape = { 301, 1000, 7, 5 } });
    check_move(&(horn_view){ .dtype = HORN_UINT8, .rank = 1, .shape = { 9000001 } });
}
END_TEST

static horn_status refuse_part(void *payload, size_t offset, void *data, size_t size)
{
    (void)payload, (void)offset, (void)data, (void)size;
    return HORN_ERROR_FILE;
}

START_TEST(test_tiles__a_failure_ends_it)
{
    const horn_view like = { .rank = 2, .shape = { 3, 5 } }, row = { .rank = 1, .shape = { 3 } };
    deepdish_move m = { .read = refuse_part, .take = take_part };
    ck_assert_int_eq(deepdish_move_all(&m, &like), HORN_ERROR_FILE);
    ck_assert_int_eq(deepdish_move_all(&m, &row), HORN_ERROR_FILE);
    deepdish_move_free(&m);
}
END_TEST

START_TEST(test_tiles__shapes)
{
    size_t out[HORN_MAX_RANK];
    deepdish_shape(out, &(horn_view){ .rank = 4, .shape = { 3, 2, 4, 5 } });
    ck_assert(out[0] == 5 && out[1] == 4 && out[2] == 3 && out[3] == 2);
    deepdish_shape(out, &(horn_view){ .rank = 2, .shape = { 3, 2 } });
    ck_assert(out[0] == 2 && out[1] == 3);
    deepdish_shape(out, &(horn_view){ .rank = 3, .shape = { 3, 2, 4 } });
    ck_assert(out[0] == 3 && out[1] == 2 && out[2] == 4);
}
END_TEST

TEST_MAIN(test_tiles__move_every_element_once_to_its_place, test_tiles__rests_of_large_tensors,
          test_tiles__a_failure_ends_it, test_tiles__shapes)
