/* ./train, ./evaluate and ./predict with targets that are numbers, or yes and no: nothing is said but the loss. */
#include <stdint.h>
#include "npz.h"
#include "programs/program.h"

enum { COUNT = 200, COLUMNS = 3 };

#define NET(units, activation)                                                                        \
    "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"net\", \"layers\": [{\"class_name\": " \
    "\"InputLayer\", \"config\": {\"batch_shape\": [null, 3], \"name\": \"in\"}}, {\"class_name\": "  \
    "\"Dense\", "                                                                                     \
    "\"config\": {\"units\": " units ", \"activation\": \"" activation "\", \"name\": \"out\"}}]}}"

static void put_text(const char *name, const char *text)
{
    write_file(in_folder(name), text, strlen(text));
}

/* line.npz: numbers [N]; yes.npz: 0 or 1 as int64; weighted.npz: the same with weights, which make every answer yes. */
static void make_files(void)
{
    static float x_data[COUNT * COLUMNS], line[COUNT], weights[COUNT];
    static int64_t yes[COUNT];
    for (size_t i = 0; i < COUNT * COLUMNS; i++) x_data[i] = (float)((i * 7919 + 5) % 997) / 500 - 1;
    for (size_t i = 0; i < COUNT; i++) {
        line[i] = 2 * x_data[i * COLUMNS] - x_data[i * COLUMNS + 1] + 0.5f;
        yes[i] = line[i] > 0.5f;
        weights[i] = (float)yes[i];
    }
    const horn_view x = { .data = x_data, .dtype = HORN_FLOAT32, .rank = 2, .shape = { COUNT, COLUMNS } },
                    y = { .data = line, .dtype = HORN_FLOAT32, .rank = 1, .shape = { COUNT } },
                    b = { .data = yes, .dtype = HORN_INT64, .rank = 1, .shape = { COUNT } },
                    w = { .data = weights, .dtype = HORN_FLOAT32, .rank = 1, .shape = { COUNT } };
    npz_save(in_folder("line.npz"), (npz_member[]){ { "x", x }, { "y", y } }, 2);
    npz_save(in_folder("yes.npz"), (npz_member[]){ { "x", x }, { "y", b } }, 2);
    npz_save(in_folder("weighted.npz"), (npz_member[]){ { "x", x }, { "y", b }, { "w", w } }, 3);
    put_text("line.json", NET("1", "linear"));
    put_text("yes.json", NET("1", "sigmoid"));
}

#define TRAIN "train --no-checkpoint --progress none --batch-size 16 --learning-rate 0.03 --epochs 60 "

static double figure(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    ck_assert_msg(at != NULL, "%s: no %s", text, name);
    return atof(at + strlen(name));
}

START_TEST(test_regression__a_line_is_fitted)
{
    program_setup();
    make_files();
    run_well(o, TRAIN "--data %s --model %s --loss mse --save %s", in_folder("line.npz"),
             in_folder("line.json"), in_folder("line.h5"));
    ck_assert_double_lt(figure(strstr(o.out, "After"), "mae is "), 0.05);
    run_well(e, "evaluate --json --data %s %s", in_folder("line.npz"), in_folder("line.h5"));
    ck_assert_double_lt(figure(e.out, "\"loss\": "), 0.01);
    ck_assert_double_lt(figure(e.out, "\"mae\": "), 0.05);
    run_well(p, "predict --data %s %s", in_folder("line.npz"), in_folder("line.h5"));
    ck_assert_ptr_nonnull(strstr(p.out, "value"));
    ck_assert_ptr_null(strstr(p.out, "class"));
    outcome_free(&o);
    outcome_free(&e);
    outcome_free(&p);
    program_cleanup();
}
END_TEST

START_TEST(test_regression__yes_and_no_are_learnt)
{
    program_setup();
    make_files();
    run_well(o, TRAIN "--data %s --model %s --loss binary_crossentropy --save %s", in_folder("yes.npz"),
             in_folder("yes.json"), in_folder("yes.h5"));
    ck_assert_double_gt(figure(strstr(o.out, "After"), "accuracy is "), 0.9);
    run_well(p, "predict --data %s %s", in_folder("yes.npz"), in_folder("yes.h5"));
    ck_assert_ptr_nonnull(strstr(p.out, "P(class 1)"));
    outcome_free(&o);
    outcome_free(&p);
    program_cleanup();
}
END_TEST

/* Half of the samples are of class 1: the loss of a model that always says yes is near 0 if the others do not count. */
START_TEST(test_regression__class_weights_and_weights_in_data_are_used)
{
    program_setup();
    make_files();
    run_well(classes, TRAIN "--data %s --model %s --loss bce --class-weight 0:0,1:1 --save %s",
             in_folder("yes.npz"), in_folder("yes.json"), in_folder("classes.h5"));
    run_well(data, TRAIN "--data %s --model %s --loss bce --save %s", in_folder("weighted.npz"),
             in_folder("yes.json"), in_folder("data.h5"));
    /* The weights are the same, and so are the models. */
    ck_assert(same_bytes(in_folder("classes.h5"), in_folder("data.h5")));
    ck_assert_double_gt(figure(strstr(classes.out, "After"), "loss is "), 0.2);
    ck_assert_double_lt(figure(strstr(data.out, "After"), "loss is "), 0.2);
    run_well(e, "evaluate --json --data %s %s", in_folder("weighted.npz"), in_folder("data.h5"));
    ck_assert_double_lt(figure(e.out, "\"loss\": "), 0.2);
    outcome_free(&classes);
    outcome_free(&data);
    outcome_free(&e);
    program_cleanup();
}
END_TEST

START_TEST(test_regression__what_is_wrong_is_said)
{
    static const char *const bad[] = { "0", "0:a", "a:1", "0:1,", "0:-1", "0:1;1:2", "0:nan" };
    program_setup();
    make_files();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check_refusal(run("train --class-weight %s", bad[i]), 2, "--class-weight: '");
    check_refusal(run("train --loss nse"), 2, "did you mean mse?");
    program_cleanup();
}
END_TEST

TEST_MAIN(test_regression__a_line_is_fitted, test_regression__yes_and_no_are_learnt,
          test_regression__class_weights_and_weights_in_data_are_used, test_regression__what_is_wrong_is_said)
