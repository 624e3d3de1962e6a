#include "../test.h"

#include <stdio.h>
#include <sys/stat.h>
#include "formats/source.h"

static char folder[64];

static void make_folder(void)
{
    strcpy(folder, "/tmp/horn-source-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static const char *in(const char *name)
{
    static char path[4][160];
    static unsigned turn;
    char *out = path[turn++ % 4];
    snprintf(out, 160, "%s/%s", folder, name);
    return out;
}

static void put(const char *name, const char *text)
{
    FILE *file = fopen(in(name), "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    ck_assert_int_eq(fclose(file), 0);
}

static void remove_folder(const char *names)
{
    char name[64];
    for (int n = 0; sscanf(names, "%63s%n", name, &n) == 1; names += n) ck_assert_int_eq(remove(in(name)), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void check_opens(const char *path, const char *content, const char *name, bool is_prefix)
{
    source s;
    ck_ok(source_open(&s, path));
    ck_assert_uint_eq(s.size, strlen(content));
    ck_assert_mem_eq(s.data, content, s.size);
    ck_assert_str_eq(s.path, name);
    ck_assert_int_eq(s.files && strcmp(s.files->main, ".index") == 0, is_prefix);
    source_close(&s);
}

START_TEST(test_source__files_and_prefixes_are_opened)
{
    source s;
    bytes shard = { 0 };
    make_folder();
    put("model.h5", "file");
    put("w.index", "index");
    put("w.data-00000-of-00001", "data");
    check_opens(in("model.h5"), "file", in("model.h5"), false);
    check_opens(in("w"), "index", in("w"), true);
    check_opens(in("w.index"), "index", in("w"), true);
    ck_ok(source_open(&s, in("w")));
    ck_ok(source_read(&s, ".data-00000-of-00001", &shard));
    ck_assert_str_eq(bytes_text(&shard), "data");
    ck_fails(source_read(&s, ".data-00000-of-00002", &shard), HORN_ERROR_FILE, "w.data-00000-of-00002");
    source_close(&s);
    bytes_free(&shard);
    ck_fails(source_open(&s, in("none")), HORN_ERROR_FILE, "none");
    ck_fails(source_open(&s, ""), HORN_ERROR_ARGUMENT, "empty");
    put("w", "a file of the prefix's own name comes first");
    check_opens(in("w"), "a file of the prefix's own name comes first", in("w"), false);
    remove_folder("model.h5 w w.index w.data-00000-of-00001");
}
END_TEST

START_TEST(test_source__a_directory_is_its_newest_checkpoint)
{
    source s;
    make_folder();
    ck_fails(source_open(&s, folder), HORN_ERROR_FILE, "without a file 'checkpoint'");
    put("checkpoint", "model_checkpoint_path: \"w-2\"\nall_model_checkpoint_paths: \"w-1\"\n");
    ck_fails(source_open(&s, folder), HORN_ERROR_FILE, "names 'w-2', which is not there");
    put("w-2.index", "two");
    check_opens(folder, "two", in("w-2"), true);
    char slash[80];
    snprintf(slash, sizeof slash, "%s/", folder);
    check_opens(slash, "two", in("w-2"), true);
    put("checkpoint", "model_checkpoint_path: \"/somewhere/else/w-2\"");
    check_opens(folder, "two", in("w-2"), true);
    put("checkpoint", "model_checkpoint_path: \"../w-2/..\"");
    ck_fails(source_open(&s, folder), HORN_ERROR_FORMAT, "name is that of no checkpoint");
    put("checkpoint", "model_checkpoint_path: \"\"");
    ck_fails(source_open(&s, folder), HORN_ERROR_FORMAT, "name is that of no checkpoint");
    put("checkpoint", "");
    ck_fails(source_open(&s, folder), HORN_ERROR_FORMAT, "names no newest");
    put("saved_model.pb", "");
    ck_ok(source_open(&s, slash));
    ck_assert(s.files && strcmp(s.files->main, "/saved_model.pb") == 0 && s.size == 0);
    ck_assert_str_eq(s.path, folder);
    source_close(&s);
    remove_folder("checkpoint w-2.index saved_model.pb");
}
END_TEST

START_TEST(test_source__a_name_in_a_file_leads_nowhere_else)
{
    source s;
    make_folder();
    ck_assert_int_eq(mkdir(in("inside"), 0777), 0);
    put("secret.index", "secret");
    put("inside/checkpoint", "model_checkpoint_path: \"../secret\"");
    ck_fails(source_open(&s, in("inside")), HORN_ERROR_FILE, "names 'secret', which is not there");
    remove_folder("inside/checkpoint inside secret.index");
}
END_TEST

START_TEST(test_source__a_prefix_beside_a_directory_of_its_name)
{
    make_folder();
    ck_assert_int_eq(mkdir(in("w"), 0777), 0);
    put("w.index", "index");
    check_opens(in("w"), "index", in("w"), true);
    remove_folder("w w.index");
}
END_TEST

/* As tf.train.Saver writes it for a path that ends in '/'. */
START_TEST(test_source__a_prefix_that_is_a_directory)
{
    static const char *const names[] = { ".", "/somewhere/else/", "saver/" };
    source s;
    char slash[80], text[120], **paths = NULL;
    size_t count = 7;
    bool ordered;
    make_folder();
    snprintf(slash, sizeof slash, "%s/", folder);
    put(".index", "index");
    put(".data-00000-of-00001", "data");
    check_opens(slash, "index", slash, true);
    check_opens(in(".index"), "index", slash, true);
    check_opens(in(".data-00000-of-00001"), "index", slash, true);
    ck_fails(source_open(&s, folder), HORN_ERROR_FILE, "without a file 'checkpoint'");
    ck_ok(source_list(slash, &paths, &count, &ordered)); /* the prefix itself, not what is in the directory */
    ck_assert_uint_eq(count, 0);
    for (int i = 0; i < 3; i++) {
        snprintf(text, sizeof text, "model_checkpoint_path: \"%s\"", names[i]);
        put("checkpoint", text);
        check_opens(folder, "index", slash, true);
    }
    remove_folder(".index .data-00000-of-00001 checkpoint");
}
END_TEST

/* A data file and saved_model.pb alone; what only has such a name stays what it is. */
START_TEST(test_source__a_file_that_belongs_to_others_stands_for_them)
{
    source s;
    make_folder();
    put("w.data-00000-of-00002", "data");
    check_opens(in("w.data-00000-of-00002"), "data", in("w.data-00000-of-00002"), false);
    put("w.index", "index");
    check_opens(in("w.data-00000-of-00002"), "index", in("w"), true);
    put("w.data-0000-of-00002", "other");
    check_opens(in("w.data-0000-of-00002"), "other", in("w.data-0000-of-00002"), false);
    put("saved_model.pb", "\x08\x01");
    ck_ok(source_open(&s, in("saved_model.pb")));
    ck_assert(s.files && strcmp(s.files->main, "/saved_model.pb") == 0);
    ck_assert_str_eq(s.path, folder);
    ck_assert_uint_eq(s.size, 2);
    source_close(&s);
    put("not_saved_model.pb", "\x08\x01");
    check_opens(in("not_saved_model.pb"), "\x08\x01", in("not_saved_model.pb"), false);
    put("saved_model.pb", "\n\x03GraphDef");
    check_opens(in("saved_model.pb"), "\n\x03GraphDef", in("saved_model.pb"), false);
    remove_folder("w.data-00000-of-00002 w.data-0000-of-00002 w.index saved_model.pb not_saved_model.pb");
}
END_TEST

static void check_list(const char *expected, bool in_order)
{
    char **paths = NULL, found[400] = "";
    size_t count = 0;
    bool ordered;
    ck_ok(source_list(folder, &paths, &count, &ordered));
    for (size_t i = 0; i < count; i++) {
        ck_assert_ptr_eq(strstr(paths[i], folder), paths[i]);
        strcat(strcat(found, paths[i] + strlen(folder) + 1), " ");
    }
    ck_assert_str_eq(found, expected);
    if (count) ck_assert_int_eq(ordered, in_order);
    source_list_free(paths, count);
}

START_TEST(test_source__a_directory_lists_its_checkpoints)
{
    char **paths = NULL;
    size_t count = 7;
    bool ordered;
    make_folder();
    check_list("", false);
    put("b.h5", "");
    put("a.index", "");
    put("a.data-00000-of-00001", "");
    put(".c.h5.tmp.h5", "");
    put("d.hdf5", "");
    put("notes.txt", "");
    check_list("a b.h5 d.hdf5 ", false);
    put(".index", "");
    check_list(" a b.h5 d.hdf5 ", false);
    put("w-1.index", "");
    put("w-2.index", "");
    put("checkpoint", "model_checkpoint_path: \"w-1\"\nall_model_checkpoint_paths: \"gone\"\n"
                      "all_model_checkpoint_paths: \"w-2\"\nall_model_checkpoint_paths: \"w-1\"\n");
    check_list("w-1 w-2 ", true); /* the newest first, and what is there alone */
    put("saved_model.pb", "");
    check_list("", false);
    ck_ok(source_list(in("b.h5"), &paths, &count, &ordered));
    ck_assert_uint_eq(count, 0);
    remove_folder(".index b.h5 a.index a.data-00000-of-00001 .c.h5.tmp.h5 d.hdf5 notes.txt w-1.index "
                  "w-2.index checkpoint "
                  "saved_model.pb");
}
END_TEST

TEST_MAIN(test_source__files_and_prefixes_are_opened, test_source__a_directory_is_its_newest_checkpoint,
          test_source__a_directory_lists_its_checkpoints, test_source__a_name_in_a_file_leads_nowhere_else,
          test_source__a_prefix_beside_a_directory_of_its_name, test_source__a_prefix_that_is_a_directory,
          test_source__a_file_that_belongs_to_others_stands_for_them)
