/* A small model in every format that is written and read: cut off at any byte and with any bit flipped, in any of its
 * files, it is refused in one line, or is the same model; where no checksum covers what is changed it may be another one,
 * but does no harm. HORN_FLIPS=all takes every bit and every length of Horn's own, otherwise some are left out. */
#include "robustness/model_files.h"

#include "model/files/convert.h"

/* Of how many lengths and bits one is taken: [another program's file][HORN_FLIPS=all]. Primes, so that all places in a byte
 * and in a word come up. */
static const size_t cut_steps[2][2] = { { 11, 1 }, { 101, 11 } },
                    flip_steps[2][2] = { { 61, 1 }, { 607, 61 } };

/* What no checksum covers. */
static const struct {
    const char *format, *suffix;
} unchecked[] = { { "json", "" },
                  { "safetensors", "" },
                  { "yaml", "" },
                  { "deepdish", "" },
                  { "torch7", "" },
                  { "frozen-graph", "" },
                  { "onnx", "" },
                  { "tflite", "" },
                  { "saved-model", "/saved_model.pb" },
                  { "saved-model", "/keras_metadata.pb" } };

static struct {
    size_t tried, refused, other;
} counts;

static bool is_checked(const format *f, const char *suffix)
{
    for (size_t i = 0; i < sizeof unchecked / sizeof *unchecked; i++)
        if (strcmp(unchecked[i].format, f->name) == 0 && strcmp(unchecked[i].suffix, suffix) == 0)
            return false;
    return true;
}

static void check_damage(const model_files *m, const snapshot *intact, int file, const void *data,
                         size_t size, const char *what, size_t at)
{
    snapshot *s;
    const double before = seconds();
    const horn_status status = read_model(m, file, data, size, &s);
    counts.tried++;
    counts.refused += status != HORN_OK;
    ck_assert_msg(seconds() - before < 2, "%s%s, %s at %zu: %g s", m->format->name, suffixes[file], what, at,
                  seconds() - before);
    if (status) {
        ck_assert_msg(*horn_last_error() && !strchr(horn_last_error(), '\n'), "%s%s, %s at %zu: no line",
                      m->format->name, suffixes[file], what, at);
    } else {
        const bool same = s->parts == intact->parts && !convert_check(intact, s, intact->parts, "damaged");
        counts.other += !same;
        ck_assert_msg(same || m->foreign || !is_checked(m->format, suffixes[file]),
                      "%s%s, %s at %zu is not seen: %s", m->format->name, suffixes[file], what, at,
                      horn_last_error());
    }
    snapshot_free(s);
}

static bool takes_all(void)
{
    const char *which = getenv("HORN_FLIPS");
    return which && strcmp(which, "all") == 0;
}

static void damage(const model_files *m, int file)
{
    const size_t cut_step = cut_steps[m->foreign][takes_all()],
                 flip_step = flip_steps[m->foreign][takes_all()];
    const bytes *b = &m->files[file];
    snapshot *intact;
    ck_ok(read_model(m, -1, NULL, 0, &intact));
    memset(&counts, 0, sizeof counts);
    for (size_t at = 0; at < b->size; at += cut_step) check_damage(m, intact, file, b->data, at, "cut", at);
    const size_t cuts = counts.tried;
    for (size_t bit = 0; bit < 8 * b->size; bit += flip_step) {
        b->data[bit / 8] ^= (unsigned char)(1u << bit % 8);
        check_damage(m, intact, file, b->data, b->size, "bit flipped", bit);
        b->data[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    printf("%s%s: %zu bytes: %zu lengths, %zu bits: %zu refused, %zu other models\n", m->format->name,
           suffixes[file], b->size, cuts, counts.tried - cuts, counts.refused, counts.other);
    ck_assert_uint_gt(counts.tried, 10);
    snapshot_free(intact);
}

START_TEST(test_damaged_models__are_refused_or_the_same)
{
    const format *f;
    size_t formats = 0;
    make_snapshot();
    for (size_t i = 0; (f = format_at(i)); i++) {
        if (!f->reads || !f->writes) continue;
        model_files m = write_model(f);
        for (int file = 0; file < FILES; file++)
            if (m.files[file].data) damage(&m, file);
        free_files(&m);
        formats++;
    }
    ck_assert_uint_ge(formats, 7);
    snapshot_free(whole);
}
END_TEST

/* Many have no checksum, so that another number may go unseen. */
START_TEST(test_damaged_models__of_keras_do_no_harm)
{
    static const struct {
        const char *format, *path;
    } files[] = { { "saved-model", "tests/golden/saved_model/keras2.15" },
                  { "keras", "tests/golden/keras2.15/Csgdm.keras" },
                  { "keras", "tests/golden/keras3.15/Csgdm.keras" },
                  { "keras-weights-h5", "tests/golden/keras2.15/Csgdm.weights.h5" },
                  { "keras-weights-h5", "tests/golden/keras3.15/Csgdm.weights.h5" },
                  { "keras-h5-weights", "tests/golden/keras2.15/Csgdm.legacyw.h5" },
                  { "json", "tests/golden/keras3.15/D.json" },
                  { "yaml", "tests/golden/yaml/names.yaml" },
                  { "tf-weights", "tests/golden/tf2.15/adam" } };
    horn_model *m;
    ck_ok(horn_model_load(&m, "tests/golden/keras2.15/Csgdm.h5", &(horn_load_options){ .threads = 1 }));
    ck_ok(snapshot_of_model(&whole, m, CARRIED));
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        model_files found = read_files(files[i].format, files[i].path);
        for (int file = 0; file < FILES; file++)
            if (found.files[file].data) damage(&found, file);
        free_files(&found);
    }
    snapshot_free(whole);
    horn_model_free(m);
}
END_TEST

TEST_MAIN_WITHIN(takes_all() ? 1200 : 120, test_damaged_models__are_refused_or_the_same,
                 test_damaged_models__of_keras_do_no_harm)
