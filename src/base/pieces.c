#include "base/pieces.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

void pieces_free(pieces *p)
{
    bytes_free(&p->own);
    free(p->loans);
    *p = (pieces){ 0 };
}

void pieces_append(pieces *p, const void *data, size_t size)
{
    bytes_append(&p->own, data, size);
    if (!p->own.failed) p->size += size;
}

void pieces_lend(pieces *p, const void *data, size_t size)
{
    if (size < PIECES_LEAST_LOAN) {
        pieces_append(p, data, size);
        return;
    }
    if (p->own.failed || size > SIZE_MAX / 2 - p->size ||
        memory_grow(&p->loans, p->loan_count, &p->loan_capacity, sizeof *p->loans)) {
        p->own.failed = true;
        return;
    }
    p->loans[p->loan_count++] = (loan){ p->size, p->own.size, size, data };
    p->size += size;
}

void pieces_take(pieces *p, bytes *content)
{
    p->own = *content;
    p->size = content->size;
    *content = (bytes){ 0 };
}

horn_status pieces_status(const pieces *p)
{
    return bytes_status(&p->own);
}

/* The number of loans that begin at or before `at`. */
static size_t loans_to(const pieces *p, size_t at)
{
    size_t low = 0, high = p->loan_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (p->loans[middle].at <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const unsigned char *pieces_at(const pieces *p, size_t at, size_t *size)
{
    const size_t count = loans_to(p, at), end = count < p->loan_count ? p->loans[count].at : p->size;
    const loan *l = count ? &p->loans[count - 1] : NULL;
    if (l && at < l->at + l->size) {
        *size = l->at + l->size - at;
        return l->data + (at - l->at);
    }
    *size = end - at;
    return p->own.data + (l ? l->own_at + (at - l->at - l->size) : at);
}

void pieces_read(const pieces *p, size_t at, void *data, size_t size)
{
    for (size_t done = 0, n; done < size; done += n) {
        const unsigned char *from = pieces_at(p, at + done, &n);
        if (n > size - done) n = size - done;
        memcpy((char *)data + done, from, n);
    }
}

void pieces_copy(const pieces *p, bytes *out)
{
    if (p->own.failed) out->failed = true;
    for (size_t at = 0, size; at < p->size; at += size) {
        const unsigned char *from = pieces_at(p, at, &size);
        bytes_append(out, from, size);
    }
}

static bool has_loan(const pieces *p, size_t at, size_t size)
{
    const size_t count = loans_to(p, at + size - 1);
    return count && at < p->loans[count - 1].at + p->loans[count - 1].size;
}

void pieces_join(pieces *p, const pieces *more)
{
    if (more->own.failed) p->own.failed = true;
    for (size_t at = 0, size; at < more->size; at += size) {
        const unsigned char *from = pieces_at(more, at, &size);
        (has_loan(more, at, 1) ? pieces_lend : pieces_append)(p, from, size);
    }
}

static void return_loans(pieces *p)
{
    bytes whole = { 0 };
    pieces_copy(p, &whole);
    const bool failed = whole.failed;
    pieces_free(p);
    pieces_take(p, &whole);
    p->own.failed = failed;
}

void pieces_replace(pieces *p, size_t at, const void *data, size_t size)
{
    size_t n;
    if (size && has_loan(p, at, size)) return_loans(p);
    if (!size || p->own.failed) return;
    const unsigned char *to = pieces_at(p, at, &n);
    memcpy(p->own.data + (to - p->own.data), data, size);
}

void pieces_cut(pieces *p, size_t size)
{
    if (p->own.failed || size >= p->size) return;
    while (p->loan_count && p->loans[p->loan_count - 1].at >= size) p->loan_count--;
    loan *last = p->loan_count ? &p->loans[p->loan_count - 1] : NULL;
    if (last && last->at + last->size > size) last->size = size - last->at;
    p->own.size = last ? last->own_at + (size - last->at - last->size) : size;
    p->size = size;
}
