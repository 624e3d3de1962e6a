#include "formats/graphs/layers.h"

#include "formats/graphs/scopes.h"
#include "formats/graphs/translation.h"

static bool has_variables(const tf_graph *g)
{
    for (size_t i = 0; i < g->count; i++)
        if (tf_is_variable(&g->nodes[i])) return true;
    return false;
}

/* They have no chain, and no end that a search finds. */
static horn_status refuse_loops(const tf_graph *g)
{
    for (size_t i = 0; i < g->count; i++)
        if (tf_graph_is(&g->nodes[i], "NextIteration"))
            return tf_graph_fail(g, i, HORN_ERROR_UNSUPPORTED, "while loops are not supported");
    return HORN_OK;
}

static horn_status find_ends(tf_ends *out, const tf_graph *g, const tf_variables *v,
                             const tf_graph_file *file)
{
    if (file->input.size) return tf_ends_named(out, g, file->input, file->output);
    horn_status status = refuse_loops(g);
    if (status) return status;
    return has_variables(g) ? tf_ends_search(out, g, v) : tf_ends_only(out, g);
}

static bool has_unknown(const imported *im)
{
    for (size_t i = 0; i < im->graph->count; i++)
        if (im->origins[i].constant.is_unknown) return true;
    return false;
}

horn_status tf_graph_layers(snapshot *out, const tf_graph_file *file)
{
    tf_graph g = { 0 };
    tf_variables v = { 0 };
    imported im = { 0 };
    chain c = { 0 };
    tf_ends ends;
    horn_status status = tf_graph_read(&g, file->data, file->size, file->where);
    if (!status) status = tf_variables_find(&v, &g, file->bundle, file->bundle_size);
    if (!status) status = find_ends(&ends, &g, &v, file);
    if (!status) status = tf_translate(&im, &g, &v, &ends);
    if (!status) status = chain_find(&c, &im);
    if (!status) tf_scopes_find(&c, ends.is_own);
    if (!status)
        status = chain_layers(out, &c, file->size + file->bundle_size + TF_GRAPH_EXPANSION,
                              !file->without_weights && !has_unknown(&im));
    chain_free(&c);
    imported_free(&im);
    tf_variables_free(&v);
    tf_graph_free(&g);
    return status;
}
