#include "model/files/identity.h"

#include <stdio.h>
#include <string.h>
#include "base/status.h"
#include "codecs/crc32c.h"
#include "model/train/progress.h"
#include "model/files/snapshot_of_model.h"

static horn_status set_text_of(config *identity, const char *key, const config *value)
{
    bytes text = { 0 };
    horn_status status = config_print(value, false, &text);
    if (!status && bytes_text(&text)) config_set_string(identity, key, bytes_text(&text));
    bytes_free(&text);
    return status;
}

static void set_checksum(config *identity, const char *key, uint32_t crc)
{
    char text[16];
    snprintf(text, sizeof text, "%08x", crc);
    config_set_string(identity, key, text);
}

/* A chain says nothing else. */
static uint32_t extend_by_calls(uint32_t crc, const snapshot *s)
{
    for (size_t i = 0; i < s->call_count; i++) {
        const snapshot_call *c = &s->calls[i];
        crc = crc32c_extend(crc, &c->layer, sizeof c->layer);
        crc = crc32c_extend(crc, c->values, c->value_count * sizeof *c->values);
    }
    for (size_t i = 0; i < s->input_count; i++) crc = crc32c_extend(crc, &s->inputs[i].value, sizeof(size_t));
    for (size_t i = 0; i < s->output_count; i++)
        crc = crc32c_extend(crc, &s->outputs[i].value, sizeof(size_t));
    return crc;
}

static horn_status describe_architecture(config *identity, const snapshot *s)
{
    uint32_t crc = 0;
    for (size_t i = 0; i < s->layer_count; i++) {
        const snapshot_layer *l = &s->layers[i];
        bytes text = { 0 };
        horn_status status = config_print(l->arguments, false, &text);
        if (!status) status = bytes_status(&text);
        crc = crc32c_extend(crc, l->class_name, strlen(l->class_name));
        if (!status) crc = crc32c_extend(crc, text.data, text.size);
        bytes_free(&text);
        if (status) return status;
    }
    crc = crc32c_extend(crc, s->input_shape, (size_t)s->input_rank * sizeof *s->input_shape);
    set_checksum(identity, "architecture", extend_by_calls(crc, s));
    return HORN_OK;
}

static uint32_t extend_by_weights(uint32_t crc, const snapshot_layer *l)
{
    for (size_t k = 0; k < l->tensor_count; k++)
        crc = crc32c_extend(crc, l->tensors[k].data, snapshot_tensor_bytes(&l->tensors[k]));
    for (size_t i = 0; i < l->inner_count; i++) crc = extend_by_weights(crc, &l->inner[i]);
    return crc;
}

static void describe_weights(config *identity, const snapshot *s)
{
    uint32_t crc = 0;
    for (size_t i = 0; i < s->layer_count; i++) crc = extend_by_weights(crc, &s->layers[i]);
    set_checksum(identity, "starting weights", crc);
}

/* The order matters: the first difference causes those after it. */
horn_status identity_take(horn_model *m, const char *const *facts)
{
    horn_status status = HORN_OK;
    snapshot *s = NULL;
    config *identity = config_object();
    char seed[32];
    TRY(model_need_compiled(m));
    TRY(snapshot_borrow_model(&s, m, PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE));
    TRY(describe_architecture(identity, s));
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)m->seed);
    config_set_string(identity, "seed", seed);
    for (; facts && *facts; facts += 2) config_set_string(identity, facts[0], facts[1]);
    TRY(set_text_of(identity, "optimizer", s->optimizer));
    TRY(set_text_of(identity, "loss", s->loss));
    TRY(set_text_of(identity, "metrics", s->metrics));
    if (s->loss_weights) TRY(set_text_of(identity, "loss_weights", s->loss_weights));
    if (s->weighted_metrics) TRY(set_text_of(identity, "weighted_metrics", s->weighted_metrics));
    describe_weights(identity, s);
    TRY(config_status(identity));
    config_free(m->progress->identity);
    m->progress->identity = identity;
    identity = NULL;
done:
    config_free(identity);
    snapshot_free(s);
    return status;
}
