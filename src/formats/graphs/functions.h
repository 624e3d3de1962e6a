/* Inlines calls of a graph's own functions while the graph is read.
 *
 *     library   1 function {1 signature {1 name, 2 argument {1 name}..., 3 result {1 name}...}, 3 node...,
 *                           4 returns {1 result, 2 value}...}...
 *     value     "ARGUMENT", or "NODE:RESULT:NUMBER" of a node of the function; "^NODE" only comes before
 *
 * A node that calls a function of one result stands for that result, as an Identity does, and the function's nodes are
 * added as "CALL/NODE". A call of anything else stays what it is. How deep calls go and how many nodes they make is
 * bounded: functions that call themselves are refused. */
#ifndef FORMATS_GRAPHS_FUNCTIONS_H
#define FORMATS_GRAPHS_FUNCTIONS_H

#include "formats/graphs/graph.h"

/* Adds the nodes of all that is called to a graph whose own are read. */
HORN_CHECKED horn_status tf_functions_expand(tf_graph *, protobuf_text library);

/* Where a value comes from that a node takes, as a text of that frame: the name of a node of the graph, which of its
 * outputs, and its name, if a function gives it. */
typedef struct tf_origin {
    bytes name;
    protobuf_text output, result; /* borrowed; either may be empty */
} tf_origin;
HORN_CHECKED horn_status tf_frame_resolve(const tf_graph *, size_t node, size_t frame, protobuf_text text,
                                          tf_origin *out);
/* What a call gives, in the frame of its function. */
HORN_CHECKED horn_status tf_frame_result(const tf_graph *, size_t call, protobuf_text *out);

#endif
