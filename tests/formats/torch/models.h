/* Models as snapshots with operations, from lists of layers as JSON. */
#ifndef TESTS_TORCH_MODELS_H
#define TESTS_TORCH_MODELS_H

#include "test.h"

#include <stdio.h>
#include <horn/horn.h>
#include "formats/keras/architecture.h"
#include "model/files/snapshot_of_model.h"

#define LAYER(CLASS, ARGUMENTS) ", {\"class_name\": \"" CLASS "\", \"config\": {" ARGUMENTS "}}"
#define MLP                                                                            \
    "null, 4, 2], \"name\": \"x\"}}" LAYER("Flatten", "\"name\": \"flat\"")            \
        LAYER("Dense", "\"name\": \"hidden\", \"units\": 5, \"activation\": \"relu\"") \
            LAYER("Dropout", "\"name\": \"drop\", \"rate\": 0.25")                     \
                LAYER("Dense", "\"name\": \"last\", \"units\": 3, \"activation\": \"softmax\"")
#define CNN                                                                                        \
    "null, 6, 4, 2], \"name\": \"x\"}}" LAYER(                                                     \
        "Conv2D", "\"name\": \"conv\", \"filters\": 3, \"kernel_size\": 3, \"padding\": \"same\"") \
        LAYER("BatchNormalization", "\"name\": \"norm\", \"momentum\": 0.9")                       \
            LAYER("Activation", "\"name\": \"relu\", \"activation\": \"relu\"")                    \
                LAYER("MaxPooling2D", "\"name\": \"pool\"") LAYER("Flatten", "\"name\": \"flat\"") \
                    LAYER("BatchNormalization", "\"name\": \"flat_norm\", \"scale\": false")       \
                        LAYER("Dense", "\"name\": \"last\", \"units\": 2, \"activation\": \"sigmoid\"")
#define STRIDED                                                                                          \
    "null, 6, 6, 2], \"name\": \"x\"}}" LAYER(                                                           \
        "Conv2D",                                                                                        \
        "\"name\": \"conv\", \"filters\": 4, \"kernel_size\": 3, \"strides\": 2, \"padding\": \"same\"") \
        LAYER("Conv2D", "\"name\": \"groups\", \"filters\": 4, \"kernel_size\": [2, 3], \"groups\": 2, " \
                        "\"padding\": \"same\", \"use_bias\": false")                                    \
            LAYER("GlobalAveragePooling2D", "\"name\": \"mean\"")                                        \
                LAYER("Dense", "\"name\": \"last\", \"units\": 2")
#define DEPTHWISE                                                                                      \
    "null, 6, 6, 2], \"name\": \"x\"}}" LAYER(                                                         \
        "DepthwiseConv2D", "\"name\": \"deep\", \"kernel_size\": [3, 2], \"depth_multiplier\": 3")     \
        LAYER("LeakyReLU", "\"name\": \"leaky\", \"alpha\": 0.3")                                      \
            LAYER("Dense", "\"name\": \"point\", \"units\": 4") LAYER("Flatten", "\"name\": \"flat\"") \
                LAYER("Dense", "\"name\": \"last\", \"units\": 2")

static inline horn_model *model_of(const char *layers)
{
    horn_model *m;
    snapshot *s;
    config *c;
    bytes text = { 0 };
    bytes_print(&text,
                "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"sample\", \"layers\": "
                "[{\"class_name\": \"InputLayer\", \"config\": {\"batch_input_shape\": [%s]}}",
                layers);
    ck_ok(config_parse(&c, bytes_text(&text), text.size, "test"));
    ck_ok(snapshot_new(&s));
    ck_ok(keras_architecture_read(s, c, "test"));
    ck_ok(model_from_snapshot(&m, s, &(horn_load_options){ .threads = 1 }, "test"));
    snapshot_free(s);
    config_free(c);
    bytes_free(&text);
    for (size_t i = 0; i < horn_model_weight_count(m); i++) {
        horn_weight w;
        ck_ok(horn_model_get_weight(&w, m, i));
        float *values = (float *)(uintptr_t)w.view.data;
        for (size_t k = 0; k < horn_view_count(&w.view); k++) values[k] = (float)(i * 1000 + k);
    }
    return m;
}

static inline snapshot *snapshot_with(const horn_model *m, unsigned parts)
{
    snapshot *s;
    ck_ok(snapshot_of_model(&s, m, parts));
    return s;
}

#endif
