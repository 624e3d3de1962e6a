#include <math.h>
#include <string.h>
#include <strings.h>
#include "programs/shared/options.h"
#include "programs/training/settings.h"

static const double tutorial_learning_rate = 0.1;

/* A 0 in an options struct would mean Keras' default. */
static double argument(double given)
{
    return isnan(given) ? 0 : given == 0 ? HORN_ZERO : given;
}

static horn_optimizer *make_rmsprop(double learning_rate, double momentum)
{
    return horn_rmsprop(&(horn_rmsprop_options){ .learning_rate = learning_rate, .momentum = momentum });
}

static horn_optimizer *make_sgd(double learning_rate, double momentum)
{
    return horn_sgd(&(horn_sgd_options){ .learning_rate = learning_rate, .momentum = momentum });
}

static horn_optimizer *make_adam(double learning_rate, double momentum)
{
    (void)momentum;
    return horn_adam(&(horn_adam_options){ .learning_rate = learning_rate });
}

static horn_optimizer *make_adamw(double learning_rate, double momentum)
{
    (void)momentum;
    return horn_adamw(&(horn_adamw_options){ .learning_rate = learning_rate });
}

static horn_optimizer *make_nadam(double learning_rate, double momentum)
{
    (void)momentum;
    return horn_nadam(&(horn_nadam_options){ .learning_rate = learning_rate });
}

static horn_optimizer *make_adamax(double learning_rate, double momentum)
{
    (void)momentum;
    return horn_adamax(&(horn_adamax_options){ .learning_rate = learning_rate });
}

static horn_optimizer *make_adagrad(double learning_rate, double momentum)
{
    (void)momentum;
    return horn_adagrad(&(horn_adagrad_options){ .learning_rate = learning_rate });
}

static horn_optimizer *make_adadelta(double learning_rate, double momentum)
{
    (void)momentum;
    return horn_adadelta(&(horn_adadelta_options){ .learning_rate = learning_rate });
}

static horn_optimizer *make_ftrl(double learning_rate, double momentum)
{
    (void)momentum;
    return horn_ftrl(&(horn_ftrl_options){ .learning_rate = learning_rate });
}

static horn_optimizer *make_lion(double learning_rate, double momentum)
{
    (void)momentum;
    return horn_lion(&(horn_lion_options){ .learning_rate = learning_rate });
}

static const struct optimizer_entry {
    const char *name;
    horn_optimizer *(*make)(double learning_rate, double momentum);
    bool has_momentum;
} optimizers[] = { { "rmsprop", make_rmsprop, true },  { "sgd", make_sgd, true },
                   { "adam", make_adam, false },       { "adamw", make_adamw, false },
                   { "nadam", make_nadam, false },     { "adamax", make_adamax, false },
                   { "adagrad", make_adagrad, false }, { "adadelta", make_adadelta, false },
                   { "ftrl", make_ftrl, false },       { "lion", make_lion, false } };

static const struct loss_entry {
    const char *name;
    /* Of losses that are from logits if the model does not end in probabilities; NULL: made by name. */
    horn_loss *(*make)(const horn_crossentropy_options *);
    /* The metric of a model that is trained on it. */
    const char *metric;
} losses[] = {
    { "sparse_categorical_crossentropy", horn_sparse_categorical_crossentropy, "accuracy" },
    { "categorical_crossentropy", horn_categorical_crossentropy, "accuracy" },
    { "binary_crossentropy", horn_binary_crossentropy, "accuracy" },
    { "bce", horn_binary_crossentropy, "accuracy" },
    { "binary_focal_crossentropy", NULL, "accuracy" },
    { "categorical_focal_crossentropy", NULL, "accuracy" },
    { "categorical_hinge", NULL, "accuracy" },
    { "kl_divergence", NULL, "accuracy" },
    { "mean_squared_error", NULL, "mae" },
    { "mse", NULL, "mae" },
    { "mean_absolute_error", NULL, "mse" },
    { "mae", NULL, "mse" },
    { "mean_absolute_percentage_error", NULL, "mae" },
    { "mape", NULL, "mae" },
    { "mean_squared_logarithmic_error", NULL, "mae" },
    { "msle", NULL, "mae" },
    { "huber", NULL, "mae" },
    { "log_cosh", NULL, "mae" },
    { "poisson", NULL, "mae" },
    { "hinge", NULL, "mae" },
    { "squared_hinge", NULL, "mae" },
    { "cosine_similarity", NULL, "mae" },
};

enum {
    OPTIMIZER_COUNT = sizeof optimizers / sizeof optimizers[0],
    LOSS_COUNT = sizeof losses / sizeof losses[0]
};

/* NULL if unknown; the default if no name is given. */
static const struct optimizer_entry *find_optimizer(const settings *s)
{
    const char *name = s->optimizer ? s->optimizer : s->tutorial ? "rmsprop" : "adam";
    for (size_t i = 0; i < OPTIMIZER_COUNT; i++)
        if (strcasecmp(name, optimizers[i].name) == 0) return &optimizers[i];
    return NULL;
}

/* NULL if unknown; the first one if no name is given. */
static const struct loss_entry *find_loss(const char *name)
{
    for (size_t i = 0; i < LOSS_COUNT; i++)
        if (!name || strcmp(name, losses[i].name) == 0) return &losses[i];
    return NULL;
}

static _Noreturn void refuse_optimizer(const char *name)
{
    const char *names[OPTIMIZER_COUNT + 1] = { NULL };
    for (size_t i = 0; i < OPTIMIZER_COUNT; i++) names[i] = optimizers[i].name;
    usage_error_choice("optimizer", name, names);
}

static _Noreturn void refuse_loss(const char *name)
{
    const char *names[LOSS_COUNT + 1] = { NULL };
    for (size_t i = 0; i < LOSS_COUNT; i++) names[i] = losses[i].name;
    usage_error_choice("loss", name, names);
}

static void check_momentum(const settings *s, const struct optimizer_entry *optimizer)
{
    if (!isnan(s->momentum) && !optimizer->has_momentum)
        usage_error("--momentum: %s has none", optimizer->name);
}

void settings_check(const settings *s)
{
    const struct optimizer_entry *optimizer = find_optimizer(s);
    if (!optimizer) refuse_optimizer(s->optimizer);
    if (!find_loss(s->loss)) refuse_loss(s->loss);
    if (s->optimizer) check_momentum(s, optimizer);
}

static horn_loss *make_loss(const struct loss_entry *loss, const horn_model *model)
{
    if (!loss->make) return horn_loss_by_name(loss->name);
    return loss->make(
        &(horn_crossentropy_options){ .from_logits = !horn_model_gives_probabilities(model, 0) });
}

static horn_status compile(const settings *s, horn_model *model)
{
    const struct optimizer_entry *optimizer = find_optimizer(s);
    double learning_rate = s->learning_rate;
    check_momentum(s, optimizer);
    if (isnan(learning_rate) && s->tutorial && optimizer == &optimizers[0])
        learning_rate = tutorial_learning_rate;
    return horn_model_compile(
        model,
        &(horn_compile_options){ .optimizer = optimizer->make(argument(learning_rate), argument(s->momentum)),
                                 .loss = make_loss(find_loss(s->loss), model),
                                 .metrics = { horn_metric_by_name(find_loss(s->loss)->metric) } });
}

horn_status settings_apply(const settings *s, horn_model *model)
{
    if (!horn_model_is_compiled(model) || s->optimizer) return compile(s, model);
    if (!isnan(s->momentum)) usage_error("--momentum needs --optimizer, as the model has one of its own");
    if (s->loss) usage_error("--loss needs --optimizer, as the model has both already");
    return isnan(s->learning_rate) ? HORN_OK : horn_model_set_learning_rate(model, s->learning_rate);
}
