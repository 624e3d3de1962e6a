/* Status codes and the error line.
 *
 * Every call that can fail returns a horn_status. The deepest function that meets the trouble writes one
 * line: where, what was found, what was expected. It belongs to the calling thread and stays until that
 * thread's next failure.
 *
 * Pointers must not be NULL but where a header says so, options and what is freed. For a NULL such a call returns
 * HORN_ERROR_ARGUMENT; one that cannot fail returns 0, false, NaN or NULL, or does nothing. */
#ifndef HORN_STATUS_H
#define HORN_STATUS_H

#include <horn/export.h>

HORN_BEGIN

typedef enum horn_status {
    HORN_OK = 0,
    HORN_ERROR_MEMORY,      /* an allocation failed */
    HORN_ERROR_FILE,        /* the operating system refused: missing file, full disk, ... */
    HORN_ERROR_FORMAT,      /* the file is broken or hostile */
    HORN_ERROR_UNSUPPORTED, /* the file or argument is valid, Horn lacks the feature; the line names it */
    HORN_ERROR_SHAPE,       /* shapes that do not fit */
    HORN_ERROR_ARGUMENT,    /* a value outside what the argument takes, NULL where something must be */
    HORN_ERROR_BUSY,        /* the model is in use, by another thread or a call that has not returned */
    HORN_STOPPED,           /* not an error: a callback asked to end training after this epoch */
    HORN_INTERRUPTED        /* not an error: a callback asked to leave at once, to go on another time */
} horn_status;

#if defined(__GNUC__)
#define HORN_CHECKED __attribute__((warn_unused_result))
#else
#define HORN_CHECKED
#endif

/* The line of this thread's last failure, without a newline; "" if nothing failed yet. A failure is a call that returned one of
 * the errors above, or a constructor whose object carries one. A call that succeeds leaves the line as it was, whatever it
 * tried on the way; so do HORN_STOPPED and HORN_INTERRUPTED. Borrowed until this thread's next call. */
const char *horn_last_error(void);

HORN_END
#endif
