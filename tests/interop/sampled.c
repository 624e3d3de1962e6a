/* usage: sampled DIALECT <CASES: for each line "MODEL X.npy Y.npy STEPS OUT PREDICTIONS.npy", separated by tabs: predicts for all of X, trains the model for
 * some steps, each on all of X, and saves it. Prints a line for each case: "ok LOSS...", or "failed MESSAGE". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <horn/horn.h>

enum { FIELDS = 6 };

static horn_status predict(horn_model *m, const horn_view *x, const char *path)
{
    horn_view out;
    horn_status status = horn_model_predict_shape(&out, m, x, 0);
    if (status) return status;
    float *values = malloc(horn_view_count(&out) * sizeof(float) + 1);
    if (!values) return HORN_ERROR_MEMORY;
    status = horn_model_predict(values, horn_view_count(&out), m, x, NULL);
    out.data = values;
    if (!status) status = horn_array_save(path, &out);
    free(values);
    return status;
}

static horn_status run(char *const fields[FIELDS], const char *dialect, double *losses, long steps)
{
    horn_model *model = NULL;
    horn_array *x = NULL, *y = NULL;
    horn_logs logs;
    horn_status status = horn_model_load(&model, fields[0], NULL);
    if (!status) status = horn_array_load(&x, fields[1]);
    if (!status) status = horn_array_load(&y, fields[2]);
    if (!status) status = predict(model, horn_array_view(x), fields[5]);
    for (long i = 0; i < steps && !status; i++) {
        status = horn_model_train_on_batch(&logs, model, horn_array_view(x), horn_array_view(y));
        if (!status) losses[i] = horn_logs_get(&logs, "loss");
    }
    if (!status) status = horn_model_save(model, fields[4], &(horn_save_options){ .dialect = dialect });
    horn_array_free(x);
    horn_array_free(y);
    horn_model_free(model);
    return status;
}

int main(int argc, char **argv)
{
    char line[8192], *fields[FIELDS];
    double losses[100];
    if (argc != 2) {
        fprintf(stderr, "usage: %s DIALECT <CASES\n", argv[0]);
        return 2;
    }
    while (fgets(line, sizeof line, stdin)) {
        int count = 0;
        for (char *at = strtok(line, "\t\n"); at && count < FIELDS; at = strtok(NULL, "\t\n"))
            fields[count++] = at;
        const long steps = count == FIELDS ? atol(fields[3]) : 0;
        if (count < FIELDS || steps < 0 || steps > 100) return 2;
        if (run(fields, argv[1], losses, steps)) {
            printf("failed %s\n", horn_last_error());
        } else {
            printf("ok");
            for (long i = 0; i < steps; i++) printf(" %.9g", losses[i]);
            printf("\n");
        }
        fflush(stdout);
    }
    return 0;
}
