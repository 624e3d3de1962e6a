/* Constructors return an object also if they fail: it carries its error to whoever takes it. */
#include <cjson/cJSON.h>
#include <horn/horn.h>
#include <math.h>
#include "model/small_run.h"

/* ---- allocations that fail ---- */

static long allocations, fail_from = -1; /* this one and all after it */

static bool allocation_fails(void)
{
    return fail_from >= 0 && allocations++ >= fail_from;
}

#include "wrapped_allocations.h"

static void *allocate_for_cjson(size_t size)
{
    return __wrap_malloc(size);
}

static void free_for_cjson(void *block)
{
    free(block);
}

/* ---- the constructors, each with a bad argument ---- */

#define MAKE(constructor, options, ...)                                        \
    static void *make_##constructor(void)                                      \
    {                                                                          \
        return horn_##constructor(&(horn_##options##_options){ __VA_ARGS__ }); \
    }
#define NAMED(constructor, arguments)        \
    static void *make_##constructor(void)    \
    {                                        \
        return horn_##constructor arguments; \
    }

MAKE(flatten, flatten, .input_shape = { SIZE_MAX })
MAKE(dense, dense, .units = 0)
MAKE(dropout, dropout, .rate = 1.5)
MAKE(activation, activation, .activation = "swoosh")
MAKE(activity_regularization, activity_regularization, .l1 = INFINITY)
MAKE(input, input, .name = "i")
MAKE(reshape, reshape, .name = "r")
MAKE(relu, relu, .max_value = -1)
MAKE(leaky_relu, leaky_relu, .alpha = -1)
MAKE(masking, masking, .mask_value = INFINITY)
MAKE(elu, elu, .alpha = INFINITY)
MAKE(prelu, prelu, .shared_axes = { 9 })
MAKE(thresholded_relu, thresholded_relu, .theta = -1)
MAKE(permute, permute, .dims = { 2 })
MAKE(repeat_vector, repeat_vector, .n = 0)
MAKE(rescaling, rescaling, .offset = 1)
MAKE(gaussian_noise, gaussian_noise, .stddev = -1)
MAKE(layer_normalization, layer_normalization, .epsilon = -1)
MAKE(group_normalization, group_normalization, .groups = -2)
MAKE(gaussian_dropout, dropout, .rate = 1)
MAKE(alpha_dropout, dropout, .rate = 2)
MAKE(spatial_dropout1d, spatial_dropout, .rate = 1)
MAKE(spatial_dropout2d, spatial_dropout, .rate = 1)
MAKE(spatial_dropout3d, spatial_dropout, .rate = 1)
MAKE(unit_normalization, unit_normalization, .input_shape = { SIZE_MAX })
MAKE(normalization, normalization, .input_shape = { SIZE_MAX })
MAKE(embedding, embedding, .input_dim = 0)
MAKE(softmax, softmax, .input_shape = { SIZE_MAX })
MAKE(sequential_layer, sequential_layer, .name = "s")
MAKE(time_distributed, time_distributed, .name = "t")
MAKE(batch_normalization, batch_normalization, .momentum = 2)
MAKE(conv2d, conv2d, .filters = 2, .kernel_size = { 3 }, .padding = "causal")
MAKE(depthwise_conv2d, depthwise_conv2d, .name = "d")
MAKE(max_pooling2d, pooling2d, .padding = "causal")
MAKE(average_pooling2d, pooling2d, .padding = "causal")
MAKE(global_max_pooling2d, global_pooling, .input_shape = { SIZE_MAX })
MAKE(global_average_pooling2d, global_pooling, .input_shape = { SIZE_MAX })
MAKE(zero_padding2d, zero_padding2d, .padding = { SIZE_MAX, 1, 1, 1 })
MAKE(conv1d, conv1d, .filters = 2, .kernel_size = 3, .padding = "full")
MAKE(conv3d, conv3d, .filters = 2, .kernel_size = { 3 }, .padding = "causal")
MAKE(conv1d_transpose, conv1d_transpose, .filters = 2, .kernel_size = 3, .has_output_padding = true,
     .output_padding = 1)
MAKE(conv2d_transpose, conv2d_transpose, .filters = 2, .kernel_size = { 3 }, .has_output_padding = true,
     .output_padding = { 1, 1 })
MAKE(conv3d_transpose, conv3d_transpose, .filters = 2, .kernel_size = { 3 }, .has_output_padding = true,
     .output_padding = { 1, 1, 1 })
MAKE(depthwise_conv1d, depthwise_conv1d, .name = "d")
MAKE(separable_conv1d, separable_conv1d, .filters = 2)
MAKE(separable_conv2d, separable_conv2d, .filters = 2)
MAKE(max_pooling1d, pooling1d, .padding = "causal")
MAKE(global_max_pooling1d, global_pooling, .input_shape = { SIZE_MAX })
MAKE(max_pooling3d, pooling3d, .padding = "causal")
MAKE(global_max_pooling3d, global_pooling, .input_shape = { SIZE_MAX })
MAKE(average_pooling1d, pooling1d, .padding = "causal")
MAKE(global_average_pooling1d, global_pooling, .input_shape = { SIZE_MAX })
MAKE(average_pooling3d, pooling3d, .padding = "causal")
MAKE(global_average_pooling3d, global_pooling, .input_shape = { SIZE_MAX })
MAKE(zero_padding1d, zero_padding1d, .padding = { SIZE_MAX, 1 })
MAKE(cropping1d, cropping1d, .cropping = { SIZE_MAX, 1 })
MAKE(cropping2d, cropping2d, .cropping = { SIZE_MAX, 1, 1, 1 })
MAKE(up_sampling1d, up_sampling1d, .size = SIZE_MAX)
MAKE(up_sampling2d, up_sampling2d, .interpolation = "bicubic")
MAKE(resizing, resizing, .height = 3, .width = 3, .interpolation = "area")
MAKE(center_crop, center_crop, .height = 3)
MAKE(add, merging, .input_shape = { SIZE_MAX })
MAKE(average, merging, .input_shape = { SIZE_MAX })
MAKE(maximum, merging, .input_shape = { SIZE_MAX })
MAKE(minimum, merging, .input_shape = { SIZE_MAX })
MAKE(multiply, merging, .input_shape = { SIZE_MAX })
MAKE(subtract, merging, .input_shape = { SIZE_MAX })
MAKE(concatenate, concatenate, .input_shape = { SIZE_MAX })
MAKE(dot, dot, .axes = { 0 })
MAKE(attention, attention, .score_mode = "product")
MAKE(additive_attention, attention, .dropout = 1)
MAKE(multi_head_attention, multi_head_attention, .num_heads = 0)
MAKE(simple_rnn, recurrent, .units = 0)
MAKE(lstm, recurrent, .units = 0)
MAKE(gru, recurrent, .units = 0)
MAKE(simple_rnn_cell, recurrent, .units = 2, .return_sequences = true)
MAKE(lstm_cell, recurrent, .units = 2, .go_backwards = true)
MAKE(gru_cell, recurrent, .units = 2, .zero_output_for_mask = true)
MAKE(stacked_rnn_cells, stacked_rnn_cells, .name = "s")
MAKE(rnn, rnn, .name = "r")
MAKE(bidirectional, bidirectional, .merge_mode = "sum")
NAMED(custom_layer, ("demo>None", NULL))
MAKE(sparse_categorical_crossentropy, crossentropy, .reduction = "most")
MAKE(categorical_crossentropy, crossentropy, .reduction = "most")
MAKE(binary_crossentropy, crossentropy, .reduction = "most")
MAKE(binary_focal_crossentropy, focal_crossentropy, .label_smoothing = 2)
MAKE(categorical_focal_crossentropy, focal_crossentropy, .label_smoothing = 2)
MAKE(huber, huber, .reduction = "most")
MAKE(kl_divergence, loss, .reduction = "most")
MAKE(poisson, loss, .reduction = "most")
MAKE(mean_squared_error, loss, .reduction = "most")
MAKE(mean_absolute_error, loss, .reduction = "most")
MAKE(mean_absolute_percentage_error, loss, .reduction = "most")
MAKE(mean_squared_logarithmic_error, loss, .reduction = "most")
MAKE(log_cosh, loss, .reduction = "most")
MAKE(cosine_similarity, loss, .reduction = "most")
MAKE(hinge, loss, .reduction = "most")
MAKE(squared_hinge, loss, .reduction = "most")
MAKE(categorical_hinge, loss, .reduction = "most")
NAMED(custom_loss, ("demo>None", NULL))
NAMED(loss_by_name, ("dice"))
MAKE(precision, confusion, .threshold = 2)
MAKE(recall, confusion, .threshold = 2)
MAKE(true_positives, threshold_metric, .threshold = 2)
MAKE(true_negatives, threshold_metric, .threshold = 2)
MAKE(false_positives, threshold_metric, .threshold = 2)
MAKE(false_negatives, threshold_metric, .threshold = 2)
MAKE(auc, auc, .curve = "round")
MAKE(f1_score, f_score, .average = "most")
MAKE(fbeta_score, f_score, .average = "most")
MAKE(precision_at_recall, at_value, .value = 2)
MAKE(recall_at_precision, at_value, .value = 2)
MAKE(sensitivity_at_specificity, at_value, .value = 2)
MAKE(specificity_at_sensitivity, at_value, .value = 2)
MAKE(r2_score, r2_score, .class_aggregation = "most")
MAKE(mean_relative_error, mean_relative_error, .name = "no normalizer")
MAKE(iou, iou, .num_classes = 0)
MAKE(mean_iou, iou, .num_classes = 0)
MAKE(one_hot_iou, iou, .num_classes = 0)
MAKE(one_hot_mean_iou, iou, .num_classes = 0)
MAKE(binary_iou, binary_iou, .target_class_ids = (const size_t[]){ 5 }, .target_class_count = 1)
NAMED(metric_by_name, ("mean_io_v"))
NAMED(custom_metric, ("demo>None", NULL))
MAKE(sgd, sgd, .momentum = -1)
MAKE(rmsprop, rmsprop, .schedule = { "CosineDecay", .decay_steps = -1 })
MAKE(adam, adam, .beta_1 = 2)
MAKE(adamw, adamw, .weight_decay = -1)
MAKE(adamax, adamax, .beta_2 = 2)
MAKE(nadam, nadam, .beta_1 = -1)
MAKE(adagrad, adagrad, .initial_accumulator_value = -1)
MAKE(adadelta, adadelta, .rho = 2)
MAKE(ftrl, ftrl, .learning_rate_power = 1)
MAKE(lion, lion, .beta_1 = HORN_ZERO)
NAMED(custom_optimizer, ("demo>None", NULL))
NAMED(optimizer_by_name, ("muon"))
NAMED(csv_logger, (NULL))
MAKE(early_stopping, early_stopping, .min_delta = NAN)
MAKE(tensorboard, tensorboard, .histogram_freq = 1)
MAKE(reduce_lr_on_plateau, reduce_lr, .factor = 1)
NAMED(learning_rate_scheduler, (NULL, NULL))
MAKE(progress_bar, progress_bar, .write = NULL)
MAKE(model_checkpoint, model_checkpoint, .path = "best.h5")

enum { LAYER, LOSS, METRIC, OPTIMIZER, CALLBACK };

static const struct {
    const char *name;
    void *(*make)(void);
    int kind;
    horn_status status;
    const char *words;
} cases[] = {
#define CASE(constructor, kind, status, words)                             \
    {                                                                      \
#constructor, make_##constructor, kind, HORN_ERROR_##status, words \
    }
    CASE(flatten, LAYER, FORMAT, "batch_input_shape"),
    CASE(dense, LAYER, FORMAT, "units"),
    CASE(dropout, LAYER, FORMAT, "rate"),
    CASE(activation, LAYER, UNSUPPORTED, "swoosh"),
    CASE(activity_regularization, LAYER, UNSUPPORTED, "l1"),
    CASE(input, LAYER, FORMAT, "batch_input_shape"),
    CASE(reshape, LAYER, FORMAT, "target_shape"),
    CASE(relu, LAYER, FORMAT, "max_value"),
    CASE(leaky_relu, LAYER, FORMAT, "alpha"),
    CASE(masking, LAYER, UNSUPPORTED, "mask_value"),
    CASE(elu, LAYER, UNSUPPORTED, "alpha"),
    CASE(prelu, LAYER, FORMAT, "shared_axes"),
    CASE(thresholded_relu, LAYER, FORMAT, "theta"),
    CASE(permute, LAYER, FORMAT, "dims"),
    CASE(repeat_vector, LAYER, FORMAT, "is 0"),
    CASE(rescaling, LAYER, FORMAT, "scale"),
    CASE(gaussian_noise, LAYER, FORMAT, "stddev"),
    CASE(layer_normalization, LAYER, FORMAT, "epsilon"),
    CASE(group_normalization, LAYER, FORMAT, "groups"),
    CASE(gaussian_dropout, LAYER, UNSUPPORTED, "rate"),
    CASE(alpha_dropout, LAYER, FORMAT, "rate"),
    CASE(spatial_dropout1d, LAYER, UNSUPPORTED, "rate"),
    CASE(spatial_dropout2d, LAYER, UNSUPPORTED, "rate"),
    CASE(spatial_dropout3d, LAYER, UNSUPPORTED, "rate"),
    CASE(unit_normalization, LAYER, FORMAT, "batch_input_shape"),
    CASE(normalization, LAYER, FORMAT, "batch_input_shape"),
    CASE(embedding, LAYER, FORMAT, "input_dim"),
    CASE(softmax, LAYER, FORMAT, "batch_input_shape"),
    CASE(sequential_layer, LAYER, UNSUPPORTED, "holds no layer"),
    CASE(time_distributed, LAYER, ARGUMENT, "the layer inside is NULL"),
    CASE(batch_normalization, LAYER, FORMAT, "momentum"),
    CASE(conv2d, LAYER, FORMAT, "causal"),
    CASE(depthwise_conv2d, LAYER, FORMAT, "kernel_size"),
    CASE(max_pooling2d, LAYER, FORMAT, "causal"),
    CASE(average_pooling2d, LAYER, FORMAT, "causal"),
    CASE(global_max_pooling2d, LAYER, FORMAT, "batch_input_shape"),
    CASE(global_average_pooling2d, LAYER, FORMAT, "batch_input_shape"),
    CASE(zero_padding2d, LAYER, FORMAT, "padding"),
    CASE(conv1d, LAYER, FORMAT, "full"),
    CASE(conv3d, LAYER, FORMAT, "causal"),
    CASE(conv1d_transpose, LAYER, FORMAT, "output_padding"),
    CASE(conv2d_transpose, LAYER, FORMAT, "output_padding"),
    CASE(conv3d_transpose, LAYER, FORMAT, "output_padding"),
    CASE(depthwise_conv1d, LAYER, FORMAT, "kernel_size"),
    CASE(separable_conv1d, LAYER, FORMAT, "kernel_size"),
    CASE(separable_conv2d, LAYER, FORMAT, "kernel_size"),
    CASE(max_pooling1d, LAYER, FORMAT, "causal"),
    CASE(global_max_pooling1d, LAYER, FORMAT, "batch_input_shape"),
    CASE(max_pooling3d, LAYER, FORMAT, "causal"),
    CASE(global_max_pooling3d, LAYER, FORMAT, "batch_input_shape"),
    CASE(average_pooling1d, LAYER, FORMAT, "causal"),
    CASE(global_average_pooling1d, LAYER, FORMAT, "batch_input_shape"),
    CASE(average_pooling3d, LAYER, FORMAT, "causal"),
    CASE(global_average_pooling3d, LAYER, FORMAT, "batch_input_shape"),
    CASE(zero_padding1d, LAYER, FORMAT, "padding"),
    CASE(cropping1d, LAYER, FORMAT, "cropping"),
    CASE(cropping2d, LAYER, FORMAT, "cropping"),
    CASE(up_sampling1d, LAYER, FORMAT, "size"),
    CASE(up_sampling2d, LAYER, UNSUPPORTED, "bicubic"),
    CASE(resizing, LAYER, UNSUPPORTED, "area"),
    CASE(center_crop, LAYER, FORMAT, "width"),
    CASE(add, LAYER, FORMAT, "batch_input_shape"),
    CASE(average, LAYER, FORMAT, "batch_input_shape"),
    CASE(maximum, LAYER, FORMAT, "batch_input_shape"),
    CASE(minimum, LAYER, FORMAT, "batch_input_shape"),
    CASE(multiply, LAYER, FORMAT, "batch_input_shape"),
    CASE(subtract, LAYER, FORMAT, "batch_input_shape"),
    CASE(concatenate, LAYER, FORMAT, "batch_input_shape"),
    CASE(dot, LAYER, UNSUPPORTED, "has 0, the batch"),
    CASE(attention, LAYER, ARGUMENT, "score_mode"),
    CASE(additive_attention, LAYER, UNSUPPORTED, "dropout"),
    CASE(multi_head_attention, LAYER, FORMAT, "num_heads"),
    CASE(simple_rnn, LAYER, FORMAT, "units"),
    CASE(lstm, LAYER, FORMAT, "units"),
    CASE(gru, LAYER, FORMAT, "units"),
    CASE(simple_rnn_cell, LAYER, UNSUPPORTED, "return_sequences"),
    CASE(lstm_cell, LAYER, UNSUPPORTED, "go_backwards"),
    CASE(gru_cell, LAYER, UNSUPPORTED, "zero_output_for_mask"),
    CASE(stacked_rnn_cells, LAYER, UNSUPPORTED, "holds no cell"),
    CASE(rnn, LAYER, ARGUMENT, "the layer inside is NULL"),
    CASE(bidirectional, LAYER, ARGUMENT, "the layer inside is NULL"),
    CASE(custom_layer, LAYER, UNSUPPORTED, "demo>None"),
    CASE(sparse_categorical_crossentropy, LOSS, FORMAT, "reduction"),
    CASE(categorical_crossentropy, LOSS, FORMAT, "reduction"),
    CASE(binary_crossentropy, LOSS, FORMAT, "reduction"),
    CASE(binary_focal_crossentropy, LOSS, FORMAT, "label_smoothing"),
    CASE(categorical_focal_crossentropy, LOSS, FORMAT, "label_smoothing"),
    CASE(huber, LOSS, FORMAT, "reduction"),
    CASE(kl_divergence, LOSS, FORMAT, "reduction"),
    CASE(poisson, LOSS, FORMAT, "reduction"),
    CASE(mean_squared_error, LOSS, FORMAT, "reduction"),
    CASE(mean_absolute_error, LOSS, FORMAT, "reduction"),
    CASE(mean_absolute_percentage_error, LOSS, FORMAT, "reduction"),
    CASE(mean_squared_logarithmic_error, LOSS, FORMAT, "reduction"),
    CASE(log_cosh, LOSS, FORMAT, "reduction"),
    CASE(cosine_similarity, LOSS, FORMAT, "reduction"),
    CASE(hinge, LOSS, FORMAT, "reduction"),
    CASE(squared_hinge, LOSS, FORMAT, "reduction"),
    CASE(categorical_hinge, LOSS, FORMAT, "reduction"),
    CASE(custom_loss, LOSS, UNSUPPORTED, "demo>None"),
    CASE(loss_by_name, LOSS, UNSUPPORTED, "dice"),
    CASE(precision, METRIC, FORMAT, "thresholds"),
    CASE(recall, METRIC, FORMAT, "thresholds"),
    CASE(true_positives, METRIC, FORMAT, "thresholds"),
    CASE(true_negatives, METRIC, FORMAT, "thresholds"),
    CASE(false_positives, METRIC, FORMAT, "thresholds"),
    CASE(false_negatives, METRIC, FORMAT, "thresholds"),
    CASE(auc, METRIC, FORMAT, "curve"),
    CASE(f1_score, METRIC, FORMAT, "average"),
    CASE(fbeta_score, METRIC, FORMAT, "average"),
    CASE(precision_at_recall, METRIC, FORMAT, "recall"),
    CASE(recall_at_precision, METRIC, FORMAT, "precision"),
    CASE(sensitivity_at_specificity, METRIC, FORMAT, "specificity"),
    CASE(specificity_at_sensitivity, METRIC, FORMAT, "sensitivity"),
    CASE(r2_score, METRIC, FORMAT, "class_aggregation"),
    CASE(mean_relative_error, METRIC, FORMAT, "normalizer"),
    CASE(iou, METRIC, FORMAT, "num_classes"),
    CASE(mean_iou, METRIC, FORMAT, "num_classes"),
    CASE(one_hot_iou, METRIC, FORMAT, "num_classes"),
    CASE(one_hot_mean_iou, METRIC, FORMAT, "num_classes"),
    CASE(binary_iou, METRIC, FORMAT, "target_class_ids"),
    CASE(metric_by_name, METRIC, UNSUPPORTED, "mean_io_v"),
    CASE(custom_metric, METRIC, UNSUPPORTED, "demo>None"),
    CASE(sgd, OPTIMIZER, FORMAT, "momentum"),
    CASE(rmsprop, OPTIMIZER, FORMAT, "initial_learning_rate"),
    CASE(adam, OPTIMIZER, FORMAT, "beta_1"),
    CASE(adamw, OPTIMIZER, FORMAT, "weight_decay"),
    CASE(adamax, OPTIMIZER, FORMAT, "beta_2"),
    CASE(nadam, OPTIMIZER, FORMAT, "beta_1"),
    CASE(adagrad, OPTIMIZER, FORMAT, "initial_accumulator_value"),
    CASE(adadelta, OPTIMIZER, FORMAT, "rho"),
    CASE(ftrl, OPTIMIZER, FORMAT, "learning_rate_power"),
    CASE(lion, OPTIMIZER, ARGUMENT, "beta_1"),
    CASE(custom_optimizer, OPTIMIZER, UNSUPPORTED, "demo>None"),
    CASE(optimizer_by_name, OPTIMIZER, UNSUPPORTED, "muon"),
    CASE(csv_logger, CALLBACK, ARGUMENT, "path is NULL"),
    CASE(tensorboard, CALLBACK, ARGUMENT, "log_dir is NULL"),
    CASE(early_stopping, CALLBACK, ARGUMENT, "min_delta is nan"),
    CASE(reduce_lr_on_plateau, CALLBACK, ARGUMENT, "factor is 1"),
    CASE(learning_rate_scheduler, CALLBACK, ARGUMENT, "rate is NULL"),
    CASE(progress_bar, CALLBACK, ARGUMENT, "write is NULL"),
    CASE(model_checkpoint, CALLBACK, ARGUMENT, "kept for the best checkpoint"),
};
enum { CASES = sizeof cases / sizeof *cases };

static horn_status status_of(int kind, const void *made)
{
    return kind == LAYER       ? horn_layer_status(made)
           : kind == LOSS      ? horn_loss_status(made)
           : kind == METRIC    ? horn_metric_status(made)
           : kind == OPTIMIZER ? horn_optimizer_status(made)
                               : horn_callback_status(made);
}

static void free_made(int kind, void *made)
{
    if (kind == LAYER) horn_layer_free(made);
    if (kind == LOSS) horn_loss_free(made);
    if (kind == METRIC) horn_metric_free(made);
    if (kind == OPTIMIZER) horn_optimizer_free(made);
    if (kind == CALLBACK) horn_callback_free(made);
}

/* What takes the object: it fails with the object's error, and frees it. Fit borrows its callbacks. */
static horn_status hand_over(horn_model *m, int kind, void *made)
{
    horn_callback *callbacks[] = { made };
    if (kind == LAYER) return horn_model_add(m, made);
    if (kind == LOSS) return horn_model_compile(m, &(horn_compile_options){ .loss = made });
    if (kind == METRIC)
        return horn_model_compile(
            m, &(horn_compile_options){ .loss = horn_loss_by_name("categorical_crossentropy"),
                                        .metrics = { horn_binary_accuracy(NULL), made } });
    if (kind == OPTIMIZER)
        return horn_model_compile(
            m, &(horn_compile_options){ .optimizer = made,
                                        .loss = horn_loss_by_name("categorical_crossentropy") });
    const horn_status status = fit(m, 1, false, callbacks, 1);
    horn_callback_free(made);
    return status;
}

static horn_model *model_for(int kind)
{
    horn_model *m;
    if (kind == CALLBACK) return make_model(SGD, 1, 1);
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .threads = 1 }));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 2, .input_shape = { 3 } })));
    return m;
}

START_TEST(test_constructors__what_takes_a_failed_object_fails_with_its_line)
{
    char line[1024];
    setup();
    for (size_t i = 0; i < CASES; i++) {
        const int kind = cases[i].kind;
        horn_model *m = model_for(kind);
        void *made = cases[i].make();
        ck_assert_msg(made != NULL, "%s is NULL", cases[i].name);
        ck_fails(status_of(kind, made), cases[i].status, cases[i].words);
        strcpy(line, horn_last_error());
        ck_fails(horn_model_set_learning_rate(m, -1), HORN_ERROR_ARGUMENT, ""); /* another line */
        ck_fails(hand_over(m, kind, made), cases[i].status, line);
        ck_assert_int_eq(horn_model_step(m), 0);
        ck_assert(horn_model_is_compiled(m) == (kind == CALLBACK));
        if (kind == LAYER) ck_ok(horn_model_add(m, horn_flatten(NULL))); /* the model is as good as before */
        horn_model_free(m);
    }
    cleanup();
}
END_TEST

START_TEST(test_constructors__failed_objects_can_be_freed)
{
    for (size_t i = 0; i < CASES; i++) free_made(cases[i].kind, cases[i].make());
}
END_TEST

/* Whatever was taken with it is freed, too: LeakSanitizer looks. */
START_TEST(test_constructors__compile_frees_all_that_it_was_given)
{
    horn_model *m = model_for(LOSS);
    ck_fails(horn_model_compile(
                 m, &(horn_compile_options){ .optimizer = make_sgd(), .loss = make_loss_by_name() }),
             HORN_ERROR_FORMAT, "momentum");
    ck_fails(horn_model_compile(
                 m, &(horn_compile_options){ .optimizer = horn_adam(NULL), .loss = make_loss_by_name() }),
             HORN_ERROR_UNSUPPORTED, "dice");
    ck_fails(horn_model_compile(
                 NULL, &(horn_compile_options){ .optimizer = make_sgd(), .loss = make_loss_by_name() }),
             HORN_ERROR_ARGUMENT, "model is NULL");
    horn_metric *metrics[] = { horn_metric_by_name("acc"), make_metric_by_name(),
                               horn_binary_accuracy(NULL) };
    ck_fails(
        horn_model_compile(m, &(horn_compile_options){ .loss = horn_categorical_crossentropy(NULL),
                                                       .metrics = { metrics[0], metrics[1], metrics[2] } }),
        HORN_ERROR_UNSUPPORTED, "mean_io_v");
    ck_fails(horn_model_compile(NULL, &(horn_compile_options){ .metrics = { horn_metric_by_name("acc") } }),
             HORN_ERROR_ARGUMENT, "model is NULL");
    horn_model_free(m);
}
END_TEST

static void *make_good_metric(void)
{
    return horn_binary_accuracy(&(horn_threshold_metric_options){ .name = "right" });
}

static void *make_good_dense(void)
{
    return horn_dense(&(horn_dense_options){ .name = "d", .units = 2, .kernel_regularizer = { .l2 = 1 } });
}

static void *make_good_adam(void)
{
    return horn_adam(&(horn_adam_options){ .beta_1 = 0.5 });
}

static void *make_good_logger(void)
{
    return horn_csv_logger("/tmp/horn-never-written.csv");
}

/* One that runs out of memory says so; others may say what is wrong with their arguments. */
static long fail_each(int kind, void *(*make)(void), horn_status otherwise)
{
    horn_model *m = model_for(kind);
    long short_of_memory = 0;
    for (long n = 0;; n++) {
        allocations = 0;
        fail_from = n;
        void *made = make();
        const bool reached = allocations > n;
        const horn_status status = status_of(kind, made); /* needs no memory */
        fail_from = -1;
        ck_assert_ptr_nonnull(made);
        ck_assert_msg(status == (reached ? HORN_ERROR_MEMORY : otherwise) || (reached && status == otherwise),
                      "allocation %ld: status %d, %s", n, status, horn_last_error());
        ck_assert(!status || *horn_last_error());
        if (status)
            ck_assert_int_eq(hand_over(m, kind, made), status);
        else
            free_made(kind, made);
        short_of_memory += status == HORN_ERROR_MEMORY;
        if (!reached) break;
    }
    horn_model_free(m);
    return short_of_memory;
}

START_TEST(test_constructors__without_memory_they_still_return_an_object)
{
    setup();
    cJSON_InitHooks(&(cJSON_Hooks){ allocate_for_cjson, free_for_cjson });
    for (size_t i = 0; i < CASES; i++) {
        const long times = fail_each(cases[i].kind, cases[i].make, cases[i].status);
        ck_assert_msg(times > 0, "%s: never short of memory", cases[i].name);
    }
    ck_assert_int_gt(fail_each(LAYER, make_good_dense, HORN_OK), 5);
    ck_assert_int_gt(fail_each(OPTIMIZER, make_good_adam, HORN_OK), 5);
    ck_assert_int_ge(fail_each(METRIC, make_good_metric, HORN_OK), 2);
    ck_assert_int_ge(fail_each(CALLBACK, make_good_logger, HORN_OK), 2);
    cJSON_InitHooks(NULL);
    cleanup();
}
END_TEST

/* ---- what a user's own callback says of itself ---- */

static int told;

static horn_status refuse(const horn_callback *self)
{
    (void)self;
    return horn_fail(HORN_ERROR_FILE, "no room for logs");
}

static horn_status tell(horn_callback *self, const horn_progress *progress)
{
    (void)self, (void)progress;
    told++;
    return HORN_OK;
}

START_TEST(test_constructors__callbacks_are_asked_before_any_is_told)
{
    horn_callback first = { .on_train_begin = tell }, second = { .check = refuse };
    horn_callback *both[] = { &first, &second };
    setup();
    horn_model *m = make_model(SGD, 1, 1);
    ck_fails(horn_callback_status(&second), HORN_ERROR_FILE, "no room for logs");
    ck_ok(horn_callback_status(&first));
    ck_fails(fit(m, 1, false, both, 2), HORN_ERROR_FILE, "no room for logs");
    ck_assert_int_eq(told, 0);
    ck_ok(fit(m, 1, false, both, 1));
    ck_assert_int_eq(told, 1);
    horn_model_free(m);
    cleanup();
}
END_TEST

START_TEST(test_constructors__other_callbacks_resume_nothing)
{
    const char *name;
    setup();
    horn_model *m = make_model(SGD, 1, 1);
    horn_callback *logger = horn_csv_logger(in_folder("a.csv")), *failed = make_model_checkpoint();
    ck_fails(horn_model_checkpoint_resume(&name, logger, m, NULL), HORN_ERROR_ARGUMENT,
             "not of horn_model_checkpoint");
    ck_fails(horn_model_checkpoint_resume(&name, failed, m, NULL), HORN_ERROR_ARGUMENT, "kept for the best");
    horn_callback_free(logger);
    horn_callback_free(failed);
    horn_model_free(m);
    cleanup();
}
END_TEST

/* ---- and that none was forgotten ---- */

/* Functions of the headers that return an object, "horn_layer *horn_x(", are in the table, but for the one that takes nothing. */
START_TEST(test_constructors__none_is_forgotten)
{
    static const char *const headers[] = { "layers",   "metrics",      "losses",         "optimizers",
                                           "callback", "custom_layer", "custom_training" };
    static const char *const kinds[] = { "layer", "loss", "metric", "optimizer", "callback" };
    size_t count = 0;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        char path[64], start[64], name[64];
        bytes text = { 0 };
        snprintf(path, sizeof path, "include/horn/%s.h", headers[i]);
        ck_ok(file_read(&text, path, 0));
        for (int k = 0; k < 5; k++) {
            snprintf(start, sizeof start, "\nhorn_%s *horn_", kinds[k]);
            for (const char *at = bytes_text(&text); (at = strstr(at, start));) {
                at += strlen(start);
                snprintf(name, sizeof name, "%.*s", (int)strcspn(at, "("), at);
                bool known = strstr(name, "accuracy") || strstr(name, "_correlation") || /* every option is good */
                             strcmp(name, "root_mean_squared_error") == 0 ||
                             strcmp(name, "terminate_on_nan") == 0;
                for (size_t c = 0; c < CASES; c++) known |= strcmp(cases[c].name, name) == 0;
                ck_assert_msg(known, "horn_%s: no test fails it", name);
                count++;
            }
        }
        bytes_free(&text);
    }
    ck_assert_uint_gt(count, 28);
}
END_TEST

TEST_MAIN(test_constructors__what_takes_a_failed_object_fails_with_its_line,
          test_constructors__failed_objects_can_be_freed,
          test_constructors__compile_frees_all_that_it_was_given,
          test_constructors__without_memory_they_still_return_an_object,
          test_constructors__callbacks_are_asked_before_any_is_told,
          test_constructors__other_callbacks_resume_nothing, test_constructors__none_is_forgotten)
