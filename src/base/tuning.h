/* Numbers of base that only steer speed: they change no result. */
#ifndef BASE_TUNING_H
#define BASE_TUNING_H

enum {
    /* How long an idle thread of the pool spins before it sleeps. Regions of a step follow each other within some ten
     * microseconds. Not measured. */
    TUNING_SPIN_NANOSECONDS = 50000
};

#endif
