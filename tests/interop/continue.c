/* usage: continue MODEL X.npy Y.npy STEPS OUT [WEIGHTS|- [FORMAT|- [DIALECT]]]: trains the model, from the state that its
 * file holds, or that WEIGHTS holds, for some steps on all of X at once, prints each step's loss, and saves
 * it. X and Y may be .npz files, for several inputs or outputs: then all logs are printed, as NAME=VALUE. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <horn/horn.h>

static horn_status train(horn_model *model, const horn_view *x, const horn_view *y, long steps)
{
    horn_logs logs;
    for (long i = 0; i < steps; i++) {
        horn_status status = horn_model_train_on_batch(&logs, model, x, y);
        if (status) return status;
        for (size_t k = 0; (x->name || y->name) && k < logs.count; k++)
            printf("%s=%.9g\n", logs.names[k], logs.values[k]);
        if (!x->name && !y->name) printf("%.9g\n", horn_logs_get(&logs, "loss"));
    }
    return HORN_OK;
}

/* Of a model with several inputs or outputs: by name. */
static horn_status load_all(horn_arrays **out, const horn_model *m, const char *path, bool outputs)
{
    const char *names[HORN_MAX_INPUTS];
    const size_t count = outputs ? horn_model_output_count(m) : horn_model_input_count(m);
    for (size_t i = 0; i < count; i++)
        names[i] = outputs ? horn_model_output_name(m, i) : horn_model_input_name(m, i);
    return horn_arrays_load(out, path, names, count, NULL);
}

int main(int argc, char **argv)
{
    horn_model *model = NULL;
    horn_array *x = NULL, *y = NULL;
    horn_arrays *all_x = NULL, *all_y = NULL;
    if (argc < 6 || argc > 9) {
        fprintf(stderr, "usage: %s MODEL X.npy Y.npy STEPS OUT [WEIGHTS|- [FORMAT|- [DIALECT]]]\n", argv[0]);
        return 2;
    }
    horn_status status = horn_model_load(&model, argv[1], NULL);
    if (!status && argc > 6 && strcmp(argv[6], "-") != 0) status = horn_model_load_weights(model, argv[6]);
    if (!status && strstr(argv[2], ".npz")) {
        status = load_all(&all_x, model, argv[2], false);
        if (!status) status = load_all(&all_y, model, argv[3], true);
        if (!status) status = train(model, horn_arrays_views(all_x), horn_arrays_views(all_y), atol(argv[4]));
    } else {
        if (!status) status = horn_array_load(&x, argv[2]);
        if (!status) status = horn_array_load(&y, argv[3]);
        if (!status) status = train(model, horn_array_view(x), horn_array_view(y), atol(argv[4]));
    }
    if (!status)
        status = horn_model_save(
            model, argv[5],
            &(horn_save_options){ .format = argc > 7 && strcmp(argv[7], "-") != 0 ? argv[7] : NULL,
                                  .dialect = argc > 8 ? argv[8] : NULL });
    if (status) fprintf(stderr, "%s: %s\n", argv[0], horn_last_error());
    horn_arrays_free(all_x);
    horn_arrays_free(all_y);
    horn_array_free(x);
    horn_array_free(y);
    horn_model_free(model);
    return status ? 1 : 0;
}
