#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/saved_model/saved_model.h"
#include "formats/graph_nodes/operations.h"

#define INIT      "__saved_model_init_op"
#define CALL_NODE "StatefulPartitionedCall"
#define SERVING   "serving_default"
enum { PRODUCER = 1087, LEAST_READER = 12 };

/* ---- the main graph ---- */

typedef struct main_graph {
    tf_nodes n;
    /* Of each variable: its node, the node that reads it, its key. */
    const char **variables, **reads, **keys;
    int *types;
    size_t count;
} main_graph;

static void put_variables(main_graph *g, const saved_model *m)
{
    graph_variable v;
    for (size_t at = 0; graph_writer_next(m->objects.graph, &at, &v); g->count++) {
        const char *name = tf_nodes_name(&g->n, v.full_name, NULL),
                   *read = tf_nodes_name(&g->n, name, "Read/ReadVariableOp");
        const int type = tf_type_of(v.view.dtype);
        tf_node_begin(&g->n, name, "VarHandleOp");
        tf_node_text(&g->n, "container", "");
        tf_node_type(&g->n, "dtype", type);
        tf_node_shape(&g->n, "shape", v.view.shape, v.view.rank, false);
        tf_node_text(&g->n, "shared_name", name);
        tf_node_end(&g->n);
        tf_node_begin(&g->n, read, "ReadVariableOp");
        tf_node_input(&g->n, name);
        tf_node_type(&g->n, "dtype", type);
        tf_node_end(&g->n);
        g->variables[g->count] = name;
        g->reads[g->count] = read;
        g->keys[g->count] = v.key;
        g->types[g->count] = type;
    }
}

static const char *put_placeholder(tf_nodes *n, const char *name, int type, const size_t *sizes, int rank,
                                   bool batch)
{
    tf_node_begin(n, name, "Placeholder");
    tf_node_type(n, "dtype", type);
    tf_node_shape(n, "shape", sizes, rank, batch);
    tf_node_end(n);
    return name;
}

/* Finds the variable of a weight. Variables are in the order of their objects' numbers. */
static const char *variable_of(const main_graph *g, const saved_model *m, const operation *weight)
{
    graph_variable v;
    size_t number = graph_writer_number(m->objects.graph, saved_model_node_of(m, weight)), at = 0;
    for (size_t i = 0; graph_writer_next(m->objects.graph, &at, &v); i++)
        if (v.number == number) return g->variables[i];
    return "";
}

static horn_status put_call(main_graph *g, const saved_model *m, const char *input)
{
    int *types;
    const operation *weight;
    size_t at = 0, count = 1;
    const int output = TF_FLOAT;
    horn_status status = memory_new(&types, g->count + m->s->operations->count + 1, sizeof *types);
    if (status) return status;
    types[0] = TF_FLOAT;
    tf_node_begin(&g->n, CALL_NODE, CALL_NODE);
    tf_node_input(&g->n, input);
    for (; (weight = saved_model_next_weight(m, &at)); types[count++] = TF_RESOURCE)
        tf_node_input(&g->n, variable_of(g, m, weight));
    tf_node_types(&g->n, "Tin", types, count);
    tf_node_types(&g->n, "Tout", &output, 1);
    tf_node_text(&g->n, "config", "");
    tf_node_text(&g->n, "config_proto", "");
    tf_node_text(&g->n, "executor_type", "");
    tf_node_function(&g->n, "f", SIGNATURE);
    tf_node_end(&g->n);
    free(types);
    return HORN_OK;
}

static void put_texts(tf_nodes *n, const char *name, const char *const *texts, size_t count)
{
    tf_node_begin(n, name, "Const");
    tf_node_type(n, "dtype", TF_STRING);
    tf_node_texts(n, texts, count);
    tf_node_end(n);
}

#define TENSOR_NAMES "save/RestoreV2/tensor_names"
#define SLICES       "save/RestoreV2/shape_and_slices"

static void put_restore(main_graph *g, const char *filename)
{
    char name[48], from[48];
    put_texts(&g->n, TENSOR_NAMES, g->keys, g->count);
    put_texts(&g->n, SLICES, NULL, g->count);
    tf_node_begin(&g->n, "save/RestoreV2", "RestoreV2");
    tf_node_input(&g->n, filename);
    tf_node_input(&g->n, TENSOR_NAMES);
    tf_node_input(&g->n, SLICES);
    tf_node_types(&g->n, "dtypes", g->types, g->count);
    tf_node_end(&g->n);
    for (size_t i = 0; i < g->count; i++) {
        snprintf(name, sizeof name, "save/Assign_%zu", i);
        snprintf(from, sizeof from, i ? "save/RestoreV2:%zu" : "save/RestoreV2", i);
        tf_node_begin(&g->n, name, "AssignVariableOp");
        tf_node_input(&g->n, g->variables[i]);
        tf_node_input(&g->n, from);
        tf_node_type(&g->n, "dtype", g->types[i]);
        tf_node_end(&g->n);
    }
    tf_node_begin(&g->n, "save/restore_all", "NoOp");
    for (size_t i = 0; i < g->count; i++) {
        snprintf(name, sizeof name, "^save/Assign_%zu", i);
        tf_node_input(&g->n, name);
    }
    tf_node_end(&g->n);
}

static void put_save(main_graph *g, const char *filename)
{
    tf_node_begin(&g->n, "save/SaveV2", "SaveV2");
    tf_node_input(&g->n, filename);
    tf_node_input(&g->n, TENSOR_NAMES);
    tf_node_input(&g->n, SLICES);
    for (size_t i = 0; i < g->count; i++) tf_node_input(&g->n, g->reads[i]);
    tf_node_types(&g->n, "dtypes", g->types, g->count);
    tf_node_end(&g->n);
    tf_node_begin(&g->n, "save/control_dependency", "Identity");
    tf_node_input(&g->n, filename);
    tf_node_input(&g->n, "^save/SaveV2");
    tf_node_type(&g->n, "T", TF_STRING);
    tf_node_end(&g->n);
}

/* Takes the names that other messages use before the names of variables. */
static horn_status put_main(main_graph *g, const saved_model *m, const char **input)
{
    char name[300];
    snprintf(name, sizeof name, "serving_default_%.250s", m->input);
    *input = tf_nodes_name(&g->n, NULL, name);
    const char *filename = tf_nodes_name(&g->n, NULL, "saver_filename");
    (void)tf_nodes_name(&g->n, NULL, CALL_NODE);
    (void)tf_nodes_name(&g->n, NULL, "NoOp");
    put_variables(g, m);
    put_placeholder(&g->n, *input, TF_FLOAT, m->s->input_shape, m->s->input_rank, true);
    horn_status status = put_call(g, m, *input);
    if (status) return status;
    tf_node_begin(&g->n, "NoOp", "NoOp");
    tf_node_end(&g->n);
    put_placeholder(&g->n, filename, TF_STRING, NULL, 0, false);
    put_restore(g, filename);
    put_save(g, filename);
    return tf_nodes_status(&g->n);
}

/* ---- the whole ---- */

static void put_tensor_info(bytes *out, uint32_t number, const char *key, const char *node,
                            const size_t *sizes, int rank)
{
    bytes info = { 0 }, name = { 0 };
    bytes_print(&name, "%s:0", node);
    protobuf_put_message(&info, 1, &name);
    protobuf_put_integer(&info, 2, TF_FLOAT);
    tf_put_shape(&info, 3, sizes, rank, true);
    saved_model_put_entry(out, number, key, &info);
}

static void put_signatures(bytes *out, const saved_model *m, const char *input)
{
    bytes signature = { 0 }, info = { 0 }, open = { 0 };
    const shape *result = saved_model_output_shape(m);
    protobuf_put_text(&info, 1, "NoOp");
    protobuf_put_integer(&open, 3, 1); /* of unknown rank */
    protobuf_put_message(&info, 3, &open);
    saved_model_put_entry(&signature, 2, INIT, &info);
    saved_model_put_entry(out, 5, INIT, &signature);
    put_tensor_info(&signature, 1, m->input, input, m->s->input_shape, m->s->input_rank);
    put_tensor_info(&signature, 2, m->output, CALL_NODE, result->dim, result->rank);
    protobuf_put_text(&signature, 3, "tensorflow/serving/predict");
    saved_model_put_entry(out, 5, SERVING, &signature);
}

static void put_saver(bytes *out)
{
    bytes saver = { 0 };
    protobuf_put_text(&saver, 1, "saver_filename:0");
    protobuf_put_text(&saver, 2, "save/control_dependency:0");
    protobuf_put_text(&saver, 3, "save/restore_all");
    protobuf_put_integer(&saver, 7, 2); /* of tensor bundles */
    protobuf_put_message(out, 3, &saver);
}

static void put_collections(bytes *out)
{
    bytes collection = { 0 }, list = { 0 };
    protobuf_put_text(&list, 1, "NoOp");
    protobuf_put_message(&collection, 1, &list);
    saved_model_put_entry(out, 4, "saved_model_main_op", &collection);
}

static void put_meta_graph(bytes *out, const saved_model *m, main_graph *g, bytes *functions,
                           const char *input)
{
    bytes meta = { 0 }, info = { 0 }, part = { 0 };
    protobuf_put_text(&info, 4, "serve");
    protobuf_put_message(&meta, 1, &info);
    protobuf_put_message(&g->n.out, 2, functions);
    protobuf_put_integer(&part, 1, PRODUCER);
    protobuf_put_integer(&part, 2, LEAST_READER);
    protobuf_put_message(&g->n.out, 4, &part);
    protobuf_put_message(&meta, 2, &g->n.out);
    put_saver(&meta);
    put_collections(&meta);
    put_signatures(&meta, m, input);
    graph_writer_put_saved(m->objects.graph, &part);
    saved_model_put_concrete(&part, m, true);
    saved_model_put_concrete(&part, m, false);
    protobuf_put_message(&meta, 7, &part);
    protobuf_put_integer(out, 1, 1);
    protobuf_put_message(out, 2, &meta);
}

horn_status saved_model_put_graph(const saved_model *m, bytes *out)
{
    horn_status status = HORN_OK;
    main_graph g = { .n = { .field = TF_IN_GRAPH } };
    bytes functions = { 0 };
    const char *input;
    graph_variable v;
    size_t count = 0, at = 0;
    while (graph_writer_next(m->objects.graph, &at, &v)) count++;
    TRY(memory_new(&g.variables, count, sizeof *g.variables));
    TRY(memory_new(&g.reads, count, sizeof *g.reads));
    TRY(memory_new(&g.keys, count, sizeof *g.keys));
    TRY(memory_new(&g.types, count, sizeof *g.types));
    TRY(saved_model_put_functions(m, &functions));
    TRY(put_main(&g, m, &input));
    put_meta_graph(out, m, &g, &functions, input);
    TRY(bytes_status(out));
done:
    free(g.variables);
    free(g.reads);
    free(g.keys);
    free(g.types);
    tf_nodes_free(&g.n);
    bytes_free(&functions);
    return status;
}
