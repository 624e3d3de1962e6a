/* rewrite SRC DST [--format NAME] [--dialect NAME]: reads a file into a snapshot and writes it again, without
 * a model. */
#include <stdio.h>
#include <string.h>
#include "base/bytes.h"
#include "base/status.h"
#include "formats/format.h"

static horn_status rewrite(const char *source_path, const char *path, const char *name, const char *dialect)
{
    horn_status status = HORN_OK;
    source from = { 0 };
    snapshot *s = NULL;
    transaction *t = NULL;
    const format *reader, *writer;
    format_options options = { .dialect = dialect };
    TRY(source_open(&from, source_path));
    TRY(format_by_content(&reader, &from));
    TRY(snapshot_new(&s));
    TRY(reader->read(s, &from, NULL, NULL));
    if (name)
        TRY(format_by_name(&writer, name));
    else
        TRY(format_by_suffix(&writer, path, !(s->parts & PART_ARCHITECTURE)));
    TRY(transaction_begin(&t, path));
    TRY(writer->write(s, t, &options));
    TRY(transaction_commit(t));
done:
    transaction_free(t);
    snapshot_free(s);
    source_close(&from);
    return status;
}

int main(int count, char **arguments)
{
    const char *name = NULL, *dialect = NULL;
    for (int i = 3; i + 1 < count; i += 2) {
        if (strcmp(arguments[i], "--format") == 0) name = arguments[i + 1];
        if (strcmp(arguments[i], "--dialect") == 0) dialect = arguments[i + 1];
    }
    if (count < 3) return 2;
    if (!rewrite(arguments[1], arguments[2], name, dialect)) return 0;
    fprintf(stderr, "rewrite: %s\n", horn_last_error());
    return 1;
}
