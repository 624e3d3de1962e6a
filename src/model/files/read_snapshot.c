#include "base/arithmetic.h"
#include "base/status.h"
#include "formats/format.h"
#include "model/files/save_load.h"
#include "model/files/flatten.h"
#include "model/files/snapshot_of_model.h"

horn_status model_read_path(snapshot **out, const char *path, unsigned leave_out, const horn_model *like)
{
    const arithmetic host = arithmetic_begin();
    horn_status status = HORN_OK;
    source from = { 0 };
    snapshot *s = NULL, *target = NULL;
    const format *chosen;
    const format_options o = { .leave_out = leave_out };
    TRY(source_open(&from, path));
    TRY(format_by_content(&chosen, &from));
    from.is_kept = true;
    TRY(snapshot_new(&s));
    if (like && (from.files || chosen->needs)) TRY(snapshot_without_values(&target, like));
    if (target && format_needs_chain(chosen)) TRY(snapshot_flatten(target));
    const schema known = model_schema(target);
    TRY(format_read(chosen, s, &from, &o, &known));
    TRY(snapshot_keep(s, &from.content));
    *out = s;
    s = NULL;
done:
    snapshot_free(s);
    snapshot_free(target);
    source_close(&from);
    arithmetic_end(host);
    return status;
}
