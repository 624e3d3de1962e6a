/* Learning-rate schedules by Keras' names: the rate of a step, from nothing but how many steps were made
 * before it.
 *
 * Read from {class_name, config} in any of Keras' spellings; described as Keras' module form, under the name
 * that Keras 3 asks for and Keras 2 takes. A schedule owns its lists. */
#ifndef FUNCTIONS_SCHEDULE_H
#define FUNCTIONS_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>
#include <horn/status.h>
#include "config/config.h"

typedef struct schedule_class schedule_class;

typedef struct schedule {
    const schedule_class *class; /* NULL: none; all zeros is none */
    double initial, steps;       /* initial_learning_rate, decay_steps */
    double rate;                 /* decay_rate */
    double end, power;           /* end_learning_rate */
    double alpha, warmup_target, warmup_steps;
    bool staircase, cycle, warms;
    double *boundaries, *values; /* [count], [count + 1] */
    size_t count;
} schedule;

/* `where` begins the message. */
HORN_CHECKED horn_status schedule_read(schedule *out, const config *value, const char *where);
config *schedule_describe(const schedule *);
void schedule_free(schedule *);

const char *schedule_name(const schedule *); /* Keras' class */
float schedule_value(const schedule *, int64_t step);

#endif
