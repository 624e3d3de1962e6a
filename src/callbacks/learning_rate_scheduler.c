/* Keras' LearningRateScheduler. */
#include <stdlib.h>
#include "base/memory.h"
#include "base/status.h"
#include "callbacks/failed.h"

typedef struct scheduler {
    horn_callback base;
    double (*rate)(size_t epoch, double learning_rate, void *context);
    void *context;
} scheduler;

static horn_status on_epoch_begin(horn_callback *callback, const horn_progress *p)
{
    const scheduler *c = (const scheduler *)callback;
    return horn_model_set_learning_rate(p->model,
                                        c->rate(p->epoch, horn_model_learning_rate(p->model), c->context));
}

horn_callback *horn_learning_rate_scheduler(double (*rate)(size_t epoch, double learning_rate, void *context),
                                            void *context)
{
    scheduler *c = NULL;
    horn_status status = rate ? memory_new(&c, 1, sizeof *c) : fail_null(__func__, "rate");
    if (status) return callback_failed(status);
    *c = (scheduler){ { .on_epoch_begin = on_epoch_begin }, rate, context };
    return &c->base;
}
