/* horn_convert of an .h5 as Keras writes it for a compiled model that made no step: the step alone, no slots. */
#include <dirent.h>
#include <horn/file.h>
#include "formats/files.h"

#define GOLDEN "tests/golden/keras2.15/"

static char place[32];

static const char *in_place(const char *name)
{
    static char paths[2][128];
    static int next;
    char *path = paths[next++ % 2];
    snprintf(path, sizeof paths[0], "%s/%s", place, name);
    return path;
}

/* A golden file of a trained model, without its slots; with_averages: of an optimizer that would average the weights. */
static void write_untrained(const char *golden, bool with_averages)
{
    snapshot *s = read_file(golden);
    ck_ok(snapshot_leave_out(s, PART_OPTIMIZER, HORN_ERROR_UNSUPPORTED));
    s->parts |= PART_OPTIMIZER;
    if (with_averages) {
        config *arguments = config_copy(config_get(s->optimizer, "config"));
        config_set_boolean(arguments, "use_ema", true);
        config_set_number(arguments, "ema_momentum", 0.99);
        config_set(s->optimizer, "config", arguments);
    }
    bytes content = write_bytes(s, "keras-h5", NULL);
    FILE *file = fopen(in_place("never.h5"), "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(content.data, 1, content.size, file), content.size);
    ck_assert_int_eq(fclose(file), 0);
    bytes_free(&content);
    snapshot_free(s);
}

/* Into each format that holds an optimizer's state. */
static void convert_everywhere(void)
{
    const format *f;
    size_t count = 0;
    for (size_t i = 0; (f = format_at(i)); i++) {
        char name[40], *report;
        const horn_convert_options how = { .to = f->name };
        if (!(f->writes & PART_OPTIMIZER)) continue;
        snprintf(name, sizeof name, "%s-1%s", f->name, *f->suffixes ? *f->suffixes : "");
        const horn_status status = horn_convert(&report, in_place("never.h5"), in_place(name), &how);
        ck_assert_msg(!status, "%s: %s", f->name, horn_last_error());
        ck_assert_msg(strstr(report, " at step 0)") != NULL, "%s", report);
        free(report);
        count++;
    }
    ck_assert_uint_ge(count, 6);
}

/* As in Keras, none of the files has slots, also a SavedModel of SGD, which keeps momentum that it does not use. */
START_TEST(test_convert_untrained__goes_anywhere)
{
    static const char *const sources[] = { GOLDEN "Csgdm.h5", GOLDEN "Csgd.h5", GOLDEN "B.h5" };
    for (size_t i = 0; i < 2 * sizeof sources / sizeof *sources; i++) {
        char command[64];
        strcpy(place, "/tmp/horn-test-XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(place));
        write_untrained(sources[i / 2], i % 2);
        convert_everywhere();
        snprintf(command, sizeof command, "rm -rf '%s'", place);
        ck_assert_int_eq(system(command), 0);
    }
}
END_TEST

TEST_MAIN(test_convert_untrained__goes_anywhere)
