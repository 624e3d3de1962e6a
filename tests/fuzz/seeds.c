#include "fuzz/seeds.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <horn/horn.h>
#include "base/files/folder.h"

#define GOLDEN    "tests/golden/"
#define VARIABLES "variables/variables"

/* A file of the case stands at path + suffix. */
typedef struct seed {
    const char *reader, *path;
    struct {
        const char *name, *suffix;
    } files[FUZZ_FILES];
} seed;

#define PREFIX                                              \
    {                                                       \
        { "m.index", ".index" },                            \
        {                                                   \
            "m.data-00000-of-00001", ".data-00000-of-00001" \
        }                                                   \
    }
#define SHARDS                                                                        \
    {                                                                                 \
        { "m.index", ".index" }, { "m.data-00000-of-00003", ".data-00000-of-00003" }, \
            { "m.data-00001-of-00003", ".data-00001-of-00003" },                      \
        {                                                                             \
            "m.data-00002-of-00003", ".data-00002-of-00003"                           \
        }                                                                             \
    }
#define SAVED                                                                                   \
    {                                                                                           \
        { "saved_model.pb", "/saved_model.pb" }, { "keras_metadata.pb", "/keras_metadata.pb" }, \
            { VARIABLES ".index", "/" VARIABLES ".index" },                                     \
        {                                                                                       \
            VARIABLES ".data-00000-of-00001", "/" VARIABLES ".data-00000-of-00001"              \
        }                                                                                       \
    }
#define EXPORT                                                                                   \
    {                                                                                            \
        { "saved_model.pb", "/saved_model.pb" }, { VARIABLES ".index", "/" VARIABLES ".index" }, \
        {                                                                                        \
            VARIABLES ".data-00000-of-00001", "/" VARIABLES ".data-00000-of-00001"               \
        }                                                                                        \
    }
#define META                                                \
    {                                                       \
        { "m.meta", ".meta" }, { "m.index", ".index" },     \
        {                                                   \
            "m.data-00000-of-00001", ".data-00000-of-00001" \
        }                                                   \
    }
#define RUN                                                                             \
    {                                                                                   \
        { "m.index", "m.index" }, { "m.data-00000-of-00001", "m.data-00000-of-00001" }, \
        {                                                                               \
            "checkpoint", "checkpoint"                                                  \
        }                                                                               \
    }

static const seed golden[] = {
    { "frozen-graph", GOLDEN "frozen_graph/operations.pb", { { "m.pb", "" } } },
    { "onnx", GOLDEN "onnx/cnn.onnx", { { "m.onnx", "" } } },
    { "onnx", GOLDEN "onnx/depthwise.onnx", { { "m.onnx", "" } } },
    { "onnx", GOLDEN "onnx/tf2onnx.onnx", { { "m.onnx", "" } } },
    { "json", GOLDEN "keras2.15/D.json", { { "m.json", "" } } },
    { "json", GOLDEN "keras3.15/D.json", { { "m.json", "" } } },
    { "yaml", GOLDEN "yaml/inner.yaml", { { "m.yaml", "" } } },
    { "yaml", GOLDEN "yaml/flow.yaml", { { "m.yaml", "" } } },
    { "yaml", GOLDEN "yaml/names.yaml", { { "m.yaml", "" } } },
    { "torch7", GOLDEN "torch7/model.t7", { { "m.t7", "" } } },
    { "torch7", GOLDEN "torch7/flat.t7", { { "m.t7", "" } } },
    { "deepdish", GOLDEN "deepdish/dd_flat.h5", { { "d.h5", "" } } },
    { "deepdish", GOLDEN "deepdish/dd_odict.h5", { { "d.h5", "" } } },
    { "deepdish", GOLDEN "deepdish/dd_shared.h5", { { "d.h5", "" } } },
    { "deepdish", GOLDEN "deepdish/dd_full_default.h5", { { "d.h5", "" } } },
    { "deepdish", GOLDEN "deepdish/shuffled.h5", { { "d.h5", "" } } },
    { "keras-h5", GOLDEN "keras2.15/Cfresh.h5", { { "m.h5", "" } } },
    { "keras-h5", GOLDEN "keras2.15/Csgd.h5", { { "m.h5", "" } } },
    { "keras-h5", GOLDEN "keras2.15/B.h5", { { "m.h5", "" } } },
    { "keras-h5", GOLDEN "keras2.15/Clegacy_adam.h5", { { "m.h5", "" } } },
    { "keras-h5", GOLDEN "keras3.15/Csgdm.h5", { { "m.h5", "" } } },
    { "keras-h5", GOLDEN "keras2.15/D.h5", { { "m.h5", "" } } },
    { "keras-h5", GOLDEN "keras2.15/A4rms_mom_centered.h5", { { "m.h5", "" } } },
    { "keras-h5", GOLDEN "h5py/numbers.h5", { { "m.h5", "" } } },
    { "keras-h5", GOLDEN "h5py/texts.h5", { { "m.h5", "" } } },
    { "keras-h5", GOLDEN "h5py/old_groups.h5", { { "m.h5", "" } } },
    { "keras-h5", GOLDEN "h5py/user_block.h5", { { "m.h5", "" } } },
    { "keras-h5", GOLDEN "h5py/user_block_latest.h5", { { "m.h5", "" } } },
    { "keras-h5", GOLDEN "h5py/utf8_names.h5", { { "m.h5", "" } } },
    { "keras-h5", GOLDEN "h5py/latest.h5", { { "m.h5", "" } } },
    { "keras-h5", GOLDEN "h5py/layouts.h5", { { "m.h5", "" } } },
    { "keras-h5", GOLDEN "h5py/split.h5", { { "m.h5", "" } } },
    { "keras-h5", GOLDEN "h5py/tracked.h5", { { "m.h5", "" } } },
    { "keras-h5-weights", GOLDEN "keras2.15/Csgdm.legacyw.h5", { { "w.h5", "" } } },
    { "keras-h5-weights", GOLDEN "keras2.15/B.legacyw.h5", { { "w.h5", "" } } },
    { "keras", GOLDEN "keras2.15/Csgdm.keras", { { "m.keras", "" } } },
    { "keras", GOLDEN "keras3.15/B.keras", { { "m.keras", "" } } },
    { "keras", GOLDEN "zip/packed.keras", { { "m.keras", "" } } },
    { "keras-weights-h5", GOLDEN "keras2.15/Csgdm.weights.h5", { { "m.weights.h5", "" } } },
    { "keras-weights-h5", GOLDEN "keras3.15/Csgdm.weights.h5", { { "m.weights.h5", "" } } },
    { "torch", GOLDEN "torch/mlp_sd.pth", { { "m.pth", "" } } },
    { "torch", GOLDEN "torch/cnn_sd.pth", { { "m.pth", "" } } },
    { "torch", GOLDEN "torch/ckpt_adam.pth", { { "m.pth", "" } } },
    { "torch", GOLDEN "torch/ckpt_misc.pth", { { "m.pth", "" } } },
    { "torch", GOLDEN "torch/t113_rmsprop.pth", { { "m.pth", "" } } },
    { "torch", GOLDEN "torch/weird.pth", { { "m.pth", "" } } },
    { "torch", GOLDEN "torch/weird_legacy.pth", { { "m.pth", "" } } },
    { "torch", GOLDEN "torch/mlp_sd_legacy.pkl", { { "m.pth", "" } } },
    { "torch", GOLDEN "torch/py2_style_legacy.pth", { { "m.pth", "" } } },
    { "tf-weights", GOLDEN "tf2.15/adam", PREFIX },
    { "tf-weights", GOLDEN "tf2.15/zoo", PREFIX },
    { "tf-weights", GOLDEN "tf2.15/legacy_rmsprop", PREFIX },
    { "tf-weights", GOLDEN "tf2.15/legacy_adam", PREFIX },
    { "tf-weights", GOLDEN "tf2.15/amsgrad", PREFIX },
    { "tf-weights", GOLDEN "tf2.15/alone_norm", PREFIX },
    { "tf-weights", GOLDEN "tf2.15/adam_shards", SHARDS },
    { "tf-weights", GOLDEN "tf2.21/adam", PREFIX },
    { "tf-weights", GOLDEN "saver2.15/adam", PREFIX },
    { "tf-weights", GOLDEN "saver2.15/momentum", PREFIX },
    { "tf-weights", GOLDEN "saver2.15/rmsprop_all", PREFIX },
    { "tf-weights", GOLDEN "saver2.15/new_adam", PREFIX },
    { "tf-weights", GOLDEN "saver2.15/keras_amsgrad", PREFIX },
    { "tf-weights", GOLDEN "saver2.15/partitioned", PREFIX },
    { "tf-weights", GOLDEN "saver2.15/slices", PREFIX },
    { "tf-run", GOLDEN "tf2.15/managed.state", { { "checkpoint", "" } } },
    { "saved-model", GOLDEN "saved_model/keras2.15", SAVED },
    { "safetensors", GOLDEN "safetensors/plain.safetensors", { { "m.safetensors", "" } } },
    { "safetensors", GOLDEN "safetensors/small.safetensors", { { "m.safetensors", "" } } },
    { "saved-model", GOLDEN "plain_graphs/simple", EXPORT },
    { "saved-model", GOLDEN "plain_graphs/module", EXPORT },
    { "saved-model", GOLDEN "plain_graphs/export", EXPORT },
    { "saved-model", GOLDEN "plain_graphs/unsigned", EXPORT },
    { "meta-graph", GOLDEN "plain_graphs/trained", META },
    { "frozen-graph", GOLDEN "plain_graphs/trained.pb", { { "m.pb", "" } } },
    { "npy", GOLDEN "numpy/float32.npy", { { "x.npy", "" } } },
    { "npy", GOLDEN "numpy/be_f_int32.npy", { { "x.npy", "" } } },
    { "npy", GOLDEN "numpy/v2_float32.npy", { { "x.npy", "" } } },
    { "npy", GOLDEN "numpy/refused_struct.npy", { { "x.npy", "" } } },
    { "npz-data", GOLDEN "numpy/packed.npz", { { "x.npz", "" } } },
    { "npz-data", GOLDEN "numpy/stored.npz", { { "x.npz", "" } } },
    { "npz-data", GOLDEN "zip/stream64.zip", { { "x.npz", "" } } },
    { "npz-data", GOLDEN "zip/zip64.zip", { { "x.npz", "" } } },
    { "npz-data", GOLDEN "numpy/one_hot.npz", { { "x.npz", "" } } },
};

/* As Horn writes them, in the folder. */
static const seed made[] = { { "frozen-graph", "m.pb", { { "m.pb", "" } } },
                             { "onnx", "m.onnx", { { "m.onnx", "" } } },
                             { "onnx", "i.onnx", { { "m.onnx", "" } } },
                             { "onnx", "r.onnx", { { "m.onnx", "" } } },
                             { "onnx", "v.onnx", { { "m.onnx", "" } } },
                             { "frozen-graph", "v.pb", { { "m.pb", "" } } },
                             { "tflite", "v.tflite", { { "m.tflite", "" } } },
                             { "tflite", "m.tflite", { { "m.tflite", "" } } },
                             { "tflite", "i.tflite", { { "m.tflite", "" } } },
                             { "json", "m.json", { { "m.json", "" } } },
                             { "yaml", "m.yaml", { { "m.yaml", "" } } },
                             { "keras-h5", "m.h5", { { "m.h5", "" } } },
                             { "keras-h5", "m3.h5", { { "m.h5", "" } } },
                             { "keras-h5-weights", "w.h5", { { "w.h5", "" } } },
                             { "keras", "m.keras", { { "m.keras", "" } } },
                             { "keras", "both.keras", { { "m.keras", "" } } },
                             { "keras-weights-h5", "m.weights.h5", { { "m.weights.h5", "" } } },
                             { "torch", "m.pth", { { "m.pth", "" } } },
                             { "torch", "w.pth", { { "m.pth", "" } } },
                             { "tf-weights", "m", PREFIX },
                             { "tf-weights", "m3", PREFIX },
                             { "tf-run", "", RUN },
                             { "saved-model", "saved", SAVED },
                             { "safetensors", "m.safetensors", { { "m.safetensors", "" } } },
                             { "npz", "w.npz", { { "w.npz", "" } } },
                             { "safetensors", "i.safetensors", { { "m.safetensors", "" } } },
                             { "frozen-graph", "i.pb", { { "m.pb", "" } } },
                             { "json", "i.json", { { "m.json", "" } } },
                             { "keras-h5", "i.h5", { { "m.h5", "" } } },
                             { "keras", "i.keras", { { "m.keras", "" } } },
                             { "saved-model", "images", SAVED },
                             { "onnx", "b.onnx", { { "m.onnx", "" } } },
                             { "tflite", "b.tflite", { { "m.tflite", "" } } },
                             { "frozen-graph", "b.pb", { { "m.pb", "" } } },
                             { "json", "b.json", { { "m.json", "" } } },
                             { "keras-h5", "b.h5", { { "m.h5", "" } } },
                             { "keras", "b.keras", { { "m.keras", "" } } },
                             { "saved-model", "branches", SAVED } };

static void need(bool holds, const char *what)
{
    if (holds) return;
    fprintf(stderr, "seeds: %s: %s\n", what, horn_last_error());
    abort();
}

static void give(const seed *from, const char *folder,
                 void (*each)(void *context, const char *name, const bytes *packed), void *context)
{
    fuzz_case c = { 0 };
    bytes packed = { 0 };
    char path[300], name[100];
    for (; c.count < FUZZ_FILES && from->files[c.count].name; c.count++) {
        snprintf(path, sizeof path, "%s%s%s", folder, from->path, from->files[c.count].suffix);
        c.files[c.count].name = fuzz_file_name(from->files[c.count].name);
        need(!file_read(&c.files[c.count].content, path, 0), path);
    }
    fuzz_pack(&packed, &c);
    snprintf(name, sizeof name, "%s%s", *folder ? "horn-" : "", from->path);
    for (char *slash; (slash = strchr(name, '/'));) *slash = '-';
    each(context, name, &packed);
    bytes_free(&packed);
    fuzz_case_free(&c);
}

static void add(horn_model *m, horn_layer *layer)
{
    need(!horn_model_add(m, layer), "a layer");
}

static void add_dense_layers(horn_model *m)
{
    add(m, horn_dense(&(horn_dense_options){ .units = 2, .activation = "relu", .input_shape = { 3 } }));
    add(m, horn_batch_normalization(NULL));
    add(m, horn_dropout(&(horn_dropout_options){ .rate = 0.5 }));
}

static void add_image_layers(horn_model *m)
{
    add(m, horn_reshape(&(horn_reshape_options){ .target_shape = { 6, 6, 1 }, .input_shape = { 36 } }));
    add(m, horn_zero_padding2d(NULL));
    add(m,
        horn_conv2d(&(horn_conv2d_options){ .filters = 2, .kernel_size = { 3, 3 }, .activation = "relu" }));
    add(m, horn_depthwise_conv2d(&(horn_depthwise_conv2d_options){
               .kernel_size = { 2, 2 }, .depth_multiplier = 2, .padding = "same" }));
    add(m, horn_leaky_relu(NULL));
    add(m, horn_max_pooling2d(NULL));
    add(m, horn_average_pooling2d(&(horn_pooling2d_options){ .pool_size = { 2, 2 }, .strides = { 1, 1 } }));
    add(m, horn_global_average_pooling2d(NULL));
}

static void add_recurrent_layers(horn_model *m)
{
    add(m,
        horn_embedding(&(horn_embedding_options){ .input_shape = { 4 }, .input_dim = 5, .output_dim = 2 }));
    add(m, horn_lstm(&(horn_recurrent_options){ .units = 2, .return_sequences = true }));
    add(m, horn_simple_rnn(
               &(horn_recurrent_options){ .units = 2, .return_sequences = true, .go_backwards = true }));
    add(m, horn_gru(&(horn_recurrent_options){ .units = 2, .no_reset_after = true }));
}

static void add_reshape(horn_model *m, size_t a, size_t b, size_t c, size_t d)
{
    add(m, horn_reshape(&(horn_reshape_options){ .target_shape = { a, b, c, d } }));
}

/* Layers of sequences, images and volumes. */
static void add_various_layers(horn_model *m)
{
    add(m, horn_rescaling(&(horn_rescaling_options){ .input_shape = { 24 }, .scale = 0.5, .offset = 1 }));
    add_reshape(m, 4, 6, 0, 0);
    add(m, horn_layer_normalization(NULL));
    add(m, horn_group_normalization(&(horn_group_normalization_options){ .groups = 2 }));
    add(m, horn_unit_normalization(NULL));
    add(m, horn_normalization(NULL));
    add(m, horn_batch_normalization(&(horn_batch_normalization_options){ .axis = { 1 } }));
    add(m, horn_permute(&(horn_permute_options){ .dims = { 2, 1 } }));
    add(m, horn_prelu(NULL));
    add(m, horn_elu(&(horn_elu_options){ .alpha = 0.5 }));
    add(m, horn_cropping1d(&(horn_cropping1d_options){ .cropping = { 1, 1 } }));
    add(m, horn_up_sampling1d(&(horn_up_sampling1d_options){ .size = 2 }));
    add_reshape(m, 4, 4, 2, 0);
    add(m, horn_conv2d_transpose(
               &(horn_conv2d_transpose_options){ .filters = 2, .kernel_size = { 3, 3 }, .padding = "same" }));
    add(m,
        horn_up_sampling2d(&(horn_up_sampling2d_options){ .size = { 1, 2 }, .interpolation = "bilinear" }));
    add_reshape(m, 2, 4, 4, 2);
    add(m, horn_conv3d(&(horn_conv3d_options){ .filters = 2, .kernel_size = { 2, 2, 2 } }));
    add(m, horn_max_pooling3d(&(horn_pooling3d_options){ .pool_size = { 1, 2, 2 }, .strides = { 1, 1, 1 } }));
    add(m, horn_global_average_pooling3d(NULL));
    add(m, horn_repeat_vector(&(horn_repeat_vector_options){ .n = 2 }));
}

static size_t call(horn_model *m, horn_layer *l, size_t a, size_t b)
{
    size_t value = 0;
    need(!horn_model_call(&value, m, l, (size_t[]){ a, b }, a == b ? 1 : 2), "a call");
    return value;
}

/* A block around which its input goes, branches that are joined, and a layer that is called twice. */
static void add_branches(horn_model *m)
{
    add(m, horn_input(&(horn_input_options){ .name = "in", .input_shape = { 4, 4, 2 } }));
    horn_layer *both = horn_conv2d(&(horn_conv2d_options){
        .filters = 2, .kernel_size = { 3, 3 }, .padding = "same", .activation = "relu" });
    const size_t a = call(m, both, 0, 0), twice = call(m, both, a, a),
                 b = call(m, horn_batch_normalization(NULL), twice, twice), c = call(m, horn_add(NULL), b, a),
                 d = call(m, horn_concatenate(NULL), c, 0),
                 e = call(m, horn_global_average_pooling2d(NULL), d, d);
    (void)call(m, horn_dense(&(horn_dense_options){ .units = 2, .activation = "softmax" }), e, e);
}

static horn_model *untrained_model(void (*layers)(horn_model *))
{
    horn_model *m = NULL;
    need(!horn_sequential_new(&m, &(horn_sequential_options){ .seed = 3, .threads = 1 }), "a model");
    layers(m);
    return m;
}

/* Trained for an epoch, so that it has an optimizer's state and the progress of a run. */
static horn_model *trained_model(bool of_images)
{
    static const float x[72] = { 1, 2, 3, -1, 0, 1 }, y[4] = { 1, 0, 0, 1 };
    const horn_view samples = { .data = x, .rank = 2, .shape = { 2, of_images ? 36 : 3 } },
                    targets_of = { .data = y, .rank = 2, .shape = { 2, 2 } };
    horn_model *m = NULL;
    need(!horn_sequential_new(&m, &(horn_sequential_options){ .seed = 3, .threads = 1 }), "a model");
    (of_images ? add_image_layers : add_dense_layers)(m);
    add(m, horn_dense(&(horn_dense_options){ .units = 2, .activation = "softmax" }));
    need(!horn_model_compile(
             m, &(horn_compile_options){ .optimizer = horn_sgd(&(horn_sgd_options){ .momentum = 0.9 }),
                                         .loss = horn_categorical_crossentropy(NULL),
                                         .metrics = { horn_metric_by_name("accuracy") } }),
         "compile settings");
    need(!horn_model_fit(NULL, m, &samples, &targets_of, NULL), "an epoch");
    return m;
}

static void save(horn_model *m, const char *folder, const char *name, const horn_save_options *o)
{
    char path[300];
    const bool weights = name[0] == 'w' || strcmp(name, "m.weights.h5") == 0;
    snprintf(path, sizeof path, "%s%s", folder, name);
    need(!(weights ? horn_model_save_weights : horn_model_save)(m, path, o), path);
}

static void make(const char *folder)
{
    static const struct {
        const char *name, *dialect;
        bool progress;
    } files[] = { { "m.onnx", NULL, false },       { "m.tflite", NULL, false },
                  { "m.pb", NULL, false },         { "m.json", NULL, false },
                  { "m.yaml", NULL, false },       { "m.h5", NULL, true },
                  { "m3.h5", "keras3", false },    { "w.h5", NULL, false },
                  { "m.keras", NULL, true },       { "both.keras", "both", false },
                  { "m.weights.h5", NULL, false }, { "m.safetensors", NULL, false },
                  { "m3", "keras3", false },       { "m", NULL, true },
                  { "m.pth", NULL, true },         { "w.pth", NULL, false },
                  { "saved/", NULL, true },        { "w.npz", NULL, false } };
    static const char *const images[] = { "i.onnx", "i.tflite", "i.pb",          "i.json",
                                          "i.h5",   "i.keras",  "i.safetensors", "images/" };
    static const char *const branches[] = { "b.onnx", "b.tflite", "b.pb",     "b.json",
                                            "b.h5",   "b.keras",  "branches/" };
    horn_model *m = trained_model(false);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        save(m, folder, files[i].name,
             &(horn_save_options){ .dialect = files[i].dialect, .progress = files[i].progress });
    horn_model_free(m);
    m = trained_model(true);
    for (size_t i = 0; i < sizeof images / sizeof *images; i++)
        save(m, folder, images[i], &(horn_save_options){ .no_optimizer = true });
    horn_model_free(m);
    m = untrained_model(add_recurrent_layers);
    save(m, folder, "r.onnx", NULL);
    horn_model_free(m);
    m = untrained_model(add_various_layers);
    save(m, folder, "v.onnx", NULL);
    save(m, folder, "v.pb", NULL);
    save(m, folder, "v.tflite", NULL);
    horn_model_free(m);
    m = untrained_model(add_branches);
    for (size_t i = 0; i < sizeof branches / sizeof *branches; i++) save(m, folder, branches[i], NULL);
    horn_model_free(m);
}

void fuzz_seeds(const fuzz_reader *reader, void (*each)(void *context, const char *name, const bytes *packed),
                void *context)
{
    char folder[260];
    fuzz_folder(folder);
    strcat(folder, "/");
    make(folder);
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++)
        if (strcmp(golden[i].reader, reader->name) == 0) give(&golden[i], "", each, context);
    for (size_t i = 0; i < sizeof made / sizeof *made; i++)
        if (strcmp(made[i].reader, reader->name) == 0) give(&made[i], folder, each, context);
    fuzz_data_seeds(reader, each, context);
    folder[strlen(folder) - 1] = 0;
    folder_remove_tree(AT_FDCWD, folder);
}
