/* What horn_convert compares: one difference after the other, each must be seen. */
#include "formats/files.h"
#include "model/files/convert.h"

static const char golden[] = "tests/golden/keras3.15/B.keras";
enum { ALL = PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE | PART_OPTIMIZER | PART_PROGRESS };

static void flip(snapshot_tensor *t)
{
    ((unsigned char *)t->data)[snapshot_tensor_bytes(t) - 4] ^= 1; /* the last bit of a float */
}

static snapshot_layer *with_weights(snapshot *s)
{
    snapshot_layer *l = s->layers;
    while (!l->tensor_count) l++;
    return l;
}

static void change(snapshot *s, int which)
{
    config *arguments;
    switch (which) {
    case 0:
        s->name[0] ^= 1;
        break;
    case 1:
        s->input_shape[0]++;
        break;
    case 2:
        s->layers[1].name[0] ^= 1;
        break;
    case 3:
        s->layers[1].class_name[0] ^= 1;
        break;
    case 4:
        config_set_integer(s->layers[1].arguments, "more", 1);
        break;
    case 5:
        s->layer_count--;
        break;
    case 6:
        flip(with_weights(s)->tensors);
        break;
    case 7:
        with_weights(s)->tensors[0].shape[0]--;
        break;
    case 8:
        with_weights(s)->tensor_count--;
        break;
    case 9:
        s->iteration++;
        break;
    case 10:
        flip(&s->slots[1].tensors[3]);
        break;
    case 11:
        s->slot_count--;
        break;
    case 12:
        s->has_learning_rate = true, s->learning_rate = 0.25f;
        break;
    case 13:
        config_free(s->loss), s->loss = config_from_string("mse");
        break;
    case 14:
        config_append_string(s->metrics, "mse");
        break;
    case 15:
        arguments = config_copy(config_get(s->optimizer, "config"));
        config_set_number(arguments, "epsilon", 0.5);
        config_set(s->optimizer, "config", arguments);
        break;
    case 16:
        config_set_string(s->optimizer, "class_name", "Nadam");
        break;
    case 17:
        s->progress = config_object();
        break;
    case 18:
        s->input_name = strdup("else");
        break;
    }
}
enum { CHANGES = 19 };

START_TEST(test_convert_check__each_difference_is_seen)
{
    static const unsigned parts[CHANGES] = {
        [0] = PART_ARCHITECTURE, [1] = PART_ARCHITECTURE, [2] = PART_ARCHITECTURE, [3] = PART_ARCHITECTURE,
        [4] = PART_ARCHITECTURE, [5] = PART_ARCHITECTURE, [6] = PART_WEIGHTS,      [7] = PART_WEIGHTS,
        [8] = PART_WEIGHTS,      [9] = PART_OPTIMIZER,    [10] = PART_OPTIMIZER,   [11] = PART_OPTIMIZER,
        [12] = PART_COMPILE,     [13] = PART_COMPILE,     [14] = PART_COMPILE,     [15] = PART_COMPILE,
        [16] = PART_COMPILE,     [17] = PART_PROGRESS,    [18] = PART_ARCHITECTURE
    };
    for (int i = 0; i < CHANGES; i++) {
        snapshot *a = read_file(golden), *b = read_file(golden);
        ck_ok(convert_check(a, b, ALL, "x.h5"));
        change(b, i);
        ck_fails(convert_check(a, b, parts[i], "x.h5"), HORN_ERROR_UNSUPPORTED, "reads back otherwise");
        ck_fails(convert_check(b, a, parts[i], "x.h5"), HORN_ERROR_UNSUPPORTED, "reads back otherwise");
        if (i == 5) b->layer_count++; /* so that all is freed */
        if (i == 8) with_weights(b)->tensor_count++;
        if (i == 11) b->slot_count++;
        snapshot_free(a);
        snapshot_free(b);
    }
}
END_TEST

START_TEST(test_convert_check__spellings_of_the_same_are_equal)
{
    snapshot *a = read_file(golden), *b = read_file(golden);
    config *arguments = config_copy(config_get(b->optimizer, "config"));
    double rate;
    ck_assert(config_number(config_get(arguments, "learning_rate"), &rate));
    b->has_learning_rate = false; /* of Keras 2: in the settings alone */
    config_set_number(arguments, "learning_rate", (double)(float)rate);
    config_set_boolean(arguments, "is_legacy_optimizer", true);
    config_set(b->optimizer, "config", arguments);
    ck_ok(convert_check(a, b, ALL, "x.h5"));
    ck_assert(!convert_is_legacy(a) && convert_is_legacy(b));
    snapshot_free(a);
    snapshot_free(b);
}
END_TEST

TEST_MAIN(test_convert_check__each_difference_is_seen, test_convert_check__spellings_of_the_same_are_equal)
