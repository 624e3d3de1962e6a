/* A reader or a writer that passes over a tensor: the accounts of a conversion name it. */
#include <horn/file.h>
#include "codecs/zip/file.h"
#include "codecs/zip/writer.h"
#include "formats/files.h"
#include "model/files/convert.h"

static const char golden[] = "tests/golden/keras3.15/B.keras";
enum { ALL = PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE | PART_OPTIMIZER };

/* A format that drops the last weight of the last layer, or the last variable of a slot, on purpose. */
static void drop(snapshot *s, bool of_optimizer)
{
    snapshot_layer *l = &s->layers[s->layer_count - 1];
    snapshot_slot *slot = &s->slots[0];
    snapshot_tensor *t = of_optimizer ? &slot->tensors[--slot->tensor_count] : &l->tensors[--l->tensor_count];
    free(t->name);
    free(t->data);
}

static const char *count(const char *path, bool of_weights, bool of_optimizer, bytes *report)
{
    const format *f;
    source from;
    contents found = { 0 };
    snapshot *s;
    ck_ok(source_open(&from, path));
    ck_ok(format_by_content(&f, &from));
    ck_ok(snapshot_new(&s));
    ck_ok(f->read(s, &from, NULL, NULL));
    ck_ok(f->list(&found, &from));
    ck_ok(convert_count_result(s, &found, ALL, "the result"));
    if (of_weights) drop(s, false);
    if (of_optimizer) drop(s, true);
    ck_ok(convert_count_source(report, &found, s, NULL, s, ALL));
    contents_free(&found);
    snapshot_free(s);
    source_close(&from);
    return report->size ? bytes_text(report) : "";
}

START_TEST(test_convert_count__names_what_a_reader_drops)
{
    bytes nothing = { 0 }, weight = { 0 }, both = { 0 };
    ck_assert_str_eq(count(golden, false, false, &nothing), "");
    ck_assert_str_eq(
        count(golden, true, false, &weight),
        "not carried: 1 tensor, 40 bytes, which no part of the model takes: 'layers/dense/vars/1'\n");
    ck_assert_ptr_nonnull(strstr(count(golden, true, true, &both), "not carried: 2 tensors, "));
    ck_assert_ptr_nonnull(strstr(bytes_text(&both), "'optimizer/vars/"));
    bytes_free(&weight);
    bytes_free(&both);
}
END_TEST

/* Other values of the same size are no counterpart, as where a reader takes one weight for another. */
START_TEST(test_convert_count__names_what_a_reader_takes_for_another)
{
    const format *f;
    source from;
    contents found = { 0 };
    snapshot *s;
    bytes report = { 0 };
    ck_ok(source_open(&from, golden));
    ck_ok(format_by_content(&f, &from));
    ck_ok(snapshot_new(&s));
    ck_ok(f->read(s, &from, NULL, NULL));
    ck_ok(f->list(&found, &from));
    snapshot_layer *l = &s->layers[s->layer_count - 1];
    snapshot_tensor *bias = &l->tensors[l->tensor_count - 1];
    memset(bias->data, 7, snapshot_tensor_bytes(bias));
    ck_ok(convert_count_source(&report, &found, s, NULL, s, ALL));
    ck_assert_str_eq(
        bytes_text(&report),
        "not carried: 1 tensor, 40 bytes, which no part of the model takes: 'layers/dense/vars/1'\n");
    bytes_free(&report);
    contents_free(&found);
    snapshot_free(s);
    source_close(&from);
}
END_TEST

START_TEST(test_convert_count__fails_for_what_a_writer_drops)
{
    snapshot *s = read_file(golden), *less = read_file(golden);
    const folder place = folder_make();
    char path[128];
    const format *f;
    source from;
    contents found = { 0 };
    transaction *t;
    drop(less, false);
    ck_ok(format_by_name(&f, "keras-h5-weights"));
    snprintf(path, sizeof path, "%s/less.h5", place.path);
    ck_ok(transaction_begin(&t, path));
    ck_ok(f->write(less, t, NULL));
    ck_ok(source_open_pending(&from, t));
    ck_ok(f->list(&found, &from));
    ck_ok(convert_count_result(less, &found, PART_WEIGHTS, "less.h5"));
    ck_fails(convert_count_result(s, &found, PART_WEIGHTS, "less.h5"), HORN_ERROR_UNSUPPORTED,
             "less.h5: the tensor 'bias', 40 bytes, is not in what was written");
    contents_free(&found);
    source_close(&from);
    transaction_free(t);
    snapshot_free(s);
    snapshot_free(less);
    folder_remove(&place);
}
END_TEST

/* As often as it stands there: of tensors of the same bytes one is missing. */
START_TEST(test_convert_count__counts_equal_tensors)
{
    snapshot *s = read_file(golden);
    const format *f;
    source from;
    contents found = { 0 };
    snapshot_layer *l = &s->layers[s->layer_count - 1];
    snapshot_tensor *copy;
    const horn_view like = snapshot_tensor_view(&l->tensors[0]);
    ck_ok(snapshot_layer_add(l, "again", &like, &copy));
    memcpy(copy->data, l->tensors[0].data, snapshot_tensor_bytes(copy));
    ck_ok(source_open(&from, golden));
    ck_ok(format_by_content(&f, &from));
    ck_ok(f->list(&found, &from));
    ck_fails(convert_count_result(s, &found, ALL, "it"), HORN_ERROR_UNSUPPORTED,
             "is not in what was written");
    contents_free(&found);
    source_close(&from);
    snapshot_free(s);
}
END_TEST

/* Metrics, and what Keras 2's SGD keeps without using it. */
START_TEST(test_convert_count__names_what_horn_has_no_place_for)
{
    const folder place = folder_make();
    char *report, path[128];
    snprintf(path, sizeof path, "%s/a.h5", place.path);
    ck_ok(horn_convert(&report, "tests/golden/keras2.15/Csgd.keras", path, NULL));
    ck_assert_ptr_nonnull(strstr(
        report,
        "not carried: 8 tensors, 14264 bytes, which no part of the model takes: 'metrics/mean/vars/0', "));
    free(report);
    ck_assert_int_eq(unlink(path), 0);
    folder_remove(&place);
}
END_TEST

/* A vocabulary, which Keras keeps beside the weights. */
START_TEST(test_convert_count__names_files_that_nobody_reads)
{
    const folder place = folder_make();
    char *report, path[128], to[128];
    bytes content = { 0 }, whole = { 0 };
    zip_file *zip;
    zip_writer *out;
    snprintf(path, sizeof path, "%s/a.keras", place.path);
    snprintf(to, sizeof to, "%s/b.keras", place.path);
    ck_ok(file_read(&content, golden, 0));
    ck_ok(zip_file_open(&zip, content.data, content.size, golden));
    pieces into = { 0 };
    ck_ok(zip_writer_new(&out, &into));
    for (size_t i = 0; i < zip->count; i++) {
        bytes member = { 0 };
        ck_ok(zip_file_read(&member, zip, &zip->members[i], 0));
        ck_ok(zip_writer_add(out, zip->members[i].name, member.data, member.size, 0));
        bytes_free(&member);
    }
    ck_ok(zip_writer_add(out, "assets/layers/lookup/vocabulary.txt", "a\nb\n", 4, 0));
    ck_ok(zip_writer_finish(out));
    whole = into.own;
    FILE *file = fopen(path, "wb");
    ck_assert_uint_eq(fwrite(whole.data, 1, whole.size, file), whole.size);
    ck_assert_int_eq(fclose(file), 0);
    ck_ok(horn_convert(&report, path, to, NULL));
    ck_assert_ptr_nonnull(strstr(report, "not carried: 1 tensor, 4 bytes, which no part of the model takes: "
                                         "'assets/layers/lookup/vocabulary.txt'\n"));
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(unlink(to), 0);
    folder_remove(&place);
    zip_writer_free(out);
    zip_file_close(zip);
    bytes_free(&content);
    bytes_free(&whole);
    free(report);
}
END_TEST

TEST_MAIN(test_convert_count__names_files_that_nobody_reads, test_convert_count__names_what_a_reader_drops,
          test_convert_count__names_what_a_reader_takes_for_another,
          test_convert_count__fails_for_what_a_writer_drops, test_convert_count__counts_equal_tensors,
          test_convert_count__names_what_horn_has_no_place_for)
