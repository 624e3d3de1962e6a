/* A run with checkpoints, small enough to be stopped at each of its calls on files: four epochs, the newest
 * two checkpoints stay, the best one is overwritten as `best`. What it must leave is known beforehand. */
#ifndef TESTS_ROBUSTNESS_SMALL_CHECKPOINTS_H
#define TESTS_ROBUSTNESS_SMALL_CHECKPOINTS_H

#include "robustness/calls.h"

#include <dirent.h>
#include "base/files/folder.h"
#include "callbacks/checkpoint_run.h"
#include "codecs/crc32c.h"
#include "model/files/snapshot_of_model.h"

enum { EPOCHS = 4, KEEP = 2, NOTHING = -1, BROKEN = -2 };

/* Shared with the child that runs: epochs whose checkpoint, and whose best one, was said to be saved. */
typedef struct run_record {
    int committed, best;
} run_record;

typedef struct small_checkpoints {
    const char *suffix; /* "" TensorFlow's, ".h5" */
    run_record *record;
    uint32_t prints[EPOCHS + 1]; /* of the model after so many epochs */
    int bests[EPOCHS + 1];       /* the epoch that is best then */
} small_checkpoints;

static inline uint32_t print_tensors(uint32_t crc, const snapshot_tensor *t, size_t count)
{
    for (size_t i = 0; i < count; i++) crc = crc32c_extend(crc, t[i].data, snapshot_tensor_bytes(&t[i]));
    return crc;
}

/* Of every weight, every optimizer variable and the step. */
static inline uint32_t print_of(const horn_model *m)
{
    snapshot *s;
    ck_ok(snapshot_of_model(&s, m, PART_WEIGHTS | PART_COMPILE | PART_OPTIMIZER));
    uint32_t crc = crc32c(&s->iteration, sizeof s->iteration);
    for (size_t i = 0; i < s->layer_count; i++)
        crc = print_tensors(crc, s->layers[i].tensors, s->layers[i].tensor_count);
    for (size_t i = 0; i < s->slot_count; i++)
        crc = print_tensors(crc, s->slots[i].tensors, s->slots[i].tensor_count);
    snapshot_free(s);
    return crc;
}

/* ---- the run ---- */

typedef struct witness {
    horn_callback base;
    small_checkpoints *run;
    uint32_t *prints; /* NULL: the commits are recorded */
    double best;
} witness;

static inline horn_status see_epoch(horn_callback *c, const horn_progress *p, const horn_logs *logs)
{
    witness *w = (witness *)c;
    int epoch = (int)p->epoch + 1;
    if (!w->prints) {
        w->run->record->committed = epoch;
        w->run->record->best = w->run->bests[epoch];
        return HORN_OK;
    }
    double figure = horn_logs_get(logs, "val_loss");
    w->prints[epoch] = print_of(p->model);
    bool better = epoch == 1 || figure < w->best;
    w->run->bests[epoch] = better ? epoch : w->run->bests[epoch - 1];
    if (better) w->best = figure;
    return HORN_OK;
}

static inline void small_checkpoints_prepare(small_checkpoints *run, const char *suffix)
{
    witness w = { .base = { .on_epoch_end = see_epoch }, .run = run, .prints = run->prints };
    horn_callback *callbacks[] = { &w.base };
    horn_model *m = make_model(ADAM, 3, 1);
    *run = (small_checkpoints){ .suffix = suffix, .bests = { NOTHING } };
    run->record = mmap(NULL, sizeof *run->record, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert(run->record != MAP_FAILED);
    run->prints[0] = print_of(m);
    ck_ok(fit(m, EPOCHS, false, callbacks, 1));
    horn_model_free(m);
}

static inline horn_callback *small_checkpoints_callback(const small_checkpoints *run)
{
    char template[32];
    snprintf(template, sizeof template, "run/c{epoch}%s", run->suffix);
    return make((horn_model_checkpoint_options){ .keep = KEEP, .save_best = "val_loss" }, template);
}

/* Goes on from what lies in <folder>/run, to the end. Returns the epochs that were there. */
static inline int small_checkpoints_run(small_checkpoints *run, uint32_t *print_found, uint32_t *print_end)
{
    const char *found;
    horn_model *m = make_model(ADAM, 3, 1);
    horn_callback *c = small_checkpoints_callback(run);
    witness w = { .base = { .on_epoch_end = see_epoch }, .run = run };
    horn_callback *callbacks[] = { c, &w.base };
    ck_ok(horn_model_checkpoint_resume(&found, c, m, NULL));
    int epochs = (int)horn_model_step(m) / BATCHES;
    *print_found = print_of(m);
    if (print_end) {
        ck_ok(fit(m, EPOCHS, found != NULL, callbacks, 2));
        *print_end = print_of(m);
    }
    horn_callback_free(c);
    horn_model_free(m);
    return found ? epochs : 0;
}

/* For calls_in_child. */
static inline void small_checkpoints_child(void *context)
{
    uint32_t first, last;
    small_checkpoints *run = context;
    *run->record = (run_record){ 0, NOTHING };
    small_checkpoints_run(run, &first, &last);
}

/* The epoch of which `best` holds every value; NOTHING where there is none. */
static inline int small_checkpoints_best(const small_checkpoints *run)
{
    char name[32], path[256];
    struct stat facts;
    snprintf(name, sizeof name, "run/best%s", *run->suffix ? run->suffix : ".index");
    if (stat(in_folder(name), &facts) != 0) return NOTHING;
    snprintf(path, sizeof path, "%s/run/best%s", folder, run->suffix);
    horn_model *m = make_model(ADAM, 99, 1);
    int found = BROKEN;
    uint32_t print = horn_model_restore(m, path) == HORN_OK ? print_of(m) : 0;
    for (int i = 1; i <= EPOCHS; i++)
        if (print == run->prints[i] && run->bests[i] == i) found = i;
    horn_model_free(m);
    return found;
}

/* With all that is in it, where there is one. */
static inline void remove_folder(const char *name)
{
    folder_remove_tree(AT_FDCWD, in_folder(name));
    ck_assert_int_ne(access(in_folder(name), F_OK), 0);
}

#endif
