/* Evaluates a model on test samples. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <horn/horn.h>
#include "programs/programs.h"
#include "programs/shared/installed.h"
#include "programs/shared/json.h"
#include "programs/shared/options.h"
#include "programs/shared/outputs.h"
#include "programs/training/named.h"
#include "programs/training/samples.h"
#include "programs/training/scale.h"
#include "programs/training/settings.h"
#include "programs/shared/terminal.h"
#include "programs/shared/weights_alone.h"

typedef struct request {
    const char *model, *data, *scale;
    size_t samples;
    source_request source;
    uint64_t batch_size, threads;
    bool json;
} request;

static const option_entry options[] = {
    { "data", "PATH", OPTION_TEXT, offsetof(request, data),
      "directory of IDX files, .npz or .csv [datasets/fashion-mnist]", 0, 0 },
    SOURCE_OPTIONS(request),
    { "scale", "HOW", OPTION_TEXT, offsetof(request, scale), SCALE_HELP, 0, 0 },
    { "samples", "N|all", OPTION_SAMPLES, offsetof(request, samples), "the first N test samples [all]", 0,
      0 },
    { "test-samples", "N|all", OPTION_SAMPLES, offsetof(request, samples), "the same", 0, 0 },
    { "batch-size", "N", OPTION_WHOLE, offsetof(request, batch_size), "samples at a time [256]", 1, 1e9 },
    { "threads", "N", OPTION_WHOLE, offsetof(request, threads), "never changes a result [all cores]", 1,
      1024 },
    { "json", NULL, OPTION_SWITCH, offsetof(request, json), "print one JSON object, in full precision", 0,
      0 },
};

static void parse(request *r, int argc, char **argv)
{
    const command evaluate = { .purpose = "Evaluates a saved model on test samples.",
                               .operand = "MODEL",
                               .operand_target = &r->model,
                               .into = r,
                               .options = options,
                               .option_count = sizeof options / sizeof options[0] };
    command_parse(&evaluate, argc, argv);
    source_check(&r->source);
    scale_check(r->scale);
}

static void print_json(const horn_logs *logs)
{
    for (size_t i = 0; i < logs->count; i++) {
        printf("%s\"%s\": ", i ? ", " : "{", logs->names[i]);
        json_number(logs->values[i]);
    }
    printf("}\n");
}

/* Returns the exit status. */
static int evaluate(const request *r, horn_model *model, const horn_dataset *data, horn_view *x,
                    const horn_view *y, const horn_view *w)
{
    const settings none = { .learning_rate = NAN, .momentum = NAN };
    char where[512];
    horn_logs logs;
    snprintf(where, sizeof where, "%s on %s", r->model, r->data);
    if (horn_model_left_out(model, HORN_PART_COMPILE) && !horn_model_is_compiled(model))
        return print_error("%s: without its compile settings there is no loss to evaluate", r->model);
    if (settings_apply(&none, model)) return print_failure(r->model);
    if (!named_is_needed(model)) scale_apply(r->scale, model, x);
    const horn_evaluate_options how = { .batch_size = samples_batch(r->batch_size, model),
                                        .sample_weight = samples_weights(w) };
    if (horn_model_evaluate(&logs, model, x, y, &how)) return print_failure(where);
    outputs_say_untrained(model);
    samples_say_used(data, r->data, x, r->scale, model);
    if (r->json)
        print_json(&logs);
    else
        print_figures(&logs);
    return finish_output();
}

/* Of a model with several inputs or outputs. Returns the exit status. */
static int evaluate_named(const request *r, horn_model *model)
{
    horn_arrays *x = NULL, *y = NULL;
    int result;
    if (named_load(&x, model, r->data, false, r->samples) ||
        named_load(&y, model, r->data, true, r->samples)) {
        result = print_failure(r->data);
    } else {
        named_scale(r->scale, model, horn_arrays_views(x));
        result = evaluate(r, model, NULL, horn_arrays_views(x), horn_arrays_views(y), &(horn_view){ 0 });
    }
    horn_arrays_free(x);
    horn_arrays_free(y);
    return result;
}

int evaluate_main(int argc, char **argv)
{
    request r = { .data = installed(INSTALLED_IMAGES), .scale = "auto" };
    horn_model *model = NULL;
    horn_dataset *data = NULL;
    horn_view x, y, w;
    parse(&r, argc, argv);

    int result;
    const samples_wanted wanted = { .path = r.data, .source = &r.source, .count = r.samples };
    if (horn_model_load(&model, r.model,
                        &(horn_load_options){ .threads = (int)r.threads, .say = print_line }))
        result = print_failure_of_model(r.model);
    else if (named_is_needed(model))
        result = evaluate_named(&r, model);
    else if (samples_load_test(&data, &wanted, model, &x, &y, &w))
        result = print_failure(r.data);
    else
        result = evaluate(&r, model, data, &x, &y, &w);
    horn_dataset_free(data);
    horn_model_free(model);
    return result;
}
