/* Adding single objects to the graph of a model. */
#include "formats/tensorflow/objects.h"

const char *tf_objects_text(tf_objects *w, bytes *text)
{
    const char *found = bytes_text(text);
    w->failed |= !found;
    return found ? found : "";
}

void tf_objects_add_to_model(tf_objects *w, const char *name, size_t node)
{
    graph_writer_child(w->graph, w->model, name, node);
    if (w->again != NO_NODE) graph_writer_child(w->graph, w->again, name, node);
}

size_t tf_objects_variable(tf_objects *w, size_t parent, const char *name, const char *full_name,
                           horn_view view)
{
    size_t node = graph_writer_node(w->graph);
    graph_writer_child(w->graph, parent, name, node);
    graph_writer_variable(w->graph, node, full_name, view);
    return node;
}

size_t tf_objects_add(tf_objects *w, const char *kind)
{
    size_t node = graph_writer_node(w->graph);
    graph_writer_user(w->graph, node, kind, 1);
    return node;
}
