/* Hostile and damaged HDF5 files (hostile_h5/, made by gen_hostile_h5.py): each is refused with its line,
 * nothing but the named file is opened, and memory and time stay small. */
#include "../test.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include "codecs/hdf5/file.h"
#include "finish.h"

#define FOLDER "tests/robustness/hostile_h5"
#define SECRET "/tmp/horn-hostile-secret"             /* the files that lead elsewhere lead there */
#define SEEN   __attribute__((visibility("default"))) /* by libhdf5 too, instead of libc's */

static bool watching;
static int opened; /* files, while watching; in any way that libhdf5 has */

static int open_plain(const char *path, int flags, mode_t mode)
{
    if (watching) opened++;
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

SEEN int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return open_plain(path, flags, mode);
}

SEEN int open64(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return open_plain(path, flags, mode);
}

/* Opens the file and reads all that a model has and all datasets of the first two levels. */
static horn_status read_everything(const void *data, size_t size, const char *name)
{
    hdf5_file *f = NULL;
    char **names = NULL, *text = NULL;
    size_t count = 0;
    horn_status status = hdf5_file_open(&f, data, size, name);
    if (status) return status;
    if (!hdf5_read_text(f, "/", "text", &text)) free(text);
    if (!hdf5_read_text(f, "/", "backend", &text)) free(text);
    if (!hdf5_read_names(f, "/", "list", true, &names, &count)) free(names);
    count = 0;
    names = NULL;
    status = hdf5_list(f, "/", &names, &count);
    for (size_t i = 0; i < count && !status; i++) {
        horn_dtype dtype;
        int rank;
        size_t shape[HORN_MAX_RANK], bytes_needed = sizeof(double);
        if (!hdf5_has_dataset(f, names[i])) continue;
        status = hdf5_describe_dataset(f, names[i], &dtype, &rank, shape);
        for (int k = 0; k < rank && !status; k++) bytes_needed *= shape[k];
        ck_assert_msg(status || bytes_needed <= 4000 * (size + 1), "%s: %zu bytes from %zu", name,
                      bytes_needed, size);
        double *numbers = status ? NULL : malloc(bytes_needed + 1);
        if (numbers) status = hdf5_read_dataset(f, names[i], HORN_FLOAT64, numbers, bytes_needed);
        free(numbers);
    }
    free(names);
    hdf5_file_close(f);
    return status;
}

static const struct {
    const char *name;
    horn_status status;
    const char *words;
} hostile[] = {
    { "array_type", HORN_ERROR_UNSUPPORTED, "/x: holds arrays as elements" },
    { "attribute_of_a_named_type", HORN_ERROR_UNSUPPORTED, "/: attribute of a named type" },
    { "base_address", HORN_ERROR_FORMAT, "/: superblock at byte 0, which says that it is at byte 8" },
    { "bit_field", HORN_ERROR_UNSUPPORTED, "/x: holds bit fields" },
    { "cached_table_of_a_dataset", HORN_ERROR_FORMAT,
      "/x: its link and its header name different symbol tables" },
    { "cached_table_of_another_group", HORN_ERROR_FORMAT,
      "/group: its link and its header name different symbol tables" },
    { "chunk_that_skips_filters", HORN_ERROR_UNSUPPORTED, "/x: a chunk with filters left out" },
    { "chunk_with_a_wrong_checksum", HORN_ERROR_FORMAT,
      "/x: a chunk's checksum is 00100021, expected 00100001" },
    { "chunked_tebibytes", HORN_ERROR_FORMAT, "/x: stores 0 chunks, expected 1048576" },
    { "compound", HORN_ERROR_UNSUPPORTED, "/x: holds compound types" },
    { "contiguous_tebibytes", HORN_ERROR_FORMAT,
      "/x: stores 0 bytes, its shape and type need 4398046511104" },
    { "continuation_in_a_circle", HORN_ERROR_FORMAT,
      "/: object header block at byte 112 is reached twice, expected once" },
    { "cyclic_groups", HORN_ERROR_FORMAT, "/a/b: object header at byte 96 is reached twice, expected once" },
    { "dataset_linked_twice", HORN_ERROR_FORMAT, "/: byte 800 belongs to two structures, expected one" },
    { "deep_groups", HORN_ERROR_FORMAT, "groups are nested more than 160 deep" },
    { "dense_attributes", HORN_ERROR_UNSUPPORTED, "/: attributes in dense storage" },
    { "dense_links", HORN_ERROR_UNSUPPORTED, "/: links in dense storage" },
    { "driver_information", HORN_ERROR_FORMAT, "/: superblock with a driver or odd sizes" },
    { "end_beyond_the_file", HORN_ERROR_FORMAT, "/: holds 9336 bytes, its superblock says 1048576" },
    { "external_link", HORN_ERROR_FORMAT, "/: 'x' is an external link, expected a hard link" },
    { "external_link_latest", HORN_ERROR_FORMAT, "/: 'x' is an external link, expected a hard link" },
    { "external_link_on_the_way", HORN_ERROR_FORMAT, "/a: 'b' is an external link, expected a hard link" },
    { "external_storage", HORN_ERROR_FORMAT, "/x: its data is in another file (external storage)" },
    { "global_heap_of_nothing", HORN_ERROR_FORMAT,
      "/@text: a global heap's object 1 of 1048576 bytes does not fit" },
    { "global_heap_without_end", HORN_ERROR_FORMAT,
      "/@text: GCOL of 17179869184 bytes at byte 2048, the file has 9336" },
    { "gzip_before_shuffle", HORN_ERROR_UNSUPPORTED,
      "/x: filters in another order than shuffle, deflate, fletcher32" },
    { "half", HORN_ERROR_FORMAT, "/: holds 4668 bytes, its superblock says 9336" },
    { "half_behind_a_user_block", HORN_ERROR_FORMAT, "/: holds 1024 bytes, its superblock says 2608" },
    { "heap_in_a_circle", HORN_ERROR_FORMAT, "/: the heap's free blocks do not fit into it" },
    { "heap_of_a_gibibyte", HORN_ERROR_FORMAT,
      "/: local heap of 1073741824 bytes at byte 712, the file has 9336" },
    { "heap_outside", HORN_ERROR_FORMAT,
      "/: local heap of 88 bytes at byte 1099511627776, the file has 9336" },
    { "huge_attribute", HORN_ERROR_UNSUPPORTED, "/: attributes in dense storage" },
    { "huge_contiguous_with_an_address", HORN_ERROR_FORMAT,
      "/x: stores 48 bytes, its shape and type need 1099511627776" },
    { "huge_tree_rank", HORN_ERROR_FORMAT, "/: trees of rank 4, 65535 and 32, expected 1 to 4096" },
    { "large_chunk", HORN_ERROR_FORMAT, "/x: a chunk of 14 bytes cannot hold 1073741824" },
    { "link_of_unknown_characters", HORN_ERROR_FORMAT, "/: a link of version 1, flags 0x10, characters 2" },
    { "link_of_version_2", HORN_ERROR_FORMAT, "/: a link of version 2, flags 0x10, characters 1" },
    { "link_outside_the_heap", HORN_ERROR_FORMAT, "/: a link's name lies outside the heap" },
    { "link_to_no_object", HORN_ERROR_FORMAT, "/group: no object header at byte 2048" },
    { "link_to_nowhere", HORN_ERROR_FORMAT, "/group: object at byte 1099511627776, the file has 9336" },
    { "link_with_unknown_flags", HORN_ERROR_FORMAT, "/: a link of version 1, flags 0x30, characters 1" },
    { "link_without_a_name", HORN_ERROR_FORMAT, "/: a link of 0 bytes without a proper name" },
    { "lzf", HORN_ERROR_UNSUPPORTED, "/x: filter 32000, expected deflate, shuffle or fletcher32" },
    { "message_beyond_its_block", HORN_ERROR_FORMAT, "/x: object header message 0x08 leaves its block" },
    { "missing_chunk", HORN_ERROR_FORMAT, "/x: chunk 1 stands where chunk 0 was expected" },
    { "named_type", HORN_ERROR_UNSUPPORTED, "/t: is neither a group nor a whole dataset" },
    { "names_out_of_order", HORN_ERROR_FORMAT, "/: link 'x' follows 'zzzzz', expected ascending names" },
    { "newest_chunks", HORN_ERROR_UNSUPPORTED, "/x: chunks of the newest layout" },
    { "nothing", HORN_ERROR_FORMAT, "does not begin as an HDF5 file" },
    { "object_reference", HORN_ERROR_UNSUPPORTED, "/x: holds references" },
    { "offsets_of_two_bytes", HORN_ERROR_FORMAT, "/: superblock with a driver or odd sizes" },
    { "one_byte_short", HORN_ERROR_FORMAT, "/: holds 9335 bytes, its superblock says 9336" },
    { "one_chunk_of_tebibytes", HORN_ERROR_FORMAT, "/x: stores 1 chunks, expected 274877906944" },
    { "opaque", HORN_ERROR_UNSUPPORTED, "/x: holds opaque data" },
    { "overlong_chunk", HORN_ERROR_FORMAT, "/x: holds more than the 16 unpacked bytes expected" },
    { "rank_32", HORN_ERROR_UNSUPPORTED, "/x: has rank 32, expected at most 8" },
    { "region_reference", HORN_ERROR_UNSUPPORTED, "/@r: holds references" },
    { "scale_offset", HORN_ERROR_UNSUPPORTED, "/x: filter 6, expected deflate, shuffle or fletcher32" },
    { "sequences", HORN_ERROR_UNSUPPORTED, "/x: sequences of variable length" },
    { "shape_larger_than_stored", HORN_ERROR_FORMAT, "/x: stores 48 bytes, its shape and type need 60" },
    { "shape_overflow", HORN_ERROR_FORMAT, "/x: has more elements than can be counted" },
    { "shared_data", HORN_ERROR_FORMAT, "/: byte 6144 belongs to two structures, expected one" },
    { "short_chunk", HORN_ERROR_FORMAT, "/x: holds 100 unpacked bytes, expected 3996 more" },
    { "signature_only", HORN_ERROR_FORMAT, "does not begin as an HDF5 file" },
    { "soft_link", HORN_ERROR_FORMAT, "/: 'x' is a soft link, expected a hard link" },
    { "soft_link_by_type", HORN_ERROR_FORMAT, "/: 'group' is a soft link, expected a hard link" },
    { "soft_link_latest", HORN_ERROR_FORMAT, "/: 'x' is a soft link, expected a hard link" },
    { "soft_link_on_the_way", HORN_ERROR_FORMAT, "/: 'group' is a soft link, expected a hard link" },
    { "soft_link_to_itself", HORN_ERROR_FORMAT, "/: 'x' is a soft link, expected a hard link" },
    { "soft_link_to_nothing", HORN_ERROR_FORMAT, "/: 'x' is a soft link, expected a hard link" },
    { "strange_float", HORN_ERROR_UNSUPPORTED, "/x: floats of 4 bytes that are not IEEE's" },
    { "strange_integer", HORN_ERROR_UNSUPPORTED, "/x: integers of 4 bytes with 7 bits at bit 20" },
    { "strange_layout", HORN_ERROR_FORMAT, "/x: data layout of version 9, class 1" },
    { "superblock_extension", HORN_ERROR_UNSUPPORTED, "/: superblock with an extension" },
    { "superblock_of_version_9", HORN_ERROR_UNSUPPORTED, "/: superblock of version 9, expected at most 3" },
    { "text", HORN_ERROR_FORMAT, "does not begin as an HDF5 file" },
    { "text_longer_than_stored", HORN_ERROR_FORMAT,
      "/@text: a text of 4000 bytes is not what its heap holds" },
    { "text_of_a_missing_object", HORN_ERROR_FORMAT,
      "/@text: a text of 25 bytes is not what its heap holds" },
    { "text_outside", HORN_ERROR_FORMAT, "/@text: global heap at byte 8589934592, the file has 9336" },
    { "text_shorter_than_stored", HORN_ERROR_FORMAT, "/@text: a text of 1 bytes is not what its heap holds" },
    { "too_many_links", HORN_ERROR_FORMAT,
      "/: node of version 1 with 65535 links, expected 1 and at most 8" },
    { "tree_in_a_circle", HORN_ERROR_FORMAT, "/: tree node of kind 0, level 1 with 1 children" },
    { "tree_in_itself", HORN_ERROR_FORMAT, "/: no 'TREE' at byte 1272" },
    { "unknown_filter", HORN_ERROR_UNSUPPORTED, "/x: filter 31999, expected deflate, shuffle or fletcher32" },
    { "unknown_link_by_type", HORN_ERROR_FORMAT, "/: 'group' is a strange link, expected a hard link" },
    { "unknown_message", HORN_ERROR_UNSUPPORTED, "/x: object header message 0x99" },
    { "user_block_and_end_in_it", HORN_ERROR_FORMAT, "/: holds 2608 bytes, its superblock says 511" },
    { "user_block_and_no_end", HORN_ERROR_FORMAT, "/: holds 2608 bytes, its superblock says 1048576" },
    { "user_block_of_another_size", HORN_ERROR_FORMAT, "does not begin as an HDF5 file" },
    { "virtual", HORN_ERROR_FORMAT, "/x: its data is put together from other datasets (virtual layout)" },
    { "virtual_of_itself", HORN_ERROR_FORMAT,
      "/x: its data is put together from other datasets (virtual layout)" },
    { "zero_tree_rank", HORN_ERROR_FORMAT, "/: trees of rank 0, 16 and 32, expected 1 to 4096" },
};
enum { HOSTILE = sizeof hostile / sizeof *hostile };

static void read_file(bytes *out, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, FOLDER "/%s.h5", name);
    ck_ok(file_read(out, path, 0));
}

START_TEST(test_hdf5_hostile__each_is_refused_with_its_line)
{
    for (int i = 0; i < HOSTILE; i++) {
        bytes b = { 0 };
        read_file(&b, hostile[i].name);
        ck_fails(read_everything(b.data, b.size, hostile[i].name), hostile[i].status, hostile[i].words);
        ck_assert_msg(strncmp(horn_last_error(), hostile[i].name, strlen(hostile[i].name)) == 0, "%s",
                      horn_last_error());
        ck_assert_ptr_null(strchr(horn_last_error(), '\n'));
        bytes_free(&b);
    }
}
END_TEST

START_TEST(test_hdf5_hostile__every_file_of_the_folder_is_listed)
{
    DIR *listing = opendir(FOLDER);
    ck_assert_ptr_nonnull(listing);
    int files = 0;
    for (struct dirent *e; (e = readdir(listing));) {
        if (e->d_name[0] == '.') continue;
        bool known = false;
        for (int i = 0; i < HOSTILE; i++)
            known |= strncmp(e->d_name, hostile[i].name, strlen(hostile[i].name)) == 0 &&
                     strcmp(e->d_name + strlen(hostile[i].name), ".h5") == 0;
        ck_assert_msg(known, "%s", e->d_name);
        files++;
    }
    closedir(listing);
    ck_assert_int_eq(files, HOSTILE);
}
END_TEST

/* Something to find stands where they lead: a text, and a file of the right structure. */
START_TEST(test_hdf5_hostile__no_other_file_is_opened)
{
    static const float numbers[12] = { 1 };
    hdf5_file *f = NULL;
    bytes b = { 0 };
    ck_ok(hdf5_file_create(&f));
    ck_ok(hdf5_write_dataset(f, "x", &(horn_view){ .data = numbers, .rank = 2, .shape = { 3, 4 } }));
    ck_ok(finish_hdf5(f, &b));
    for (int i = 0; i < 2; i++) {
        FILE *out = fopen(i ? SECRET ".h5" : SECRET, "w");
        ck_assert_ptr_nonnull(out);
        ck_assert_uint_eq(fwrite(i ? (char *)b.data : "the secret words", 1, i ? b.size : 16, out),
                          i ? b.size : 16);
        fclose(out);
    }
    bytes_free(&b);
    for (int i = 0; i < HOSTILE; i++) {
        read_file(&b, hostile[i].name);
        watching = true;
        horn_status status = read_everything(b.data, b.size, hostile[i].name);
        watching = false;
        ck_assert_int_ne(status, HORN_OK);
        ck_assert_ptr_null(strstr(horn_last_error(), "secret words"));
        ck_assert_msg(opened == 0, "%s: %d files opened", hostile[i].name, opened);
        bytes_free(&b);
    }
    unlink(SECRET);
    unlink(SECRET ".h5");
}
END_TEST

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

START_TEST(test_hdf5_hostile__memory_and_time_stay_small)
{
    for (int i = 0; i < HOSTILE; i++) {
        bytes b = { 0 };
        read_file(&b, hostile[i].name);
        double before = seconds();
        ck_assert_int_ne(read_everything(b.data, b.size, hostile[i].name), HORN_OK);
        ck_assert_msg(seconds() - before < 1, "%s: %g s", hostile[i].name, seconds() - before);
        bytes_free(&b);
    }
#if !defined(__SANITIZE_ADDRESS__)
    struct rusage use;
    ck_assert_int_eq(getrusage(RUSAGE_SELF, &use), 0);
    ck_assert_msg(use.ru_maxrss < 64 * 1024, "%ld KiB", use.ru_maxrss);
#endif
}
END_TEST

/* --- damage --- */

static void write_small(bytes *out)
{
    static const float kernel[6] = { 0, 1, 2, 3, 4, 5 };
    static const char *const layers[] = { "dense", "flatten" };
    hdf5_file *f = NULL;
    ck_ok(hdf5_file_create(&f));
    ck_ok(hdf5_write_text(f, "/", "text", "{\"name\": \"model\"}"));
    ck_ok(hdf5_write_names(f, "/", "list", layers, 2));
    ck_ok(hdf5_write_dataset(f, "/kernel:0", &(horn_view){ .data = kernel, .rank = 2, .shape = { 2, 3 } }));
    ck_ok(hdf5_write_dataset(f, "/dense/bias:0", &(horn_view){ .data = kernel, .rank = 1, .shape = { 3 } }));
    ck_ok(finish_hdf5(f, out));
    ck_ok(read_everything(out->data, out->size, "small.h5"));
}

START_TEST(test_hdf5_hostile__every_flipped_bit_of_our_own_file_is_refused)
{
    bytes b = { 0 };
    write_small(&b);
    for (size_t bit = 0; bit < b.size * 8; bit++) {
        b.data[bit / 8] ^= (unsigned char)(1u << bit % 8);
        horn_status status = read_everything(b.data, b.size, "small.h5");
        ck_assert_msg(status == HORN_ERROR_FORMAT, "bit %zu of %zu: %d", bit, b.size * 8, status);
        b.data[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    ck_ok(read_everything(b.data, b.size, "small.h5"));
    printf("%zu bits flipped\n", b.size * 8);
    bytes_free(&b);
}
END_TEST

START_TEST(test_hdf5_hostile__every_truncation_of_our_own_file_is_refused)
{
    bytes b = { 0 };
    write_small(&b);
    for (size_t size = 0; size < b.size; size++) {
        unsigned char *cut = malloc(size + 1); /* its own block, so that ASan sees its end */
        memcpy(cut, b.data, size);
        ck_assert_msg(read_everything(cut, size, "small.h5") == HORN_ERROR_FORMAT, "%zu bytes", size);
        free(cut);
    }
    bytes_free(&b);
}
END_TEST

/* Without a checksum a flip in a number goes unseen; it must only do no harm. */
static void flip_foreign(const char *path, size_t step)
{
    bytes b = { 0 };
    size_t tried = 0, refused = 0;
    ck_ok(file_read(&b, path, 0));
    ck_ok(read_everything(b.data, b.size, path));
    for (size_t bit = 3; bit < b.size * 8; bit += step) {
        unsigned char *flipped = malloc(b.size);
        memcpy(flipped, b.data, b.size);
        flipped[bit / 8] ^= (unsigned char)(1u << bit % 8);
        double before = seconds();
        refused += read_everything(flipped, b.size, path) != HORN_OK;
        ck_assert_msg(seconds() - before < 1, "%s, bit %zu: %g s", path, bit, seconds() - before);
        free(flipped);
        tried++;
    }
    printf("%s: %zu bits flipped, %zu refused\n", path, tried, refused);
    ck_assert_uint_gt(refused, tried / 50);
    bytes_free(&b);
}

START_TEST(test_hdf5_hostile__flipped_bits_of_other_files_do_no_harm)
{
    flip_foreign("tests/golden/h5py/latest.h5", 29);
    flip_foreign("tests/golden/h5py/layouts.h5", 101);
    flip_foreign("tests/golden/h5py/tracked.h5", 101);
    flip_foreign("tests/golden/h5py/old_groups.h5", 101);
    flip_foreign("tests/golden/h5py/user_block.h5", 101);
    flip_foreign("tests/golden/h5py/utf8_names.h5", 101);
    flip_foreign("tests/golden/keras2.15/A4.h5", 397);
}
END_TEST

START_TEST(test_hdf5_hostile__truncations_of_other_files_are_refused)
{
    static const char *const paths[] = {
        "tests/golden/h5py/latest.h5",     "tests/golden/h5py/layouts.h5",
        "tests/golden/h5py/tracked.h5",    "tests/golden/h5py/user_block_latest.h5",
        "tests/golden/h5py/utf8_names.h5", "tests/golden/keras2.15/A4.h5"
    };
    for (int i = 0; i < 6; i++) {
        bytes b = { 0 };
        ck_ok(file_read(&b, paths[i], 0));
        ck_ok(read_everything(b.data, b.size, paths[i]));
        for (size_t size = 0; size < b.size; size++)
            ck_assert_msg(read_everything(b.data, size, paths[i]) != HORN_OK, "%s: %zu bytes", paths[i],
                          size);
        bytes_free(&b);
    }
}
END_TEST

TEST_MAIN(test_hdf5_hostile__each_is_refused_with_its_line,
          test_hdf5_hostile__every_file_of_the_folder_is_listed, test_hdf5_hostile__no_other_file_is_opened,
          test_hdf5_hostile__memory_and_time_stay_small,
          test_hdf5_hostile__every_flipped_bit_of_our_own_file_is_refused,
          test_hdf5_hostile__every_truncation_of_our_own_file_is_refused,
          test_hdf5_hostile__flipped_bits_of_other_files_do_no_harm,
          test_hdf5_hostile__truncations_of_other_files_are_refused)
