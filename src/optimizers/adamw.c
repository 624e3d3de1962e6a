/* Adam whose weights decay unless told otherwise: before the step w -= lr weight_decay w, as in every optimizer here
 * (gradient.c). Source: Loshchilov and Hutter, "Decoupled weight decay regularization" (2019). */
#include "optimizers/moments.h"

const optimizer_class adamw_class = {
    .name = "AdamW",
    .size = sizeof(moments),
    .has_torch_rule = true,
    .decays_apart = true,
    .learning_rate = 0.001,
    .weight_decay = 0.004,
    .configure = adam_configure,
    .describe = adam_describe,
    .slot_names = adam_slot_names,
    .step = adam_step,
};

horn_optimizer *horn_adamw(const horn_adamw_options *options)
{
    horn_adamw_options o = options ? *options : (horn_adamw_options){ 0 };
    config *arguments = config_object();
    optimizer_set_common(arguments, o.learning_rate, &o.schedule, o.weight_decay, &o.clipping);
    moments_set_options(arguments, o.beta_1, o.beta_2, o.epsilon);
    config_set_boolean(arguments, "amsgrad", o.amsgrad);
    optimizer_set_update_rule(arguments, o.update_rule);
    return optimizer_construct(&adamw_class, arguments);
}
