/* TensorFlow's file `checkpoint`, which names the checkpoints of its directory and the newest of them.
 *
 *     model_checkpoint_path: "ckpt-3"
 *     all_model_checkpoint_paths: "ckpt-2"      oldest first
 *     all_model_checkpoint_paths: "ckpt-3"
 *     all_model_checkpoint_timestamps: 1795253325.05      one for each path; ignored, as is last_preserved_timestamp
 *
 * The text format of Protocol Buffers: comments, both quotes, adjacent texts that are joined, C's escapes. Only the last part
 * of a path counts, in the same directory: TensorFlow 1 wrote absolute paths, and directories move. */
#ifndef CODECS_TENSORFLOW_CHECKPOINT_STATE_H
#define CODECS_TENSORFLOW_CHECKPOINT_STATE_H

#include "base/bytes.h"

typedef struct checkpoint_state {
    /* Without directories, oldest first, each once. */
    char **names;
    size_t count, capacity;
    /* An index in names. */
    size_t newest;
} checkpoint_state;

/* Fails unless the text names a checkpoint. `where` begins messages. */
HORN_CHECKED horn_status checkpoint_state_read(checkpoint_state *out, const void *text, size_t size,
                                               const char *where);
/* Makes a name the newest and the last one. */
HORN_CHECKED horn_status checkpoint_state_add(checkpoint_state *s, const char *name);
void checkpoint_state_remove(checkpoint_state *s, const char *name);
/* Appends the text, as Model.save_weights writes it; nothing if there are no names. */
HORN_CHECKED horn_status checkpoint_state_write(const checkpoint_state *s, bytes *out);
/* The same of names, the newest last, ended by NULL. */
HORN_CHECKED horn_status checkpoint_state_write_names(const char *const *names, bytes *out);
void checkpoint_state_free(checkpoint_state *s);

#endif
