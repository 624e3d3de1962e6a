#include "formats/torch/modules.h"

#include <string.h>

size_t torch_place_count(const torch_place *p)
{
    size_t count = 1;
    for (int i = 0; i < p->rank; i++) count *= p->shape[i];
    return count;
}

size_t torch_place_whole(const torch_place *p)
{
    return p->of ? p->of : torch_place_count(p);
}

/* In the weight, from one element to the next along each of PyTorch's axes. */
static void find_steps(const torch_place *p, size_t sizes[4], size_t steps[4])
{
    size_t own[4] = { 0 }, step = 1;
    for (int i = p->axes; i-- > 0; step *= p->split[i]) own[i] = step;
    for (int i = 0; i < 4; i++) {
        sizes[i] = i < p->axes ? p->split[p->order[i]] : 1;
        steps[i] = i < p->axes ? own[p->order[i]] : 0;
    }
}

/* Where in the weight part number `i` of PyTorch's axis is. */
static size_t part_of(const torch_place *p, int axis, size_t i)
{
    return axis < p->axes && p->order[axis] == p->swapped - 1 && i < 2 ? 1 - i : i;
}

/* Copies element by element: `to_tensor` from the weight, whose elements are taken in PyTorch's order, else the other way. */
static void reorder(const torch_place *p, size_t size, unsigned char *weight, unsigned char *tensor,
                    bool to_tensor)
{
    size_t n[4], step[4], at = 0;
    find_steps(p, n, step);
    for (size_t a = 0; a < n[0]; a++)
        for (size_t b = 0; b < n[1]; b++)
            for (size_t c = 0; c < n[2]; c++)
                for (size_t d = 0; d < n[3]; d++, at += size) {
                    const size_t from = part_of(p, 0, a) * step[0] + part_of(p, 1, b) * step[1] +
                                        part_of(p, 2, c) * step[2] + part_of(p, 3, d) * step[3];
                    unsigned char *w = weight + (p->first + from) * size;
                    memcpy(to_tensor ? tensor + at : w, to_tensor ? w : tensor + at, size);
                }
}

void torch_place_to(const torch_place *p, size_t size, const void *weight, void *tensor)
{
    reorder(p, size, (void *)(uintptr_t)weight, tensor, true);
}

void torch_place_from(const torch_place *p, size_t size, const void *tensor, void *weight)
{
    reorder(p, size, weight, (void *)(uintptr_t)tensor, false);
}
