/* Files of other kinds, which Horn does not read: named for what they are, so that nobody looks for damage in them. */
#ifndef FORMATS_FOREIGN_H
#define FORMATS_FOREIGN_H

#include "config/config.h"
#include "formats/source.h"

/* FORMAT if something else stands in the place of a file, whatever its name: nothing, a pointer to it, a page; else HORN_OK. */
HORN_CHECKED horn_status foreign_check_stand_in(const source *);
/* UNSUPPORTED, or FORMAT for what is no model of anything, if the content is of a known kind; else HORN_OK. */
HORN_CHECKED horn_status foreign_check(const source *);
/* The same of JSON that is read. */
HORN_CHECKED horn_status foreign_check_json(const config *, const char *where);
/* UNSUPPORTED if the name is one that other frameworks give their files. */
HORN_CHECKED horn_status foreign_check_name(const char *path);

#endif
