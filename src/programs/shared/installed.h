/* Files that are installed beside the programs: the tutorial's model and images. */
#ifndef PROGRAMS_SHARED_INSTALLED_H
#define PROGRAMS_SHARED_INSTALLED_H

/* Where the file or folder `name` is: here, in the current directory, as in the source tree; else ../share/horn/NAME, seen
 * from the program's own directory. Returns `name` if it is in neither. Static; each name has its own. */
const char *installed(const char *name);

/* The two that options have as defaults. */
#define INSTALLED_MODEL  "models/mlp.json"
#define INSTALLED_IMAGES "datasets/fashion-mnist"

#endif
