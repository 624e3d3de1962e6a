#include "model/files/convert.h"

#include <string.h>
#include "base/text.h"
#include "snapshot/index.h"

enum { PARTS = 5 };
static const char *const part_names[PARTS] = { "architecture", "weights", "compile settings",
                                               "optimizer state", "progress" };

bool convert_reads_back(const conversion *c)
{
    return c->writer->read && (!c->writer->gives_back || c->writer->gives_back(c->snapshot));
}

unsigned convert_carried(const conversion *c)
{
    return c->snapshot->parts & (convert_reads_back(c) ? c->result->parts : c->writer->writes);
}

static void report_carried(conversion *c)
{
    const snapshot *s = convert_reads_back(c) ? c->result : c->snapshot;
    size_t weights = 0, comma = 0;
    int64_t epoch;
    for (size_t i = 0; i < s->layer_count; i++) weights += snapshot_weight_count(&s->layers[i]);
    bytes_print(&c->report, "carried:     ");
    for (int i = 0; i < PARTS; i++) {
        if (!(convert_carried(c) & 1u << i)) continue;
        bytes_print(&c->report, "%s%s", comma++ ? ", " : "", part_names[i]);
        if (1 << i == PART_WEIGHTS) bytes_print(&c->report, " (%zu tensors)", weights);
        if (1 << i == PART_OPTIMIZER)
            bytes_print(&c->report, " (%s at step %lld)",
                        config_get_string(c->snapshot->optimizer, "class_name"), (long long)s->iteration);
        if (1 << i == PART_PROGRESS && config_integer(config_get(s->progress, "epoch"), &epoch))
            bytes_print(&c->report, " (%lld epochs)", (long long)epoch);
    }
    bytes_print(&c->report, "\n");
}

/* Why a part of the source is not in the result. */
static void report_reason(conversion *c, unsigned part)
{
    const snapshot *s = c->snapshot;
    const char *why = snapshot_reason(s, part);
    if (why)
        bytes_print(&c->report, "%s)", why);
    else if (!(s->parts & part) && s->unsure)
        bytes_print(&c->report, "layers of unknown classes do not tell which weights train)");
    else if (!(s->parts & part) && s->parts & PART_COMPILE)
        bytes_print(&c->report, "which weights its variables belong to is not known of %s)",
                    config_get_string(s->optimizer, "class_name"));
    else if (!(s->parts & part))
        bytes_print(&c->report, "no compile settings that fit say what its variables mean)");
    else if (!(c->writer->writes & part))
        bytes_print(&c->report, "format '%s' has no place for it)", c->writer->name);
    else
        bytes_print(&c->report, "format '%s' keeps it only beside architecture and compile settings)",
                    c->writer->name);
}

static void report_lost(conversion *c)
{
    const unsigned had = c->snapshot->parts | c->snapshot->unread;
    for (int i = 0; i < PARTS; i++) {
        const unsigned part = 1u << i;
        if (!(had & part) || convert_carried(c) & part) continue;
        bytes_print(&c->report, "not carried: %s (", part_names[i]);
        report_reason(c, part);
        convert_count_part(&c->report, c->snapshot, part);
        bytes_print(&c->report, "\n");
    }
    bytes_append(&c->report, c->lost.data, c->lost.size);
}

static bool has_aside(const conversion *c, const char *key)
{
    const config *before = config_get(c->snapshot->asides, key);
    return convert_reads_back(c) && !config_is_null(before) &&
           config_equal(before, config_get(c->result->asides, key));
}

/* What the file says besides the parts of a model: by name, with the value of a number or a boolean. */
static void put_aside(bytes *out, const char *key, const config *value)
{
    bytes text = { 0 };
    bytes_print(out, "'%.60s'", key);
    if (!config_is_null(value) && !config_string(value) && !config_print(value, false, &text))
        bytes_print(out, " (%s)", bytes_text(&text));
    bytes_free(&text);
}

static void report_asides(conversion *c, bool carried)
{
    enum { SHOWN = 8 };
    const char *key;
    size_t count = 0;
    for (size_t i = 0; (key = config_key_at(c->snapshot->asides, i)); i++) {
        if (has_aside(c, key) != carried) continue;
        if (!count) bytes_print(&c->report, "%s", carried ? "carried:     " : "not carried: ");
        if (count++ >= SHOWN) continue;
        if (count > 1) bytes_print(&c->report, ", ");
        put_aside(&c->report, key, config_at(c->snapshot->asides, i));
    }
    if (count > SHOWN) bytes_print(&c->report, " and %zu more", count - SHOWN);
    if (count) bytes_print(&c->report, ", which stand beside the model in the file\n");
}

/* Files of Keras have PyTorch's rule where only Horn looks. Under it SGD steps otherwise if weights decay. */
static void report_update_rule(conversion *c)
{
    static const char *const others[] = { "RMSprop", "Adam", "AdamW", NULL };
    const config *arguments = config_get(c->snapshot->optimizer, "config");
    const char *class_name = config_get_string(c->snapshot->optimizer, "class_name"),
               *rule = config_get_string(arguments, "update_rule");
    const bool is_torch = rule && strcmp(rule, "torch") == 0,
               is_sgd = class_name && strcmp(class_name, "SGD") == 0;
    const bool is_known = class_name && text_is_among(class_name, others);
    double decay = 0;
    (void)!config_number(config_get(arguments, "weight_decay"), &decay);
    if (!(c->writer->writes & PART_OPTIMIZER)) return;
    if (config_get(arguments, "exclude_from_weight_decay"))
        bytes_print(&c->report, "not carried: for %s which weights do not decay\n",
                    c->writer->torch_optimizers ? "PyTorch" : "Keras");
    if (is_torch && !c->writer->torch_optimizers)
        bytes_print(&c->report,
                    "not carried: for Keras the optimizer's update rule (it is PyTorch's, which adds "
                    "epsilon and weight_decay elsewhere)\n");
    if (!is_torch && c->writer->torch_optimizers && (is_known || (is_sgd && decay > 0)))
        bytes_print(&c->report,
                    "not carried: for PyTorch the optimizer's update rule (it is Keras', which adds "
                    "epsilon and weight_decay elsewhere)\n");
    if (class_name && c->writer->torch_optimizers && !is_sgd && !is_known)
        bytes_print(&c->report,
                    "not carried: for PyTorch the optimizer's state (PyTorch has no %s as Keras has it)\n",
                    class_name);
}

static void report_changes(conversion *c)
{
    const format *f = c->writer;
    if (f->inference_alone)
        bytes_print(&c->report,
                    "changed:     the architecture has what inference needs: no Dropout, no initializers\n");
    if (convert_carried(c) & PART_OPTIMIZER && convert_is_legacy(c->snapshot) && f->newer_optimizers)
        bytes_print(
            &c->report,
            "not carried: for Keras the optimizer's state (it is one of TensorFlow up to 2.10, of which "
            "format '%s' keeps nothing that Keras restores)\n",
            f->name);
    bytes_append(&c->report, c->notes.data, c->notes.size);
    if (!(convert_carried(c) & PART_COMPILE) || !convert_reads_back(c)) return;
    report_update_rule(c);
    if (convert_is_legacy(c->snapshot) && !convert_is_legacy(c->result))
        bytes_print(&c->report, "not carried: that the optimizer is one of TensorFlow up to 2.10 (the "
                                "dialect has newer ones alone)\n");
    if (!convert_is_legacy(c->snapshot) && convert_is_legacy(c->result))
        bytes_print(&c->report, "changed:     the optimizer is one of TensorFlow up to 2.10 now (the dialect "
                                "has no others)\n");
}

void convert_report(conversion *c)
{
    report_carried(c);
    report_asides(c, true);
    report_lost(c);
    report_asides(c, false);
    report_changes(c);
}
