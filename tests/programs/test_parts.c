/* Files of which one part is not known: what each program says and does. */
#include "programs/program.h"

#define GOLDEN "tests/golden/parts/"
#define DATA   " --data " GOLDEN "keras2.15/data.npz"

START_TEST(test_parts__what_the_task_does_not_need_is_said_and_left_out)
{
    static const char *const names[] = { "keras2.15/frozen.keras", "keras3.15/loss_scale.keras" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        run_well(o, "evaluate --test-samples all %s%s" DATA, GOLDEN, names[i]);
        ck_assert_msg(strncmp(o.err, "evaluate: left out: optimizer", 29) == 0, "%s", o.err);
        ck_assert_int_eq(count_lines(o.err), 2); /* and how many samples it used */
        ck_assert_ptr_nonnull(strstr(o.out, "accuracy is "));
        outcome_free(&o);
        run_well(p, "predict %s%s" DATA, GOLDEN, names[i]);
        ck_assert_str_eq(behind_samples(p.err), "");
        outcome_free(&p);
        run_well(shown, "inspect %s%s", GOLDEN, names[i]);
        ck_assert_ptr_nonnull(strstr(shown.out, "loss:      'sparse_categorical_crossentropy'"));
        outcome_free(&shown);
    }
}
END_TEST

START_TEST(test_parts__training_stops_at_a_state_that_is_not_known)
{
    program_setup();
    const char *train = "train --no-checkpoint --epochs 1 --progress none --model " GOLDEN
                        "keras2.15/frozen.keras" DATA " --train-samples all --test-samples all";
    outcome stopped = run("%s", train);
    ck_assert_int_eq(stopped.status, 1);
    ck_assert_ptr_nonnull(strstr(stopped.err, "expected 2 for each of 2 weights of Adam; --fresh-optimizer"));
    ck_assert_int_eq(count_lines(stopped.err), 1);
    outcome_free(&stopped);
    run_well(fresh, "%s --fresh-optimizer", train);
    outcome_free(&fresh);
    run_well(other, "%s --optimizer sgd", train);
    outcome_free(&other);
    program_cleanup();
}
END_TEST

START_TEST(test_parts__training_stops_at_what_is_not_known_of_a_layer)
{
    outcome o = run("train --no-checkpoint --model " GOLDEN "keras2.15/noise.keras" DATA);
    ck_assert_int_eq(o.status, 1);
    ck_assert_ptr_nonnull(strstr(o.err, "layer 'dropout' (Dropout): argument 'noise_shape'"));
    outcome_free(&o);
}
END_TEST

START_TEST(test_parts__conversion_names_what_it_leaves_out)
{
    program_setup();
    run_well(o, "convert " GOLDEN "keras2.15/frozen.keras %s", in_folder("f.h5"));
    ck_assert_ptr_nonnull(
        strstr(o.out, "carried:     architecture, weights (4 tensors), compile settings\n"));
    ck_assert_ptr_nonnull(strstr(o.out, "not carried: optimizer state (" GOLDEN));
    outcome_free(&o);
    run_well(kept, "convert " GOLDEN "keras2.15/constraint.keras %s", in_folder("c.h5"));
    outcome_free(&kept);
    run_well(shown, "inspect --json %s", in_folder("c.h5"));
    ck_assert_ptr_nonnull(strstr(shown.out, "MaxNorm"));
    outcome_free(&shown);
    run_well(left, "inspect --json " GOLDEN "keras2.15/frozen.keras");
    ck_assert_ptr_nonnull(strstr(left.out, "\"left_out\": {\"optimizer\": \"" GOLDEN));
    outcome_free(&left);
    program_cleanup();
}
END_TEST

TEST_MAIN(test_parts__what_the_task_does_not_need_is_said_and_left_out,
          test_parts__training_stops_at_a_state_that_is_not_known,
          test_parts__training_stops_at_what_is_not_known_of_a_layer,
          test_parts__conversion_names_what_it_leaves_out)
