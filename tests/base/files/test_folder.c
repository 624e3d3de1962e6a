#include "base/files/folder.h"
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char folder[32];

static const char *in_folder(const char *name)
{
    static char paths[4][256];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void make_folder(void)
{
    strcpy(folder, "/tmp/horn-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
    char command[64];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

static void make_file(const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT, 0600);
    ck_assert_int_ge(file, 0);
    close(file);
}

static bool is_directory(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

START_TEST(test_folder__makes_what_is_missing)
{
    make_folder();
    ck_ok(folder_make(in_folder("a/b/c")));
    ck_assert(is_directory(in_folder("a/b/c")));
    ck_ok(folder_make(in_folder("a/b/c")));
    ck_ok(folder_make(in_folder("a/d//e/")));
    ck_assert(is_directory(in_folder("a/d/e")));
    ck_ok(folder_make("."));
    ck_ok(folder_make("/"));
    make_file(in_folder("file"));
    ck_fails(folder_make(in_folder("file")), HORN_ERROR_FILE, "file: is a file, expected a directory");
    ck_fails(folder_make(in_folder("file/deeper")), HORN_ERROR_FILE, "file: is a file");
    ck_fails(folder_make("/proc/none/deeper"), HORN_ERROR_FILE, "/proc/none: ");
    ck_assert_int_eq(chdir(folder), 0);
    ck_ok(folder_make("plain"));
    ck_assert(is_directory("plain"));
    ck_ok(folder_sync("plain"));
    ck_fails(folder_sync("nowhere"), HORN_ERROR_FILE, "nowhere: No such file");
    remove_folder();
}
END_TEST

START_TEST(test_folder__lock_is_taken_by_one)
{
    int lock, other, status;
    make_folder();
    ck_ok(folder_lock(&lock, folder));
    ck_fails(folder_lock(&other, folder), HORN_ERROR_FILE, "another run is writing its checkpoints there");
    pid_t child = fork();
    if (child == 0) _exit(folder_lock(&other, folder) == HORN_ERROR_FILE ? 0 : 1);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    folder_unlock(lock);
    ck_ok(folder_lock(&lock, folder));
    folder_unlock(lock);
    folder_unlock(-1);
    ck_fails(folder_lock(&lock, in_folder("nowhere")), HORN_ERROR_FILE, "nowhere");
    remove_folder();
}
END_TEST

START_TEST(test_folder__lists_sorted)
{
    char **names;
    size_t count;
    make_folder();
    ck_ok(folder_list(folder, &names, &count));
    ck_assert_uint_eq(count, 0);
    folder_list_free(names, count);
    make_file(in_folder("b"));
    make_file(in_folder("a"));
    make_file(in_folder(".c"));
    ck_ok(folder_list(folder, &names, &count));
    ck_assert_uint_eq(count, 3);
    ck_assert_str_eq(names[0], ".c");
    ck_assert_str_eq(names[1], "a");
    ck_assert_str_eq(names[2], "b");
    folder_list_free(names, count);
    ck_ok(folder_list(in_folder("nowhere"), &names, &count));
    ck_assert_uint_eq(count, 0);
    folder_list_free(names, count);
    ck_fails(folder_list(in_folder("a"), &names, &count), HORN_ERROR_FILE, "a: Not a directory");
    remove_folder();
}
END_TEST

START_TEST(test_folder__removes_one_file)
{
    char *name = calloc(5001, 1);
    make_folder();
    make_file(in_folder("a"));
    ck_ok(folder_remove_file(folder, "a"));
    ck_assert_int_ne(access(in_folder("a"), F_OK), 0);
    ck_ok(folder_remove_file(folder, "a"));
    ck_ok(folder_make(in_folder("directory")));
    ck_fails(folder_remove_file(folder, "directory"), HORN_ERROR_FILE, "directory: ");
    memset(name, 'a', 5000);
    ck_fails(folder_remove_file(folder, name), HORN_ERROR_FILE, "too long");
    free(name);
    remove_folder();
}
END_TEST

START_TEST(test_folder__takes_paths_apart)
{
    static const char *const parts[][3] = {
        { "a/b/c", "a/b", "c" }, { "c", ".", "c" }, { "/c", "/", "c" }, { "a/", "a", "" }, { "", ".", "" }
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char *of;
        ck_ok(folder_of(&of, parts[i][0]));
        ck_assert_str_eq(of, parts[i][1]);
        ck_assert_str_eq(folder_name_of(parts[i][0]), parts[i][2]);
        free(of);
    }
}
END_TEST

TEST_MAIN(test_folder__makes_what_is_missing, test_folder__lock_is_taken_by_one, test_folder__lists_sorted,
          test_folder__removes_one_file, test_folder__takes_paths_apart)
