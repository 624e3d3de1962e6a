/* Trains a model; without options, the tutorial's on its slice of Fashion-MNIST. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <horn/horn.h>
#include "programs/destination.h"
#include "programs/fast_blas.h"
#include "programs/options.h"
#include "programs/settings.h"
#include "programs/terminal.h"

typedef struct request {
    const char *model, *data, *save, *save_weights, *format, *dialect, *progress, *log;
    size_t train_samples, test_samples;
    uint64_t epochs, batch_size, seed, threads;
    double validation_split;
    bool no_shuffle, no_checkpoint;
    settings settings;
} request;

static const request defaults = { .model = "models/mlp.json",
                                  .data = "datasets/fashion-mnist",
                                  .progress = "auto",
                                  .train_samples = 1024,
                                  .test_samples = 512,
                                  .epochs = 10,
                                  .batch_size = 256,
                                  .seed = 1,
                                  .validation_split = 0.5,
                                  .settings = { .learning_rate = NAN, .momentum = NAN } };

static void parse(request *r, int argc, char **argv)
{
    const option_entry options[] = {
        { "model", "FILE", OPTION_TEXT, &r->model,
          "architecture (JSON), or saved model to start from [models/mlp.json]", 0, 0 },
        { "data", "PATH", OPTION_TEXT, &r->data, "directory of IDX files, or .npz [datasets/fashion-mnist]",
          0, 0 },
        { "train-samples", "N|all", OPTION_SAMPLES, &r->train_samples, "train on the first N [1024]", 0, 0 },
        { "test-samples", "N|all", OPTION_SAMPLES, &r->test_samples, "test on the first N [512]", 0, 0 },
        { "epochs", "N", OPTION_WHOLE, &r->epochs, "rounds through the training samples [10]", 1, 1e9 },
        { "batch-size", "N", OPTION_WHOLE, &r->batch_size, "samples a step [256]", 1, 1e9 },
        { "validation-split", "F", OPTION_NUMBER, &r->validation_split,
          "share of the training samples, the last ones, to validate on [0.5]", 0, 1 },
        { "no-shuffle", NULL, OPTION_SWITCH, &r->no_shuffle, "keep the samples' order in each epoch", 0, 0 },
        { "optimizer", "NAME", OPTION_TEXT, &r->settings.optimizer, "rmsprop, sgd or adam [rmsprop]", 0, 0 },
        { "learning-rate", "F", OPTION_NUMBER, &r->settings.learning_rate,
          "[rmsprop: 0.1; others: Keras' default]", 0, 1e30 },
        { "momentum", "F", OPTION_NUMBER, &r->settings.momentum, "of rmsprop and sgd [0]", 0, 1 },
        { "loss", "NAME", OPTION_TEXT, &r->settings.loss,
          "[sparse_categorical_crossentropy] or categorical_crossentropy", 0, 0 },
        { "seed", "N", OPTION_WHOLE, &r->seed, "of weights, shuffling and dropout [1]", 0, 0 },
        { "threads", "N", OPTION_WHOLE, &r->threads, "never changes a result [all cores]", 1, 1024 },
        { "save", "FILE", OPTION_TEXT, &r->save, "the whole model: .h5, .hdf5, else a TensorFlow checkpoint; .json: its architecture", 0, 0 },
        { "save-weights", "FILE", OPTION_TEXT, &r->save_weights, "its weights alone: .h5, .hdf5, else a TensorFlow checkpoint", 0, 0 },
        { "format", "NAME", OPTION_TEXT, &r->format, "keras-h5, keras-h5-weights, tf-weights, tf-checkpoint or json [by suffix]", 0, 0 },
        { "dialect", "NAME", OPTION_TEXT, &r->dialect, "of .h5: keras2, keras3 or legacy [keras2]", 0, 0 },
        { "no-checkpoint", NULL, OPTION_SWITCH, &r->no_checkpoint, "leave no checkpoints", 0, 0 },
        { "progress", "STYLE", OPTION_TEXT, &r->progress, "auto, bar, lines or none [auto]", 0, 0 },
        { "log", "FILE.csv", OPTION_TEXT, &r->log, "a row of figures an epoch", 0, 0 },
    };
    const command train = { .purpose = "Trains a Keras Sequential model; without options, the tutorial's.",
                            .options = options,
                            .option_count = sizeof options / sizeof options[0] };
    command_parse(&train, argc, argv);
}

static bool is_one_of(const char *text, const char *const *names)
{
    while (*names && strcmp(text, *names)) names++;
    return *names != NULL;
}

static void check_usage(const request *r)
{
    static const char *const progress[] = { "auto", "bar", "lines", "none", NULL },
                             *const dialects[] = { "keras2", "keras3", "legacy", NULL },
                             *const formats[] = { "keras-h5",      "keras-h5-weights", "tf-weights",
                                     "tf-checkpoint", "json",             NULL };
    settings_check(&r->settings);
    if (r->validation_split >= 1) usage_error("--validation-split: nothing is left to train on");
    if (!is_one_of(r->progress, progress))
        usage_error("--progress: '%s' is none of auto, bar, lines, none", r->progress);
    if (r->dialect && !is_one_of(r->dialect, dialects))
        usage_error("--dialect: '%s' is none of keras2, keras3, legacy", r->dialect);
    if (r->format && !is_one_of(r->format, formats))
        usage_error("--format: '%s' is none of keras-h5, keras-h5-weights, tf-weights, tf-checkpoint, json", r->format);
    if (r->save && r->save_weights && strcmp(r->save, r->save_weights) == 0)
        usage_error("--save and --save-weights both name %s", r->save);
}

static void check_suffix(const char *option, const char *path, const char *format, bool whole)
{
    static const char *const others[] = { ".weights.h5", ".keras", ".pb", ".pth", ".pt", ".safetensors", NULL };
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    bool good = strcmp(name, ".h5") != 0 && strcmp(name, ".hdf5") != 0 && strcmp(name, ".json") != 0;
    for (const char *const *other = others; *other; other++) good = good && !has_suffix(path, *other);
    if (format || (good && (whole || !has_suffix(path, ".json")))) return;
    usage_error("--%s: the suffix of '%s' is none of .h5, .hdf5%s, nor is it that of a TensorFlow checkpoint", option,
                path, whole ? ", .json" : "");
}

static bool check_destinations(const request *r)
{
    if (r->save) check_suffix("save", r->save, r->format, true);
    if (r->save_weights) check_suffix("save-weights", r->save_weights, r->save ? NULL : r->format, false);
    return (!r->save || destination_check(r->save)) &&
           (!r->save_weights || destination_check(r->save_weights)) && (!r->log || destination_check(r->log));
}

/* The callbacks that were asked for; returns how many, or -1 on failure. */
static int make_callbacks(const request *r, horn_callback *callbacks[2])
{
    int count = 0;
    bool bar = strcmp(r->progress, "bar") == 0 || (strcmp(r->progress, "auto") == 0 && terminal_redraws());
    if (strcmp(r->progress, "none") != 0 &&
        !(callbacks[count++] =
              horn_progress_bar(bar ? HORN_PROGRESS_BAR : HORN_PROGRESS_LINES, terminal_write, NULL)))
        return -1;
    if (r->log && !(callbacks[count++] = horn_csv_logger(r->log))) return -1;
    return count;
}

static horn_status fit(const request *r, horn_model *model, const horn_dataset *data)
{
    horn_callback *callbacks[2] = { 0 };
    horn_status status = HORN_ERROR_MEMORY;
    int count = make_callbacks(r, callbacks);
    if (count >= 0)
        status = horn_model_fit(model, horn_dataset_x_train(data), horn_dataset_y_train(data),
                                &(horn_fit_options){ .batch_size = r->batch_size,
                                                     .epochs = r->epochs,
                                                     .validation_split = r->validation_split,
                                                     .no_shuffle = r->no_shuffle,
                                                     .callbacks = callbacks,
                                                     .callback_count = (size_t)count },
                                NULL);
    for (int i = 0; i < 2; i++) horn_callback_free(callbacks[i]);
    return status;
}

static horn_status evaluate(const request *r, horn_model *model, const horn_dataset *data, const char *when)
{
    static const char dashes[] = "-------------------------";
    horn_logs logs;
    horn_status status = horn_model_evaluate(model, horn_dataset_x_test(data), horn_dataset_y_test(data),
                                             &(horn_evaluate_options){ .batch_size = r->batch_size }, &logs);
    if (status) return status;
    printf("%s%s%s\n", dashes, when, dashes);
    print_figures(&logs);
    fflush(stdout);
    return HORN_OK;
}

/* Returns the exit status. */
static int save(const request *r, horn_model *model)
{
    horn_save_options whole = { .format = r->format, .dialect = r->dialect };
    horn_save_options weights = { .format = r->save ? NULL : r->format, .dialect = r->dialect };
    if (r->save && horn_model_save(model, r->save, &whole)) return print_failure(r->save);
    if (r->save_weights && horn_model_save_weights(model, r->save_weights, &weights))
        return print_failure(r->save_weights);
    return EXIT_SUCCESS;
}

static horn_status print_summary(horn_model *model)
{
    char *text;
    horn_status status = horn_model_summary(model, &text);
    if (status) return status;
    fputs(text, stdout);
    free(text);
    return HORN_OK;
}

/* Returns the exit status. */
static int train(const request *r, horn_model *model, const horn_dataset *data)
{
    char where[512];
    snprintf(where, sizeof where, "%s on %s", r->model, r->data);
    if (settings_apply(&r->settings, model)) return print_failure(r->model);
    if (print_summary(model)) return print_failure(r->model);
    if (evaluate(r, model, data, "Before Training")) return print_failure(where);
    if (fit(r, model, data)) return print_failure(where);
    if (evaluate(r, model, data, "After Training")) return print_failure(where);
    return save(r, model) ? EXIT_FAILURE : finish_output();
}

int main(int argc, char **argv)
{
    fast_blas(argv);
    request r = defaults;
    horn_model *model = NULL;
    horn_dataset *data = NULL;
    parse(&r, argc, argv);
    check_usage(&r);
    if (!check_destinations(&r)) return EXIT_FAILURE;

    int result;
    if (horn_model_load(&model, r.model, &(horn_load_options){ .seed = r.seed, .threads = (int)r.threads }))
        result = print_failure(r.model);
    else if (horn_dataset_load(
                 &data, r.data,
                 &(horn_dataset_options){ .train_samples = r.train_samples, .test_samples = r.test_samples }))
        result = print_failure(r.data);
    else
        result = train(&r, model, data);
    horn_dataset_free(data);
    horn_model_free(model);
    return result;
}
