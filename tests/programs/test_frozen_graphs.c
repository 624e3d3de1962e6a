/* A frozen graph in each program. */
#include "programs/program.h"

static const char mlp[] = "models/mlp.json";

START_TEST(test_frozen_graphs__goes_the_whole_way)
{
    program_setup();
    run_well(t, "train --tutorial --model %s --epochs 1 --no-checkpoint --progress none --save %s", mlp,
             in_folder("a.h5"));
    outcome_free(&t);
    run_well(g, "train --tutorial --model %s --epochs 1 --no-checkpoint --progress none --save %s", mlp,
             in_folder("a.pb"));
    outcome_free(&g);
    run_well(from_h5, "predict %s --output %s", in_folder("a.h5"), in_folder("h5.csv"));
    run_well(from_pb, "predict %s --output %s", in_folder("a.pb"), in_folder("pb.csv"));
    ck_assert(same_bytes(in_folder("h5.csv"), in_folder("pb.csv")));
    ck_assert_ptr_nonnull(strstr(from_h5.out, "class  probability")); /* the other one has no loss */
    ck_assert_ptr_nonnull(
        strstr(from_pb.err, "a.pb: no loss says what the outputs are: shown as they are\n"));
    outcome_free(&from_h5), outcome_free(&from_pb);
    run_well(e, "evaluate %s", in_folder("a.pb"));
    ck_assert_ptr_nonnull(strstr(e.out, "accuracy"));
    outcome_free(&e);
    run_well(i, "inspect %s", in_folder("a.pb"));
    ck_assert_ptr_nonnull(strstr(i.out, "format:    frozen-graph\nmodel:     architecture, weights\n"));
    ck_assert_ptr_nonnull(strstr(i.out, "dense/kernel"));
    outcome_free(&i);
    run_well(c, "convert %s %s", in_folder("a.pb"), in_folder("b.h5"));
    ck_assert_ptr_nonnull(strstr(c.out, "carried:     architecture, weights (4 tensors)\n"));
    outcome_free(&c);
    run_well(same, "predict %s", in_folder("b.h5"));
    run_well(again, "predict %s", in_folder("a.pb"));
    ck_assert_str_eq(same.out, again.out);
    outcome_free(&same), outcome_free(&again);
    run_well(on, "train --tutorial --model %s --epochs 1 --no-checkpoint --progress none --save %s",
             in_folder("a.pb"), in_folder("c.pb"));
    outcome_free(&on);
    program_cleanup();
}
END_TEST

TEST_MAIN(test_frozen_graphs__goes_the_whole_way)
