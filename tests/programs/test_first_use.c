/* What ./train, ./evaluate and ./predict do with data and models of a user's own, when nothing else is said. */
#include <stdint.h>
#include "npz.h"
#include "programs/program.h"

static void expect_in(const char *text, const char *words)
{
    ck_assert_msg(strstr(text, words) != NULL, "says '%s', expected '%s' in it", text, words);
}

/* The same run: what it printed, and the model it saved. */
static void check_same_run(const char *one, const char *other)
{
    run_well(a, "%s --save %s", one, in_folder("one.h5"));
    run_well(b, "%s --save %s", other, in_folder("other.h5"));
    ck_assert_str_eq(a.out, b.out);
    ck_assert_msg(same_bytes(in_folder("one.h5"), in_folder("other.h5")), "'%s' is not '%s'", one, other);
    outcome_free(&a);
    outcome_free(&b);
}

#define QUIET "--no-checkpoint --progress none --epochs 3 "

START_TEST(test_first_use__the_tutorials_settings_hold_for_the_tutorial)
{
    static const char own[] = "train " QUIET "--model models/mlp.json --data datasets/fashion-mnist";
    program_setup();
    check_same_run("train " QUIET,
                   "train " QUIET
                   "--model models/mlp.json --optimizer rmsprop --learning-rate 0.1 --validation-split "
                   "0.5 --train-samples 1024 --test-samples 512");
    check_same_run("train " QUIET,
                   "train " QUIET "--tutorial --model models/mlp.json --data datasets/fashion-mnist");
    check_same_run("train " QUIET "--data datasets/fashion-mnist", own);
    check_same_run("train " QUIET "--model models/mlp.json", own);
    check_same_run(own,
                   "train " QUIET "--optimizer adam --learning-rate 0.001 --validation-split 0 --samples all "
                   "--test-samples all");
    check_same_run("train " QUIET "--model models/mlp.json --optimizer rmsprop --samples 700",
                   "train " QUIET
                   "--model models/mlp.json --optimizer rmsprop --learning-rate 0.001 --train-samples 700");
    run_well(o, "%s", own);
    ck_assert_str_eq(o.err,
                     "training on 1024 samples of datasets/fashion-mnist, testing on 512; uint8 images are "
                     "divided by 255\n");
    outcome_free(&o);
    check_refusal(run("train " QUIET "--model models/mlp.json --save-best val_loss"), 2,
                  "--save-best does not go");
    check_refusal(run("train --model models/mlp.json --checkpoint %s --save-best val_loss", in_folder("c")),
                  1, "there is no val_loss without --validation-split");
    program_cleanup();
}
END_TEST

enum { COUNT = 100, PIXELS = 28 * 28 };

/* Images of classes 0 to 9, sorted by class: a split that is not shuffled trains on some and tests on others. */
static void make_images(unsigned char *pixels, unsigned char *labels)
{
    for (size_t i = 0; i < COUNT; i++) {
        labels[i] = (unsigned char)(i * 10 / COUNT);
        for (size_t k = 0; k < PIXELS; k++)
            pixels[i * PIXELS + k] = (unsigned char)(k % 10 == labels[i] ? 200 + i % 50 : (i * 7 + k) % 40);
    }
}

/* uint8.npz: images in `x`, labels in `y`; float32.npz: the same numbers; table.npz: rows in place of images. */
static void make_data(void)
{
    static unsigned char pixels[COUNT * PIXELS], labels[COUNT];
    static float floats[COUNT * PIXELS];
    make_images(pixels, labels);
    for (size_t i = 0; i < COUNT * PIXELS; i++) floats[i] = pixels[i];
    const horn_view y = { .data = labels, .dtype = HORN_UINT8, .rank = 1, .shape = { COUNT } },
                    images = { .data = pixels, .dtype = HORN_UINT8, .rank = 3, .shape = { COUNT, 28, 28 } },
                    reals = { .data = floats, .dtype = HORN_FLOAT32, .rank = 3, .shape = { COUNT, 28, 28 } },
                    table = { .data = pixels, .dtype = HORN_UINT8, .rank = 2, .shape = { COUNT, PIXELS } };
    npz_save(in_folder("uint8.npz"), (npz_member[]){ { "x", images }, { "y", y } }, 2);
    npz_save(in_folder("named.npz"), (npz_member[]){ { "x_train", images }, { "y_train", y } }, 2);
    npz_save(in_folder("float32.npz"), (npz_member[]){ { "x", reals }, { "y", y } }, 2);
    npz_save(in_folder("table.npz"), (npz_member[]){ { "x", table }, { "y", y } }, 2);
    npz_save(in_folder("whole.npz"),
             (npz_member[]){ { "x_train", images }, { "y_train", y }, { "x_test", images }, { "y_test", y } },
             4);
}

START_TEST(test_first_use__data_without_a_test_set_train)
{
    program_setup();
    make_data();
    run_well(o, "train " QUIET "--data %s --save %s", in_folder("uint8.npz"), in_folder("m.h5"));
    expect_in(
        o.err,
        "uint8.npz has no test set: training on 80 of its samples, validating and testing on 20 others; "
        "uint8 images are divided by 255\n");
    run_well(named, "train " QUIET "--data %s", in_folder("named.npz"));
    ck_assert_str_eq(named.out, o.out);
    run_well(log, "train " QUIET "--data %s --log %s", in_folder("uint8.npz"), in_folder("log.csv"));
    char *rows = read_file(in_folder("log.csv"), NULL);
    expect_in(rows, "val_loss");
    free(rows);
    /* all classes are on both sides of the split, so it learns what the held-out samples need */
    run_well(long_one, "train --no-checkpoint --progress none --epochs 40 --batch-size 16 --data %s",
             in_folder("uint8.npz"));
    ck_assert(atof(strstr(strstr(long_one.out, "After"), "accuracy is ") + 12) > 0.9);
    run_well(seeded, "train " QUIET "--seed 2 --data %s --save %s", in_folder("uint8.npz"),
             in_folder("s.h5"));
    ck_assert_str_ne(seeded.out, o.out);
    run_well(sorted,
             "train --no-checkpoint --progress none --epochs 40 --batch-size 16 --no-shuffle --data %s",
             in_folder("uint8.npz"));
    ck_assert(atof(strstr(strstr(sorted.out, "After"), "accuracy is ") + 12) <
              0.1); /* classes 8 and 9 alone */
    run_well(same, "train " QUIET "--validation-split 0 --data %s", in_folder("uint8.npz"));
    expect_in(same.err, "has no test set: training and testing on the same 100 samples;");
    run_well(e, "evaluate %s --data %s", in_folder("m.h5"), in_folder("uint8.npz"));
    expect_in(e.err, "100 training samples of ");
    expect_in(e.err, "uint8.npz, which has no test set; uint8 images are divided by 255\n");
    run_well(p, "predict %s --samples 7 --data %s", in_folder("m.h5"), in_folder("uint8.npz"));
    expect_in(p.err, "7 training samples of ");
    ck_assert_int_eq(count_lines(p.out), 8);
    check_refusal(run("train --no-checkpoint --data %s --test-samples 5", in_folder("uint8.npz")), 1,
                  "has no test set");
    check_refusal(run("train --no-checkpoint --data %s --samples 1", in_folder("uint8.npz")), 1,
                  "validation split 0.2 of 1 samples leaves 0 to train on and 1 to validate on");
    outcome all[] = { o, named, log, long_one, seeded, sorted, same, e, p };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) outcome_free(&all[i]);
    program_cleanup();
}
END_TEST

/* A run of data without a test set, stopped and resumed, holds the same samples out. */
START_TEST(test_first_use__held_out_samples_are_the_same_when_resumed)
{
    program_setup();
    make_data();
    run_well(plain, "train --no-checkpoint --progress none --epochs 4 --data %s --save %s",
             in_folder("uint8.npz"), in_folder("a.h5"));
    run_well(first, "train --progress none --epochs 2 --data %s --checkpoint %s/c/{epoch}",
             in_folder("uint8.npz"), folder);
    run_well(second, "train --progress none --epochs 4 --data %s --checkpoint %s/c/{epoch} --save %s/b.h5",
             in_folder("uint8.npz"), folder, folder);
    ck_assert_str_eq(plain.out, second.out);
    ck_assert(same_bytes(in_folder("a.h5"), in_folder("b.h5")));
    outcome_free(&plain);
    outcome_free(&first);
    outcome_free(&second);
    program_cleanup();
}
END_TEST

START_TEST(test_first_use__scale_is_said_and_agrees)
{
    static const char *const scales[] = { "auto", "none", "0.5", "1/255" };
    program_setup();
    make_data();
    for (size_t i = 0; i < 4; i++) {
        run_well(images, "train " QUIET "--data %s --scale %s", in_folder("uint8.npz"), scales[i]);
        run_well(reals, "train " QUIET "--data %s --scale %s", in_folder("float32.npz"),
                 i ? scales[i] : "1/255");
        ck_assert_str_eq(images.out, reals.out);
        ck_assert_int_eq(count_lines(images.err), 1);
        ck_assert_int_eq(strstr(images.err, "uint8 images are divided by 255") != NULL, i == 0);
        outcome_free(&images);
        outcome_free(&reals);
    }
    /* nothing but images is scaled */
    run_well(reals, "train " QUIET "--data %s", in_folder("float32.npz"));
    run_well(none, "train " QUIET "--data %s --scale none", in_folder("float32.npz"));
    ck_assert_str_eq(reals.out, none.out);
    ck_assert_ptr_null(strstr(reals.err, "divided"));
    run_well(table, "predict models/mlp.json --data %s", in_folder("float32.npz"));
    ck_assert_ptr_null(strstr(table.err, "divided"));
    check_refusal(run("train --scale half"), 2, "--scale: 'half' is none of auto, none, a factor above 0");
    check_refusal(run("evaluate a.h5 --scale 0"), 2, "--scale: '0'");
    check_refusal(run("evaluate a.h5 --scale 1/0"), 2, "--scale: '1/0'");
    check_refusal(run("predict a.h5 --scale -1"), 2, "--scale: '-1'");
    check_refusal(run("predict a.h5 --scale 1/255x"), 2, "--scale: '1/255x'");
    check_refusal(run("predict a.h5 --scale nan"), 2, "--scale: 'nan'");
    outcome_free(&reals);
    outcome_free(&none);
    outcome_free(&table);
    program_cleanup();
}
END_TEST

static const char rows_model[] = "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"rows\", "
                                 "\"layers\": [{\"class_name\": \"InputLayer\", "
                                 "\"config\": {\"batch_input_shape\": [null, 784], \"name\": \"i\"}}, "
                                 "{\"class_name\": \"Dense\", \"config\": "
                                 "{\"name\": \"d\", \"units\": 10}}]}}";

START_TEST(test_first_use__a_table_of_bytes_is_not_scaled)
{
    program_setup();
    make_data();
    write_file(in_folder("rows.json"), rows_model, sizeof rows_model - 1);
    run_well(as_it_is, "train " QUIET "--model %s --data %s", in_folder("rows.json"), in_folder("table.npz"));
    run_well(none, "train " QUIET "--scale none --model %s --data %s", in_folder("rows.json"),
             in_folder("table.npz"));
    run_well(scaled, "train " QUIET "--scale 1/255 --model %s --data %s", in_folder("rows.json"),
             in_folder("table.npz"));
    ck_assert_str_eq(as_it_is.out, none.out);
    ck_assert_str_ne(as_it_is.out, scaled.out);
    ck_assert_ptr_null(strstr(as_it_is.err, "divided"));
    outcome_free(&as_it_is);
    outcome_free(&none);
    outcome_free(&scaled);
    program_cleanup();
}
END_TEST

/* What a model remembers of its training's scale, in each format that has room for it. */
START_TEST(test_first_use__a_model_remembers_its_scale)
{
    static const char *const names[] = { "m.h5", "m.keras", "m/", "c/2" };
    static const char *const scales[][2] = { { "none", "not scaled, as in the model's training" },
                                             { "1/100", "divided by 100, as in the model's training" } };
    program_setup();
    make_data();
    const char *data = strdup(in_folder("whole.npz"));
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < 4; i++) {
            char model[64], command[64];
            snprintf(model, sizeof model, "%s/%s", folder, names[i]);
            snprintf(command, sizeof command, "rm -rf %s/c", folder);
            ck_assert_int_eq(system(command), 0);
            run_well(t, "train --progress none --epochs 2 --data %s --scale %s %s%s %s", data, scales[s][0],
                     i == 3 ? "--checkpoint " : "--no-checkpoint", i == 3 ? in_folder("c/{epoch}") : "",
                     i == 3 ? "--keep 2" : "");
            run_well(saved, "train --progress none --epochs 2 --data %s --scale %s %s%s %s %s", data,
                     scales[s][0], i == 3 ? "--checkpoint " : "--no-checkpoint",
                     i == 3 ? in_folder("c/{epoch}") : "", i == 3 ? "" : "--save", i == 3 ? "" : model);
            run_well(usual, "evaluate %s --data %s", model, data);
            run_well(said, "evaluate %s --data %s --scale %s", model, data, scales[s][0]);
            run_well(other, "evaluate %s --data %s --scale 1/255", model, data);
            run_well(predicted, "predict %s --data %s", model, data);
            run_well(predicted_so, "predict %s --data %s --scale %s", model, data, scales[s][0]);
            ck_assert_str_eq(usual.out, said.out);
            ck_assert_str_ne(usual.out, other.out);
            ck_assert_str_eq(predicted.out, predicted_so.out);
            expect_in(usual.err, scales[s][1]);
            expect_in(predicted.err, scales[s][1]);
            ck_assert_str_eq(strchr(strstr(t.out, "After"), '\n') + 1, usual.out);
            outcome all[] = { t, saved, usual, said, other, predicted, predicted_so };
            for (size_t k = 0; k < sizeof all / sizeof *all; k++) outcome_free(&all[k]);
        }
    /* it goes along when converted, and when trained on; and auto leaves no note */
    run_well(c, "convert %s %s", in_folder("m.h5"), in_folder("n.keras"));
    run_well(on, "train " QUIET "--model %s --data %s --save %s", in_folder("n.keras"), data,
             in_folder("on.h5"));
    expect_in(on.err, "divided by 100, as in the model's training");
    run_well(e, "evaluate %s --data %s", in_folder("on.h5"), data);
    expect_in(e.err, "divided by 100, as in the model's training");
    outcome_free(&c);
    outcome_free(&on);
    outcome_free(&e);
    free((char *)data);
    program_cleanup();
}
END_TEST

/* In every place that takes a name; what fits no suffix of a format, and yet is none, stays a checkpoint. */
START_TEST(test_first_use__unknown_suffixes_are_refused)
{
    static const char *const refused[][2] = {
        { "mlp.h6", "mlp.h6: did you mean .h5? " },
        { "MLP.H5", "MLP.H5: did you mean .h5? " },
        { "mlp.hdf", "mlp.hdf: did you mean .hdf5? " },
        { "mlp.kers", "mlp.kers: did you mean .keras? " },
        { "mlp.jsn", "mlp.jsn: did you mean .json? " },
        { "mlp.weights.h6", "mlp.weights.h6: did you mean .h5? " },
        { "model.best", "model.best: no format has the suffix .best; " },
        { "model.frozen", "model.frozen: no format has the suffix .frozen; " },
    };
    static const char *const taken[] = { "v1.2",  "ckpt-0.53", "weights.ckpt", "model.ckpt-100",
                                         "plain", "a.b/plain", ".hidden",      "e.1-best" };
    program_setup();
    program_move_home();
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const char *name = refused[i][0], *words = refused[i][1];
        char both[200];
        snprintf(both, sizeof both, "%s--format tf-weights writes a TensorFlow checkpoint", words);
        check_refusal(run("train --save %s", name), 2, both);
        check_refusal(run("train --save-weights %s", name), 2, both);
        snprintf(both, sizeof both, "%sa name without a suffix is a TensorFlow checkpoint", words);
        check_refusal(run("train --checkpoint %s", name), 2, both);
        snprintf(both, sizeof both, "convert: %s--to tf-weights writes a TensorFlow checkpoint", words);
        check_refusal(run("convert models/mlp.json %s", name), 2, both);
    }
    check_refusal(run("train --checkpoint c/{epoch:04d}.h6"), 2, "c/{epoch:04d}.h6: did you mean .h5? ");
    check_refusal(run("train --checkpoint c/{epoch}-{val_loss:.3f}.best"), 2,
                  ": no format has the suffix .best; ");
    ck_assert_int_ne(access(in_folder("c"), F_OK), 0);
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        char file[64];
        run_well(o, "train " QUIET "--save %s", taken[i]);
        run_well(e, "evaluate %s", taken[i]);
        snprintf(file, sizeof file, "%s.index", taken[i]);
        ck_assert_msg(access(in_folder(file), F_OK) == 0, "no %s", file);
        outcome_free(&o);
        outcome_free(&e);
    }
    run_well(named, "train " QUIET "--save model.best --format tf-weights");
    ck_assert_int_eq(access(in_folder("model.best.index"), F_OK), 0);
    run_well(field, "train --epochs 1 --progress none --checkpoint c/ckpt-{val_loss:.3f}");
    run_well(dots, "train --epochs 1 --progress none --checkpoint d/weights.{epoch:02d}-{val_loss:.2f}.hdf5");
    outcome all[] = { named, field, dots };
    for (size_t i = 0; i < 3; i++) outcome_free(&all[i]);
    program_cleanup();
}
END_TEST

TEST_MAIN(test_first_use__the_tutorials_settings_hold_for_the_tutorial,
          test_first_use__data_without_a_test_set_train,
          test_first_use__held_out_samples_are_the_same_when_resumed,
          test_first_use__scale_is_said_and_agrees, test_first_use__a_table_of_bytes_is_not_scaled,
          test_first_use__a_model_remembers_its_scale, test_first_use__unknown_suffixes_are_refused)
