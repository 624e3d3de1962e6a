#include "test.h"

#include <math.h>
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
        g->count--;
        break;
    }
}
enum { CHANGES = 14 };

START_TEST(test_graph__equal_are_those_that_compute_the_same)
{
    graph *a = sample(), *b = sample();
    b->operations[1].layer = 7; /* the same weights may be another layer's */
    ck_assert(graph_equal(a, b));
    graph_free(b);
    for (int i = 0; i < CHANGES; i++) {
        b = sample();
        change(b, i);
        ck_assert_msg(!graph_equal(a, b) && !graph_equal(b, a), "change %d is not seen", i);
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
    ck_assert(graph_equal(a, b));
    b->operations[3].number = (double)nextafterf(0.3f, 1);
    ck_assert(!graph_equal(a, b));
    graph_free(a);
    graph_free(b);
}
END_TEST

TEST_MAIN(test_graph__numbers_are_compared_as_float32, test_graph__equal_are_those_that_compute_the_same)
