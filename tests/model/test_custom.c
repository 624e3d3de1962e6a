/* Classes of a user's own, registered through the public headers: refused if they are not valid. */
#include "model/custom_run.h"
#include "optimizers/optimizer.h"

#include <pthread.h>

/* ---- registering ---- */

static void no_forward(const void *self, const horn_slice *s, const horn_tensor *in, horn_tensor *out)
{
    (void)self, (void)s, (void)in, (void)out;
}

START_TEST(test_custom__a_table_that_is_not_sound_is_refused)
{
    horn_layer_class l = mix_class;
    ck_fails(horn_register_layer(NULL), HORN_ERROR_ARGUMENT, "layer class: is NULL");
    l.forward = NULL;
    ck_fails(horn_register_layer(&l), HORN_ERROR_ARGUMENT, "layer class 'Mix': has no forward");
    l = mix_class, l.backward = NULL;
    ck_fails(horn_register_layer(&l), HORN_ERROR_ARGUMENT, "layer class 'Mix': has no backward");
    l = mix_class, l.describe = NULL;
    ck_fails(horn_register_layer(&l), HORN_ERROR_ARGUMENT, "layer class 'Mix': has no describe");
    l = mix_class, l.name = NULL;
    ck_fails(horn_register_layer(&l), HORN_ERROR_ARGUMENT, "layer class: has no name");
    horn_loss_class q = quartic_class;
    q.value = NULL;
    ck_fails(horn_register_loss(&q), HORN_ERROR_ARGUMENT, "loss class 'Quartic': has no value");
    q = quartic_class, q.targets = (horn_targets)2;
    ck_fails(horn_register_loss(&q), HORN_ERROR_ARGUMENT,
             "loss class 'Quartic': its targets are 2, expected rows or labels");
    ck_fails(horn_register_loss(NULL), HORN_ERROR_ARGUMENT, "loss class: is NULL");
    horn_metric_class w = within_class;
    w.sum = NULL;
    ck_fails(horn_register_metric(&w), HORN_ERROR_ARGUMENT, "metric class 'Within': has no sum");
    w = within_class, w.targets = (horn_targets)2;
    ck_fails(horn_register_metric(&w), HORN_ERROR_ARGUMENT, "metric class 'Within': its targets are 2");
    ck_fails(horn_register_metric(NULL), HORN_ERROR_ARGUMENT, "metric class: is NULL");
    horn_optimizer_class h = heavy_class;
    h.step = NULL;
    ck_fails(horn_register_optimizer(&h), HORN_ERROR_ARGUMENT, "optimizer class 'Heavy': has no step");
    ck_fails(horn_register_optimizer(NULL), HORN_ERROR_ARGUMENT, "optimizer class: is NULL");
    h = heavy_class, h.learning_rate = -1;
    ck_fails(horn_register_optimizer(&h), HORN_ERROR_ARGUMENT,
             "optimizer class 'Heavy': its learning_rate is -1, expected 0 or more");
    h = heavy_class, h.slots[1] = "velocity";
    ck_fails(horn_register_optimizer(&h), HORN_ERROR_ARGUMENT,
             "optimizer class 'Heavy': two slots are called 'velocity'");
    h.slots[1] = "a/b";
    ck_fails(horn_register_optimizer(&h), HORN_ERROR_ARGUMENT, "slot 1 is called 'a/b'");
}
END_TEST

START_TEST(test_custom__a_name_that_will_not_do_is_refused)
{
    static const char *const bad[] = { "", "a b", "1st", "a>b", "Layer/x", "caf\xc3\xa9" };
    static const char *const packages[] = { "", "a>b", "a/b", "a b" };
    horn_layer_class l = mix_class;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        l.name = bad[i];
        ck_fails(horn_register_layer(&l), HORN_ERROR_ARGUMENT, "its name is no name of a Python class");
    }
    l.name = "Mix";
    for (size_t i = 0; i < sizeof packages / sizeof *packages; i++) {
        l.package = packages[i];
        ck_fails(horn_register_layer(&l), HORN_ERROR_ARGUMENT, "layer class 'Mix': its package is '");
    }
    l = mix_class, l.name = "Dense";
    ck_fails(horn_register_layer(&l), HORN_ERROR_ARGUMENT,
             "layer class 'Dense': the name is taken by Keras' own");
    horn_optimizer_class h = heavy_class;
    h.name = "ADAM";
    ck_fails(horn_register_optimizer(&h), HORN_ERROR_ARGUMENT,
             "optimizer class 'ADAM': the name is taken by Keras' own");
    horn_loss_class q = quartic_class;
    q.name = "CategoricalCrossentropy";
    ck_fails(horn_register_loss(&q), HORN_ERROR_ARGUMENT, "the name is taken by Keras' own");
    horn_metric_class w = within_class;
    w.name = "BinaryAccuracy";
    ck_fails(horn_register_metric(&w), HORN_ERROR_ARGUMENT, "the name is taken by Keras' own");
}
END_TEST

START_TEST(test_custom__a_name_is_taken_once)
{
    static horn_layer_class other;
    static horn_metric_class within;
    other = mix_class, within = within_class;
    ck_ok(register_custom_classes());
    ck_ok(register_custom_classes()); /* the same tables again */
    ck_fails(horn_register_layer(&other), HORN_ERROR_ARGUMENT,
             "layer class 'demo>Mix': the name is taken by another class");
    ck_fails(horn_register_metric(&within), HORN_ERROR_ARGUMENT,
             "metric class 'demo>Within': the name is taken by another class");
    horn_layer *l = horn_custom_layer("Mix", NULL); /* by its own name */
    ck_ok(horn_layer_status(l));
    horn_layer_free(l);
    other.package = "another", other.forward = no_forward;
    ck_ok(horn_register_layer(&other));
    ck_carries(layer, horn_custom_layer("Mix", NULL), HORN_ERROR_UNSUPPORTED, /* of two packages */
               "layer class 'Mix' is not known");
    l = horn_custom_layer("another>Mix", NULL);
    ck_ok(horn_layer_status(l));
    horn_layer_free(l);
}
END_TEST

static void *register_all(void *result)
{
    for (int i = 0; i < 50; i++) {
        *(horn_status *)result = register_custom_classes();
        horn_layer_free(horn_custom_layer("demo>Mix", NULL));
    }
    return NULL;
}

START_TEST(test_custom__any_thread_may_register)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    horn_status results[THREADS];
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, register_all, &results[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        ck_assert_int_eq(results[i], HORN_OK);
    }
}
END_TEST

/* ---- making ---- */

static void refuse_layer(const horn_custom_layer_options *o, const char *words)
{
    horn_layer *l = horn_custom_layer("demo>Mix", o);
    const horn_status status = horn_layer_status(l);
    ck_assert_int_ne(status, HORN_OK);
    ck_carries(layer, l, status, words);
}

START_TEST(test_custom__arguments_are_checked)
{
    ck_ok(register_custom_classes());
    refuse_layer(&(horn_custom_layer_options){ .arguments = { HORN_STRING("gain", "much") } },
                 "layer (demo>Mix): argument 'gain' is \"much\", expected a number");
    refuse_layer(&(horn_custom_layer_options){ .arguments = { HORN_INTEGER("shifted", 1) } },
                 "argument 'shifted' is 1, expected true or false");
    refuse_layer(&(horn_custom_layer_options){ .arguments = { HORN_INTEGER("gain", 0) } },
                 "argument 'gain' is 0, expected another number");
    refuse_layer(&(horn_custom_layer_options){ .name = "m", .arguments = { HORN_NUMBER("grain", 1) } },
                 "layer 'm' (demo>Mix): unknown argument 'grain'");
    const horn_custom_loss_options w = { .arguments = { HORN_NUMBER("w", 1) } };
    ck_carries(loss, horn_custom_loss("demo>Quartic", &w), HORN_ERROR_UNSUPPORTED,
               "loss demo>Quartic: unknown argument 'w'");
    ck_carries(optimizer, horn_custom_optimizer("Light", NULL), HORN_ERROR_UNSUPPORTED,
               "optimizer 'Light' is not known");
    ck_carries(optimizer, horn_custom_optimizer("Light", NULL), HORN_ERROR_UNSUPPORTED,
               "horn_register_optimizer");
}
END_TEST

static horn_weight_options one_weight, another_weight;
static horn_shape odd_output;

static horn_status odd_build(void *self, horn_build *b)
{
    (void)self;
    horn_status status = horn_build_weight(b, &one_weight);
    if (!status && another_weight.name) status = horn_build_weight(b, &another_weight);
    return status;
}

static horn_status odd_place(const void *self, horn_call *c)
{
    (void)self;
    if (odd_output.rank) *c->outputs = odd_output;
    return HORN_OK;
}

static void refuse_build(const char *words)
{
    horn_model *m;
    ck_ok(horn_sequential_new(&m, NULL));
    const horn_custom_layer_options first = { .name = "odd", .input_shape = { 4 } };
    horn_status status = horn_model_add(m, horn_custom_layer("Odd", &first));
    ck_assert_int_ne(status, HORN_OK);
    ck_assert_ptr_nonnull(strstr(horn_last_error(), "layer 'odd' (Custom>Odd): "));
    ck_assert_msg(strstr(horn_last_error(), words) != NULL, "says '%s'", horn_last_error());
    horn_model_free(m);
}

START_TEST(test_custom__what_cannot_be_built_is_refused)
{
    static horn_layer_class odd;
    odd = swish_class, odd.name = "Odd", odd.build = odd_build, odd.place = odd_place;
    ck_ok(horn_register_layer(&odd));
    one_weight = (horn_weight_options){ .name = "w", .initializer = "oddly" };
    refuse_build("w: initializer 'oddly' is not known");
    one_weight = (horn_weight_options){ .name = "a/b" };
    refuse_build("its weight 0 is called 'a/b'");
    one_weight = (horn_weight_options){ .name = "w", .shape = { 2, { 3 } } };
    refuse_build("its w has no size on axis 1");
    one_weight = (horn_weight_options){ .name = "w", .shape = { 9, { 1 } } };
    refuse_build("its w has 9 axes");
    one_weight = another_weight = (horn_weight_options){ .name = "w" };
    refuse_build("two of its weights are called 'w'");
    another_weight.name = NULL;
    odd_output = (horn_shape){ 1, { 0 } };
    refuse_build("its output has no size on axis 0");
}
END_TEST

TEST_MAIN(test_custom__a_table_that_is_not_sound_is_refused, test_custom__a_name_that_will_not_do_is_refused,
          test_custom__a_name_is_taken_once, test_custom__any_thread_may_register,
          test_custom__arguments_are_checked, test_custom__what_cannot_be_built_is_refused)
