/* hard_sigmoid is one function in files of Keras 2 and another one in files of Keras 3: no reading, saving or loading changes it. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <horn/horn.h>

static char folder[] = "/tmp/horn-test-XXXXXX";

static const char *in_folder(const char *name)
{
    static char paths[4][64];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, 64, "%s/%s", folder, name);
    return path;
}

/* An architecture as either Keras writes it. */
static horn_model *load(bool keras3)
{
    const char *path = in_folder("model.json");
    FILE *file = fopen(path, "wb");
    horn_model *m;
    ck_assert_ptr_nonnull(file);
    fprintf(file,
            "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"s\", \"layers\": [{\"class_name\": "
            "\"InputLayer\", \"config\": {\"%s\": [null, 5], \"dtype\": \"float32\", \"name\": \"i\"}}, "
            "{\"class_name\": "
            "\"Activation\", \"config\": {\"name\": \"a\", \"activation\": \"hard_sigmoid\"}}]}}",
            keras3 ? "batch_shape" : "batch_input_shape");
    fclose(file);
    ck_ok(horn_model_load(&m, path, NULL));
    return m;
}

static void check(horn_model *m, bool keras3)
{
    const float x[5] = { -2.9f, -1, 0, 2.75f, 4 };
    float y[5];
    const horn_view view = { .data = (void *)x, .dtype = HORN_FLOAT32, .rank = 2, .shape = { 1, 5 } };
    ck_ok(horn_model_predict(y, 5, m, &view, NULL));
    for (int i = 0; i < 5; i++) {
        const float line = keras3 ? (x[i] + 3) / 6 : 0.2f * x[i] + 0.5f;
        ck_assert_float_eq_tol(y[i], fminf(fmaxf(line, 0), 1), 1e-6f);
    }
}

static void check_saved(horn_model *m, const char *name, const char *dialect, bool keras3)
{
    horn_model *again;
    ck_ok(horn_model_save(m, in_folder(name), &(horn_save_options){ .dialect = dialect }));
    ck_ok(horn_model_load(&again, in_folder(name), NULL));
    check(again, keras3);
    horn_model_free(again);
}

START_TEST(test_activations__hard_sigmoid_stays_what_it_was)
{
    static const char *const names[] = { "m.keras", "m.h5" };
    ck_assert_ptr_nonnull(mkdtemp(folder));
    for (int keras3 = 0; keras3 < 2; keras3++) {
        horn_model *m = load(keras3);
        check(m, keras3);
        check_saved(m, "m.json", NULL, keras3);
        check_saved(m, "m.yaml", NULL, keras3);
        ck_fails(horn_model_save(m, in_folder("m.keras"), &(horn_save_options){ .dialect = "both" }),
                 HORN_ERROR_UNSUPPORTED, keras3 ? "expected dialect keras3" : "expected dialect keras2");
        for (int i = 0; i < 2; i++) {
            check_saved(m, names[i], keras3 ? "keras3" : "keras2", keras3);
            ck_fails(horn_model_save(m, in_folder(names[i]),
                                     &(horn_save_options){ .dialect = keras3 ? "keras2" : "keras3" }),
                     HORN_ERROR_UNSUPPORTED,
                     keras3 ? "layer 'a' has Keras 3's hard_sigmoid, which is another function in Keras 2"
                            : "layer 'a' has Keras 2's hard_sigmoid, which is another function in Keras 3");
        }
        horn_model_free(m);
    }
    char command[64];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

TEST_MAIN(test_activations__hard_sigmoid_stays_what_it_was)
