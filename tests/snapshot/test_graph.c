#include "test.h"

#include <math.h>
#include <stdlib.h>
#include "snapshot/graph.h"

static graph *sample(void)
{
    graph *g;
    ck_ok(graph_new(&g));
    const size_t x = graph_add(g, &(operation){ .kind = OPERATION_INPUT, .shape = { 3, { 8, 8, 2 } } });
    const operation conv = { .kind = OPERATION_CONV2D,
                             .inputs = { x, graph_weight(g, "kernel", &(shape){ 4, { 3, 3, 2, 4 } }) },
                             .input_count = 2,
                             .shape = { 3, { 8, 8, 4 } },
                             .size = { 3, 3 },
                             .stride = { 1, 1 },
                             .dilation = { 1, 1 },
                             .same = true };
    const size_t y = graph_add(g, &conv);
    g->output = graph_apply(g, OPERATION_MUL, y, graph_number(g, 0.5));
    ck_ok(g->status);
    return g;
}

static bool same(const graph *a, const graph *b)
{
    graph_pair *pairs;
    size_t count = 0;
    ck_ok(graph_compare(&pairs, &count, a, b));
    const bool found = pairs;
    free(pairs);
    return found;
}

static void change(graph *g, int which)
{
    operation *conv = &g->operations[2], *number = &g->operations[3];
    switch (which) {
    case 0:
        conv->kind = OPERATION_MAX_POOL;
        break;
    case 1:
        conv->inputs[0] = 1;
        break;
    case 2:
        conv->input_count = 1;
        break;
    case 3:
        conv->shape.dim[2]++;
        break;
    case 4:
        conv->size[1]++;
        break;
    case 5:
        conv->stride[0]++;
        break;
    case 6:
        conv->dilation[1]++;
        break;
    case 7:
        conv->padding[3]++;
        break;
    case 8:
        conv->same = false;
        break;
    case 9:
        number->number = 0.25;
        break;
    case 10:
        g->operations[1].weight = "bias";
        break;
    case 11:
        g->operations[1].weight = NULL;
        break;
    case 12:
        g->output--;
        break;
    case 13:
        conv->axis++;
        break;
    }
}
enum { CHANGES = 14 };

START_TEST(test_graph__equal_are_those_that_compute_the_same)
{
    graph *a = sample(), *b = sample();
    b->operations[1].layer = 7; /* the same weights may be another layer's */
    ck_assert(same(a, b));
    graph_free(b);
    for (int i = 0; i < CHANGES; i++) {
        b = sample();
        change(b, i);
        ck_assert_msg(!same(a, b) && !same(b, a), "change %d is not seen", i);
        graph_free(b);
    }
    graph_free(a);
}
END_TEST

START_TEST(test_graph__numbers_are_compared_as_float32)
{
    graph *a = sample(), *b = sample();
    a->operations[3].number = 0.3;
    b->operations[3].number = (double)0.3f;
    ck_assert(same(a, b));
    b->operations[3].number = (double)nextafterf(0.3f, 1);
    ck_assert(!same(a, b));
    graph_free(a);
    graph_free(b);
}
END_TEST

/* A kernel for both halves, or one for each, in another order. */
static graph *branches(bool shares, bool swaps)
{
    graph *g;
    ck_ok(graph_new(&g));
    const size_t x = graph_add(g, &(operation){ .kind = OPERATION_INPUT, .shape = { 1, { 3 } } });
    operation o = { .kind = OPERATION_MATMUL, .inputs = { x }, .input_count = 2, .shape = { 1, { 3 } } };
    size_t halves[2];
    for (size_t i = 0; i < 2; i++) {
        g->layer = shares ? 0 : i;
        o.inputs[1] = graph_weight(g, "kernel", &(shape){ 2, { 3, 3 } });
        halves[i] = graph_add(g, &o);
        if (i == (size_t)swaps) halves[i] = graph_apply(g, OPERATION_RELU, halves[i], NO_VALUE);
    }
    g->output = graph_join(g, halves[swaps], halves[!swaps], 0);
    ck_ok(g->status);
    return g;
}

START_TEST(test_graph__branches_may_stand_in_another_order)
{
    for (int shares = 0; shares < 2; shares++) {
        graph *a = branches(shares, false), *b = branches(true, true), *c = branches(false, true);
        graph_pair *pairs;
        size_t count;
        ck_assert_uint_eq(a->count, shares ? 6 : 7); /* a weight of a layer is there once */
        ck_ok(graph_compare(&pairs, &count, a, b));
        ck_assert_ptr_nonnull(pairs);
        ck_assert_uint_eq(count, shares ? 1 : 2);
        free(pairs);
        ck_ok(graph_compare(&pairs, &count, a, c));
        ck_assert_ptr_nonnull(pairs);
        ck_assert_uint_eq(count, 2);
        ck_assert_ptr_ne(pairs[0].b, pairs[1].b);
        free(pairs);
        b->operations[b->output].axis = 1;
        ck_assert(!same(a, b));
        c->operations[c->output].inputs[1] = c->operations[c->output].inputs[0];
        ck_assert(!same(a, c) && !same(c, a));
        graph_free(a), graph_free(b), graph_free(c);
    }
}
END_TEST

/* Twice its own result, again and again: as many ways as there are subsets. */
START_TEST(test_graph__deep_branches_are_compared_in_bounded_time)
{
    graph *g;
    ck_ok(graph_new(&g));
    g->output = graph_add(g, &(operation){ .kind = OPERATION_INPUT, .shape = { 1, { 1 } } });
    for (int i = 0; i < 100000; i++) g->output = graph_merge(g, OPERATION_ADD, g->output, g->output);
    ck_ok(g->status);
    ck_assert(same(g, g));
    graph_free(g);
}
END_TEST

TEST_MAIN(test_graph__branches_may_stand_in_another_order,
          test_graph__deep_branches_are_compared_in_bounded_time, test_graph__numbers_are_compared_as_float32,
          test_graph__equal_are_those_that_compute_the_same)
