/* The walk of some samples over time: its arrays, and the products that cells need.
 *
 * Arrays are [steps, rows, ...]: the rows of a step are adjacent, and so are all rows of all steps for the products that are
 * made once. In training they are in the call's `keep` and hold all steps; in inference they are in scratch memory and hold
 * as many steps as fit. */
#ifndef LAYERS_RECURRENT_WALK_H
#define LAYERS_RECURRENT_WALK_H

#include "layers/recurrent/recurrent.h"

enum {
    /* Most samples that walk together. */
    WALK_ROWS = 64
};

struct walk {
    const recurrent *layer;
    const call *call;
    /* T steps in all; `steps` of them fit into the arrays. */
    size_t rows, steps, D, U;
    /* Floats of a row of gates. */
    size_t G;
    /* Copies of x and h that dropout makes: one, or one for each block of columns. */
    size_t x_copies, h_copies;
    /* [x_copies, steps, rows, D]; backward overwrites it with its gradient. */
    float *x;
    /* [steps, rows, G]; z: the same before the activation, NULL if no gradient reads it. */
    float *gates, *z;
    /* [steps + 1, rows, U]: the states before each step and after the last. c is NULL without a carry. */
    float *h, *c;
    /* [steps, rows, U]: what the cell calls extra; NULL: nothing. */
    float *extra;
    /* [h_copies, steps, rows, U]: h[t] behind dropout; h itself if there is none. */
    float *dropped;
    /* Dropout's factors [rows, x_copies, D] and [rows, h_copies, U]; NULL: no dropout. */
    float *x_factors, *h_factors;
    /* In backward: [rows, U], the gradients of the states; the scratch of cells, [rows, U] and one row of gates. */
    float *dh, *dc, *room, *row;
    /* What prepare wrote: the kernels, transposed (in training), and the bias of the gates. */
    const float *kernel_back, *recurrent_back, *bias;
};

/* Floats of the arrays for one row. */
size_t walk_floats(const recurrent *, size_t D, size_t steps, bool training);
/* Floats that prepare writes. */
size_t walk_prepared(const recurrent *, size_t D);
/* Places the arrays of `rows` rows and `steps` steps in memory. */
walk walk_begin(const call *, const float *prepared, float *memory, size_t rows, size_t steps, bool training);

/* ---- for cells ---- */

/* The rows of step t. */
static inline float *walk_gates(const walk *w, size_t t)
{
    return w->gates + t * w->rows * w->G;
}

/* Of an array [steps, rows, U]. */
static inline float *walk_units(const walk *w, float *array, size_t t)
{
    return array + t * w->rows * w->U;
}

/* Adds to the gates of step t the product of h[t], or of extra[t], with entry `index` of cell->recurrent. */
void walk_multiply(const walk *, size_t t, size_t index);
/* Overwrites or adds to dh[rows, U] the gradient of what was multiplied, without dropout's factors if it was extra. */
void walk_multiply_back(const walk *, size_t t, size_t index, float *dh, bool add);

/* Applies an activation to gates [gate, gate + width) of a row, of which z gets the old values. */
void walk_activate(const walk *, const activation *, float *row, float *z, size_t gate, size_t width);
/* The gradient: slope[U width] has that of y and gets that of z. */
void walk_slope(const walk *, const activation *, const float *row, const float *z, size_t gate, size_t width,
                float *slope);
/* The row of z that belongs to a row of gates; NULL if there is none. */
float *walk_z(const walk *, const float *row);

/* ---- for the whole walk: walk_products.c ---- */

/* Fills the gates of steps [0, steps) with the bias and the products of x. */
void walk_input(const walk *, size_t steps);
/* Adds the gradients of the weights to `gradients`, whose members may be NULL, and, if dx is wanted, overwrites x with its
 * gradient. The gates are those that step_back made. */
void walk_weights(const walk *, float *const gradients[3], bool dx_wanted);

#endif
