#include "formats/deepdish/tiles.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

/* Bytes of a tile; there are two of them. */
enum { TILE = 8 << 20 };

bool deepdish_is_moved(int rank)
{
    return rank == 2 || rank == 4;
}

void deepdish_shape(size_t out[HORN_MAX_RANK], const horn_view *like)
{
    static const int order4[] = { 3, 2, 0, 1 }, order2[] = { 1, 0 };
    memcpy(out, like->shape, sizeof like->shape);
    for (int i = 0; deepdish_is_moved(like->rank) && i < like->rank; i++)
        out[i] = like->shape[like->rank == 4 ? order4[i] : order2[i]];
}

/* A part of the inputs and of the outputs, at all places. */
typedef struct tile {
    size_t first_input, inputs, first_output, outputs;
} tile;

static horn_status read_tile(const deepdish_move *m, const tile *t, unsigned char *to)
{
    const size_t row = t->outputs * m->size;
    const bool whole = t->outputs == m->outputs;
    for (size_t p = 0; p < m->places; p++)
        for (size_t i = 0; i < (whole ? 1 : t->inputs); i++) {
            const size_t at = ((p * m->inputs + t->first_input + i) * m->outputs + t->first_output) * m->size,
                         size = whole ? row * t->inputs : row;
            const horn_status status = m->read(m->payload, at, to, size);
            if (status) return status;
            to += size;
        }
    return HORN_OK;
}

static void turn_words(const deepdish_move *m, const tile *t, const uint32_t *from, uint32_t *to)
{
    for (size_t o = 0; o < t->outputs; o++)
        for (size_t i = 0; i < t->inputs; i++)
            for (size_t p = 0; p < m->places; p++) *to++ = from[(p * t->inputs + i) * t->outputs + o];
}

static void turn(const deepdish_move *m, const tile *t, const unsigned char *from, unsigned char *to)
{
    if (m->size == 4) {
        turn_words(m, t, (const void *)from, (void *)to);
        return;
    }
    for (size_t o = 0; o < t->outputs; o++)
        for (size_t i = 0; i < t->inputs; i++)
            for (size_t p = 0; p < m->places; p++, to += m->size)
                memcpy(to, from + ((p * t->inputs + i) * t->outputs + o) * m->size, m->size);
}

static horn_status give_tile(const deepdish_move *m, const tile *t, const unsigned char *from)
{
    const size_t size = t->inputs * m->places * m->size;
    if (t->inputs == m->inputs) return m->take(m->payload, t->first_output * size, from, size * t->outputs);
    for (size_t o = 0; o < t->outputs; o++) {
        const size_t at = ((t->first_output + o) * m->inputs + t->first_input) * m->places * m->size;
        const horn_status status = m->take(m->payload, at, from + o * size, size);
        if (status) return status;
    }
    return HORN_OK;
}

/* Both sides of a tile are long, so that pieces are few: as near to a square as the tensor allows. */
static void choose_tile(const deepdish_move *m, tile *out)
{
    const size_t most = TILE / m->size;
    size_t side = 1;
    while (4 * side * side <= most) side *= 2;
    size_t columns = m->inputs * m->places, outputs = side;
    if (columns < side) outputs = most / columns;
    if (outputs > m->outputs) outputs = m->outputs;
    size_t inputs = most / outputs / m->places;
    *out = (tile){ .inputs = inputs < 1 ? 1 : inputs > m->inputs ? m->inputs : inputs, .outputs = outputs };
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static horn_status move_tiles(const deepdish_move *m, tile t, void *from, void *to)
{
    const size_t inputs = t.inputs, outputs = t.outputs;
    for (t.first_output = 0; t.first_output < m->outputs; t.first_output += outputs) {
        t.outputs = least(outputs, m->outputs - t.first_output);
        for (t.first_input = 0; t.first_input < m->inputs; t.first_input += inputs) {
            t.inputs = least(inputs, m->inputs - t.first_input);
            horn_status status = read_tile(m, &t, from);
            if (status) return status;
            turn(m, &t, from, to);
            if ((status = give_tile(m, &t, to))) return status;
        }
    }
    return HORN_OK;
}

static horn_status copy(const deepdish_move *m, size_t total)
{
    horn_status status = HORN_OK;
    for (size_t at = 0; at < total && !status; at += TILE) {
        const size_t size = least(TILE, total - at);
        status = m->read(m->payload, at, m->from, size);
        if (!status) status = m->take(m->payload, at, m->from, size);
    }
    return status;
}

/* Only a kernel of millions of places needs more than a tile. */
static horn_status make_room(deepdish_move *m, size_t size)
{
    if (size < TILE) size = TILE;
    if (size <= m->room) return HORN_OK;
    deepdish_move_free(m);
    horn_status status = memory_new_aligned(&m->from, 1, size);
    if (!status) status = memory_new_aligned(&m->to, 1, size);
    if (!status) m->room = size;
    return status;
}

void deepdish_move_free(deepdish_move *m)
{
    free(m->from);
    free(m->to);
    m->from = m->to = NULL;
    m->room = 0;
}

horn_status deepdish_move_all(deepdish_move *m, const horn_view *like)
{
    const size_t count = horn_view_count(like), *shape = like->shape;
    tile t;
    if (!count) return HORN_OK;
    m->size = horn_dtype_size(like->dtype);
    m->places = like->rank == 4 ? shape[0] * shape[1] : 1;
    m->inputs = like->rank == 4 ? shape[2] : like->rank == 2 ? shape[0] : count;
    m->outputs = like->rank == 4 ? shape[3] : like->rank == 2 ? shape[1] : 1;
    const bool is_copy = m->outputs == 1 && (m->inputs == 1 || m->places == 1);
    choose_tile(m, &t);
    horn_status status = make_room(m, is_copy ? TILE : t.inputs * t.outputs * m->places * m->size);
    if (status) return status;
    return is_copy ? copy(m, count * m->size) : move_tiles(m, t, m->from, m->to);
}
