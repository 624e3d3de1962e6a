/* NULL, in each function of include/horn for each pointer that must not be NULL. */
#include "custom_classes.h"
#include "model/small_run.h"
#include <horn/predictor.h>

#define refused(call, name) ck_fails(call, HORN_ERROR_ARGUMENT, name " is NULL")

/* Of a constructor. */
#define refused_object(kind, call, name) ck_carries(kind, call, HORN_ERROR_ARGUMENT, name " is NULL")

START_TEST(test_null__models_are_needed)
{
    horn_view shaped;
    horn_history *history;
    horn_weight weight;
    horn_logs logs;
    char *text;
    float out[SAMPLES * CLASSES];
    size_t shape[HORN_MAX_RANK];
    setup();
    refused(horn_model_add(NULL, horn_flatten(NULL)), "model");
    refused(horn_model_compile(NULL, NULL), "model");
    refused(horn_model_compile(NULL, &(horn_compile_options){ .optimizer = horn_sgd(NULL),
                                                              .loss = horn_categorical_crossentropy(NULL) }),
            "model");
    refused(horn_model_set_learning_rate(NULL, 1), "model");
    refused(horn_model_summary(&text, NULL), "model");
    refused(horn_model_get_weight(&weight, NULL, 0), "model");
    refused(horn_model_set_weight(NULL, 0, &x), "model");
    refused(horn_model_fit(&history, NULL, &x, &y, NULL), "model");
    refused(horn_model_profile(&text, NULL), "model");
    refused(horn_model_adapt(NULL, "n", &x), "model");
    refused(horn_model_train_on_batch(&logs, NULL, &x, &y), "model");
    refused(horn_model_evaluate(&logs, NULL, &x, &y, NULL), "model");
    refused(horn_model_predict(out, SAMPLES * CLASSES, NULL, &x, NULL), "model");
    refused(horn_model_predict_shape(&shaped, NULL, &x, 0), "model");
    refused(horn_model_save(NULL, in_folder("a.h5"), NULL), "model");
    refused(horn_model_save_weights(NULL, in_folder("a.h5"), NULL), "model");
    refused(horn_model_check_save(NULL, in_folder("a.h5"), NULL), "model");
    refused(horn_model_check_save_weights(NULL, in_folder("a.h5"), NULL), "model");
    refused(horn_model_load_weights(NULL, in_folder("a.h5")), "model");
    refused(horn_model_restore(NULL, in_folder("a.h5")), "model");
    ck_assert(!horn_model_is_compiled(NULL) && !horn_model_gives_probabilities(NULL, 0));
    ck_assert_ptr_null(horn_model_name(NULL));
    ck_assert_ptr_null(horn_model_optimizer(NULL));
    ck_assert_ptr_null(horn_model_loss(NULL));
    ck_assert_ptr_null(horn_model_history(NULL));
    ck_assert_ptr_null(horn_model_left_out(NULL, HORN_PART_COMPILE));
    refused(horn_model_check_trainable(NULL), "model");
    ck_assert_int_eq(horn_model_input_shape(shape, NULL, 0), 0);
    ck_assert(!horn_model_input_count(NULL) && !horn_model_output_count(NULL));
    ck_assert(!horn_model_compares_output(NULL, 0));
    ck_assert(!horn_model_input_name(NULL, 0) && !horn_model_output_name(NULL, 0));
    ck_assert_int_eq(horn_model_output_shape(shape, NULL, 0), 0);
    ck_assert_uint_eq(horn_model_weight_count(NULL), 0);
    ck_assert_int_eq(horn_model_step(NULL), 0);
    ck_assert_double_nan(horn_model_learning_rate(NULL));
    refused(horn_model_set_input_divisor(NULL, 255), "model");
    refused(horn_model_reset_states(NULL), "model");
    ck_assert_double_eq(horn_model_input_divisor(NULL), 0);
    refused(horn_model_set_class_names(NULL, NULL, 0), "model");
    ck_assert(!horn_model_class_count(NULL) && !horn_model_class_name(NULL, 0));
    horn_model_free(NULL);
    cleanup();
}
END_TEST

START_TEST(test_null__so_is_what_models_are_handed)
{
    horn_predictor *predictor;
    horn_view shaped;
    horn_callback *const none[1] = { NULL };
    horn_model *m;
    setup();
    m = make_model(SGD, 1, 1);
    const horn_view no_data = { .dtype = HORN_FLOAT32, .rank = 2, .shape = { INPUTS, 33 } };
    refused(horn_sequential_new(NULL, NULL), "out");
    refused(horn_model_summary(NULL, m), "text");
    refused(horn_model_profile(NULL, m), "text");
    refused(horn_model_get_weight(NULL, m, 0), "out");
    refused(horn_model_set_weight(m, 0, NULL), "value");
    refused(horn_model_set_weight(m, 0, &no_data), "value->data");
    ck_fails(horn_model_fit(NULL, m, NULL, &y, NULL), HORN_ERROR_ARGUMENT, "x is missing");
    ck_fails(horn_model_fit(NULL, m, &no_data, &y, NULL), HORN_ERROR_ARGUMENT, "x is missing");
    ck_fails(horn_model_fit(NULL, m, &x, NULL, NULL), HORN_ERROR_ARGUMENT, "y is missing");
    ck_fails(horn_model_fit(NULL, m, &x, &y, &(horn_fit_options){ .x_validation = &x }), HORN_ERROR_ARGUMENT,
             "x_validation is given without y_validation");
    ck_fails(horn_model_fit(NULL, m, &x, &y, &(horn_fit_options){ .callback_count = 2 }), HORN_ERROR_ARGUMENT,
             "callbacks is NULL, of 2");
    ck_fails(horn_model_fit(NULL, m, &x, &y, &(horn_fit_options){ .callbacks = none, .callback_count = 1 }),
             HORN_ERROR_ARGUMENT, "callback 0 is NULL");
    ck_fails(horn_model_train_on_batch(NULL, m, NULL, &y), HORN_ERROR_ARGUMENT, "x is missing");
    ck_fails(horn_model_train_on_batch(NULL, m, &x, NULL), HORN_ERROR_ARGUMENT, "y is missing");
    ck_fails(horn_model_evaluate(NULL, m, NULL, &y, NULL), HORN_ERROR_ARGUMENT, "x is missing");
    ck_fails(horn_model_evaluate(NULL, m, &x, NULL, NULL), HORN_ERROR_ARGUMENT, "y is missing");
    ck_fails(horn_model_predict(x_data, 1, m, NULL, NULL), HORN_ERROR_ARGUMENT, "x is missing");
    refused(horn_model_predict(NULL, SAMPLES * CLASSES, m, &x, NULL), "out");
    ck_fails(horn_model_set_class_names(m, NULL, 2), HORN_ERROR_ARGUMENT, "class 0 has no name of its own");
    ck_fails(horn_model_set_class_names(m, (const char *const[]){ "a", "b", NULL, "b" }, 4),
             HORN_ERROR_ARGUMENT, "class 2 has no name of its own");
    ck_fails(horn_model_set_class_names(m, (const char *const[]){ "a", "b", "c", "b", "a", NULL }, 6),
             HORN_ERROR_ARGUMENT, "class 3 has no name of its own");
    ck_ok(horn_model_set_class_names(m, (const char *const[]){ "b", "a" }, 2));
    ck_assert_str_eq(horn_model_class_name(m, 1), "a");
    refused(horn_predictor_new(NULL, m), "out");
    refused(horn_predictor_new(&predictor, NULL), "model");
    ck_ok(horn_predictor_new(&predictor, m));
    refused(horn_predictor_predict(NULL, 1, predictor, &x, NULL), "out");
    refused(horn_predictor_predict(x_data, 1, NULL, &x, NULL), "predictor");
    ck_fails(horn_predictor_predict(x_data, 1, predictor, NULL, NULL), HORN_ERROR_ARGUMENT, "x is missing");
    horn_predictor_free(predictor);
    horn_predictor_free(NULL);
    refused(horn_model_predict_shape(NULL, m, &x, 0), "out");
    ck_fails(horn_model_predict_shape(&shaped, m, NULL, 0), HORN_ERROR_ARGUMENT, "x is missing");
    refused(horn_model_save(m, NULL, NULL), "path");
    refused(horn_model_save_weights(m, NULL, NULL), "path");
    refused(horn_model_check_save(m, NULL, NULL), "path");
    refused(horn_model_check_save_weights(m, NULL, NULL), "path");
    refused(horn_model_load(NULL, in_folder("a.h5"), NULL), "out");
    refused(horn_model_load_weights(m, NULL), "path");
    refused(horn_model_restore(m, NULL), "path");
    ck_assert_int_eq(horn_model_input_shape(NULL, m, 0), 0);
    ck_assert_uint_eq(horn_model_batch_size(NULL), 0);
    ck_assert_int_eq(horn_model_output_shape(NULL, m, 0), 0);
    ck_ok(horn_model_fit(NULL, m, &x, &y, NULL)); /* and is as good as before */
    horn_model_free(m);
    m = NULL;
    refused(horn_model_load(&m, NULL, NULL), "path");
    ck_assert_ptr_null(m);
    cleanup();
}
END_TEST

/* NULL options that hold what is needed, and NULL where an object is needed. */
START_TEST(test_null__constructors_carry_their_line)
{
    horn_layer *layers[] = { horn_dense(NULL),
                             horn_dropout(NULL),
                             horn_sequential_layer(NULL),
                             horn_time_distributed(NULL),
                             horn_rnn(NULL),
                             horn_bidirectional(NULL),
                             horn_stacked_rnn_cells(NULL),
                             horn_simple_rnn_cell(NULL),
                             horn_lstm_cell(NULL),
                             horn_gru_cell(NULL),
                             horn_activation(NULL),
                             horn_activity_regularization(NULL),
                             horn_reshape(NULL),
                             horn_conv2d(NULL),
                             horn_input(NULL),
                             horn_flatten(NULL),
                             horn_relu(NULL),
                             horn_leaky_relu(NULL),
                             horn_masking(NULL),
                             horn_elu(NULL),
                             horn_prelu(NULL),
                             horn_thresholded_relu(NULL),
                             horn_permute(NULL),
                             horn_repeat_vector(NULL),
                             horn_add(NULL),
                             horn_average(NULL),
                             horn_concatenate(NULL),
                             horn_dot(NULL),
                             horn_maximum(NULL),
                             horn_minimum(NULL),
                             horn_multiply(NULL),
                             horn_subtract(NULL),
                             horn_rescaling(NULL),
                             horn_gaussian_noise(NULL),
                             horn_gaussian_dropout(NULL),
                             horn_alpha_dropout(NULL),
                             horn_spatial_dropout1d(NULL),
                             horn_spatial_dropout2d(NULL),
                             horn_spatial_dropout3d(NULL),
                             horn_layer_normalization(NULL),
                             horn_group_normalization(NULL),
                             horn_unit_normalization(NULL),
                             horn_normalization(NULL),
                             horn_embedding(NULL),
                             horn_attention(NULL),
                             horn_additive_attention(NULL),
                             horn_multi_head_attention(NULL),
                             horn_softmax(NULL),
                             horn_max_pooling2d(NULL),
                             horn_average_pooling2d(NULL),
                             horn_zero_padding2d(NULL),
                             horn_global_max_pooling2d(NULL),
                             horn_global_average_pooling2d(NULL),
                             horn_batch_normalization(NULL),
                             horn_depthwise_conv2d(NULL),
                             horn_simple_rnn(NULL),
                             horn_lstm(NULL),
                             horn_gru(NULL),
                             horn_conv1d(NULL),
                             horn_conv3d(NULL),
                             horn_conv1d_transpose(NULL),
                             horn_conv2d_transpose(NULL),
                             horn_conv3d_transpose(NULL),
                             horn_depthwise_conv1d(NULL),
                             horn_separable_conv1d(NULL),
                             horn_separable_conv2d(NULL),
                             horn_max_pooling1d(NULL),
                             horn_max_pooling3d(NULL),
                             horn_average_pooling1d(NULL),
                             horn_average_pooling3d(NULL),
                             horn_global_max_pooling1d(NULL),
                             horn_global_max_pooling3d(NULL),
                             horn_global_average_pooling1d(NULL),
                             horn_global_average_pooling3d(NULL),
                             horn_zero_padding1d(NULL),
                             horn_cropping1d(NULL),
                             horn_cropping2d(NULL),
                             horn_up_sampling1d(NULL),
                             horn_up_sampling2d(NULL),
                             horn_resizing(NULL),
                             horn_center_crop(NULL) };
    horn_model *m;
    ck_ok(horn_sequential_new(&m, NULL));
    for (size_t i = 0; i < sizeof layers / sizeof layers[0]; i++) horn_layer_free(layers[i]);
    horn_layer_free(NULL);
    ck_fails(horn_model_add(m, horn_dense(NULL)), HORN_ERROR_FORMAT, "units");
    refused(horn_model_add(m, horn_custom_layer(NULL, NULL)), "class_name");
    refused(horn_model_add(m, NULL), "layer");
    refused(horn_model_call(NULL, NULL, horn_flatten(NULL), NULL, 0), "model");
    refused(horn_model_call(NULL, m, NULL, NULL, 0), "layer");
    refused(horn_model_call(NULL, m, horn_flatten(NULL), NULL, 1), "inputs");
    refused(horn_model_set_outputs(NULL, (const size_t[]){ 1 }, 1), "model");
    refused(horn_model_set_outputs(m, NULL, 1), "values");
    refused(horn_layer_status(NULL), "layer");
    refused(horn_loss_status(NULL), "loss");
    refused(horn_optimizer_status(NULL), "optimizer");
    refused(horn_optimizer_exclude_from_weight_decay(NULL, NULL, 0), "optimizer");
    refused(horn_metric_status(NULL), "metric");
    refused_object(metric, horn_metric_by_name(NULL), "name");
    refused_object(metric, horn_custom_metric(NULL, NULL), "class_name");
    horn_metric_free(horn_sparse_categorical_accuracy(NULL));
    horn_metric_free(horn_categorical_accuracy(NULL));
    horn_metric_free(horn_binary_accuracy(NULL));
    horn_metric_free(horn_precision(NULL));
    horn_metric_free(horn_recall(NULL));
    horn_metric_free(horn_true_positives(NULL));
    horn_metric_free(horn_true_negatives(NULL));
    horn_metric_free(horn_false_positives(NULL));
    horn_metric_free(horn_false_negatives(NULL));
    horn_metric_free(horn_auc(NULL));
    horn_metric_free(horn_f1_score(NULL));
    horn_metric_free(horn_fbeta_score(NULL));
    horn_metric_free(horn_precision_at_recall(NULL));
    horn_metric_free(horn_recall_at_precision(NULL));
    horn_metric_free(horn_sensitivity_at_specificity(NULL));
    horn_metric_free(horn_specificity_at_sensitivity(NULL));
    horn_metric_free(horn_r2_score(NULL));
    horn_metric_free(horn_top_k_categorical_accuracy(NULL));
    horn_metric_free(horn_sparse_top_k_categorical_accuracy(NULL));
    horn_metric_free(horn_root_mean_squared_error(NULL));
    horn_metric_free(horn_accuracy(NULL));
    horn_metric_free(horn_mean_relative_error(NULL));
    horn_metric_free(horn_pearson_correlation(NULL));
    horn_metric_free(horn_concordance_correlation(NULL));
    horn_metric_free(horn_iou(NULL));
    horn_metric_free(horn_mean_iou(NULL));
    horn_metric_free(horn_one_hot_iou(NULL));
    horn_metric_free(horn_one_hot_mean_iou(NULL));
    horn_metric_free(horn_binary_iou(NULL));
    horn_metric_free(NULL);
    refused_object(layer, horn_custom_layer(NULL, NULL), "class_name");
    refused_object(optimizer, horn_custom_optimizer(NULL, NULL), "class_name");
    refused_object(optimizer, horn_optimizer_by_name(NULL), "name");
    refused_object(loss, horn_custom_loss(NULL, NULL), "class_name");
    refused_object(loss, horn_loss_by_name(NULL), "name");
    horn_loss_free(horn_sparse_categorical_crossentropy(NULL));
    horn_loss_free(horn_categorical_crossentropy(NULL));
    horn_loss_free(horn_binary_crossentropy(NULL));
    horn_loss_free(horn_binary_focal_crossentropy(NULL));
    horn_loss_free(horn_categorical_focal_crossentropy(NULL));
    horn_loss_free(horn_kl_divergence(NULL));
    horn_loss_free(horn_poisson(NULL));
    horn_loss_free(horn_mean_squared_error(NULL));
    horn_loss_free(horn_mean_absolute_error(NULL));
    horn_loss_free(horn_mean_absolute_percentage_error(NULL));
    horn_loss_free(horn_mean_squared_logarithmic_error(NULL));
    horn_loss_free(horn_log_cosh(NULL));
    horn_loss_free(horn_cosine_similarity(NULL));
    horn_loss_free(horn_huber(NULL));
    horn_loss_free(horn_hinge(NULL));
    horn_loss_free(horn_squared_hinge(NULL));
    horn_loss_free(horn_categorical_hinge(NULL));
    horn_loss_free(NULL);
    horn_optimizer_free(horn_adadelta(NULL));
    horn_optimizer_free(horn_adagrad(NULL));
    horn_optimizer_free(horn_adam(NULL));
    horn_optimizer_free(horn_adamax(NULL));
    horn_optimizer_free(horn_adamw(NULL));
    horn_optimizer_free(horn_ftrl(NULL));
    horn_optimizer_free(horn_lion(NULL));
    horn_optimizer_free(horn_nadam(NULL));
    horn_optimizer_free(horn_rmsprop(NULL));
    horn_optimizer_free(horn_sgd(NULL));
    horn_optimizer_free(NULL);
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 2, .input_shape = { 3 } })));
    for (int i = 0; i < 2; i++) {
        horn_optimizer *o = i ? horn_custom_optimizer(NULL, NULL) : horn_optimizer_by_name(NULL);
        refused(horn_model_compile(m, &(horn_compile_options){ .optimizer = o,
                                                               .loss = horn_categorical_crossentropy(NULL) }),
                "name");
    }
    ck_fails(horn_model_compile(m, NULL), HORN_ERROR_ARGUMENT, "without a loss");
    horn_model_free(m);
}
END_TEST

START_TEST(test_null__callbacks)
{
    const char *name = NULL;
    unsigned checksum;
    bool found;
    horn_model *m;
    setup();
    m = make_model(SGD, 1, 1);
    horn_callback *c =
        horn_model_checkpoint(&(horn_model_checkpoint_options){ .path = in_folder("c{epoch}") });
    ck_ok(horn_callback_status(c));
    refused_object(callback, horn_csv_logger(NULL), "path");
    refused_object(callback, horn_tensorboard(NULL), "log_dir");
    refused_object(callback, horn_progress_bar(NULL), "options");
    refused_object(callback, horn_progress_bar(&(horn_progress_bar_options){ 0 }), "write");
    refused_object(callback, horn_model_checkpoint(NULL), "options");
    refused_object(callback, horn_model_checkpoint(&(horn_model_checkpoint_options){ .keep = 1 }), "path");
    refused(horn_callback_status(NULL), "callback");
    refused(horn_model_checkpoint_resume(&name, NULL, m, NULL), "checkpoint");
    refused(horn_model_checkpoint_resume(&name, c, NULL, NULL), "model");
    refused(horn_model_checkpoint_resume(NULL, c, m, NULL), "name");
    refused(horn_run_checksum(&checksum, NULL, NULL), "model");
    refused(horn_run_checksum(NULL, m, NULL), "checksum");
    refused(horn_run_is_in(&found, NULL, NULL, folder), "model");
    refused(horn_run_is_in(&found, m, NULL, NULL), "directory");
    refused(horn_run_is_in(NULL, m, NULL, folder), "found");
    refused_object(callback, horn_learning_rate_scheduler(NULL, NULL), "rate");
    horn_callback_free(horn_early_stopping(NULL));
    horn_callback_free(horn_reduce_lr_on_plateau(NULL));
    horn_callback_free(horn_terminate_on_nan());
    horn_callback_free(c);
    horn_callback_free(NULL);
    ck_assert(isnan(horn_logs_get(NULL, "loss")) &&
              isnan(horn_logs_get(&(horn_logs){ 1, { "a" }, { 1 } }, NULL)));
    ck_assert_uint_eq(horn_history_epochs(NULL), 0);
    ck_assert_ptr_null(horn_history_logs(NULL, 0));
    horn_history_free(NULL);
    horn_model_free(m);
    cleanup();
}
END_TEST

START_TEST(test_null__data)
{
    horn_dataset *d = NULL;
    horn_array *a = NULL;
    horn_arrays *all = NULL;
    const horn_view no_data = { .rank = 1, .shape = { 2 } };
    setup();
    refused(horn_dataset_load(NULL, folder, NULL), "out");
    refused(horn_dataset_load(&d, NULL, NULL), "path");
    refused(horn_array_load(NULL, folder), "out");
    refused(horn_array_load(&a, NULL), "path");
    refused(horn_array_save(NULL, &x), "path");
    refused(horn_array_save(in_folder("a.npy"), NULL), "view");
    refused(horn_array_save(in_folder("a.npy"), &no_data), "view->data");
    refused(horn_arrays_load(NULL, folder, NULL, 0, NULL), "out");
    refused(horn_arrays_load(&all, NULL, NULL, 0, NULL), "path");
    refused(horn_arrays_load(&all, folder, NULL, 0, NULL), "names");
    refused(horn_arrays_save(NULL, &x), "path");
    refused(horn_arrays_save(in_folder("a.npz"), NULL), "list");
    ck_assert(!all && !horn_arrays_views(NULL));
    horn_arrays_free(NULL);
    ck_assert(!d && !a && !horn_array_recognizes(NULL) && !horn_array_view(NULL));
    ck_assert(!horn_dataset_x_train(NULL) && !horn_dataset_y_train(NULL) && !horn_dataset_x_test(NULL));
    refused(horn_dataset_shuffle(NULL, 1), "dataset");
    ck_assert(!horn_dataset_class_count(NULL) && !horn_dataset_class_name(NULL, 0));
    ck_assert(!horn_dataset_w_train(NULL) && !horn_dataset_w_test(NULL));
    ck_assert(!horn_dataset_y_test(NULL) && horn_dataset_checksum(NULL) == 0);
    horn_dataset_free(NULL);
    horn_array_free(NULL);
    ck_assert_uint_eq(horn_view_count(NULL), 0);
    ck_assert_ptr_null(horn_view_samples(NULL, 0, 1).data);
    cleanup();
}
END_TEST

START_TEST(test_null__files)
{
    horn_file *f = NULL;
    horn_file_comparison *c = NULL;
    char *text = NULL;
    float value;
    setup();
    horn_model *m = make_model(SGD, 1, 1);
    ck_ok(horn_model_save(m, in_folder("a.h5"), NULL));
    horn_model_free(m);
    refused(horn_file_open(NULL, in_folder("a.h5")), "out");
    refused(horn_file_open(&f, NULL), "path");
    ck_ok(horn_file_open(&f, in_folder("a.h5")));
    ck_assert(!horn_file_about(NULL) && !horn_file_tensor_at(NULL, 0) && !horn_file_tensor_count(NULL));
    refused(horn_file_json(&text, NULL, HORN_PART_ARCHITECTURE), "file");
    refused(horn_file_json(NULL, f, HORN_PART_ARCHITECTURE), "text");
    refused(horn_file_read(&value, sizeof value, NULL, 0), "file");
    refused(horn_file_read(NULL, sizeof value, f, 0), "data");
    refused(horn_file_verify(&text, NULL), "file");
    refused(horn_file_verify(NULL, f), "report");
    refused(horn_file_compare(NULL, f, f), "out");
    refused(horn_file_compare(&c, NULL, f), "first");
    refused(horn_file_compare(&c, f, NULL), "second");
    refused(horn_convert(&text, NULL, in_folder("b.h5"), NULL), "source");
    refused(horn_convert(&text, in_folder("a.h5"), NULL, NULL), "destination");
    ck_assert(!c && !text);
    horn_file_close(f);
    horn_file_close(NULL);
    ck_assert_ptr_null(horn_unknown_suffix(NULL));
    horn_file_comparison_free(NULL);
    cleanup();
}
END_TEST

/* ---- what classes of a user's own call ---- */

static void configure_without(void *self, horn_arguments *a)
{
    (void)self;
    ck_assert_int_eq(horn_arguments_integer(NULL, "a", 3), 3);
    ck_assert_int_eq(horn_arguments_integer(a, NULL, 3), 3);
    ck_assert_double_eq(horn_arguments_number(NULL, "a", 0.5) + horn_arguments_number(a, NULL, 0.5), 1);
    ck_assert(horn_arguments_boolean(NULL, "a", true) && horn_arguments_boolean(a, NULL, true));
    ck_assert_str_eq(horn_arguments_string(NULL, "a", "b"), "b");
    ck_assert_str_eq(horn_arguments_string(a, NULL, "b"), "b");
    horn_arguments_require(NULL, "a");
    horn_arguments_require(a, NULL);
    horn_arguments_refuse(NULL, "a", "b");
    horn_arguments_refuse(a, NULL, "b");
}

static void describe_without(const void *self, horn_arguments *a)
{
    (void)self;
    for (int i = 0; i < 2; i++) {
        horn_arguments *into = i ? a : NULL;
        const char *key = i ? NULL : "key";
        horn_arguments_set_integer(into, key, 1);
        horn_arguments_set_number(into, key, 1);
        horn_arguments_set_boolean(into, key, true);
        horn_arguments_set_string(into, key, "a");
    }
}

static horn_status build_without(void *self, horn_build *b)
{
    (void)self;
    horn_build empty = { 0 };
    const horn_weight_options named = { .name = "w" };
    refused(horn_build_weight(NULL, &named), "build");
    refused(horn_build_weight(&empty, &named), "build->layer");
    refused(horn_build_weight(b, NULL), "options");
    refused(horn_fail(HORN_ERROR_SHAPE, NULL), "format");
    return HORN_OK;
}

static void forward_without(const void *self, const horn_slice *s, const horn_tensor *in, horn_tensor *out)
{
    (void)self;
    ck_assert_uint_eq(horn_shape_count(NULL) + horn_tensor_count(NULL), 0);
    horn_slice_uniforms(out->data, 1, NULL, 0);
    horn_slice_uniforms(NULL, 1, s, 0);
    memcpy(out->data, in->data, horn_tensor_count(in) * sizeof *out->data);
}

static void backward_without(const void *self, const horn_slice *s, const horn_tensor *in,
                             const horn_tensor *dy, horn_tensor *dx)
{
    (void)self, (void)s;
    if (dx) memcpy(dx->data, dy->data, horn_tensor_count(in) * sizeof *dx->data);
}

static horn_value operate_without(const void *self, horn_graph *g, const horn_value *v)
{
    (void)self;
    ck_assert_uint_eq(horn_graph_weight(NULL, 0) + horn_graph_number(NULL, 1), 0);
    ck_assert_uint_eq(horn_graph_add(NULL, 0, 0) + horn_graph_subtract(NULL, 0, 0), 0);
    ck_assert_uint_eq(horn_graph_multiply(NULL, 0, 0) + horn_graph_minimum(NULL, 0, 0), 0);
    ck_assert_uint_eq(horn_graph_matmul(NULL, 0, 0) + horn_graph_reshape(NULL, 0), 0);
    ck_assert_uint_eq(horn_graph_activation(NULL, "relu", 0), 0);
    (void)horn_graph_activation(g, NULL, *v); /* an activation that there is not: the graph is refused */
    return *v;
}

static const horn_layer_class without = { .name = "Without",
                                          .configure = configure_without,
                                          .describe = describe_without,
                                          .build = build_without,
                                          .forward = forward_without,
                                          .backward = backward_without,
                                          .operate = operate_without };

START_TEST(test_null__classes_of_a_users_own)
{
    horn_model *m;
    setup();
    ck_fails(horn_register_layer(NULL), HORN_ERROR_ARGUMENT, "is NULL");
    ck_fails(horn_register_loss(NULL), HORN_ERROR_ARGUMENT, "is NULL");
    ck_fails(horn_register_metric(NULL), HORN_ERROR_ARGUMENT, "is NULL");
    ck_fails(horn_register_optimizer(NULL), HORN_ERROR_ARGUMENT, "is NULL");
    ck_fails(
        horn_register_layer(&(horn_layer_class){ .forward = forward_without, .backward = backward_without }),
        HORN_ERROR_ARGUMENT, "name");
    ck_ok(horn_register_layer(&without));
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .threads = 1 }));
    ck_ok(
        horn_model_add(m, horn_dense(&(horn_dense_options){ .units = CLASSES, .input_shape = { INPUTS } })));
    ck_ok(horn_model_add(m, horn_custom_layer("Without", NULL)));
    ck_ok(
        horn_model_compile(m, &(horn_compile_options){ .loss = horn_sparse_categorical_crossentropy(NULL) }));
    ck_ok(horn_model_fit(NULL, m, &x, &y, NULL));
    ck_ok(horn_model_save(m, in_folder("a.h5"), NULL));
    ck_fails(horn_model_save(m, in_folder("a.pb"), NULL), HORN_ERROR_UNSUPPORTED, "activation ''");
    horn_model_free(m);
    cleanup();
}
END_TEST

TEST_MAIN(test_null__models_are_needed, test_null__so_is_what_models_are_handed,
          test_null__constructors_carry_their_line, test_null__callbacks, test_null__data, test_null__files,
          test_null__classes_of_a_users_own)
