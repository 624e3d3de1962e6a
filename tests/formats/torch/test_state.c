#include "formats/torch/models.h"

#include "formats/torch/state.h"
#include "model/files/convert.h"

enum { ALL = PART_ARCHITECTURE | PART_WEIGHTS | PART_OPERATIONS };

typedef struct made {
    horn_model *model;
    snapshot *snapshot, *schema;
    torch_modules modules;
    torch_state state;
} made;

static made make(const char *layers, const char *const *names)
{
    made m = { .model = model_of(layers) };
    const format_value own[] = { { .name = TORCH_NAMES, .names = names }, { 0 } };
    m.snapshot = snapshot_with(m.model, ALL);
    ck_ok(snapshot_without_values(&m.schema, m.model));
    ck_ok(torch_write_state(&m.state, &m.modules, m.snapshot, &(format_options){ .own = names ? own : NULL },
                            "test"));
    return m;
}

static void drop(made *m)
{
    torch_state_free(&m->state);
    torch_modules_free(&m->modules);
    snapshot_free(m->snapshot);
    snapshot_free(m->schema);
    horn_model_free(m->model);
}

static char *print_modules(const made *m)
{
    bytes out = { 0 };
    for (size_t i = 0; i < m->modules.count; i++)
        bytes_print(&out, "%s %s(%s)\n", m->modules.items[i].name, m->modules.items[i].class_name,
                    m->modules.items[i].arguments);
    char *text = strdup(bytes_text(&out));
    bytes_free(&out);
    return text;
}

static char *print_tensors(const made *m)
{
    bytes out = { 0 };
    for (size_t i = 0; i < m->state.count; i++) {
        const torch_tensor *t = &m->state.tensors[i];
        bytes_print(&out, "%s", t->name);
        for (int k = 0; k < t->rank; k++) bytes_print(&out, " %zu", t->shape[k]);
        bytes_print(&out, "\n");
    }
    char *text = strdup(bytes_text(&out));
    bytes_free(&out);
    return text;
}

static void check_model(const char *layers, const char *modules, const char *tensors)
{
    made m = make(layers, NULL);
    char *found = print_modules(&m), *listed = print_tensors(&m);
    ck_assert_str_eq(found, modules);
    ck_assert_str_eq(listed, tensors);
    free(found);
    free(listed);
    drop(&m);
}

static const float *values(const made *m, const char *name)
{
    const torch_tensor *t = torch_state_find(&m->state, name);
    ck_assert_msg(t != NULL, "no tensor '%s'", name);
    return t->data;
}

START_TEST(test_state__modules_count_as_in_a_sequential)
{
    check_model(MLP,
                "0 Flatten()\n1 Linear(8, 5)\n2 ReLU()\n3 Dropout(0.25)\n4 Linear(5, 3)\n5 Softmax(dim=1)\n",
                "1.weight 5 8\n1.bias 5\n4.weight 3 5\n4.bias 3\n");
    check_model(CNN,
                "0 Conv2d(2, 3, kernel_size=3, padding=1)\n1 BatchNorm2d(3, eps=0.001, momentum=0.1)\n"
                "2 ReLU()\n3 MaxPool2d(2)\n4 Flatten()\n5 BatchNorm1d(18, eps=0.001, momentum=0.01)\n"
                "6 Linear(18, 2)\n7 Sigmoid()\n",
                "0.weight 3 2 3 3\n0.bias 3\n1.weight 3\n1.bias 3\n1.running_mean 3\n1.running_var 3\n"
                "1.num_batches_tracked\n5.weight 18\n5.bias 18\n5.running_mean 18\n5.running_var 18\n"
                "5.num_batches_tracked\n6.weight 2 18\n6.bias 2\n");
    check_model(STRIDED,
                "0 ZeroPad2d((0, 1, 0, 1))\n1 Conv2d(2, 4, kernel_size=3, stride=2)\n"
                "2 Conv2d(4, 4, kernel_size=(2, 3), padding='same', groups=2, bias=False)\n"
                "3 AdaptiveAvgPool2d(1)\n4 Flatten()\n5 Linear(4, 2)\n",
                "1.weight 4 2 3 3\n1.bias 4\n2.weight 4 2 2 3\n5.weight 2 4\n5.bias 2\n");
    check_model(DEPTHWISE,
                "0 Conv2d(2, 6, kernel_size=(3, 2), groups=2)\n1 LeakyReLU(0.3)\n"
                "2 Conv2d(6, 4, kernel_size=1)\n3 Flatten()\n4 Linear(80, 2)\n",
                "0.weight 6 1 3 2\n0.bias 6\n2.weight 4 6 1 1\n2.bias 4\n4.weight 2 80\n4.bias 2\n");
}
END_TEST

/* Weight i of the model holds 1000 i + k. */
START_TEST(test_state__axes_are_ordered_as_in_torch)
{
    made m = make(CNN, NULL);
    const float *kernel = values(&m, "0.weight"), *last = values(&m, "6.weight"),
                *mean = values(&m, "5.running_mean");
    /* weight[o, i, h, w] = kernel[h, w, i, o], of 3 x 3 x 2 x 3 */
    for (size_t o = 0; o < 3; o++)
        for (size_t i = 0; i < 2; i++)
            for (size_t h = 0; h < 3; h++)
                for (size_t w = 0; w < 3; w++) ck_assert(*kernel++ == (float)(((h * 3 + w) * 2 + i) * 3 + o));
    /* The image before Flatten is 3 x 2 x 3; weight[u, c, h, w] = kernel[(h, w, c), u] */
    for (size_t u = 0; u < 2; u++)
        for (size_t c = 0; c < 3; c++)
            for (size_t h = 0; h < 3; h++)
                for (size_t w = 0; w < 2; w++) {
                    const size_t row = (h * 2 + w) * 3 + c;
                    ck_assert(*last++ == (float)(9000 + row * 2 + u));
                    if (u == 0) ck_assert(*mean++ == (float)(7000 + row));
                }
    ck_assert(values(&m, "5.weight")[17] == 1 && values(&m, "1.num_batches_tracked")[0] == 0);
    drop(&m);
    m = make(DEPTHWISE, NULL);
    kernel = values(&m, "0.weight");
    /* weight[c m, 0, h, w] = kernel[h, w, c, m], of 3 x 2 x 2 x 3 */
    for (size_t c = 0; c < 2; c++)
        for (size_t k = 0; k < 3; k++)
            for (size_t h = 0; h < 3; h++)
                for (size_t w = 0; w < 2; w++) ck_assert(*kernel++ == (float)(((h * 2 + w) * 2 + c) * 3 + k));
    drop(&m);
}
END_TEST

static void check_back(made *m, torch_state *state, const char *const *names)
{
    snapshot *back;
    const schema known = model_schema(m->schema);
    ck_ok(snapshot_new(&back));
    ck_ok(torch_read_state(back, state, &known, names, "test"));
    ck_ok(snapshot_check(back, "test"));
    ck_ok(convert_check(m->snapshot, back, PART_WEIGHTS, "test"));
    snapshot_free(back);
}

START_TEST(test_state__comes_back_bit_for_bit)
{
    static const char *const all[] = { MLP, CNN, STRIDED, DEPTHWISE };
    for (size_t i = 0; i < 4; i++) {
        made m = make(all[i], NULL);
        check_back(&m, &m.state, NULL);
        drop(&m);
    }
}
END_TEST

static void rename_tensor(torch_tensor *t, const char *name)
{
    free(t->name);
    ck_assert_ptr_nonnull(t->name = strdup(name));
}

START_TEST(test_state__indices_may_be_others_and_stand_behind_a_prefix)
{
    made m = make(MLP, NULL);
    static const char *const names[] = { "module.net.9.weight", "module.net.9.bias", "module.net.10.weight",
                                         "module.net.10.bias" };
    for (size_t i = 0; i < 4; i++) rename_tensor(&m.state.tensors[i], names[i]);
    check_back(&m, &m.state, NULL);
    drop(&m);
}
END_TEST

START_TEST(test_state__a_module_has_names_of_its_own)
{
    static const char *const names[] = { "# a comment", "", "hidden = features.fc1", "4 = head", NULL };
    made m = make(MLP, names);
    char *listed = print_tensors(&m);
    ck_assert_str_eq(listed, "features.fc1.weight 5 8\nfeatures.fc1.bias 5\nhead.weight 3 5\nhead.bias 3\n");
    free(listed);
    ck_assert_str_eq(m.state.versions[2].module, "features");
    check_back(&m, &m.state, names);
    snapshot *back;
    const schema known = model_schema(m.schema);
    ck_ok(snapshot_new(&back));
    ck_fails(torch_read_state(back, &m.state, &known, NULL, "file"), HORN_ERROR_SHAPE,
             "file: holds no tensor '1.weight' for layer 'hidden'");
    snapshot_free(back);
    drop(&m);
}
END_TEST

START_TEST(test_state__lines_of_names_are_refused)
{
    static const struct {
        const char *line, *says;
    } bad[] = { { "hidden", "is not LAYER = NAME" },
                { "# x = y", NULL },
                { "nobody = a", "'nobody' is no layer" },
                { "6 = a", "'6' is no layer" },
                { "hidden = a..b", "is no name" },
                { "hidden = .a", "is no name" },
                { "hidden = ", "is no name" },
                { "hidden = 4", "two modules are called '4'" },
                { "hidden = a b", "is no name" },
                { "hidden # = a", "is not LAYER = NAME" } };
    horn_model *m = model_of(MLP);
    snapshot *s = snapshot_with(m, ALL);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        torch_modules modules = { 0 };
        const char *lines[] = { bad[i].line, NULL };
        if (bad[i].says)
            ck_fails(torch_modules_of(&modules, s, lines, "test"), HORN_ERROR_ARGUMENT, bad[i].says);
        else
            ck_ok(torch_modules_of(&modules, s, lines, "test"));
        torch_modules_free(&modules);
    }
    snapshot_free(s);
    horn_model_free(m);
}
END_TEST

static void check_refused(made *m, horn_status status, const char *says)
{
    snapshot *back;
    const schema known = model_schema(m->schema);
    ck_ok(snapshot_new(&back));
    ck_fails(torch_read_state(back, &m->state, &known, NULL, "file"), status, says);
    snapshot_free(back);
}

START_TEST(test_state__what_does_not_fit_is_refused)
{
    torch_tensor *t;
    made m = make(CNN, NULL);
    m.state.tensors[0].shape[0] = 2, m.state.tensors[0].shape[1] = 3;
    check_refused(&m, HORN_ERROR_SHAPE,
                  "tensor '0.weight' has shape (2, 3, 3, 3) (float32), expected (3, 2, 3, 3)");
    m.state.tensors[0].shape[0] = 3, m.state.tensors[0].shape[1] = 2;
    ((float *)m.state.tensors[7].data)[3] = 2; /* the flat norm has no gamma */
    check_refused(&m, HORN_ERROR_UNSUPPORTED, "'5.weight' is not 1 everywhere");
    ((float *)m.state.tensors[7].data)[3] = 1;
    ck_ok(torch_state_add(&m.state, "8.weight", &(horn_view){ .dtype = HORN_FLOAT32 }, &t));
    check_refused(&m, HORN_ERROR_SHAPE, "holds a tensor '8.weight', which the model has not");
    rename_tensor(&m.state.tensors[m.state.count - 1], "0.weight");
    check_refused(&m, HORN_ERROR_FORMAT, "holds two tensors '0.weight'");
    drop(&m);
}
END_TEST

START_TEST(test_state__without_a_model_each_module_is_a_layer)
{
    made m = make(CNN, NULL);
    snapshot *back;
    torch_state again = { 0 };
    torch_modules none = { 0 };
    ck_ok(snapshot_new(&back));
    ck_ok(torch_read_state(back, &m.state, NULL, NULL, "test"));
    ck_assert(back->by_name && back->torch_layouts && back->layer_count == 4);
    ck_assert_str_eq(back->layers[1].name, "1");
    ck_assert_uint_eq(back->layers[1].tensor_count, 5);
    ck_ok(torch_write_state(&again, &none, back, NULL, "test"));
    ck_assert_uint_eq(again.count, m.state.count);
    for (size_t i = 0; i < again.count; i++) ck_assert_str_eq(again.tensors[i].name, m.state.tensors[i].name);
    torch_state_free(&again);
    snapshot_free(back);
    drop(&m);
}
END_TEST

TEST_MAIN(test_state__modules_count_as_in_a_sequential, test_state__axes_are_ordered_as_in_torch,
          test_state__comes_back_bit_for_bit, test_state__indices_may_be_others_and_stand_behind_a_prefix,
          test_state__a_module_has_names_of_its_own, test_state__lines_of_names_are_refused,
          test_state__what_does_not_fit_is_refused, test_state__without_a_model_each_module_is_a_layer)
