/* From the tensors of any file into a deepdish file, one after the other, without a model: what the well-known script does to a
 * checkpoint of TensorFlow. Values go through tiles (tiles.h); libhdf5 writes the rest of the file. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/deepdish/deepdish.h"
#include "formats/deepdish/paths.h"
#include "formats/deepdish/tiles.h"

enum { MOST_NAMES = 8, COMPARED = 1 << 20 };

typedef struct job {
    const contents *from;
    const char *where;
    /* Of the tensors that are copied: their indices in `from`, and their names and paths. */
    size_t *indices, count;
    const char **names;
    char **paths;
    /* Where their values stand in the file. */
    size_t *places;
    int descriptor;
    large_file *written;
    unsigned char *buffer;
    /* The tensor that is copied. */
    size_t at;
    deepdish_move move;
} job;

static horn_view view_of(const contents_tensor *t)
{
    horn_view like = { .dtype = t->as, .rank = t->rank };
    memcpy(like.shape, t->shape, sizeof like.shape);
    return like;
}

/* ---- the values ---- */

static horn_status read_source(void *payload, size_t offset, void *data, size_t size)
{
    const job *j = payload;
    return j->from->read_part(j->from, j->indices[j->at], offset, data, size);
}

static horn_status write_piece(void *payload, size_t offset, const void *data, size_t size)
{
    const job *j = payload;
    return large_file_write(j->descriptor, j->places[j->at] + offset, data, size, j->where);
}

static horn_status compare_piece(void *payload, size_t offset, const void *data, size_t size)
{
    job *j = payload;
    for (size_t done = 0; done < size; done += COMPARED) {
        const size_t part = size - done < COMPARED ? size - done : COMPARED;
        const horn_status status =
            large_file_read(j->written, j->places[j->at] + offset + done, j->buffer, part);
        if (status) return status;
        if (memcmp(j->buffer, (const char *)data + done, part) != 0)
            return fail(HORN_ERROR_FILE, "%s: '%s' reads back other values than were written", j->where,
                        j->names[j->at]);
    }
    return HORN_OK;
}

static horn_status move_all(job *j, horn_status (*take)(void *, size_t, const void *, size_t))
{
    horn_status status = HORN_OK;
    j->move.take = take;
    for (j->at = 0; j->at < j->count && !status; j->at++) {
        const horn_view like = view_of(&j->from->tensors[j->indices[j->at]]);
        status = deepdish_move_all(&j->move, &like);
    }
    return status;
}

/* ---- the file ---- */

static horn_view view_there(const job *j, size_t index)
{
    const horn_view like = view_of(&j->from->tensors[j->indices[index]]);
    horn_view there = like;
    deepdish_shape(there.shape, &like);
    return there;
}

static horn_status write_file(job *j, transaction *t)
{
    horn_status status = HORN_OK;
    hdf5_file *file = NULL;
    TRY(transaction_add_large(t, "", &j->descriptor));
    TRY(hdf5_large_create(&file, j->descriptor, j->where));
    TRY(deepdish_begin(file));
    TRY(deepdish_mark_rows(file));
    for (size_t i = 0; i < j->count; i++) {
        const horn_view there = view_there(j, i);
        TRY(hdf5_large_add(file, j->paths[i], &there, &j->places[i]));
    }
    TRY(move_all(j, write_piece));
    status = hdf5_large_finish(file);
    file = NULL;
done:
    hdf5_file_close(file);
    return status;
}

static horn_status find_again(job *j, const hdf5_file *file, size_t index)
{
    horn_view found;
    const horn_view there = view_there(j, index);
    horn_status status = hdf5_large_find(file, j->paths[index], &found, &j->places[index]);
    if (status) return status;
    if (found.dtype != there.dtype || found.rank != there.rank ||
        memcmp(found.shape, there.shape, (size_t)there.rank * sizeof *there.shape) != 0)
        return fail(HORN_ERROR_FILE, "%s: '%s' reads back another type or shape than was written", j->where,
                    j->names[index]);
    return HORN_OK;
}

/* Opens what is on the disk, and compares with the source, which is read again. */
static horn_status read_back(job *j, transaction *t)
{
    horn_status status = HORN_OK;
    hdf5_file *file = NULL;
    TRY(transaction_reopen(t, "", &j->written));
    TRY(hdf5_large_open(&file, j->written));
    for (size_t i = 0; i < j->count; i++) TRY(find_again(j, file, i));
    TRY(memory_new(&j->buffer, 1, COMPARED));
    TRY(move_all(j, compare_piece));
done:
    hdf5_file_close(file);
    return status;
}

/* ---- what is carried ---- */

static horn_status choose_tensors(job *j)
{
    horn_status status = HORN_OK;
    TRY(memory_new(&j->indices, j->from->count, sizeof *j->indices));
    TRY(memory_new(&j->names, j->from->count, sizeof *j->names));
    TRY(memory_new(&j->places, j->from->count, sizeof *j->places));
    for (size_t i = 0; i < j->from->count; i++) {
        if (!j->from->tensors[i].is_readable) continue;
        j->names[j->count] = j->from->tensors[i].name;
        j->indices[j->count++] = i;
    }
    TRY(deepdish_paths(&j->paths, j->names, j->count, j->where));
done:
    return status;
}

static void report_carried(const job *j, bytes *report)
{
    size_t total = 0, four = 0, two = 0;
    for (size_t i = 0; i < j->count; i++) {
        const contents_tensor *t = &j->from->tensors[j->indices[i]];
        total += t->size;
        four += t->rank == 4;
        two += t->rank == 2;
    }
    bytes_print(report, "carried:     %zu tensor%s, %zu bytes\n", j->count, j->count == 1 ? "" : "s", total);
    if (four + two)
        bytes_print(
            report,
            "changed:     %zu tensors of 4 axes, height width inputs outputs, are outputs inputs height "
            "width now; %zu of 2 axes are transposed\n"
            "             without the option architecture depthwise kernels are taken for others, and rows "
            "behind a Flatten stay in TensorFlow's order\n",
            four, two);
}

static void report_lost(const contents *from, bytes *report)
{
    size_t count = 0, total = 0;
    for (size_t i = 0; i < from->count; i++) {
        const contents_tensor *t = &from->tensors[i];
        if (t->is_readable || t->is_own) continue;
        total += t->size;
        count++;
    }
    if (!count) return;
    bytes_print(report, "not carried: %zu tensor%s, %zu bytes, of types that Horn does not read:", count,
                count == 1 ? "" : "s", total);
    for (size_t i = 0, said = 0; i < from->count && said < MOST_NAMES; i++) {
        const contents_tensor *t = &from->tensors[i];
        if (t->is_readable || t->is_own) continue;
        bytes_print(report, "%s '%s' (%s)", said++ ? "," : "", t->name, t->dtype);
    }
    if (count > MOST_NAMES) bytes_print(report, " and %zu more", count - MOST_NAMES);
    bytes_print(report, "\n");
}

horn_status deepdish_stream(const contents *from, transaction *t, const format_options *options,
                            bytes *report)
{
    horn_status status = HORN_OK;
    bytes verified = { 0 };
    job j = { .from = from, .where = transaction_target(t) };
    j.move = (deepdish_move){ .read = read_source, .payload = &j };
    (void)options;
    TRY(from->verify(from, &verified));
    TRY(choose_tensors(&j));
    TRY(write_file(&j, t));
    TRY(read_back(&j, t));
    report_carried(&j, report);
    report_lost(from, report);
    status = bytes_status(report);
done:
    bytes_free(&verified);
    deepdish_move_free(&j.move);
    large_file_close(j.written);
    deepdish_paths_free(j.paths, j.count);
    free(j.indices);
    free(j.names);
    free(j.places);
    free(j.buffer);
    return status;
}
