/* deepdish's HDF5 files: a dictionary of arrays, as deepdish.io.save writes it with PyTables. Arrays are in PyTorch's layouts.
 *
 *     group                      a dictionary; TITLE "list:N", "tuple:N": its members are i0, i1, ...; "nonetype:": None
 *     dataset                    an array; chunked, shuffled and deflated if it is large
 *     attribute of a group       a number, boolean or text; also an array without axes
 *     soft link                  the same array again
 *     dataset "zeroarray_dtype"  an array without elements: its values are the shape
 *     dataset "strtype"          an array of texts
 *     DEEPDISH_IO_..._UNPACK     at the root: the dictionary is in its only group
 *
 * Horn writes plain datasets, and groups for '/' in names (paths.h), which deepdish.io.load reads. */
#ifndef FORMATS_DEEPDISH_DEEPDISH_H
#define FORMATS_DEEPDISH_DEEPDISH_H

#include "codecs/hdf5/file.h"
#include "formats/format.h"

/* An attribute of the root in each file of PyTables. */
#define DEEPDISH_MARK "PYTABLES_FORMAT_VERSION"

/* marks.c. Writes what marks a file as one of deepdish. */
HORN_CHECKED horn_status deepdish_begin(hdf5_file *);
/* Writes, under a name that deepdish.io.load leaves out, that the layers were not known: rows behind a Flatten are in TensorFlow's
 * order. */
HORN_CHECKED horn_status deepdish_mark_rows(hdf5_file *);
/* Whether a file says so. */
bool deepdish_has_rows(const hdf5_file *);

/* list.c: the slot `list`: each array and number, by the keys that lead to it, with '/' between them. */
HORN_CHECKED horn_status deepdish_list(contents *out, const source *from);
/* Whether a listed tensor is an attribute. */
bool deepdish_is_attribute(const contents *, size_t index);
/* Its file. */
const hdf5_file *deepdish_file_of(const contents *);

/* stream.c: the slot `stream`. */
HORN_CHECKED horn_status deepdish_stream(const contents *from, transaction *, const format_options *,
                                         bytes *report);

/* read.c: the slot `read`. */
HORN_CHECKED horn_status deepdish_read(snapshot *out, const source *from, const format_options *,
                                       const schema *known);
/* write.c: the slot `write`. */
HORN_CHECKED horn_status deepdish_write(const snapshot *, transaction *, const format_options *);

#endif
