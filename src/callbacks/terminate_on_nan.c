/* Keras' TerminateOnNaN; it also checks the validation loss, and fit fails. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "callbacks/bad_loss.h"
#include "callbacks/failed.h"

horn_status bad_loss_check(const char *name, const horn_progress *p, const horn_logs *logs)
{
    for (size_t i = 0; i < logs->count; i++) {
        const double value = logs->values[i];
        if (isfinite(value) || strcmp(logs->names[i], name) != 0) continue;
        return fail(HORN_ERROR_ARGUMENT, "%s is %s in epoch %zu, batch %zu: training ends", name,
                    isnan(value) ? "nan"
                    : value > 0  ? "inf"
                                 : "-inf",
                    p->epoch + 1, p->batch);
    }
    return HORN_OK;
}

static horn_status check(horn_callback *self, const horn_progress *p, const horn_logs *logs)
{
    (void)self;
    horn_status status = bad_loss_check("loss", p, logs);
    return status ? status : bad_loss_check("val_loss", p, logs);
}

horn_callback *horn_terminate_on_nan(void)
{
    horn_callback *c;
    const horn_status status = memory_new(&c, 1, sizeof *c);
    if (status) return callback_failed(status);
    *c = (horn_callback){ .on_batch_end = check, .on_epoch_end = check };
    return c;
}
