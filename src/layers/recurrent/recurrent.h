/* What SimpleRNN, LSTM, GRU and the cells of an RNN share: their arguments and weights, and the walk over time. What they compute
 * in a step is a cell, the functions and tables of each layer's file. LSTM and LSTMCell are one struct: an LSTMCell has no arguments
 * of the walk; the RNN around it sets them.
 *
 * Letters: T time steps, D features in, U units. Columns of weights and gates are counted in blocks of U. */
#ifndef LAYERS_RECURRENT_RECURRENT_H
#define LAYERS_RECURRENT_RECURRENT_H

#include "layers/call.h"

typedef struct recurrent recurrent;
typedef struct walk walk;

/* Blocks [first, first + width) of a weight's columns, which are multiplied into the gates from block `gate` on. */
typedef struct columns {
    size_t first, width, gate;
} columns;

enum { CELL_MOST_COLUMNS = 2 };

typedef struct cell {
    /* Blocks of the weights' columns; blocks of what a step keeps in walk->gates. */
    size_t columns, gates;
    /* Dropout has a mask for each block of columns, not one for all, if implementation is 1. */
    bool masks_apart;
    /* It has a second state, c; it keeps a third value of a step, walk->extra. */
    bool has_carry, has_extra;
    /* The bias has a second row, which is added with the recurrent kernel. */
    bool has_recurrent_bias;
    /* Which gates the kernels are for; the recurrent kernel's second entry multiplies `extra` instead of h. */
    columns input[CELL_MOST_COLUMNS], recurrent[CELL_MOST_COLUMNS];
    size_t inputs, recurrents;
    /* From h[t], c[t] and the gates, which have the input's products and the bias, to h[t + 1], c[t + 1]. */
    void (*step)(const walk *, size_t t);
    /* From dh, dc, the gradients of h[t + 1] and c[t + 1], to those of h[t] and c[t]. Overwrites the gates of step t with the
     * gradients of what they were before the activation. */
    void (*step_back)(const walk *, size_t t);
} cell;

/* The arguments of the walk over time: those of LSTM, GRU, SimpleRNN and RNN. */
typedef struct time_settings {
    bool return_sequences, go_backwards, zero_output_for_mask, unroll, stateful;
    /* The mask is read from its end. As go_backwards, but for a cell behind another one of an RNN: its x is reversed already. */
    bool mask_backwards;
} time_settings;

struct recurrent {
    layer base;
    const cell *cell;
    time_settings time;
    /* Of a cell: an RNN has set `time`. */
    bool is_in_rnn;
    size_t units;
    const activation *activation, *recurrent_activation;
    /* tanh and sigmoid, for which cells have faster code. */
    bool is_usual;
    bool use_bias, unit_forget_bias, reset_after;
    size_t implementation;
    double dropout, recurrent_dropout;
    initializer kernel_initializer, recurrent_initializer, bias_initializer;
    regularizer kernel_regularizer, recurrent_regularizer, bias_regularizer;
    constraint kernel_constraint, recurrent_constraint, bias_constraint;
};

/* The arguments of the walk; `units` and those behind it, which all cells have. `gated`: of LSTM and GRU. */
void recurrent_read_time(time_settings *, config_reader *);
void recurrent_describe_time(const time_settings *, config *);
/* Once `time` and `units` are known. */
void recurrent_set_state(recurrent *);
void recurrent_configure(recurrent *, config_reader *, bool gated);
void recurrent_describe(const recurrent *, config *, bool gated);
/* For constructors, of a layer or of a cell. */
config *recurrent_arguments(const horn_recurrent_options *);
HORN_CHECKED horn_status recurrent_build(layer *, const shape *inputs, size_t count);
/* operate.c */
size_t recurrent_operate(const call *, graph *, size_t x, operation_kind);
/* Of LSTM, GRU, SimpleRNN and RNN; NULL: it is another layer. */
const time_settings *recurrent_time(const layer *);

/* The slots of the vtable. */
HORN_CHECKED horn_status recurrent_place(const layer *, call *);
void recurrent_prepare(const call *, bool training, size_t rows, range part, float *prepared);
void recurrent_forward(const call *, lane *, const tensor *x, tensor *y);
void recurrent_backward(const call *, lane *, const tensor *x, const tensor *y, const tensor *dy, tensor *dx);

#endif
