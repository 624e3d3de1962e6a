/* Several threads predict by one model, each with a predictor of its own.
 * usage: pool DATA, a directory of IDX files such as Fashion-MNIST */
#include <pthread.h>
#include <stdio.h>
#include <horn/horn.h>

enum { THREADS = 4, CLASSES = 10 };

typedef struct task {
    horn_predictor *predictor;
    const horn_dataset *data;
    size_t first, right, count;
    horn_status status;
} task;

/* Every fourth image, one at a time, as a server gets them. */
static void *work(void *argument)
{
    task *t = argument;
    const horn_view *all = horn_dataset_x_test(t->data);
    const unsigned char *labels = horn_dataset_y_test(t->data)->data;
    const size_t size = horn_view_count(all) / all->shape[0];
    for (size_t i = t->first; !t->status && i < all->shape[0]; i += THREADS) {
        float logits[CLASSES];
        int best = 0;
        horn_view one = *all;
        one.data = (unsigned char *)all->data + i * size;
        one.shape[0] = 1;
        t->status = horn_predictor_predict(logits, CLASSES, t->predictor, &one, NULL);
        for (int k = 1; k < CLASSES; k++)
            if (logits[k] > logits[best]) best = k;
        t->right += best == labels[i];
        t->count++;
    }
    if (t->status) fprintf(stderr, "%s\n", horn_last_error()); /* each thread has a line of its own */
    return NULL;
}

static horn_status build(horn_model *model, const horn_dataset *data)
{
    horn_status status =
        horn_model_add(model, horn_flatten(&(horn_flatten_options){ .input_shape = { 28, 28 } }));
    if (!status) status = horn_model_add(model, horn_dense(&(horn_dense_options){ .units = CLASSES }));
    if (!status)
        status = horn_model_compile(
            model, &(horn_compile_options){ .optimizer = horn_adam(NULL),
                                            .loss = horn_sparse_categorical_crossentropy(
                                                &(horn_crossentropy_options){ .from_logits = true }) });
    return status ? status
                  : horn_model_fit(NULL, model, horn_dataset_x_train(data), horn_dataset_y_train(data), NULL);
}

static horn_status predict(horn_model *model, const horn_dataset *data)
{
    pthread_t threads[THREADS];
    task tasks[THREADS] = { 0 };
    size_t started = 0, right = 0, count = 0;
    horn_status status = HORN_OK;
    while (!status && started < THREADS) {
        task *t = &tasks[started];
        *t = (task){ .data = data, .first = started };
        status = horn_predictor_new(&t->predictor, model);
        if (!status && pthread_create(&threads[started], NULL, work, t)) break;
        if (!status) started++;
    }
    for (size_t i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
        if (tasks[i].status) status = tasks[i].status;
        right += tasks[i].right;
        count += tasks[i].count;
    }
    for (size_t i = 0; i < THREADS; i++) horn_predictor_free(tasks[i].predictor);
    if (!status) printf("%zu of %zu images are right, by %zu threads\n", right, count, started);
    return status;
}

int main(int argc, char **argv)
{
    horn_dataset *data = NULL;
    horn_model *model = NULL;
    horn_status status = horn_dataset_load(&data, argc > 1 ? argv[1] : "datasets/fashion-mnist", NULL);
    if (!status) status = horn_sequential_new(&model, NULL);
    if (!status) status = build(model, data);
    if (!status) status = predict(model, data);
    if (status) fprintf(stderr, "%s\n", horn_last_error());
    horn_model_free(model);
    horn_dataset_free(data);
    return status ? 1 : 0;
}
