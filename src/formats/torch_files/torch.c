#include "formats/torch_files/torch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/torch_files/checkpoint.h"
#include "formats/torch_files/notes.h"
#include "formats/torch_files/optimizer.h"
#include "formats/torch_files/variables.h"
#include "formats/torch_files/writer.h"

#define NOTE "model.json"

enum { MAX_NOTE = 16 << 20 };

/* ---- reading ---- */

/* *out stays NULL if there is none. `place` becomes its name for error lines. */
static horn_status find_note(config **out, const torch_file *f, char place[512])
{
    bytes text = { 0 };
    const zip_member *member = torch_file_member(f, ".horn/" NOTE);
    snprintf(place, 512, "%.480s: .horn/" NOTE, f->from->path);
    if (!member) return HORN_OK;
    horn_status status = zip_file_read(&text, f->zip, member, MAX_NOTE);
    if (!status) status = config_parse(out, bytes_text(&text), text.size, place);
    bytes_free(&text);
    return status;
}

static horn_status read_weights(snapshot *out, torch_state *state, const torch_file *f,
                                const torch_checkpoint *c, const schema *known, const format_options *options,
                                const config *note)
{
    horn_status status = HORN_OK;
    torch_lines lines = { 0 };
    TRY(torch_checkpoint_state(state, f, c->model));
    TRY(torch_lines_of(&lines, options, note));
    TRY(torch_read_state(out, state, known, lines.lines, f->from->path));
done:
    torch_lines_free(&lines);
    return status;
}

/* PyTorch's dict, which has settings of its own; `settings`: the model's. */
static horn_status read_dict(snapshot *out, const torch_state *state, const torch_file *f,
                             const torch_checkpoint *c, const config *settings)
{
    return c->optimizer ? torch_optimizer_read(out, state, f, c->optimizer, settings) : HORN_OK;
}

/* With Horn's own variables the settings of the optimizer stay those of Horn's note. */
static horn_status read_optimizer(snapshot *out, const torch_state *state, const torch_file *f,
                                  const torch_checkpoint *c, const schema *known)
{
    torch_variables found;
    config *settings = out->optimizer;
    horn_status status = torch_variables_find(&found, f);
    if (status) return status;
    if (out->by_name) {
        if (found != TORCH_NO_VARIABLES || c->optimizer) out->unread |= PART_OPTIMIZER;
        return HORN_OK;
    }
    if (found == TORCH_NO_VARIABLES)
        return read_dict(out, state, f, c,
                         !settings && known && known->model ? known->model->optimizer : settings);
    if (found == TORCH_SOME_VARIABLES) {
        out->optimizer = NULL;
        status = read_dict(out, state, f, c, settings);
        config_free(out->optimizer);
        out->optimizer = settings;
    }
    return status ? status : torch_variables_read(out, f);
}

static horn_status read_file(snapshot *out, const source *from, const format_options *options,
                             const schema *known)
{
    const unsigned leave_out = options ? options->leave_out : 0;
    horn_status status = HORN_OK;
    torch_file *f = NULL;
    config *note = NULL;
    torch_state state = { 0 };
    char place[512];
    TRY(torch_file_open(&f, from));
    const torch_checkpoint c = torch_checkpoint_of(f->root);
    if (!c.model) TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: holds no state_dict of a model", from->path));
    TRY(find_note(&note, f, place));
    if (note) TRY(torch_notes_read(out, note, leave_out, place));
    TRY(torch_asides_read(out, f->root, &c));
    if (leave_out & PART_WEIGHTS) goto done;
    horn_status found = read_weights(out, &state, f, &c, known, options, note);
    if (out->parts & PART_ARCHITECTURE) found = snapshot_leave_out(out, PART_WEIGHTS, found);
    TRY(found);
    if (!(leave_out & PART_OPTIMIZER) && out->parts & PART_WEIGHTS)
        TRY(snapshot_leave_out(out, PART_OPTIMIZER, read_optimizer(out, &state, f, &c, known)));
done:
    torch_state_free(&state);
    config_free(note);
    torch_file_close(f);
    return status;
}

/* ---- writing ---- */

/* The lowest loss of an epoch so far, of validation if there is one; Python programs begin with infinity. */
static double best_loss(const snapshot *s)
{
    const config *history = config_get(s->progress, "history");
    const size_t logs = snapshot_figure_count(s);
    double best = INFINITY, value;
    for (const config *row = config_at(history, 0); row; row = config_next(row)) {
        if (config_number(config_at(row, config_count(row) == 2 * logs ? logs : 0), &value) && value < best)
            best = value;
    }
    return best;
}

static int64_t epoch_of(const snapshot *s)
{
    int64_t epoch = 0;
    return config_integer(config_get(s->progress, "epoch"), &epoch) && epoch > 0 ? epoch : 0;
}

static horn_status put_note(torch_writer *w, const snapshot *s, unsigned parts, const torch_modules *modules,
                            const char *where)
{
    horn_status status = HORN_OK;
    config *note = NULL;
    bytes text = { 0 };
    TRY(torch_notes_write(&note, s, parts, modules, where));
    if (note) TRY(config_print(note, false, &text));
    if (note) TRY(torch_writer_note(w, NOTE, &text));
done:
    bytes_free(&text);
    config_free(note);
    return status;
}

static horn_status commit(torch_writer *w, pickle_value *object, transaction *t)
{
    pieces archive = { 0 };
    horn_status status = torch_writer_finish(&archive, w, object, transaction_target(t));
    if (!status) status = transaction_add_pieces(t, "", &archive);
    pieces_free(&archive);
    return status;
}

static horn_status check(const snapshot *s, unsigned parts, const format_options *options, const char *where)
{
    if (options && options->dialect)
        return fail(HORN_ERROR_ARGUMENT, "%s: PyTorch's files have no dialects", where);
    if (!(parts & PART_WEIGHTS)) return fail(HORN_ERROR_ARGUMENT, "%s: torch without weights", where);
    if (s->by_name && !s->torch_layouts)
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: the source does not say what its layers are, and so not their layouts in PyTorch",
                    where);
    return HORN_OK;
}

/* The dict of a checkpoint around the state_dict, in the order in which PyTorch's tutorial has its members. */
static horn_status put_checkpoint(torch_writer *w, pickle_value *dict, pickle_value *model,
                                  torch_blocks *blocks, const snapshot *s, unsigned parts,
                                  const torch_state *state)
{
    horn_status status = HORN_OK;
    pickle *p = torch_writer_values(w);
    pickle_value *optimizer = NULL;
    if (parts & PART_OPTIMIZER && s->optimizer) TRY(torch_optimizer_write(&optimizer, w, blocks, s, state));
    pickle_set(p, dict, pickle_word(p, "model"), model);
    if (optimizer) pickle_set(p, dict, pickle_word(p, "optimizer"), optimizer);
    if (!config_get(s->asides, "best_loss"))
        pickle_set(p, dict, pickle_word(p, "best_loss"), pickle_number(p, best_loss(s)));
    if (!config_get(s->asides, "epoch"))
        pickle_set(p, dict, pickle_word(p, "epoch"), pickle_integer(p, epoch_of(s)));
    torch_asides_write(p, dict, s);
    if (parts & PART_OPTIMIZER) TRY(torch_variables_write(w, s, optimizer));
done:
    return status;
}

static horn_status write_object(const snapshot *s, transaction *t, const format_options *options,
                                bool is_checkpoint)
{
    horn_status status = HORN_OK;
    const char *where = transaction_target(t);
    const unsigned parts = s->parts & ~(options ? options->leave_out : 0);
    torch_state state = { 0 };
    torch_modules modules = { 0 };
    torch_blocks blocks = { 0 };
    torch_writer *w = NULL;
    TRY(check(s, parts, options, where));
    TRY(torch_write_state(&state, &modules, s, options, where));
    TRY(torch_writer_new(&w));
    pickle *p = torch_writer_values(w);
    pickle_value *object = torch_writer_state(w, &state), *dict = pickle_dict(p, NULL);
    if (is_checkpoint) {
        TRY(put_checkpoint(w, dict, object, &blocks, s, parts, &state));
        TRY(put_note(w, s, parts, &modules, where));
    }
    TRY(commit(w, is_checkpoint ? dict : object, t));
done:
    torch_writer_free(w);
    torch_blocks_free(&blocks);
    torch_modules_free(&modules);
    torch_state_free(&state);
    return status;
}

static horn_status write_checkpoint(const snapshot *s, transaction *t, const format_options *options)
{
    return write_object(s, t, options, true);
}

static horn_status write_weights(const snapshot *s, transaction *t, const format_options *options)
{
    return write_object(s, t, options, false);
}

static const char *const suffixes[] = { ".pth", ".pt", ".pkl", NULL };

static const format_option own_options[] = { { .name = TORCH_NAMES, .kind = FORMAT_NAMES }, { 0 } };

const format torch_format = {
    .name = "torch",
    .torch_optimizers = true,
    .suffixes = suffixes,
    .reads = PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE | PART_OPTIMIZER | PART_PROGRESS,
    .writes = PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE | PART_OPTIMIZER | PART_PROGRESS,
    .needs = PART_OPERATIONS,
    .options = own_options,
    .recognizes = torch_file_recognizes,
    .read = read_file,
    .write = write_checkpoint,
    .notes = torch_write_notes,
    .list = torch_list,
};

const format torch_weights_format = {
    .name = "torch-weights",
    .suffixes = suffixes,
    .writes = PART_WEIGHTS,
    .needs = PART_OPERATIONS,
    .by_name = true,
    .options = own_options,
    .recognizes = torch_file_recognizes,
    .read = read_file,
    .write = write_weights,
    .notes = torch_write_notes,
    .list = torch_list,
};
