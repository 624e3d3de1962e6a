#include "base/failure.h"

#include <stdlib.h>
#include <string.h>
#include "base/status.h"

struct failure {
    horn_status status;
    char line[STATUS_LINE];
};

failure failure_no_memory = { HORN_ERROR_MEMORY, "no memory for what a constructor returns" };

void *failure_object(size_t size, size_t at, void *lasting, horn_status status)
{
    failure *f = malloc(sizeof *f);
    char *object = calloc(1, size);
    if (!f || !object) {
        free(f);
        free(object);
        return lasting;
    }
    f->status = status;
    strcpy(f->line, horn_last_error());
    memcpy(object + at, &f, sizeof f);
    return object;
}

horn_status failure_status(const failure *f)
{
    return f ? fail(f->status, "%s", f->line) : HORN_OK;
}

bool failure_is_static(const failure *f)
{
    return f == &failure_no_memory;
}

void failure_free(failure *f)
{
    if (!failure_is_static(f)) free(f);
}
