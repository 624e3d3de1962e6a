#include "formats/files.h"

#include "formats/torch/models.h"
#include "formats/torch/state.h"

static char *source_of(const char *layers, const char *const *names)
{
    horn_model *m = model_of(layers);
    snapshot *s = snapshot_with(m, PART_ARCHITECTURE | PART_OPERATIONS);
    const format_value own[] = { { .name = TORCH_NAMES, .names = names }, { 0 } };
    const format *f;
    transaction *t;
    ck_ok(format_by_name(&f, "torch-module"));
    ck_ok(transaction_begin(&t, "/tmp/m.py"));
    ck_ok(f->write(s, t, &(format_options){ .own = names ? own : NULL }));
    const pieces *text = transaction_content(t, "");
    char *out = strndup((const char *)text->own.data, text->size);
    transaction_free(t);
    snapshot_free(s);
    horn_model_free(m);
    return out;
}

START_TEST(test_source__is_a_function_that_makes_the_modules)
{
    char *text = source_of(STRIDED, NULL);
    ck_assert_str_eq(
        text,
        "\"\"\"The model 'sample' as modules of PyTorch.\n"
        "\n"
        "    model = make_model()\n"
        "    model.load_state_dict(torch.load(\"model.pth\"))\n"
        "    model.eval()\n"
        "\n"
        "The input is (N, 2, 6, 6) in float32, channels first.\n"
        "\"\"\"\n"
        "from torch import nn\n"
        "\n"
        "\n"
        "def make_model():\n"
        "    return nn.Sequential(\n"
        "        nn.ZeroPad2d((0, 1, 0, 1)),  # 0: conv, 'same' padding, which this stride makes uneven\n"
        "        nn.Conv2d(2, 4, kernel_size=3, stride=2),  # 1: conv\n"
        "        nn.Conv2d(4, 4, kernel_size=(2, 3), padding='same', groups=2, bias=False),  # 2: groups\n"
        "        nn.AdaptiveAvgPool2d(1),  # 3: mean\n"
        "        nn.Flatten(),  # 4: mean\n"
        "        nn.Linear(4, 2),  # 5: last\n"
        "    )\n");
    free(text);
}
END_TEST

START_TEST(test_source__modules_may_have_names)
{
    static const char *const names[] = { "hidden = fc1", "last = fc2", NULL };
    char *text = source_of(MLP, names);
    ck_assert_ptr_nonnull(strstr(text, "from collections import OrderedDict\n"));
    ck_assert_ptr_nonnull(strstr(text,
                                 "        OrderedDict([\n            (\"0\", nn.Flatten()),  # 0: flat\n"
                                 "            (\"fc1\", nn.Linear(8, 5)),  # 1: hidden\n"));
    free(text);
}
END_TEST

/* What torch.nn does not have is defined, once. */
START_TEST(test_source__classes_of_its_own)
{
    char *text =
        source_of("null, 2, 3], \"name\": \"x\"}}" LAYER("BatchNormalization", "\"name\": \"a\"")
                      LAYER("BatchNormalization", "\"name\": \"b\"")
                          LAYER("ReLU", "\"name\": \"bent\", \"max_value\": 0.5, \"threshold\": 0.125")
                              LAYER("Reshape", "\"name\": \"r\", \"target_shape\": [1, 2, 3]")
                                  LAYER("Flatten", "\"name\": \"flat\"")
                                      LAYER("Reshape", "\"name\": \"q\", \"target_shape\": [3, 2]"),
                  NULL);
    const char *first = strstr(text, "\nclass BatchNormLast(nn.BatchNorm1d):\n");
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_null(strstr(first + 2, "class BatchNormLast"));
    ck_assert_ptr_nonnull(strstr(text, "\nimport torch\n"));
    ck_assert_ptr_nonnull(strstr(text, "        BentReLU(0.5, 0, 0.125),  # 2: bent\n"));
    ck_assert_ptr_nonnull(strstr(text, "        ReshapeLast((2, 3), (1, 2, 3)),  # 3: r\n"));
    ck_assert_ptr_nonnull(strstr(text, "        ReshapeLast((1, 2, 3), (3, 2)),  # 5: q\n"));
    free(text);
}
END_TEST

/* A layer's name, which a file may make anything, stays within its comment. */
START_TEST(test_source__names_are_no_code)
{
    char *text = source_of("null, 4], \"name\": \"x\"}}" LAYER(
                               "Dense", "\"name\": \"a\\nimport os # \\\"\\\"\\\"\", \"units\": 2"),
                           NULL);
    ck_assert_ptr_nonnull(strstr(text, "nn.Linear(4, 2),  # 0: a?import os # ???\n"));
    free(text);
}
END_TEST

/* Heights, widths and channels stand in the order that PyTorch has: no two are alike here. */
START_TEST(test_source__order_of_axes)
{
    char *text = source_of("null, 4, 6, 3], \"name\": \"x\"}}" LAYER(
                               "ZeroPadding2D", "\"name\": \"zeros\", \"padding\": [[1, 2], [3, 4]]")
                               LAYER("AveragePooling2D", "\"name\": \"mean\", \"pool_size\": [3, 5], "
                                                         "\"strides\": 1, \"padding\": \"same\"")
                                   LAYER("Flatten", "\"name\": \"flat\"")
                                       LAYER("Reshape", "\"name\": \"back\", \"target_shape\": [7, 13, 3]"),
                           NULL);
    ck_assert_ptr_nonnull(strstr(text, "nn.ZeroPad2d((3, 4, 1, 2)),  # 0: zeros\n"));
    ck_assert_ptr_nonnull(strstr(
        text, "nn.AvgPool2d((3, 5), stride=1, padding=(1, 2), count_include_pad=False),  # 1: mean\n"));
    ck_assert_ptr_nonnull(strstr(text, "nn.Unflatten(1, (3, 7, 13)),  # 3: back\n"));
    free(text);
}
END_TEST

#define OPEN_IMAGE(STRIDES)                                                                              \
    "null, null, null, 2], \"name\": \"x\"}}" LAYER(                                                     \
        "Conv2D", "\"name\": \"conv\", \"filters\": 4, \"kernel_size\": [3, 2], \"padding\": \"same\", " \
                  "\"strides\": " STRIDES) LAYER("GlobalAveragePooling2D", "\"name\": \"mean\"")

/* A pad that depends on the size of an open axis cannot be a number. */
START_TEST(test_source__open_axes)
{
    char *text = source_of(OPEN_IMAGE("1"), NULL);
    ck_assert_ptr_nonnull(strstr(text, "nn.Conv2d(2, 4, kernel_size=(3, 2), padding='same'),  # 0: conv\n"));
    free(text);
    horn_model *m = model_of(OPEN_IMAGE("2"));
    snapshot *s = snapshot_with(m, PART_ARCHITECTURE | PART_WEIGHTS | PART_OPERATIONS);
    bytes none = { 0 };
    ck_fails(write_named(&none, s, "torch-weights", NULL, "m.pth", 0), HORN_ERROR_UNSUPPORTED,
             "layer 'conv' (Conv2D) pads an open axis by its size");
    snapshot_free(s);
    horn_model_free(m);
}
END_TEST

TEST_MAIN(test_source__is_a_function_that_makes_the_modules, test_source__modules_may_have_names,
          test_source__classes_of_its_own, test_source__names_are_no_code, test_source__order_of_axes,
          test_source__open_axes)
