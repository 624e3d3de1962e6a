/* Execution plan of one batch: the steps, the arrays between them, and their memory. It is made for one shape of samples.
 *
 * A step is a call of a layer or an activation. Its input and output are arrays [samples, shape]. Arrays share data: the output
 * of a layer that is a view, or idle in inference, is its input, and an activation works in place unless its input is read
 * later, or by others, or an activation wrote it.
 *
 * Several steps may read an array. Its gradient is the sum of theirs and of the loss': backward runs the steps in reverse, the
 * first that has a gradient for the array overwrites, the others add.
 *
 * A batch is cut into slices of samples, which are assigned to lanes; weights are cut into parts (cut.h). A slice runs forward
 * and backward through all steps while its arrays are in the cache. These arrays belong to a workspace; there are as many
 * workspaces as slices that run at the same time. A lane has sums only. Arrays that are read again later hold the whole batch:
 * those that gradients by parts need, and those before a layer that couples the batch. Arrays that are never in use at the same time
 * share memory, and backward computes again what is cheap (lifetimes.h).
 *
 * All memory of a batch is in the model's arena, which its two plans share: nothing in it outlives a batch. */
#ifndef MODEL_PLAN_PLAN_H
#define MODEL_PLAN_PLAN_H

#include "model/model.h"
#include "model/plan/cut.h"

typedef struct plan_array {
    /* Of one row; rows of a sample; floats of a sample. */
    shape shape;
    size_t rows, count;
    /* Index of the array whose data it shares; its own index if it shares none. */
    int data_of;
    /* An activation wrote its data, and the activation's gradient reads them: they must not change. */
    bool activated;
    /* The gradient of the layer that wrote its data reads them: a sum must not be written over them. */
    bool is_read_back;
    /* Index among the plan's masks; -1: none. */
    int mask;
    /* Index of the array that has the same values, because only views are between them; its own index if there is none. Its
     * `activity` is the sum of the activity regularizers of the layers that give it. */
    int values_of;
    regularizer activity;
    /* It is one of the model's inputs: nobody needs its gradient. */
    bool is_input;
    /* Of an array that shares none. Several steps read the data, or it is the model's output too: they must not change. Backward has
     * begun its gradient. */
    bool branches, begun;
    /* It holds the whole batch, [batch, count]; else [slice, count] in each workspace. */
    bool data_stays, gradient_stays;
    /* Its data are in the workspace in forward, and once more in backward, which computes them again. */
    bool again;
    /* Something uses them; where they are: bytes from the start of the arrays that stay, or of a workspace. */
    bool has_data, has_gradient;
    size_t data_at, gradient_at;
    /* Of the first workspace. gradient is d(loss)/d(data); NULL in inference, and for the input. */
    float *data, *gradient;
} plan_array;

typedef struct plan_mask {
    /* Bytes of one sample. */
    size_t positions;
    /* [batch, positions]; in the arena. */
    unsigned char *data;
} plan_mask;

typedef struct plan_input {
    int array;
    /* Backward adds to the array's gradient, which a later step, or the loss, has begun; else it overwrites it. */
    bool adds;
} plan_input;

typedef struct plan_step {
    /* One is set, the other is NULL. */
    const call *call;
    const activation *activation;
    /* Indices of the first input's array and of the output's. */
    int x, y;
    /* [input_count]: in the plan's `inputs`. */
    plan_input *inputs;
    size_t input_count;
    /* The loss depends on its output, and it changes the gradient. */
    bool runs_backward;
    /* Fusion. Of a layer: forward also applies the next step's ReLU; backward also applies the gradient of the ReLU before it.
     * Of a ReLU: another step does its forward, its backward. */
    bool relu_forward, relu_backward;
    /* The greatest value of the ReLU that forward applies. */
    float top;
    /* The pass of backward through it begins with its forward. */
    bool again;
} plan_step;

/* Of the first weight of a layer: the layer's first call, which stands for the layer, its step, and the number of its calls. */
typedef struct plan_use {
    const call *first;
    size_t step, calls;
    /* The fewest samples of `slices` for one of the calls. */
    size_t slice;
} plan_use;

/* Of one output. */
typedef struct head_sums {
    double loss;
    /* Number of outputs that were compared: samples, times their positions; and of those that no mask takes out. */
    double rows, valid;
    /* Only if there is a mask: what the rows add to the divisor of the loss' mean, all and those that no mask takes out. */
    double share, valid_share;
} head_sums;

typedef struct plan_sums {
    /* Of all outputs, with their weights and the penalties, times `rows`: those of the only output, of several the samples. */
    double loss, rows;
    /* The penalty of activities. */
    double activity;
    /* [heads] */
    head_sums *heads;
    /* [metric_states]: the metrics' states, one after the other. */
    double *metrics;
} plan_sums;

/* One of the model's outputs. */
typedef struct plan_head {
    /* Arrays that predict and metrics read, and that the loss reads. */
    int output, loss_input;
    /* The loss reads the input of the output's softmax or sigmoid. */
    bool takes_logits;
    /* It begins the gradient of the array that the loss reads; it adds to the gradient that a head before it began. */
    bool begins, adds;
    /* [capacity, positions] and [capacity, output count]; NULL if the targets are of the other kind, or nobody compares any. */
    int32_t *labels;
    float *target_rows;
    /* [capacity, positions]: row_weights.h. */
    float *weights, *loss_weights;
} plan_head;

typedef struct plan_lane {
    lane lane;
    /* The thread that works on it now, and the workspace whose arrays it uses. */
    size_t thread, workspace;
    plan_sums sums;
    /* [calls] */
    unsigned char **keep;
    /* [weights], by number: sum of the gradient, in the weight's shape; NULL if the lane has none. */
    float **gradients;
    /* [calls]: the lane's share of a coupling's sums. */
    double **shares;
} plan_lane;

struct plan {
    bool training;
    /* [model_inputs]: of one sample, without open axes; and their arrays. */
    shape *inputs_placed;
    int *input_arrays;
    size_t model_inputs;
    const horn_model *model;
    /* Placed for `input`: see plan_calls_new. `calls` is [call_count]. */
    call_list *list;
    call **calls;
    size_t call_count;
    /* Most samples of a batch. */
    size_t capacity;
    /* [coupled_count + 1]: most samples of a slice in each stretch of steps between coupled ones (slices.h). */
    size_t *slices;
    size_t threads, workspaces;
    /* Samples of the slices that the layers are prepared for; 0: they are not. Of inference alone. */
    size_t prepared_rows;
    /* Into which what layers prepare is cut: one if it is too little for several threads, 0 if none prepares. */
    size_t prepare_pieces;
    plan_step *steps;
    size_t step_count;
    /* The inputs of all steps. */
    plan_input *inputs;
    size_t input_count;
    /* Indices of the steps that couple the batch. */
    size_t *coupled;
    size_t coupled_count;
    plan_array *arrays;
    size_t array_count;
    /* [call_count + 1]: the array of each value of the call list, behind its call's activation. */
    int *of_values;
    /* [call_count + 1]: how many read each value. */
    size_t *reads;
    plan_mask *masks;
    size_t mask_count;
    /* One for each output. */
    plan_head *heads;
    size_t head_count;
    /* An array has an activity regularizer. */
    bool has_activity;
    /* Several losses, one of them with a mask, so that each mean is that of another number of rows: forward runs through the whole
     * batch, which counts them, before backward begins. */
    bool counts_first;
    plan_lane *lanes;
    size_t lane_count;
    /* Of the last batch. */
    plan_sums sums_of_batch;
    /* Of each part of the weights: [CUT_MOST], the regularizers' penalty; [CUT_MOST, weights], the sum of squares of the
     * gradient. */
    double *penalties, *squares;
    /* [threads, 2, weights]: where a thread writes the piece of a gradient that it computes, and that of a further call. */
    float **results;
    /* [weights]: each weight's value; the calls of its layer; the norm of its gradient, if gradients are clipped by norm; sums [groups, shape] of its
     * leaves, if its gradient is computed by parts and has leaves. */
    size_t weight_count;
    const float **values;
    plan_use *uses;
    float *norms, **leaves;
    /* [weights]: marks of the rows that a batch touches; NULL but for LAYER_GRADIENT_OF_ROWS. In the arena. */
    unsigned char **touched;

    /* ---- in the arena: pointers into `block`, NULL at first ---- */
    unsigned char *block;
    size_t bytes;
    /* Bytes of the arrays that stay; of those of a workspace; floats from one workspace to the next. */
    size_t stay_bytes, workspace_bytes, workspace_floats;
    /* Of the first workspace, [addend_floats]: gradients that are added to those of their arrays. */
    float *addends;
    size_t addend_floats;
    /* [threads, scratch_floats]: the layers' scratch; from room_at on, scratch to add up gradients; from further_at on, the gradients
     * of a layer's further calls. */
    float *scratch;
    size_t scratch_floats, room_at, further_at;
    /* [calls]: what forward saves, for the whole batch (NULL: nothing); settled sums of couplings; what `prepare` writes. */
    unsigned char **keep;
    double **sums;
    float **prepared;
};

/* Places the model's calls for samples of the inputs' shapes, if the model has open axes; else *out is the model's own list. */
HORN_CHECKED horn_status plan_calls_new(call_list **out, const horn_model *, const shape *inputs);
void plan_calls_free(call_list *, const horn_model *);

/* Whether it is the sum of its inputs, none of which is stretched. */
bool plan_adds(const plan_step *);
/* Whether it is the first call of a layer that has weights. */
bool plan_is_first(const plan *, const call *);

HORN_CHECKED horn_status plan_new(plan **out, const horn_model *, const shape *inputs, bool training,
                                  size_t capacity);
void plan_free(plan *);
/* Computes `bytes` (block is NULL), or sets the pointers into the block. */
HORN_CHECKED horn_status plan_place(plan *, const horn_model *, unsigned char *block);

/* Places the plan in the model's arena, which grows if it is too small. The plans' pointers into an arena that was replaced are
 * renewed the same way. */
HORN_CHECKED horn_status plan_bind(horn_model *, plan *);

/* Samples [first, first + rows) of an array: the workspace's current slice, or any samples of an array that stays. */
tensor plan_tensor(const plan *, int array, size_t workspace, size_t first, size_t rows);
tensor plan_gradient(const plan *, int array, size_t workspace, size_t first, size_t rows);

#endif
