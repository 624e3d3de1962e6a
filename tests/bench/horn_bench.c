/* Horn's side of the benchmark. Answers each line on standard input by a line of JSON, so that start-up and
 * reading of data stay outside of what is measured and rounds can alternate with those of its peers.
 *
 * usage: horn_bench DATA, a folder or an .npz; then, on standard input:
 *     epoch MODEL IMAGES BATCH EPOCHS THREADS   seconds of each epoch of a model that goes on from before
 *     infer MODEL IMAGES BATCH THREADS          evaluation, after one epoch of it or more
 *     one MODEL COUNT THREADS                   seconds of each prediction of one image
 *     step COUNT                                seconds of each train_on_batch of Dense(1) on one input
 *     save MODEL PATH | load MODEL PATH         a suffix of .h5: the whole model; else for TensorFlow
 *     checkpoint FOLDER COUNT                   what each epoch's checkpoint of the MLP takes
 * MODEL is a file of models/, "mlp:W" (the MLP with W units) or "big" (100 MB). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <horn/horn.h>
#include "programs/shared/fast_blas.h"

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Stands before the C library's: the time of all syncing is known. */
static double syncing;
int fsync(int file)
{
    double began = now();
    long result = syscall(SYS_fsync, file);
    syncing += now() - began;
    return (int)result;
}

/* ---- models ---- */

enum { MAX_MODELS = 32 };

static horn_dataset *data;
static struct named_model {
    char name[32];
    int threads;
    horn_model *model;
} models[MAX_MODELS];

static horn_status compile(horn_model *m, horn_optimizer *optimizer, const char *metric)
{
    horn_crossentropy_options logits = { .from_logits = true };
    horn_compile_options options = { .optimizer = optimizer,
                                     .loss = horn_sparse_categorical_crossentropy(&logits),
                                     .metrics = { metric ? horn_metric_by_name(metric) : NULL } };
    return horn_model_compile(m, &options);
}

static horn_status add_dense(horn_model *m, size_t units, const char *activation)
{
    return horn_model_add(m, horn_dense(&(horn_dense_options){ .units = units, .activation = activation }));
}

/* 105 MB of float32. It is not compiled: frameworks differ in when an optimizer makes its variables. */
static horn_status build_big(horn_model *m)
{
    horn_status status =
        horn_model_add(m, horn_flatten(&(horn_flatten_options){ .input_shape = { 28, 28 } }));
    if (!status) status = add_dense(m, 4096, "relu");
    if (!status) status = add_dense(m, 5632, "relu");
    return status ? status : add_dense(m, 10, NULL);
}

static horn_status build_mlp(horn_model *m, size_t units)
{
    horn_status status =
        horn_model_add(m, horn_flatten(&(horn_flatten_options){ .input_shape = { 28, 28 } }));
    if (!status) status = add_dense(m, units, "relu");
    if (!status) status = horn_model_add(m, horn_dropout(&(horn_dropout_options){ .rate = 0.2 }));
    return status ? status : add_dense(m, 10, NULL);
}

static horn_status make(horn_model **out, const char *name, int threads)
{
    char path[64];
    horn_sequential_options options = { .seed = 1, .threads = threads };
    horn_optimizer *optimizer = horn_rmsprop(&(horn_rmsprop_options){ .learning_rate = 0.001 });
    if (strcmp(name, "big") == 0) {
        horn_optimizer_free(optimizer);
        horn_status status = horn_sequential_new(out, &options);
        return status ? status : build_big(*out);
    }
    horn_status status;
    if (strncmp(name, "mlp:", 4) == 0) {
        status = horn_sequential_new(out, &options);
        if (!status) status = build_mlp(*out, strtoul(name + 4, NULL, 10));
    } else {
        snprintf(path, sizeof path, "models/%s.json", name);
        status = horn_model_load(out, path, &(horn_load_options){ .seed = 1, .threads = threads });
    }
    return status ? status : compile(*out, optimizer, "accuracy");
}

/* Made when first asked for; it goes on from there. */
static horn_status find(horn_model **out, const char *name, int threads)
{
    struct named_model *m = models;
    while (m->model && (strcmp(m->name, name) != 0 || m->threads != threads)) m++;
    if (m == models + MAX_MODELS - 1) {
        fprintf(stderr, "horn_bench: more than %d models\n", MAX_MODELS - 1);
        exit(EXIT_FAILURE);
    }
    if (!m->model) {
        snprintf(m->name, sizeof m->name, "%s", name);
        m->threads = threads;
        horn_status status = make(&m->model, name, threads);
        if (status) return status;
    }
    *out = m->model;
    return HORN_OK;
}

/* ---- answers ---- */

static void answer_seconds(const double *seconds, size_t count, const char *more)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"seconds\": [");
    for (size_t i = 0; i < count; i++) printf("%s%.9f", i ? ", " : "", seconds[i]);
    printf("], \"peak_bytes\": %ld%s}\n", usage.ru_maxrss * 1024, more);
}

enum { MOST = 1000 };

static horn_status epoch(char **words)
{
    horn_model *m;
    double seconds[MOST];
    size_t images = strtoul(words[1], NULL, 10), count = strtoul(words[3], NULL, 10);
    horn_view x = horn_view_samples(horn_dataset_x_train(data), 0, images);
    horn_view y = horn_view_samples(horn_dataset_y_train(data), 0, images);
    horn_fit_options options = { .batch_size = strtoul(words[2], NULL, 10) };
    horn_status status = find(&m, words[0], atoi(words[4]));
    for (size_t i = 0; !status && i < count && i < MOST; i++) {
        double began = now();
        status = horn_model_fit(NULL, m, &x, &y, &options);
        seconds[i] = now() - began;
    }
    if (!status) answer_seconds(seconds, count < MOST ? count : MOST, "");
    return status;
}

static horn_status infer(char **words)
{
    horn_model *m;
    horn_logs logs;
    char more[64];
    size_t images = strtoul(words[1], NULL, 10);
    horn_view x = horn_view_samples(horn_dataset_x_test(data), 0, images);
    horn_view y = horn_view_samples(horn_dataset_y_test(data), 0, images);
    horn_evaluate_options options = { .batch_size = strtoul(words[2], NULL, 10) };
    horn_status status = find(&m, words[0], atoi(words[3]));
    double began = now();
    if (!status) status = horn_model_evaluate(&logs, m, &x, &y, &options);
    double seconds = now() - began;
    if (status) return status;
    snprintf(more, sizeof more, ", \"accuracy\": %.4f", horn_logs_get(&logs, "accuracy"));
    answer_seconds(&seconds, 1, more);
    return HORN_OK;
}

static horn_status one(char **words)
{
    horn_model *m;
    enum { CLASSES = 10 };
    float out[CLASSES];
    double seconds[MOST];
    size_t count = strtoul(words[1], NULL, 10);
    horn_view x = horn_view_samples(horn_dataset_x_train(data), 0, 1);
    horn_status status = find(&m, words[0], atoi(words[2]));
    for (size_t i = 0; !status && i < count && i < MOST; i++) {
        double began = now();
        status = horn_model_predict(out, CLASSES, m, &x, NULL);
        seconds[i] = now() - began;
    }
    if (!status) answer_seconds(seconds, count < MOST ? count : MOST, "");
    return status;
}

static horn_status step(char **words)
{
    float input = 0.5f;
    uint8_t label = 0;
    double seconds[MOST];
    size_t count = strtoul(words[0], NULL, 10);
    horn_view x = { .data = &input, .dtype = HORN_FLOAT32, .rank = 2, .shape = { 1, 1 } };
    horn_view y = { .data = &label, .dtype = HORN_UINT8, .rank = 1, .shape = { 1 } };
    horn_model *m;
    horn_status status = horn_sequential_new(&m, &(horn_sequential_options){ .threads = 1 });
    if (status) return status;
    status = horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 1, .input_shape = { 1 } }));
    if (!status) status = compile(m, horn_rmsprop(NULL), NULL);
    for (size_t i = 0; !status && i < count && i < MOST; i++) {
        double began = now();
        status = horn_model_train_on_batch(NULL, m, &x, &y);
        seconds[i] = now() - began;
    }
    if (!status) answer_seconds(seconds, count < MOST ? count : MOST, "");
    horn_model_free(m);
    return status;
}

static bool is_whole(const char *path)
{
    size_t length = strlen(path);
    return length > 3 && strcmp(path + length - 3, ".h5") == 0;
}

static void answer_synced(double seconds)
{
    char more[64];
    snprintf(more, sizeof more, ", \"syncing\": %.9f", syncing);
    answer_seconds(&seconds, 1, more);
}

static horn_status save(char **words)
{
    horn_model *m;
    horn_status status = find(&m, words[0], 2);
    syncing = 0;
    double began = now();
    if (!status)
        status = is_whole(words[1]) ? horn_model_save(m, words[1], NULL)
                                    : horn_model_save_weights(m, words[1], NULL);
    if (!status) answer_synced(now() - began);
    return status;
}

static horn_status load(char **words)
{
    horn_model *m, *loaded = NULL;
    horn_status status = find(&m, words[0], 2);
    double began = now();
    if (!status)
        status = is_whole(words[1]) ? horn_model_load(&loaded, words[1], NULL)
                                    : horn_model_load_weights(m, words[1]);
    if (!status) answer_synced(now() - began);
    horn_model_free(loaded);
    return status;
}

/* ---- checkpoints ---- */

/* Two callbacks around the checkpoint's take the time of each of its epochs. */
static struct watch {
    double seconds[MOST], syncing[MOST];
    size_t count;
} watch;

static horn_status before_checkpoint(horn_callback *self, const horn_progress *progress,
                                     const horn_logs *logs)
{
    (void)self, (void)progress, (void)logs;
    watch.syncing[watch.count] = -syncing;
    watch.seconds[watch.count] = -now();
    return HORN_OK;
}

static horn_status behind_checkpoint(horn_callback *self, const horn_progress *progress,
                                     const horn_logs *logs)
{
    (void)self, (void)progress, (void)logs;
    watch.seconds[watch.count] += now();
    watch.syncing[watch.count] += syncing;
    watch.seconds[watch.count] -= watch.syncing[watch.count];
    watch.count++;
    return HORN_OK;
}

/* Seconds outside of fsync, and the mean inside of it. */
static void answer_watch(void)
{
    char more[64];
    double sum = 0;
    for (size_t i = 0; i < watch.count; i++) sum += watch.syncing[i];
    snprintf(more, sizeof more, ", \"syncing\": %.9f", watch.count ? sum / (double)watch.count : 0);
    answer_seconds(watch.seconds, watch.count, more);
}

static horn_status checkpoint(char **words)
{
    horn_model *m;
    char path[512];
    size_t count = strtoul(words[1], NULL, 10);
    horn_view x = horn_view_samples(horn_dataset_x_train(data), 0, 256);
    horn_view y = horn_view_samples(horn_dataset_y_train(data), 0, 256);
    snprintf(path, sizeof path, "%s/ckpt-{epoch:04d}", words[0]);
    horn_status status = find(&m, "mlp", 2);
    if (status) return status;
    horn_callback before = { .on_epoch_end = before_checkpoint },
                  behind = { .on_epoch_end = behind_checkpoint };
    horn_callback *saving = horn_model_checkpoint(&(horn_model_checkpoint_options){ .path = path });
    if (!saving) return HORN_ERROR_FILE;
    horn_callback *const all[] = { &before, saving, &behind };
    horn_fit_options options = { .batch_size = 256, .epochs = count < MOST ? count : MOST };
    options.callbacks = all;
    options.callback_count = 3;
    watch.count = 0;
    status = horn_model_fit(NULL, m, &x, &y, &options);
    horn_callback_free(saving);
    if (!status) answer_watch();
    return status;
}

/* ---- the loop ---- */

static const struct task {
    const char *name;
    size_t words;
    horn_status (*run)(char **words);
} tasks[] = { { "epoch", 5, epoch },
              { "infer", 4, infer },
              { "one", 3, one },
              { "step", 1, step },
              { "save", 2, save },
              { "load", 2, load },
              { "checkpoint", 2, checkpoint } };

enum { MOST_WORDS = 8 };

/* False where nobody knows the task. */
static bool run_task(char *line)
{
    char *words[MOST_WORDS] = { NULL };
    size_t count = 0;
    for (char *word = strtok(line, " \n"); word && count < MOST_WORDS; word = strtok(NULL, " \n"))
        words[count++] = word;
    for (size_t i = 0; count && i < sizeof tasks / sizeof *tasks; i++) {
        if (strcmp(tasks[i].name, words[0]) != 0 || count != tasks[i].words + 1) continue;
        if (tasks[i].run(words + 1)) printf("{\"error\": \"%s\"}\n", horn_last_error());
        return true;
    }
    return false;
}

int main(int argc, char **argv)
{
    char line[1024];
    fast_blas(argv);
    if (argc != 2 || horn_dataset_load(&data, argv[1], NULL)) {
        fprintf(stderr, "%s: %s\n", argv[0], argc != 2 ? "usage: horn_bench DATA" : horn_last_error());
        return EXIT_FAILURE;
    }
    printf("{\"version\": \"Horn %s\", \"kernels\": \"%s\"}\n", horn_version(), horn_kernels());
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        if (!run_task(line)) puts("{\"error\": \"unknown task\"}");
        fflush(stdout);
    }
    for (struct named_model *m = models; m->model; m++) horn_model_free(m->model);
    horn_dataset_free(data);
    return EXIT_SUCCESS;
}
