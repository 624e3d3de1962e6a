#include "callbacks/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/files/folder.h"
#include "base/status.h"

horn_status log_file_failed(const log_file *f)
{
    return fail(HORN_ERROR_FILE, "%s: %s", f->path, strerror(errno));
}

horn_status log_file_open(log_file *f, int flags)
{
    char *directory = NULL;
    horn_status status = folder_of(&directory, f->path);
    if (!status) status = folder_make(directory);
    free(directory);
    if (status) return status;
    f->file = open(f->path, flags | O_CREAT | O_CLOEXEC, 0666);
    return f->file < 0 ? log_file_failed(f) : HORN_OK;
}

horn_status log_file_write(log_file *f)
{
    bytes *waiting = &f->waiting;
    size_t done = 0;
    horn_status status = bytes_status(waiting);
    if (status) bytes_free(waiting);
    while (!status && done < waiting->size) {
        const ssize_t n = write(f->file, waiting->data + done, waiting->size - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            status = log_file_failed(f);
    }
    if (done) memmove(waiting->data, waiting->data + done, waiting->size - done);
    waiting->size -= done;
    return status;
}

horn_status log_file_close(log_file *f)
{
    const int closed = f->file < 0 ? 0 : close(f->file);
    f->file = -1;
    return closed == 0 || errno == EINTR ? HORN_OK : log_file_failed(f);
}

void log_file_free(log_file *f)
{
    if (f->path && f->file >= 0) close(f->file);
    free(f->path);
    bytes_free(&f->waiting);
    *f = (log_file){ .file = -1 };
}
