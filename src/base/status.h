/* The internal part of <horn/status.h>: writes the error line; and the one pattern for cleaning up:
 *
 *     horn_status f(...)
 *     {
 *         horn_status status = HORN_OK;
 *         char *text = NULL;                 // everything that is freed starts as NULL
 *         TRY(text_read(&text, path));       // on failure: sets status, jumps to done
 *         ...
 *     done:
 *         free(text);
 *         return status;
 *     } */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include <horn/status.h>

/* Bytes of the line. */
enum { STATUS_LINE = 1024 };

/* Writes this thread's error line and returns `status`. The line is cut at 1023 bytes; control bytes become '?'. */
horn_status fail(horn_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Public functions that may try what fails and go on without it do so between the two: `end` returns `status`, and a call that
 * succeeds leaves the caller's line as it was. They nest. */
void status_begin(void);
horn_status status_end(horn_status status);

/* fail(HORN_ERROR_MEMORY, ...): `bytes` bytes for `what` could not be allocated. */
horn_status fail_memory(const char *what, unsigned long long bytes);

/* fail(HORN_ERROR_ARGUMENT, ...): the argument `name` of a public function is NULL. */
horn_status fail_null(const char *function, const char *name);

/* Returns an error from a function if the pointer is NULL. Use it before anything needs to be freed. */
#define NEED(pointer, name)                               \
    do {                                                  \
        if (!(pointer)) return fail_null(__func__, name); \
    } while (0)

/* Puts "where: " before the error line, for callers that know the place; returns `status` unchanged. */
horn_status fail_in(horn_status status, const char *where);

#define TRY(call)                         \
    do {                                  \
        if ((status = (call))) goto done; \
    } while (0)

#endif
