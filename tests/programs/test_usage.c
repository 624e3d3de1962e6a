/* What the programs take, and how they refuse the rest. */
#include "programs/program.h"

static const char *const programs[] = { "train", "evaluate", "predict", "convert", "inspect" };
enum { PROGRAMS = sizeof programs / sizeof programs[0] };

/* That of ./train is in sections. */
START_TEST(test_usage__help_is_one_screen)
{
    program_setup();
    for (size_t i = 0; i < PROGRAMS; i++) {
        run_well(o, "%s --help", programs[i]);
        ck_assert_str_eq(o.err, "");
        ck_assert_int_le(count_lines(o.out), i ? 40 : 60);
        ck_assert(i || strstr(o.out, "\nCheckpoints:\n  --checkpoint TEMPLATE"));
        ck_assert_ptr_nonnull(strstr(o.out, "Usage: "));
        ck_assert_ptr_nonnull(strstr(o.out, i < 3   ? "--data PATH"
                                            : i < 4 ? "--architecture FILE"
                                                    : "--compare PATH2"));
        for (const char *line = o.out; *line; line = strchr(line, '\n') + 1)
            ck_assert_msg(strcspn(line, "\n") <= 100, "%.*s is too long", (int)strcspn(line, "\n"), line);
        outcome_free(&o);
    }
    program_cleanup();
}
END_TEST

START_TEST(test_usage__h_is_help)
{
    program_setup();
    for (size_t i = 0; i < PROGRAMS; i++) {
        run_well(o, "%s --help", programs[i]);
        run_well(h, "%s -h", programs[i]);
        ck_assert_str_eq(h.out, o.out);
        ck_assert_str_eq(h.err, "");
        outcome_free(&o);
        outcome_free(&h);
    }
    program_cleanup();
}
END_TEST

START_TEST(test_usage__version_names_the_kernels)
{
    program_setup();
    for (size_t i = 0; i < PROGRAMS; i++) {
        run_well(o, "%s --version", programs[i]);
        ck_assert_ptr_eq(strstr(o.out, "horn 0.1.0\nkernels: OpenBLAS "), o.out);
        ck_assert_int_eq(count_lines(o.out), 2);
        outcome_free(&o);
    }
    program_cleanup();
}
END_TEST

static const struct {
    const char *command, *words;
} wrong[] = {
    { "train --colour", "unknown option '--colour'" },
    { "train --epoch 3", "unknown option '--epoch' (did you mean --epochs?); " }, /* no abbreviations */
    { "train --epohcs=3", "unknown option '--epohcs' (did you mean --epochs?)" },
    { "train --batch_size 3", "unknown option '--batch_size' (did you mean --batch-size?)" },
    { "train --val 0.1", "unknown option '--val' (did you mean --validation-split?)" },
    { "train -epochs 3", "unknown option '-epochs' (did you mean --epochs?)" },
    { "train -b 3", "unknown option '-b' (did you mean --batch-size?)" },
    { "train -e 3", "unknown option '-e'; " }, /* epochs, early-stopping */
    { "train --early-stopping 0", "--early-stopping" },
    { "train --reduce-lr x", "--reduce-lr: 'x' is neither N nor N,F" },
    { "train --reduce-lr 3,", "--reduce-lr: '3,' is neither N nor N,F" },
    { "train --reduce-lr 3,1", "--reduce-lr: the factor of '3,1' is not from 0 to less than 1" },
    { "train --monitor loss", "--monitor needs --early-stopping or --reduce-lr" },
    { "train --early-stopping 3 --validation-split 0", "there is no val_loss with --validation-split 0" },
    { "train -x", "unknown option '-x'; " },
    { "train --s 3", "unknown option '--s'; " }, /* --seed, --save, --shards, ... */
    { "evaluate --vresion", "unknown option '--vresion' (did you mean --version?)" },
    { "inspect --compere x", "unknown option '--compere' (did you mean --compare?)" },
    { "train --checkpoint", "--checkpoint needs a value" },
    { "train --checkpoint-every 3s", "--checkpoint-every: '3s' is neither N nor Nsteps" },
    { "train --checkpoint-every 0steps", "--checkpoint-every: '0steps' is not from 1" },
    { "train --checkpoint-every -1", "--checkpoint-every: -1 is below 1" },
    { "train --checkpoint-every -3steps", "--checkpoint-every: -3steps is below 1" },
    { "train --checkpoint-every -x", "--checkpoint-every: '-x' is neither" },
    { "train --keep 0", "--keep: 0 is below 1" },
    { "train --no-checkpoint --restart", "--restart does not go together with --no-checkpoint" },
    { "train --no-checkpoint --checkpoint x", "--checkpoint does not go together with" },
    { "train --no-checkpoint --save-best loss", "--save-best does not go together with" },
    { "train --resume x --restart", "--resume does not go together with --restart" },
    { "train --save-best val_loss --validation-split 0", "there is no val_loss with --validation-split 0" },
    { "train --dialect keras2", "--dialect needs --save" },
    { "train --shards 2", "--shards needs --save" },
    { "train --save w --shards 0", "--shards: 0 is below 1" },
    { "train --save w --shards 1025", "--shards: 1025 is too large" },
    { "train --save w.h5 --shards 2", "--save: w.h5: format 'keras-h5' has no option 'shards'" },
    { "train --save w --dialect both", "--save: w: dialect is 'both', expected keras2 or keras3" },
    { "train model.h5", "unexpected argument 'model.h5'" },
    { "train --epochs", "--epochs needs a value" },
    { "train --epochs=", "--epochs needs a value" },
    { "train --epochs 0", "--epochs: 0 is below 1" },
    { "train --epochs -1", "--epochs: -1 is below 1" },
    { "train --seed -99999999999999999999999", "is below 0" },
    { "train --epochs -", "--epochs: '-' is not a whole number" },
    { "train --epochs +1", "--epochs: '+1' is not a whole number" },
    { "evaluate a.h5 --test-samples -5", "--test-samples: -5 is below 1" },
    { "train --learning-rate -0.1", "--learning-rate: -0.1 is below 0" },
    { "train --momentum 1.5", "--momentum: 1.5 is above 1" },
    { "train --epochs 1.5", "--epochs: '1.5' is not a whole number" },
    { "train --epochs 99999999999999999999999", "is too large" },
    { "train --seed 18446744073709551616", "is too large" },
    { "train --batch-size 0", "--batch-size: 0 is below 1" },
    { "train --threads 0", "--threads: 0 is below 1" },
    { "train --train-samples 0", "--train-samples: 0 is below 1" },
    { "train --train-samples some", "'some' is not a whole number" },
    { "train --learning-rate fast", "'fast' is not a number" },
    { "train --learning-rate nan", "'nan' is not a number" },
    { "train --validation-split 1", "nothing is left to train on" },
    { "train --validation-split -0.1", "--validation-split: -0.1 is below 0" },
    { "train --no-shuffle=yes", "--no-shuffle takes no value" },
    { "train --optimizer adamant", "--optimizer: 'adamant' is none of rmsprop, sgd, adam, adamw, nadam, " },
    { "train --optimizer adm", "adadelta, ftrl, lion (did you mean adam?)" },
    { "train --loss sparse_categorical_cross_entropy", "(did you mean sparse_categorical_crossentropy?)" },
    { "train --progress line", "is none of auto, bar, lines, none (did you mean lines?)" },
    { "train --optimizer adam --momentum 0.5", "--momentum: adam has none" },
    { "train --loss hinges", "--loss: 'hinges' is none of" },
    { "train --progress often", "--progress: 'often' is none of" },
    { "train --save model.pickle", "--save: model.pickle: the name belongs to" },
    { "train --save-weights model.keras",
      "--save-weights: model.keras: the suffix names no format for weights" },
    { "train --save-weights a.onnx", "--save-weights: a.onnx: the suffix names no format for weights" },
    { "train --save model.weights.h5", "--save: model.weights.h5: the suffix names no format" },
    { "train --save .h5", "--save: .h5: the suffix names no format for models" },
    { "train --save-weights model.json",
      "--save-weights: model.json: the suffix names no format for weights" },
    { "train --save a.h5 --save-weights a.h5", "both name a.h5" },
    { "train --save a.h5 --format caffe", "--save: no format is called 'caffe'" },
    { "train --save a.h5 --dialect keras4", "dialect is 'keras4', expected keras2" },
    { "evaluate", "MODEL is missing" },
    { "evaluate a.h5 b.h5", "unexpected argument 'b.h5'" },
    { "predict", "MODEL is missing" },
    { "convert", "SRC is missing" },
    { "convert a.h5", "DST is missing" },
    { "convert a.h5 b.h5 c.h5", "unexpected argument 'c.h5'" },
    { "predict a.h5 --sheet a.png", "unknown option '--sheet'" },
    { "predict a.h5 --output a.txt", "the suffix of 'a.txt' is none of .npy, .csv" },
};

START_TEST(test_usage__wrong_usage_exits_2_with_one_line)
{
    program_setup();
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        check_refusal(run("%s", wrong[i].command), 2, wrong[i].words);
    program_cleanup();
}
END_TEST

START_TEST(test_usage__two_dashes_end_the_options)
{
    program_setup();
    check_refusal(run("evaluate -- --json"), 1, "--json: ");
    program_cleanup();
}
END_TEST

START_TEST(test_usage__bad_models_exit_1_with_one_line)
{
    static const char strange[] =
        "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"a\", \"layers\": [{\"class_name\": "
        "\"Lambda\", \"config\": {\"name\": \"b\", \"batch_input_shape\": [null, 4]}}]}}";
    program_setup();
    write_file(in_folder("garbage.h5"), "not a model", 11);
    write_file(in_folder("garbage.json"), "{\"class_name\": ", 15);
    write_file(in_folder("empty.h5"), "", 0);
    write_file(in_folder("strange.json"), strange, sizeof strange - 1);
    static const char *const names[] = { "missing.h5", "garbage.h5", "garbage.json", "empty.h5",
                                         "strange.json" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        check_refusal(run("train --no-checkpoint --model %s", in_folder(names[i])), 1, names[i]);
        check_refusal(run("evaluate %s", in_folder(names[i])), 1, names[i]);
        check_refusal(run("predict %s", in_folder(names[i])), 1, names[i]);
    }
    check_refusal(run("evaluate %s", in_folder("strange.json")), 1, "Lambda");
    program_cleanup();
}
END_TEST

START_TEST(test_usage__bad_data_exits_1_with_one_line)
{
    program_setup();
    check_refusal(run("train --no-checkpoint --data %s", in_folder("nowhere")), 1, "nowhere");
    check_refusal(run("train --no-checkpoint --train-samples 2000"), 1, "2000");
    check_refusal(run("predict models/mlp.json --data %s", in_folder("nowhere.npy")), 1, "nowhere.npy");
    program_cleanup();
}
END_TEST

START_TEST(test_usage__data_that_does_not_fit_names_both_files)
{
    static const char model[] =
        "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"small\", \"layers\": [{\"class_name\": "
        "\"InputLayer\", \"config\": {\"batch_input_shape\": [null, 4], \"name\": \"i\"}}, {\"class_name\": "
        "\"Dense\", \"config\": {\"name\": \"d\", \"units\": 3}}]}}";
    program_setup();
    write_file(in_folder("small.json"), model, sizeof model - 1);
    outcome o = run("train --no-checkpoint --model %s", in_folder("small.json"));
    ck_assert_int_eq(o.status, 1);
    ck_assert_int_eq(count_lines(o.err), 1);
    ck_assert_ptr_nonnull(strstr(o.err, "small.json on datasets/fashion-mnist: "));
    outcome_free(&o);
    program_cleanup();
}
END_TEST

TEST_MAIN(test_usage__help_is_one_screen, test_usage__h_is_help, test_usage__version_names_the_kernels,
          test_usage__wrong_usage_exits_2_with_one_line, test_usage__two_dashes_end_the_options,
          test_usage__bad_models_exit_1_with_one_line, test_usage__bad_data_exits_1_with_one_line,
          test_usage__data_that_does_not_fit_names_both_files)
