/* A checkpoint that is larger than what ./convert may take of memory, by way of deepdish's HDF5: HORN_LARGE megabytes (64), almost
 * all of them holes. */
#include "programs/program.h"

#include "base/files/large_file.h"
#include "codecs/crc32c.h"
#include "codecs/hdf5/file.h"
#include "codecs/tensorflow/table.h"

enum { TENSORS = 4, VALUES = 500, LIMIT_MB = 48 };

/* Shapes of `megabytes` in all. */
static struct {
    const char *name;
    int rank;
    size_t shape[4], count, offset;
    uint32_t crc;
} tensors[TENSORS] = { { .name = "conv/weights", .rank = 4 },
                       { .name = "conv/weights/Momentum", .rank = 3 },
                       { .name = "embedding", .rank = 2 },
                       { .name = "fc/weights", .rank = 2 } };

static size_t megabytes(void)
{
    const char *text = getenv("HORN_LARGE");
    return text ? strtoul(text, NULL, 10) : 64;
}

static void choose_shapes(void)
{
    const size_t unit = megabytes() << 20 >> 4; /* 4 bytes each, in quarters */
    const size_t shapes[TENSORS][4] = {
        { 5, 5, 64, unit / 1600 }, { 2, 3, unit / 6 }, { unit / 12, 12 }, { 2048, unit / 2048 }
    };
    size_t at = 0;
    for (int i = 0; i < TENSORS; i++) {
        tensors[i].count = 1;
        memcpy(tensors[i].shape, shapes[i], sizeof shapes[i]);
        for (int k = 0; k < tensors[i].rank; k++) tensors[i].count *= shapes[i][k];
        tensors[i].offset = at;
        at += tensors[i].count * sizeof(float);
    }
}

/* The elements that are no zeros: their numbers and values. */
static size_t place_of(int tensor, size_t number)
{
    return (number * 2654435761u + 17 * (size_t)tensor) % tensors[tensor].count;
}

static float value_of(int tensor, size_t place)
{
    return (float)(1 + tensor) + (float)(place % 8191);
}

static void write_data(const char *path)
{
    static unsigned char block[1 << 20];
    FILE *file = fopen(path, "w+");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(
        ftruncate(fileno(file), (off_t)(tensors[TENSORS - 1].offset + 4 * tensors[TENSORS - 1].count)), 0);
    for (int i = 0; i < TENSORS; i++) {
        const size_t size = 4 * tensors[i].count;
        for (size_t k = 0; k < VALUES; k++) {
            const size_t place = place_of(i, k);
            const float value = value_of(i, place);
            ck_ok(large_file_write(fileno(file), tensors[i].offset + 4 * place, &value, 4, path));
        }
        tensors[i].crc = 0;
        for (size_t at = 0; at < size; at += sizeof block) {
            const size_t part = size - at < sizeof block ? size - at : sizeof block;
            ck_assert_int_eq(pread(fileno(file), block, part, (off_t)(tensors[i].offset + at)),
                             (ssize_t)part);
            tensors[i].crc = crc32c_extend(tensors[i].crc, block, part);
        }
    }
    ck_assert_int_eq(fclose(file), 0);
}

static void write_index(const char *path)
{
    bytes values[TENSORS + 1] = { 0 }, index = { 0 }, shape = { 0 }, axis = { 0 }, version = { 0 };
    table_entry entries[TENSORS + 1] = { 0 };
    protobuf_put_integer(&values[0], 1, 1);
    protobuf_put_integer(&version, 1, 1);
    protobuf_put_message(&values[0], 3, &version);
    entries[0] = (table_entry){ { "", 0 }, { bytes_text(&values[0]), values[0].size } };
    for (int i = 0; i < TENSORS; i++) {
        bytes *v = &values[i + 1];
        protobuf_put_integer(v, 1, 1);
        for (int k = 0; k < tensors[i].rank; k++) {
            protobuf_put_integer(&axis, 1, tensors[i].shape[k]);
            protobuf_put_message(&shape, 2, &axis);
        }
        protobuf_put_message(v, 2, &shape);
        if (tensors[i].offset) protobuf_put_integer(v, 4, tensors[i].offset);
        protobuf_put_integer(v, 5, 4 * tensors[i].count);
        protobuf_put_fixed32(v, 6, crc32c_mask(tensors[i].crc));
        entries[i + 1] =
            (table_entry){ { tensors[i].name, strlen(tensors[i].name) }, { bytes_text(v), v->size } };
    }
    ck_ok(table_write(&index, entries, TENSORS + 1));
    write_file(path, index.data, index.size);
    for (int i = 0; i <= TENSORS; i++) bytes_free(&values[i]);
    bytes_free(&index);
    bytes_free(&shape);
    bytes_free(&axis);
}

static void write_checkpoint(void)
{
    choose_shapes();
    write_data(in_folder("large.data-00000-of-00001"));
    write_index(in_folder("large.index"));
}

/* Where an element stands in PyTorch's layout. */
static size_t moved(int tensor, size_t place)
{
    const size_t *s = tensors[tensor].shape;
    const size_t outputs = tensors[tensor].rank == 4 ? s[3] : s[1],
                 inputs = tensors[tensor].rank == 4 ? s[2] : s[0],
                 places = tensors[tensor].rank == 4 ? s[0] * s[1] : 1;
    if (tensors[tensor].rank == 3) return place;
    const size_t o = place % outputs, i = place / outputs % inputs, p = place / outputs / inputs;
    return (o * inputs + i) * places + p;
}

static void check_values(const char *path)
{
    static const char *const paths[TENSORS] = { "conv/weights", "conv/weights.Momentum", "embedding",
                                                "fc/weights" };
    large_file *file = NULL;
    hdf5_file *h5 = NULL;
    ck_ok(large_file_open(&file, path, NULL));
    ck_ok(hdf5_large_open(&h5, file));
    for (int i = 0; i < TENSORS; i++) {
        horn_view like;
        size_t place;
        ck_ok(hdf5_large_find(h5, paths[i], &like, &place));
        ck_assert_uint_eq(horn_view_count(&like), tensors[i].count);
        if (tensors[i].rank == 2) ck_assert_uint_eq(like.shape[0], tensors[i].shape[1]);
        for (size_t k = 0; k < VALUES; k++) {
            float value;
            ck_ok(large_file_read(file, place + 4 * moved(i, place_of(i, k)), &value, 4));
            ck_assert_msg(value == value_of(i, place_of(i, k)), "%s: element %zu is %g", paths[i],
                          place_of(i, k), (double)value);
        }
    }
    hdf5_file_close(h5);
    large_file_close(file);
}

static struct rusage use;

static outcome run_measured(const char *command_line)
{
    char out[64], err[64];
    int status;
    snprintf(out, sizeof out, "%s.out", folder);
    snprintf(err, sizeof err, "%s.err", folder);
    const pid_t child = start(command_line, out, err);
    ck_assert_int_eq(wait4(child, &status, 0, &use), child);
    outcome o = { .status = WEXITSTATUS(status), .out = read_file(out, NULL), .err = read_file(err, NULL) };
    unlink(out);
    unlink(err);
    return o;
}

START_TEST(test_large_checkpoint__converts_in_bounded_memory)
{
    char command_line[600];
    program_setup();
    write_checkpoint();
    snprintf(command_line, sizeof command_line, "convert %s/large %s/large.h5 --to deepdish", folder, folder);
    outcome o = run_measured(command_line);
    ck_assert_msg(o.status == 0, "%s", o.err);
    ck_assert_msg(strstr(o.out, "carried:     4 tensors") != NULL, "%s", o.out);
    check_values(in_folder("large.h5"));
    printf("%zu MB: %ld KiB at most\n", megabytes(), use.ru_maxrss);
    if (!SANITIZED) ck_assert_msg(use.ru_maxrss < LIMIT_MB * 1024, "%ld KiB", use.ru_maxrss);
    outcome_free(&o);
    program_cleanup();
}
END_TEST

/* A disk that is full, and a flipped bit: one line, and nothing is left. */
START_TEST(test_large_checkpoint__failures_leave_nothing)
{
    char command_line[600];
    program_setup();
    write_checkpoint();
    snprintf(command_line, sizeof command_line, "convert %s/large %s/large.h5 --to deepdish", folder, folder);
    file_limit = 1 << 20;
    check_refusal(run_measured(command_line), 1, "large.h5: File too large");
    ck_assert_int_eq(count_files(folder), 2);
    file_limit = 0;
    FILE *file = fopen(in_folder("large.data-00000-of-00001"), "r+");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fputc(1, file), 1);
    ck_assert_int_eq(fclose(file), 0);
    check_refusal(run_measured(command_line), 1, "does not match its checksum");
    ck_assert_int_eq(count_files(folder), 2);
    program_cleanup();
}
END_TEST

TEST_MAIN_WITHIN(1500, test_large_checkpoint__converts_in_bounded_memory,
                 test_large_checkpoint__failures_leave_nothing)
