#include "base/failure.h"

#include <stdlib.h>
#include <string.h>
#include "base/status.h"

struct failure {
    horn_status status;
    char line[STATUS_LINE];
};

failure failure_no_memory = { HORN_ERROR_MEMORY, "no memory for what a constructor returns" };

failure *failure_new(void *object, size_t size, void *lasting, horn_status status)
{
    failure *f = malloc(sizeof *f);
    void *made = calloc(1, size);
    if (!f || !made) {
        free(f);
        free(made);
        memcpy(object, &lasting, sizeof lasting);
        return &failure_no_memory;
    }
    f->status = status;
    strcpy(f->line, horn_last_error());
    memcpy(object, &made, sizeof made);
    return f;
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
