/* Layers that take several of TensorFlow's nodes for one thing, known by their last node. */
#include <math.h>
#include "formats/graphs/chain.h"

/* Of a scalar constant. */
static bool number_of(tf_chain *c, size_t node, float *out)
{
    tf_tensor t;
    if (!tf_chain_is(c, node, "Const") || tf_chain_constant(c, node, &t)) return false;
    if (!t.is_readable || t.dtype != HORN_FLOAT32 || t.count != 1) return false;
    tf_tensor_copy(&t, out);
    return true;
}

static bool is_sum(const tf_chain *c, size_t node)
{
    return tf_chain_is(c, node, "AddV2") || tf_chain_is(c, node, "Add");
}

/* A node of that op with two inputs. */
static bool split(tf_chain *c, size_t node, const char *op, size_t *x, size_t *y)
{
    if (!tf_chain_is(c, node, op) || c->g->nodes[node].input_count != 2) return false;
    *x = tf_chain_operand(c, node, 0);
    *y = tf_chain_operand(c, node, 1);
    return *x != NO_NODE && *y != NO_NODE;
}

static bool split_sum(tf_chain *c, size_t node, size_t *x, size_t *y)
{
    return is_sum(c, node) && split(c, node, tf_graph_is(&c->g->nodes[node], "Add") ? "Add" : "AddV2", x, y);
}

static bool take(tf_chain *c, size_t node, const char *op, size_t *x)
{
    if (!tf_chain_is(c, node, op) || c->g->nodes[node].input_count != 1) return false;
    *x = tf_chain_operand(c, node, 0);
    return *x != NO_NODE;
}

static void swap(size_t *x, size_t *y)
{
    const size_t other = *x;
    *x = *y;
    *y = other;
}

/* ---- a bias that is added ---- */

bool tf_match_bias(tf_chain *c, size_t node, tf_step *out)
{
    size_t x, y;
    if (!split_sum(c, node, &x, &y)) return false;
    if (tf_chain_is(c, x, "Const")) swap(&x, &y);
    if (!tf_chain_is(c, y, "Const") || tf_chain_is(c, x, "Const")) return false;
    out->kind = "BiasAdd";
    out->from = x;
    out->operands[0] = y;
    return true;
}

/* ---- normalization ---- */

enum { GAMMA, BETA, MEAN, VARIANCE };

static bool match_fused(tf_chain *c, size_t node, tf_step *s)
{
    static const char *const ops[] = { "FusedBatchNormV3", "FusedBatchNormV2", "FusedBatchNorm" };
    bool is_training = true, is_fused = false;
    for (int i = 0; i < 3; i++) is_fused |= tf_chain_is(c, node, ops[i]);
    if (!is_fused || c->g->nodes[node].input_count != 5) return false;
    s->epsilon = 1e-4f;
    s->from = tf_chain_operand(c, node, 0);
    for (size_t i = 0; i < 4; i++)
        if ((s->operands[i] = tf_chain_operand(c, node, i + 1)) == NO_NODE) return false;
    return s->from != NO_NODE && !tf_graph_number(c->g, node, "epsilon", &s->epsilon) &&
           !tf_graph_boolean(c->g, node, "is_training", &is_training) && !is_training;
}

/* Rsqrt(variance + epsilon), or that times gamma. */
static bool match_factor(tf_chain *c, size_t node, tf_step *s)
{
    size_t root = node, sum, epsilon;
    s->operands[GAMMA] = NO_NODE;
    if (split(c, node, "Mul", &root, &s->operands[GAMMA]) && !tf_chain_is(c, root, "Rsqrt"))
        swap(&root, &s->operands[GAMMA]);
    if (!take(c, root, "Rsqrt", &sum) || !split_sum(c, sum, &s->operands[VARIANCE], &epsilon)) return false;
    if (!number_of(c, epsilon, &s->epsilon)) swap(&s->operands[VARIANCE], &epsilon);
    return number_of(c, epsilon, &s->epsilon);
}

/* A product of two, one of which is `known`: the other. */
static bool match_product(tf_chain *c, size_t node, size_t known, size_t *other)
{
    size_t x, y;
    if (!split(c, node, "Mul", &x, &y)) return false;
    if (x == known) swap(&x, &y);
    *other = x;
    return y == known;
}

/* x factor + shift: the node's part with x; *shift the other. */
static bool match_scaled(tf_chain *c, size_t node, size_t *shift, size_t *factor, tf_step *s)
{
    size_t scaled, x, y;
    const bool is_sub = split(c, node, "Sub", &scaled, shift);
    if (!is_sub && !split_sum(c, node, &scaled, shift)) return false;
    for (int turn = 0; turn < (is_sub ? 1 : 2); turn++, swap(&scaled, shift))
        if (split(c, scaled, "Mul", &x, &y))
            for (int side = 0; side < 2; side++, swap(&x, &y))
                if (match_factor(c, y, s)) {
                    s->from = x;
                    *factor = y;
                    if (!tf_chain_is(c, x, "Const")) return true;
                }
    return false;
}

/* x factor + (beta - mean factor), x factor - mean factor, or x factor + (-mean) factor. */
static bool match_unfused(tf_chain *c, size_t node, tf_step *s)
{
    size_t shift, factor, product, mean;
    const bool is_sub = tf_chain_is(c, node, "Sub");
    if (!match_scaled(c, node, &shift, &factor, s)) return false;
    s->operands[BETA] = NO_NODE;
    if (is_sub) return match_product(c, shift, factor, &s->operands[MEAN]);
    if (split(c, shift, "Sub", &s->operands[BETA], &product))
        return match_product(c, product, factor, &s->operands[MEAN]);
    return match_product(c, shift, factor, &mean) && take(c, mean, "Neg", &s->operands[MEAN]);
}

bool tf_match_normalization(tf_chain *c, size_t node, tf_step *out)
{
    tf_step s = *out;
    s.kind = "BatchNormalization";
    if (!match_fused(c, node, &s) && !match_unfused(c, node, &s)) return false;
    *out = s;
    return true;
}

/* ---- ReLU ---- */

/* Select(x > threshold, x or Minimum(x, most), (x - threshold) slope): Horn's. */
static bool match_select(tf_chain *c, size_t node, tf_step *s)
{
    size_t x, y, threshold, slope;
    const bool is_select = tf_chain_is(c, node, "SelectV2") || tf_chain_is(c, node, "Select");
    if (!is_select || c->g->nodes[node].input_count != 3) return false;
    size_t condition = tf_chain_operand(c, node, 0), above = tf_chain_operand(c, node, 1),
           below = tf_chain_operand(c, node, 2);
    if (!split(c, condition, "Greater", &s->from, &threshold) || !number_of(c, threshold, &s->threshold))
        return false;
    if (above == NO_NODE || below == NO_NODE) return false;
    if (split(c, above, "Minimum", &x, &y)) {
        if (!number_of(c, y, &s->most)) return false;
        above = x;
    }
    float again;
    if (!split(c, below, "Mul", &x, &slope) || !number_of(c, slope, &s->slope)) return false;
    return above == s->from && split(c, x, "Sub", &x, &y) && x == s->from && number_of(c, y, &again) &&
           again == s->threshold;
}

/* max(threshold - x, 0), without a threshold max(-x, 0). */
static bool match_below(tf_chain *c, size_t node, size_t *x, float *threshold)
{
    size_t sum, number;
    *threshold = 0;
    if (!take(c, node, "Relu", &sum)) return false;
    if (split_sum(c, sum, &node, &number)) {
        if (!number_of(c, number, threshold)) swap(&node, &number);
        if (!number_of(c, number, threshold)) return false;
        sum = node;
    }
    return take(c, sum, "Neg", x);
}

/* x > threshold of that x. */
static bool match_condition(tf_chain *c, size_t node, size_t x, float *threshold)
{
    size_t left, right;
    return split(c, node, "Greater", &left, &right) && left == x && number_of(c, right, threshold);
}

/* x where it is above the threshold, else 0: a product in Keras 2, a choice in Keras 3. */
static bool match_above(tf_chain *c, size_t node, tf_step *s)
{
    size_t cast, condition;
    float zero;
    s->threshold = 0;
    if (take(c, node, "Relu", &s->from)) return true;
    if (take(c, node, "Relu6", &s->from)) {
        s->most = 6;
        return true;
    }
    if (tf_chain_is(c, node, "SelectV2") && c->g->nodes[node].input_count == 3) {
        condition = tf_chain_operand(c, node, 0);
        s->from = tf_chain_operand(c, node, 1);
        return s->from != NO_NODE && number_of(c, tf_chain_operand(c, node, 2), &zero) && zero == 0 &&
               match_condition(c, condition, s->from, &s->threshold);
    }
    if (!split(c, node, "Mul", &s->from, &cast)) return false;
    if (!tf_chain_is(c, cast, "Cast")) swap(&s->from, &cast);
    return take(c, cast, "Cast", &condition) && match_condition(c, condition, s->from, &s->threshold);
}

/* Keras': min(above, most) - slope max(threshold - x, 0), each of which may be missing. */
static bool match_keras_relu(tf_chain *c, size_t node, tf_step *s)
{
    size_t above, product, slope, below, below_x = NO_NODE, least;
    float threshold = 0, zero;
    if (split(c, node, "Sub", &above, &product)) {
        if (!split(c, product, "Mul", &slope, &below)) return false;
        if (!number_of(c, slope, &s->slope)) swap(&slope, &below);
        if (!number_of(c, slope, &s->slope) || !match_below(c, below, &below_x, &threshold)) return false;
        node = above;
    }
    if (split(c, node, "Maximum", &above, &least)) {
        size_t most;
        if (!number_of(c, least, &zero) || zero != 0 || !split(c, above, "Minimum", &node, &most))
            return false;
        if (!number_of(c, most, &s->most)) return false;
    }
    if (!match_above(c, node, s)) return false;
    return below_x == NO_NODE || (below_x == s->from && threshold == s->threshold);
}

bool tf_match_relu(tf_chain *c, size_t node, tf_step *out)
{
    tf_step s = *out;
    s.kind = "ReLU";
    if (!match_select(c, node, &s)) {
        s = *out;
        s.kind = "ReLU";
        if (!match_keras_relu(c, node, &s)) return false;
    }
    *out = s;
    return true;
}
