/* Trains a model; without options, the tutorial's model on its part of Fashion-MNIST. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "programs/programs.h"
#include "programs/shared/destination.h"
#include "programs/shared/installed.h"
#include "programs/shared/options.h"
#include "programs/training/run.h"
#include "programs/training/samples.h"
#include "programs/training/scale.h"
#include "programs/shared/terminal.h"
#include "programs/shared/weights_alone.h"

enum { TUTORIAL_TRAIN = 1024, TUTORIAL_TEST = 512 };
static const double tutorial_split = 0.5;
static const size_t not_given = SIZE_MAX;

static const run_request defaults = { .progress = "auto",
                                      .scale = "auto",
                                      .train_samples = SIZE_MAX,
                                      .test_samples = SIZE_MAX,
                                      .epochs = 10,
                                      .seed = 1,
                                      .keep = 5,
                                      .validation_split = NAN,
                                      .settings = { .learning_rate = NAN, .momentum = NAN } };

static const option_entry options[] = {
    { "Model and data", NULL, OPTION_HEADING, 0, NULL, 0, 0 },
    { "model", "FILE", OPTION_TEXT, offsetof(run_request, model),
      "architecture (JSON), or saved model to start from [models/mlp.json]", 0, 0 },
    { "data", "PATH", OPTION_TEXT, offsetof(run_request, data),
      "directory of IDX files, .npz or .csv [datasets/fashion-mnist]", 0, 0 },
    SOURCE_OPTIONS(run_request),
    { "scale", "HOW", OPTION_TEXT, offsetof(run_request, scale), SCALE_HELP, 0, 0 },
    { "tutorial", NULL, OPTION_SWITCH, offsetof(run_request, tutorial),
      "the tutorial's defaults also with --model or --data", 0, 0 },
    { "samples", "N|all", OPTION_SAMPLES, offsetof(run_request, train_samples),
      "train on the first N [all; tutorial: 1024]", 0, 0 },
    { "train-samples", "N|all", OPTION_SAMPLES, offsetof(run_request, train_samples), NULL, 0, 0 },
    { "test-samples", "N|all", OPTION_SAMPLES, offsetof(run_request, test_samples),
      "test on the first N [all; tutorial: 512]", 0, 0 },
    { "Training", NULL, OPTION_HEADING, 0, NULL, 0, 0 },
    { "epochs", "N", OPTION_WHOLE, offsetof(run_request, epochs), "number of epochs in total [10]", 1, 1e9 },
    { "batch-size", "N", OPTION_WHOLE, offsetof(run_request, batch_size), "samples a step [256]", 1, 1e9 },
    { "validation-split", "F", OPTION_NUMBER, offsetof(run_request, validation_split),
      "the last part validates [0; without a test set: 0.2; tutorial: 0.5]", 0, 1 },
    { "no-shuffle", NULL, OPTION_SWITCH, offsetof(run_request, no_shuffle),
      "keep the samples' order in each epoch", 0, 0 },
    { "optimizer", "NAME", OPTION_TEXT, offsetof(run_request, settings.optimizer),
      "adam, sgd, rmsprop or another of Keras' [adam; tutorial: rmsprop]", 0, 0 },
    { "fresh-optimizer", NULL, OPTION_SWITCH, offsetof(run_request, fresh_optimizer),
      "begin at step 0 with a new optimizer state, not the model's", 0, 0 },
    { "learning-rate", "F", OPTION_NUMBER, offsetof(run_request, settings.learning_rate),
      "[Keras' default; tutorial, with rmsprop: 0.1]", 0, 1e30 },
    { "momentum", "F", OPTION_NUMBER, offsetof(run_request, settings.momentum), "of rmsprop and sgd [0]", 0,
      1 },
    { "loss", "NAME", OPTION_TEXT, offsetof(run_request, settings.loss),
      "[sparse_categorical_crossentropy], mse or another of Keras'", 0, 0 },
    { "class-weight", "C:W,...", OPTION_TEXT, offsetof(run_request, class_weight_text),
      "samples of class C count W times: 0:1,1:2.5", 0, 0 },
    { "seed", "N", OPTION_WHOLE, offsetof(run_request, seed), "of weights, shuffling and dropout [1]", 0, 0 },
    { "threads", "N", OPTION_WHOLE, offsetof(run_request, threads), "never changes a result [all cores]", 1,
      1024 },
    { "Results", NULL, OPTION_HEADING, 0, NULL, 0, 0 },
    { "save", "FILE", OPTION_TEXT, offsetof(run_request, save),
      "the model: .h5, .keras, .json (architecture), else for TensorFlow", 0, 0 },
    { "save-weights", "FILE", OPTION_TEXT, offsetof(run_request, save_weights),
      "its weights alone: .weights.h5, .h5, else for TensorFlow", 0, 0 },
    { "format", "NAME", OPTION_TEXT, offsetof(run_request, format),
      "[by suffix], keras, keras-h5, tf-checkpoint, ...: see README", 0, 0 },
    { "dialect", "NAME", OPTION_TEXT, offsetof(run_request, dialect),
      "keras2, keras3, both, legacy [.keras, .weights.h5: keras3; else keras2]", 0, 0 },
    { "shards", "N", OPTION_WHOLE, offsetof(run_request, shards),
      "data files, if it is a TensorFlow checkpoint [1]", 1, 1024 },
    { "verify-disk", NULL, OPTION_SWITCH, offsetof(run_request, verify_disk),
      "read what is saved back from the disk too", 0, 0 },
    { "Checkpoints", NULL, OPTION_HEADING, 0, NULL, 0, 0 },
    { "checkpoint", "TEMPLATE", OPTION_TEXT, offsetof(run_request, checkpoint),
      "where checkpoints go [checkpoints/<model>-<optimizer>-<run>/...]", 0, 0 },
    { "checkpoint-every", "N|Nsteps", OPTION_TEXT, offsetof(run_request, every), "epochs, or steps [1]", 0,
      0 },
    { "keep", "N", OPTION_WHOLE, offsetof(run_request, keep), "keep the N newest checkpoints [5]", 1, 1e9 },
    { "save-best", "METRIC", OPTION_TEXT, offsetof(run_request, save_best),
      "also keep the best one as 'best': val_accuracy, ...", 0, 0 },
    { "resume", "PATH", OPTION_TEXT, offsetof(run_request, resume),
      "resume from this checkpoint [the newest valid one]", 0, 0 },
    { "restart", NULL, OPTION_SWITCH, offsetof(run_request, restart),
      "begin anew; delete earlier runs' checkpoints after the first new one", 0, 0 },
    { "no-checkpoint", NULL, OPTION_SWITCH, offsetof(run_request, no_checkpoint),
      "write no checkpoints, and do not resume", 0, 0 },
    { "Watching", NULL, OPTION_HEADING, 0, NULL, 0, 0 },
    { "early-stopping", "N", OPTION_WHOLE, offsetof(run_request, early_stopping),
      "end after N epochs without a better --monitor, with the best weights", 1, 1e9 },
    { "reduce-lr", "N[,F]", OPTION_TEXT, offsetof(run_request, reduce),
      "after N such epochs multiply the learning rate by F [0.1]", 0, 0 },
    { "monitor", "METRIC", OPTION_TEXT, offsetof(run_request, monitor),
      "what the two watch: val_accuracy, loss, ... [val_loss]", 0, 0 },
    { "progress", "STYLE", OPTION_TEXT, offsetof(run_request, progress), "auto, bar, lines or none [auto]", 0,
      0 },
    { "log", "FILE.csv", OPTION_TEXT, offsetof(run_request, log), "a row of logs for each epoch", 0, 0 },
    { "tensorboard", "DIR", OPTION_TEXT, offsetof(run_request, tensorboard),
      "event files of TensorBoard, in DIR/train and DIR/validation", 0, 0 },
    { "histograms", NULL, OPTION_SWITCH, offsetof(run_request, histograms),
      "with --tensorboard: of the weights, for each epoch", 0, 0 },
    { "profile", NULL, OPTION_SWITCH, offsetof(run_request, profile),
      "print at the end how long each part of the steps took", 0, 0 },
};

static void parse(run_request *r, int argc, char **argv)
{
    const command train = { .purpose = "Trains a Keras model; without options, the tutorial's.",
                            .into = r,
                            .options = options,
                            .option_count = sizeof options / sizeof options[0] };
    command_parse(&train, argc, argv);
}

static bool is_one_of(const char *text, const char *const *names)
{
    while (*names && strcmp(text, *names)) names++;
    return *names != NULL;
}

/* Reads "3" (epochs) or "100steps". */
static void parse_every(run_request *r)
{
    const char *text = r->every;
    char *end;
    unsigned long long n = text ? strtoull(text, &end, 10) : 0;
    if (!text) return;
    bool steps = strcmp(end, "steps") == 0;
    if (*text == '-' && end > text + 1 && (!*end || steps))
        usage_error("--checkpoint-every: %s is below 1", text);
    if (*text < '0' || *text > '9' || (*end && !steps))
        usage_error("--checkpoint-every: '%s' is neither N nor Nsteps", text);
    if (n < 1 || n > 1000000000) usage_error("--checkpoint-every: '%s' is not from 1 to 1000000000", text);
    *(steps ? &r->every_steps : &r->every_epochs) = n;
}

/* Reads "5" or "5,0.5". */
static void parse_reduce(run_request *r)
{
    const char *text = r->reduce;
    char *end;
    if (!text) return;
    const unsigned long long n = strtoull(text, &end, 10);
    r->reduce_factor = *end == ',' ? strtod(end + 1, &end) : 0.1;
    if (*text < '0' || *text > '9' || *end || end[-1] == ',')
        usage_error("--reduce-lr: '%s' is neither N nor N,F", text);
    if (n < 1 || n > 1000000000) usage_error("--reduce-lr: '%s' is not from 1 to 1000000000 epochs", text);
    if (!(r->reduce_factor >= 0 && r->reduce_factor < 1))
        usage_error("--reduce-lr: the factor of '%s' is not from 0 to less than 1", text);
    r->reduce_lr = n;
}

/* Fills in defaults: the tutorial's if neither --data nor --model is given, or if --tutorial is. */
static void settle(run_request *r)
{
    r->tutorial |= !r->data && !r->model;
    r->settings.tutorial = r->tutorial;
    if (!r->model) r->model = installed(INSTALLED_MODEL);
    if (!r->data) r->data = installed(INSTALLED_IMAGES);
    if (r->train_samples == not_given) r->train_samples = r->tutorial ? TUTORIAL_TRAIN : 0;
    if (r->test_samples == not_given) r->test_samples = r->tutorial ? TUTORIAL_TEST : 0;
    if (r->tutorial && isnan(r->validation_split)) r->validation_split = tutorial_split;
}

/* Reads "0:1,1:2.5". */
static void parse_class_weights(run_request *r)
{
    const char *at = r->class_weight_text;
    while (at && *at) {
        char *colon, *end;
        const long long class = strtoll(at, &colon, 10);
        const double weight = *colon == ':' ? strtod(colon + 1, &end) : NAN;
        if (colon == at || !(weight >= 0 && weight <= 1e30) || end == colon + 1 ||
            (*end && (*end != ',' || !end[1])))
            usage_error("--class-weight: '%s' is no list such as 0:1,1:2.5", r->class_weight_text);
        if (r->class_weight_count == RUN_CLASSES)
            usage_error("--class-weight: more than %d classes", RUN_CLASSES);
        r->class_weights[r->class_weight_count++] = (horn_class_weight){ class, weight };
        at = *end ? end + 1 : end;
    }
}

static void check_checkpoints(const run_request *r)
{
    const char *wants = r->checkpoint  ? "--checkpoint"
                        : r->every     ? "--checkpoint-every"
                        : r->save_best ? "--save-best"
                        : r->resume    ? "--resume"
                        : r->restart   ? "--restart"
                                       : NULL;
    if (r->no_checkpoint && wants) usage_error("%s does not go together with --no-checkpoint", wants);
    if (r->resume && r->restart) usage_error("--resume does not go together with --restart");
    if (r->save_best && strncmp(r->save_best, "val_", 4) == 0 && r->validation_split == 0)
        usage_error("--save-best: there is no %s with --validation-split 0", r->save_best);
}

static void check_watching(const run_request *r)
{
    if (!r->early_stopping && !r->reduce_lr) {
        if (r->monitor) usage_error("--monitor needs --early-stopping or --reduce-lr");
        return;
    }
    if (r->validation_split == 0 && (!r->monitor || strncmp(r->monitor, "val_", 4) == 0))
        usage_error("--%s: there is no %s with --validation-split 0",
                    r->early_stopping ? "early-stopping" : "reduce-lr", r->monitor ? r->monitor : "val_loss");
}

static void check_usage(const run_request *r)
{
    static const char *const progress[] = { "auto", "bar", "lines", "none", NULL };
    const char *wants = r->format ? "format" : r->dialect ? "dialect" : r->shards ? "shards" : NULL;
    static const char advice[] = "--format tf-weights writes a TensorFlow checkpoint";
    settings_check(&r->settings);
    check_watching(r);
    source_check(&r->source);
    scale_check(r->scale);
    if (r->validation_split >= 1) usage_error("--validation-split: nothing is left to train on");
    if (!is_one_of(r->progress, progress)) usage_error_choice("progress", r->progress, progress);
    if (r->save && !r->format) destination_check_suffix("--save: ", r->save, advice);
    if (r->save_weights && (!r->format || r->save))
        destination_check_suffix("--save-weights: ", r->save_weights, advice);
    if (r->checkpoint)
        destination_check_suffix("--checkpoint: ", r->checkpoint,
                                 "a name without a suffix is a TensorFlow checkpoint");
    if (wants && !r->save && !r->save_weights) usage_error("--%s needs --save or --save-weights", wants);
    if (r->save && r->save_weights && strcmp(r->save, r->save_weights) == 0)
        usage_error("--save and --save-weights both name %s", r->save);
}

/* A SavedModel is a directory. */
static bool check_save(const run_request *r)
{
    const size_t length = strlen(r->save);
    const bool folder =
        r->format ? strcmp(r->format, "saved-model") == 0 : length && r->save[length - 1] == '/';
    return folder ? destination_check_folder(r->save) : destination_check(r->save);
}

static bool check_destinations(const run_request *r)
{
    return (!r->save || check_save(r)) && (!r->save_weights || destination_check(r->save_weights)) &&
           (!r->log || destination_check_log(r->log)) &&
           (!r->checkpoint || destination_check_prefix(r->checkpoint));
}

/* Without --validation-split the split is known only after the data are loaded. */
static int check_best(const run_request *r, const sample_sets *s)
{
    if (!r->save_best || strncmp(r->save_best, "val_", 4) != 0 || s->validation_split > 0)
        return EXIT_SUCCESS;
    return print_error("%s: has a test set, so there is no %s without --validation-split", r->data,
                       r->save_best);
}

/* Returns the exit status. */
static int refuse(const char *where, const char *why, const char *advice)
{
    return strstr(why, where) ? print_error("%s; %s", why, advice)
                              : print_error("%s: %s; %s", where, why, advice);
}

/* Fails if Horn could not read all that training needs from the file, unless an option replaces it. Returns the exit
 * status. */
static int compile(const run_request *r, horn_model *model)
{
    const bool chosen = r->settings.optimizer;
    const char *unknown = chosen ? NULL : horn_model_left_out(model, HORN_PART_COMPILE),
               *state = chosen ? NULL : horn_model_left_out(model, HORN_PART_OPTIMIZER);
    if (unknown) return refuse(r->model, unknown, "--optimizer and --loss compile it anew");
    if (state) return refuse(r->model, state, "--fresh-optimizer begins with a new state");
    settings how = r->settings;
    if (r->source.target && !how.loss && !horn_model_is_compiled(model)) how.loss = "mse";
    if (settings_apply(&how, model) || horn_model_check_trainable(model)) return print_failure(r->model);
    return EXIT_SUCCESS;
}

/* Returns the exit status. */
static int train(const run_request *r, horn_model *model)
{
    sample_sets s;
    int result = compile(r, model);
    if (!result && scale_remember(r->scale, model)) result = print_failure(r->model);
    if (!result) result = run_check_results(r, model);
    if (result || !check_destinations(r)) return EXIT_FAILURE;
    result = samples_load(&s, r, model);
    if (!result) result = check_best(r, &s);
    if (!result) result = run_train(r, model, &s);
    samples_free(&s);
    return result;
}

int train_main(int argc, char **argv)
{
    run_request r = defaults;
    horn_model *model;
    parse(&r, argc, argv);
    settle(&r);
    parse_reduce(&r);
    parse_every(&r);
    parse_class_weights(&r);
    check_checkpoints(&r);
    check_usage(&r);
    if (horn_model_load(&model, r.model,
                        &(horn_load_options){ .seed = r.seed,
                                              .threads = (int)r.threads,
                                              .fresh_optimizer = r.fresh_optimizer }))
        return print_failure_of_model(r.model);
    int result = train(&r, model);
    horn_model_free(model);
    return result;
}
