/* Tensors between TensorFlow's layouts and PyTorch's, in tiles, so that memory does not grow with the tensor.
 *
 *     4 axes   [height, width, inputs, outputs] -> [outputs, inputs, height, width]
 *     2 axes   [inputs, outputs] -> [outputs, inputs]
 *     else     as it is
 *
 * Both are one move: [P, I, O] -> [O, I, P], with P = height * width, or 1. */
#ifndef FORMATS_DEEPDISH_TILES_H
#define FORMATS_DEEPDISH_TILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <horn/status.h>
#include <horn/view.h>

typedef struct deepdish_move {
    size_t places, inputs, outputs;
    /* Bytes of an element. */
    size_t size;
    /* Copies `size` bytes of the tensor as TensorFlow has it, from `offset` on. */
    horn_status (*read)(void *payload, size_t offset, void *data, size_t size);
    /* Takes `size` bytes of the tensor as PyTorch has it. They come in pieces, in any order, each byte once. */
    horn_status (*take)(void *payload, size_t offset, const void *data, size_t size);
    void *payload;
    /* Two tiles, which stay from one tensor to the next; deepdish_move_free frees them. */
    void *from, *to;
    size_t room;
} deepdish_move;

/* Whether an array of that rank is moved, as the well-known script does without knowing the layers. */
bool deepdish_is_moved(int rank);
/* The shape as PyTorch has it, of the shape as TensorFlow has it. */
void deepdish_shape(size_t out[HORN_MAX_RANK], const horn_view *like);
/* Moves all elements of `like`; read, take and payload are set. */
HORN_CHECKED horn_status deepdish_move_all(deepdish_move *, const horn_view *like);
void deepdish_move_free(deepdish_move *);

#endif
