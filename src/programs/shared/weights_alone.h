/* Files of weights that do not say what their layers are, such as those of PyTorch: they need an architecture. */
#ifndef PROGRAMS_SHARED_WEIGHTS_ALONE_H
#define PROGRAMS_SHARED_WEIGHTS_ALONE_H

#include <stdbool.h>

bool weights_stand_alone(const char *path);

/* After a model at `path` could not be loaded: prints the error line, with the command that makes a model of the file if it holds
 * weights alone. Returns EXIT_FAILURE. */
int print_failure_of_model(const char *path);

#endif
