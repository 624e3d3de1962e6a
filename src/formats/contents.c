#include "formats/contents.h"

#include <stdlib.h>
#include "base/memory.h"

horn_status contents_add(contents *c, contents_tensor **out)
{
    horn_status status = memory_grow(&c->tensors, c->count, &c->capacity, sizeof *c->tensors);
    if (!status) *out = &c->tensors[c->count++];
    return status;
}

void contents_free(contents *c)
{
    if (c->close) c->close(c->owner);
    for (size_t i = 0; i < c->count; i++) free(c->tensors[i].name);
    free(c->tensors);
    free(c->producer);
    *c = (contents){ 0 };
}
