/* Trains a model, saves it, loads it and predicts.
 * usage: train DATA, a directory of IDX files such as Fashion-MNIST */
#include <stdio.h>
#include <horn/horn.h>

static horn_status build(horn_model *model)
{
    horn_status status =
        horn_model_add(model, horn_flatten(&(horn_flatten_options){ .input_shape = { 28, 28 } }));
    if (!status)
        status =
            horn_model_add(model, horn_dense(&(horn_dense_options){ .units = 128, .activation = "relu" }));
    if (!status) status = horn_model_add(model, horn_dropout(&(horn_dropout_options){ .rate = 0.2 }));
    if (!status) status = horn_model_add(model, horn_dense(&(horn_dense_options){ .units = 10 }));
    if (!status)
        status = horn_model_compile(
            model, &(horn_compile_options){
                       .optimizer = horn_rmsprop(&(horn_rmsprop_options){ .learning_rate = 0.001 }),
                       .loss = horn_sparse_categorical_crossentropy(
                           &(horn_crossentropy_options){ .from_logits = true }),
                       .metrics = { horn_metric_by_name("accuracy") } });
    return status;
}

/* The class of the first image. */
static horn_status predict(const char *path, const horn_dataset *data)
{
    horn_model *model = NULL;
    float logits[10];
    int best = 0;
    horn_view first = *horn_dataset_x_test(data);
    first.shape[0] = 1;
    horn_status status = horn_model_load(&model, path, NULL);
    if (!status) status = horn_model_predict(logits, 10, model, &first, NULL);
    for (int i = 1; !status && i < 10; i++)
        if (logits[i] > logits[best]) best = i;
    if (!status) printf("the first image is of class %d\n", best);
    horn_model_free(model);
    return status;
}

int main(int argc, char **argv)
{
    horn_dataset *data = NULL;
    horn_model *model = NULL;
    horn_logs logs;
    horn_status status = horn_dataset_load(&data, argc > 1 ? argv[1] : "datasets/fashion-mnist", NULL);
    if (!status) status = horn_sequential_new(&model, &(horn_sequential_options){ .name = "mlp", .seed = 1 });
    if (!status) status = build(model);
    if (!status)
        status = horn_model_fit(NULL, model, horn_dataset_x_train(data), horn_dataset_y_train(data),
                                &(horn_fit_options){ .batch_size = 64, .epochs = 5 });
    if (!status)
        status =
            horn_model_evaluate(&logs, model, horn_dataset_x_test(data), horn_dataset_y_test(data), NULL);
    if (!status) printf("accuracy is %.3f\n", horn_logs_get(&logs, "accuracy"));
    if (!status) status = horn_model_save(model, "mlp.h5", NULL);
    if (!status) status = predict("mlp.h5", data);
    if (status) fprintf(stderr, "%s\n", horn_last_error());
    horn_model_free(model);
    horn_dataset_free(data);
    return status ? 1 : 0;
}
