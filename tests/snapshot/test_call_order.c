/* The order of calls is Keras': graphs.txt has random models, and the order of layers that Keras gave each. */
#include "test.h"

#include <stdio.h>
#include "snapshot/call_order.h"

enum { MOST = 64 };

typedef struct graph {
    snapshot_call calls[MOST];
    size_t values[MOST][4], count, outputs[MOST], output_count, layers[MOST], layer_count;
} graph;

static size_t number_at(const char **at)
{
    char *end;
    const size_t value = strtoul(*at, &end, 10);
    ck_assert_msg(end > *at, "no number at: %s", *at);
    *at = end;
    return value;
}

static void read_list(const char **at, size_t *out, size_t *count)
{
    for (*count = 0; **at == ' '; ++*at)
        if ((*at)[1] >= '0' && (*at)[1] <= '9') {
            ++*at;
            out[(*count)++] = number_at(at);
            --*at;
        } else {
            break;
        }
}

static void read_graph(graph *g, const char *line)
{
    const char *at = line;
    *g = (graph){ 0 };
    while (*at != '|') {
        snapshot_call *c = &g->calls[g->count];
        c->values = g->values[g->count++];
        c->layer = number_at(&at);
        do at++, c->values[c->value_count++] = number_at(&at);
        while (*at == ',');
        at++;
    }
    at++;
    read_list(&at, g->outputs, &g->output_count);
    at += 2;
    read_list(&at, g->layers, &g->layer_count);
    ck_assert_msg(g->count && g->output_count && g->layer_count, "%s", line);
}

static void check(const graph *g, const char *line)
{
    size_t *order, found = 0;
    bool is_there[MOST] = { false }, is_made[MOST + 1] = { true };
    ck_ok(call_order_find(&order, g->calls, g->count, g->outputs, g->output_count));
    for (size_t i = 0; i < g->count; i++) {
        const snapshot_call *c = &g->calls[order[i]];
        for (size_t k = 0; k < c->value_count; k++)
            ck_assert_msg(is_made[c->values[k]], "call %zu: %s", order[i], line);
        is_made[order[i] + 1] = true;
        if (is_there[c->layer]) continue;
        is_there[c->layer] = true;
        ck_assert_msg(g->layers[found] == c->layer, "layer %zu is %zu: %s", found, c->layer, line);
        found++;
    }
    ck_assert_uint_eq(found, g->layer_count);
    free(order);
}

START_TEST(test_call_order__is_that_of_keras)
{
    char line[1024];
    size_t graphs = 0;
    graph g;
    FILE *file = fopen("tests/golden/call_order/graphs.txt", "r");
    ck_assert_ptr_nonnull(file);
    for (; fgets(line, sizeof line, file); graphs++) {
        read_graph(&g, line);
        check(&g, line);
    }
    fclose(file);
    ck_assert_uint_eq(graphs, 60);
}
END_TEST

/* The short branch stands first; then the long one does. */
START_TEST(test_call_order__a_snapshot_is_put_into_it)
{
    static const char *const names[] = { "short", "long", "longer", "add" }, *const expected[] = {
        "long", "longer", "short", "add"
    };
    static const size_t takes[4][2] = { { 0 }, { 0 }, { 2 }, { 3, 1 } },
                        taken[4][2] = { { 0 }, { 1 }, { 0 }, { 2, 3 } };
    snapshot *s;
    snapshot_layer *l;
    snapshot_call *c;
    ck_ok(snapshot_new(&s));
    for (size_t i = 0; i < 4; i++) {
        ck_ok(snapshot_add_layer(s, "Dense", names[i], &l));
        ck_ok(snapshot_add_call(s, i, i == 3 ? 2 : 1, &c));
        memcpy(c->values, takes[i], c->value_count * sizeof *c->values);
    }
    ck_ok(call_order_apply(s));
    for (size_t i = 0; i < 4; i++) {
        ck_assert_str_eq(s->layers[i].name, expected[i]);
        ck_assert_uint_eq(s->calls[i].layer, i);
        ck_assert_mem_eq(s->calls[i].values, taken[i], s->calls[i].value_count * sizeof *taken[i]);
    }
    snapshot_free(s);
}
END_TEST

/* A ladder of 100,000 calls, each of which takes both before it. */
START_TEST(test_call_order__of_many_calls_takes_bounded_time)
{
    enum { CALLS = 100000 };
    snapshot_call *calls = calloc(CALLS, sizeof *calls);
    size_t *values = calloc(2 * CALLS, sizeof *values), *order;
    for (size_t i = 0; i < CALLS; i++) {
        calls[i] = (snapshot_call){ .layer = i, .values = values + 2 * i, .value_count = 2 };
        calls[i].values[0] = i;
        calls[i].values[1] = i ? i - 1 : 0;
    }
    ck_ok(call_order_find(&order, calls, CALLS, NULL, 0));
    for (size_t i = 0; i < CALLS; i++) ck_assert_uint_eq(order[i], i);
    free(order);
    free(values);
    free(calls);
}
END_TEST

TEST_MAIN(test_call_order__is_that_of_keras, test_call_order__a_snapshot_is_put_into_it,
          test_call_order__of_many_calls_takes_bounded_time)
