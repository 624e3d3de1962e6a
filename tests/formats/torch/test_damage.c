/* Files of torch.save that were cut or changed. */
#include "formats/torch/pth.h"

/* Every truncation is refused; a flipped bit is refused or changes nothing that is read. */
START_TEST(test_damage__is_found)
{
    static const char *const names[] = { "mlp_sd.pth", "mlp_sd_legacy.pkl" };
    for (int n = 0; n < 2; n++) {
        char path[100];
        bytes file = { 0 };
        size_t refused = 0, bits = 0;
        snprintf(path, sizeof path, "tests/golden/torch/%s", names[n]);
        ck_ok(file_read(&file, path, 0));
        for (size_t size = 0; size < file.size; size += 1 + size / 500)
            ck_assert_int_ne(read_all_of(file.data, size), HORN_OK);
        for (size_t bit = 3; bit < 8 * file.size; bit += 7) {
            file.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
            refused += read_all_of(file.data, file.size) != HORN_OK;
            file.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
            bits++;
        }
        ck_assert_uint_gt(2 * refused, bits);
        bytes_free(&file);
    }
}
END_TEST

TEST_MAIN(test_damage__is_found)
