/* Optimizers whose variables do not start as zeros, or that keep a number beside them: a run that is saved after two steps, in any
 * file, ends in the bits of one that was never stopped. */
#include <horn/horn.h>
#include "model/small_run.h"

static horn_optimizer *nadam(void)
{
    return horn_nadam(&(horn_nadam_options){ .learning_rate = 0.01 });
}

static horn_optimizer *adagrad(void)
{
    return horn_adagrad(&(horn_adagrad_options){ .initial_accumulator_value = 0.5 });
}

static horn_optimizer *ftrl(void)
{
    return horn_ftrl(&(horn_ftrl_options){ .l1_regularization_strength = 0.001 });
}

static horn_optimizer *(*const makers[])(void) = { nadam, adagrad, ftrl };

static horn_model *made(horn_optimizer *o)
{
    horn_model *m;
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .threads = 1, .seed = 3 }));
    ck_ok(
        horn_model_add(m, horn_dense(&(horn_dense_options){ .units = CLASSES, .input_shape = { INPUTS } })));
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = o,
                                    .loss = horn_sparse_categorical_crossentropy(
                                        &(horn_crossentropy_options){ .from_logits = true }) }));
    return m;
}

static void steps(horn_model *m, int count)
{
    for (int i = 0; i < count; i++) ck_ok(horn_model_train_on_batch(NULL, m, &x, &y));
}

static void check_same(horn_model *a, horn_model *b, const char *what)
{
    for (size_t i = 0; i < horn_model_weight_count(a); i++) {
        horn_weight v, w;
        ck_ok(horn_model_get_weight(&v, a, i));
        ck_ok(horn_model_get_weight(&w, b, i));
        ck_assert_msg(memcmp(v.view.data, w.view.data, horn_view_count(&v.view) * sizeof(float)) == 0,
                      "%s: weight %zu has other bits", what, i);
    }
}

static void check_whole(horn_optimizer *(*make)(void), horn_model *whole, const char *name,
                        const horn_save_options *how, int before)
{
    horn_model *m = made(make()), *again;
    steps(m, before);
    ck_ok(horn_model_save(m, in_folder(name), how));
    ck_ok(horn_model_load(&again, in_folder(name), &(horn_load_options){ .threads = 1 }));
    steps(again, 4 - before);
    check_same(whole, again, name);
    horn_model_free(again);
    horn_model_free(m);
}

START_TEST(test_slot_starts__a_run_goes_on_to_the_same_bits)
{
    static const struct {
        const char *name, *format, *dialect;
    } files[] = { { "a.h5", NULL, NULL },         { "b.h5", NULL, "keras3" },
                  { "a.keras", NULL, NULL },      { "b.keras", NULL, "keras2" },
                  { "c.keras", NULL, "both" },    { "saved/", "saved-model", NULL },
                  { "a", "tf-checkpoint", NULL }, { "a.pth", NULL, NULL } };
    setup();
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
        horn_model *whole = made(makers[i]());
        steps(whole, 4);
        for (size_t k = 0; k < sizeof files / sizeof *files; k++)
            for (int before = 0; before < 3; before += 2)
                check_whole(makers[i], whole, files[k].name,
                            &(horn_save_options){ .format = files[k].format, .dialect = files[k].dialect },
                            before);
        horn_model_free(whole);
    }
    cleanup();
}
END_TEST

/* Of weights alone with the optimizer's variables. */
START_TEST(test_slot_starts__weights_carry_the_state)
{
    static const struct {
        const char *name, *dialect;
    } files[] = { { "a.weights.h5", NULL }, { "b.weights.h5", "keras2" } };
    setup();
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
        horn_model *whole = made(makers[i]());
        steps(whole, 4);
        for (size_t k = 0; k < sizeof files / sizeof *files; k++) {
            horn_model *m = made(makers[i]()), *again = made(makers[i]());
            steps(m, 2);
            ck_ok(horn_model_save_weights(m, in_folder(files[k].name),
                                          &(horn_save_options){ .dialect = files[k].dialect }));
            ck_ok(horn_model_load_weights(again, in_folder(files[k].name)));
            steps(again, 2);
            check_same(whole, again, files[k].name);
            horn_model_free(again);
            horn_model_free(m);
        }
        horn_model_free(whole);
    }
    cleanup();
}
END_TEST

TEST_MAIN(test_slot_starts__a_run_goes_on_to_the_same_bits, test_slot_starts__weights_carry_the_state)
