/* The state of PyTorch's optimizers, as optimizer.state_dict() has it:
 *
 *     {"state": {0: {"step": 3.0, "exp_avg": tensor, ...}, 1: ...},
 *      "param_groups": [{"lr": 0.001, ..., "params": [0, 1, ...]}]}
 *
 * Parameter i is the i-th of the state_dict that is no buffer. Variables have the layouts of their parameters.
 *
 *     CLASS    SLOT              PYTORCH
 *     SGD      momentum          momentum_buffer * -lr
 *     RMSprop  velocity          square_avg
 *              momentum          momentum_buffer * lr
 *              average_gradient  grad_avg
 *     Adam(W)  momentum          exp_avg
 *              velocity          exp_avg_sq
 *              velocity_hat      max_exp_avg_sq
 *
 *     ARGUMENT                                     PYTORCH
 *     learning_rate, momentum, nesterov, centered  lr, ...
 *     rho; beta_1, beta_2; epsilon                 alpha; betas; eps
 *     update_rule "torch"                          always; written for an optimizer with Keras' rule, too
 *     dampening                                    of SGD
 *
 * The step is that of each parameter; SGD counts none. Written are the keys of PyTorch 2.13 in their order; those of 1.x are read. */
#ifndef FORMATS_TORCH_FILES_OPTIMIZER_H
#define FORMATS_TORCH_FILES_OPTIMIZER_H

#include "formats/torch_files/file.h"
#include "formats/torch/state.h"
#include "formats/torch_files/writer.h"

/* Sets the snapshot's optimizer, its arguments, step, learning rate and slots. The snapshot has its weights, which
 * torch_read_state read from `state`. `known`: the optimizer of the model that it is for, or NULL; it tells AdamW from Adam
 * in files of before PyTorch 2.7. UNSUPPORTED for other optimizers and for what Horn cannot go on from. */
HORN_CHECKED horn_status torch_optimizer_read(snapshot *out, const torch_state *state, const torch_file *,
                                              const pickle_value *optimizer, const config *known);

/* What the tensors of a written state borrow; freed after the writer. */
typedef struct torch_blocks {
    void **items;
    size_t count, capacity;
} torch_blocks;
void torch_blocks_free(torch_blocks *);

/* *out is the dict, or NULL if PyTorch has no such optimizer. `state` is the snapshot's (torch_state_of_snapshot). */
HORN_CHECKED horn_status torch_optimizer_write(pickle_value **out, torch_writer *, torch_blocks *,
                                               const snapshot *, const torch_state *state);

/* Static; NULL: PyTorch has none of this class. */
const char *torch_optimizer_key(const char *class_name, const char *slot);
/* What a slot's values are times in PyTorch: 1, or of a sum of steps 1 / lr or -1 / lr. */
double torch_optimizer_factor(const char *class_name, const char *slot, double learning_rate);

#endif
