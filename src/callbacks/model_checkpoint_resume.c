/* Finds the checkpoints in the directory, those of this run, and the newest valid one. A checkpoint is valid if all
 * its checksums match. */
#include "callbacks/model_checkpoint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <horn/kernels.h>
#include "base/memory.h"
#include "base/status.h"
#include "callbacks/checkpoint_name.h"
#include "formats/format.h"
#include "callbacks/checkpoint_pointer.h"
#include "model/files/identity.h"
#include "model/train/progress.h"
#include "model/files/save_load.h"
#include "model/use.h"

/* A checkpoint that can be read. One with a name of another template counts if it belongs to this run. */
typedef struct candidate {
    const char *name;
    checkpoint_mark mark;
    bool same_run;
    /* A run saved it under this name: it is no copy. */
    bool own_name;
    run_facts facts;
} candidate;

typedef struct search {
    model_checkpoint *c;
    horn_model *model;
    checkpoint_list names;
    candidate *found;
    size_t count, skipped;
} search;

/* Those of this run first; among equal ones copies last. */
static int newest_first(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    int64_t i = x->facts.iteration, j = y->facts.iteration;
    if (x->same_run != y->same_run) return x->same_run ? -1 : 1;
    if (i != j) return i < j ? 1 : -1;
    if (x->facts.epoch != y->facts.epoch) return x->facts.epoch < y->facts.epoch ? 1 : -1;
    if (x->own_name != y->own_name) return x->own_name ? -1 : 1;
    return strcmp(x->name, y->name);
}

static horn_status path_of(const model_checkpoint *c, const char *name, bytes *path)
{
    bytes_print(path, "%s/%s", c->directory, name);
    return bytes_status(path);
}

static bool fits(const search *s, const char *name)
{
    return checkpoint_is_best(name) || checkpoint_name_fits(s->c->template, name);
}

/* Prints why a checkpoint is skipped, unless it could never be resumed from. */
static void skip(search *s, const char *name, horn_status reason)
{
    bool ours = fits(s, name), told = ours || reason != HORN_ERROR_UNSUPPORTED;
    if (s->c->options.restart && ours) checkpoint_say(s->c, "stays: %s", horn_last_error());
    if (!s->c->options.restart && told) checkpoint_say(s->c, "skipped: %s", horn_last_error());
    s->skipped += ours;
}

static bool is_named(const run_facts *facts, const char *name)
{
    return facts->name && strcmp(facts->name, name) == 0;
}

static horn_status look_at(search *s, const char *name)
{
    bytes path = { 0 };
    checkpoint_mark now;
    candidate *new = &s->found[s->count];
    bool regular = checkpoint_mark_take(&new->mark, s->c->directory, name);
    horn_status status = path_of(s->c, name, &path);
    if (!status) status = model_read_run(&new->facts, bytes_text(&path));
    bytes_free(&path);
    if (status == HORN_ERROR_MEMORY) return status;
    if (status) {
        skip(s, name, status);
        return HORN_OK;
    }
    regular = regular && checkpoint_mark_take(&now, s->c->directory, name) &&
              checkpoint_mark_equal(&new->mark, &now);
    new->name = name;
    new->own_name = regular ? is_named(&new->facts, name) : false;
    new->same_run = !identity_compare(s->model->progress->identity, new->facts.identity, name);
    if (new->same_run || fits(s, name))
        s->count++;
    else
        run_facts_free(&new->facts);
    return HORN_OK;
}

/* True if there is only one of the usual files, as after the sweep: a second one beside `best` would be replaced with it. */
static bool is_alone(const checkpoint_mark *mark)
{
    return !mark->files[1].st_ino || !mark->files[2].st_ino;
}

/* Adds a checkpoint to the list to which it belongs. */
static horn_status sort_out(model_checkpoint *c, const candidate *found)
{
    const char *name = found->name, *suffix = format_run_suffix(c->template);
    bool restart = c->options.restart, best = checkpoint_is_best(name);
    horn_status status = HORN_OK;
    if (!found->same_run && !restart) return HORN_OK;
    if (!found->own_name || (!best && !checkpoint_name_fits(c->template, name)) ||
        (best && (strcmp(suffix, format_run_suffix(name)) != 0 || !is_alone(&found->mark))))
        return checkpoint_list_add(&c->others, name, &found->mark);
    if (best) status = checkpoint_list_add(&c->best_file, name, &found->mark);
    if (status || (best && !restart)) return status;
    return checkpoint_list_add(restart ? &c->old : &c->kept, name, &found->mark);
}

static void say_what_goes(const model_checkpoint *c)
{
    bytes line = { 0 };
    for (size_t i = 0; i < c->old.count; i++) bytes_print(&line, " %s", c->old.names[i]);
    if (c->old.count && !bytes_status(&line) && bytes_text(&line))
        checkpoint_say(c, "the first checkpoint replaces those of runs before:%s", bytes_text(&line));
    bytes_free(&line);
}

static horn_status look_around(search *s)
{
    horn_status status = checkpoint_files_list(s->c->directory, &s->names);
    if (!status) status = memory_new(&s->found, s->names.count, sizeof *s->found);
    for (size_t i = 0; !status && i < s->names.count; i++) status = look_at(s, s->names.names[i]);
    if (status) return status;
    qsort(s->found, s->count, sizeof *s->found, newest_first);
    for (size_t i = s->count; !status && i-- > 0;) status = sort_out(s->c, &s->found[i]);
    say_what_goes(s->c);
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
    if (run_facts_other_cut(facts))
        checkpoint_say(
            c,
            "%s: was trained by a version that cuts batches of 512 samples and more in another way: "
            "the last bits may differ",
            path);
    return model_restore(m, path);
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

/* Finishes a save that was killed after the checkpoint was written: writes `checkpoint`, deletes the oldest
 * checkpoints. */
static horn_status finish_last_save(model_checkpoint *c)
{
    bool may = false;
    horn_status status = c->kept.count ? checkpoint_may_point(c, &may) : HORN_OK;
    if (!status && may)
        status = checkpoint_pointer_write(checkpoint_files_of(c->template), c->directory, &c->kept,
                                          c->options.keep);
    /* The next checkpoint does it. */
    if (status == HORN_ERROR_FILE) {
        checkpoint_say(c, "%s", horn_last_error());
        return HORN_OK;
    }
    if (!status) checkpoint_prune(c);
    return status;
}

static horn_status resume(model_checkpoint *c, horn_model *m, const char *path, const char **name)
{
    search s = { .c = c, .model = m };
    horn_status status = HORN_OK;
    *name = NULL;
    c->found.size = 0;
    checkpoint_list_free(&c->kept);
    checkpoint_list_free(&c->old);
    checkpoint_list_free(&c->others);
    checkpoint_list_free(&c->best_file);
    TRY(checkpoint_check(c, m));
    TRY(identity_take(m, (const char *const *)c->identity));
    if (!c->options.weights_only) TRY(look_around(&s));
    TRY(checkpoint_check_best(c));
    if (c->options.weights_only) goto done;
    if (!c->options.restart) TRY(path ? take_path(c, m, path) : take_newest(&s));
    if (!c->options.restart && !path) TRY(finish_last_save(c));
done:
    if (c->found.size) *name = bytes_text(&c->found);
    for (size_t i = 0; i < s.count; i++) run_facts_free(&s.found[i].facts);
    free(s.found);
    checkpoint_list_free(&s.names);
    return status;
}

horn_status horn_model_checkpoint_resume(const char **name, horn_callback *checkpoint, horn_model *m,
                                         const char *path)
{
    NEED(checkpoint, "checkpoint");
    NEED(name, "name");
    horn_status status = horn_callback_status(checkpoint);
    if (!status && !checkpoint_is_callback(checkpoint))
        status = fail(HORN_ERROR_ARGUMENT, "%s: the callback is not of horn_model_checkpoint", __func__);
    if (!status) status = model_enter(m, __func__, true);
    if (status) return status;
    model_checkpoint *c = (model_checkpoint *)checkpoint;
    c->resumes = m;
    status = resume(c, m, path, name);
    c->resumes = NULL;
    return model_leave(m, status);
}
