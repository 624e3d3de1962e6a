/* usage: custom_objects MODEL|new WEIGHTS|- X.npy Y.npy STEPS PREDICTIONS.npy OUT[,DIALECT]...: loads a model of the classes in
 * custom_classes.h, or makes one, and weights into it; writes its predictions, trains it for some steps on all of X, prints each
 * loss and metric, and saves it. */
#include <stdio.h>
#include <stdlib.h>
#include "custom_classes.h"

static horn_status make(horn_model **out)
{
    const horn_custom_layer_options gain = { .name = "mix", .arguments = { HORN_NUMBER("gain", 1.5) } };
    const horn_custom_loss_options weight = { .arguments = { HORN_NUMBER("weight", 2) } };
    const horn_custom_optimizer_options drag = { .learning_rate = 0.005,
                                                 .arguments = { HORN_NUMBER("drag", 0.25) } };
    horn_status status = horn_sequential_new(out, &(horn_sequential_options){ .seed = 5 });
    if (!status)
        status = horn_model_add(*out, horn_dense(&(horn_dense_options){ .units = 7, .input_shape = { 5 } }));
    if (!status) status = horn_model_add(*out, horn_custom_layer("demo>Mix", &gain));
    if (!status) status = horn_model_add(*out, horn_custom_layer("Custom>Swish1", NULL));
    if (!status) status = horn_model_add(*out, horn_dense(&(horn_dense_options){ .units = 3 }));
    if (status) return status;
    return horn_model_compile(
        *out, &(horn_compile_options){ .optimizer = horn_custom_optimizer("demo>Heavy", &drag),
                                       .loss = horn_custom_loss("demo>Quartic", &weight),
                                       .metrics = { horn_metric_by_name("demo>Within") } });
}

static horn_status predict(horn_model *m, const horn_view *x, const char *path)
{
    horn_view out = { .dtype = HORN_FLOAT32, .rank = 2, .shape = { x->shape[0], 3 } };
    float *values = calloc(horn_view_count(&out), sizeof *values);
    out.data = values;
    horn_status status = horn_model_predict(values, horn_view_count(&out), m, x, NULL);
    if (!status) status = horn_array_save(path, &out);
    free(values);
    return status;
}

static horn_status train(horn_model *m, const horn_view *x, const horn_view *y, long steps)
{
    horn_logs logs;
    horn_status status = HORN_OK;
    for (long i = 0; !status && i < steps; i++) {
        status = horn_model_train_on_batch(&logs, m, x, y);
        if (!status) printf("%.9g %.9g\n", horn_logs_get(&logs, "loss"), horn_logs_get(&logs, "within"));
    }
    return status;
}

/* "mix.h5", or "mix.h5,keras3"; a prefix is saved with its optimizer. */
static horn_status save(horn_model *m, char *target)
{
    char *dialect = strchr(target, ',');
    if (dialect) *dialect++ = 0;
    const size_t length = strlen(target);
    const bool weights = length > 11 && strcmp(target + length - 11, ".weights.h5") == 0;
    const horn_save_options o = { .dialect = dialect };
    return weights ? horn_model_save_weights(m, target, &o) : horn_model_save(m, target, &o);
}

int main(int argc, char **argv)
{
    horn_model *m = NULL;
    horn_array *x = NULL, *y = NULL;
    if (argc < 7) return 2;
    horn_status status = register_custom_classes();
    if (!status) status = strcmp(argv[1], "new") == 0 ? make(&m) : horn_model_load(&m, argv[1], NULL);
    if (!status && strcmp(argv[2], "-") != 0) status = horn_model_load_weights(m, argv[2]);
    if (!status) status = horn_array_load(&x, argv[3]);
    if (!status) status = horn_array_load(&y, argv[4]);
    if (!status) status = predict(m, horn_array_view(x), argv[6]);
    if (!status) status = train(m, horn_array_view(x), horn_array_view(y), atol(argv[5]));
    for (int i = 7; !status && i < argc; i++) status = save(m, argv[i]);
    if (status) fprintf(stderr, "%s: %s\n", argv[0], horn_last_error());
    horn_array_free(x);
    horn_array_free(y);
    horn_model_free(m);
    return status ? 1 : 0;
}
