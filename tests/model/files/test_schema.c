/* What readers of files are told of weights: by the layers themselves, and by nobody behind a class that is unknown. */
#include "model/custom_run.h"
#include "formats/format.h"
#include "formats/keras/expected.h"
#include "model/files/save_load.h"
#include "model/files/snapshot_of_model.h"

static const char *const models[] = { "models/mlp.json", "models/cnn.json", "models/bn_cnn.json" };

static void check_layer(const snapshot_layer *found, const layer *l)
{
    size_t next = 0;
    ck_assert(!found->is_unknown);
    ck_assert_uint_eq(found->tensor_count, l->weight_count);
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < l->weight_count; i++) {
            const weight *p = &l->weights[i];
            if (p->trainable != (pass == 0)) continue;
            const snapshot_tensor *t = &found->tensors[next++];
            ck_assert_str_eq(t->name, p->name);
            ck_assert_str_eq(t->axes, p->axes);
            ck_assert_int_eq(t->trainable, p->trainable);
            ck_assert_int_eq(t->rank, p->shape.rank);
            ck_assert_mem_eq(t->shape, p->shape.dim, (size_t)t->rank * sizeof *t->shape);
            ck_assert_ptr_null(t->data);
        }
}

START_TEST(test_schema__is_what_the_layers_have)
{
    for (size_t k = 0; k < sizeof models / sizeof *models; k++) {
        const schema known = model_schema(NULL);
        snapshot *s, *found, *same;
        horn_model *m;
        ck_ok(model_read_parts(&s, models[k], 0, NULL));
        ck_ok(model_from_snapshot(&m, s, NULL, models[k]));
        ck_ok(known.of_architecture(&found, s));
        ck_ok(snapshot_without_values(&same, m));
        ck_assert_uint_eq(found->layer_count, m->layer_count);
        for (size_t i = 0; i < m->layer_count; i++) {
            check_layer(&found->layers[i], m->layers[i]);
            check_layer(&same->layers[i], m->layers[i]);
        }
        ck_assert(!found->unsure);
        snapshot_free(s);
        snapshot_free(found);
        snapshot_free(same);
        horn_model_free(m);
    }
}
END_TEST

/* Guesses by Keras' classes hold where a layer cannot be asked. */
START_TEST(test_schema__is_what_is_guessed_of_keras_classes)
{
    for (size_t k = 0; k < sizeof models / sizeof *models; k++) {
        const schema known = model_schema(NULL);
        snapshot *s, *told, *guessed;
        ck_ok(model_read_parts(&s, models[k], 0, NULL));
        ck_ok(keras_expect(&told, s, &known, "model"));
        ck_ok(keras_expect(&guessed, s, NULL, "model"));
        for (size_t i = 0; i < s->layer_count; i++) {
            const snapshot_layer *a = &told->layers[i], *b = &guessed->layers[i];
            ck_assert(!a->is_unknown && !b->is_unknown);
            ck_assert_uint_eq(a->tensor_count, b->tensor_count);
            for (size_t t = 0; t < a->tensor_count; t++) {
                ck_assert_str_eq(a->tensors[t].name, b->tensors[t].name);
                ck_assert_int_eq(a->tensors[t].trainable, b->tensors[t].trainable);
            }
        }
        snapshot_free(s);
        snapshot_free(told);
        snapshot_free(guessed);
    }
}
END_TEST

static snapshot *read_text(const char *text)
{
    const format *f;
    snapshot *s;
    const source from = { .path = "model", .data = (const unsigned char *)text, .size = strlen(text) };
    ck_ok(format_by_name(&f, "json"));
    ck_ok(snapshot_new(&s));
    ck_ok(format_read(f, s, &from, NULL, NULL));
    return s;
}

START_TEST(test_schema__ends_at_an_unknown_class)
{
    const schema known = model_schema(NULL);
    snapshot *found,
        *s = read_text("{\"class_name\": \"Sequential\", \"config\": {\"layers\": ["
                       "{\"class_name\": \"Dense\", \"config\": {\"name\": \"a\", \"units\": 3, "
                       "\"batch_input_shape\": [null, 4]}}, "
                       "{\"class_name\": \"ConvLSTM1D\", \"config\": {\"name\": \"l\", \"filters\": 3}}, "
                       "{\"class_name\": \"Dense\", \"config\": {\"name\": \"b\", \"units\": 3}}]}}");
    ck_ok(known.of_architecture(&found, s));
    ck_assert(found->unsure);
    ck_assert(!found->layers[0].is_unknown && found->layers[1].is_unknown && found->layers[2].is_unknown);
    ck_assert_uint_eq(found->layers[0].tensor_count, 2);
    ck_assert_uint_eq(found->layers[2].tensor_count, 0);
    snapshot_free(found);
    ck_ok(keras_expect(&found, s, &known, "model")); /* Keras' classes say the rest */
    ck_assert(s->unsure);
    ck_assert_str_eq(found->layers[1].inner[0].tensors[1].name, "recurrent_kernel");
    ck_assert_str_eq(found->layers[2].tensors[0].name, "kernel");
    snapshot_free(found);
    snapshot_free(s);
}
END_TEST

/* A class of a user's own whose bare name is that of a class of Keras that holds a layer: nothing fits, and it is guessed. */
START_TEST(test_schema__of_another_tree_is_not_taken)
{
    const schema known = model_schema(NULL);
    horn_layer_class lookalike = mix_class;
    lookalike.name = "ConvLSTM1D";
    ck_ok(horn_register_layer(&lookalike));
    snapshot *found, *s = read_text("{\"class_name\": \"Sequential\", \"config\": {\"layers\": ["
                                    "{\"class_name\": \"ConvLSTM1D\", \"config\": {\"name\": \"l\", "
                                    "\"batch_input_shape\": [null, 4]}}]}}");
    ck_ok(keras_expect(&found, s, &known, "model"));
    ck_assert_uint_eq(found->layers[0].tensor_count, 0);
    ck_assert_uint_eq(found->layers[0].inner_count, 1);
    ck_assert_uint_eq(found->layers[0].inner[0].tensor_count, 3);
    snapshot_free(found);
    snapshot_free(s);
}
END_TEST

/* Keras' objects have a layer's weights in the order in which they were made, stores those that train first. */
START_TEST(test_schema__tells_the_order_of_a_users_weights)
{
    setup();
    horn_model *m;
    snapshot *s;
    const format *f;
    transaction *t;
    ck_ok(register_custom_classes());
    ck_ok(horn_sequential_new(&m, NULL));
    ck_ok(horn_model_add(m, horn_custom_layer("demo>Mix", &(horn_custom_layer_options){
                                                              .name = "mix", .input_shape = { 4 } })));
    ck_ok(horn_model_save(m, in_folder("m.keras"), NULL));
    ck_ok(snapshot_of_model(&s, m, PART_ARCHITECTURE | PART_WEIGHTS));
    snapshot_tensor *tensors = s->layers[0].tensors, last = tensors[2];
    ck_assert_str_eq(last.name, "seen");
    tensors[2] = tensors[1];
    tensors[1] = last;
    ck_ok(format_by_name(&f, "tf-weights"));
    ck_ok(transaction_begin(&t, in_folder("made")));
    ck_ok(f->write(s, t, NULL));
    ck_ok(transaction_commit(t));
    transaction_free(t);
    ck_ok(horn_convert(NULL, in_folder("made"), in_folder("back.keras"), NULL));
    assert_same_files(in_folder("m.keras"), in_folder("back.keras"));
    snapshot_free(s);
    horn_model_free(m);
    cleanup();
}
END_TEST

TEST_MAIN(test_schema__is_what_the_layers_have, test_schema__is_what_is_guessed_of_keras_classes,
          test_schema__ends_at_an_unknown_class, test_schema__of_another_tree_is_not_taken,
          test_schema__tells_the_order_of_a_users_weights)
