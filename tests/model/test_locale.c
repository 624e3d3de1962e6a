/* A host program that has chosen a locale with decimal commas: files have the same bytes, and are read. */
#include "model/small_run.h"
#include <locale.h>
#include <horn/dataset.h>
#include "callbacks/checkpoint_name.h"

static const char *const files[] = { "m.h5",
                                     "m.keras",
                                     "m.json",
                                     "m.index",
                                     "log.csv",
                                     "out.csv",
                                     "saved/saved_model.pb",
                                     "saved/keras_metadata.pb",
                                     "best.h5" };
enum { FILES = sizeof files / sizeof *files };

/* Under `directory`, all that writes numbers as text. */
static void write_all(const char *directory)
{
    char path[9][300];
    float out[SAMPLES * CLASSES];
    for (int i = 0; i < FILES; i++) snprintf(path[i], sizeof path[i], "%s/%s", directory, files[i]);
    *strrchr(path[3], '.') = 0; /* a prefix */
    *strrchr(path[6], '/') = 0;
    strcat(path[6], "/");
    strcpy(strrchr(path[8], '/'), "/ckpt-{epoch}-{val_loss:.0f}.h5");
    horn_model *m = make_model(RMSPROP, 3, 2);
    horn_callback *all[] = { horn_csv_logger(path[4]),
                             horn_model_checkpoint(&(horn_model_checkpoint_options){
                                 .path = path[8], .save_best = "val_loss", .keep = 1 }) };
    ck_ok(fit(m, 2, false, all, 2));
    for (int i = 0; i < 4; i++) ck_ok(horn_model_save(m, path[i], NULL));
    ck_ok(horn_model_save(m, path[6], NULL));
    ck_ok(horn_model_predict(out, SAMPLES * CLASSES, m, &x, NULL));
    ck_ok(horn_array_save(path[5], &(horn_view){ .data = out, .rank = 2, .shape = { SAMPLES, CLASSES } }));
    for (int i = 0; i < 3; i++) {
        horn_model *again = NULL;
        ck_ok(horn_model_load(&again, path[i], NULL));
        horn_model_free(again);
    }
    ck_ok(horn_model_load_weights(m, path[3]));
    horn_callback_free(all[0]);
    horn_callback_free(all[1]);
    horn_model_free(m);
}

static void choose_german(void)
{
    char command[300];
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8", folder);
    ck_assert_int_eq(system(command), 0);
    setenv("LOCPATH", folder, 1);
    ck_assert_ptr_nonnull(setlocale(LC_ALL, "de_DE.UTF-8"));
    ck_assert_str_eq(localeconv()->decimal_point, ",");
}

START_TEST(test_locale__decimal_commas_change_no_file)
{
    char plain[100], german[100], text[32];
    setup();
    strcpy(plain, in_folder("plain"));
    strcpy(german, in_folder("german"));
    write_all(plain);
    choose_german();
    write_all(german);
    for (int i = 0; i < FILES; i++) {
        bytes a = { 0 }, b = { 0 };
        char path[300];
        snprintf(path, sizeof path, "%s/%s", plain, files[i]);
        ck_ok(file_read(&a, path, 0));
        snprintf(path, sizeof path, "%s/%s", german, files[i]);
        ck_ok(file_read(&b, path, 0));
        ck_assert_msg(a.size == b.size && memcmp(a.data, b.data, a.size) == 0, "%s differs", files[i]);
        bytes_free(&a);
        bytes_free(&b);
    }
    snprintf(text, sizeof text, "%.1f", 0.5);
    ck_assert_str_eq(text, "0,5"); /* the host's locale is as it was */
    cleanup();
}
END_TEST

START_TEST(test_locale__lines_are_the_same)
{
    setup();
    choose_german();
    horn_model *m = make_model(SGD, 1, 1);
    ck_fails(horn_model_set_learning_rate(m, -0.5), HORN_ERROR_ARGUMENT, "is -0.5,");
    char *text;
    ck_ok(horn_model_summary(&text, m));
    ck_assert_ptr_nonnull(strstr(text, " KB)"));
    ck_assert_ptr_null(strstr(text, ",00"));
    free(text);
    horn_model_free(m);
    cleanup();
}
END_TEST

/* By which a run knows its own checkpoints again. */
START_TEST(test_locale__names_with_figures_are_known_again)
{
    setup();
    choose_german();
    ck_assert(checkpoint_name_fits("c-{val_loss:.3f}.h5", "c-0.125.h5"));
    ck_assert(!checkpoint_name_fits("c-{val_loss:.3f}.h5", "c-0,125.h5"));
    cleanup();
}
END_TEST

TEST_MAIN(test_locale__decimal_commas_change_no_file, test_locale__lines_are_the_same,
          test_locale__names_with_figures_are_known_again)
