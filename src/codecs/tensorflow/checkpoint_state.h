/* TensorFlow's file `checkpoint`, which names the checkpoints of its directory, the newest first of all.
 *
 *     model_checkpoint_path: "ckpt-3"
 *     all_model_checkpoint_paths: "ckpt-2"      oldest first
 *     all_model_checkpoint_paths: "ckpt-3"
 *     all_model_checkpoint_timestamps: 1795253325.05      one a path, and last_preserved_timestamp: read over
 *
 * Text format of Protocol Buffers: comments, both quotes, texts that continue each other, C's escapes. Of a
 * name only the last part is taken, and looked for in the same directory: TensorFlow 1 wrote absolute paths,
 * which move. */
#ifndef CODECS_TENSORFLOW_CHECKPOINT_STATE_H
#define CODECS_TENSORFLOW_CHECKPOINT_STATE_H

#include "base/bytes.h"

typedef struct checkpoint_state {
    char **names; /* without directories, oldest first, each once */
    size_t count, capacity;
    size_t newest; /* index in names */
} checkpoint_state;

/* A state that was read names at least one checkpoint. `where` begins messages. */
HORN_CHECKED horn_status checkpoint_state_read(checkpoint_state *out, const void *text, size_t size,
                                               const char *where);
/* Makes a name the newest and the last one. */
HORN_CHECKED horn_status checkpoint_state_add(checkpoint_state *s, const char *name);
void checkpoint_state_remove(checkpoint_state *s, const char *name);
/* As Model.save_weights writes it. */
HORN_CHECKED horn_status checkpoint_state_write(const checkpoint_state *s, bytes *out);
/* The same of names, the newest last, ended by NULL; nothing where there are none. */
HORN_CHECKED horn_status checkpoint_state_write_names(const char *const *names, bytes *out);
void checkpoint_state_free(checkpoint_state *s);

#endif
