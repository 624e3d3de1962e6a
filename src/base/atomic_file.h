/* The one way in which files are written: all files of a save appear whole, one after the other, or not at
 * all.
 *
 * A commit writes every file beside its target as `.NAME.PID-N.horn-tmp`, fsyncs each, reopens it, reads it
 * back and compares, and only then renames them in the order in which they were added; the directory is
 * fsynced before the first rename of several, so that what a cut off save has renamed lies beside the temporary file that
 * explains it, and after each rename, so a file that names others (an index, `checkpoint`) is added after them and
 * never names what is not on the disk. What killed saves left there goes first. 
 * A symbolic link in a file's place is followed, also if it leads to nothing yet; devices, pipes and sockets are refused. Modes are
 * 0666 less the umask. Missing directories are made, and stay when the save fails. */
#ifndef BASE_ATOMIC_FILE_H
#define BASE_ATOMIC_FILE_H

#include <stdbool.h>
#include <horn/status.h>
#include "base/bytes.h"

typedef struct transaction transaction;

/* `target` is what the save is called: a file, or the prefix that the names of several files share. Touches
 * no disk. */
HORN_CHECKED horn_status transaction_begin(transaction **out, const char *target);
const char *transaction_target(const transaction *t);

/* The target is a directory, and what the save adds is all that it will hold: it is built under a temporary name, and
 * takes the target's place, and that of a directory there, in one rename. A directory that has something else in it than
 * `members` is refused: patterns of files ("variables/variables.data-*") and directories ("variables/"), which end with a
 * NULL and live as long as the transaction. Comes before all additions; stages
 * and removals do not go with it. */
HORN_CHECKED horn_status transaction_as_folder(transaction *t, const char *const *members);

/* The file target + suffix ("" = the target itself). Takes the content, also on failure, and leaves *content
 * empty. */
HORN_CHECKED horn_status transaction_add(transaction *t, const char *suffix, bytes *content);

/* The same for a file of another name in the target's directory, such as TensorFlow's `checkpoint`. */
HORN_CHECKED horn_status transaction_add_beside(transaction *t, const char *name, bytes *content);

/* Begins another stage of the same commit: what is added from here comes after what was added before, and may
 * have a name again, so that several files change over from one whole state to the next through a third. */
void transaction_stage(transaction *t);

/* A file that is in nobody's use once everything has its name: goes last, and may stay where that fails. */
HORN_CHECKED horn_status transaction_remove(transaction *t, const char *suffix);

/* What stands at target + suffix now; *found is false where there is nothing. */
HORN_CHECKED horn_status transaction_present(const transaction *t, const char *suffix, bytes *out,
                                             bool *found);

/* What the commit will leave at target + suffix; NULL where nothing was added there. Borrowed until the next
 * call. */
const bytes *transaction_content(const transaction *t, const char *suffix);

/* The files that the commit writes or removes, as far as they are known; NULL past the last. */
const char *transaction_path(const transaction *t, size_t index);

/* Once per transaction. On failure the temporary files are gone; only a failure between two renames or in a
 * directory's fsync, after them, leaves new files in place, and then all those before them. */
HORN_CHECKED horn_status transaction_commit(transaction *t);
void transaction_free(transaction *t); /* without a commit nothing was touched */

#endif
