/* How one batch goes through a model: the steps, the arrays between them, and the cut of the work.
 *
 * A step is a layer or an activation. Between steps stand arrays [samples, shape]; a layer that is only a
 * view, or idle in inference, hands its input on, and an activation overwrites its input unless another one
 * wrote that, so that arrays share data.
 *
 * A batch is cut into slices of samples, dealt to at most PLAN_LANES lanes; parameters are cut into
 * PLAN_LANES parts. The cut is a function of shapes and the batch size alone, never of threads: that is why
 * bits do not depend on them. A slice goes through all steps and back while its arrays are in the cache: they
 * belong to the lane, which uses them again for its next slice. Only what is looked at again later stays for
 * the whole batch: what gradients by parts need, and what lies before a layer that couples the batch. */
#ifndef MODEL_PLAN_PLAN_H
#define MODEL_PLAN_PLAN_H

#include "model/model.h"

enum { PLAN_LANES = LAYER_LANES };

typedef struct plan_array {
    shape shape;    /* of one sample */
    size_t count;   /* floats of one sample */
    int data_of;    /* the array whose data it shares; itself where it has its own */
    bool activated; /* an activation wrote its data, and that one's gradient needs them as they are */
    bool data_stays,
        gradient_stays; /* for the whole batch: [batch, count]; else [slice, count] in each lane */
    float *data;        /* the first lane's */
    float *gradient;    /* d(loss)/d(data); NULL in inference, and for the input */
} plan_array;

typedef struct plan_step {
    const call *call; /* one of these two */
    const activation *activation;
    int x, y; /* arrays */
    /* A layer: forward applies the relu behind it, backward turns the one before it; a relu: that is done. */
    bool relu_forward, relu_backward;
} plan_step;

typedef struct plan_sums {
    double loss, metrics[HORN_MAX_METRICS];
} plan_sums;

typedef struct plan_lane {
    lane lane;
    plan_sums sums;
    double penalty;       /* what regularizers make of this part of the parameters */
    unsigned char **keep; /* [calls] */
    float **gradients;    /* [weights], by number */
    double **shares;      /* [calls]: this lane's share of a coupling's sums */
    double *squares;      /* [weights]: of this part of the gradients */
} plan_lane;

struct plan {
    bool training;
    size_t capacity;   /* samples */
    size_t most_slice; /* samples whose arrays the cache holds */
    plan_step *steps;
    size_t step_count;
    size_t *coupled; /* the steps that couple the batch */
    size_t coupled_count;
    plan_array *arrays;
    size_t array_count;
    int output;             /* the array that predict and metrics see */
    int loss_input;         /* the array that the loss sees */
    bool loss_takes_logits; /* a last softmax was taken off */
    int32_t *labels;        /* [capacity, positions] */
    float *target_rows;     /* [capacity, output count] */
    unsigned char **keep;   /* [calls]: for the whole batch; NULL where a layer keeps nothing */
    plan_lane lanes[PLAN_LANES];
    double **sums;    /* [calls]: of couplings, settled */
    float **prepared; /* [calls]: by layers, of their parameters */
    float *block;     /* arrays that stay */
    unsigned char *keep_block;
    float *lane_block;  /* arrays, scratch and gradients of each lane */
    size_t lane_floats; /* from one lane's to the next one's */
    double *sums_block;
    float *prepared_block;
    float *norms; /* [weights]: of the gradients, if they are clipped by them */
    /* [weights]: of each its value, and the gradient of the batch. */
    const float **values;
    float **gradients;
};

HORN_CHECKED horn_status plan_new(plan **out, const horn_model *, bool training, size_t capacity);
void plan_free(plan *);

/* The part of [0, total) that the index-th of `count` gets; cuts fall on multiples of `grain`. */
range plan_part(size_t total, size_t grain, size_t index, size_t count);
/* Samples of one slice, for a batch of n. */
size_t plan_slice(const plan *, size_t n);

/* Samples [first, first + rows) of an array: the slice that the lane is at, or any of an array that stays. */
tensor plan_tensor(const plan *, int array, size_t index, size_t first, size_t rows);
tensor plan_gradient(const plan *, int array, size_t index, size_t first, size_t rows);

#endif
