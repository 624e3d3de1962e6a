/* Files that were changed at random and whose checksums are right again: each is refused in one line or is a model, in little
 * time. HORN_FLIPS=all makes more of them. */
#include "robustness/model_files.h"

#include "codecs/zip/file.h"
#include "mend.h"

enum { GRAPH = 3, METADATA = 4, INDEX = 5, DATA = 6 };

static uint64_t state = 1;

static size_t draw(size_t below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(state >> 33) % below;
}

/* One to four changes of a byte, or a span that is written over another one. */
static void change(bytes *b)
{
    static const unsigned char odd[] = { 0, 1, 0x7f, 0x80, 0xff, '[', '"', '/' };
    for (size_t changes = 1 + draw(4); changes; changes--) {
        const size_t at = draw(b->size), from = draw(b->size), room = b->size - (at > from ? at : from);
        switch (draw(4)) {
        case 0:
            b->data[at] ^= (unsigned char)(1u << draw(8));
            break;
        case 1:
            b->data[at] = odd[draw(sizeof odd)];
            break;
        case 2:
            b->data[at] = (unsigned char)(b->data[at] + draw(9) - 4);
            break;
        default:
            memmove(b->data + at, b->data + from, 1 + draw(room < 16 ? room : 16));
        }
    }
}

static void mend(model_files *m)
{
    mend_hdf5(m->files[0].data, m->files[0].size);
    if (zip_file_recognizes(m->files[0].data, m->files[0].size)) mend_zip(&m->files[0]);
    mend_bundle(&m->files[1], &m->files[2]);
    mend_bundle(&m->files[INDEX], &m->files[DATA]);
}

static struct {
    size_t tried, refused, by_checksum;
} counts;

static void check(const model_files *m)
{
    snapshot *s;
    const double before = seconds();
    const horn_status status = read_model(m, -1, NULL, 0, &s);
    const char *line = horn_last_error();
    counts.tried++;
    counts.refused += status != HORN_OK;
    if (status) ck_assert_msg(*line && !strchr(line, '\n'), "change %zu: '%s'", counts.tried, line);
    if (status) counts.by_checksum += strstr(line, "checksum") || strstr(line, "CRC");
    ck_assert_msg(status != HORN_ERROR_MEMORY, "change %zu: %s", counts.tried, line);
    ck_assert_msg(seconds() - before < 2, "change %zu: %g s", counts.tried, seconds() - before);
    snapshot_free(s);
}

static void change_all(const model_files *intact, size_t times)
{
    for (int file = 0; file < FILES; file++) {
        memset(&counts, 0, sizeof counts);
        for (size_t i = 0; i < times && intact->files[file].size; i++) {
            model_files m = *intact;
            for (int k = 0; k < FILES; k++) m.files[k] = copy_of(intact->files[k].data, intact->files[k].size);
            change(&m.files[file]);
            mend(&m);
            for (int k = 0; k < FILES; k++)
                if (!intact->files[k].data) bytes_free(&m.files[k]);
            check(&m);
            free_files(&m);
        }
        if (counts.tried)
            printf("%s%s: %zu changes, %zu refused, %zu for a checksum\n", intact->format->name,
                   suffixes[file], counts.tried, counts.refused, counts.by_checksum);
        ck_assert_msg(counts.by_checksum <= counts.tried / 8, "%s%s: %zu of %zu changes are not mended",
                      intact->format->name, suffixes[file], counts.by_checksum, counts.tried);
    }
}

static size_t times(void)
{
    const char *which = getenv("HORN_FLIPS");
    return which && strcmp(which, "all") == 0 ? 20000 : 250;
}

START_TEST(test_mended_models__of_horn_do_no_harm)
{
    const format *f;
    make_snapshot();
    for (size_t i = 0; (f = format_at(i)); i++) {
        if (!f->reads || !f->writes) continue;
        model_files m = write_model(f);
        change_all(&m, times());
        free_files(&m);
    }
    snapshot_free(whole);
}
END_TEST

START_TEST(test_mended_models__of_keras_do_no_harm)
{
    static const char *const files[][2] = { { "saved-model", "tests/golden/saved_model/keras2.15" },
                                            { "tf-weights", "tests/golden/tf2.15/adam" },
                                            { "tf-weights", "tests/golden/tf2.21/adam" },
                                            { "keras", "tests/golden/keras3.15/Csgdm.keras" } };
    make_snapshot();
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        model_files m = read_files(files[i][0], files[i][1]);
        change_all(&m, times());
        free_files(&m);
    }
    snapshot_free(whole);
}
END_TEST

/* The name of the object graph is another one. What is left are names of variables, which tell no classes. */
START_TEST(test_mended_models__a_saved_model_without_an_object_graph_is_refused)
{
    static const char name[] = "_CHECKPOINTABLE_OBJECT_GRAPH";
    model_files m = read_files("saved-model", "tests/golden/saved_model/keras2.15");
    bytes *index = &m.files[INDEX];
    unsigned char *at = memmem(index->data, index->size, name, sizeof name - 1);
    snapshot *s;
    ck_assert_ptr_nonnull(at);
    at[9] = '?';
    ck_fails(read_model(&m, -1, NULL, 0, &s), HORN_ERROR_FORMAT, "checksum");
    snapshot_free(s);
    mend_bundle(index, &m.files[DATA]);
    ck_fails(read_model(&m, -1, NULL, 0, &s), HORN_ERROR_FORMAT, "has no object graph");
    snapshot_free(s);
    free_files(&m);
}
END_TEST

TEST_MAIN_WITHIN(1200, test_mended_models__of_horn_do_no_harm, test_mended_models__of_keras_do_no_harm,
                 test_mended_models__a_saved_model_without_an_object_graph_is_refused)
