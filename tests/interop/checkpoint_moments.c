/* Saves that are killed, for TensorFlow to look at what stands there then; checkpoint_moments.py removes the
 * folder, which the line "folder: PATH" names. For every call on files that a save makes (NNN), and the middle
 * of each write (NNNm):
 *
 *     old/ new/         what saves leave that nobody kills, as w
 *     first-kept/NNN-0-0/        `new`, killed at that call
 *     overwritten-kept/NNN-0-0/  `new` over `old`
 *     epochs/           all checkpoints of a run: c1, c2, ...
 *     run-kept/NNN-C-B/  the same run with two kept and the best one, killed; its checkpoints up to epoch C and
 *                       its best of epoch B were committed */
#include "robustness/small_checkpoints.h"

typedef struct save {
    horn_model *old, *new; /* old NULL: the first save */
} save;

static void save_w(horn_model *m)
{
    if (horn_model_save(m, in_folder("run/w"), &(horn_save_options){ .format = "tf-weights" })) _exit(1);
}

static void save_in_child(void *context)
{
    save_w(((save *)context)->new);
}

static void begin(const save *s)
{
    ck_assert_int_eq(mkdir(in_folder("run"), 0777), 0);
    if (s && s->old) save_w(s->old);
}

static void keep_as(const char *kind, const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "%s-kept/%s", kind, name);
    ck_assert_int_eq(rename(in_folder("run"), in_folder(path)), 0);
}

static void keep_whole(const char *kind, const save *s)
{
    begin(s);
    save_w(s->new);
    ck_assert_int_eq(rename(in_folder("run"), in_folder(kind)), 0);
}

/* Kills the work at each call in turn, until a call is not reached. */
static void kill_each(const char *kind, void (*work)(void *), void *context, const save *s,
                      const small_checkpoints *run)
{
    char name[32], top[32];
    snprintf(top, sizeof top, "%s-kept", kind);
    ck_assert_int_eq(mkdir(in_folder(top), 0777), 0);
    for (long n = 0;; n++)
        for (int midway = 0; midway < 2; midway++) {
            if (midway && calls->trace[n] != 'w') continue;
            begin(s);
            int status = calls_in_child(work, context, folder, n, midway ? DIE_MIDWAY : DIE, 0);
            snprintf(name, sizeof name, "%03ld%s-%d-%d", n, midway ? "m" : "",
                     run ? run->record->committed : 0, run ? run->record->best : 0);
            keep_as(kind, name);
            if (WIFSIGNALED(status)) continue;
            ck_assert_int_eq(status, 0);
            printf("%s: %ld calls: %s\n", kind, n, calls->trace);
            return;
        }
}

static void keep_epochs(void)
{
    horn_callback *c =
        make((horn_model_checkpoint_options){ .keep = 100, .save_best = "val_loss" }, "epochs/c{epoch}");
    horn_model *m = make_model(ADAM, 3, 1);
    ck_ok(train(m, c, EPOCHS, NULL));
    horn_callback_free(c);
    horn_model_free(m);
}

START_TEST(checkpoint_moments)
{
    small_checkpoints run;
    setup_in_memory();
    printf("folder: %s\n", folder);
    horn_model *old = make_model(MOMENTUM, 1, 1), *new = make_model(ADAM, 2, 1);
    ck_ok(fit(old, 1, false, NULL, 0));
    ck_ok(fit(new, 1, false, NULL, 0));
    keep_whole("old", &(save){ .new = old });
    keep_whole("new", &(save){ .new = new });
    kill_each("first", save_in_child, &(save){ .new = new }, NULL, NULL);
    kill_each("overwritten", save_in_child, &(save){ old, new }, &(save){ old, new }, NULL);
    keep_epochs();
    small_checkpoints_prepare(&run, "");
    kill_each("run", small_checkpoints_child, &run, NULL, &run);
    horn_model_free(old);
    horn_model_free(new);
}
END_TEST

TEST_MAIN(checkpoint_moments)
