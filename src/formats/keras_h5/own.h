/* What Horn adds to Keras' HDF5 files, in a group that Keras ignores.
 *
 *     /horn   @progress JSON of a run   @input JSON of how data are scaled   @checksum (codecs/hdf5/trailer.h)
 */
#ifndef FORMATS_KERAS_H5_OWN_H
#define FORMATS_KERAS_H5_OWN_H

#include "codecs/hdf5/file.h"
#include "snapshot/snapshot.h"

/* Does nothing if there is none. `leave_out`: PART_PROGRESS, and PART_ARCHITECTURE, to which the divisor belongs. */
HORN_CHECKED horn_status keras_own_read(snapshot *out, const hdf5_file *file, unsigned leave_out,
                                        const char *where);
/* Writes the progress, if `parts` has it, and the divisor. */
HORN_CHECKED horn_status keras_own_write(hdf5_file *file, const snapshot *s, unsigned parts);

/* A config in a text attribute; the caller owns *out. `place` becomes "FILE: attribute", which begins error lines. */
HORN_CHECKED horn_status keras_attribute_read(config **out, const hdf5_file *file, const char *group,
                                              const char *attribute, const char *where, char place[512]);
HORN_CHECKED horn_status keras_attribute_write(hdf5_file *file, const char *group, const char *attribute,
                                               const config *value);

#endif
