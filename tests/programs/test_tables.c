/* ./train, ./evaluate and ./predict with tables of comma-separated values, and names of classes. */
#include <math.h>
#include "programs/program.h"

#define NET(units, activation)                                                                        \
    "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"net\", \"layers\": [{\"class_name\": " \
    "\"InputLayer\", \"config\": {\"batch_shape\": [null, 2], \"name\": \"in\"}}, {\"class_name\": "  \
    "\"Dense\", "                                                                                     \
    "\"config\": {\"units\": " units ", \"activation\": \"" activation "\", \"name\": \"out\"}}]}}"

#define TRAIN "train --no-checkpoint --progress none --batch-size 8 --learning-rate 0.1 --epochs 60 "

static void put_text(const char *name, const char *text)
{
    write_file(in_folder(name), text, strlen(text));
}

/* Points around three places, by name; and a plane. */
static void make_files(void)
{
    static const char *const names[] = { "right", "left", "above" };
    static char table[8192], plane[8192];
    size_t size = (size_t)sprintf(table, "x,y,place\n"), used = (size_t)sprintf(plane, "z,x,y\n");
    program_setup();
    for (int i = 0; i < 150; i++) {
        const double a = (i * 37 % 100) / 100.0 - 0.5, b = (i * 61 % 100) / 100.0 - 0.5;
        const int k = i % 3;
        size += (size_t)sprintf(table + size, "%g,%g,%s\n",
                                a + (k == 0   ? 2
                                     : k == 1 ? -2
                                              : 0),
                                b + (k == 2 ? 2 : 0), names[k]);
        used += (size_t)sprintf(plane + used, "%g,%g,%g\n", 2 * a - b + 0.5, a, b);
    }
    put_text("places.csv", table);
    put_text("plane.csv", plane);
    put_text("asked.csv", "2,0\n-2,0\n0,2\n");
    put_text("places.json", NET("3", "softmax"));
    put_text("plane.json", NET("1", "linear"));
}

START_TEST(test_tables__names_of_classes_are_kept_with_the_model)
{
    static const char *const saved[] = { "m.h5", "m.keras", "m/", "m.pth" };
    make_files();
    for (size_t i = 0; i < sizeof saved / sizeof *saved; i++) {
        run_well(o, TRAIN "--data %s --model %s --save %s", in_folder("places.csv"), in_folder("places.json"),
                 in_folder(saved[i]));
        run_well(e, "evaluate --data %s %s", in_folder("places.csv"), in_folder(saved[i]));
        ck_assert_msg(strstr(e.out, "accuracy is 1.000") != NULL, "%s: %s", saved[i], e.out);
        run_well(p, "predict --data %s %s", in_folder("asked.csv"), in_folder(saved[i]));
        ck_assert_msg(strstr(p.out, "probability  name\n      0      2 ") != NULL, "%s: %s", saved[i], p.out);
        const char *right = strstr(p.out, "  right\n"), *left = strstr(p.out, "  left\n"),
                   *above = strstr(p.out, "  above\n");
        ck_assert(right && left && above && right < left && left < above);
        outcome_free(&o);
        outcome_free(&e);
        outcome_free(&p);
    }
    run_well(p, "predict --samples 1 --data %s %s", in_folder("places.csv"), in_folder("m.h5"));
    ck_assert_msg(strstr(p.out, "  right (is right)\n") != NULL, "%s", p.out);
    outcome_free(&p);
    /* A part of the classes is found under its numbers; another one is refused. */
    put_text("part.csv", "2,0,right\n-2,0,left\n");
    put_text("other.csv", "2,0,right\n-2,0,below\n");
    run_well(e, "evaluate --data %s %s", in_folder("part.csv"), in_folder("m.keras"));
    ck_assert_ptr_nonnull(strstr(e.out, "accuracy is 1.000"));
    outcome_free(&e);
    check_refusal(run("evaluate --data %s %s", in_folder("other.csv"), in_folder("m.keras")), 1,
                  "other.csv: row 2, column 3: 'below', expected one of the model's classes");
    program_cleanup();
}
END_TEST

START_TEST(test_tables__top_classes_and_json)
{
    make_files();
    put_text("names.txt", "oben\nlinks\nrechts\n");
    put_text("few.txt", "oben\nlinks\n");
    run_well(o, TRAIN "--data %s --model %s --save %s", in_folder("places.csv"), in_folder("places.json"),
             in_folder("m.h5"));
    run_well(p, "predict --top 2 --labels %s --data %s %s", in_folder("names.txt"), in_folder("asked.csv"),
             in_folder("m.h5"));
    ck_assert_int_eq(count_lines(p.out), 7);
    ck_assert_msg(strstr(p.out, "  rechts\n      0 ") != NULL, "%s", p.out);
    run_well(j, "predict --top 5 --json --samples 2 --data %s %s", in_folder("places.csv"),
             in_folder("m.h5"));
    ck_assert_int_eq(count_lines(j.out), 2);
    ck_assert_ptr_eq(strstr(j.out, "{\"sample\": 0, \"classes\": [{\"class\": 2, \"name\": \"right\", "
                                   "\"probability\": "),
                     j.out);
    ck_assert_msg(strstr(j.out, "}], \"label\": 2}\n{\"sample\": 1") != NULL, "%s", j.out);
    ck_assert_ptr_nonnull(strstr(j.out, "\"class\": 1"));
    check_refusal(run("predict --labels %s --data %s %s", in_folder("few.txt"), in_folder("asked.csv"),
                      in_folder("m.h5")),
                  1, "few.txt: has 2 names, expected one a line for each of the model's 3 classes");
    check_refusal(run("predict --labels %s %s", in_folder("none.txt"), in_folder("m.h5")), 1, "No such file");
    outcome_free(&o);
    outcome_free(&p);
    outcome_free(&j);
    program_cleanup();
}
END_TEST

START_TEST(test_tables__targets_are_fitted)
{
    make_files();
    run_well(o, TRAIN "--data %s --target z --model %s --save %s", in_folder("plane.csv"),
             in_folder("plane.json"), in_folder("m.h5"));
    run_well(e, "evaluate --target 1 --data %s %s", in_folder("plane.csv"), in_folder("m.h5"));
    double loss = 1;
    ck_assert_int_eq(sscanf(e.out, "loss is %lf", &loss), 1);
    ck_assert_double_lt(loss, 0.001);
    run_well(p, "predict --data %s %s", in_folder("asked.csv"), in_folder("m.h5"));
    double values[3];
    ck_assert_int_eq(sscanf(p.out, " image value 0 %lf 1 %lf 2 %lf", &values[0], &values[1], &values[2]), 3);
    ck_assert_double_lt(fabs(values[0] - 4.5) + fabs(values[1] + 3.5) + fabs(values[2] + 1.5), 0.2);
    check_refusal(run("train --data %s --target z --label-column x", in_folder("plane.csv")), 2,
                  "--label-column does not go together with --target");
    check_refusal(
        run("train --no-checkpoint --data %s --model %s", in_folder("plane.csv"), in_folder("plane.json")), 1,
        "plane.csv: row 2, column 3 (y): ");
    outcome_free(&o);
    outcome_free(&e);
    outcome_free(&p);
    program_cleanup();
}
END_TEST

TEST_MAIN(test_tables__names_of_classes_are_kept_with_the_model, test_tables__top_classes_and_json,
          test_tables__targets_are_fitted)
