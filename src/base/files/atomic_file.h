/* Atomic saves: the files of a save replace the old ones all together, or nothing changes. All files that Horn writes
 * are written here.
 *
 * A commit works in four steps:
 *     1. removes temporary files of killed saves in the directory;
 *     2. writes each file beside its target as `.NAME.PID-N.horn-tmp`, reads each part of it back at once, as the kernel holds
 *        it, and compares; then fsyncs it;
 *     3. fsyncs the directory if there are several files;
 *     4. renames the files in the order in which they were added, and fsyncs the directory after each rename.
 * A file that names others (an index, `checkpoint`) is added after them: it never names a file that is not on the
 * disk.
 *
 * Symbolic links are followed, also those that lead to nothing yet. Devices, pipes and sockets are refused. Files get
 * mode 0666 less the umask. Missing directories are made, and stay if the save fails. */
#ifndef BASE_ATOMIC_FILE_H
#define BASE_ATOMIC_FILE_H

#include <stdbool.h>
#include <horn/status.h>
#include "base/pieces.h"
#include "base/files/large_file.h"

typedef struct transaction transaction;

/* Makes an empty transaction; touches no disk. `target` is a file, or the prefix that the names of several files
 * share. The caller frees it with transaction_free. */
HORN_CHECKED horn_status transaction_begin(transaction **out, const char *target);
const char *transaction_target(const transaction *t);

/* Makes the target a directory that holds only what the save adds. The commit builds it under a temporary name and
 * replaces an old directory in one rename. An old directory is refused if it holds anything that matches none of
 * `members`: patterns of files ("variables/variables.data-*") and directories ("variables/"), ended by NULL, borrowed
 * by the transaction. Call it before the first addition; transaction_stage and transaction_remove cannot be used with
 * it. */
HORN_CHECKED horn_status transaction_as_folder(transaction *t, const char *const *members);

/* Adds the file target + suffix ("": the target itself). Takes *content, also on failure, and leaves it empty. */
HORN_CHECKED horn_status transaction_add(transaction *t, const char *suffix, bytes *content);

/* The same for a content in pieces; what it borrows must stay until the transaction is freed. */
HORN_CHECKED horn_status transaction_add_pieces(transaction *t, const char *suffix, pieces *content);

/* Adds the file target + suffix with the bytes of target + other, which was added before. It becomes another name of the same
 * file, if the file system has hard links; else the bytes are written twice. */
HORN_CHECKED horn_status transaction_add_twin(transaction *t, const char *suffix, const char *other);

/* Makes the commit read each file back from the disk as well, after the fsync, as far as the system then reads the disk. */
void transaction_verify_disk(transaction *t);

/* Adds the file target + suffix, which is too large for memory: makes it under its temporary name at once, empty, and gives its
 * descriptor, borrowed, to read and write. transaction_reopen puts it on the disk and opens it again, so that the caller reads
 * back what it wrote; the commit needs that, and does the rest. Not with transaction_as_folder. */
HORN_CHECKED horn_status transaction_add_large(transaction *t, const char *suffix, int *descriptor);
HORN_CHECKED horn_status transaction_reopen(transaction *t, const char *suffix, large_file **out);

/* Adds a file of another name in the target's directory, such as TensorFlow's `checkpoint`. Takes *content. */
HORN_CHECKED horn_status transaction_add_beside(transaction *t, const char *name, bytes *content);

/* Begins another stage of the same commit. Files added from here are renamed after those added before, and may have
 * the same names again: so several files change from one valid state to the next through a third. */
void transaction_stage(transaction *t);

/* Removes target + suffix at the end of the commit. If that fails, the file stays and the commit still succeeds. */
HORN_CHECKED horn_status transaction_remove(transaction *t, const char *suffix);

/* Reads target + suffix as it is on the disk now; *found is false if it does not exist. */
HORN_CHECKED horn_status transaction_present(const transaction *t, const char *suffix, bytes *out,
                                             bool *found);

/* Returns what the commit will write to target + suffix; NULL if nothing was added there. Borrowed until the next
 * call. */
const pieces *transaction_content(const transaction *t, const char *suffix);

/* Returns the path of a file that the commit writes or removes; NULL past the last. Borrowed. */
const char *transaction_path(const transaction *t, size_t index);

/* Called once per transaction. On failure it removes the temporary files. New files stay only if a rename, or the
 * fsync after it, fails: then all files before that one stay, too. */
HORN_CHECKED horn_status transaction_commit(transaction *t);

/* Without a commit the disk is unchanged. Accepts NULL. */
void transaction_free(transaction *t);

#endif
