/* What the constructors of callbacks return if they fail. */
#ifndef CALLBACKS_FAILED_H
#define CALLBACKS_FAILED_H

#include <horn/callback.h>

horn_callback *callback_failed(horn_status); /* carries it and the present line */

#endif
