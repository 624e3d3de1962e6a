/* A conversion without a snapshot: from a file whose tensors are read in parts, by their names alone, into a format that writes
 * them one after the other. So the memory that it takes does not grow with the file. */
#include "base/status.h"
#include "model/files/convert.h"
#include "model/files/save_load.h"

static horn_status write_file(conversion *c, const contents *from)
{
    horn_status status = HORN_OK;
    transaction *files = NULL;
    format_value own[FILE_VALUES];
    const format_options o = { .dialect = c->options->dialect, .own = own };
    file_values(own, c->options->shards, NULL, NULL);
    TRY(format_check_options(c->writer, &o, c->target));
    TRY(transaction_begin(&files, c->target));
    TRY(c->writer->stream(from, files, &o, &c->lost));
    TRY(convert_check_place(files, c->from.path));
    if (!c->options->dry_run) TRY(transaction_commit(files));
done:
    transaction_free(files);
    return status;
}

/* Only a format that is named can be such a one. */
horn_status convert_stream(conversion *c)
{
    horn_status status = HORN_OK;
    contents from = { 0 };
    if (!c->options->to) return HORN_OK;
    TRY(format_by_name(&c->writer, c->options->to));
    if (!c->writer->stream || c->options->architecture || !c->reader->list) goto done;
    TRY(format_contents(c->reader, &from, &c->from));
    c->is_streamed = from.read_part && !from.has_architecture;
    if (c->is_streamed && c->names.lines)
        TRY(fail(HORN_ERROR_ARGUMENT,
                 "%s: names of modules were given, and no architecture that says which variables are theirs",
                 c->target));
    if (c->is_streamed) TRY(write_file(c, &from));
done:
    contents_free(&from);
    return status;
}
