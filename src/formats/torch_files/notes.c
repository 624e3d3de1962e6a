#include "formats/torch_files/notes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/keras/architecture.h"
#include "formats/keras_training/training.h"

static const char model_key[] = "model_config", training_key[] = "training_config", input_key[] = "input",
                  progress_key[] = "progress", names_key[] = "names";

/* ---- writing ---- */

/* Of modules that are not called by their index. */
static void put_names(config *note, const torch_modules *m)
{
    config *list = config_list();
    char index[32];
    bytes line = { 0 };
    for (size_t i = 0; i < m->count; i++) {
        snprintf(index, sizeof index, "%zu", i);
        if (strcmp(m->items[i].name, index) == 0) continue;
        line.size = 0;
        bytes_print(&line, "%s = %s", index, m->items[i].name);
        config_append_string(list, bytes_text(&line));
    }
    bytes_free(&line);
    if (config_count(list))
        config_set(note, names_key, list);
    else
        config_free(list);
}

horn_status torch_notes_write(config **out, const snapshot *s, unsigned parts, const torch_modules *modules,
                              const char *where)
{
    horn_status status = HORN_OK;
    config *note = NULL, *model = NULL, *training = NULL, *input = NULL;
    parts &= s->parts;
    *out = NULL;
    if (!(parts & PART_ARCHITECTURE)) return HORN_OK;
    TRY(keras_architecture_write_own(&model, s, where));
    if (parts & PART_COMPILE) TRY(keras_training_write(&training, s, KERAS_2, where));
    if (snapshot_has_input(s)) TRY(snapshot_describe_input(s, &input));
    note = config_object();
    config_set(note, model_key, model);
    if (training) config_set(note, training_key, training);
    if (input) config_set(note, input_key, input);
    if (parts & PART_PROGRESS) config_set(note, progress_key, config_copy(s->progress));
    model = training = input = NULL;
    put_names(note, modules);
    TRY(config_status(note));
    *out = note;
    note = NULL;
done:
    config_free(model);
    config_free(training);
    config_free(input);
    config_free(note);
    return status;
}

/* ---- reading ---- */

horn_status torch_notes_read(snapshot *s, const config *note, unsigned leave_out, const char *where)
{
    horn_status status = HORN_OK;
    const config *model = config_get(note, model_key), *settings = config_get(note, training_key),
                 *input = config_get(note, input_key), *progress = config_get(note, progress_key);
    const keras_training_source given = { .where = where,
                                          .optimizer_key = "optimizer_config",
                                          .plain_is_legacy = true };
    if (model && !(leave_out & PART_ARCHITECTURE)) {
        TRY(keras_architecture_read(s, model, where));
        if (settings && !(leave_out & PART_COMPILE))
            TRY(snapshot_leave_out(s, PART_COMPILE, keras_training_read(s, settings, &given)));
        if (input) TRY(snapshot_read_input(s, input, where));
    }
    if (progress && !(leave_out & PART_PROGRESS)) {
        TRY(config_status(s->progress = config_copy(progress)));
        s->parts |= PART_PROGRESS;
    }
done:
    return status;
}

/* ---- names ---- */

horn_status torch_lines_of(torch_lines *out, const format_options *options, const config *note)
{
    const config *list = config_get(note, names_key);
    *out = (torch_lines){ .lines = format_options_names(options, TORCH_NAMES) };
    if (out->lines || !config_is_list(list)) return HORN_OK;
    horn_status status = memory_new(&out->own, config_count(list) + 1, sizeof *out->own);
    if (status) return status;
    size_t count = 0;
    for (size_t i = 0; i < config_count(list); i++)
        if (config_string(config_at(list, i))) out->own[count++] = config_string(config_at(list, i));
    out->lines = out->own;
    return HORN_OK;
}

void torch_lines_free(torch_lines *l)
{
    free(l->own);
    *l = (torch_lines){ 0 };
}
