/* Losses by name. */
#include "test.h"

#include <horn/losses.h>

START_TEST(test_loss__by_name)
{
    static const char *const names[] = { "sparse_categorical_crossentropy", "categorical_crossentropy" };
    for (size_t i = 0; i < 2; i++) {
        horn_loss *l = horn_loss_by_name(names[i]);
        ck_ok(horn_loss_status(l));
        horn_loss_free(l);
    }
}
END_TEST

START_TEST(test_loss__what_is_none_carries_its_line)
{
    ck_carries(loss, horn_loss_by_name("cross_entropy"), HORN_ERROR_UNSUPPORTED, "'cross_entropy'");
    ck_carries(loss, horn_loss_by_name(NULL), HORN_ERROR_ARGUMENT, "horn_loss_by_name: name is NULL");
}
END_TEST

TEST_MAIN(test_loss__by_name, test_loss__what_is_none_carries_its_line)
