#include "base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/memory.h"
#include "base/plain_numbers.h"
#include "base/status.h"

void bytes_free(bytes *b)
{
    free(b->data);
    *b = (bytes){ 0 };
}

/* Makes room for `more` bytes and the closing 0 of bytes_text. */
static bool make_room(bytes *b, size_t more)
{
    if (b->failed) return false;
    if (more > SIZE_MAX / 2 - b->size - 1) return !(b->failed = true);
    size_t needed = b->size + more + 1;
    if (needed <= b->capacity) return true;
    /* Most contents are read whole, or appended at once: the first room is what is needed. */
    size_t capacity = b->capacity ? b->capacity : needed > 256 ? needed : 256;
    while (capacity < needed) capacity *= 2;
    unsigned char *grown = realloc(b->data, capacity);
    if (!grown) return !(b->failed = true);
    memory_expect_large(grown, capacity);
    b->data = grown;
    b->capacity = capacity;
    return true;
}

void bytes_append(bytes *b, const void *data, size_t size)
{
    if (size == 0 || !make_room(b, size)) return;
    memcpy(b->data + b->size, data, size);
    b->size += size;
}

void bytes_print(bytes *b, const char *format, ...)
{
    const plain_numbers before = plain_numbers_begin();
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length >= 0 && make_room(b, (size_t)length)) {
        va_start(arguments, format);
        vsnprintf((char *)b->data + b->size, (size_t)length + 1, format, arguments);
        va_end(arguments);
        b->size += (size_t)length;
    } else {
        b->failed = true;
    }
    plain_numbers_end(before);
}

horn_status bytes_status(const bytes *b)
{
    return b->failed ? fail_memory("buffer", b->capacity * 2) : HORN_OK;
}

const char *bytes_text(bytes *b)
{
    if (!make_room(b, 0)) return NULL;
    b->data[b->size] = 0;
    return (const char *)b->data;
}

static horn_status read_all(bytes *out, int file, const char *path, size_t size)
{
    if (!make_room(out, size)) return fail_memory(path, size);
    while (out->size < size) {
        ssize_t got = read(file, out->data + out->size, size - out->size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(HORN_ERROR_FILE, "%s: %s", path, strerror(errno));
        if (got == 0)
            return fail(HORN_ERROR_FILE, "%s: ends after %zu bytes, expected %zu", path, out->size, size);
        out->size += (size_t)got;
    }
    return HORN_OK;
}

horn_status file_read(bytes *out, const char *path, size_t limit)
{
    horn_status status = HORN_OK;
    struct stat facts;
    /* O_NONBLOCK: opening a named pipe must not block. */
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return fail(HORN_ERROR_FILE, "%s: %s", path, strerror(errno));
    *out = (bytes){ 0 };
    if (fstat(file, &facts) < 0)
        status = fail(HORN_ERROR_FILE, "%s: %s", path, strerror(errno));
    else if (!S_ISREG(facts.st_mode))
        status = fail(HORN_ERROR_FILE, "%s: %s, expected a file", path,
                      S_ISDIR(facts.st_mode) ? "is a directory" : "is not a regular file");
    else if (limit && (unsigned long long)facts.st_size > limit)
        status = fail(HORN_ERROR_FORMAT, "%s: holds %lld bytes, more than the %zu that such a file may have",
                      path, (long long)facts.st_size, limit);
    else
        status = read_all(out, file, path, (size_t)facts.st_size);
    close(file);
    if (status) bytes_free(out);
    return status;
}
