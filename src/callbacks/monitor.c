#include "callbacks/monitor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/arithmetic.h"
#include "base/bytes.h"
#include "base/memory.h"
#include "base/plain_numbers.h"
#include "base/status.h"

bool monitor_grows(const char *name)
{
    static const char *const parts[] = { "acc", "auc",      "fmeasure",       "precision", "recall", "f1_",
                                         "iou", "true_pos", "true_negatives", "fbeta",     "cosine", NULL };
    for (size_t i = 0; parts[i]; i++)
        if (strstr(name, parts[i])) return true;
    return false;
}

horn_status monitor_init(monitor *m, const char *name, horn_monitor_mode mode, double min_delta)
{
    if (!name) name = "val_loss";
    *m = (monitor){ .min_delta = fabs(min_delta), .best = NAN };
    m->grows = mode == HORN_MONITOR_AUTO ? monitor_grows(name) : mode == HORN_MONITOR_MAX;
    return memory_copy_string(&m->name, name);
}

void monitor_free(monitor *m)
{
    free(m->name);
}

horn_status monitor_value(double *out, const monitor *m, const horn_logs *logs, const char *who)
{
    bytes names = { 0 };
    for (size_t i = 0; i < logs->count; i++) {
        if (strcmp(logs->names[i], m->name) == 0) {
            *out = logs->values[i];
            bytes_free(&names);
            return HORN_OK;
        }
        bytes_print(&names, "%s%s", i ? ", " : "", logs->names[i]);
    }
    horn_status status = bytes_status(&names);
    if (!status)
        status = fail(HORN_ERROR_ARGUMENT, "%s: there is no log '%s'; there are %.300s%s", who, m->name,
                      bytes_text(&names),
                      strncmp(m->name, "val_", 4) == 0 && !strstr(bytes_text(&names), "val_")
                          ? ": nothing validates"
                          : "");
    bytes_free(&names);
    return status;
}

bool monitor_is_better(const monitor *m, double value, double reference)
{
    /* A caller may flush denormal numbers to 0. */
    const arithmetic host = arithmetic_begin();
    const bool better = !isnan(value) && (isnan(reference) || (m->grows ? value - m->min_delta > reference
                                                                        : value + m->min_delta < reference));
    arithmetic_end(host);
    return better;
}

void monitor_print(bytes *state, const monitor *m)
{
    bytes_print(state, "%s %.17g", m->name, m->best);
}

const char *monitor_parse(monitor *m, const char *state)
{
    const size_t length = strlen(m->name);
    char *rest;
    m->best = NAN;
    if (strncmp(state, m->name, length) != 0 || state[length] != ' ') return NULL;
    m->best = plain_number(state + length + 1, &rest);
    return rest;
}
