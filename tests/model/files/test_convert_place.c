/* horn_convert changes nothing that it reads, however the destination is spelled. */
#include "model/small_run.h"

#include <stdarg.h>
#include <horn/file.h>
#include "base/bytes.h"

#define GOLDEN "tests/golden/"

static void run(const char *pattern, ...)
{
    char command[2000];
    va_list arguments;
    va_start(arguments, pattern);
    int size = snprintf(command, sizeof command, "cd '%s' && ", folder);
    vsnprintf(command + size, sizeof command - (size_t)size, pattern, arguments);
    va_end(arguments);
    ck_assert_msg(system(command) == 0, "%s", command);
}

/* In the folder: m.h5, a SavedModel `saved`, a checkpoint run/ckpt in two shards, and names that lead to them. */
static void make_sources(void)
{
    static const char *const made[][2] = { { "m.h5", NULL }, { "saved/", NULL }, { "run/ckpt", NULL } };
    setup_in_memory();
    for (size_t i = 0; i < 3; i++)
        ck_ok(horn_convert(NULL, GOLDEN "keras2.15/Csgdm.h5", in_folder(made[i][0]),
                           &(horn_convert_options){ .shards = i == 2 ? 2 : 0 }));
    run("ln m.h5 hard.h5 && ln -s m.h5 soft.h5 && ln -s saved link && ln -s saved/new dangling && mkdir "
        "other "
        "&& ln -s ../saved other/up && ln -s run/ckpt.index c.index && mkdir empty && cp -r saved saved2 "
        "&& ln run/ckpt.data-00001-of-00002 data.data-00001-of-00002");
}

static const struct {
    const char *from, *to, *format;
} refused[] = {
    { "m.h5", "m.h5", NULL },
    { "m.h5", "./other/../m.h5", NULL },
    { "m.h5", "hard.h5", NULL },
    { "m.h5", "soft.h5", NULL },
    { "soft.h5", "m.h5", NULL },
    { "hard.h5", "other/../soft.h5", NULL },
    { "saved", "saved/", NULL },
    { "saved/", "saved/.", "saved-model" },
    { "saved", "saved", "saved-model" },
    { "saved", "saved/variables/variables", NULL },
    { "saved", "saved/new.h5", NULL },
    { "saved", "saved/new/deep/m.keras", NULL },
    { "saved", "link/new.h5", NULL },
    { "saved", "other/up/variables/m.json", NULL },
    { "saved", "other/up/", NULL },
    { "saved", "empty/../saved/x.h5", NULL },
    { "link", "saved/x.h5", NULL },
    { "saved/variables/variables", "saved/", NULL },
    { "saved/variables/variables", "saved/variables/variables", NULL },
    { "run/ckpt", "run/ckpt", NULL },
    { "run", "run/ckpt", NULL },
    { "run/ckpt", "c", NULL },
    { "run/ckpt", "data", NULL }, /* its shards have names of their own, one of which is another's */
};

/* Names and sums of all files. */
static void sum(const char *name)
{
    run("find . -type f ! -name 'sum?' | LC_ALL=C sort | xargs cksum > %s && find . -type l | LC_ALL=C sort "
        ">> %s",
        name, name);
}

START_TEST(test_convert_place__what_is_read_stays)
{
    make_sources();
    sum("sum1");
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        horn_convert_options o = { .to = refused[i].format,
                                   .shards = strcmp(refused[i].to, "data") == 0 ? 2 : 0 };
        if (strncmp(refused[i].from, "saved/var", 9) == 0) o.architecture = GOLDEN "keras2.15/Csgdm.h5";
        horn_status status = horn_convert(NULL, in_folder(refused[i].from), in_folder(refused[i].to), &o);
        ck_assert_msg(status != HORN_OK, "%s to %s", refused[i].from, refused[i].to);
        ck_assert_msg(strstr(horn_last_error(), "which is read") ||
                          strstr(horn_last_error(), "is no directory") ||
                          strstr(horn_last_error(), "name of a directory"),
                      "%s to %s: %s", refused[i].from, refused[i].to, horn_last_error());
    }
    sum("sum2");
    run("cmp sum1 sum2");
    cleanup();
}
END_TEST

START_TEST(test_convert_place__the_architectures_file_stays)
{
    static const char *const targets[] = { "m.h5", "soft.h5", "saved/x.h5", "link/" };
    make_sources();
    ck_ok(horn_convert(NULL, in_folder("m.h5"), in_folder("w.weights.h5"), NULL));
    for (size_t i = 0; i < 4; i++)
        ck_fails(horn_convert(NULL, in_folder("w.weights.h5"), in_folder(targets[i]),
                              &(horn_convert_options){ .architecture = in_folder(i < 2 ? "m.h5" : "saved") }),
                 HORN_ERROR_FILE, "which is read");
    run("cmp m.h5 soft.h5");
    cleanup();
}
END_TEST

/* Beside the source, and in the place of a model that is not read. */
START_TEST(test_convert_place__other_places_are_free)
{
    static const char *const free_places[][2] = { { "m.h5", "m2.h5" },      { "saved", "saved2/" },
                                                  { "saved", "saved.h5" },  { "run", "run/ckpt-2" },
                                                  { "run/ckpt", "run/ck" }, { "run/ckpt", "run/ckpt-1" },
                                                  { "saved2", "saved/" } };
    make_sources();
    for (size_t i = 0; i < sizeof free_places / sizeof *free_places; i++)
        ck_ok(horn_convert(NULL, in_folder(free_places[i][0]), in_folder(free_places[i][1]), NULL));
    cleanup();
}
END_TEST

TEST_MAIN(test_convert_place__what_is_read_stays, test_convert_place__the_architectures_file_stays,
          test_convert_place__other_places_are_free)
