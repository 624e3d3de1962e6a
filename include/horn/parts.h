/* The parts of a model that a file may hold, as bits. Each is read for itself: one that Horn does not know leaves the
 * others as they are, while a file that is broken is refused as a whole. */
#ifndef HORN_PARTS_H
#define HORN_PARTS_H

enum {
    HORN_PART_ARCHITECTURE = 1,
    HORN_PART_WEIGHTS = 2,
    HORN_PART_COMPILE = 4,   /* loss, metrics, optimizer and its arguments */
    HORN_PART_OPTIMIZER = 8, /* the optimizer's variables */
    HORN_PART_PROGRESS = 16, /* of a run that can be resumed */
    HORN_PARTS = 5           /* how many there are */
};

#endif
