/* PyTorch's update rule of an optimizer: every file of whole models has it where Keras does not look. */
#include <horn/horn.h>
#include "model/files/convert_files.h"

static const struct {
    const char *path, *format, *dialect;
} targets[] = { { "a.h5", NULL, NULL },         { "b.h5", NULL, "keras3" },
                { "a.keras", NULL, NULL },      { "b.keras", NULL, "keras2" },
                { "c.keras", NULL, "both" },    { "saved/", "saved-model", NULL },
                { "a", "tf-checkpoint", NULL }, { "a.pth", NULL, NULL },
                { "a.safetensors", NULL, NULL } };
enum { TARGETS = sizeof targets / sizeof *targets };

static void make(const char *path, horn_optimizer *o)
{
    horn_model *m;
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .threads = 1 }));
    ck_ok(
        horn_model_add(m, horn_dense(&(horn_dense_options){ .units = CLASSES, .input_shape = { INPUTS } })));
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = o,
                                    .loss = horn_sparse_categorical_crossentropy(
                                        &(horn_crossentropy_options){ .from_logits = true }) }));
    ck_ok(horn_model_train_on_batch(NULL, m, &x, &y));
    ck_ok(horn_model_save(m, path, NULL));
    horn_model_free(m);
}

static void check_rule(const char *path, const char *words)
{
    horn_file *f;
    ck_ok(horn_file_open(&f, path));
    ck_assert_msg(strstr(horn_file_about(f)->optimizer, words) != NULL, "%s: %s", path,
                  horn_file_about(f)->optimizer);
    horn_file_close(f);
}

START_TEST(test_update_rule__goes_through_every_file_of_a_model)
{
    char source[256], *report;
    setup();
    strcpy(source, in_folder("first.h5"));
    make(source, horn_sgd(&(horn_sgd_options){ .momentum = 0.5, .update_rule = "torch" }));
    for (size_t i = 0; i < TARGETS; i++) {
        const horn_convert_options how = { .to = targets[i].format, .dialect = targets[i].dialect };
        ck_ok(horn_convert(&report, source, in_folder(targets[i].path), &how));
        const bool is_of_keras = i < TARGETS - 2;
        ck_assert_msg(!strstr(report, "for Keras the optimizer's update rule") == !is_of_keras, "%s: %s",
                      targets[i].path, report);
        free(report);
        check_rule(in_folder(targets[i].path), "update_rule='torch'");
        strcpy(source, in_folder(targets[i].path));
    }
    cleanup();
}
END_TEST

/* Weights that do not decay are those of a model without decay, also behind a file. */
START_TEST(test_update_rule__weights_may_be_excluded_from_decay)
{
    static const char *const names[] = { "bias" };
    horn_optimizer *o = horn_sgd(&(horn_sgd_options){ .weight_decay = 0.5 });
    horn_model *m, *plain;
    horn_weight v, w;
    setup();
    ck_ok(horn_optimizer_exclude_from_weight_decay(o, names, 1));
    make(in_folder("a.keras"), o);
    make(in_folder("b.keras"), horn_sgd(NULL));
    check_rule(in_folder("a.keras"), "exclude_from_weight_decay=['bias']");
    ck_ok(horn_model_load(&m, in_folder("a.keras"), NULL));
    ck_ok(horn_model_load(&plain, in_folder("b.keras"), NULL));
    for (int step = 0; step < 2; step++) {
        for (size_t i = 0; i < 2; i++) {
            ck_ok(horn_model_get_weight(&v, m, i));
            ck_ok(horn_model_get_weight(&w, plain, i));
            const bool same = memcmp(v.view.data, w.view.data, horn_view_count(&v.view) * sizeof(float)) == 0;
            ck_assert_int_eq(same, i == 1);
            /* so that the next step has the same gradients */
            if (i == 0) ck_ok(horn_model_set_weight(plain, 0, &v.view));
        }
        ck_ok(horn_model_train_on_batch(NULL, m, &x, &y));
        ck_ok(horn_model_train_on_batch(NULL, plain, &x, &y));
    }
    horn_model_free(m);
    horn_model_free(plain);
    cleanup();
}
END_TEST

/* And Keras' own config is as it is without. */
START_TEST(test_update_rule__is_not_said_to_keras)
{
    char *report;
    bytes with = { 0 };
    setup();
    make(in_folder("a.h5"), horn_adam(&(horn_adam_options){ .update_rule = "torch" }));
    check_rule(in_folder("a.h5"), "update_rule='torch'");
    ck_ok(file_read(&with, in_folder("a.h5"), 0));
    size_t said = 0;
    for (size_t i = 0; i + 11 < with.size; i++) said += memcmp(with.data + i, "update_rule", 11) == 0;
    ck_assert_uint_eq(said, 1);
    bytes_free(&with);
    make(in_folder("b.h5"), horn_adam(NULL));
    ck_ok(horn_convert(&report, in_folder("b.h5"), in_folder("b.keras"), NULL));
    ck_assert_ptr_null(strstr(report, "update rule"));
    free(report);
    ck_ok(horn_convert(&report, in_folder("b.h5"), in_folder("b.pth"), NULL));
    ck_assert_ptr_nonnull(
        strstr(report, "not carried: for PyTorch the optimizer's update rule (it is Keras'"));
    free(report);
    make(in_folder("c.h5"), horn_lion(NULL));
    ck_ok(horn_convert(&report, in_folder("c.h5"), in_folder("c.pth"), NULL));
    ck_assert_ptr_nonnull(
        strstr(report, "not carried: for PyTorch the optimizer's state (PyTorch has no Lion"));
    free(report);
    cleanup();
}
END_TEST

TEST_MAIN(test_update_rule__goes_through_every_file_of_a_model,
          test_update_rule__weights_may_be_excluded_from_decay, test_update_rule__is_not_said_to_keras)
