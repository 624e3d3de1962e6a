/* A call: one use of a layer on inputs of given shapes. It holds the sizes of the buffers that the layer needs; a lane passes
 * those buffers to the layer's functions. These functions change the lane only: layer and call are constant while they run. */
#ifndef LAYERS_CALL_H
#define LAYERS_CALL_H

#include "layers/layer.h"

/* Most inputs of a call. */
enum { CALL_MOST_INPUTS = 64 };

struct call {
    const layer *layer;
    /* Index among the calls of the model: keys its random numbers and indexes its buffers in a lane. */
    uint32_t number;
    /* Shapes of one sample, without the batch axis. */
    shape *inputs, *outputs;
    size_t input_count, output_count;
    /* Set by the call list (call_list.h). [input_count]: the values that are its inputs; one may be there several times. */
    size_t *values;
    /* Rows of its first input, and of its output, for each sample of the batch: 1, but inside a TimeDistributed the number of time
     * steps; 0: an open axis says it. */
    size_t rows, output_rows;
    /* An input has a mask; the first output has one. */
    bool takes_mask, gives_mask;
    /* Rows of weights[0]; `gradient` can compute any range of them. */
    size_t gradient_parts;
    /* Bytes per row that forward saves for backward. */
    size_t keep;
    /* Floats that one call of forward, backward or gradient may use. */
    size_t scratch;
    /* Floats that prepare writes, and the number of parts it can be cut into. */
    size_t prepared, prepare_parts;
    /* Number of doubles in the sums of gather, and in those of gather_back. */
    size_t sums;
    /* Private data of the class: class->call_size bytes, zero before place. */
    void *own;
};

/* Makes a call of a layer, which must be built already. The caller frees it; it borrows the layer. `masked`: an input has a mask.
 * An InputLayer may be called on nothing: it gives values of the shape inputs[0]. */
HORN_CHECKED horn_status call_new(call **out, const layer *, uint32_t number, const shape *inputs,
                                  size_t count, bool masked);
void call_free(call *);
/* Appends the operations of the layer and of its activation to the graph; x are the values of the call's inputs, *y is its output. */
HORN_CHECKED horn_status call_operate(const call *, graph *, const size_t *x, size_t *y);

/* ---- for layers ---- */

/* Each requests a buffer; place calls them. */
void call_ask_keep(call *, size_t bytes_per_row);
void call_ask_scratch(call *, size_t floats);
void call_ask_prepared(call *, size_t floats, size_t parts);
void call_ask_sums(call *, size_t doubles);

enum {
    /* Least number of parts into which the engine cuts a gradient computed by parts. */
    LAYER_LEAST_PARTS = 8,
    /* Each part begins at a multiple of this many rows of weights[0]. */
    LAYER_PART_GRAIN = 16
};
/* The most rows that `gradient` gets in one part. */
size_t layer_part_most(size_t rows);

/* Buffers and settings for the work on one slice of the batch. */
struct lane {
    bool training;
    /* ReLU is fused into this step: see LAYER_APPLIES_RELU, LAYER_TURNS_RELU. */
    bool relu;
    /* The greatest value of the ReLU that forward applies. */
    float top;
    /* The model's seed, the number of training batches so far, and the index in the batch of the slice's first row. Together
     * with a call's number they select the random numbers (counter-based: tensor/random.h). */
    uint64_t seed, step;
    size_t first;
    /* Private to the lane. keep: by call number, at the slice's first row. gradients: by weight number, the lane's sum. */
    unsigned char *const *keep;
    float *scratch;
    float *const *gradients;
    /* For LAYER_GRADIENT_OF_ROWS, [rows of weights[0]]: `gradient` sets it to 1 for each row that it overwrites; it need not
     * overwrite rows whose gradient is 0. NULL: it overwrites all rows of its part. */
    unsigned char *touched;
    /* Shared by all lanes. values: by weight number. sums and prepared: by call number; the settled sums of gather come first,
     * then those of gather_back. */
    const float *const *values;
    double *const *sums;
    float *const *prepared;
};

void *lane_keep(const lane *, const call *);
float *lane_scratch(const lane *, const call *);
/* The lane's sum of the gradient, in the weight's shape; NULL if the weight does not train. */
float *lane_gradient(const lane *, const call *, size_t weight);
const float *lane_prepared(const lane *, const call *);
const double *lane_sums(const lane *, const call *);
const double *lane_sums_back(const lane *, const call *);

#endif
