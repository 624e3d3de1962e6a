/* Every pair of formats of the registry: a model goes into the one, from there into the other, and what comes out is equal in all
 * that both carry, by their own tables; every other part is named. A format joins by its line in the registry. */
#include "test.h"

#include <stdio.h>
#include <horn/horn.h>
#include "base/bytes.h"
#include "conformance/format_models.h"
#include "custom_classes.h"
#include "formats/format.h"
#include "model/files/convert.h"
#include "model/files/save_load.h"
#include "model/files/snapshot_of_model.h"

enum { WHOLE = PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE | PART_OPTIMIZER | PART_PROGRESS, ROWS = 6 };

static const struct {
    unsigned part;
    const char *name;
} names[] = { { PART_ARCHITECTURE, "architecture" },
              { PART_WEIGHTS, "weights" },
              { PART_COMPILE, "compile settings" },
              { PART_OPTIMIZER, "optimizer state" },
              { PART_PROGRESS, "progress" } };

static char folder[64];

/* In memory if there is a place for files: a thousand conversions wait for a busy disk. */
static void set_up(void)
{
    snprintf(folder, sizeof folder, "/dev/shm/horn-formats-XXXXXX");
    if (mkdtemp(folder)) return;
    snprintf(folder, sizeof folder, "/tmp/horn-formats-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void clean_up(void)
{
    char command[100];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

static void train(horn_model *m, horn_optimizer *o)
{
    float x[ROWS * INPUTS];
    int32_t y[ROWS];
    for (int i = 0; i < ROWS * INPUTS; i++) x[i] = (float)(i * 7 % 11) / 11 - 0.5f;
    for (int i = 0; i < ROWS; i++) y[i] = i % 3;
    const horn_view samples_view = { .data = x, .dtype = HORN_FLOAT32, .rank = 2, .shape = { ROWS, INPUTS } };
    const horn_view labels = { .data = y, .dtype = HORN_INT32, .rank = 1, .shape = { ROWS } };
    ck_ok(
        horn_model_compile(m, &(horn_compile_options){ .optimizer = o,
                                                       .loss = horn_sparse_categorical_crossentropy(&(
                                                           horn_crossentropy_options){ .from_logits = true }),
                                                       .metrics = { horn_metric_by_name("accuracy") } }));
    ck_ok(
        horn_model_fit(NULL, m, &samples_view, &labels, &(horn_fit_options){ .batch_size = 4, .epochs = 2 }));
}

static horn_model *make_model(const model_sample *sample)
{
    bytes text = { 0 };
    char path[100];
    horn_model *m;
    bytes_print(&text,
                "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"sample\", \"layers\": "
                "[{\"class_name\": \"InputLayer\", "
                "\"config\": {\"batch_input_shape\": [null, %d], \"name\": \"numbers\"}}",
                INPUTS);
    sample->print(&text);
    print_layer(&text, "Dense", "\"name\": \"last\", \"units\": 3");
    bytes_print(&text, "]}}");
    snprintf(path, sizeof path, "%s/model.json", folder);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(bytes_text(&text), file), 0);
    ck_assert_int_eq(fclose(file), 0);
    bytes_free(&text);
    ck_ok(horn_model_load(&m, path, &(horn_load_options){ .threads = 1 }));
    if (sample->optimizer) train(m, sample->optimizer());
    return m;
}

/* ---- the ways ---- */

/* A model on its way: file 0 has all of it, 1 is in the first format, 2 in the second, 3 in the first again. */
typedef struct way {
    const model_sample *sample;
    horn_model *model;
    snapshot *first; /* the model's */
    const format *formats[4];
    char paths[4][128], what[200];
    char *reports[4];
    unsigned parts[4]; /* what each file must have */
} way;

/* The format that reads what this one writes. */
static const format *reader_of(const char *path)
{
    const format *f = NULL;
    source from;
    ck_ok(source_open(&from, path));
    ck_ok(format_by_content(&f, &from));
    source_close(&from);
    return f;
}

static void place(way *w, int step, const format *f)
{
    w->formats[step] = f;
    snprintf(w->paths[step], sizeof w->paths[step], "%s/%d%s-1%s", folder, step, f->name,
             *f->suffixes ? *f->suffixes : "");
    free(w->reports[step]);
    w->reports[step] = NULL;
    snprintf(w->what, sizeof w->what, "%s, %s%s%s%s", w->sample->name, w->formats[1]->name,
             step > 1 ? " -> " : "", step > 1 ? w->formats[2]->name : "", step > 2 ? " and back" : "");
}

static bool is_reduced(const way *w, int step)
{
    for (int i = 1; i <= step; i++)
        if (w->formats[i]->inference_alone) return true;
    return false;
}

/* The report of a step names each part that was lost in it, and none that is in the file. */
static void check_named(const way *w, int step, const snapshot *found)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char lost[100];
        bool is_named = false;
        snprintf(lost, sizeof lost, "not carried: %s", names[i].name);
        for (int k = 1; k <= step; k++) is_named = is_named || strstr(w->reports[k], lost);
        ck_assert_msg(!(w->first->parts & names[i].part) || found->parts & names[i].part || is_named,
                      "%s: %s is not named in\n%s", w->what, lost, w->reports[step]);
        ck_assert_msg(!(found->parts & names[i].part) || !strstr(w->reports[step], lost),
                      "%s: is there, but %s", w->what, lost);
    }
    ck_assert_msg(!w->formats[step]->inference_alone ||
                      strstr(w->reports[step], "changed:     the architecture"),
                  "%s", w->what);
}

static void check_arrived(way *w, int step)
{
    snapshot *found = NULL;
    const unsigned ignored = PART_OPERATIONS | (is_reduced(w, step) ? PART_ARCHITECTURE : 0u);
    horn_status status =
        model_read_parts(&found, w->paths[step], 0, reader_of(w->paths[step])->needs ? w->model : NULL);
    ck_assert_msg(!status, "%s: %s", w->what, horn_last_error());
    ck_assert_msg((found->parts & WHOLE) == w->parts[step], "%s: has parts %u, expected %u", w->what,
                  found->parts, w->parts[step]);
    status = convert_check(w->first, found, w->parts[step] & ~ignored, w->what);
    ck_assert_msg(!status, "%s", horn_last_error());
    check_named(w, step, found);
    snapshot_free(found);
}

/* `has`: the parts of the file before; what it lacks of architecture and compile settings comes from file 0. The parts that
 * the next format needs beyond that. */
static unsigned missing(const way *w, int step, unsigned *has)
{
    const format *to = w->formats[step];
    unsigned need = (to->writes & PART_WEIGHTS) | (to->needs & PART_ARCHITECTURE);
    *has = w->parts[step - 1];
    if (!(*has & PART_ARCHITECTURE)) *has |= w->first->parts & (PART_ARCHITECTURE | PART_COMPILE);
    if (!to->weights_alone) need |= to->writes & PART_ARCHITECTURE;
    return need & ~*has;
}

/* To the file of `step` from the one before. False where the tables say that it cannot be, or cannot be read. */
static bool go(way *w, int step, const format *to)
{
    unsigned has;
    place(w, step, to);
    const unsigned lacks = missing(w, step, &has);
    const horn_convert_options o = { .to = to->name,
                                     .architecture =
                                         w->parts[step - 1] & PART_ARCHITECTURE ? NULL : w->paths[0] };
    horn_status status = horn_convert(&w->reports[step], w->paths[step - 1], w->paths[step], &o);
    if (lacks) {
        ck_assert_msg(status == HORN_ERROR_UNSUPPORTED && strstr(horn_last_error(), "holds no weights"),
                      "%s: %s", w->what, status ? horn_last_error() : "was written");
        return false;
    }
    if (w->sample->print == print_custom &&
        ((to->inference_alone && to->read) || to->needs & PART_OPERATIONS)) {
        ck_assert_msg(status == HORN_ERROR_UNSUPPORTED &&
                          (strstr(horn_last_error(), "in a form that is known") ||
                           strstr(horn_last_error(), "layer 'mix' (demo>Mix) computes Mul, for which")),
                      "%s: %s", w->what, status ? horn_last_error() : "was written");
        return false;
    }
    if (w->sample->print == print_sequences && status && !to->inference_alone &&
        to->needs & PART_OPERATIONS) {
        ck_assert_msg(status == HORN_ERROR_UNSUPPORTED &&
                          strstr(horn_last_error(), ", for which torch.nn has no module"),
                      "%s: %s", w->what, horn_last_error());
        return false;
    }
    ck_assert_msg(!status, "%s: %s", w->what, horn_last_error());
    if (!to->read || (to->gives_back && strstr(w->reports[step], "its tensors read back and compared"))) {
        /* nothing goes on from there */
        ck_assert_msg(!to->list || strstr(w->reports[step], "its tensors read back and compared"), "%s",
                      w->reports[step]);
        return false;
    }
    w->parts[step] = has & to->writes & reader_of(w->paths[step])->reads;
    check_arrived(w, step);
    return true;
}

/* By its table: of several any would do. */
static const format *whole_format(void)
{
    for (size_t i = 0; format_at(i); i++)
        if ((format_at(i)->writes & format_at(i)->reads & WHOLE) == WHOLE) return format_at(i);
    ck_abort_msg("no format carries a whole model");
    return NULL;
}

static void begin(way *w, const model_sample *sample)
{
    transaction *t;
    *w =
        (way){ .sample = sample, .model = make_model(sample), .formats = { whole_format(), whole_format() } };
    place(w, 0, whole_format());
    ck_ok(snapshot_of_model(&w->first, w->model, WHOLE));
    ck_ok(transaction_begin(&t, w->paths[0]));
    ck_ok(w->formats[0]->write(w->first, t, &(format_options){ 0 }));
    ck_ok(transaction_commit(t));
    transaction_free(t);
    w->parts[0] = w->first->parts;
    ck_assert_msg(w->first->parts == (sample->optimizer ? WHOLE : PART_ARCHITECTURE | PART_WEIGHTS),
                  "%s: has parts %u", sample->name, w->first->parts);
}

static void end(way *w)
{
    for (int i = 0; i < 4; i++) free(w->reports[i]);
    snapshot_free(w->first);
    horn_model_free(w->model);
}

/* Each kind of pair is counted, so that none is passed over. */
typedef struct pair_count {
    size_t formats, carried, back, one_way, not_read, not_written, lacking;
} pair_count;

/* The file of the step is written, and its layers do not come back. */
static bool is_lost(const way *w, int step, const format *f)
{
    return f->gives_back && w->reports[step] &&
           strstr(w->reports[step], "its tensors read back and compared");
}

static void check_pair(way *w, const format *a, const format *b, bool has_first, pair_count *count)
{
    if (!a->writes || !b->writes) {
        count->not_written++;
    } else if (!a->read || is_lost(w, 1, a)) {
        count->not_read++;
    } else if (!has_first) {
        count->lacking++;
    } else if (go(w, 2, b)) {
        count->carried++;
        count->back += w->sample->goes_back && go(w, 3, a);
    } else {
        *(b->read && !is_lost(w, 2, b) ? &count->lacking : &count->one_way) += 1;
    }
}

static void check_pairs(const model_sample *sample)
{
    const format *a, *b;
    way w;
    pair_count n = { 0 };
    set_up();
    begin(&w, sample);
    for (size_t i = 0; (a = format_at(i)); i++) {
        const bool has_first = a->writes && go(&w, 1, a);
        for (size_t k = 0; (b = format_at(k)); k++) check_pair(&w, a, b, has_first, &n);
        n.formats++;
    }
    printf("%s: %zu formats, %zu ordered pairs: %zu carried (%zu of them back again), %zu into formats that "
           "are not read; %zu from "
           "formats that are not read, %zu with formats that are not written, %zu refused, for the file "
           "lacks what the format needs\n",
           sample->name, n.formats, n.formats * n.formats, n.carried, n.back, n.one_way, n.not_read,
           n.not_written, n.lacking);
    ck_assert_uint_eq(n.carried + n.one_way + n.not_read + n.not_written + n.lacking, n.formats * n.formats);
    ck_assert_uint_ge(n.carried, 50);
    ck_assert(!sample->goes_back || n.back >= n.carried / 2);
    end(&w);
    clean_up();
}

/* A format that is read and not written begins with a file of another program. */
static const struct {
    const char *format, *path;
} sources[] = { { "meta-graph", "tests/golden/plain_graphs/trained.meta" } };

static const char *source_of(const format *f)
{
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        if (strcmp(sources[i].format, f->name) == 0) return sources[i].path;
    ck_abort_msg("%s has no sample in `sources`", f->name);
    return NULL;
}

static void check_from(const format *a, const format *b)
{
    snapshot *first = NULL, *found = NULL;
    char path[160], what[100];
    snprintf(path, sizeof path, "%s/%s-1%s", folder, b->name, *b->suffixes ? *b->suffixes : "");
    snprintf(what, sizeof what, "%s -> %s", a->name, b->name);
    ck_ok(model_read_parts(&first, source_of(a), 0, NULL));
    horn_status status =
        horn_convert(NULL, source_of(a), path, &(horn_convert_options){ .from = a->name, .to = b->name });
    ck_assert_msg(!status, "%s: %s", what, horn_last_error());
    if (b->read) {
        horn_model *like = NULL;
        if (reader_of(path)->needs) ck_ok(horn_model_load(&like, source_of(a), NULL));
        ck_ok(model_read_parts(&found, path, 0, like));
        const unsigned both = first->parts & found->parts & ~(unsigned)PART_OPERATIONS;
        ck_assert_msg(both == (first->parts & b->writes & reader_of(path)->reads & WHOLE), "%s: has parts %u",
                      what, found->parts);
        status =
            convert_check(first, found, both & ~(b->inference_alone ? (unsigned)PART_ARCHITECTURE : 0), what);
        ck_assert_msg(!status, "%s", horn_last_error());
        horn_model_free(like);
    }
    snapshot_free(first);
    snapshot_free(found);
}

START_TEST(test_formats__what_is_only_read_goes_into_every_format)
{
    const format *a, *b;
    size_t count = 0;
    set_up();
    for (size_t i = 0; (a = format_at(i)); i++)
        for (size_t k = 0; a->reads && !a->writes && (b = format_at(k)); k++) {
            if (!b->writes) continue;
            check_from(a, b);
            count++;
        }
    printf("%zu pairs of a format that is only read\n", count);
    ck_assert_uint_gt(count, 0);
    clean_up();
}
END_TEST

START_TEST(test_formats__every_pair_carries_an_mlp_and_three_slots)
{
    check_pairs(&(model_sample){ "an MLP", print_mlp, three_slots, true });
}
END_TEST

START_TEST(test_formats__every_pair_carries_a_model_that_is_not_compiled)
{
    check_pairs(&(model_sample){ "an MLP that is not compiled", print_mlp, NULL, true });
}
END_TEST

START_TEST(test_formats__every_pair_carries_a_cnn_and_two_slots)
{
    check_pairs(&(model_sample){ "a CNN with BatchNormalization", print_cnn, two_slots, true });
}
END_TEST

START_TEST(test_formats__every_pair_carries_every_layer)
{
    check_pairs(&(model_sample){ "every layer", print_samples, one_slot, false });
}
END_TEST

START_TEST(test_formats__every_pair_carries_every_layer_of_sequences)
{
    check_pairs(&(model_sample){ "every layer of sequences", print_sequences, one_slot, false });
}
END_TEST

/* What is read back and compared are two layers; predictions are compared in test_frozen_graph_read.c. */
START_TEST(test_formats__graphs_hold_layers_that_come_back_as_two)
{
    static const model_sample sample = { "layers that come back as two", print_split, NULL, false };
    const format *f;
    way w;
    size_t count = 0;
    set_up();
    begin(&w, &sample);
    for (size_t i = 0; (f = format_at(i)); i++) {
        if (!f->inference_alone || !f->writes) continue;
        place(&w, 1, f);
        ck_ok(horn_convert(NULL, w.paths[0], w.paths[1], &(horn_convert_options){ .to = f->name }));
        count++;
    }
    ck_assert_uint_gt(count, 1);
    end(&w);
    clean_up();
}
END_TEST

START_TEST(test_formats__every_pair_carries_what_is_of_a_user)
{
    ck_ok(register_custom_classes());
    check_pairs(&(model_sample){ "layers and an optimizer of a user's own", print_custom, own, true });
}
END_TEST

TEST_MAIN_WITHIN(600, test_formats__every_pair_carries_an_mlp_and_three_slots,
                 test_formats__every_pair_carries_a_model_that_is_not_compiled,
                 test_formats__every_pair_carries_a_cnn_and_two_slots,
                 test_formats__every_pair_carries_every_layer,
                 test_formats__every_pair_carries_every_layer_of_sequences,
                 test_formats__graphs_hold_layers_that_come_back_as_two,
                 test_formats__every_pair_carries_what_is_of_a_user,
                 test_formats__what_is_only_read_goes_into_every_format)
