/* Which checkpoints are there, which of them are of this run, and which is the newest that verifies. */
#include "callbacks/model_checkpoint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <horn/kernels.h>
#include "base/memory.h"
#include "base/status.h"
#include "callbacks/checkpoint_name.h"
#include "model/identity.h"
#include "model/progress.h"
#include "model/save_load.h"

/* A checkpoint that reads. Another template's counts only where it is of this run. */
typedef struct candidate {
    const char *name;
    bool same_run;
    run_facts facts;
} candidate;

typedef struct search {
    model_checkpoint *c;
    horn_model *model;
    checkpoint_list names;
    candidate *found;
    size_t count, skipped;
} search;

static int newest_first(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    int64_t i = x->facts.iteration, j = y->facts.iteration;
    if (i != j) return i < j ? 1 : -1;
    if (x->facts.epoch != y->facts.epoch) return x->facts.epoch < y->facts.epoch ? 1 : -1;
    return strcmp(x->name, y->name);
}

static horn_status path_of(const model_checkpoint *c, const char *name, bytes *path)
{
    bytes_print(path, "%s/%s", c->directory, name);
    return bytes_status(path);
}

/* What does not read is told of, unless it was never meant to be resumed from. */
static horn_status look_at(search *s, const char *name)
{
    bool best = checkpoint_is_best(name), fits = best || checkpoint_name_fits(s->c->template, name);
    bytes path = { 0 };
    candidate *new = &s->found[s->count];
    horn_status status = path_of(s->c, name, &path);
    if (!status) status = model_read_run(&new->facts, bytes_text(&path));
    if (status == HORN_ERROR_MEMORY) goto done;
    if (status) {
        bool told = fits || status != HORN_ERROR_UNSUPPORTED;
        if (told && !s->c->options.restart) checkpoint_say(s->c, "skipped: %s", horn_last_error());
        s->skipped += told;
        status = fits && !best && s->c->options.restart ? checkpoint_list_add(&s->c->old, name) : HORN_OK;
        goto done;
    }
    new->name = name;
    new->same_run = !identity_compare(s->model->progress->identity, new->facts.identity, name);
    if (!fits && !new->same_run)
        run_facts_free(&new->facts);
    else
        s->count++;
done:
    bytes_free(&path);
    return status;
}

static horn_status look_around(search *s)
{
    horn_status status = checkpoint_files_list(s->c->directory, &s->names);
    if (!status) status = memory_new(&s->found, s->names.count, sizeof *s->found);
    for (size_t i = 0; !status && i < s->names.count; i++) status = look_at(s, s->names.items[i]);
    if (status) return status;
    qsort(s->found, s->count, sizeof *s->found, newest_first);
    for (size_t i = s->count; !status && i-- > 0;) {
        const candidate *found = &s->found[i];
        if (s->c->options.restart)
            status = checkpoint_list_add(&s->c->old, found->name);
        else if (found->same_run && !checkpoint_is_best(found->name))
            status = checkpoint_list_add(&s->c->kept, found->name);
    }
    return status;
}

static horn_status take(model_checkpoint *c, horn_model *m, const char *path, const run_facts *facts)
{
    c->found.size = 0;
    bytes_print(&c->found, "%s", path);
    horn_status status = bytes_status(&c->found);
    if (!status) status = identity_compare(m->progress->identity, facts->identity, path);
    if (status) return status;
    if (strcmp(facts->kernels, horn_kernels()) != 0)
        checkpoint_say(c, "%s: was trained with %s, this CPU runs %s: the last bits may differ", path,
                       facts->kernels, horn_kernels());
    return horn_model_restore(m, path);
}

static horn_status take_path(model_checkpoint *c, horn_model *m, const char *path)
{
    run_facts facts = { 0 };
    horn_status status = model_read_run(&facts, path);
    if (!status) status = take(c, m, path, &facts);
    run_facts_free(&facts);
    return status;
}

static horn_status take_newest(const search *s)
{
    bytes path = { 0 };
    if (s->count == 0 && s->skipped)
        return fail(HORN_ERROR_FORMAT, "%s: none of its checkpoints can be resumed from (%zu of them)",
                    s->c->directory, s->skipped);
    if (s->count == 0) return HORN_OK;
    horn_status status = path_of(s->c, s->found[0].name, &path);
    if (!status) status = take(s->c, s->model, bytes_text(&path), &s->found[0].facts);
    bytes_free(&path);
    return status;
}

/* What a save that was killed after its checkpoint stood did not come to: `checkpoint`, and the oldest one. */
static horn_status finish_last_save(model_checkpoint *c)
{
    horn_status status = HORN_OK;
    checkpoint_list newest = { 0 };
    size_t first = c->kept.count > c->options.keep ? c->kept.count - c->options.keep : 0;
    if (!c->kept.count || *checkpoint_name_suffix(c->template)) goto done;
    for (size_t i = first; i < c->kept.count; i++) TRY(checkpoint_list_add(&newest, c->kept.items[i]));
    TRY(checkpoint_files_point_at(c->directory, &newest));
done:
    checkpoint_list_free(&newest);
    if (status == HORN_ERROR_FILE) { /* the next checkpoint does it */
        checkpoint_say(c, "%s", horn_last_error());
        return HORN_OK;
    }
    if (!status) checkpoint_prune(c);
    return status;
}

horn_status horn_model_checkpoint_resume(horn_callback *checkpoint, horn_model *m, const char *path,
                                         const char **name)
{
    model_checkpoint *c = (model_checkpoint *)checkpoint;
    search s = { .c = c, .model = m };
    horn_status status = HORN_OK;
    *name = NULL;
    c->found.size = 0;
    checkpoint_list_free(&c->kept);
    checkpoint_list_free(&c->old);
    TRY(checkpoint_check(c, m));
    TRY(identity_take(m, (const char *const *)c->identity));
    if (c->options.weights_only) goto done;
    TRY(look_around(&s));
    if (!c->options.restart) TRY(path ? take_path(c, m, path) : take_newest(&s));
    if (!c->options.restart && !path) TRY(finish_last_save(c));
done:
    if (c->found.size) *name = bytes_text(&c->found);
    for (size_t i = 0; i < s.count; i++) run_facts_free(&s.found[i].facts);
    free(s.found);
    checkpoint_list_free(&s.names);
    return status;
}
