/* usage: logs MODEL X.npy Y.npy STEPS OUT SAMPLE_WEIGHT.npy|- CLASS_WEIGHTS|- DIALECT: trains the model for some steps, each on all of X, and saves
 * it. Prints the logs of each step and, at last, those of an evaluation, with the sample weights, in batches of 7, as
 * lines "name value name value ...". CLASS_WEIGHTS: "0:1,1:2.5". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <horn/horn.h>

static void print(const horn_logs *logs)
{
    for (size_t i = 0; i < logs->count; i++)
        printf("%s%s %.9g", i ? " " : "", logs->names[i], logs->values[i]);
    printf("\n");
}

static size_t read_class_weights(horn_class_weight *out, size_t most, const char *text)
{
    size_t count = 0;
    char *end;
    while (*text && count < most) {
        out[count].class_number = strtol(text, &end, 10);
        out[count++].weight = strtod(end + 1, &end);
        text = *end ? end + 1 : end;
    }
    return count;
}

static horn_status run(horn_model *model, const horn_view *x, const horn_view *y, const horn_view *weights,
                       char **argv)
{
    horn_class_weight classes[16];
    horn_history *history = NULL;
    horn_logs logs;
    const horn_fit_options options = {
        .batch_size = x->shape[0],
        .epochs = (size_t)atol(argv[4]),
        .sample_weight = weights,
        .class_weight = classes,
        .class_weight_count = strcmp(argv[7], "-") ? read_class_weights(classes, 16, argv[7]) : 0,
        .no_shuffle = true,
    };
    horn_status status = horn_model_fit(&history, model, x, y, &options);
    if (status) return status;
    for (size_t i = 0; i < options.epochs; i++) print(horn_history_logs(history, i));
    horn_history_free(history);
    status = horn_model_evaluate(&logs, model, x, y,
                                 &(horn_evaluate_options){ .batch_size = 7, .sample_weight = weights });
    if (!status) print(&logs);
    return status ? status : horn_model_save(model, argv[5], &(horn_save_options){ .dialect = argv[8] });
}

int main(int argc, char **argv)
{
    horn_model *model = NULL;
    horn_array *x = NULL, *y = NULL, *w = NULL;
    if (argc != 9) {
        fprintf(stderr, "usage: %s MODEL X.npy Y.npy STEPS OUT SAMPLE_WEIGHT.npy|- CLASS_WEIGHTS|- DIALECT\n",
                argv[0]);
        return 2;
    }
    const bool weighted = strcmp(argv[6], "-") != 0;
    horn_status status = horn_model_load(&model, argv[1], NULL);
    if (!status) status = horn_array_load(&x, argv[2]);
    if (!status) status = horn_array_load(&y, argv[3]);
    if (!status && weighted) status = horn_array_load(&w, argv[6]);
    /* Targets are taken as they are. */
    horn_view targets = { 0 };
    if (!status) targets = *horn_array_view(y);
    targets.divisor = 0;
    if (!status)
        status = run(model, horn_array_view(x), &targets, weighted ? horn_array_view(w) : NULL, argv);
    if (status) fprintf(stderr, "%s: %s\n", argv[0], horn_last_error());
    horn_array_free(x);
    horn_array_free(y);
    horn_array_free(w);
    horn_model_free(model);
    return status ? 1 : 0;
}
