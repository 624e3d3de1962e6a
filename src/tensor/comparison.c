#include "tensor/comparison.h"

#include "base/status.h"

horn_comparison comparison_of(size_t rows, size_t columns, const float *outputs, const targets *t)
{
    const bool labels = t->kind == TARGET_LABELS;
    return (horn_comparison){ .rows = rows,
                              .columns = columns,
                              .outputs = outputs,
                              .targets = labels ? NULL : t->rows,
                              .labels = labels ? t->labels : NULL };
}

target_kind comparison_kind(horn_targets t)
{
    return t == HORN_TARGETS_LABELS ? TARGET_LABELS : TARGET_ROWS;
}

horn_status comparison_check(const char *kind, const char *name, horn_targets t)
{
    if (t == HORN_TARGETS_ROWS || t == HORN_TARGETS_LABELS) return HORN_OK;
    return fail(HORN_ERROR_ARGUMENT, "%s class '%.100s': its targets are %d, expected rows or labels", kind,
                name, (int)t);
}
