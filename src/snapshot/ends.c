/* The inputs and outputs of a model. */
#include <stdlib.h>
#include <string.h>
#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"
#include "snapshot/snapshot.h"

static void forget(snapshot_end **ends, size_t *count)
{
    for (size_t i = 0; i < *count; i++) free((*ends)[i].key);
    free(*ends);
    *ends = NULL;
    *count = 0;
}

void snapshot_forget_ends(snapshot *s)
{
    forget(&s->inputs, &s->input_count);
    forget(&s->outputs, &s->output_count);
}

static horn_status set(snapshot_end **out, size_t *out_count, const snapshot_end *ends, size_t count)
{
    horn_status status = HORN_OK;
    forget(out, out_count);
    TRY(memory_new(out, count, sizeof **out));
    for (; *out_count < count; ++*out_count) {
        snapshot_end *end = &(*out)[*out_count];
        end->value = ends[*out_count].value;
        if (ends[*out_count].key) TRY(memory_copy_string(&end->key, ends[*out_count].key));
    }
done:
    return status;
}

horn_status snapshot_set_inputs(snapshot *s, const snapshot_end *ends, size_t count)
{
    return set(&s->inputs, &s->input_count, ends, count);
}

horn_status snapshot_set_outputs(snapshot *s, const snapshot_end *ends, size_t count)
{
    return set(&s->outputs, &s->output_count, ends, count);
}

size_t snapshot_output_count(const snapshot *s)
{
    return s->outputs ? s->output_count : 1;
}

const config *snapshot_of_output(const snapshot *s, const config *value, size_t index)
{
    return snapshot_output_count(s) > 1 ? config_at(value, index) : value;
}

size_t snapshot_figure_count(const snapshot *s)
{
    size_t count = 1;
    const size_t outputs = snapshot_output_count(s);
    for (size_t i = 0; i < outputs; i++) {
        count += outputs > 1 && !config_is_null(config_at(s->loss, i));
        count += config_count(snapshot_of_output(s, s->metrics, i));
        count += config_count(snapshot_of_output(s, s->weighted_metrics, i));
    }
    return count;
}

/* The output's key, unless it is not asked for, else the name of the layer that gives it. */
static const char *base_name(const snapshot *s, size_t index, bool by_key)
{
    const size_t last = s->calls ? s->call_count : s->layer_count,
                 value = s->outputs ? s->outputs[index].value : last;
    if (by_key && s->outputs && s->outputs[index].key) return s->outputs[index].key;
    if (!value) return s->input_name ? s->input_name : "input_1";
    const size_t layer = s->calls ? s->calls[value - 1].layer : value - 1;
    return layer < s->layer_count ? s->layers[layer].name : s->outputs ? s->outputs[index].key : "";
}

static bool is_taken(char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}

/* As Keras 2: "out", "out_1"; outputs of the same layer count together. */
static horn_status name_output(char **names, const snapshot *s, size_t index, bool by_key)
{
    bytes name = { 0 };
    const char *base = base_name(s, index, by_key);
    size_t number = 0;
    bytes_print(&name, "%s", base);
    while (bytes_text(&name) && is_taken(names, index, bytes_text(&name))) {
        bytes_free(&name);
        bytes_print(&name, "%s_%zu", base, ++number);
    }
    horn_status status = bytes_status(&name);
    if (!status) status = memory_copy_string(&names[index], bytes_text(&name));
    bytes_free(&name);
    return status;
}

static horn_status find_name(char **out, const snapshot *s, size_t index, bool by_key)
{
    horn_status status = HORN_OK;
    char **names = NULL;
    TRY(memory_new(&names, index + 1, sizeof *names));
    for (size_t i = 0; i <= index; i++) TRY(name_output(names, s, i, by_key));
    *out = names[index];
    names[index] = NULL;
done:
    for (size_t i = 0; names && i <= index; i++) free(names[i]);
    free(names);
    return status;
}

horn_status snapshot_output_name(char **out, const snapshot *s, size_t index)
{
    return find_name(out, s, index, true);
}

horn_status snapshot_output_layer(char **out, const snapshot *s, size_t index)
{
    return find_name(out, s, index, false);
}
