/* The file of names of PyTorch's modules, as the option `names` of formats. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "model/files/convert.h"

enum { MOST_TEXT = 1 << 20 };

horn_status convert_names_read(conversion_names *out, const char *path)
{
    horn_status status = HORN_OK;
    size_t count = 1;
    if (!path) return HORN_OK;
    TRY(file_read(&out->text, path, MOST_TEXT));
    char *text = (char *)(uintptr_t)bytes_text(&out->text);
    if (!text) TRY(bytes_status(&out->text));
    if (strlen(text) != out->text.size) TRY(fail(HORN_ERROR_FORMAT, "%s: is no text", path));
    for (const char *c = text; *c; c++) count += *c == '\n';
    TRY(memory_new(&out->lines, count + 1, sizeof *out->lines));
    for (size_t i = 0; i < count; i++) out->lines[i] = strsep(&text, "\n");
done:
    return status;
}

void convert_names_free(conversion_names *n)
{
    bytes_free(&n->text);
    free(n->lines);
    *n = (conversion_names){ 0 };
}

bool convert_takes_names(const format *f)
{
    for (const format_option *o = f->options; o && o->name; o++)
        if (strcmp(o->name, CONVERT_NAMES) == 0) return true;
    return false;
}
