#include "optimizers/optimizer.h"

extern const optimizer_class adadelta_class, adagrad_class, adam_class, adamax_class, adamw_class, ftrl_class,
    lion_class, nadam_class, rmsprop_class, sgd_class;

static const optimizer_class *const classes[] = {
    &adadelta_class, &adagrad_class, &adam_class,  &adamax_class,  &adamw_class,
    &ftrl_class,     &lion_class,    &nadam_class, &rmsprop_class, &sgd_class,
};

const optimizer_class *optimizer_class_at(size_t index)
{
    return index < sizeof classes / sizeof classes[0] ? classes[index] : NULL;
}
