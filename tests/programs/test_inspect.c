/* ./inspect, as a user sees it. */
#include "programs/program.h"

static const char adam[] = "tests/golden/tf2.15/adam";

START_TEST(test_inspect__a_model_is_shown_whole)
{
    static const char *const lines[] = {
        "file:      tests/golden/keras2.15/Csgdm.h5\n",
        "format:    keras-h5, by Keras 2.15.0 (tensorflow)\n",
        "model:     architecture, weights, compile settings, optimizer state\n",
        " dense (Dense)               (None, 32)                3232      \n",
        "model_weights/dense/dense/kernel:0        (100, 32)  float32         12800\n",
        "9 tensors, 28504 bytes\n",
        "loss:      'categorical_crossentropy'\n",
        "state:     step 2, learning rate 0.05, 4 variables\n",
    };
    program_setup();
    run_well(o, "inspect tests/golden/keras2.15/Csgdm.h5");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        ck_assert_msg(strstr(o.out, lines[i]), "no line '%s' in:\n%s", lines[i], o.out);
    ck_assert_str_eq(o.err, "");
    outcome_free(&o);
    program_cleanup();
}
END_TEST

START_TEST(test_inspect__a_scale_that_is_remembered_is_shown)
{
    static const struct {
        const char *option, *line, *json;
    } cases[] = { { "--scale 1/100", "scale:     data were divided by 100\n", "\"input_divisor\": 1e+02}" },
                  { "--scale none", "scale:     none, data were taken as they are\n",
                    "\"input_divisor\": 1}" },
                  { "", NULL, "\"input_divisor\": null" } };
    static const char *const names[] = { "m.h5", "m.keras", "m/" };
    program_setup();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
            run_well(made, "train --samples 8 --epochs 1 --no-checkpoint --progress none %s --save %s",
                     cases[i].option, in_folder(names[k]));
            outcome_free(&made);
            run_well(o, "inspect %s", in_folder(names[k]));
            const char *line = cases[i].line ? cases[i].line : "scale:";
            ck_assert_msg((strstr(o.out, line) != NULL) == (cases[i].line != NULL), "%s: %s", names[k],
                          o.out);
            outcome_free(&o);
            run_well(json, "inspect --json %s", in_folder(names[k]));
            ck_assert_msg(strstr(json.out, cases[i].json) != NULL, "%s shows no such member", names[k]);
            outcome_free(&json);
        }
    program_cleanup();
}
END_TEST

START_TEST(test_inspect__files_that_are_no_models_list_their_tensors)
{
    program_setup();
    run_well(texts, "inspect tests/golden/h5py/texts.h5");
    ck_assert_ptr_nonnull(strstr(texts.out, "format:    hdf5\nmodel:     none\n"));
    ck_assert_ptr_nonnull(strstr(texts.out, "dataset  (2,)   string             8\n"));
    outcome_free(&texts);
    run_well(zoo, "inspect tests/golden/tf2.15/zoo");
    ck_assert_ptr_nonnull(strstr(zoo.out, "format:    tensor-bundle\nmodel:     none\n"));
    ck_assert_ptr_nonnull(strstr(zoo.out, "18 tensors, 549 bytes\n"));
    outcome_free(&zoo);
    run_well(shards, "inspect tests/golden/tf2.15/adam_shards");
    ck_assert_ptr_nonnull(
        strstr(shards.out, "layer_with_weights-0/kernel   (3, 4)  float32            48\n"));
    ck_assert_ptr_nonnull(strstr(shards.out, "state:     step 2, learning rate 0.01\n"));
    outcome_free(&shards);
    program_cleanup();
}
END_TEST

START_TEST(test_inspect__verify_prints_one_line)
{
    program_setup();
    run_well(foreign, "inspect --verify tests/golden/keras3.15/B.h5");
    ck_assert_int_eq(count_lines(foreign.out), 1);
    ck_assert_ptr_eq(strstr(foreign.out, "verified: the structure of the HDF5 file"), foreign.out);
    ck_assert_ptr_nonnull(strstr(foreign.out, "it carries no checksum of its content"));
    outcome_free(&foreign);
    run_well(bundle, "inspect --verify tests/golden/tf2.15/adam_shards");
    ck_assert_str_eq(
        bundle.out, "verified: the checksums (CRC32C) of the index's blocks and of 15 tensors, 2142 bytes in "
                    "3 data files\n");
    outcome_free(&bundle);
    program_cleanup();
}
END_TEST

START_TEST(test_inspect__what_is_broken_exits_1_with_one_line)
{
    size_t size;
    program_setup();
    char *index = read_file("tests/golden/tf2.15/adam.index", &size);
    write_file(in_folder("a.index"), index, size);
    free(index);
    char *data = read_file("tests/golden/tf2.15/adam.data-00000-of-00001", &size);
    data[40] ^= 4;
    write_file(in_folder("a.data-00000-of-00001"), data, size);
    check_refusal(run("inspect --verify %s", in_folder("a")), 1, "does not match its checksum");
    outcome o = run("inspect %s", in_folder("a")); /* what can be seen is shown */
    ck_assert_int_eq(o.status, 1);
    ck_assert_int_eq(count_lines(o.err), 1);
    ck_assert_ptr_nonnull(strstr(o.out, "layer_with_weights-0/kernel"));
    outcome_free(&o);
    write_file(in_folder("a.data-00000-of-00001"), data, size - 1);
    check_refusal(run("inspect --verify %s", in_folder("a")), 1, "a.index: the entry");
    free(data);
    check_refusal(run("inspect %s", in_folder("none")), 1, "none");
    check_refusal(run("inspect tests/robustness/hostile_h5/deep_groups.h5"), 1, "deep_groups.h5");
    check_refusal(run("inspect tests/golden/keras2.15/Csgd.h5 --compare %s", in_folder("none")), 1, "none");
    check_refusal(run("inspect %s --verify --compare %s", adam, adam), 2, "--verify does not go together");
    check_refusal(run("inspect"), 2, "PATH is missing");
    program_cleanup();
}
END_TEST

START_TEST(test_inspect__names_cannot_move_the_cursor)
{
    static const char text[] =
        "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"a\", \"layers\": [{\"class_name\": "
        "\"Odd\\u001b[2J\", \"config\": {\"name\": \"b\\u0007\\u009b\", \"batch_input_shape\": [null, "
        "4]}}]}}";
    program_setup();
    write_file(in_folder("a.json"), text, sizeof text - 1);
    run_well(o, "inspect %s", in_folder("a.json"));
    ck_assert_ptr_nonnull(strstr(o.out, "Odd?[2J"));
    for (const char *at = o.out; *at; at++)
        ck_assert_msg(*at == '\n' || (unsigned char)*at >= 0x20, "control character %d in the output", *at);
    ck_assert_ptr_null(strstr(o.out, "\xc2\x9b"));
    outcome_free(&o);
    program_cleanup();
}
END_TEST

START_TEST(test_inspect__compare_exits_1_where_files_differ)
{
    program_setup();
    run_well(same, "inspect %s --compare tests/golden/tf2.15/adam_shards", adam);
    ck_assert_ptr_nonnull(strstr(same.out, "\nequal: 15 tensors, by name\n"));
    ck_assert_ptr_nonnull(strstr(same.out, "layer_with_weights-0/kernel   0\n"));
    outcome_free(&same);
    outcome o = run("inspect %s --compare tests/golden/tf2.15/rmsprop", adam);
    ck_assert_int_eq(o.status, 1);
    ck_assert_str_eq(o.err, "");
    ck_assert_ptr_nonnull(strstr(o.out, "optimizer/_variables/8        only in the first\n"));
    ck_assert_ptr_nonnull(strstr(o.out, "\ndifferent: "));
    outcome_free(&o);
    o = run("inspect models/mlp.json --compare tests/golden/keras2.15/D.json");
    ck_assert_int_eq(o.status, 1);
    ck_assert_ptr_nonnull(strstr(o.out, "the architectures differ"));
    outcome_free(&o);
    program_cleanup();
}
END_TEST

/* Written for programs: what stands in it is checked where a JSON parser is (interop); here, that it is one object. */
START_TEST(test_inspect__json_says_the_same)
{
    program_setup();
    run_well(o, "inspect --json tests/golden/keras2.15/Csgdm.h5");
    ck_assert_int_eq(o.out[0], '{');
    ck_assert_ptr_nonnull(strstr(o.out, "\"format\": \"keras-h5\""));
    ck_assert_ptr_nonnull(strstr(o.out,
                                 "{\"name\": \"model_weights/dense/dense/kernel:0\", \"shape\": [100, 32], "
                                 "\"dtype\": \"float32\", \"bytes\": 12800}"));
    ck_assert_ptr_nonnull(strstr(o.out, "\"optimizer\": {\"step\": 2, \"learning_rate\": 0.05"));
    ck_assert_ptr_nonnull(
        strstr(o.out, "\"parts\": [\"architecture\", \"weights\", \"compile\", \"optimizer\"]"));
    outcome_free(&o);
    run_well(c, "inspect --json %s --compare %s", adam, adam);
    ck_assert_ptr_nonnull(strstr(c.out, "\"equal\": true"));
    outcome_free(&c);
    run_well(v, "inspect --json --verify %s", adam);
    ck_assert_ptr_nonnull(strstr(v.out, "\"verified\": \"the checksums"));
    outcome_free(&v);
    program_cleanup();
}
END_TEST

START_TEST(test_inspect__a_directory_works_in_every_program)
{
    program_setup();
    run_well(t, "train --epochs 2 --progress none --checkpoint %s/ckpt-{epoch:04d}", folder);
    outcome_free(&t);
    run_well(o, "inspect %s", folder);
    ck_assert_ptr_nonnull(strstr(o.out, "/ckpt-0002\nformat:    tf-weights, by Horn\n"));
    ck_assert_ptr_nonnull(strstr(o.out, "progress:  2 epochs done, then 0 batches; history of 2 epochs\n"));
    outcome_free(&o);
    run_well(whole, "evaluate %s", folder);
    run_well(newest, "evaluate %s", in_folder("ckpt-0002"));
    run_well(older, "evaluate %s", in_folder("ckpt-0001"));
    ck_assert_str_eq(whole.out, newest.out);
    ck_assert_str_ne(whole.out, older.out);
    write_file(in_folder("ckpt-0002.data-00000-of-00001"), "", 0);
    run_well(fallen, "evaluate %s", folder);
    ck_assert_str_eq(fallen.out, older.out);
    run_well(p, "predict %s --samples 2", folder);
    ck_assert_int_eq(count_lines(p.out), 3);
    outcome *all[] = { &whole, &newest, &older, &fallen, &p };
    for (size_t i = 0; i < 5; i++) outcome_free(all[i]);
    program_cleanup();
}
END_TEST

TEST_MAIN(test_inspect__a_model_is_shown_whole, test_inspect__a_scale_that_is_remembered_is_shown,
          test_inspect__files_that_are_no_models_list_their_tensors, test_inspect__verify_prints_one_line,
          test_inspect__what_is_broken_exits_1_with_one_line, test_inspect__names_cannot_move_the_cursor,
          test_inspect__compare_exits_1_where_files_differ, test_inspect__json_says_the_same,
          test_inspect__a_directory_works_in_every_program)
