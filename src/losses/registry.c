#include "losses/loss.h"

extern const loss_class binary_crossentropy_class, binary_focal_crossentropy_class,
    categorical_crossentropy_class, categorical_focal_crossentropy_class, categorical_hinge_class,
    cosine_similarity_class, hinge_class, huber_class, kl_divergence_class, log_cosh_class,
    mean_absolute_error_class, mean_absolute_percentage_error_class, mean_squared_error_class,
    mean_squared_logarithmic_error_class, poisson_class, sparse_categorical_crossentropy_class,
    squared_hinge_class;

static const loss_class *const classes[] = {
    &binary_crossentropy_class,
    &binary_focal_crossentropy_class,
    &categorical_crossentropy_class,
    &categorical_focal_crossentropy_class,
    &categorical_hinge_class,
    &cosine_similarity_class,
    &hinge_class,
    &huber_class,
    &kl_divergence_class,
    &log_cosh_class,
    &mean_absolute_error_class,
    &mean_absolute_percentage_error_class,
    &mean_squared_error_class,
    &mean_squared_logarithmic_error_class,
    &poisson_class,
    &sparse_categorical_crossentropy_class,
    &squared_hinge_class,
};

const loss_class *loss_class_at(size_t index)
{
    return index < sizeof classes / sizeof classes[0] ? classes[index] : NULL;
}
