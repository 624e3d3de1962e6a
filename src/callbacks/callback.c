#include <stdlib.h>
#include <horn/callback.h>
#include "base/failure.h"
#include "base/status.h"
#include "callbacks/failed.h"

static horn_status check(const horn_callback *self)
{
    return failure_status(self->payload);
}

static void destroy(horn_callback *self)
{
    failure_free(self->payload);
}

static horn_callback no_memory = { .payload = &failure_no_memory, .check = check };

horn_callback *callback_failed(horn_status status)
{
    horn_callback *c = failure_object(sizeof no_memory, offsetof(horn_callback, payload), &no_memory, status);
    if (c == &no_memory) return c;
    c->check = check;
    c->destroy = destroy;
    return c;
}

horn_status horn_callback_status(const horn_callback *callback)
{
    NEED(callback, "callback");
    return callback->check ? callback->check(callback) : HORN_OK;
}

void horn_callback_free(horn_callback *callback)
{
    if (!callback || callback == &no_memory) return;
    if (callback->destroy) callback->destroy(callback);
    free(callback);
}
