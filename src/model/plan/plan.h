/* How one batch goes through a model: the steps, the arrays between them, and their memory.
 *
 * A step is a call of a layer or an activation. Between steps stand arrays [samples, shape]; a layer that is only a view, or
 * idle in inference, hands its input on, and an activation overwrites its input unless another one wrote that, so that arrays
 * share data.
 *
 * A batch is cut into slices of samples, dealt to lanes; weights are cut into parts (cut.h). A slice goes through all steps and
 * back while its arrays are in the cache. They belong to the workspace that does it, of which there are as many as can work at
 * the same time; a lane has sums alone. Only what is looked at again later stays for the whole batch: what gradients by parts
 * need, and what lies before a layer that couples the batch.
 *
 * All memory of a batch lies in the model's arena, which its two plans share: nothing in it outlives a batch. */
#ifndef MODEL_PLAN_PLAN_H
#define MODEL_PLAN_PLAN_H

#include "model/model.h"
#include "model/plan/cut.h"

typedef struct plan_array {
    /* Of one sample; count floats of it. */
    shape shape;
    size_t count;
    /* The array whose data it shares; itself if it has its own. */
    int data_of;
    /* An activation wrote its data, and that one's gradient needs them as they are. */
    bool activated;
    /* For the whole batch: [batch, count]; else [slice, count] in each workspace. */
    bool data_stays, gradient_stays;
    /* The first workspace's. gradient is d(loss)/d(data); NULL in inference, and for the input. */
    float *data, *gradient;
} plan_array;

typedef struct plan_step {
    /* One of these two. */
    const call *call;
    const activation *activation;
    /* Arrays. */
    int x, y;
    /* A layer: forward applies the relu behind it, backward turns the one before it; a relu: that is done. */
    bool relu_forward, relu_backward;
} plan_step;

typedef struct plan_sums {
    double loss, metrics[HORN_MAX_METRICS];
} plan_sums;

typedef struct plan_lane {
    lane lane;
    /* The thread that does it now, and the workspace whose arrays it uses. */
    size_t thread, workspace;
    plan_sums sums;
    /* [calls] */
    unsigned char **keep;
    /* [weights], by number: its sums, shaped as the weight; NULL if none are kept here. */
    float **gradients;
    /* [calls]: its share of a coupling's sums. */
    double **shares;
} plan_lane;

struct plan {
    bool training;
    /* Samples of the largest batch. */
    size_t capacity;
    /* Samples whose arrays the cache holds. */
    size_t most_slice;
    size_t threads, workspaces;
    plan_step *steps;
    size_t step_count;
    /* The steps that couple the batch. */
    size_t *coupled;
    size_t coupled_count;
    plan_array *arrays;
    size_t array_count;
    /* The arrays that predict and metrics see, and that the loss sees. */
    int output, loss_input;
    /* A last softmax was taken off. */
    bool loss_takes_logits;
    plan_lane *lanes;
    size_t lane_count;
    /* Of parts of the weights: [CUT_MOST], what regularizers make of them; [CUT_MOST, weights], the squares of the gradient,
     * summed. */
    double *penalties, *squares;
    /* [threads, weights]: where the piece of a gradient goes that the thread makes now. */
    float **results;
    /* [weights]: of each its value; the norm of its gradient, if gradients are clipped by it; and
     * [groups, shape] room for leaves of it, if it goes by parts and has some. */
    size_t weight_count;
    const float **values;
    float *norms, **leaves;

    /* ---- in the arena, whose block this plan's pointers point into: NULL at first ---- */
    unsigned char *block;
    size_t bytes;
    /* From one workspace's arrays to the next one's. */
    size_t workspace_floats;
    /* [threads, scratch_floats]: what layers ask for, then, from room_at on, room to add up gradients. */
    float *scratch;
    size_t scratch_floats, room_at;
    /* [capacity, positions] and [capacity, output count]; NULL if the loss does not take them. */
    int32_t *labels;
    float *target_rows;
    /* [calls]: for the whole batch, NULL if a layer keeps nothing; of couplings, settled; by layers, of their weights. */
    unsigned char **keep;
    double **sums;
    float **prepared;
};

HORN_CHECKED horn_status plan_new(plan **out, const horn_model *, bool training, size_t capacity);
void plan_free(plan *);
/* Finds the size of its memory (block NULL), or places it in the block. */
HORN_CHECKED horn_status plan_place(plan *, const horn_model *, unsigned char *block);

/* Samples [first, first + rows) of an array: the slice that the workspace is at, or any of an array that stays. */
tensor plan_tensor(const plan *, int array, size_t workspace, size_t first, size_t rows);
tensor plan_gradient(const plan *, int array, size_t workspace, size_t first, size_t rows);

#endif
