/* The state of PyTorch's optimizers: read from files of PyTorch, written and read again, refused where it cannot go on. */
#include "formats/torch/models.h"

#include "codecs/zip/file.h"
#include "data/npz.h"
#include "formats/torch_files/checkpoint.h"
#include "formats/torch_files/optimizer.h"
#include "formats/torch_files/torch.h"

#define GOLDEN "tests/golden/torch/"
#define SMALL                                                                      \
    "null, 12], \"name\": \"x\"}}" LAYER("Dense", "\"name\": \"a\", \"units\": 5") \
        LAYER("Dense", "\"name\": \"b\", \"units\": 3")

extern const format torch_format;

static const char *print(const config *value)
{
    static bytes text;
    text.size = 0;
    ck_ok(config_print(value, false, &text));
    return bytes_text(&text);
}

/* ---- files of PyTorch ---- */

static snapshot *read_golden(const char *name, const char *settings)
{
    char path[100];
    bytes content = { 0 };
    snapshot *s, *target;
    horn_model *m = model_of(SMALL);
    snprintf(path, sizeof path, GOLDEN "%s.pth", name);
    ck_ok(file_read(&content, path, 0));
    const source from = { .path = path, .data = content.data, .size = content.size };
    ck_ok(snapshot_without_values(&target, m));
    if (settings) ck_ok(config_parse(&target->optimizer, settings, strlen(settings), "test"));
    const schema known = model_schema(target);
    ck_ok(snapshot_new(&s));
    ck_ok(format_read(&torch_format, s, &from, NULL, &known));
    snapshot_free(target);
    horn_model_free(m);
    bytes_free(&content);
    return s;
}

/* Tensor `index` of a slot against the parameter of PyTorch, whose kernels are transposed, times a factor. */
static void check_slot(const char *name, const snapshot_slot *slot, size_t index, const char *key,
                       double factor)
{
    char path[100], member[100];
    bytes content = { 0 };
    zip_file *zip;
    npy_array a;
    const snapshot_tensor *t = &slot->tensors[index];
    snprintf(path, sizeof path, GOLDEN "%s.npz", name);
    ck_ok(file_read(&content, path, 0));
    ck_ok(zip_file_open(&zip, content.data, content.size, path));
    snprintf(member, sizeof member, "optimizer|state|%zu|%s", index, key);
    ck_ok(npz_read(&a, zip, member, NULL));
    ck_assert_int_eq(a.rank, t->rank);
    const size_t rows = t->shape[0], columns = t->rank == 2 ? t->shape[1] : 1;
    for (size_t i = 0; i < rows * columns; i++) {
        const float found = ((float *)t->data)[i],
                    wanted = (float)((double)((float *)a.data)[i % columns * rows + i / columns] * factor);
        ck_assert_msg(found == wanted, "%s: %s %zu: %g, expected %g", name, slot->name, i, (double)found,
                      (double)wanted);
    }
    npy_array_free(&a);
    zip_file_close(zip);
    bytes_free(&content);
}

static const struct {
    const char *name, *optimizer;
    int64_t iteration;
    struct {
        const char *slot, *key;
        double factor;
    } slots[3];
} goldens[] = {
    { "ckpt_sgd",
      "{\"class_name\": \"SGD\", \"config\": {\"learning_rate\": 0.01, \"momentum\": 0.0, \"nesterov\": "
      "false, "
      "\"update_rule\": \"torch\"}}",
      0,
      { { NULL, NULL, 0 } } },
    { "ckpt_sgdm",
      "{\"class_name\": \"SGD\", \"config\": {\"learning_rate\": 0.01, \"momentum\": 0.9, \"nesterov\": "
      "true, "
      "\"weight_decay\": 0.0001, \"update_rule\": \"torch\"}}",
      1,
      { { "momentum", "momentum_buffer", -0.01 } } },
    { "ckpt_rmsprop",
      "{\"class_name\": \"RMSprop\", \"config\": {\"learning_rate\": 0.001, \"rho\": 0.9, \"momentum\": 0.5, "
      "\"epsilon\": 1e-07, \"centered\": true, \"update_rule\": \"torch\"}}",
      3,
      { { "velocity", "square_avg", 1 },
        { "momentum", "momentum_buffer", 0.001 },
        { "average_gradient", "grad_avg", 1 } } },
    { "t113_rmsprop", NULL, 2, { { "velocity", "square_avg", 1 } } },
    { "ckpt_adam",
      "{\"class_name\": \"Adam\", \"config\": {\"learning_rate\": 0.001, \"beta_1\": 0.9, \"beta_2\": 0.999, "
      "\"epsilon\": 1e-08, \"amsgrad\": false, \"update_rule\": \"torch\"}}",
      3,
      { { "momentum", "exp_avg", 1 }, { "velocity", "exp_avg_sq", 1 } } },
    { "ckpt_amsgrad",
      NULL,
      3,
      { { "momentum", "exp_avg", 1 },
        { "velocity", "exp_avg_sq", 1 },
        { "velocity_hat", "max_exp_avg_sq", 1 } } },
    { "t113_adam", NULL, 2, { { "momentum", "exp_avg", 1 }, { "velocity", "exp_avg_sq", 1 } } },
};

START_TEST(test_optimizer__of_pytorchs_files_is_read)
{
    for (size_t g = 0; g < sizeof goldens / sizeof *goldens; g++) {
        snapshot *s = read_golden(goldens[g].name, NULL);
        ck_assert_msg(s->parts & PART_OPTIMIZER, "%s: %s", goldens[g].name,
                      snapshot_reason(s, PART_OPTIMIZER) ? snapshot_reason(s, PART_OPTIMIZER) : "no state");
        if (goldens[g].optimizer) ck_assert_str_eq(print(s->optimizer), goldens[g].optimizer);
        ck_assert_int_eq(s->iteration, goldens[g].iteration);
        size_t k = 0;
        for (; k < 3 && goldens[g].slots[k].slot; k++) {
            const snapshot_slot *slot = snapshot_find_slot(s, goldens[g].slots[k].slot);
            ck_assert_ptr_nonnull(slot);
            ck_assert_uint_eq(slot->tensor_count, 4);
            for (size_t i = 0; i < 4; i++)
                check_slot(goldens[g].name, slot, i, goldens[g].slots[k].key, goldens[g].slots[k].factor);
        }
        ck_assert_uint_eq(s->slot_count, k);
        snapshot_free(s);
    }
}
END_TEST

/* Before PyTorch 2.7 a file of AdamW is as one of Adam. */
START_TEST(test_optimizer__the_model_tells_adamw)
{
    snapshot *s = read_golden("t113_adam", "{\"class_name\": \"AdamW\", \"config\": {}}");
    ck_assert_str_eq(config_get_string(s->optimizer, "class_name"), "AdamW");
    snapshot_free(s);
    s = read_golden("ckpt_adam", "{\"class_name\": \"AdamW\", \"config\": {}}");
    ck_assert_str_eq(config_get_string(s->optimizer, "class_name"), "Adam");
    snapshot_free(s);
}
END_TEST

/* ---- there and back ---- */

typedef struct written {
    snapshot *snapshot;
    torch_state state;
    torch_modules modules;
    torch_writer *writer;
    torch_blocks blocks;
    pickle_value *optimizer;
} written;

/* Two steps of training on made-up data. */
static snapshot *trained(const char *layers, size_t inputs, horn_optimizer *o)
{
    horn_model *m = model_of(layers);
    float x[4 * 72];
    int32_t y[4] = { 0, 1, 1, 0 };
    horn_view rows = {
        .data = x, .dtype = HORN_FLOAT32, .rank = inputs > 12 ? 4 : 2, .shape = { 4, inputs }
    };
    const horn_view labels = { .data = y, .dtype = HORN_INT32, .rank = 1, .shape = { 4 } };
    if (inputs == 48) memcpy(rows.shape, (size_t[]){ 4, 6, 4, 2 }, 4 * sizeof(size_t));
    if (inputs == 72) memcpy(rows.shape, (size_t[]){ 4, 6, 6, 2 }, 4 * sizeof(size_t));
    for (size_t i = 0; i < 4 * inputs; i++) x[i] = (float)(i * 7 % 11) / 4000;
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = o,
                                    .loss = horn_sparse_categorical_crossentropy(
                                        &(horn_crossentropy_options){ .from_logits = true }) }));
    for (int i = 0; i < 2; i++) ck_ok(horn_model_train_on_batch(NULL, m, &rows, &labels));
    snapshot *s =
        snapshot_with(m, PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE | PART_OPTIMIZER | PART_OPERATIONS);
    horn_model_free(m);
    return s;
}

static written write_state(snapshot *s)
{
    written w = { .snapshot = s };
    ck_ok(torch_write_state(&w.state, &w.modules, s, NULL, "test"));
    ck_ok(torch_writer_new(&w.writer));
    ck_ok(torch_optimizer_write(&w.optimizer, w.writer, &w.blocks, s, &w.state));
    return w;
}

static void drop(written *w)
{
    torch_writer_free(w->writer);
    torch_blocks_free(&w->blocks);
    torch_modules_free(&w->modules);
    torch_state_free(&w->state);
    snapshot_free(w->snapshot);
}

/* Reads an optimizer from the file that has it and the model. */
static horn_status read_state(snapshot **out, written *w, pickle_value *dict)
{
    pickle *p = torch_writer_values(w->writer);
    pickle_value *whole = pickle_dict(p, NULL);
    pieces archive = { 0 };
    torch_file *f;
    torch_state state = { 0 };
    pickle_set(p, whole, pickle_word(p, "model"), torch_writer_state(w->writer, &w->state));
    pickle_set(p, whole, pickle_word(p, "optimizer"), dict);
    ck_ok(torch_writer_finish(&archive, w->writer, whole, "m.pth"));
    const source from = { .path = "m.pth", .data = archive.own.data, .size = archive.size };
    ck_ok(torch_file_open(&f, &from));
    const torch_checkpoint c = torch_checkpoint_of(f->root);
    const schema known = model_schema(w->snapshot);
    ck_ok(torch_checkpoint_state(&state, f, c.model));
    ck_ok(snapshot_new(out));
    ck_ok(torch_read_state(*out, &state, &known, NULL, "m.pth"));
    const horn_status status = torch_optimizer_read(*out, &state, f, c.optimizer, NULL);
    torch_state_free(&state);
    torch_file_close(f);
    pieces_free(&archive);
    return status;
}

static void check_same(const snapshot *a, const snapshot *b, double tolerance)
{
    ck_assert_uint_eq(a->slot_count, b->slot_count);
    for (size_t k = 0; k < a->slot_count; k++) {
        const snapshot_slot *x = &a->slots[k], *y = snapshot_find_slot(b, x->name);
        ck_assert_ptr_nonnull(y);
        ck_assert_uint_eq(x->tensor_count, y->tensor_count);
        for (size_t i = 0; i < x->tensor_count; i++)
            for (size_t n = 0; n < snapshot_tensor_bytes(&x->tensors[i]) / sizeof(float); n++) {
                const double u = (double)((float *)x->tensors[i].data)[n],
                             v = (double)((float *)y->tensors[i].data)[n];
                ck_assert_msg(fabs(u - v) <= tolerance * fabs(u), "%s %zu %zu: %g, expected %g", x->name, i,
                              n, v, u);
            }
    }
}

static void check_there_and_back(const char *layers, size_t inputs, horn_optimizer *o, double tolerance)
{
    snapshot *again;
    written w = write_state(trained(layers, inputs, o));
    ck_assert_ptr_nonnull(w.optimizer);
    ck_ok(read_state(&again, &w, w.optimizer));
    ck_assert_str_eq(print(config_get(again->optimizer, "class_name")),
                     print(config_get(w.snapshot->optimizer, "class_name")));
    config *x = config_copy(config_get(w.snapshot->optimizer, "config")),
           *y = config_copy(config_get(again->optimizer, "config"));
    config_set_number(x, "learning_rate", 0); /* the shortest of the same float */
    config_set_number(y, "learning_rate", 0);
    ck_assert(config_equal(x, y));
    config_free(x);
    config_free(y);
    check_same(w.snapshot, again, tolerance);
    const bool counts = strcmp(config_get_string(again->optimizer, "class_name"), "SGD") != 0;
    ck_assert_int_eq(again->iteration, counts ? 2 : 1);
    snapshot_free(again);
    drop(&w);
}

START_TEST(test_optimizer__comes_back)
{
    /* Of sums of steps times 1 / lr and back the last bit may be lost. */
    check_there_and_back(SMALL, 12, horn_sgd(&(horn_sgd_options){ .momentum = 0.5, .update_rule = "torch" }),
                         3e-7);
    check_there_and_back(
        CNN, 48,
        horn_sgd(&(horn_sgd_options){
            .momentum = 0.5, .nesterov = true, .weight_decay = 0.25, .update_rule = "torch" }),
        3e-7);
    check_there_and_back(CNN, 48, horn_rmsprop(&(horn_rmsprop_options){ .update_rule = "torch" }), 0);
    check_there_and_back(
        SMALL, 12,
        horn_rmsprop(&(horn_rmsprop_options){ .momentum = 0.5, .centered = true, .update_rule = "torch" }),
        3e-7);
    check_there_and_back(CNN, 48, horn_adam(&(horn_adam_options){ .amsgrad = true, .update_rule = "torch" }),
                         0);
    check_there_and_back(DEPTHWISE, 72, horn_adam(&(horn_adam_options){ .update_rule = "torch" }), 0);
    check_there_and_back(SMALL, 12, horn_adamw(&(horn_adamw_options){ .update_rule = "torch" }), 0);
}
END_TEST

/* Keras' decay of Adam is what PyTorch calls decoupled; other optimizers PyTorch does not have as Keras. */
START_TEST(test_optimizer__of_keras_is_written_as_far_as_pytorch_has_it)
{
    written w = write_state(trained(SMALL, 12, horn_adam(&(horn_adam_options){ .weight_decay = 0.25 })));
    const pickle_value *group = pickle_at(pickle_get(w.optimizer, "param_groups"), 0);
    double rate;
    ck_assert(pickle_get(group, "decoupled_weight_decay")->boolean);
    ck_assert(pickle_is_number(pickle_get(group, "lr"), &rate));
    ck_assert_double_eq(rate, 0.001);
    drop(&w);
    w = write_state(trained(SMALL, 12, horn_lion(NULL)));
    ck_assert_ptr_null(w.optimizer);
    drop(&w);
}
END_TEST

/* ---- what it cannot go on from ---- */

/* A copy of a dict with another value under one key; NULL: without it. */
static pickle_value *changed(pickle *p, const pickle_value *dict, const char *key, pickle_value *value)
{
    pickle_value *copy = pickle_dict(p, NULL);
    for (size_t i = 0; i < pickle_count(dict); i++) {
        const char *own = pickle_string(pickle_key_at(dict, i));
        const bool is_it = own && strcmp(own, key) == 0;
        if (!is_it) pickle_set(p, copy, pickle_key_at(dict, i), pickle_at(dict, i));
        if (is_it && value) pickle_set(p, copy, pickle_key_at(dict, i), value);
    }
    if (value && !pickle_get(copy, key)) pickle_set(p, copy, pickle_word(p, key), value);
    return copy;
}

static pickle_value *list_of(pickle *p, pickle_value *item)
{
    pickle_value *list = pickle_list(p);
    if (item) pickle_append(p, list, item);
    return list;
}

static void check_refused(written *w, pickle_value *dict, const char *words)
{
    snapshot *s;
    ck_fails(read_state(&s, w, dict), HORN_ERROR_UNSUPPORTED, words);
    snapshot_free(s);
}

/* A change of the group's. */
static void check_group_refused(written *w, const char *key, pickle_value *value, const char *words)
{
    pickle *p = torch_writer_values(w->writer);
    pickle_value *group = changed(p, pickle_at(pickle_get(w->optimizer, "param_groups"), 0), key, value);
    check_refused(w, changed(p, w->optimizer, "param_groups", list_of(p, group)), words);
}

/* A change of the first parameter's state. */
static void check_state_refused(written *w, const char *key, pickle_value *value, const char *words)
{
    pickle *p = torch_writer_values(w->writer);
    const pickle_value *states = pickle_get(w->optimizer, "state");
    pickle_value *copy = pickle_dict(p, NULL);
    for (size_t i = 0; i < pickle_count(states); i++)
        pickle_set(p, copy, pickle_key_at(states, i),
                   i ? pickle_at(states, i) : changed(p, pickle_at(states, 0), key, value));
    check_refused(w, changed(p, w->optimizer, "state", copy), words);
}

START_TEST(test_optimizer__refuses_what_it_cannot_go_on_from)
{
    written w = write_state(trained(SMALL, 12, horn_adam(&(horn_adam_options){ .update_rule = "torch" })));
    pickle *p = torch_writer_values(w.writer);
    pickle_value *one = pickle_integer(p, 1), *text = pickle_text(p, "1"), *half = pickle_number(p, 0.5);
    pickle_value *groups = pickle_list(p), *group = pickle_at(pickle_get(w.optimizer, "param_groups"), 0);
    check_refused(&w, pickle_dict(p, NULL), "no state or no param_groups");
    check_refused(&w, changed(p, w.optimizer, "state", one), "no state or no param_groups");
    check_refused(&w, changed(p, w.optimizer, "param_groups", groups), "not one group");
    pickle_append(p, groups, group);
    pickle_append(p, groups, group);
    check_refused(&w, changed(p, w.optimizer, "param_groups", groups), "not one group");
    check_refused(&w, changed(p, w.optimizer, "param_groups", list_of(p, one)), "0 parameters, the model 4");
    check_group_refused(&w, "params", list_of(p, one), "1 parameters, the model 4");
    pickle_value *twice = pickle_list(p);
    for (int i = 0; i < 4; i++) pickle_append(p, twice, one);
    check_group_refused(&w, "params", twice, "not numbered in their order");
    check_group_refused(&w, "amsgrad", NULL, "none of SGD, RMSprop, Adam and AdamW");
    check_group_refused(&w, "lr", text, "lr is no number");
    check_group_refused(&w, "lr", pickle_number(p, -1), "lr is no number");
    check_group_refused(&w, "betas", half, "betas are no two numbers");
    check_group_refused(&w, "eps", text, "eps is no number");
    check_group_refused(&w, "weight_decay", text, "weight_decay is no number");
    check_group_refused(&w, "maximize", pickle_boolean(p, true), "maximize");
    check_state_refused(&w, "step", half, "step is no whole number");
    check_state_refused(&w, "step", one, "different numbers of steps");
    check_state_refused(&w, "step", pickle_number(p, 1e300), "step is no whole number");
    check_state_refused(&w, "exp_avg", NULL, "no exp_avg of parameter 0");
    check_state_refused(&w, "exp_avg", one, "no exp_avg of parameter 0");
    check_state_refused(&w, "exp_avg", pickle_get(pickle_at(pickle_get(w.optimizer, "state"), 1), "exp_avg"),
                        "exp_avg of parameter 0 has not its shape");
    drop(&w);
}
END_TEST

TEST_MAIN(test_optimizer__of_pytorchs_files_is_read, test_optimizer__the_model_tells_adamw,
          test_optimizer__comes_back, test_optimizer__of_keras_is_written_as_far_as_pytorch_has_it,
          test_optimizer__refuses_what_it_cannot_go_on_from)
