/* A directory with files that no run has saved under their names, and the means to see whether they stay as they are. What is
 * planted follows from the sequence's number. */
#ifndef TESTS_ROBUSTNESS_FOREIGN_FILES_H
#define TESTS_ROBUSTNESS_FOREIGN_FILES_H

#include "robustness/calls.h"

#include "base/files/folder.h"
#include "base/files/temporary.h"
#include "callbacks/checkpoint_name.h"
#include "callbacks/checkpoint_run.h"
#include "codecs/crc32c.h"
#include "formats/format.h"

enum { FOREIGN = 400, LONGEST = 100, TEMPLATES = 7 };

static const char *const templates[TEMPLATES] = { "ckpt-{epoch:04d}.h5",   "ckpt-{epoch:04d}", "c{epoch}.h5",
                                                  "{epoch:04d}.h5",        "s-{step}",         "last.keras",
                                                  "{val_loss:.3f}-{epoch}" };

/* A file that no run has saved under its name. */
typedef struct foreign_file {
    char name[2 * LONGEST];
    struct stat facts;
    uint32_t crc; /* of its bytes, or of a link's text */
} foreign_file;

static struct directory {
    uint64_t random;
    const char *template;
    bool restarts, two_runs;
    foreign_file files[FOREIGN];
    size_t count;
    char story[6000];
} now;

static long foreign_count, foreign_checks; /* of all directories */

/* ---- chance ---- */

static inline uint32_t below(uint32_t n)
{
    now.random += 0x9e3779b97f4a7c15u;
    uint64_t z = now.random;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ (z >> 31)) >> 33) % n;
}

static inline bool chance(uint32_t one_in)
{
    return below(one_in) == 0;
}

static inline void tell(const char *pattern, ...) __attribute__((format(printf, 1, 2)));
static inline void tell(const char *pattern, ...)
{
    size_t length = strlen(now.story);
    va_list rest;
    va_start(rest, pattern);
    vsnprintf(now.story + length, sizeof now.story - length, pattern, rest);
    va_end(rest);
}

/* ---- foreign files ---- */

static inline const char *in_run(const char *name)
{
    char path[220];
    snprintf(path, sizeof path, "run/%.200s", name);
    return in_folder(path);
}

static inline bool is_there(const char *name)
{
    struct stat facts;
    return lstat(in_run(name), &facts) == 0;
}

static inline uint32_t checksum(const char *name, const struct stat *facts)
{
    bytes content = { 0 };
    char text[LONGEST] = "";
    if (S_ISLNK(facts->st_mode)) return crc32c(text, (size_t)readlink(in_run(name), text, sizeof text));
    if (!S_ISREG(facts->st_mode)) return 0;
    ck_ok(file_read(&content, in_run(name), 0));
    uint32_t crc = crc32c(content.data, content.size);
    bytes_free(&content);
    return crc;
}

static inline void add_foreign(const char *name)
{
    foreign_file *f = &now.files[now.count++];
    ck_assert_uint_lt(now.count, FOREIGN);
    snprintf(f->name, sizeof f->name, "%.150s", name);
    ck_assert_int_eq(lstat(in_run(name), &f->facts), 0);
    f->crc = checksum(name, &f->facts);
    foreign_count++;
    tell("  foreign: %s\n", name);
}

static inline bool is_foreign(const char *name)
{
    for (size_t i = 0; i < now.count; i++)
        if (strcmp(now.files[i].name, name) == 0) return true;
    return false;
}

static inline void plant(const char *name, const void *data, size_t size)
{
    if (is_there(name)) return;
    FILE *file = fopen(in_run(name), "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(data, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
    add_foreign(name);
}

static inline void plant_copy(const char *from, const char *name)
{
    bytes content = { 0 };
    if (is_there(name)) return;
    ck_ok(file_read(&content, from, 0));
    plant(name, content.data, content.size);
    bytes_free(&content);
}

static inline void check_foreign(uint64_t sequence)
{
    struct stat facts;
    for (size_t i = 0; i < now.count; i++) {
        const foreign_file *f = &now.files[i];
        bool there = lstat(in_run(f->name), &facts) == 0;
        bool same =
            there && facts.st_ino == f->facts.st_ino && facts.st_mode == f->facts.st_mode &&
            (S_ISDIR(facts.st_mode) ||
             (facts.st_size == f->facts.st_size && facts.st_mtim.tv_sec == f->facts.st_mtim.tv_sec &&
              facts.st_mtim.tv_nsec == f->facts.st_mtim.tv_nsec && checksum(f->name, &facts) == f->crc));
        foreign_checks++;
        ck_assert_msg(same, "%s is %s; HORN_SEQUENCE=%llu runs this again:\n%s", f->name,
                      there ? "another file" : "gone", (unsigned long long)sequence, now.story);
    }
}

/* ---- what is planted ---- */

static inline const char *suffix_now(void)
{
    return format_run_suffix(now.template);
}

/* An index and data, and not one file. */
static inline bool is_triple(void)
{
    return !*suffix_now();
}

/* A name that the template may make. */
static inline void print_name(char name[LONGEST])
{
    unsigned n = 1 + below(9);
    const char *suffix = suffix_now(), *t = now.template;
    char taken[24] = "";
    if (chance(3)) snprintf(taken, sizeof taken, "-%u", 4 * (1 + below(9)));
    if (strncmp(t, "ckpt", 4) == 0)
        snprintf(name, LONGEST, "ckpt-%04u%s%s", n, taken, suffix);
    else if (t[0] == 'c')
        snprintf(name, LONGEST, "c%u%s%s", n, taken, suffix);
    else if (t[0] == 's')
        snprintf(name, LONGEST, "s-%u%s", 4 * n, taken);
    else if (t[0] == 'l')
        snprintf(name, LONGEST, "last%s%s", taken, suffix);
    else if (t[1] == 'e')
        snprintf(name, LONGEST, "%04u%s%s", n, taken, suffix);
    else
        snprintf(name, LONGEST, "1.%03u-%u%s", below(1000), n, taken);
}

/* One that it nearly makes, or that looks like what saves write on the way. */
static inline void print_odd_name(char name[LONGEST])
{
    static const char *const odd[] = { "%.90s.bak",
                                       "%.90s (1)",
                                       "%.90s~",
                                       ".%.90s.swp",
                                       ".%.90s.horn-tmp",
                                       ".%.90s.12-.horn-tmp",
                                       "%.90s.1-1.horn-tmp",
                                       "0%.90s",
                                       "%.90s.h5",
                                       "%.90s.hdf5",
                                       "%.90s.keras",
                                       "%.90s.weights.h5",
                                       "%.90s.index",
                                       "%.90s.index.bak",
                                       "%.90s.data-00000-of-00001",
                                       "%.90s.data-00000-of-00002",
                                       "%.90s.data-00001-of-00002",
                                       "%.90s.tmp",
                                       "%.90s_temp" };
    static const char *const plain[] = { "notes.txt",    "data.h5",
                                         "final.h5",     "final.keras",
                                         "ckpt-003.h5",  "ckpt-00003.h5",
                                         "CKPT-0003.h5", "ckpt-0003 (1).h5",
                                         "c01.h5",       "best",
                                         "best.h5.bak",  "BEST.h5",
                                         "best-4.h5",    "best.data-00000-of-00007",
                                         "model.index",  "nan.h5",
                                         "1e3.h5",       "last.h5" };
    char base[LONGEST];
    const char *pattern = odd[below(sizeof odd / sizeof *odd)];
    if (chance(2)) {
        snprintf(name, LONGEST, "%s", plain[below(sizeof plain / sizeof *plain)]);
        return;
    }
    print_name(base);
    const char *at = strstr(pattern, "%.90s");
    snprintf(name, LONGEST, "%.*s%.70s%s", (int)(at - pattern), pattern, base, at + 5);
}

static inline void print_any_name(char name[LONGEST])
{
    if (chance(2)) do
            print_odd_name(name);
        while (temporary_target(name)); /* Horn's own names */
    else
        print_name(name);
    if (name[0] != '.' && chance(2) && is_triple())
        strcat(name, chance(2) ? ".index" : ".data-00000-of-00001");
}

static inline void plant_bytes(void)
{
    char name[LONGEST], data[3000];
    size_t size = chance(5) ? 0 : below(sizeof data);
    print_any_name(name);
    for (size_t i = 0; i < size; i++) data[i] = (char)(chance(2) ? below(256) : 'a');
    plant(name, data, size);
}

/* Files of Keras and TensorFlow, under their own names or such as the template makes. */
static inline void plant_frameworks(void)
{
    static const char *const files[] = { "keras2.15/Csgd.h5", "keras3.15/Cfresh.h5", "keras2.15/Csgd.keras",
                                         "keras2.15/Csgd.weights.h5", "keras3.15/A4.keras" };
    static const char *const prefixes[] = { "tf2.15/adam", "tf2.15/adam_saved-1", "tf2.15/adam_shards",
                                            "saver2.15/adam" };
    static const char *const parts[] = { ".index", ".data-00000-of-00001", ".data-00000-of-00003",
                                         ".data-00001-of-00003", ".data-00002-of-00003" };
    char name[LONGEST], from[200], to[LONGEST + 30];
    bool file = chance(2);
    const char *golden = file ? files[below(5)] : prefixes[below(4)];
    if (chance(2))
        print_name(name);
    else
        snprintf(name, sizeof name, "%s", strrchr(golden, '/') + 1);
    snprintf(from, sizeof from, "tests/golden/%s", golden);
    if (file) plant_copy(from, name);
    bool whole = chance(2); /* else it is being copied */
    for (size_t i = 0; !file && i < 5; i++) {
        snprintf(from, sizeof from, "tests/golden/%s%s", golden, parts[i]);
        snprintf(to, sizeof to, "%.80s%s", name, parts[i]);
        if ((whole || chance(2)) && access(from, F_OK) == 0) plant_copy(from, to);
    }
}

static inline void plant_pointer(void)
{
    static const char *const texts[] = {
        "model_checkpoint_path: \"adam\"\nall_model_checkpoint_paths: \"adam\"\n",
        "model_checkpoint_path: \"ckpt-0001\"\nall_model_checkpoint_paths: \"ckpt-0001\"\n\
all_model_checkpoint_timestamps: 1795253325.05\n",
        "not of TensorFlow"
    };
    const char *text = texts[below(3)];
    plant("checkpoint", text, strlen(text));
}

static inline void plant_others(void)
{
    char name[LONGEST], inside[LONGEST + 12];
    print_any_name(name);
    if (is_there(name)) return;
    if (chance(2)) {
        ck_assert_int_eq(symlink(chance(2) ? "nowhere" : "notes.txt", in_run(name)), 0);
        add_foreign(name);
        return;
    }
    ck_assert_int_eq(mkdir(in_run(name), 0777), 0);
    add_foreign(name);
    snprintf(inside, sizeof inside, "%.80s/notes.txt", name);
    plant(inside, "notes", 5);
}

/* Of a run somewhere else, saved there under a name of the same template. */
static inline void plant_other_run(void)
{
    char **names, path[LONGEST + 8];
    size_t count;
    ck_ok(folder_list(in_folder("other"), &names, &count));
    for (size_t i = 0; i < count; i++) {
        bool named = suffix_now()[0] ? strstr(names[i], suffix_now()) != NULL : !strstr(names[i], ".h5");
        snprintf(path, sizeof path, "other/%.90s", names[i]);
        if (named && !now.restarts && strcmp(names[i], "checkpoint") != 0 && chance(2))
            plant_copy(in_folder(path), names[i]);
    }
    folder_list_free(names, count);
}

#endif
