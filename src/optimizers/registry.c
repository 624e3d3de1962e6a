#include "optimizers/optimizer.h"

extern const optimizer_class adam_class, rmsprop_class, sgd_class;

static const optimizer_class *const classes[] = {
    &adam_class,
    &rmsprop_class,
    &sgd_class,
};

const optimizer_class *optimizer_class_at(size_t index)
{
    return index < sizeof classes / sizeof classes[0] ? classes[index] : NULL;
}
