/* The table of Keras' optimizers against Horn's own, which know their slots and default rates, too. */
#include "test.h"

#include "config/keras_classes.h"
#include "formats/keras_training/optimizer_slots.h"
#include "optimizers/optimizer.h"

/* Adam's amsgrad, RMSprop's momentum and centered, SGD's momentum. */
static const char *const settings[] = { "{}", "{\"momentum\": 0.5}", "{\"centered\": true}",
                                        "{\"momentum\": 0.5, \"centered\": true}", "{\"amsgrad\": true}" };

static size_t check_class(const optimizer_class *class, const char *text)
{
    config *arguments, *described;
    optimizer *o;
    keras_slot_kinds kinds;
    const char *names[OPTIMIZER_MAX_SLOTS];
    ck_ok(config_parse(&arguments, text, strlen(text), "arguments"));
    if (optimizer_new_of_class(&o, class, arguments, false)) { /* has no such argument */
        config_free(arguments);
        return 0;
    }
    ck_ok(optimizer_describe(o, &described));
    ck_assert(keras_slot_kinds_in_use(&kinds, class->name, config_get(described, "config")));
    ck_assert_uint_eq(kinds.count, class->slot_names(o, names));
    for (size_t i = 0; i < kinds.count; i++) ck_assert_str_eq(kinds.names[i], names[i]);
    optimizer_free(o);
    config_free(described);
    config_free(arguments);
    return kinds.count;
}

START_TEST(test_optimizer_slots__are_those_of_horns_optimizers)
{
    const optimizer_class *class;
    size_t checked = 0;
    for (size_t i = 0; (class = optimizer_class_at(i)); i++) {
        for (size_t k = 0; k < sizeof settings / sizeof *settings; k++)
            checked += check_class(class, settings[k]);
        ck_assert_double_eq(keras_default_rate(class->name), class->learning_rate);
    }
    /* SGD, RMSprop, Adam and AdamW; Nadam, Adamax, Adadelta, Ftrl, Adagrad, Lion. */
    ck_assert_uint_eq(checked, 1 + (1 + 2 + 2 + 3) + 2 * (2 + 3) + 4 * 2 + 2 * 1);
}
END_TEST

START_TEST(test_optimizer_slots__every_class_is_one_of_keras)
{
    const keras_optimizer *o;
    size_t count = 0;
    for (; (o = keras_optimizer_at(count)); count++) {
        ck_assert(keras_has_class(KERAS_OPTIMIZER, o->name));
        ck_assert_ptr_eq(keras_optimizer_by_name(o->name), o);
        ck_assert_double_gt(o->rate, 0);
        ck_assert_uint_le(o->alternating, keras_optimizer_slot_count(o));
        ck_assert(!o->is_irregular == (keras_optimizer_slot_count(o) > 0));
        for (size_t k = 0; k < keras_optimizer_slot_count(o); k++)
            ck_assert(o->slots[k].keras2 && o->slots[k].legacy && o->slots[k].list);
    }
    ck_assert_uint_eq(count, 15);
    ck_assert(keras_has_class(KERAS_OPTIMIZER, "schedule_free_adam_w"));
    ck_assert_ptr_null(keras_optimizer_by_name("rmsprop"));
    ck_assert_ptr_null(keras_optimizer_by_name(NULL));
}
END_TEST

TEST_MAIN(test_optimizer_slots__are_those_of_horns_optimizers,
          test_optimizer_slots__every_class_is_one_of_keras)
