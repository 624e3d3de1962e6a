/* ./evaluate and ./predict on a model that ./train saved. */
#include <math.h>
#include "programs/program.h"

static char model[64];

static void setup_model(void)
{
    program_setup();
    strcpy(model, in_folder("model.h5"));
    run_well(o, "train --no-checkpoint --save %s", model);
    outcome_free(&o);
}

START_TEST(test_results__evaluate_prints_what_training_reached)
{
    program_setup();
    run_well(trained, "train --no-checkpoint --progress none --save %s", in_folder("model.h5"));
    run_well(evaluated, "evaluate %s", in_folder("model.h5"));
    const char *last = strstr(trained.out, "After Training");
    ck_assert_ptr_nonnull(last);
    ck_assert_str_eq(strchr(last, '\n') + 1, evaluated.out);
    ck_assert_str_eq(evaluated.err,
                     "512 test samples of datasets/fashion-mnist; uint8 images are divided by 255\n");
    outcome_free(&trained);
    outcome_free(&evaluated);
    program_cleanup();
}
END_TEST

START_TEST(test_results__evaluate_as_json_is_exact)
{
    double loss, accuracy, rounded_loss, rounded_accuracy;
    setup_model();
    run_well(json, "evaluate --json %s", model);
    run_well(text, "evaluate %s", model);
    ck_assert_int_eq(sscanf(json.out, "{\"loss\": %lf, \"accuracy\": %lf}", &loss, &accuracy), 2);
    ck_assert_int_eq(sscanf(text.out, "loss is %lf, accuracy is %lf", &rounded_loss, &rounded_accuracy), 2);
    ck_assert_double_le(fabs(loss - rounded_loss), 0.00051);
    ck_assert_double_le(fabs(accuracy - rounded_accuracy), 0.00051);
    ck_assert_double_eq(accuracy * 512, round(accuracy * 512)); /* a share of 512 images, unrounded */
    outcome_free(&json);
    outcome_free(&text);
    program_cleanup();
}
END_TEST

START_TEST(test_results__evaluate_takes_samples)
{
    setup_model();
    run_well(all, "evaluate --json --test-samples all %s", model);
    run_well(usual, "evaluate --json %s", model);
    run_well(some, "evaluate --json --test-samples 100 --batch-size 7 %s", model);
    ck_assert_str_eq(all.out, usual.out); /* the slice has 512 */
    ck_assert_str_ne(all.out, some.out);
    outcome_free(&all);
    outcome_free(&usual);
    outcome_free(&some);
    program_cleanup();
}
END_TEST

/* The accuracy that the printed classes have on the labels of the slice. */
START_TEST(test_results__predict_prints_a_class_an_image)
{
    setup_model();
    run_well(o, "predict %s", model);
    ck_assert_int_eq(count_lines(o.out), 513);
    ck_assert_int_eq(strncmp(o.out, "  image  class  probability\n", 28), 0);
    const char *line = strchr(o.out, '\n') + 1;
    for (unsigned i = 0; i < 512; i++, line = strchr(line, '\n') + 1) {
        unsigned image, class;
        double probability;
        ck_assert_int_eq(sscanf(line, "%u %u %lf", &image, &class, &probability), 3);
        ck_assert_uint_eq(image, i);
        ck_assert_uint_lt(class, 10);
        ck_assert(probability > 0.1 && probability <= 1);
    }
    outcome_free(&o);
    run_well(some, "predict --samples 3 %s", model);
    ck_assert_int_eq(count_lines(some.out), 4);
    outcome_free(&some);
    program_cleanup();
}
END_TEST

START_TEST(test_results__predict_writes_the_outputs)
{
    setup_model();
    run_well(npy, "predict --samples 5 --output %s %s", in_folder("new/p.npy"), model);
    run_well(csv, "predict --samples 5 --output %s %s", in_folder("other/p.csv"), model);
    size_t size;
    char *array = read_file(in_folder("new/p.npy"), &size),
         *table = read_file(in_folder("other/p.csv"), NULL);
    ck_assert_uint_eq(size, 128 + 5 * 10 * sizeof(float));
    ck_assert_int_eq(count_lines(table), 5);
    char *at = table;
    for (size_t i = 0; i < 50; i++) {
        float value;
        memcpy(&value, array + 128 + i * sizeof value, sizeof value);
        ck_assert(strtof(at, &at) == value);
        ck_assert_int_eq(*at++, (i + 1) % 10 ? ',' : '\n');
    }
    free(array);
    free(table);
    outcome_free(&npy);
    outcome_free(&csv);
    program_cleanup();
}
END_TEST

/* A .npy of uint8 with these axes; "28, 28" is one image of the model's. */
static void write_images(const char *path, const char *axes, size_t size)
{
    char header[129], *file = calloc(1, 128 + size);
    int length =
        snprintf(header, sizeof header,
                 "\x93NUMPY\x01%cv%c{'descr': '|u1', 'fortran_order': False, 'shape': (%s), }", 0, 0, axes);
    memset(file, ' ', 128);
    memcpy(file, header, (size_t)length);
    file[127] = '\n';
    for (size_t i = 0; i < size; i++) file[128 + i] = (char)(i * 7);
    write_file(path, file, 128 + size);
    free(file);
}

START_TEST(test_results__one_image_needs_no_batch_axis)
{
    static const char *const axes[] = { "28, 28", "28, 28, 1", "1, 28, 28" };
    setup_model();
    write_images(in_folder("batch.npy"), "1, 28, 28", 784);
    run_well(expected, "predict %s --data %s", model, in_folder("batch.npy"));
    ck_assert_int_eq(count_lines(expected.out), 2);
    for (size_t i = 0; i < 3; i++) {
        write_images(in_folder("one.npy"), axes[i], 784);
        run_well(o, "predict %s --data %s --samples 1", model, in_folder("one.npy"));
        ck_assert_str_eq(o.out, expected.out);
        outcome_free(&o);
    }
    outcome_free(&expected);
    write_images(in_folder("one.npy"), "28, 29", 28 * 29);
    check_refusal(run("predict %s --data %s", model, in_folder("one.npy")), 1,
                  "x has samples of shape (29,)");
    program_cleanup();
}
END_TEST

START_TEST(test_results__full_disk_leaves_no_half_table)
{
    setup_model();
    mkdir(in_folder("results"), 0700);
    file_limit = 20000; /* what it prints has 14,000 bytes, the table 50,000 */
    static const char *const names[] = { "results/p.csv", "results/p.npy" };
    for (size_t i = 0; i < 2; i++) {
        outcome o = run("predict --output %s %s", in_folder(names[i]), model);
        ck_assert_int_eq(o.status, 1);
        ck_assert_int_eq(count_lines(o.err), 2); /* what it predicts, and what went wrong */
        ck_assert_ptr_nonnull(strstr(o.err, names[i]));
        outcome_free(&o);
        ck_assert_int_eq(count_files(in_folder("results")), 0);
    }
    program_cleanup();
}
END_TEST

TEST_MAIN(test_results__evaluate_prints_what_training_reached, test_results__evaluate_as_json_is_exact,
          test_results__evaluate_takes_samples, test_results__predict_prints_a_class_an_image,
          test_results__predict_writes_the_outputs, test_results__one_image_needs_no_batch_axis,
          test_results__full_disk_leaves_no_half_table)
