/* Prints the class of each sample as the model predicts it, or the model's output. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <horn/horn.h>
#include "programs/programs.h"
#include "programs/shared/destination.h"
#include "programs/shared/installed.h"
#include "programs/shared/options.h"
#include "programs/shared/outputs.h"
#include "programs/training/named.h"
#include "programs/training/samples.h"
#include "programs/training/scale.h"
#include "programs/shared/terminal.h"
#include "programs/shared/weights_alone.h"

typedef struct request {
    const char *model, *data, *scale, *output, *labels;
    source_request source;
    size_t samples;
    uint64_t batch_size, threads, top;
    bool json;
} request;

/* The model's outputs: `count` rows of `width` numbers. */
typedef struct predictions {
    horn_view view;
    float *rows;
    size_t count, width;
} predictions;

static const option_entry options[] = {
    { "data", "PATH", OPTION_TEXT, offsetof(request, data),
      "samples: .npy, .npz, .csv, IDX files [datasets/fashion-mnist]", 0, 0 },
    SOURCE_OPTIONS(request),
    { "scale", "HOW", OPTION_TEXT, offsetof(request, scale), SCALE_HELP, 0, 0 },
    { "samples", "N|all", OPTION_SAMPLES, offsetof(request, samples), "the first N samples [all]", 0, 0 },
    { "batch-size", "N", OPTION_WHOLE, offsetof(request, batch_size), "samples at a time [256]", 1, 1e9 },
    { "threads", "N", OPTION_WHOLE, offsetof(request, threads), "never changes a result [all cores]", 1,
      1024 },
    { "labels", "FILE", OPTION_TEXT, offsetof(request, labels),
      "names of the classes, one a line [the model's, if it has any]", 0, 0 },
    { "top", "N", OPTION_WHOLE, offsetof(request, top), "the N most probable classes of each sample [1]", 1,
      1e6 },
    { "json", NULL, OPTION_SWITCH, offsetof(request, json), "print a line of JSON for each sample", 0, 0 },
    { "output", "FILE", OPTION_TEXT, offsetof(request, output),
      "the model's outputs as they are: .npy or .csv", 0, 0 },
};

static void parse(request *r, int argc, char **argv)
{
    const command predict = {
        .purpose = "Prints the class that a saved model predicts for each sample, or its output.",
        .operand = "MODEL",
        .operand_target = &r->model,
        .into = r,
        .options = options,
        .option_count = sizeof options / sizeof options[0]
    };
    command_parse(&predict, argc, argv);
    source_check(&r->source);
    scale_check(r->scale);
    if (r->output && !has_suffix(r->output, ".npy") && !has_suffix(r->output, ".csv") &&
        !has_suffix(r->output, ".npz"))
        usage_error("--output: the suffix of '%s' is none of .npy, .csv, .npz", r->output);
}

/* ---- output ---- */

static int save_output(const request *r, const predictions *p)
{
    const horn_status status = has_suffix(r->output, ".npz") ? horn_arrays_save(r->output, &p->view)
                                                             : horn_array_save(r->output, &p->view);
    return status ? print_failure(r->output) : EXIT_SUCCESS;
}

/* ---- predicting ---- */

/* True if the axes from `first` on are those of the shape, apart from axes of length 1. */
static bool is_shaped(const horn_view *x, int first, const size_t *shape, int rank)
{
    int i = first, j = 0;
    for (;;) {
        while (i < x->rank && x->shape[i] == 1) i++;
        while (j < rank && shape[j] == 1) j++;
        if (i >= x->rank || j >= rank) return i >= x->rank && j >= rank;
        if (shape[j] != HORN_OPEN && x->shape[i] != shape[j]) return false;
        i++, j++;
    }
}

/* Adds the first axis to a single sample. */
static void take_one_sample(horn_view *x, const horn_model *model)
{
    size_t shape[HORN_MAX_RANK];
    const int rank = horn_model_input_shape(shape, model, 0);
    if (x->rank >= HORN_MAX_RANK || is_shaped(x, 1, shape, rank) || !is_shaped(x, 0, shape, rank)) return;
    memmove(x->shape + 1, x->shape, (size_t)x->rank * sizeof *x->shape);
    x->shape[0] = 1;
    x->rank++;
}

/* Loads the samples into *array or *data, from which *x borrows; the caller frees both. */
static horn_status load_images(const request *r, const horn_model *model, horn_array **array,
                               horn_dataset **data, horn_view *x, horn_view *y)
{
    *y = (horn_view){ 0 };
    if (horn_array_recognizes(r->data)) {
        horn_status status = horn_array_load(array, r->data);
        if (status) return status;
        *x = *horn_array_view(*array);
        take_one_sample(x, model);
        if (r->samples && x->rank > 0 && r->samples < x->shape[0]) *x = horn_view_samples(x, 0, r->samples);
        return HORN_OK;
    }
    const samples_wanted wanted = {
        .path = r->data, .source = &r->source, .count = r->samples, .no_labels = true
    };
    return samples_load_test(data, &wanted, model, x, y, NULL);
}

/* Allocates the outputs; returns the exit status. */
static int make_rows(predictions *p, horn_model *model, const horn_view *x, const char *where)
{
    if (horn_model_predict_shape(&p->view, model, x, 0)) return print_failure(where);
    p->count = p->view.shape[0];
    p->width = horn_view_count(&p->view) / p->count;
    p->rows = calloc(p->count + 1, p->width * sizeof *p->rows);
    p->view.data = p->rows;
    return p->rows ? EXIT_SUCCESS : print_error("no memory for the outputs of %zu samples", p->count);
}

static void print_rows(const request *r, const horn_model *model, outputs_kind kind, const predictions *p,
                       const horn_view *y)
{
    size_t count;
    const char **names = source_class_names(&count, model);
    outputs_print(&(outputs_how){ .kind = kind,
                                  .names = names,
                                  .name_count = names ? count : 0,
                                  .labels = y,
                                  .top = r->top,
                                  .json = r->json },
                  p->rows, p->count, p->width);
    free(names);
}

/* Returns the exit status. */
static int predict(const request *r, horn_model *model, const horn_dataset *data, horn_view *x,
                   const horn_view *y)
{
    predictions p = { 0 };
    char where[512];
    snprintf(where, sizeof where, "%s on %s", r->model, r->data);
    scale_apply(r->scale, model, x);
    int result = make_rows(&p, model, x, where);
    if (!result &&
        horn_model_predict(p.rows, p.count * p.width, model, x,
                           &(horn_predict_options){ .batch_size = samples_batch(r->batch_size, model) }))
        result = print_failure(where);
    if (!result) outputs_say_untrained(model);
    if (!result) samples_say_used(data, r->data, x, r->scale, model);
    if (!result && p.view.rank != 2 && !r->output)
        result = print_error("%s: its outputs are no rows of classes; --output writes them", r->model);
    if (!result && r->output) result = save_output(r, &p);
    if (!result) {
        const outputs_kind kind = outputs_find_kind(r->model, model);
        if (p.view.rank == 2) print_rows(r, model, kind, &p, y);
    }
    free(p.rows);
    return result ? result : finish_output();
}

/* ---- several inputs or outputs ---- */

typedef struct several {
    horn_view at[HORN_MAX_OUTPUTS];
    size_t count, numbers;
    float *rows;
} several;

/* Finds the shapes of the outputs, and makes room for all. Returns the exit status. */
static int make_several(several *s, horn_model *model, const horn_view *x, const char *where)
{
    s->count = horn_model_output_count(model);
    for (size_t i = 0; i < s->count; i++) {
        if (horn_model_predict_shape(&s->at[i], model, x, i)) return print_failure(where);
        s->numbers += horn_view_count(&s->at[i]);
        if (i) s->at[i - 1].next = &s->at[i];
    }
    s->rows = calloc(s->numbers + 1, sizeof *s->rows);
    if (!s->rows) return print_error("no memory for the outputs of %zu samples", x->shape[0]);
    float *block = s->rows;
    for (size_t i = 0; i < s->count; i++) {
        s->at[i].data = block;
        block += horn_view_count(&s->at[i]);
    }
    return EXIT_SUCCESS;
}

static int save_several(const request *r, const several *s)
{
    const bool is_npz = has_suffix(r->output, ".npz");
    if (s->count > 1 && !is_npz)
        return print_error("%s: the model has %zu outputs, expected a name that ends in .npz", r->output,
                           s->count);
    const horn_status status =
        is_npz ? horn_arrays_save(r->output, s->at) : horn_array_save(r->output, s->at);
    return status ? print_failure(r->output) : EXIT_SUCCESS;
}

static void print_several(const several *s, const horn_model *model)
{
    for (size_t i = 0; i < s->count; i++) {
        const horn_view *v = &s->at[i];
        const bool given = horn_model_gives_probabilities(model, i);
        printf("%s:\n", v->name);
        if (v->rank == 2)
            outputs_print(&(outputs_how){ .kind = given ? OUTPUTS_PROBABILITIES : OUTPUTS_VALUES }, v->data,
                          v->shape[0], v->shape[1]);
        else
            printf("no rows of classes; --output writes them\n");
    }
}

/* Returns the exit status. */
static int predict_several(const request *r, horn_model *model)
{
    static several s;
    horn_arrays *arrays = NULL;
    char where[512];
    snprintf(where, sizeof where, "%s on %s", r->model, r->data);
    if (named_load(&arrays, model, r->data, false, r->samples)) return print_failure(r->data);
    horn_view *x = horn_arrays_views(arrays);
    named_scale(r->scale, model, x);
    int result = make_several(&s, model, x, where);
    if (!result &&
        horn_model_predict(s.rows, s.numbers, model, x,
                           &(horn_predict_options){ .batch_size = samples_batch(r->batch_size, model) }))
        result = print_failure(where);
    if (!result) outputs_say_untrained(model);
    if (!result) samples_say_used(NULL, r->data, x, r->scale, model);
    if (!result && r->output) result = save_several(r, &s);
    if (!result) print_several(&s, model);
    free(s.rows);
    horn_arrays_free(arrays);
    return result ? result : finish_output();
}

int predict_main(int argc, char **argv)
{
    request r = { .data = installed(INSTALLED_IMAGES), .scale = "auto" };
    horn_model *model = NULL;
    horn_array *array = NULL;
    horn_dataset *data = NULL;
    horn_view x, y;
    parse(&r, argc, argv);
    if (r.output && !destination_check(r.output)) return EXIT_FAILURE;

    int result;
    if (horn_model_load(&model, r.model,
                        &(horn_load_options){ .threads = (int)r.threads, .no_compile = true }))
        result = print_failure_of_model(r.model);
    else if (named_is_needed(model) && (r.labels || r.top || r.json))
        result =
            print_error("%s: has several inputs or outputs; --labels, --top and --json are for one", r.model);
    else if (named_is_needed(model))
        result = predict_several(&r, model);
    else if (r.labels && source_read_labels(r.labels, model))
        result = EXIT_FAILURE;
    else if (load_images(&r, model, &array, &data, &x, &y))
        result = print_failure(r.data);
    else
        result = predict(&r, model, data, &x, &y);
    horn_dataset_free(data);
    horn_array_free(array);
    horn_model_free(model);
    return result;
}
