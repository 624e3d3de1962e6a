/* Optimizers by name. One that is refused is a placeholder: freeing it is as well as compiling with it. */
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

START_TEST(test_optimizer__what_is_none_leaves_its_line)
{
    horn_optimizer_free(horn_optimizer_by_name("adamant"));
    ck_assert_msg(strstr(horn_last_error(), "'adamant'") != NULL, "says '%s'", horn_last_error());
    horn_optimizer_free(horn_optimizer_by_name(NULL));
    ck_assert_str_eq(horn_last_error(), "horn_optimizer_by_name: name is NULL");
}
END_TEST

TEST_MAIN(test_optimizer__by_name, test_optimizer__what_is_none_leaves_its_line)
