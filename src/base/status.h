/* Inside of <horn/status.h>: writing the error line, and the one way to leave a function.
 *
 *     horn_status f(...)
 *     {
 *         horn_status status = HORN_OK;
 *         char *text = NULL;                 // everything that is freed starts as NULL
 *         TRY(text_read(&text, path));       // on failure: status is set, jump to done
 *         ...
 *     done:
 *         free(text);
 *         return status;
 *     }
 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include <horn/status.h>

/* Writes the line (cut at 1023 bytes; control bytes that came from a file are shown as '?') and returns
 * `status`. */
horn_status fail(horn_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* fail(HORN_ERROR_MEMORY, ...): `what` could not get `bytes` bytes. */
horn_status fail_memory(const char *what, unsigned long long bytes);

/* fail(HORN_ERROR_ARGUMENT, ...): what a function of the public API was handed as `name` is NULL. */
horn_status fail_null(const char *function, const char *name);

/* Leaves a function that returns a status, where the pointer is NULL; before there is anything to free. */
#define NEED(pointer, name)                               \
    do {                                                  \
        if (!(pointer)) return fail_null(__func__, name); \
    } while (0)

/* Puts "where: " before the present line, for a caller that alone knows the place; returns `status`
 * unchanged. */
horn_status fail_in(horn_status status, const char *where);

/* The status of this thread's last failure, for constructors that cannot return it. HORN_ERROR_ARGUMENT where none failed. */
horn_status fail_before(void);

#define TRY(call)                         \
    do {                                  \
        if ((status = (call))) goto done; \
    } while (0)

#endif
