/* Models in several threads, and in a process that was forked after they were made. */
#include "model/small_run.h"
#include <pthread.h>
#include <sys/wait.h>

/* ---- threads ---- */

typedef struct task {
    int which;
    horn_model *model;
    char path[300];
} task;

static void *train(void *argument)
{
    task *t = argument;
    horn_callback *all[] = { horn_csv_logger(t->path), NULL };
    char template[400], h5[400];
    snprintf(template, sizeof template, "%s-run/{epoch}", t->path);
    snprintf(h5, sizeof h5, "%s.h5", t->path);
    all[1] = horn_model_checkpoint(
        &(horn_model_checkpoint_options){ .path = template, .save_best = "val_loss", .every_steps = 2 });
    t->model = make_model(t->which, 5, 2);
    ck_ok(fit(t->model, 3, false, all, 2));
    ck_ok(horn_model_save(t->model, h5, NULL));
    ck_ok(horn_model_load_weights(t->model, h5));
    horn_callback_free(all[0]);
    horn_callback_free(all[1]);
    return NULL;
}

START_TEST(test_processes__two_models_in_two_threads)
{
    task together[2] = { { .which = RMSPROP }, { .which = ADAM } },
         alone[2] = { { .which = RMSPROP }, { .which = ADAM } };
    pthread_t threads[2];
    setup();
    for (int i = 0; i < 2; i++) {
        snprintf(together[i].path, sizeof together[i].path, "%s/together-%d", folder, i);
        snprintf(alone[i].path, sizeof alone[i].path, "%s/alone-%d", folder, i);
        ck_assert_int_eq(pthread_create(&threads[i], NULL, train, &together[i]), 0);
    }
    for (int i = 0; i < 2; i++) ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < 2; i++) {
        train(&alone[i]);
        assert_same_run(together[i].model, alone[i].model);
        horn_model_free(together[i].model);
        horn_model_free(alone[i].model);
    }
    cleanup();
}
END_TEST

/* ---- fork ---- */

/* Threads do not come along: the child's calls do all the work themselves. */
START_TEST(test_processes__a_forked_child_trains_on)
{
    int status;
    setup();
    horn_model *m = make_model(ADAM, 7, 3), *expected = make_model(ADAM, 7, 3), *got = NULL;
    ck_ok(fit(m, 2, false, NULL, 0));
    ck_ok(fit(expected, 2, false, NULL, 0));
    pid_t child = fork();
    if (child == 0) {
        alarm(30);
        horn_status failed = fit(m, 2, false, NULL, 0);
        if (!failed) failed = horn_model_save(m, in_folder("child.h5"), NULL);
        horn_model_free(m);
        horn_model_free(expected);
        _exit(failed ? 1 : 0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ends with status %x",
                  (unsigned)status);
    ck_ok(fit(expected, 2, false, NULL, 0));
    ck_ok(horn_model_load(&got, in_folder("child.h5"), NULL));
    ck_ok(horn_model_save(expected, in_folder("a.h5"), NULL));
    ck_ok(horn_model_save(got, in_folder("b.h5"), NULL));
    bytes a = { 0 }, b = { 0 };
    ck_ok(file_read(&a, in_folder("a.h5"), 0));
    ck_ok(file_read(&b, in_folder("b.h5"), 0));
    ck_assert(a.size == b.size && memcmp(a.data, b.data, a.size) == 0);
    bytes_free(&a);
    bytes_free(&b);
    ck_ok(fit(m, 2, false, NULL, 0)); /* the parent's as before */
    horn_model_free(m);
    horn_model_free(expected);
    horn_model_free(got);
    cleanup();
}
END_TEST

TEST_MAIN(test_processes__two_models_in_two_threads, test_processes__a_forked_child_trains_on)
