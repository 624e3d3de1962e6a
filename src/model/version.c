#include <horn/version.h>

const char *horn_version(void)
{
    return HORN_VERSION;
}
