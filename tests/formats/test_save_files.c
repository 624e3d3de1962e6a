/* Which files belong to a save, by their names and by what its main file says. */
#include "formats/files.h"
#include "formats/save_files.h"

static const format_files *files_of(const char *name)
{
    const format *f;
    ck_ok(format_by_name(&f, name));
    return f->files;
}

START_TEST(test_save_files__names_tell_whose_they_are)
{
    static const struct {
        const char *name, *file;
        bool is_one;
    } cases[] = {
        { "ckpt-1", "ckpt-1.index", true },
        { "ckpt-1", "ckpt-1.data-00000-of-00001", true },
        { "ckpt-1", "ckpt-1.data-00002-of-00010", true },
        { "ckpt-1", "ckpt-12.index", false },
        { "ckpt-1", "ckpt-12.data-00000-of-00001", false },
        { "ckpt-1", "ckpt-1", false },
        { "ckpt-1", "ckpt-1.index.x", false },
        { "ckpt-1", "ckpt-1.data-00000-of-0001", false },
        { "ckpt-1", "ckpt-1.data-0000x-of-00001", false },
        { "ckpt-1", "ckpt-1.data-    0-of-    1", false },
        { "ckpt-1", "checkpoint", false },
        { "", ".index", true },
        { "", ".data-00000-of-00001", true },
    };
    const format_files *tf = files_of("tf-weights");
    ck_assert_ptr_eq(tf, files_of("tf-checkpoint"));
    ck_assert_str_eq(tf->pointer, "checkpoint");
    ck_assert_ptr_null(files_of("keras-h5"));
    ck_assert_ptr_null(files_of("saved-model")->pointer);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_msg(files_include(tf, cases[i].name, cases[i].file) == cases[i].is_one, "%s, %s",
                      cases[i].name, cases[i].file);
}
END_TEST

START_TEST(test_save_files__a_main_file_is_cut_to_its_name)
{
    static const struct {
        const char *format, *path, *name; /* NULL: is none */
    } cases[] = {
        { "tf-weights", "run/a.index", "run/a" },
        { "tf-weights", "run/.index", "run/" },
        { "tf-weights", ".index", NULL },
        { "tf-weights", "a.index/b", NULL },
        { "tf-weights", "a.data-00000-of-00001", NULL },
        { "saved-model", "d/saved_model.pb", "d/" },
        { "saved-model", "saved_model.pb", "" },
        { "saved-model", "/saved_model.pb", "/" },
        { "saved-model", "my_saved_model.pb", NULL },
        { "saved-model", "d/saved_model.pb/x", NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool found;
        size_t size = files_cut_main(files_of(cases[i].format), cases[i].path, &found);
        ck_assert_msg(found == (cases[i].name != NULL), "%s", cases[i].path);
        if (found) ck_assert_uint_eq(size, strlen(cases[i].name));
    }
}
END_TEST

START_TEST(test_save_files__the_main_file_names_the_others)
{
    static const struct {
        const char *path;
        size_t count;
    } cases[] = { { "tests/golden/tf2.15/adam.index", 1 }, { "tests/golden/tf2.15/adam_shards.index", 3 } };
    const format_files *tf = files_of("tf-weights");
    for (size_t i = 0; i < 2; i++) {
        bytes index = { 0 };
        name_list others = { 0 };
        char last[32];
        ck_ok(file_read(&index, cases[i].path, 0));
        ck_ok(tf->others(&others, &index, cases[i].path));
        ck_assert_uint_eq(others.count, cases[i].count);
        snprintf(last, sizeof last, ".data-%05zu-of-%05zu", cases[i].count - 1, cases[i].count);
        ck_assert(name_list_has(&others, last) && !name_list_has(&others, ".data-00009-of-00009"));
        index.data[index.size / 2] ^= 1;
        ck_assert_int_eq(tf->others(&others, &index, "flipped"), HORN_ERROR_FORMAT);
        name_list_free(&others);
        bytes_free(&index);
    }
}
END_TEST

START_TEST(test_save_files__a_pointer_comes_back)
{
    const format_files *tf = files_of("tf-weights");
    name_list names = { 0 }, again = { 0 };
    bytes text = { 0 };
    ck_ok(tf->write_pointer(&text, &names));
    ck_assert_uint_eq(text.size, 0);
    ck_ok(name_list_add(&names, "a-1"));
    ck_ok(name_list_add(&names, "a \"2\""));
    ck_ok(name_list_add(&names, "a-3"));
    names.newest = 1;
    ck_ok(tf->write_pointer(&text, &names));
    ck_ok(tf->read_pointer(&again, &text, "checkpoint"));
    ck_assert_uint_eq(again.count, 3);
    ck_assert_uint_eq(again.newest, 1);
    for (size_t i = 0; i < 3; i++) ck_assert_str_eq(again.names[i], names.names[i]);
    name_list_free(&names);
    name_list_free(&again);
    bytes_free(&text);
}
END_TEST

TEST_MAIN(test_save_files__names_tell_whose_they_are, test_save_files__a_main_file_is_cut_to_its_name,
          test_save_files__the_main_file_names_the_others, test_save_files__a_pointer_comes_back)
