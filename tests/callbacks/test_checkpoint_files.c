/* A run removes and replaces what a run has saved under its name, and nothing else. */
#include "callbacks/checkpoint_run.h"

#include <sys/stat.h>
#include <horn/file.h>

static const char *const templates[] = { "c{epoch}.h5", "c{epoch}" };
static const horn_model_checkpoint_options two = { .keep = 2 }, anew = { .restart = true };

static void copy(const char *from, const char *to)
{
    bytes content = { 0 };
    ck_ok(file_read(&content, in_folder(from), 0));
    FILE *file = fopen(in_folder(to), "w");
    ck_assert_uint_eq(fwrite(content.data, 1, content.size, file), content.size);
    ck_assert_int_eq(fclose(file), 0);
    bytes_free(&content);
}

/* A checkpoint of either template. */
static void copy_checkpoint(size_t i, const char *from, const char *to)
{
    static const char *const suffixes[2][2] = { { ".h5" }, { ".index", ".data-00000-of-00001" } };
    for (size_t k = 0; k < 2 - !i; k++) {
        char a[64], b[64];
        snprintf(a, sizeof a, "%s%s", from, suffixes[i][k]);
        snprintf(b, sizeof b, "%s%s", to, suffixes[i][k]);
        copy(a, b);
    }
}

static void write_text(const char *name, const char *text)
{
    FILE *file = fopen(in_folder(name), "w");
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static void expect_text(const char *name, const char *text)
{
    bytes content = { 0 };
    ck_ok(file_read(&content, in_folder(name), 0));
    ck_assert_str_eq(bytes_text(&content), text);
    bytes_free(&content);
}

START_TEST(test_checkpoint_files__keep_removes_no_copies)
{
    for (size_t i = 0; i < 2; i++) {
        setup();
        ck_ok(train_once(two, templates[i], 1, 3, NULL));
        copy_checkpoint(i, "c3", "a-backup"); /* is looked at before c3 */
        copy_checkpoint(i, "c3", "precious");
        copy_checkpoint(i, "c3", "c3-99");
        copy_checkpoint(i, "c2", "c77");
        ck_ok(train_once(two, templates[i], 1, 6, NULL));
        expect_names(i ? "a-backup c3-99 c5 c6 c77 precious"
                       : "a-backup.h5 c3-99.h5 c5.h5 c6.h5 c77.h5 precious.h5");
        ck_assert_str_eq(said, "");
        cleanup();
    }
}
END_TEST

/* It is the newest there is. */
START_TEST(test_checkpoint_files__a_copy_is_resumed_from_and_stays)
{
    for (size_t i = 0; i < 2; i++) {
        const char *found;
        setup();
        ck_ok(train_once(two, templates[i], 1, 3, NULL));
        copy_checkpoint(i, "c3", "precious");
        ck_assert_int_eq(unlink(in_folder(i ? "c3.index" : "c3.h5")), 0);
        horn_model *m = make_model(RMSPROP, 1, 1);
        horn_callback *c = make(two, templates[i]);
        ck_ok(horn_model_checkpoint_resume(&found, c, m, NULL));
        ck_assert_ptr_nonnull(strstr(found, "/precious"));
        ck_assert_int_eq(horn_model_step(m), 3 * BATCHES);
        ck_ok(fit(m, 6, true, &c, 1));
        expect_names(i ? "c5 c6 precious" : "c5.h5 c6.h5 precious.h5");
        horn_callback_free(c);
        horn_model_free(m);
        cleanup();
    }
}
END_TEST

/* Such a file is no reason to begin no run, unless its name is the template's. */
START_TEST(test_checkpoint_files__somebody_elses_broken_file_is_in_nobodys_way)
{
    setup();
    write_text("data.h5", "data");
    ck_ok(train_once(two, "c{epoch}.h5", 1, 1, NULL));
    ck_assert_ptr_nonnull(strstr(said, "skipped: "));
    expect_names("c1.h5 data.h5");
    write_text("c1.h5", "data");
    ck_assert_int_eq(train_once(two, "c{epoch}.h5", 1, 1, NULL), HORN_ERROR_FORMAT);
    ck_assert_ptr_nonnull(
        strstr(horn_last_error(), "none of its checkpoints can be resumed from (1 of them)"));
    expect_text("c1.h5", "data");
    cleanup();
}
END_TEST

/* Of a file and a prefix that share a name the file is read. */
START_TEST(test_checkpoint_files__a_file_with_the_name_of_a_prefix_takes_it)
{
    setup();
    write_text("c1", "data");
    ck_ok(train_once(two, "c{epoch}", 1, 3, NULL));
    ck_ok(train_once(two, "c{epoch}", 1, 3, NULL));
    expect_names("c2 c3");
    expect_text("c1", "data");
    write_text("c4", "data");
    ck_ok(train_once(two, "c{epoch}", 1, 4, NULL));
    expect_names("c3 c4-16");
    cleanup();
}
END_TEST

/* Of another number of shards: of a checkpoint that is being copied in, say. */
START_TEST(test_checkpoint_files__data_beside_a_checkpoint_stays)
{
    static const char *const data[] = { "c1.data-00000-of-00002", "c2.data-00001-of-00002",
                                        "best.data-00000-of-00007", "c3.data-00000-of-00002" };
    horn_model_checkpoint_options best = { .keep = 1, .save_best = "loss" };
    setup();
    ck_ok(train_once((horn_model_checkpoint_options){ .keep = 5, .save_best = "loss" }, "c{epoch}", 1, 3,
                     NULL));
    for (size_t i = 0; i < 4; i++) write_text(data[i], "data");
    ck_ok(train_once(best, "c{epoch}", 1, 5, NULL));
    expect_names("best c5");
    ck_assert_ptr_null(strstr(said, "stays"));
    best.restart = true;
    ck_ok(train_once(best, "c{epoch}", 2, 1, NULL));
    expect_names("best c1-4");
    for (size_t i = 0; i < 4; i++) expect_text(data[i], "data");
    write_text("best.data-00000-of-00002", "data"); /* replacing `best` goes by that name */
    best.restart = false;
    ck_assert_int_eq(train_once(best, "c{epoch}", 2, 3, NULL), HORN_ERROR_FILE);
    ck_assert_ptr_nonnull(strstr(horn_last_error(), "/best: this run did not save it"));
    expect_text("best.data-00000-of-00002", "data");
    cleanup();
}
END_TEST

START_TEST(test_checkpoint_files__converting_makes_a_copy)
{
    setup();
    ck_ok(train_once(two, "c{epoch}.h5", 1, 2, NULL));
    ck_ok(horn_convert(NULL, in_folder("c1.h5"), in_folder("c1"), NULL));
    ck_ok(train_once(two, "c{epoch}", 1, 5, NULL));
    expect_names("c1.h5 c1 c2.h5 c4 c5");
    cleanup();
}
END_TEST

/* A checkpoint of another run than the one before has no name that it was saved under here. */
START_TEST(test_checkpoint_files__restart_removes_what_runs_saved)
{
    for (size_t i = 0; i < 2; i++) {
        setup();
        ck_ok(train_once(two, templates[i], 1, 2, NULL));
        copy_checkpoint(i, "c2", "c9");
        write_text("c.h5", "data");
        write_text("c8.h5", "data");
        write_text("c8.index", "data");
        write_text("c3.data-00000-of-00001", "data");
        ck_ok(train_once(anew, templates[i], 2, 1, NULL));
        ck_assert_ptr_nonnull(
            strstr(said, i ? "the first checkpoint replaces those of runs before: c1 c2\n"
                           : "the first checkpoint replaces those of runs before: c1.h5 c2.h5\n"));
        ck_assert_ptr_nonnull(strstr(said, "stays: "));
        expect_names(i ? "c.h5 c1-4 c8.h5 c8 c9" : "c.h5 c1-4.h5 c8.h5 c8 c9.h5");
        for (int k = 0; k < 4; k++)
            expect_text(k == 0   ? "c.h5"
                        : k == 1 ? "c8.h5"
                        : k == 2 ? "c8.index"
                                 : "c3.data-00000-of-00001",
                        "data");
        ck_ok(train_once(two, templates[i], 2, 3, NULL)); /* goes on from its own, and overwrites nothing */
        expect_names(i ? "c.h5 c2 c3-12 c8.h5 c8 c9" : "c.h5 c2.h5 c3.h5 c8.h5 c8 c9.h5");
        cleanup();
    }
}
END_TEST

START_TEST(test_checkpoint_files__somebody_elses_best_is_refused)
{
    horn_model_checkpoint_options best = { .save_best = "val_loss" };
    for (size_t i = 0; i < 4; i++) {
        setup();
        const char *template = templates[i / 2], *file = i < 2 ? "best.h5" : "best.index";
        horn_model *m = make_model(RMSPROP, 1, 1);
        const char *found;
        ck_ok(train_once(two, template, 1, 2, NULL));
        if (i % 2)
            copy_checkpoint(i / 2, "c2", "best");
        else
            write_text(i == 0 ? file : "best.data-00000-of-00003", "data");
        best.restart = i % 2;
        horn_callback *c = make(best, template);
        ck_fails(horn_model_checkpoint_resume(&found, c, m, NULL), HORN_ERROR_FILE,
                 "this run did not save it, expected a free name for the best checkpoint");
        horn_callback_free(c);
        ck_ok(train_once(two, template, 1, 3, NULL)); /* without --save-best it is in nobody's way */
        horn_model_free(m);
        cleanup();
    }
}
END_TEST

static const char *const present[2][2] = { { "best.h5", "c1.h5" }, { "best.index", "c1.index" } };

/* Somebody else's files take the place of the run's own after its first epoch. */
static horn_status put_in_place(horn_callback *c, const horn_progress *p, const horn_logs *logs)
{
    const char *const *names = c->payload;
    (void)logs;
    for (size_t i = 0; i < 2 && p->epoch == 0; i++) {
        ck_assert_int_eq(unlink(in_folder(names[i])), 0);
        write_text(names[i], "data");
    }
    return HORN_OK;
}

START_TEST(test_checkpoint_files__what_was_put_in_their_place_stays)
{
    for (size_t i = 0; i < 2; i++) {
        setup();
        horn_model *m = make_model(RMSPROP, 1, 1);
        horn_callback *c = make((horn_model_checkpoint_options){ .keep = 1, .save_best = "loss" },
                                templates[i]),
                      other = { .payload = (void *)present[i], .on_epoch_end = put_in_place },
                      *callbacks[] = { c, &other };
        ck_ok(fit(m, 2, false, callbacks, 2));
        for (size_t k = 0; k < 2; k++) expect_text(present[i][k], "data");
        ck_assert_ptr_nonnull(strstr(said, "no best checkpoint at step 8: "));
        ck_assert_ptr_nonnull(strstr(said, "an old checkpoint stays: "));
        horn_callback_free(c);
        horn_model_free(m);
        cleanup();
    }
}
END_TEST

START_TEST(test_checkpoint_files__links_and_directories_stay)
{
    setup();
    struct stat facts;
    ck_ok(train_once((horn_model_checkpoint_options){ .keep = 3 }, "c{epoch}.h5", 1, 3, NULL));
    ck_assert_int_eq(mkdir(in_folder("elsewhere"), 0777), 0);
    ck_assert_int_eq(rename(in_folder("c1.h5"), in_folder("elsewhere/c1.h5")), 0);
    ck_assert_int_eq(symlink("elsewhere/c1.h5", in_folder("c1.h5")), 0);
    ck_assert_int_eq(link(in_folder("c2.h5"), in_folder("precious.h5")), 0);
    ck_assert_int_eq(mkdir(in_folder("c4.h5"), 0777), 0);
    write_text("c4.h5/notes.txt", "data");
    ck_ok(train_once((horn_model_checkpoint_options){ .keep = 1 }, "c{epoch}.h5", 1, 4, NULL));
    expect_names("c1.h5 c4-16.h5 c4.h5 precious.h5");
    ck_assert(lstat(in_folder("c1.h5"), &facts) == 0 && S_ISLNK(facts.st_mode));
    ck_assert_int_eq(access(in_folder("elsewhere/c1.h5"), F_OK), 0);
    expect_text("c4.h5/notes.txt", "data");
    cleanup();
}
END_TEST

START_TEST(test_checkpoint_files__somebody_elses_pointer_stays)
{
    static const char *const texts[] = {
        "model_checkpoint_path: \"keras-1\"\nall_model_checkpoint_paths: \"keras-1\"\n",
        "model_checkpoint_path: \"c1\"\nall_model_checkpoint_paths: \"c1\"\n\
all_model_checkpoint_timestamps: 1.5\n",
        "notes", ""
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        setup();
        ck_ok(train_once(two, "c{epoch}", 1, 1, NULL));
        write_text("checkpoint", texts[i]);
        ck_ok(train_once(two, "c{epoch}", 1, 4, NULL));
        expect_names("c3 c4");
        expect_text("checkpoint", texts[i]);
        const char *line = strstr(said, "/checkpoint: names checkpoints that this run did not save");
        ck_assert_ptr_nonnull(line);
        ck_assert_ptr_null(strstr(line + 1, "/checkpoint: ")); /* once */
        ck_assert_int_eq(unlink(in_folder("checkpoint")), 0);
        ck_ok(train_once(two, "c{epoch}", 1, 5, NULL));
        expect_text("checkpoint", "model_checkpoint_path: \"c5\"\nall_model_checkpoint_paths: \"c4\"\n"
                                  "all_model_checkpoint_paths: \"c5\"\n");
        cleanup();
    }
}
END_TEST

TEST_MAIN(test_checkpoint_files__keep_removes_no_copies,
          test_checkpoint_files__a_copy_is_resumed_from_and_stays,
          test_checkpoint_files__somebody_elses_broken_file_is_in_nobodys_way,
          test_checkpoint_files__a_file_with_the_name_of_a_prefix_takes_it,
          test_checkpoint_files__data_beside_a_checkpoint_stays,
          test_checkpoint_files__converting_makes_a_copy,
          test_checkpoint_files__restart_removes_what_runs_saved,
          test_checkpoint_files__somebody_elses_best_is_refused,
          test_checkpoint_files__what_was_put_in_their_place_stays,
          test_checkpoint_files__links_and_directories_stay,
          test_checkpoint_files__somebody_elses_pointer_stays)
