#include "programs/shared/weights_alone.h"

#include <stdio.h>
#include <string.h>
#include <horn/horn.h>
#include "programs/shared/terminal.h"

bool weights_stand_alone(const char *path)
{
    horn_file *file = NULL;
    if (horn_file_open(&file, path)) return false;
    const unsigned parts = horn_file_about(file)->parts;
    horn_file_close(file);
    return parts & HORN_PART_WEIGHTS && !(parts & HORN_PART_ARCHITECTURE);
}

int print_failure_of_model(const char *path)
{
    char line[1024];
    snprintf(line, sizeof line, "%s", horn_last_error());
    if (weights_stand_alone(path))
        return print_error("%s: ./convert %s model.h5 --architecture model.json", line, path);
    return strstr(line, path) ? print_error("%s", line) : print_error("%s: %s", path, line);
}
