#include "base/files/large_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/memory.h"
#include "base/status.h"

/* The system takes no more at once. */
enum { MOST = 1 << 30 };

horn_status large_file_open(large_file **out, const char *path, const char *name)
{
    horn_status status = HORN_OK;
    large_file *f = NULL;
    struct stat facts;
    TRY(memory_new(&f, 1, sizeof *f));
    f->descriptor = -1;
    TRY(memory_copy_string(&f->path, name ? name : path));
    /* O_NONBLOCK: opening a named pipe must not block. */
    f->descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (f->descriptor < 0 || fstat(f->descriptor, &facts) < 0)
        TRY(fail(HORN_ERROR_FILE, "%s: %s", f->path, strerror(errno)));
    if (!S_ISREG(facts.st_mode))
        TRY(fail(HORN_ERROR_FILE, "%s: %s, expected a file", f->path,
                 S_ISDIR(facts.st_mode) ? "is a directory" : "is not a regular file"));
    f->size = (size_t)facts.st_size;
    *out = f;
    f = NULL;
done:
    large_file_close(f);
    return status;
}

horn_status large_file_read(const large_file *f, size_t at, void *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        const size_t left = size - done;
        const ssize_t got =
            pread(f->descriptor, (char *)data + done, left < MOST ? left : MOST, (off_t)(at + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(HORN_ERROR_FILE, "%s: %s", f->path, strerror(errno));
        if (got == 0)
            return fail(HORN_ERROR_FILE, "%s: ends after %zu bytes, expected %zu", f->path, at + done,
                        at + size);
        done += (size_t)got;
    }
    return HORN_OK;
}

void large_file_close(large_file *f)
{
    if (!f) return;
    if (f->descriptor >= 0) close(f->descriptor);
    free(f->path);
    free(f);
}

horn_status large_file_write(int descriptor, size_t at, const void *data, size_t size, const char *name)
{
    for (size_t done = 0; done < size;) {
        const size_t left = size - done;
        const ssize_t wrote =
            pwrite(descriptor, (const char *)data + done, left < MOST ? left : MOST, (off_t)(at + done));
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote == 0) errno = ENOSPC;
        if (wrote <= 0) return fail(HORN_ERROR_FILE, "%s: %s", name, strerror(errno));
        done += (size_t)wrote;
    }
    return HORN_OK;
}
