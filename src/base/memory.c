#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "base/status.h"

/* From this size on a block is worth its own treatment: two huge pages. */
enum { LARGE = 1 << 22 };

bool memory_multiply(size_t *product, size_t factor)
{
    return !__builtin_mul_overflow(*product, factor, product);
}

void memory_expect_large(void *block, size_t size)
{
#ifdef MADV_HUGEPAGE
    const uintptr_t page = 1 << 12;
    const uintptr_t start = (uintptr_t)block & ~(page - 1),
                    end = ((uintptr_t)block + size + page - 1) & ~(page - 1);
    /* All pages of the block, also those that are not whole: else the system would hold it in parts, and realloc could not move it,
     * but would copy it. */
    if (size >= LARGE) (void)madvise((void *)start, end - start, MADV_HUGEPAGE);
#else
    (void)block, (void)size;
#endif
}

/* Maps all blocks before it unmaps them. One by one, because the system may refuse a single mapping larger than its
 * memory. */
static bool can_map(size_t blocks, size_t size)
{
    if (blocks == 0) return true;
    void *block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) return false;
    const bool rest = can_map(blocks - 1, size);
    munmap(block, size);
    return rest;
}

horn_status memory_need_room(const char *what, size_t blocks, size_t size)
{
    return can_map(blocks, size) ? HORN_OK : fail_memory(what, (unsigned long long)blocks * size);
}

horn_status memory_new(void *out, size_t count, size_t size)
{
    void *block = calloc(count ? count : 1, size ? size : 1);
    if (!block) return fail_memory("array", (unsigned long long)count * size);
    memory_expect_large(block, count * size);
    memcpy(out, &block, sizeof block);
    return HORN_OK;
}

/* Untouched pages of private memory read as zeros: a large block is given back to the system, which makes its pages when they are
 * used. So what is never used, such as gradients of a model that only predicts, takes no memory and no time. */
static void fill_with_zeros(void *block, size_t size)
{
    const uintptr_t page = 1 << 12;
    const size_t head = (size_t)(-(uintptr_t)block & (page - 1)), whole = (size - head) & ~(size_t)(page - 1);
    if (size < LARGE || madvise((char *)block + head, whole, MADV_DONTNEED) != 0) {
        memset(block, 0, size);
        return;
    }
    memset(block, 0, head);
    memset((char *)block + head + whole, 0, size - head - whole);
}

horn_status memory_new_aligned(void *out, size_t count, size_t size)
{
    size_t total = count;
    if (!memory_multiply(&total, size) || total > SIZE_MAX - 64) return fail_memory("array", SIZE_MAX);
    total = (total + 63) & ~(size_t)63;
    if (total == 0) total = 64;
    void *block = aligned_alloc(64, total);
    if (!block) return fail_memory("array", total);
    memory_expect_large(block, total);
    fill_with_zeros(block, total);
    memcpy(out, &block, sizeof block);
    return HORN_OK;
}

horn_status memory_copy_text(char **out, const char *text, size_t n)
{
    char *copy = malloc(n + 1);
    if (!copy) return fail_memory("text", n);
    memcpy(copy, text, n);
    copy[n] = 0;
    *out = copy;
    return HORN_OK;
}

horn_status memory_copy_string(char **out, const char *text)
{
    return memory_copy_text(out, text, strlen(text));
}

horn_status memory_grow(void *array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) return HORN_OK;
    size_t wanted = *capacity ? *capacity * 2 : 8, total = wanted;
    if (!memory_multiply(&total, size)) return fail_memory("array", SIZE_MAX);
    void *old;
    memcpy(&old, array, sizeof old);
    char *grown = realloc(old, total);
    if (!grown) return fail_memory("array", total);
    memset(grown + *capacity * size, 0, total - *capacity * size);
    memcpy(array, &grown, sizeof grown);
    *capacity = wanted;
    return HORN_OK;
}
