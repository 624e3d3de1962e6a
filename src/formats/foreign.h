/* Recognizes files of other kinds, which Horn does not read, so that error lines name them and do not call them damaged. */
#ifndef FORMATS_FOREIGN_H
#define FORMATS_FOREIGN_H

#include "config/config.h"
#include "formats/source.h"

/* FORMAT if the file is a stand-in for the real one: empty, a Git LFS pointer, an HTML page; else HORN_OK. */
HORN_CHECKED horn_status foreign_check_stand_in(const source *);
/* UNSUPPORTED, or FORMAT for what is no model of anything, if the content is of a known kind; else HORN_OK. */
HORN_CHECKED horn_status foreign_check(const source *);
/* The same of JSON that is read. */
HORN_CHECKED horn_status foreign_check_json(const config *, const char *where);
/* UNSUPPORTED if the name is one that other frameworks give their files. */
HORN_CHECKED horn_status foreign_check_name(const char *path);

#endif
