/* How one batch goes through a model: the steps, the arrays between them, and the cut of the work.
 *
 * A step is a layer or an activation. Between steps stand arrays [batch, shape]; a layer that is only a view,
 * or idle in inference, hands its input on, and an activation overwrites its input unless another one wrote
 * that, so that arrays share data.
 *
 * A batch is cut into slices of samples, dealt to at most PLAN_LANES lanes; parameters are cut into
 * PLAN_LANES parts. The cut is a function of the batch size alone, never of threads: that is why bits do not
 * depend on them. */
#ifndef MODEL_PLAN_H
#define MODEL_PLAN_H

#include "model/model.h"

enum { PLAN_LANES = 8 };

typedef struct plan_array {
    shape shape;     /* of one sample */
    size_t count;    /* floats of one sample */
    int data_of;     /* the array whose data it shares; itself where it has its own */
    bool activated;  /* an activation wrote its data, and that one's gradient needs them as they are */
    float *data;     /* [batch, count] */
    float *gradient; /* d(loss)/d(data); NULL in inference, and for the input */
} plan_array;

typedef struct plan_step {
    const layer *layer; /* one of these two */
    const activation *activation;
    int x, y; /* arrays */
} plan_step;

typedef struct plan_sums {
    double loss, metrics[HORN_MAX_METRICS];
} plan_sums;

typedef struct plan_lane {
    lane lane;
    plan_sums sums;
    unsigned char **keep; /* [layers] */
    float **gradients;    /* [layers * LAYER_MAX_PARAMS] */
} plan_lane;

struct plan {
    bool training;
    size_t capacity; /* samples */
    plan_step *steps;
    size_t step_count;
    plan_array *arrays;
    size_t array_count;
    int output;             /* the array that predict and metrics see */
    int loss_input;         /* the array that the loss sees */
    bool loss_takes_logits; /* a last softmax was taken off */
    int32_t *labels;        /* [capacity, positions] */
    float *target_rows;     /* [capacity, output count] */
    unsigned char **keep;   /* [layers]: for the whole batch; NULL where a layer keeps nothing */
    plan_lane lanes[PLAN_LANES];
    float *block; /* all arrays */
    unsigned char *keep_block;
    float *lane_block; /* scratch and lane gradients */
};

HORN_CHECKED horn_status plan_new(plan **out, const horn_model *, bool training, size_t capacity);
void plan_free(plan *);

/* The part of [0, total) that the index-th of `count` gets; cuts fall on multiples of `grain`. */
range plan_part(size_t total, size_t grain, size_t index, size_t count);
/* Samples of one slice, for a batch of n. */
size_t plan_slice(size_t n);

/* Samples [first, first + rows) of an array. */
tensor plan_tensor(const plan_array *, size_t first, size_t rows);
tensor plan_gradient(const plan_array *, size_t first, size_t rows);

#endif
