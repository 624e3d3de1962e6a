#include "test.h"
#include <stdio.h>
#include <horn/callback.h>

static char folder[32], path[64];
static horn_model *model; /* one that has no epoch behind it */

static void setup_folder(void)
{
    strcpy(folder, "/tmp/horn-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_ok(horn_sequential_new(&model, NULL));
    snprintf(path, sizeof path, "%s/log.csv", folder);
}

static void remove_folder(void)
{
    unlink(path);
    rmdir(folder);
    horn_model_free(model);
}

static void expect(const char *content)
{
    char found[1024] = "";
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    size_t size = fread(found, 1, sizeof found - 1, file);
    found[size] = '\0';
    fclose(file);
    ck_assert_str_eq(found, content);
}

static void train_begin(horn_callback *logger)
{
    ck_ok(logger->on_train_begin(logger, &(horn_progress){ .model = model, .epochs = 2 }));
}

static void epoch_end(horn_callback *logger, size_t epoch, const horn_logs *logs)
{
    ck_ok(logger->on_epoch_end(logger, &(horn_progress){ .epoch = epoch, .epochs = 2 }, logs));
}

static void train_end(horn_callback *logger)
{
    ck_ok(logger->on_train_end(logger, &(horn_progress){ .model = model, .epochs = 2 }));
    horn_callback_free(logger);
}

START_TEST(test_csv_logger__rows_are_those_of_keras)
{
    setup_folder();
    horn_callback *logger = horn_csv_logger(path);
    train_begin(logger);
    epoch_end(logger, 0,
              &(horn_logs){ 4,
                            { "loss", "accuracy", "val_loss", "val_accuracy" },
                            { 1.0673344135284424, 0.30000001192092896, 1.229374647140503, 0.2 } });
    /* A row is there before the next epoch. */
    expect("epoch,accuracy,loss,val_accuracy,val_loss\r\n"
           "0,0.30000001192092896,1.0673344135284424,0.2,1.229374647140503\r\n");
    epoch_end(logger, 1,
              &(horn_logs){ 4,
                            { "loss", "accuracy", "val_loss", "val_accuracy" },
                            { 10, 1e-07, __builtin_nan(""), -__builtin_inf() } });
    train_end(logger);
    expect("epoch,accuracy,loss,val_accuracy,val_loss\r\n"
           "0,0.30000001192092896,1.0673344135284424,0.2,1.229374647140503\r\n"
           "1,1e-07,10.0,-inf,nan\r\n");
    remove_folder();
}
END_TEST

START_TEST(test_csv_logger__without_validation_says_na)
{
    setup_folder();
    horn_callback *logger = horn_csv_logger(path);
    train_begin(logger);
    epoch_end(logger, 0, &(horn_logs){ 2, { "loss", "accuracy" }, { 1.5, 0.25 } });
    train_end(logger);
    expect("epoch,accuracy,loss,val_accuracy,val_loss\r\n0,0.25,1.5,NA,NA\r\n");
    remove_folder();
}
END_TEST

START_TEST(test_csv_logger__begins_anew_each_time)
{
    setup_folder();
    horn_callback *logger = horn_csv_logger(path);
    for (int i = 0; i < 2; i++) {
        train_begin(logger);
        epoch_end(logger, 0, &(horn_logs){ 1, { "loss" }, { 1 } });
    }
    train_end(logger);
    expect("epoch,loss,val_loss\r\n0,1.0,NA\r\n");
    remove_folder();
}
END_TEST

START_TEST(test_csv_logger__makes_its_directory)
{
    char command[96];
    setup_folder();
    snprintf(path, sizeof path, "%s/a/b/log.csv", folder);
    horn_callback *logger = horn_csv_logger(path);
    train_begin(logger);
    epoch_end(logger, 0, &(horn_logs){ 1, { "loss" }, { 1 } });
    train_end(logger);
    expect("epoch,loss,val_loss\r\n0,1.0,NA\r\n");
    snprintf(command, sizeof command, "rm -r '%s'/a", folder);
    ck_assert_int_eq(system(command), 0);
    remove_folder();
}
END_TEST

START_TEST(test_csv_logger__names_the_file_it_cannot_write)
{
    char below[96];
    setup_folder();
    snprintf(below, sizeof below, "%s/log.csv", path); /* below a file */
    ck_assert_int_eq(fclose(fopen(path, "w")), 0);
    horn_callback *logger = horn_csv_logger(below);
    ck_fails(logger->on_train_begin(logger, &(horn_progress){ .model = model, .epochs = 1 }), HORN_ERROR_FILE,
             "log.csv: is a file, expected a directory");
    horn_callback_free(logger);
    remove_folder();
    setup_folder();

    logger = horn_csv_logger("/dev/full");
    train_begin(logger);
    ck_ok(logger->on_epoch_end(logger, &(horn_progress){ .model = model, .epochs = 1 },
                               &(horn_logs){ 1, { "loss" }, { 1 } })); /* training outlasts it */
    ck_fails(logger->on_train_end(logger, &(horn_progress){ .model = model, .epochs = 1 }), HORN_ERROR_FILE,
             "/dev/full: No space left");
    horn_callback_free(logger);
}
END_TEST

TEST_MAIN(test_csv_logger__rows_are_those_of_keras, test_csv_logger__without_validation_says_na,
          test_csv_logger__begins_anew_each_time, test_csv_logger__makes_its_directory,
          test_csv_logger__names_the_file_it_cannot_write)
