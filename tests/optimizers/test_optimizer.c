/* Optimizers by name. */
#include "test.h"

#include <horn/optimizers.h>

START_TEST(test_optimizer__by_name)
{
    static const char *const names[] = { "rmsprop", "SGD", "Adam" };
    char before[1024];
    strcpy(before, horn_last_error());
    for (size_t i = 0; i < 3; i++) horn_optimizer_free(horn_optimizer_by_name(names[i]));
    ck_assert_str_eq(horn_last_error(), before);
}
END_TEST

START_TEST(test_optimizer__what_is_none_carries_its_line)
{
    ck_carries(optimizer, horn_optimizer_by_name("adamant"), HORN_ERROR_UNSUPPORTED, "'adamant'");
    ck_carries(optimizer, horn_optimizer_by_name(NULL), HORN_ERROR_ARGUMENT,
               "horn_optimizer_by_name: name is NULL");
}
END_TEST

TEST_MAIN(test_optimizer__by_name, test_optimizer__what_is_none_carries_its_line)
