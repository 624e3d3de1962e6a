/* Attention and AdditiveAttention: dense_attention.h. Scores of query t and key s:
 *
 *     dot       scale q k
 *     concat    concat_score_weight sum of tanh(scale (q + k))
 *     additive  sum of scale tanh(q + k), where scale is a vector
 *
 * Sources: Luong et al., "Effective Approaches to Attention-based Neural Machine Translation", 2015; Bahdanau et al., "Neural Machine
 * Translation by Jointly Learning to Align and Translate", 2014 */
#include <string.h>
#include "base/option.h"
#include "base/status.h"
#include "functions/initializer.h"
#include "layers/attention/dense_attention.h"

static dense_attention *self_of(layer *l)
{
    return (dense_attention *)l;
}

static void configure_additive(layer *l, config_reader *r)
{
    dense_attention *a = self_of(l);
    a->mode = SCORE_ADDITIVE;
    a->use_scale = true;
    config_read_boolean(r, "use_scale", &a->use_scale);
    config_only_boolean(r, "causal", false);
    scores_read_arguments(l, r, &a->dropout, &a->is_causal);
}

static void configure(layer *l, config_reader *r)
{
    dense_attention *a = self_of(l);
    const char *mode = "dot";
    config_read_boolean(r, "use_scale", &a->use_scale);
    config_read_string(r, "score_mode", &mode);
    config_only_boolean(r, "causal", false);
    scores_read_arguments(l, r, &a->dropout, &a->is_causal);
    a->mode = strcmp(mode, "concat") == 0 ? SCORE_CONCAT : SCORE_DOT;
    if (!r->status && a->mode == SCORE_DOT && strcmp(mode, "dot") != 0)
        config_reader_refuse(r, "score_mode", "dot or concat");
}

static void describe(const layer *l, config *c)
{
    const dense_attention *a = (const dense_attention *)l;
    config_set_number(c, "dropout", a->dropout);
    config_set_boolean(c, "use_scale", a->use_scale);
    if (a->mode != SCORE_ADDITIVE)
        config_set_string(c, "score_mode", a->mode == SCORE_CONCAT ? "concat" : "dot");
    if (a->is_causal) config_set_boolean(c, "use_causal_mask", true);
}

static horn_status add_weight(layer *l, const char *name, const shape *s, const char *start)
{
    initializer first;
    horn_status status = initializer_read(&first, NULL, start, l->class->name);
    const double fan = s->rank ? (double)s->dim[0] : 1;
    return status ? status : layer_add_weight(l, name, s->rank ? "c" : "", s, true, &first, fan, fan);
}

static horn_status build(layer *l, const shape *inputs, size_t count)
{
    horn_status status = HORN_OK;
    const dense_attention *a = self_of(l);
    const shape scalar = { 0 }, vector = { 1, { inputs->rank ? inputs->dim[inputs->rank - 1] : 1 } };
    (void)count;
    if (a->use_scale && a->mode == SCORE_ADDITIVE) status = add_weight(l, "scale", &vector, "glorot_uniform");
    if (a->use_scale && a->mode != SCORE_ADDITIVE) status = add_weight(l, "scale", &scalar, "ones");
    if (!status && a->mode == SCORE_CONCAT) status = add_weight(l, "concat_score_weight", &scalar, "ones");
    return status;
}

#define ATTENTION(NAME, AUTO, CONFIGURE)                                                                  \
    {                                                                                                     \
        .name = NAME, .auto_name = AUTO, .size = sizeof(dense_attention), .flags = LAYER_BACK_IGNORES_Y,  \
        .most_inputs = 3, .configure = CONFIGURE, .describe = describe, .build = build,                   \
        .place = dense_attention_place, .forward = dense_attention_forward, .mask = dense_attention_mask, \
        .backward = dense_attention_backward                                                              \
    }

const layer_class attention_class = ATTENTION("Attention", "attention", configure);
const layer_class additive_attention_class =
    ATTENTION("AdditiveAttention", "additive_attention", configure_additive);

static config *argue(const horn_attention_options *o, double dropout)
{
    config *arguments = layer_arguments(o->name, o->input_shape);
    config_set_number(arguments, "dropout", dropout);
    config_set_boolean(arguments, "use_causal_mask", o->use_causal_mask);
    return arguments;
}

horn_layer *horn_attention(const horn_attention_options *options)
{
    const horn_attention_options o = options ? *options : (horn_attention_options){ 0 };
    config *arguments = argue(&o, option_number(o.dropout, 0));
    config_set_boolean(arguments, "use_scale", o.use_scale);
    if (o.score_mode) config_set_string(arguments, "score_mode", o.score_mode);
    return layer_construct(&attention_class, arguments);
}

horn_layer *horn_additive_attention(const horn_attention_options *options)
{
    const horn_attention_options o = options ? *options : (horn_attention_options){ 0 };
    config *arguments = argue(&o, option_number(o.dropout, 0));
    config_set_boolean(arguments, "use_scale", !o.no_scale);
    return layer_construct(&additive_attention_class, arguments);
}
