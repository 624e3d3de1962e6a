/* Losses by name. */
#include "test.h"

#include <horn/losses.h>

START_TEST(test_loss__by_name)
{
    static const char *const names[] = { "sparse_categorical_crossentropy", "categorical_crossentropy" };
    for (size_t i = 0; i < 2; i++) {
        horn_loss *l = horn_loss_by_name(names[i]);
        ck_assert_msg(l != NULL, "%s: %s", names[i], horn_last_error());
        horn_loss_free(l);
    }
}
END_TEST

START_TEST(test_loss__what_is_none_leaves_its_line)
{
    ck_assert_ptr_null(horn_loss_by_name("cross_entropy"));
    ck_assert_msg(strstr(horn_last_error(), "'cross_entropy'") != NULL, "says '%s'", horn_last_error());
    ck_assert_ptr_null(horn_loss_by_name(NULL));
    ck_assert_str_eq(horn_last_error(), "horn_loss_by_name: name is NULL");
}
END_TEST

TEST_MAIN(test_loss__by_name, test_loss__what_is_none_leaves_its_line)
