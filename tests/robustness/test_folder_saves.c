/* A SavedModel, which is a directory, on a disk that fails at any call or loses power at any moment: the old one or the
 * new one, whole, and nothing else. (Kills are in test_killed_saves.c.)
 *
 * Power loss is simulated as in test_power_loss.c, for directories in directories: the calls of a first save and of one
 * that takes its place are recorded, and images made of what a disk may hold. What was fsynced is there; of names not yet
 * sure any are there, of writes all, none or a part. HORN_IMAGES says how many images (200). */
#include "robustness/folder_changes.h"

static horn_model *models[2];
static uint32_t prints[2];
static char (*error_line)[512]; /* shared with the child that saves */

static void prepare(void)
{
    setup_in_memory();
    models[OLD] = make_model(MOMENTUM, 1, 1);
    models[NEW] = make_model(ADAM, 2, 1);
    for (int i = 0; i < 2; i++) {
        ck_ok(fit(models[i], 1, false, NULL, 0));
        prints[i] = print_of(models[i]);
    }
    error_line = mmap(NULL, sizeof *error_line, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert(error_line != MAP_FAILED);
    ck_assert_int_eq(mkdir(in_folder("run"), 0777), 0);
}

static void finish(void)
{
    for (int i = 0; i < 2; i++) horn_model_free(models[i]);
    cleanup();
}

static horn_status save(int which)
{
    return horn_model_save(models[which], in_folder("run/m/"), NULL);
}

static int state_now(void)
{
    horn_model *m = NULL;
    if (access(in_folder("run/m"), F_OK) != 0) return NOTHING;
    if (horn_model_load(&m, in_folder("run/m"), &(horn_load_options){ .threads = 1 })) return BROKEN;
    uint32_t print = print_of(m);
    horn_model_free(m);
    return print == prints[NEW] ? NEW : print == prints[OLD] ? OLD : BROKEN;
}

static size_t names_in(const char *name)
{
    char **names;
    size_t count;
    ck_ok(folder_list(in_folder(name), &names, &count));
    folder_list_free(names, count);
    return count;
}

/* Whatever is there: it leaves the new one and nothing beside it. */
static void check_next_save(const char *what)
{
    ck_assert_msg(save(NEW) == HORN_OK, "the next save after %s: %s", what, horn_last_error());
    ck_assert_msg(state_now() == NEW && names_in("run") == 1, "the next save after %s: %d, %zu names", what,
                  state_now(), names_in("run"));
}

/* ---- a call that fails ---- */

static void save_in_child(void *context)
{
    (void)context;
    (*error_line)[0] = 0;
    if (!save(NEW)) return;
    snprintf(*error_line, sizeof *error_line, "%s", horn_last_error());
    _exit(1);
}

static void begin(bool over)
{
    remove_folder("run/m");
    if (over) ck_ok(save(OLD));
}

/* Returns whether the save was made. */
static bool check_fault(long n, bool over, fault how, int reason, int status)
{
    char what[900];
    const bool saved = status == 0;
    const int state = state_now();
    snprintf(what, sizeof what, "call %ld (%c) on %s, %s, %s: %s", n, calls->trace[n], calls->hit,
             over ? "overwriting" : "first",
             how == SHORTEN     ? "short"
             : how == FILL_DISK ? "disk full"
                                : strerror(reason),
             *error_line);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) < 2, "%x: %s", (unsigned)status, what);
    ck_assert_msg(state == NEW || state == (over ? OLD : NOTHING), "state %d: %s", state, what);
    ck_assert_msg(!saved || state == NEW, "reported as saved: %s", what);
    ck_assert_msg(saved || !over || state == OLD, "failed, and replaced: %s", what);
    ck_assert_msg(saved || (strstr(*error_line, "/run") && !strstr(*error_line, ".horn-tmp") &&
                            !strchr(*error_line, '\n')),
                  "not named: %s", what);
    ck_assert_msg(saved || strstr(*error_line, strerror(how == FILL_DISK ? ENOSPC : reason)), "no reason: %s",
                  what);
    if (how == SHORTEN || (reason == EINTR && strchr("wrfc", calls->trace[n])))
        ck_assert_msg(saved, "not survived: %s", what);
    check_next_save(what);
    return saved;
}

static void fail_at_each(bool over, const char *letters, fault how, int reason)
{
    int runs = 0, saved = 0;
    begin(over);
    ck_assert_int_eq(calls_in_child(save_in_child, NULL, in_folder("run"), -1, NO_FAULT, 0), 0);
    char *trace = strdup(calls->trace);
    ck_assert_msg(strlen(trace) > 40 && strchr(trace, 'm'), "the shim saw %s", trace);
    for (long n = 0; trace[n]; n++) {
        if (!strchr(letters, trace[n]) || (n && trace[n] == 'r' && trace[n - 1] == 'r')) continue;
        begin(over);
        int status = calls_in_child(save_in_child, NULL, in_folder("run"), n, how, reason);
        ck_assert_msg(calls->count > n, "call %ld was not reached", n);
        saved += check_fault(n, over, how, reason, status);
        runs++;
    }
    printf("%s, %s: %d calls fail, each once: %d saved, %d not\n", over ? "overwriting" : "first",
           how == SHORTEN     ? "short write or read"
           : how == FILL_DISK ? "disk full from there on"
                              : strerror(reason),
           runs, saved, runs - saved);
    ck_assert_int_ge(runs, 8);
    free(trace);
}

START_TEST(test_folder_saves__old_or_new_whatever_call_fails)
{
    prepare();
    for (int over = 0; over < 2; over++) {
        fail_at_each(over, "oidwrfcnum", FAIL, EIO);
        fail_at_each(over, "owfnm", FAIL, ENOSPC);
        fail_at_each(over, "owm", FILL_DISK, 0);
        fail_at_each(over, "wrfc", FAIL, EINTR);
        fail_at_each(over, "wr", SHORTEN, 0);
    }
    finish();
}
END_TEST

/* ---- power loss: what was done ---- */

static void record_saves(void)
{
    struct stat facts;
    int letters[256] = { 0 };
    ck_assert_int_eq(stat(in_folder("run"), &facts), 0);
    ck_assert_int_eq(add_object(facts.st_ino, true), ROOT);
    calls_arm(in_folder("run"), -1, NO_FAULT, 0);
    call_watch = record;
    ck_ok(save(OLD));
    old_end = entry_count;
    ck_ok(save(NEW));
    call_watch = NULL;
    calls_disarm();
    for (int i = 0; i < entry_count; i++) letters[(unsigned char)entries[i].letter]++;
    ck_assert_msg(letters['w'] >= 8 && letters['m'] == 4 && letters['x'] == 1 && letters['d'] > 8 &&
                      letters['u'],
                  "the shim saw %d calls", entry_count);
    printf("two saves: %d writes, %d fsyncs of files, %d of folders, %d renames, %d removed\n", letters['w'],
           letters['f'], letters['d'], letters['n'] + letters['x'], letters['u']);
}

/* ---- images ---- */

static struct {
    int images, unsynced, torn, states[3];
} counts;

static uint64_t random_state;

static unsigned random_below(unsigned n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(random_state >> 33) % n;
}

static bool is_name(const entry *e)
{
    return strchr("omnxu", e->letter) != NULL;
}

/* Whether a later fsync before the end makes it sure. */
static bool is_sure(int i, int end)
{
    const entry *e = &entries[i];
    for (int k = i + 1; k < end; k++)
        if (is_name(e) ? entries[k].letter == 'd' && entries[k].object == e->folder
                       : entries[k].letter == 'f' && entries[k].object == e->object)
            return true;
    return false;
}

typedef struct image {
    struct {
        char name[64];
        int folder, object;
    } names[MAX_ENTRIES];
    int count;
} image;

static void remove_name(image *im, int in, const char *name)
{
    for (int i = 0; i < im->count; i++)
        if (im->names[i].folder == in && strcmp(im->names[i].name, name) == 0)
            im->names[i] = im->names[--im->count];
}

static void put_name(image *im, int in, const char *name, int what)
{
    remove_name(im, in, name);
    strcpy(im->names[im->count].name, name);
    im->names[im->count].folder = in;
    im->names[im->count++].object = what;
}

static void apply(image *im, const entry *e)
{
    if (e->letter == 'u' || e->letter == 'n') remove_name(im, e->folder, e->name);
    if (e->letter == 'o' || e->letter == 'm') put_name(im, e->folder, e->name, e->object);
    if (e->letter == 'n' || e->letter == 'x') put_name(im, e->folder, e->to, e->object);
    if (e->letter == 'x') put_name(im, e->folder, e->name, e->other);
}

/* Names: all that are not sure are there, or none, or any of them. */
static void choose_names(image *im, int end)
{
    const unsigned fate = random_below(4);
    im->count = 0;
    for (int i = 0; i < end; i++) {
        if (!is_name(&entries[i])) continue;
        bool there = is_sure(i, end) || fate == 0 || (fate > 1 && random_below(2));
        if (there) apply(im, &entries[i]);
        counts.unsynced += !there;
    }
}

static void write_content(const char *path, int what, int end)
{
    bytes content = { 0 };
    static const unsigned char zeros[1 << 16];
    for (int i = 0; i < end; i++) {
        const entry *e = &entries[i];
        if (e->letter != 'w' || e->object != what) continue;
        const unsigned fate = is_sure(i, end) ? 0 : random_below(4);
        const size_t size = fate == 1  ? 0
                            : fate > 1 ? random_below((unsigned)e->size + 1)
                                       : e->size,
                     needed = (size_t)e->offset + (fate == 3 ? e->size : size);
        ck_assert_uint_le(needed, sizeof zeros);
        if (needed > content.size) bytes_append(&content, zeros, needed - content.size);
        if (size) memcpy(content.data + e->offset, e->data, size);
        counts.torn += fate > 1;
    }
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    if (content.size) ck_assert_uint_eq(fwrite(content.data, 1, content.size, file), content.size);
    ck_assert_int_eq(fclose(file), 0);
    bytes_free(&content);
}

static void write_folder(const image *im, const char *path, int what, int end)
{
    ck_assert_int_eq(mkdir(path, 0777), 0);
    for (int i = 0; i < im->count; i++) {
        char inside[600];
        if (im->names[i].folder != what) continue;
        snprintf(inside, sizeof inside, "%.500s/%s", path, im->names[i].name);
        if (objects[im->names[i].object].is_folder)
            write_folder(im, inside, im->names[i].object, end);
        else
            write_content(inside, im->names[i].object, end);
    }
}

static void check_image(int number, int end)
{
    char what[100];
    const int state = state_now(),
              least = end < old_end       ? NOTHING
                      : end < entry_count ? OLD
                                          : NEW,
              most = end < old_end ? OLD : NEW;
    snprintf(what, sizeof what, "image %d, crash at %d of %d", number, end, entry_count);
    ck_assert_msg(state >= least && state <= most, "%s: state %d, expected %d to %d: %s", what, state, least,
                  most, horn_last_error());
    counts.states[state + 1]++;
    if (number % 5 == 0) check_next_save(what);
}

static int image_count(void)
{
    const char *text = getenv("HORN_IMAGES");
    return text ? atoi(text) : 200;
}

START_TEST(test_folder_saves__old_or_new_after_power_loss)
{
    static image im;
    prepare();
    record_saves();
    for (; counts.images < image_count(); counts.images++) {
        random_state = (uint64_t)counts.images + 1;
        for (int i = 0; i < 4; i++) random_below(1);
        int end = (int)random_below((unsigned)entry_count + 1);
        choose_names(&im, end);
        remove_folder("run");
        write_folder(&im, in_folder("run"), ROOT, end);
        check_image(counts.images, end);
    }
    printf("%d images: %d names lost, %d writes torn: %d nothing, %d old, %d new, 0 else\n", counts.images,
           counts.unsynced, counts.torn, counts.states[0], counts.states[1], counts.states[2]);
    ck_assert_int_gt(counts.unsynced, counts.images / 4);
    ck_assert(counts.torn && counts.states[0] && counts.states[1] && counts.states[2]);
    for (int i = 0; i < entry_count; i++) free(entries[i].data);
    finish();
}
END_TEST

TEST_MAIN_WITHIN(120 + image_count() / 50, test_folder_saves__old_or_new_whatever_call_fails,
                 test_folder_saves__old_or_new_after_power_loss)
