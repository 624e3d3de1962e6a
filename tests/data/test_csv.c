/* Tables of comma-separated values as data sets. */
#include "../test.h"

#include <horn/dataset.h>
#include "codecs/csv_read.h"
#include "data/data_folder.h"

static horn_dataset *load_well(const char *text, const horn_dataset_options *options)
{
    horn_dataset *d = NULL;
    put_file("made.csv", text, strlen(text));
    ck_ok(horn_dataset_load(&d, inside("made.csv"), options));
    return d;
}

static void check_classes(const horn_dataset *d, const int64_t *classes, size_t count)
{
    const horn_view *y = horn_dataset_y_train(d);
    ck_assert_int_eq(y->dtype, HORN_INT64);
    ck_assert_int_eq(y->rank, 1);
    ck_assert_uint_eq(y->shape[0], count);
    for (size_t i = 0; i < count; i++) ck_assert_int_eq(((const int64_t *)y->data)[i], classes[i]);
}

static void check_numbers(const horn_dataset *d, const float *numbers, size_t rows, size_t columns)
{
    const horn_view *x = horn_dataset_x_train(d);
    check_shape(x, HORN_FLOAT32, 2, rows, columns, 0, 0);
    ck_assert_mem_eq(x->data, numbers, rows * columns * sizeof *numbers);
}

/* The same table in many ways of writing it. */
START_TEST(test_csv__reads_rows_with_names_of_classes)
{
    static const struct {
        const char *text;
        horn_dataset_options options;
    } cases[] = {
        { "1,2.5,dog\n-3,4e1,cat\n5,.5,dog\n", { 0 } },
        { "a,b,kind\n1,2.5,dog\n-3,4e1,cat\n5,.5,dog\n", { 0 } },
        { "\xef\xbb\xbf\"a\",\"b\",kind\r\n1,2.5,dog\r\n\r\n-3,\"40\",cat\r\n5,.5,\"dog\"", { 0 } },
        { "a,kind,b\n1,dog,2.5\n-3,cat,40\n5,dog,0.5\n\n", { .label_column = "kind" } },
        { "a,kind,b\n1,dog,2.5\n-3,cat,40\n5,dog,0.5\n", { .label_column = "2" } },
        { "dog,1,2.5\ncat,-3,40\ndog,5,+0.5\n", { .label_column = "-3" } },
        { " 1 , 2.5 , dog \n-3,40,cat\n5,0.5,dog", { .label_column = "3" } },
    };
    make_folder();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        horn_dataset *d = load_well(cases[i].text, &cases[i].options);
        check_numbers(d, (const float[]){ 1, 2.5f, -3, 40, 5, 0.5f }, 3, 2);
        check_classes(d, (const int64_t[]){ 1, 0, 1 }, 3);
        ck_assert_uint_eq(horn_dataset_class_count(d), 2);
        ck_assert_str_eq(horn_dataset_class_name(d, 0), "cat");
        ck_assert_str_eq(horn_dataset_class_name(d, 1), "dog");
        ck_assert(!horn_dataset_class_name(d, 2) && !horn_dataset_x_test(d));
        horn_dataset_free(d);
    }
    remove_folder();
}
END_TEST

/* As many as there are samples, as in a column of numbers of articles; in another order than that of their names. */
START_TEST(test_csv__reads_many_names_of_classes)
{
    enum { ROWS = 60000 };
    bytes text = { 0 };
    char name[16];
    make_folder();
    for (int i = 0; i < ROWS; i++) bytes_print(&text, "%d,id%05d\n", i % 7, (int)(i * 7919LL % ROWS));
    horn_dataset *d = load_well(bytes_text(&text), NULL);
    ck_assert_uint_eq(horn_dataset_class_count(d), ROWS);
    for (int i = 0; i < ROWS; i++) {
        snprintf(name, sizeof name, "id%05d", i);
        ck_assert_str_eq(horn_dataset_class_name(d, (size_t)i), name);
        ck_assert_int_eq(((const int64_t *)horn_dataset_y_train(d)->data)[i], i * 7919LL % ROWS);
    }
    horn_dataset_free(d);
    bytes_free(&text);
    remove_folder();
}
END_TEST

START_TEST(test_csv__reads_classes_as_numbers_and_targets)
{
    static const char *const order[] = { "x", "7", "dog" };
    make_folder();
    horn_dataset *d = load_well("0,1,label\n1,2,7\n3,4,2.0\n", NULL); /* a header of numbers */
    check_numbers(d, (const float[]){ 1, 2, 3, 4 }, 2, 2);
    check_classes(d, (const int64_t[]){ 7, 2 }, 2);
    ck_assert_uint_eq(horn_dataset_class_count(d), 0);
    horn_dataset_free(d);
    d = load_well("price,size\n1.5,2\n-1,3\n", &(horn_dataset_options){ .target = "price" });
    check_numbers(d, (const float[]){ 2, 3 }, 2, 1);
    check_shape(horn_dataset_y_train(d), HORN_FLOAT32, 1, 2, 0, 0, 0);
    ck_assert_mem_eq(horn_dataset_y_train(d)->data, ((const float[]){ 1.5f, -1 }), 8);
    horn_dataset_free(d);
    d = load_well("1,2\n3,4\n", &(horn_dataset_options){ .features = 2 });
    check_numbers(d, (const float[]){ 1, 2, 3, 4 }, 2, 2);
    ck_assert_ptr_null(horn_dataset_y_train(d));
    ck_ok(horn_dataset_shuffle(d, 3));
    horn_dataset_free(d);
    d = load_well("1,dog\n3,7\n", &(horn_dataset_options){ .class_names = order, .class_count = 3 });
    check_classes(d, (const int64_t[]){ 2, 1 }, 2);
    ck_assert_str_eq(horn_dataset_class_name(d, 0), "x");
    horn_dataset_free(d);
    d = load_well("1,7\n3,7\n2,7\n",
                  &(horn_dataset_options){ .class_names = order, .class_count = 3, .train_samples = 2 });
    check_classes(d, (const int64_t[]){ 1, 1 }, 2);
    horn_dataset_free(d);
    remove_folder();
}
END_TEST

START_TEST(test_csv__refuses_by_row_and_column)
{
    static const char *const order[] = { "cat", "dog" };
    static const struct {
        const char *text, *words;
        horn_dataset_options options;
    } cases[] = {
        { "a,b,c\n1,2,3\n1,2\n", "made.csv: row 3 has 2 columns, expected 3 as in the first row", { 0 } },
        { "1,2,3\n1,2,3,4\n", "row 2 has 4 columns, expected 3", { 0 } },
        { "a,b,c\n1,2,3\n1,nan,3\n", "row 3, column 2 (b): 'nan', expected a number", { 0 } },
        { "1,2,3\n1,inf,3\n", "row 2, column 2: 'inf', expected a number", { 0 } },
        { "1,2,3\n1,1e39,3\n", "row 2, column 2: '1e39', expected a number that float32 holds", { 0 } },
        { "1,2,3\n1,0x10,3\n", "column 2: '0x10'", { 0 } },
        { "1,2,3\n\n1,,3\n", "row 3, column 2: is empty, expected a number", { 0 } },
        { "1,2,3\n1,2,\n", "row 2, column 3: is empty, expected a label", { 0 } },
        { "1,2,3\n1,2,NaN\n", "row 2, column 3: 'NaN', expected a class", { 0 } },
        { "1,NA,3\n1,2,3\n", "row 1, column 2: 'NA', expected a number", { 0 } },
        { "1,2,3\n1,2,-1\n", "row 2, column 3: '-1', expected a class, from 0", { 0 } },
        { "1,2,3\n1,2,3.5\n", "row 2, column 3: '3.5', expected a class, as a whole number", { 0 } },
        { "1,2,x\n1,2,y\n", "row 1, column 3: 'x', expected a number", { .target = "3" } },
        { "1,2,cat\n1,2,cow\n",
          "row 2, column 3: 'cow', expected one of the model's classes",
          { .class_names = order, .class_count = 2 } },
        { "1,\"2,3\n", "row 1, column 2: a quote that is not closed", { 0 } },
        { "1,\"2\"3,4\n", "row 1, column 2: text after a closing quote", { 0 } },
        { "a,b\n", "has a header and no rows", { 0 } },
        { "", "has no rows", { 0 } },
        { "\n\r\n", "has no rows", { 0 } },
        { "1;2;3\n", "row 1 has one column, expected numbers and a label, separated by commas", { 0 } },
        { "a,b\n1,2\n", "no column 'c' among 2; row 1 is a, b", { .label_column = "c" } },
        { "a,b\n1,2\n", "no column '3' among 2", { .label_column = "3" } },
        { "a,b\n1,2\n", "no column '0' among 2", { .label_column = "0" } },
        { "a,b\n1,2\n", "no column '-3' among 2", { .target = "-3" } },
        { "1,2\n3,4\n", "x_train has 2 samples, 3 are wanted", { .train_samples = 3 } },
        { "1,2\n3,4\n", "a table has no test set", { .no_train = true } },
    };
    make_folder();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        horn_dataset *d = NULL;
        put_file("made.csv", cases[i].text, strlen(cases[i].text));
        ck_assert_int_ne(horn_dataset_load(&d, inside("made.csv"), &cases[i].options), HORN_OK);
        ck_assert_msg(strstr(horn_last_error(), cases[i].words) != NULL, "says '%s', expected '%s'",
                      horn_last_error(), cases[i].words);
        ck_assert_ptr_null(d);
    }
    put_file("made.csv", "1,2\n3\0,4\n", 10);
    horn_dataset *d = NULL;
    ck_fails(horn_dataset_load(&d, inside("made.csv"), NULL), HORN_ERROR_FORMAT, "has a byte 0");
    remove_folder();
}
END_TEST

/* Every change of a byte, and every cut: it loads or is refused, and nothing is read outside. */
START_TEST(test_csv__takes_damage)
{
    static const char text[] = "a,b,\"kind\"\r\n1,2.5,dog\r\n-3,\"4\"\"0\",cat\n5,.5,dog\n",
                      others[] = ",\"\n\r 0x-.e\xff";
    const size_t size = sizeof text - 1;
    make_folder();
    for (size_t i = 0; i < size; i++)
        for (size_t k = 0; k < sizeof others; k++) {
            char made[sizeof text];
            horn_dataset *d = NULL;
            memcpy(made, text, size);
            made[i] = others[k];
            put_file("made.csv", made, k ? size : i);
            if (!horn_dataset_load(&d, inside("made.csv"), NULL)) horn_dataset_free(d);
        }
    remove_folder();
}
END_TEST

TEST_MAIN(test_csv__reads_rows_with_names_of_classes, test_csv__reads_many_names_of_classes,
          test_csv__reads_classes_as_numbers_and_targets, test_csv__refuses_by_row_and_column,
          test_csv__takes_damage)
