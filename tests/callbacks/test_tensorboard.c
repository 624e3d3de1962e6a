/* Event files: whole records, resumed without a gap; tests/interop lets TensorBoard read them. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <horn/callback.h>
#include "base/bytes.h"
#include "callbacks/tensorboard/event_file.h"
#include "codecs/protobuf.h"
#include "codecs/tensorflow/records.h"

static char folder[32], path[96];

static void setup(void)
{
    strcpy(folder, "/tmp/horn-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/events.out.tfevents.horn", folder);
}

static void cleanup(void)
{
    char command[64];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

/* Prints "0 1 1 2 ", the steps of all events behind the version, each one whole, up to the end of the file. */
static const char *steps_in(const char *file)
{
    static char text[256];
    bytes content = { 0 };
    size_t at = 0, size, used = 0, count = 0;
    const void *data;
    ck_ok(file_read(&content, file, 0));
    text[0] = '\0';
    for (; records_next(content.data, content.size, &at, &data, &size); count++) {
        protobuf_reader r = protobuf_read(data, size);
        protobuf_field f;
        int64_t step = 0;
        bool is_version = false;
        while (protobuf_next(&r, &f)) {
            if (f.number == 2) step = protobuf_integer(&r, &f);
            if (f.number == 3) is_version = protobuf_text_is(protobuf_bytes(&r, &f), "brain.Event:2");
        }
        ck_assert(!r.failed);
        ck_assert_int_eq(is_version, count == 0);
        if (!is_version) used += (size_t)snprintf(text + used, sizeof text - used, "%lld ", (long long)step);
    }
    ck_assert_uint_eq(at, content.size);
    bytes_free(&content);
    return text;
}

static void write_steps(size_t resumed, size_t first, size_t end)
{
    event_file f;
    ck_ok(event_file_open(&f, folder, resumed));
    ck_assert_uint_eq(f.next, first);
    for (size_t i = first; i < end; i++) event_file_scalar(&f, i, "epoch_loss", 0.5);
    ck_ok(event_file_write(&f));
    event_file_close(&f);
}

START_TEST(test_tensorboard__events_of_steps_to_come_are_cut_off)
{
    setup();
    write_steps(0, 0, 5);
    ck_assert_str_eq(steps_in(path), "0 1 2 3 4 ");
    write_steps(3, 3, 6);
    ck_assert_str_eq(steps_in(path), "0 1 2 3 4 5 ");
    write_steps(0, 0, 1);
    ck_assert_str_eq(steps_in(path), "0 ");
    cleanup();
}
END_TEST

/* Whatever a kill or a damage left, the file is whole again, without a gap. */
START_TEST(test_tensorboard__a_broken_end_is_cut_off)
{
    bytes content = { 0 };
    setup();
    write_steps(0, 0, 3);
    ck_ok(file_read(&content, path, 0));
    for (size_t size = 0; size < content.size; size += 7) {
        for (int flip = 0; flip < 2; flip++) {
            event_file f;
            FILE *file = fopen(path, "wb");
            ck_assert_uint_eq(fwrite(content.data, 1, flip ? content.size : size, file),
                              flip ? content.size : size);
            if (flip) fseek(file, (long)size, SEEK_SET), fputc(content.data[size] ^ 1, file);
            fclose(file);
            ck_ok(event_file_open(&f, folder, 3));
            for (size_t i = f.next; i < 3; i++) event_file_scalar(&f, i, "epoch_loss", 0.5);
            ck_ok(event_file_write(&f));
            event_file_close(&f);
            ck_assert_str_eq(steps_in(path), "0 1 2 ");
        }
    }
    bytes_free(&content);
    cleanup();
}
END_TEST

START_TEST(test_tensorboard__what_cannot_be_written_waits)
{
    event_file f;
    setup();
    ck_ok(event_file_open(&f, folder, 0));
    ck_ok(event_file_write(&f));
    const int good = f.file.file;
    f.file.file = -1;
    event_file_scalar(&f, 0, "epoch_loss", 1);
    ck_fails(event_file_write(&f), HORN_ERROR_FILE, "events.out.tfevents.horn");
    f.file.file = good;
    event_file_scalar(&f, 1, "epoch_loss", 1);
    ck_ok(event_file_write(&f));
    event_file_close(&f);
    ck_assert_str_eq(steps_in(path), "0 1 ");
    cleanup();
}
END_TEST

START_TEST(test_tensorboard__histograms_count_what_is_finite)
{
    static const float values[] = { 1, 2, 3, NAN, INFINITY, -INFINITY, 4 }, one[] = { 7 };
    event_file f;
    setup();
    ck_ok(event_file_open(&f, folder, 0));
    event_file_histogram(&f, 0, "w", values, 7);
    event_file_histogram(&f, 1, "w", one, 1);
    event_file_histogram(&f, 2, "w", values + 3, 3);
    event_file_histogram(&f, 3, "w", NULL, 0);
    ck_ok(event_file_write(&f));
    event_file_close(&f);
    ck_assert_str_eq(steps_in(path), "0 1 2 3 ");
    cleanup();
}
END_TEST

START_TEST(test_tensorboard__a_folder_that_cannot_be_made_is_named)
{
    event_file f;
    ck_fails(event_file_open(&f, "/proc/none", 0), HORN_ERROR_FILE, "/proc/none");
    event_file_close(&f);
    horn_callback *c = horn_tensorboard(NULL);
    ck_fails(horn_callback_status(c), HORN_ERROR_ARGUMENT, "log_dir");
    horn_callback_free(c);
}
END_TEST

TEST_MAIN(test_tensorboard__events_of_steps_to_come_are_cut_off, test_tensorboard__a_broken_end_is_cut_off,
          test_tensorboard__what_cannot_be_written_waits, test_tensorboard__histograms_count_what_is_finite,
          test_tensorboard__a_folder_that_cannot_be_made_is_named)
