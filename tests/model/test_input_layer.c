/* The model's input on its own: as in Keras, it changes nothing but who says the shape. */
#include "test.h"

#include <stdio.h>
#include <horn/model.h>
#include "base/bytes.h"

static char folder[] = "/tmp/horn-input-layer-XXXXXX";

static const char *in_folder(const char *name)
{
    static char paths[2][256];
    static int next;
    char *path = paths[next++ % 2];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void setup(void)
{
    strcpy(folder, "/tmp/horn-input-layer-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void cleanup(void)
{
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

static horn_layer *input_of(const char *name)
{
    return horn_input(&(horn_input_options){ .name = name, .input_shape = { 3, 4 } });
}

static horn_model *make(bool input, const char *name)
{
    horn_flatten_options flatten = { 0 };
    horn_model *m;
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 4, .name = "small" }));
    if (input)
        ck_ok(horn_model_add(m, input_of(name)));
    else
        flatten = (horn_flatten_options){ .input_shape = { 3, 4 } };
    ck_ok(horn_model_add(m, horn_flatten(&flatten)));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 6 })));
    return m;
}

static char *read_text(const char *path)
{
    bytes content = { 0 };
    ck_ok(file_read(&content, path, 0));
    char *text = strndup((const char *)content.data, content.size);
    bytes_free(&content);
    return text;
}

START_TEST(test_input_layer__stands_in_no_summary_and_shifts_no_random_numbers)
{
    horn_model *a = make(false, NULL), *b = make(true, "pixels");
    char *expected, *found;
    horn_weight kernel, same;
    size_t input[HORN_MAX_RANK];
    ck_ok(horn_model_summary(&expected, a));
    ck_ok(horn_model_summary(&found, b));
    ck_assert_str_eq(found, expected);
    ck_assert_int_eq(horn_model_input_shape(input, b, 0), 2);
    ck_assert_uint_eq(input[1], 4);
    ck_ok(horn_model_get_weight(&kernel, a, 0));
    ck_ok(horn_model_get_weight(&same, b, 0));
    ck_assert_mem_eq(same.view.data, kernel.view.data, 12 * 6 * sizeof(float));
    free(expected);
    free(found);
    horn_model_free(a);
    horn_model_free(b);
}
END_TEST

/* Keras 2.15's first row for a Functional; test_functional.c has the file's form. */
START_TEST(test_input_layer__is_the_first_row_of_a_functional)
{
    static const char text[] =
        "{\"class_name\": \"Functional\", \"config\": {\"name\": \"m\", \"layers\": ["
        "{\"class_name\": \"InputLayer\", \"config\": {\"batch_input_shape\": [null, 3, 4], \"name\": "
        "\"in\"}, "
        "\"name\": \"in\", \"inbound_nodes\": []}, "
        "{\"class_name\": \"Dense\", \"config\": {\"name\": \"d\", \"units\": 2}, \"name\": \"d\", "
        "\"inbound_nodes\": [[[\"in\", 0, 0, {}]]]}], "
        "\"input_layers\": [[\"in\", 0, 0]], \"output_layers\": [[\"d\", 0, 0]]}}";
    setup();
    FILE *file = fopen(in_folder("m.json"), "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    horn_model *m;
    char *summary;
    ck_ok(horn_model_load(&m, in_folder("m.json"), NULL));
    ck_ok(horn_model_summary(&summary, m));
    ck_assert_msg(strstr(summary, "=\n in (InputLayer)             [(None, 3, 4)]            0         \n") !=
                      NULL,
                  "%s", summary);
    free(summary);
    horn_model_free(m);
    cleanup();
}
END_TEST

/* "name" of the InputLayer in the file that the model is saved to, and in the one after loading that. */
static void check_name(horn_model *m, const char *expected)
{
    char wanted[128];
    snprintf(wanted, sizeof wanted, "\"name\": \"%s\"", expected);
    ck_ok(horn_model_save(m, in_folder("first.json"), NULL));
    horn_model *again;
    ck_ok(horn_model_load(&again, in_folder("first.json"), NULL));
    ck_ok(horn_model_save(again, in_folder("second.json"), NULL));
    char *first = read_text(in_folder("first.json")), *second = read_text(in_folder("second.json"));
    ck_assert_str_eq(first, second);
    ck_assert_ptr_nonnull(strstr(first, "\"class_name\": \"InputLayer\""));
    ck_assert_msg(strstr(first, wanted) != NULL, "no %s in %s", wanted, first);
    free(first);
    free(second);
    horn_model_free(again);
    horn_model_free(m);
}

START_TEST(test_input_layer__a_given_name_stays_and_others_are_keras_own)
{
    setup();
    check_name(make(true, "pixels"), "pixels");
    check_name(make(true, NULL), "flatten_input");
    check_name(make(false, NULL), "flatten_input");
    check_name(make(true, "input_layer"), "flatten_input");
    cleanup();
}
END_TEST

static void check_refused(horn_model *m, horn_layer *l, horn_status expected, const char *words)
{
    ck_fails(horn_model_add(m, l), expected, words);
    horn_model_free(m);
}

START_TEST(test_input_layer__stands_in_front_of_all_layers)
{
    horn_model *m;
    check_refused(make(false, NULL), input_of("i"), HORN_ERROR_ARGUMENT, "behind other layers");
    check_refused(make(true, "i"), input_of("j"), HORN_ERROR_ARGUMENT, "behind other layers");
    check_refused(make(true, "i"), horn_dense(&(horn_dense_options){ .units = 1, .name = "i" }),
                  HORN_ERROR_ARGUMENT, "is used twice");
    ck_ok(horn_sequential_new(&m, NULL));
    ck_ok(horn_model_add(m, input_of(NULL)));
    check_refused(m, horn_dense(&(horn_dense_options){ .units = 1, .input_shape = { 4, 3 } }),
                  HORN_ERROR_SHAPE, "(4, 3)");
    ck_carries(layer, horn_input(NULL), HORN_ERROR_FORMAT, "batch_input_shape");
}
END_TEST

TEST_MAIN(test_input_layer__stands_in_no_summary_and_shifts_no_random_numbers,
          test_input_layer__is_the_first_row_of_a_functional,
          test_input_layer__a_given_name_stays_and_others_are_keras_own,
          test_input_layer__stands_in_front_of_all_layers)
