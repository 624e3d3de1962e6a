#include "model/identity.h"

#include <stdio.h>
#include <string.h>
#include "base/status.h"
#include "codecs/crc32c.h"
#include "model/progress.h"
#include "model/snapshot_of_model.h"

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

static horn_status describe(config *identity, const snapshot *s)
{
    uint32_t architecture = 0, weights = 0;
    for (size_t i = 0; i < s->layer_count; i++) {
        const snapshot_layer *l = &s->layers[i];
        bytes text = { 0 };
        horn_status status = config_print(l->arguments, false, &text);
        if (status) return status;
        architecture = crc32c_extend(architecture, l->class_name, strlen(l->class_name));
        architecture = crc32c_extend(architecture, text.data, text.size);
        bytes_free(&text);
        for (size_t k = 0; k < l->tensor_count; k++)
            weights = crc32c_extend(weights, l->tensors[k].data, snapshot_tensor_bytes(&l->tensors[k]));
    }
    architecture =
        crc32c_extend(architecture, s->input_shape, (size_t)s->input_rank * sizeof *s->input_shape);
    set_checksum(identity, "architecture", architecture);
    set_checksum(identity, "starting weights", weights);
    horn_status status = set_text_of(identity, "optimizer", s->optimizer);
    if (!status) status = set_text_of(identity, "loss", s->loss);
    return status ? status : set_text_of(identity, "metrics", s->metrics);
}

horn_status identity_take(horn_model *m, const char *const *facts)
{
    horn_status status = HORN_OK;
    snapshot *picture = NULL;
    config *identity = config_object();
    char seed[32];
    TRY(model_need_compiled(m));
    TRY(snapshot_of_model(&picture, m, PART_ARCHITECTURE | PART_WEIGHTS | PART_TRAINING));
    TRY(describe(identity, picture));
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)m->seed);
    config_set_string(identity, "seed", seed);
    for (; facts && *facts; facts += 2) config_set_string(identity, facts[0], facts[1]);
    TRY(config_status(identity));
    config_free(m->progress->identity);
    m->progress->identity = identity;
    identity = NULL;
done:
    config_free(identity);
    snapshot_free(picture);
    return status;
}

horn_status identity_compare(const config *mine, const config *found, const char *name)
{
    for (size_t i = 0; i < config_count(mine); i++) {
        const char *key = config_key_at(mine, i), *here = config_string(config_at(mine, i)),
                   *there = config_get_string(found, key);
        if (!there || strcmp(here, there) != 0)
            return fail(HORN_ERROR_ARGUMENT, "%s: is of a run with %s %.200s, this one has %.200s", name, key,
                        there ? there : "unknown", here);
    }
    return HORN_OK;
}
