/* Models that go from format to format: their layers behind an input of 4 numbers, and their optimizers. */
#ifndef TESTS_CONFORMANCE_FORMAT_MODELS_H
#define TESTS_CONFORMANCE_FORMAT_MODELS_H

#include <horn/horn.h>
#include "base/bytes.h"
#include "conformance/sample.h"

enum { INPUTS = 4 };

static inline void print_layer(bytes *out, const char *class_name, const char *arguments)
{
    bytes_print(out, ", {\"class_name\": \"%s\", \"config\": {%s}}", class_name, arguments);
}

/* A Dense and a Reshape that give a layer its input. */
static inline void print_input(bytes *out, size_t number, const shape *input)
{
    bytes axes = { 0 };
    char text[100];
    snprintf(text, sizeof text, "\"name\": \"fit_%zu\", \"units\": %zu, \"use_bias\": false", number,
             shape_count(input));
    print_layer(out, "Dense", text);
    bytes_print(&axes, "\"name\": \"shape_%zu\", \"target_shape\": [", number);
    for (int i = 0; i < input->rank; i++) bytes_print(&axes, "%s%zu", i ? ", " : "", input->dim[i]);
    bytes_print(&axes, "]");
    print_layer(out, "Reshape", bytes_text(&axes));
    bytes_free(&axes);
}

/* All samples of layers that graph formats can hold, one behind the other, but for the input, of which a model has one. */
/* PyTorch's formats hold no layers of sequences, nor these. */
static inline bool is_of_sequences(const char *class_name)
{
    static const char *const others[] = { "ELU",
                                          "Embedding",
                                          "Permute",
                                          "RepeatVector",
                                          "Rescaling",
                                          "PReLU",
                                          "LayerNormalization",
                                          "GroupNormalization",
                                          "UnitNormalization",
                                          "Normalization",
                                          "UpSampling2D",
                                          "Cropping2D",
                                          "Conv2DTranspose" };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(class_name, others[i]) == 0) return true;
    return strstr(class_name, "1D") || strstr(class_name, "3D");
}

/* Not all formats of graphs hold them. */
static inline bool is_of_few(const sample_file *s)
{
    return (strstr(s->name, "3D") && strstr(s->config, "\"groups\": 2")) ||
           strstr(s->config, "recurrent_kernel") || strstr(s->config, "recurrent_initializer");
}

/* Graphs hold them as two layers. */
static inline bool comes_back_as_two(const sample_file *s)
{
    return strncmp(s->name, "Separable", 9) == 0 || strstr(s->config, "\"causal\"");
}

/* Layers that merge several values are in no chain. */
static inline bool merges(const sample_file *s)
{
    return layer_class_by_name(s->name)->most_inputs > 1;
}

/* The samples that say their operations, of sequences or of others, of one layer or of two in graphs. */
static inline void print_samples_of(bytes *out, bool of_sequences, bool of_two)
{
    const sample_set *all = samples_of("layers");
    for (size_t i = 0; i < all->count; i++) {
        bytes arguments = { 0 };
        if (strcmp(all->at[i].name, "InputLayer") == 0 ||
            !says_operations(layer_class_by_name(all->at[i].name)) || merges(&all->at[i]) ||
            is_of_few(&all->at[i]) || is_of_sequences(all->at[i].name) != of_sequences ||
            comes_back_as_two(&all->at[i]) != of_two)
            continue;
        print_input(out, i, &all->at[i].input);
        bytes_print(&arguments, "\"name\": \"sample_%zu%s", i, strchr(all->at[i].config, ',') - 1);
        arguments.data[--arguments.size] = 0; /* the brace */
        print_layer(out, all->at[i].name, bytes_text(&arguments));
        bytes_print(out, ", {\"class_name\": \"Flatten\", \"config\": {\"name\": \"flat_%zu\"}}", i);
        bytes_free(&arguments);
    }
}

static inline void print_mlp(bytes *out)
{
    print_layer(out, "Dense", "\"name\": \"hidden\", \"units\": 5, \"activation\": \"relu\"");
    print_layer(out, "Dropout", "\"name\": \"dropout\", \"rate\": 0.25");
}

static inline void print_cnn(bytes *out)
{
    print_layer(out, "Reshape", "\"name\": \"image\", \"target_shape\": [2, 2, 1]");
    print_layer(out, "Conv2D",
                "\"name\": \"conv\", \"filters\": 3, \"kernel_size\": [2, 2], \"padding\": \"same\", "
                "\"use_bias\": false");
    print_layer(out, "BatchNormalization", "\"name\": \"norm\"");
    print_layer(out, "Activation", "\"name\": \"relu\", \"activation\": \"relu\"");
    print_layer(out, "MaxPooling2D", "\"name\": \"pool\", \"pool_size\": [2, 2]");
    print_layer(out, "Flatten", "\"name\": \"flat\"");
}

static inline void print_custom(bytes *out)
{
    print_layer(out, "Dense", "\"name\": \"hidden\", \"units\": 5");
    print_layer(out, "demo>Mix", "\"name\": \"mix\", \"gain\": 1.5");
    print_layer(out, "Custom>Swish1", "\"name\": \"swish\"");
}

static inline horn_optimizer *one_slot(void)
{
    return horn_sgd(&(horn_sgd_options){ .learning_rate = 0.01, .momentum = 0.9 });
}

static inline horn_optimizer *two_slots(void)
{
    return horn_adam(NULL);
}

static inline horn_optimizer *three_slots(void)
{
    return horn_rmsprop(&(horn_rmsprop_options){ .learning_rate = 0.001, .momentum = 0.5, .centered = true });
}

static inline horn_optimizer *own(void)
{
    return horn_custom_optimizer("demo>Heavy", NULL);
}

static inline void print_samples(bytes *out)
{
    print_samples_of(out, false, false);
}

static inline void print_sequences(bytes *out)
{
    print_samples_of(out, true, false);
}

static inline void print_split(bytes *out)
{
    print_samples_of(out, true, true);
    print_samples_of(out, false, true);
}

typedef struct model_sample {
    const char *name;
    void (*print)(bytes *out);
    horn_optimizer *(*optimizer)(void); /* NULL: it is not compiled */
    bool goes_back;                     /* from the second format into the first again */
} model_sample;

#endif
