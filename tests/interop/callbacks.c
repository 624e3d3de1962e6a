/* usage: callbacks stop|reduce CASES: a case a line: mode, min_delta, patience, baseline ("-": none) and start_from_epoch, or mode,
 * factor, min_delta, patience, cooldown, min_lr; then the values of the log. Hands each value to the callback as that of an
 * epoch. Prints a line a case: the epoch after which training ends, 0 for never, or the learning rate after each epoch. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <horn/horn.h>

static horn_model *make_model(void)
{
    horn_model *m = NULL;
    horn_layer *dense = horn_dense(&(horn_dense_options){ .units = 2, .input_shape = { 2 } });
    const horn_compile_options compile = { .optimizer = horn_sgd(&(horn_sgd_options){ .learning_rate = 0.5 }),
                                           .loss = horn_categorical_crossentropy(NULL) };
    horn_status status = horn_sequential_new(&m, NULL);
    if (!status) status = horn_model_add(m, dense);
    if (!status) status = horn_model_compile(m, &compile);
    if (!status) return m;
    fprintf(stderr, "%s\n", horn_last_error());
    exit(1);
}

static double next(void)
{
    const char *word = strtok(NULL, " \n");
    return word ? strtod(word, NULL) : 0;
}

static double given(double value)
{
    return value == 0 ? HORN_ZERO : value;
}

static horn_callback *make(bool stops, const char *mode)
{
    const horn_monitor_mode m = strcmp(mode, "max") == 0   ? HORN_MONITOR_MAX
                                : strcmp(mode, "min") == 0 ? HORN_MONITOR_MIN
                                                           : HORN_MONITOR_AUTO;
    if (stops) {
        horn_early_stopping_options o = { .monitor = "val_accuracy", .mode = m, .min_delta = next() };
        o.patience = (size_t)next();
        const char *baseline = strtok(NULL, " \n");
        o.baseline = strcmp(baseline, "-") == 0 ? 0 : given(strtod(baseline, NULL));
        o.start_from_epoch = (size_t)next();
        return horn_early_stopping(&o);
    }
    horn_reduce_lr_options o = { .monitor = "val_accuracy", .mode = m, .factor = given(next()) };
    o.min_delta = given(next());
    o.patience = (size_t)next();
    o.cooldown = (size_t)next();
    o.min_lr = next();
    return horn_reduce_lr_on_plateau(&o);
}

static void run(bool stops, char *line)
{
    horn_model *m = make_model();
    horn_callback *c = make(stops, strtok(line, " \n"));
    horn_progress p = { .model = m, .epochs = 1000 };
    horn_status status = c->on_train_begin(c, &p);
    const char *word;
    size_t end = 0;
    while (!end && !status && (word = strtok(NULL, " \n"))) {
        const horn_logs logs = { 1, { "val_accuracy" }, { strtod(word, NULL) } };
        status = c->on_epoch_end(c, &p, &logs);
        p.epoch++;
        if (status == HORN_STOPPED) end = p.epoch;
        if (!stops) printf("%.9g ", horn_model_learning_rate(m));
    }
    if (stops) printf("%zu", end);
    printf("\n");
    horn_callback_free(c);
    horn_model_free(m);
}

int main(int argc, char **argv)
{
    char line[4096];
    FILE *f = argc == 3 ? fopen(argv[2], "r") : NULL;
    if (!f) return 2;
    while (fgets(line, sizeof line, f)) run(strcmp(argv[1], "stop") == 0, line);
    fclose(f);
    return 0;
}
