/* The kernels that a program ends up with: the CPU's own, unless the user says otherwise. */
#include "programs/program.h"

START_TEST(test_fast_blas__nothing_to_say_where_the_user_chose_nothing)
{
    program_setup();
    unsetenv("OPENBLAS_CORETYPE");
    run_well(o, "train --version");
    ck_assert_str_eq(o.err, "");
    outcome_free(&o);
    program_cleanup();
}
END_TEST

START_TEST(test_fast_blas__warns_where_the_user_chose_less)
{
    program_setup();
    setenv("OPENBLAS_CORETYPE", "Prescott", 1);
    run_well(o, "train --version");
    if (strstr(o.out, "Prescott")) { /* an OpenBLAS for one CPU alone takes no orders */
        ck_assert_ptr_nonnull(strstr(o.err, "train: warning: OpenBLAS "));
        ck_assert_ptr_nonnull(
            strstr(o.err, "Prescott is slow on this CPU, which has the instructions for OPENBLAS_CORETYPE="));
        ck_assert_int_eq(count_lines(o.err), 1);
    }
    outcome_free(&o);
    program_cleanup();
}
END_TEST

START_TEST(test_fast_blas__starts_again_at_most_once)
{
    program_setup();
    setenv("OPENBLAS_CORETYPE", "Prescott", 1);
    setenv("HORN_RESTARTED", "1", 1); /* as after a start that did not help */
    run_well(o, "train --version");
    ck_assert_int_eq(count_lines(o.out), 2);
    ck_assert_int_le(count_lines(o.err), 1);
    outcome_free(&o);
    program_cleanup();
}
END_TEST

TEST_MAIN(test_fast_blas__nothing_to_say_where_the_user_chose_nothing,
          test_fast_blas__warns_where_the_user_chose_less, test_fast_blas__starts_again_at_most_once)
