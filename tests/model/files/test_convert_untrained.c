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

/* A golden file of a trained model, without its slots. */
static void write_untrained(const char *golden)
{
    snapshot *s = read_file(golden);
    ck_ok(snapshot_leave_out(s, PART_OPTIMIZER, HORN_ERROR_UNSUPPORTED));
    s->parts |= PART_OPTIMIZER;
    bytes content = write_bytes(s, "keras-h5", NULL);
    FILE *file = fopen(in_place("never.h5"), "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(content.data, 1, content.size, file), content.size);
    ck_assert_int_eq(fclose(file), 0);
    bytes_free(&content);
    snapshot_free(s);
}

/* A SavedModel of Keras 2's SGD holds momentum, still zeros. */
START_TEST(test_convert_untrained__goes_anywhere)
{
    static const char *const sources[] = { GOLDEN "Csgdm.h5", GOLDEN "Csgd.h5", GOLDEN "B.h5" };
    static const char *const targets[][2] = {
        { "saved/", "saved-model" }, { "a.keras", NULL },   { "a.h5", NULL },
        { "a.weights.h5", NULL },    { "a", "tf-weights" }, { "b", "tf-checkpoint" }
    };
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        char command[64], *report;
        strcpy(place, "/tmp/horn-test-XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(place));
        write_untrained(sources[i]);
        for (size_t k = 0; k < sizeof targets / sizeof *targets; k++) {
            const horn_convert_options how = { .to = targets[k][1] };
            ck_ok(horn_convert(&report, in_place("never.h5"), in_place(targets[k][0]), &how));
            ck_assert_msg(strstr(report, " at step 0)") != NULL, "%s", report);
            free(report);
        }
        snprintf(command, sizeof command, "rm -rf '%s'", place);
        ck_assert_int_eq(system(command), 0);
    }
}
END_TEST

TEST_MAIN(test_convert_untrained__goes_anywhere)
