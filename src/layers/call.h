/* A call: one use of a layer, placed for the shapes of its inputs. It says which work areas the layer wants; a lane hands
 * them to the layer's functions. While they run, layer and call are constant: whatever changes belongs to the lane. */
#ifndef LAYERS_CALL_H
#define LAYERS_CALL_H

#include "layers/layer.h"

struct call {
    const layer *layer;
    /* Its place among the calls of the model: keys its random numbers, and its work areas in a lane. */
    uint32_t number;
    /* Of one sample each. */
    shape *inputs, *outputs;
    size_t input_count, output_count;
    /* Rows of weights[0] that `gradient` can be cut into. */
    size_t gradient_parts;
    /* Bytes of each sample that forward leaves for backward. */
    size_t keep;
    /* Floats that one call of forward, backward or gradient may use. */
    size_t scratch;
    /* Floats that prepare makes, and the parts it can be cut into. */
    size_t prepared, prepare_parts;
    /* Doubles that gather and gather_back add to, each. */
    size_t sums;
    /* The layer's own: class->call_size bytes, zeros before place. */
    void *own;
};

/* The layer is built. */
HORN_CHECKED horn_status call_new(call **out, const layer *, uint32_t number, const shape *inputs,
                                  size_t count);
void call_free(call *);
/* Adds its operations and its activation's to the graph, after the graph's output. */
HORN_CHECKED horn_status call_operate(const call *, graph *);

/* ---- for layers ---- */

void call_ask_keep(call *, size_t bytes_per_sample);
void call_ask_scratch(call *, size_t floats);
void call_ask_prepared(call *, size_t floats, size_t parts);
void call_ask_sums(call *, size_t doubles);

enum {
    /* The engine cuts gradients that go by parts into as many at least. */
    LAYER_LEAST_PARTS = 8,
    /* Rows of weights[0] that stay together there. */
    LAYER_PART_GRAIN = 16
};
/* Rows of the largest part that `gradient` gets. */
size_t layer_part_most(size_t rows);

/* What a slice of the batch has to work with. */
struct lane {
    bool training;
    /* For LAYER_APPLIES_RELU, LAYER_TURNS_RELU. */
    bool relu;
    /* seed; training batches so far; and the slice's first sample in the batch: with a call's number they count random
     * numbers. */
    uint64_t seed, step;
    size_t first;
    /* Private to the lane: by number of the call, of the slice's first sample; scratch; by number of the weight, its sum of
     * the gradient. */
    unsigned char *const *keep;
    float *scratch;
    float *const *gradients;
    /* Of all lanes: by number of the weight, its value; by number of the call, the settled sums of gather, then of gather_back,
     * and what was prepared. */
    const float *const *values;
    double *const *sums;
    float *const *prepared;
};

void *lane_keep(const lane *, const call *);
float *lane_scratch(const lane *, const call *);
/* This lane's sum, shaped as the weight; NULL if it does not train. */
float *lane_gradient(const lane *, const call *, size_t weight);
const float *lane_prepared(const lane *, const call *);
const double *lane_sums(const lane *, const call *);
const double *lane_sums_back(const lane *, const call *);

#endif
