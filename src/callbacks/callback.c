#include <stdlib.h>
#include <horn/callback.h>

void horn_callback_free(horn_callback *callback)
{
    if (!callback) return;
    if (callback->destroy) callback->destroy(callback);
    free(callback);
}
