/* Every optimizer of the registry: its config, and its step against plain formulas in double and against
 * Keras. */
#include "test.h"

#include "conformance/make_optimizer.h"

static void check_description(optimizer *o, const char *name, const char *arguments)
{
    config *description = NULL;
    char json[512];
    snprintf(json, sizeof json, "{\"class_name\": \"%s\", \"config\": %s}", name, arguments);
    ck_ok(optimizer_describe(o, &description));
    sample_check(description, json);
    config_free(description);
    optimizer_free(o);
}

START_TEST(test_optimizers__config_there_and_back_is_identity)
{
    const optimizer_class *class;
    for (size_t i = 0; (class = optimizer_class_at(i)); i++) {
        const char *name = class->name;
        check_description(make_optimizer(name, "{}"), name, defaults(name));
        check_description(make_optimizer(name, defaults(name)), name, defaults(name));
        check_description(make_optimizer(name, said(name)), name, said(name));
    }
    const sample_set *all = samples_of("optimizers");
    for (size_t i = 0; i < all->count; i++)
        optimizer_free(make_optimizer(all->at[i].name, all->at[i].config));
}
END_TEST

START_TEST(test_optimizers__every_spelling_of_keras_is_read)
{
    const char *plain = defaults("RMSprop");
    check_description(read_optimizer("\"rmsprop\""), "RMSprop", plain);
    check_description(
        read_optimizer("{\"class_name\": \"Custom>RMSprop\", \"config\": {\"name\": \"RMSprop\", "
                       "\"weight_decay\": null, \"clipnorm\": null, \"global_clipnorm\": null, "
                       "\"clipvalue\": null, \"use_ema\": false, \"ema_momentum\": 0.99, "
                       "\"ema_overwrite_frequency\": null, \"jit_compile\": false, "
                       "\"is_legacy_optimizer\": false}}"),
        "RMSprop", plain);
    check_description(
        read_optimizer(
            "{\"module\": \"keras.optimizers\", \"class_name\": \"RMSprop\", \"registered_name\": null, "
            "\"config\": {\"loss_scale_factor\": null, \"gradient_accumulation_steps\": null}}"),
        "RMSprop", plain);
    check_description(make_optimizer("sgd", "{\"lr\": 0.5, \"decay\": 0.0}"), "SGD",
                      "{\"learning_rate\": 0.5, \"momentum\": 0.0, \"nesterov\": false}");
    check_description(make_optimizer("SGD", "{\"lr\": {\"class_name\": \"ExponentialDecay\", \"config\": "
                                            "{\"initial_learning_rate\": 0.5, \"decay_steps\": 1, "
                                            "\"decay_rate\": 1.0}}}"),
                      "SGD",
                      "{\"learning_rate\": {\"module\": \"keras.optimizers.schedules\", \"class_name\": "
                      "\"ExponentialDecay\", \"config\": {\"initial_learning_rate\": 0.5, \"decay_steps\": "
                      "1, \"decay_rate\": 1.0, \"staircase\": false, \"name\": \"ExponentialDecay\"}, "
                      "\"registered_name\": null}, \"momentum\": 0.0, \"nesterov\": false}");
}
END_TEST

START_TEST(test_optimizers__legacy_rmsprop_is_told_by_its_config)
{
    optimizer *o = make_optimizer("RMSprop", "{\"decay\": 0.0}");
    ck_assert(o->legacy);
    optimizer_free(o);
    o = make_optimizer("RMSprop", "{\"decay\": 0.0, \"is_legacy_optimizer\": false}");
    ck_assert(!o->legacy);
    optimizer_free(o);
    o = read_optimizer(
        "{\"module\": \"keras.optimizers.legacy\", \"class_name\": \"RMSprop\", \"config\": {}}");
    ck_assert(o->legacy);
    optimizer_free(o);
}
END_TEST

static void check_refused(const char *json, horn_status expected, const char *words)
{
    config *description = sample_parse(json);
    optimizer *o = NULL;
    ck_fails(optimizer_new(&o, description), expected, words);
    ck_assert_ptr_null(o);
    config_free(description);
}

START_TEST(test_optimizers__what_is_not_supported_is_named)
{
    check_refused("\"muon\"", HORN_ERROR_UNSUPPORTED, "Horn has no optimizer muon yet");
    check_refused("{\"class_name\": \"Lion\", \"config\": {\"beta_1\": 0}}", HORN_ERROR_ARGUMENT,
                  "expected more than 0");
    check_refused("{\"class_name\": \"Ftrl\", \"config\": {\"learning_rate_power\": 0.5}}", HORN_ERROR_FORMAT,
                  "learning_rate_power");
    check_refused("{\"class_name\": \"Adagrad\", \"config\": {\"initial_accumulator_value\": -0.5}}",
                  HORN_ERROR_FORMAT, "initial_accumulator_value");
    check_refused("3", HORN_ERROR_FORMAT, "optimizer");
    check_refused("{\"class_name\": \"SGD\", \"config\": {\"clipnorm\": 1.0, \"clipvalue\": 1.0}}",
                  HORN_ERROR_UNSUPPORTED, "'clipnorm' is not the only one");
    check_refused("{\"class_name\": \"SGD\", \"config\": {\"global_clipnorm\": 1.0, \"clipvalue\": 1.0}}",
                  HORN_ERROR_UNSUPPORTED, "'global_clipnorm' is not the only one");
    check_refused("{\"class_name\": \"SGD\", \"config\": {\"clipnorm\": -1}}", HORN_ERROR_FORMAT, "clipnorm");
    check_refused("{\"class_name\": \"SGD\", \"config\": {\"weight_decay\": 0.1, \"decay\": 0.0}}",
                  HORN_ERROR_UNSUPPORTED, "weight_decay");
    check_refused("{\"class_name\": \"SGD\", \"config\": {\"use_ema\": true, \"ema_momentum\": 1.5}}",
                  HORN_ERROR_FORMAT, "ema_momentum");
    check_refused("{\"class_name\": \"SGD\", \"config\": {\"use_ema\": true, \"decay\": 0.0}}",
                  HORN_ERROR_UNSUPPORTED, "use_ema");
    check_refused("{\"class_name\": \"SGD\", \"config\": {\"use_ema\": true, \"ema_start\": \"now\"}}",
                  HORN_ERROR_ARGUMENT, "ema_start");
    check_refused("{\"class_name\": \"SGD\", \"config\": {\"gradient_accumulation_steps\": 1}}",
                  HORN_ERROR_FORMAT, "gradient_accumulation_steps");
    check_refused("{\"class_name\": \"SGD\", \"config\": {\"decay\": 0.1}}", HORN_ERROR_UNSUPPORTED, "decay");
    check_refused("{\"class_name\": \"SGD\", \"config\": {\"rho\": 0.1}}", HORN_ERROR_UNSUPPORTED, "rho");
    check_refused("{\"class_name\": \"SGD\", \"config\": {\"momentum\": 2}}", HORN_ERROR_FORMAT, "momentum");
    check_refused("{\"class_name\": \"SGD\", \"config\": {\"learning_rate\": {\"class_name\": "
                  "\"CosineDecayRestarts\", \"config\": {}}}}",
                  HORN_ERROR_UNSUPPORTED,
                  "optimizer SGD: learning_rate: learning-rate schedule 'CosineDecayR");
    check_refused("{\"class_name\": \"SGD\", \"config\": {\"learning_rate\": {\"class_name\": "
                  "\"CosineDecay\", \"config\": {\"decay_steps\": 3}}}}",
                  HORN_ERROR_FORMAT, "'initial_learning_rate' is missing");
}
END_TEST

/* ---- before the step ---- */

static void check_slots(const char *name, const char *arguments, const char *expected)
{
    const char *names[OPTIMIZER_MAX_SLOTS];
    char text[128] = "";
    optimizer *o = make_optimizer(name, arguments);
    size_t count = o->class->slot_names(o, names);
    for (size_t i = 0; i < count; i++) strcat(strcat(text, names[i]), " ");
    ck_assert_str_eq(text, expected);
    optimizer_free(o);
}

START_TEST(test_optimizers__slots_are_those_in_use)
{
    check_slots("SGD", "{}", "");
    check_slots("SGD", "{\"momentum\": 0.5}", "momentum ");
    check_slots("RMSprop", "{}", "velocity ");
    check_slots("RMSprop", "{\"centered\": true}", "velocity average_gradient ");
    check_slots("RMSprop", "{\"centered\": true, \"momentum\": 0.5}", "velocity momentum average_gradient ");
    check_slots("Adam", "{}", "momentum velocity ");
    check_slots("Adam", "{\"amsgrad\": true}", "momentum velocity velocity_hat ");
    check_slots("AdamW", "{\"amsgrad\": true}", "momentum velocity velocity_hat ");
    check_slots("Nadam", "{}", "momentum velocity ");
    check_slots("Adamax", "{}", "momentum norm ");
    check_slots("Adadelta", "{}", "accumulated_grad accumulated_delta_var ");
    check_slots("Lion", "{}", "momentum ");
}
END_TEST

static void check_starts(const char *name, const char *arguments, size_t count, double first, double second)
{
    const char *names[OPTIMIZER_MAX_SLOTS];
    optimizer *o = make_optimizer(name, arguments);
    ck_assert_uint_eq(o->class->slot_names(o, names), count);
    ck_assert_double_eq((double)o->class->slot_start(o, 0), first);
    if (count > 1) ck_assert_double_eq((double)o->class->slot_start(o, 1), second);
    optimizer_free(o);
}

START_TEST(test_optimizers__slots_start_where_keras_starts_them)
{
    check_starts("Adagrad", "{}", 1, (double)0.1f, 0);
    check_starts("Adagrad", "{\"initial_accumulator_value\": 0.5}", 1, 0.5, 0);
    check_starts("Ftrl", "{}", 2, (double)0.1f, 0);
    check_starts("Ftrl", "{\"initial_accumulator_value\": 0}", 2, 0, 0);
}
END_TEST

/* One step of 0.5 with a decay of 0.25 and no gradient. */
static void check_update_excluded(void)
{
    for (int rule = 0; rule < 2; rule++)
        for (int is_excluded = 0; is_excluded < 2; is_excluded++) {
            optimizer *o = horn_sgd(&(horn_sgd_options){
                .learning_rate = 0.5, .weight_decay = 0.25, .update_rule = rule ? "torch" : NULL });
            const step_info info = { .learning_rate = 0.5f, .is_excluded = is_excluded };
            float w = 2, g = 0;
            optimizer_update(o, &info, 1, &w, &g, NULL);
            ck_assert_float_eq(w, is_excluded ? 2 : 1.75f);
            optimizer_free(o);
        }
}

START_TEST(test_optimizers__weights_may_be_excluded_from_decay)
{
    static const char *const names[] = { "bias", "norm/" }, *const none[] = { "" };
    horn_optimizer *o = horn_sgd(&(horn_sgd_options){ .learning_rate = 0.5, .weight_decay = 0.25 });
    ck_assert(!optimizer_excludes(o, "norm", "gamma"));
    ck_fails(horn_optimizer_exclude_from_weight_decay(o, none, 1), HORN_ERROR_ARGUMENT, "name 0");
    ck_fails(horn_optimizer_exclude_from_weight_decay(o, NULL, 1), HORN_ERROR_ARGUMENT, "names");
    ck_ok(horn_optimizer_exclude_from_weight_decay(o, none, 0));
    ck_ok(horn_optimizer_exclude_from_weight_decay(o, names, 2));
    ck_assert(optimizer_excludes(o, "norm", "gamma") && optimizer_excludes(o, "dense", "bias"));
    ck_assert(!optimizer_excludes(o, "dense", "kernel") && !optimizer_excludes(o, "norms", "gamma"));
    check_description(
        o, "SGD",
        "{\"learning_rate\": 0.5, \"momentum\": 0.0, \"nesterov\": false, \"weight_decay\": 0.25, "
        "\"exclude_from_weight_decay\": [\"bias\", \"norm/\"]}");
    o = make_optimizer("Adam", "{\"exclude_from_weight_decay\": [\"kern\"]}");
    ck_assert(optimizer_excludes(o, "dense", "kernel") && !optimizer_excludes(o, "dense", "bias"));
    optimizer_free(o);
    check_refused("{\"class_name\": \"SGD\", \"config\": {\"exclude_from_weight_decay\": [3]}}",
                  HORN_ERROR_ARGUMENT, "a list of texts");
    check_update_excluded();
}
END_TEST

START_TEST(test_optimizers__the_update_rule_is_an_argument)
{
    check_description(make_optimizer("Adam", "{\"update_rule\": \"keras\"}"), "Adam", defaults("Adam"));
    check_description(horn_sgd(&(horn_sgd_options){ .learning_rate = 0.5, .update_rule = "torch" }), "SGD",
                      "{\"learning_rate\": 0.5, \"momentum\": 0.0, \"nesterov\": false, \"update_rule\": "
                      "\"torch\"}");
    check_description(make_optimizer("SGD", "{\"learning_rate\": 0.5, \"dampening\": 0.25, \"update_rule\": "
                                            "\"torch\"}"),
                      "SGD",
                      "{\"learning_rate\": 0.5, \"momentum\": 0.0, \"nesterov\": false, \"dampening\": 0.25, "
                      "\"update_rule\": \"torch\"}");
    optimizer *made[] = { horn_adam(&(horn_adam_options){ .update_rule = "torch" }),
                          horn_adamw(&(horn_adamw_options){ .update_rule = "torch" }),
                          horn_rmsprop(&(horn_rmsprop_options){ .update_rule = "torch" }) };
    for (size_t i = 0; i < 3; i++) {
        ck_assert(made[i]->torch_rule);
        optimizer_free(made[i]);
    }
    check_refused("{\"class_name\": \"SGD\", \"config\": {\"update_rule\": \"caffe\"}}", HORN_ERROR_ARGUMENT,
                  "'keras' or 'torch'");
    check_refused("{\"class_name\": \"Lion\", \"config\": {\"update_rule\": \"torch\"}}",
                  HORN_ERROR_UNSUPPORTED, "update_rule");
    check_refused("{\"class_name\": \"SGD\", \"config\": {\"dampening\": 0.5}}", HORN_ERROR_UNSUPPORTED,
                  "dampening");
    check_refused("{\"class_name\": \"RMSprop\", \"config\": {\"update_rule\": \"torch\", "
                  "\"is_legacy_optimizer\": true}}",
                  HORN_ERROR_ARGUMENT, "update_rule");
}
END_TEST

START_TEST(test_optimizers__constructors_take_options)
{
    check_description(horn_sgd(NULL), "SGD", defaults("SGD"));
    check_description(horn_rmsprop(NULL), "RMSprop", defaults("RMSprop"));
    check_description(horn_adam(NULL), "Adam", defaults("Adam"));
    check_description(horn_optimizer_by_name("Adam"), "Adam", defaults("Adam"));
    check_description(
        horn_sgd(&(horn_sgd_options){ .learning_rate = 0.5, .momentum = 0.9, .nesterov = true }), "SGD",
        said("SGD"));
    check_description(
        horn_adam(&(horn_adam_options){ .learning_rate = HORN_ZERO, .beta_1 = HORN_ZERO, .amsgrad = true }),
        "Adam",
        "{\"learning_rate\": 0.0, \"beta_1\": 0.0, \"beta_2\": 0.999, \"epsilon\": 1e-07, \"amsgrad\": "
        "true}");
    check_description(
        horn_rmsprop(
            &(horn_rmsprop_options){ .learning_rate = 0.5, .rho = 0.8, .momentum = 0.1, .epsilon = 0.001 }),
        "RMSprop",
        "{\"learning_rate\": 0.5, \"rho\": 0.8, \"momentum\": 0.1, \"epsilon\": 0.001, \"centered\": false}");
    check_description(
        horn_sgd(&(horn_sgd_options){ .learning_rate = 0.5,
                                      .momentum = 0.9,
                                      .nesterov = true,
                                      .weight_decay = 0.1,
                                      .clipping = { .clipnorm = 2 } }),
        "SGD",
        "{\"learning_rate\": 0.5, \"momentum\": 0.9, \"nesterov\": true, \"weight_decay\": 0.1, "
        "\"clipnorm\": 2.0}");
    check_description(
        horn_sgd(&(horn_sgd_options){ .schedule = { "PiecewiseConstantDecay", .boundaries = (double[]){ 5 },
                                                    .values = (double[]){ 1, 0.5 }, .boundary_count = 1 },
                                      .clipping = { .global_clipnorm = 0.5 } }),
        "SGD",
        "{\"learning_rate\": {\"module\": \"keras.optimizers.schedules\", \"class_name\": "
        "\"PiecewiseConstantDecay\", \"config\": {\"boundaries\": [5], \"values\": [1.0, 0.5], \"name\": "
        "\"PiecewiseConstant\"}, \"registered_name\": null}, \"momentum\": 0.0, \"nesterov\": false, "
        "\"global_clipnorm\": 0.5}");
    check_description(horn_adamw(NULL), "AdamW", defaults("AdamW"));
    check_description(horn_adamax(NULL), "Adamax", defaults("Adamax"));
    check_description(horn_nadam(NULL), "Nadam", defaults("Nadam"));
    check_description(horn_adagrad(NULL), "Adagrad", defaults("Adagrad"));
    check_description(horn_adadelta(NULL), "Adadelta", defaults("Adadelta"));
    check_description(horn_ftrl(NULL), "Ftrl", defaults("Ftrl"));
    check_description(horn_lion(NULL), "Lion", defaults("Lion"));
    check_description(horn_adamw(&(horn_adamw_options){ .learning_rate = 0.5,
                                                        .beta_1 = 0.8,
                                                        .beta_2 = 0.99,
                                                        .epsilon = 0.001,
                                                        .amsgrad = true,
                                                        .weight_decay = HORN_ZERO }),
                      "AdamW", said("AdamW"));
    check_description(horn_adamax(&(horn_adamax_options){
                          .learning_rate = 0.5, .beta_1 = 0.8, .beta_2 = 0.99, .epsilon = 0.001 }),
                      "Adamax", said("Adamax"));
    check_description(
        horn_adadelta(&(horn_adadelta_options){ .learning_rate = 0.5, .rho = 0.8, .epsilon = 0.001 }),
        "Adadelta", said("Adadelta"));
    check_description(horn_lion(&(horn_lion_options){ .learning_rate = 0.5, .beta_1 = 0.8, .beta_2 = 0.9 }),
                      "Lion", said("Lion"));
    check_description(horn_ftrl(&(horn_ftrl_options){ .learning_rate = 0.5,
                                                      .learning_rate_power = -0.4,
                                                      .initial_accumulator_value = 0.25,
                                                      .l1_regularization_strength = 0.01,
                                                      .l2_regularization_strength = 0.02,
                                                      .l2_shrinkage_regularization_strength = 0.03,
                                                      .beta = 0.04 }),
                      "Ftrl", said("Ftrl"));
    ck_carries(optimizer, horn_optimizer_by_name("muon"), HORN_ERROR_UNSUPPORTED, "muon");
    ck_carries(optimizer, horn_sgd(&(horn_sgd_options){ .momentum = -1 }), HORN_ERROR_FORMAT, "momentum");
}
END_TEST

TEST_MAIN(test_optimizers__weights_may_be_excluded_from_decay,
          test_optimizers__config_there_and_back_is_identity,
          test_optimizers__every_spelling_of_keras_is_read,
          test_optimizers__legacy_rmsprop_is_told_by_its_config,
          test_optimizers__what_is_not_supported_is_named, test_optimizers__slots_are_those_in_use,
          test_optimizers__slots_start_where_keras_starts_them,
          test_optimizers__the_update_rule_is_an_argument, test_optimizers__constructors_take_options)
