/* Runs with horn_model_checkpoint, and what they leave. */
#ifndef TESTS_CHECKPOINT_RUN_H
#define TESTS_CHECKPOINT_RUN_H

#include "callbacks/checkpoint_files.h"
#include "model/small_run.h"

static char said[4096]; /* every line, each ended by a newline */

static inline void say(const char *line, void *context)
{
    ck_assert_ptr_eq(context, said);
    strncat(said, line, sizeof said - strlen(said) - 1);
    strncat(said, "\n", sizeof said - strlen(said) - 1);
}

static inline horn_callback *make(horn_model_checkpoint_options o, const char *template)
{
    char path[256];
    strcpy(path, in_folder(template));
    o.path = path;
    o.say = say;
    o.context = said;
    said[0] = 0;
    horn_callback *c = horn_model_checkpoint(&o);
    ck_ok(horn_callback_status(c));
    return c;
}

/* A run as a program makes it: goes on from what is there. Returns what fit does. */
static inline horn_status train(horn_model *m, horn_callback *c, size_t epochs, horn_callback *stop)
{
    const char *found;
    horn_callback *callbacks[2] = { stop ? stop : c, c };
    horn_status status = horn_model_checkpoint_resume(&found, c, m, NULL);
    return status ? status : fit(m, epochs, found != NULL, callbacks, stop ? 2 : 1);
}

/* The same from a model of its own, that is gone at the end. */
static inline horn_status train_once(horn_model_checkpoint_options o, const char *template, uint64_t seed,
                                     size_t epochs, horn_callback *stop)
{
    horn_model *m = make_model(RMSPROP, seed, 1);
    horn_callback *c = make(o, template);
    horn_status status = train(m, c, epochs, stop);
    horn_callback_free(c);
    horn_model_free(m);
    return status;
}

/* The checkpoints in the folder are these, in alphabetical order, "" for none. */
static inline void expect_names(const char *names)
{
    checkpoint_list list = { 0 };
    char found[1024] = "";
    ck_ok(checkpoint_files_list(folder, &list));
    for (size_t i = 0; i < list.count; i++) {
        if (i) strcat(found, " ");
        strcat(found, list.names[i]);
    }
    ck_assert_str_eq(found, names);
    checkpoint_list_free(&list);
}

static inline void flip_byte(const char *path)
{
    FILE *file = fopen(path, "r+b");
    ck_assert_ptr_nonnull(file);
    fseek(file, 3000, SEEK_SET);
    int byte = fgetc(file);
    fseek(file, 3000, SEEK_SET);
    fputc(byte ^ 1, file);
    ck_assert_int_eq(fclose(file), 0);
}

#endif
