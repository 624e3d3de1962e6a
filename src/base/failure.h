/* Why an object could not be made. A constructor of the public API returns an object that carries it; whoever takes the
 * object fails with the same status and line. */
#ifndef BASE_FAILURE_H
#define BASE_FAILURE_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/status.h>

typedef struct failure failure;

/* Returns a zeroed object of `size` bytes that carries the status and the present line in its `failure *` at the offset `at`;
 * the caller frees it and failure_free's the failure. Without memory it is `lasting`, which is static, and whose failure is
 * failure_no_memory. */
void *failure_object(size_t size, size_t at, void *lasting, horn_status status);
extern failure failure_no_memory; /* never freed, nor is the object that has it */

/* Writes the line again and returns the status. HORN_OK for NULL: nothing failed. */
HORN_CHECKED horn_status failure_status(const failure *);
bool failure_is_static(const failure *);
void failure_free(failure *); /* NULL is fine */

#endif
