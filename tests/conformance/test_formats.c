/* Every pair of formats of the registry: a model goes into the one, from there into the other, and what comes out is equal in all
 * that both carry, by their own tables; every other part is named. A format joins by its line in the registry. */
#include "test.h"

#include <stdio.h>
#include <horn/horn.h>
#include "base/bytes.h"
#include "conformance/sample.h"
#include "custom_classes.h"
#include "formats/format.h"
#include "model/files/convert.h"
#include "model/files/save_load.h"
#include "model/files/snapshot_of_model.h"

enum {
    WHOLE = PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE | PART_OPTIMIZER | PART_PROGRESS,
    ROWS = 6,
    INPUTS = 4
};

static const struct {
    unsigned part;
    const char *name;
} names[] = { { PART_ARCHITECTURE, "architecture" },
              { PART_WEIGHTS, "weights" },
              { PART_COMPILE, "compile settings" },
              { PART_OPTIMIZER, "optimizer state" },
              { PART_PROGRESS, "progress" } };

/* ---- the models ---- */

static void print_layer(bytes *out, const char *class_name, const char *arguments)
{
    bytes_print(out, ", {\"class_name\": \"%s\", \"config\": {%s}}", class_name, arguments);
}

/* A Dense and a Reshape that give a layer its input. */
static void print_input(bytes *out, size_t number, const shape *input)
{
    bytes axes = { 0 };
    char text[100];
    snprintf(text, sizeof text, "\"name\": \"fit_%zu\", \"units\": %zu, \"use_bias\": false", number,
             shape_count(input));
    print_layer(out, "Dense", text);
    bytes_print(&axes, "\"name\": \"shape_%zu\", \"target_shape\": [", number);
    for (int i = 0; i < input->rank; i++) bytes_print(&axes, "%s%zu", i ? ", " : "", input->dim[i]);
    bytes_print(&axes, "]");
    print_layer(out, "Reshape", bytes_text(&axes));
    bytes_free(&axes);
}

/* All samples of layers that graph formats can hold, one behind the other, but for the input, of which a model has one. */
static void print_samples(bytes *out)
{
    const sample_set *all = samples_of("layers");
    for (size_t i = 0; i < all->count; i++) {
        bytes arguments = { 0 };
        if (strcmp(all->at[i].name, "InputLayer") == 0 || !says_operations(all->at[i].name)) continue;
        print_input(out, i, &all->at[i].input);
        bytes_print(&arguments, "\"name\": \"sample_%zu%s", i, strchr(all->at[i].config, ',') - 1);
        arguments.data[--arguments.size] = 0; /* the brace */
        print_layer(out, all->at[i].name, bytes_text(&arguments));
        bytes_print(out, ", {\"class_name\": \"Flatten\", \"config\": {\"name\": \"flat_%zu\"}}", i);
        bytes_free(&arguments);
    }
}

static void print_mlp(bytes *out)
{
    print_layer(out, "Dense", "\"name\": \"hidden\", \"units\": 5, \"activation\": \"relu\"");
    print_layer(out, "Dropout", "\"name\": \"dropout\", \"rate\": 0.25");
}

static void print_cnn(bytes *out)
{
    print_layer(out, "Reshape", "\"name\": \"image\", \"target_shape\": [2, 2, 1]");
    print_layer(out, "Conv2D",
                "\"name\": \"conv\", \"filters\": 3, \"kernel_size\": [2, 2], \"padding\": \"same\", "
                "\"use_bias\": false");
    print_layer(out, "BatchNormalization", "\"name\": \"norm\"");
    print_layer(out, "Activation", "\"name\": \"relu\", \"activation\": \"relu\"");
    print_layer(out, "MaxPooling2D", "\"name\": \"pool\", \"pool_size\": [2, 2]");
    print_layer(out, "Flatten", "\"name\": \"flat\"");
}

static void print_custom(bytes *out)
{
    print_layer(out, "Dense", "\"name\": \"hidden\", \"units\": 5");
    print_layer(out, "demo>Mix", "\"name\": \"mix\", \"gain\": 1.5");
    print_layer(out, "Custom>Swish1", "\"name\": \"swish\"");
}

static horn_optimizer *one_slot(void)
{
    return horn_sgd(&(horn_sgd_options){ .learning_rate = 0.01, .momentum = 0.9 });
}

static horn_optimizer *two_slots(void)
{
    return horn_adam(NULL);
}

static horn_optimizer *three_slots(void)
{
    return horn_rmsprop(&(horn_rmsprop_options){ .learning_rate = 0.001, .momentum = 0.5, .centered = true });
}

static horn_optimizer *own(void)
{
    return horn_custom_optimizer("demo>Heavy", NULL);
}

typedef struct model_sample {
    const char *name;
    void (*print)(bytes *out);
    horn_optimizer *(*optimizer)(void); /* NULL: it is not compiled */
} model_sample;

static char folder[64];

static void set_up(void)
{
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

/* A model on its way: file 0 has all of it, 1 is in the first format, 2 in the second. */
typedef struct way {
    const model_sample *sample;
    horn_model *model;
    snapshot *first; /* the model's */
    const format *formats[3];
    char paths[3][128], what[200];
    char *reports[3];
    unsigned parts[3]; /* what each file must have */
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
    snprintf(w->what, sizeof w->what, "%s, %s%s%s", w->sample->name, w->formats[1]->name,
             step > 1 ? " -> " : "", step > 1 ? f->name : "");
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
    ck_assert_msg(!status, "%s: %s", w->what, horn_last_error());
    if (!to->read) { /* nothing goes on from there */
        ck_assert_msg(strstr(w->reports[step], "its tensors read back and compared"), "%s", w->reports[step]);
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
    for (int i = 0; i < 3; i++) free(w->reports[i]);
    snapshot_free(w->first);
    horn_model_free(w->model);
}

static void check_pairs(const model_sample *sample)
{
    const format *a, *b;
    way w;
    size_t written = 0;
    set_up();
    begin(&w, sample);
    for (size_t i = 0; (a = format_at(i)); i++) {
        if (!a->writes || !a->read) continue;
        if (!go(&w, 1, a)) continue;
        for (size_t k = 0; (b = format_at(k)); k++)
            if (b->writes && b->read) written += go(&w, 2, b);
    }
    ck_assert_uint_ge(written, 50);
    end(&w);
    clean_up();
}

START_TEST(test_formats__every_pair_carries_an_mlp_and_three_slots)
{
    check_pairs(&(model_sample){ "an MLP", print_mlp, three_slots });
}
END_TEST

START_TEST(test_formats__every_pair_carries_a_model_that_is_not_compiled)
{
    check_pairs(&(model_sample){ "an MLP that is not compiled", print_mlp, NULL });
}
END_TEST

START_TEST(test_formats__every_pair_carries_a_cnn_and_two_slots)
{
    check_pairs(&(model_sample){ "a CNN with BatchNormalization", print_cnn, two_slots });
}
END_TEST

START_TEST(test_formats__every_pair_carries_every_layer)
{
    check_pairs(&(model_sample){ "every layer", print_samples, one_slot });
}
END_TEST

START_TEST(test_formats__every_pair_carries_what_is_of_a_user)
{
    ck_ok(register_custom_classes());
    check_pairs(&(model_sample){ "layers and an optimizer of a user's own", print_custom, own });
}
END_TEST

TEST_MAIN_WITHIN(600, test_formats__every_pair_carries_an_mlp_and_three_slots,
                 test_formats__every_pair_carries_a_model_that_is_not_compiled,
                 test_formats__every_pair_carries_a_cnn_and_two_slots,
                 test_formats__every_pair_carries_every_layer,
                 test_formats__every_pair_carries_what_is_of_a_user)
