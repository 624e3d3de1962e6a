/* Adam, whose step is in moments.c. Source: Kingma and Ba, "Adam: a method for stochastic optimization" (2015); Reddi, Kale
 * and Kumar, "On the convergence of Adam and beyond" (2018); the order of operations is Keras'. */
#include "optimizers/moments.h"

const optimizer_class adam_class = {
    .name = "Adam",
    .size = sizeof(moments),
    .has_torch_rule = true,
    .learning_rate = 0.001,
    .configure = adam_configure,
    .describe = adam_describe,
    .slot_names = adam_slot_names,
    .step = adam_step,
};

horn_optimizer *horn_adam(const horn_adam_options *options)
{
    horn_adam_options o = options ? *options : (horn_adam_options){ 0 };
    config *arguments = config_object();
    optimizer_set_common(arguments, o.learning_rate, &o.schedule, o.weight_decay, &o.clipping);
    moments_set_options(arguments, o.beta_1, o.beta_2, o.epsilon);
    config_set_boolean(arguments, "amsgrad", o.amsgrad);
    optimizer_set_update_rule(arguments, o.update_rule);
    return optimizer_construct(&adam_class, arguments);
}
