/* Learning-rate schedules by Keras' names. The rate depends only on the number of steps made before.
 *
 * Schedules are read from {class_name, config} in any of Keras' forms. They are written in Keras' form with module,
 * with the `name` that Keras 3 needs and Keras 2 accepts. A schedule owns its lists. */
#ifndef FUNCTIONS_SCHEDULE_H
#define FUNCTIONS_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>
#include <horn/status.h>
#include "config/config.h"

typedef struct schedule_class schedule_class;

typedef struct schedule {
    /* NULL: no schedule. All zero: no schedule. */
    const schedule_class *class;
    /* initial_learning_rate, decay_steps. */
    double initial, steps;
    /* decay_rate. */
    double rate;
    /* end_learning_rate, power. */
    double end, power;
    double alpha, warmup_target, warmup_steps;
    bool staircase, cycle, warms;
    /* [count], [count + 1]. */
    double *boundaries, *values;
    size_t count;
} schedule;

/* Reads a schedule. `where` begins the error line. */
HORN_CHECKED horn_status schedule_read(schedule *out, const config *value, const char *where);
config *schedule_describe(const schedule *);
void schedule_free(schedule *);

/* Keras' class. */
const char *schedule_name(const schedule *);
float schedule_value(const schedule *, int64_t step);

#endif
