/* Power loss at any moment of a run with checkpoints, by simulation: the run's calls on files are recorded, and
 * images made of what a disk may hold when the power goes. What was fsynced is there. Of the rest, writes are
 * there, missing, cut short or there in some sectors; names are there or not, any of them without the others.
 * Each image is opened as the next start would: a checkpoint whose commit had returned, or a newer one, must
 * be there with every value; so must the best one; none is broken. HORN_IMAGES says how many images (200). */
#include "robustness/small_checkpoints.h"

/* ---- the log ---- */

typedef struct entry {
    char letter; /* o w f n u l; d: fsync of the folder */
    int file;    /* the entry that created it */
    char name[64], to[64];
    unsigned char *data;
    size_t size;
    off_t offset;
    run_record record; /* what was committed before it */
} entry;

enum { MAX_ENTRIES = 1000 };

static entry entries[MAX_ENTRIES];
static int entry_count;
static ino_t inodes[MAX_ENTRIES]; /* of entries that create */
static small_checkpoints run;

static int file_of(ino_t inode)
{
    int i = entry_count - 1;
    while (i >= 0 && (entries[i].letter != 'o' || inodes[i] != inode)) i--;
    return i;
}

static void copy_name(char out[64], const char *path)
{
    const char *slash = strrchr(path, '/');
    if (strlen(slash) >= 64) abort();
    strcpy(out, slash + 1);
}

static void record(const file_call *c)
{
    if (c->letter == 'm') return; /* of the folder itself */
    if (entry_count == MAX_ENTRIES) abort();
    entry *e = &entries[entry_count];
    *e = (entry){ .letter = c->letter, .size = c->size, .offset = c->offset, .record = *run.record };
    copy_name(e->name, c->path);
    if (c->to) copy_name(e->to, c->to);
    if (c->letter == 'f' && strcmp(e->name, "run") == 0) e->letter = 'd';
    if (strcmp(e->name, "run") != 0 && c->letter != 'u') e->file = file_of(c->inode);
    if (c->letter == 'o') e->file = entry_count;
    if (c->letter == 'o') inodes[entry_count] = c->inode;
    if (e->file < 0) abort();
    if (c->data && !(e->data = malloc(c->size))) abort();
    if (c->data) memcpy(e->data, c->data, c->size);
    entry_count++;
}

static void record_run(const char *suffix)
{
    uint32_t first, last;
    setup_in_memory();
    small_checkpoints_prepare(&run, suffix);
    *run.record = (run_record){ 0, NOTHING };
    calls_arm(in_folder("run"), -1, NO_FAULT, 0);
    call_watch = record;
    small_checkpoints_run(&run, &first, &last);
    call_watch = NULL;
    calls_disarm();
    ck_assert_uint_eq(last, run.prints[EPOCHS]);
    int letters[256] = { 0 };
    for (int i = 0; i < entry_count; i++) letters[(unsigned char)entries[i].letter]++;
    ck_assert_msg(letters['w'] >= 2 * EPOCHS && letters['f'] && letters['n'] && letters['u'] && letters['d'],
                  "the shim saw %d calls", entry_count);
    printf("checkpoints%s: %d writes, %d fsyncs of files, %d of the folder, %d renames, %d unlinks\n", suffix,
           letters['w'], letters['f'], letters['d'], letters['n'], letters['u']);
}

static void end_run(void)
{
    for (int i = 0; i < entry_count; i++) free(entries[i].data);
    entry_count = 0;
    cleanup();
}

/* ---- images ---- */

static struct {
    int images, unsynced, torn, reordered, newer, went_on;
} counts;

static uint64_t random_state;

static unsigned random_below(unsigned n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(random_state >> 33) % n;
}

/* Whether a later fsync before the end makes it sure. */
static bool is_sure(int i, int end)
{
    bool of_folder = strchr("onul", entries[i].letter) != NULL;
    for (int k = i + 1; k < end; k++) {
        if (of_folder && entries[k].letter == 'd') return true;
        if (!of_folder && entries[k].letter == 'f' && entries[k].file == entries[i].file) return true;
    }
    return false;
}

static void put_sectors(unsigned char *content, const entry *e)
{
    for (size_t at = 0; at < e->size; at += 512)
        if (random_below(2))
            memcpy(content + e->offset + at, e->data + at, e->size - at < 512 ? e->size - at : 512);
}

/* The content of a file at the end, as far as the disk has it. */
static bytes content_of(int file, int end)
{
    bytes content = { 0 };
    static const unsigned char zeros[1 << 16];
    for (int i = file + 1; i < end; i++) {
        const entry *e = &entries[i];
        unsigned fate = is_sure(i, end) ? 0 : random_below(4);
        if (e->letter != 'w' || e->file != file || fate == 1) continue;
        size_t size = fate == 2 ? random_below((unsigned)e->size) : e->size,
               needed = (size_t)e->offset + size;
        ck_assert_uint_le(needed, sizeof zeros);
        if (needed > content.size) bytes_append(&content, zeros, needed - content.size);
        if (fate == 3)
            put_sectors(content.data, e);
        else if (size)
            memcpy(content.data + e->offset, e->data, size);
        counts.torn += fate > 1;
    }
    return content;
}

typedef struct image {
    char names[MAX_ENTRIES][64];
    int files[MAX_ENTRIES], count;
} image;

static void remove_name(image *im, const char *name)
{
    for (int i = 0; i < im->count; i++)
        if (strcmp(im->names[i], name) == 0) {
            memmove(im->names[i], im->names[--im->count], sizeof im->names[i]);
            im->files[i] = im->files[im->count];
            return;
        }
}

static void put_name(image *im, const char *name, int file)
{
    remove_name(im, name);
    strcpy(im->names[im->count], name);
    im->files[im->count++] = file;
}

static void apply(image *im, const entry *e)
{
    if (e->letter == 'u' || e->letter == 'n') remove_name(im, e->name);
    if (e->letter == 'o') put_name(im, e->name, e->file);
    if (e->letter == 'n' || e->letter == 'l') put_name(im, e->to, e->file);
}

/* Names: all that are not sure are there, or none, or any of them. */
static void choose_names(image *im, int end)
{
    unsigned fate = random_below(4);
    bool dropped = false;
    im->count = 0;
    for (int i = 0; i < end; i++) {
        if (!strchr("onul", entries[i].letter)) continue;
        bool sure = is_sure(i, end), there = sure || fate == 0 || (fate > 1 && random_below(2));
        if (there) apply(im, &entries[i]);
        counts.unsynced += !there;
        counts.reordered += there && !sure && dropped;
        dropped |= !there;
    }
}

static void write_image(const image *im, int end)
{
    remove_folder("run");
    ck_assert_int_eq(mkdir(in_folder("run"), 0777), 0);
    for (int i = 0; i < im->count; i++) {
        char path[128];
        bytes content = content_of(im->files[i], end);
        snprintf(path, sizeof path, "%s/run/%s", folder, im->names[i]);
        FILE *file = fopen(path, "w");
        ck_assert_ptr_nonnull(file);
        if (content.size) ck_assert_uint_eq(fwrite(content.data, 1, content.size, file), content.size);
        ck_assert_int_eq(fclose(file), 0);
        bytes_free(&content);
    }
}

static void check_image(int number, int end)
{
    run_record committed = end < entry_count ? entries[end].record : *run.record;
    uint32_t found, last;
    bool to_the_end = number % 10 == 0;
    int best = small_checkpoints_best(&run);
    ck_assert_msg(best != BROKEN && best >= committed.best,
                  "image %d, crash at %d: best is of epoch %d, expected %d or later: %s", number, end, best,
                  committed.best, horn_last_error());
    run_record kept = *run.record;
    int epoch = small_checkpoints_run(&run, &found, to_the_end ? &last : NULL);
    *run.record = kept;
    ck_assert_msg(epoch >= committed.committed && found == run.prints[epoch],
                  "image %d, crash at %d: goes on from epoch %d, %d was committed: %s", number, end, epoch,
                  committed.committed, said);
    ck_assert_msg(!to_the_end || last == run.prints[EPOCHS], "image %d, crash at %d: ends otherwise", number,
                  end);
    ck_assert_msg(!said[0], "image %d, crash at %d: says %s", number, end, said);
    counts.newer += epoch > committed.committed;
    counts.went_on += to_the_end;
}

static int image_count(void)
{
    const char *text = getenv("HORN_IMAGES");
    return text ? atoi(text) : 200;
}

static void lose_power(const char *suffix)
{
    static image im;
    record_run(suffix);
    memset(&counts, 0, sizeof counts);
    for (; counts.images < image_count() / 2; counts.images++) {
        random_state = (uint64_t)counts.images + 1;
        for (int i = 0; i < 4; i++) random_below(1);
        int end = (int)random_below((unsigned)entry_count + 1);
        choose_names(&im, end);
        write_image(&im, end);
        check_image(counts.images, end);
    }
    printf(
        "%d images: %d names lost, %d writes torn, %d names there before older ones; %d went on from a newer "
        "checkpoint than was committed, %d trained to the end; 0 committed ones lost, 0 broken\n",
        counts.images, counts.unsynced, counts.torn, counts.reordered, counts.newer, counts.went_on);
    ck_assert_int_gt(counts.unsynced, counts.images / 4);
    ck_assert_int_gt(counts.reordered, 0);
    end_run();
}

START_TEST(test_power_loss__tensorflow_checkpoints)
{
    lose_power("");
}
END_TEST

START_TEST(test_power_loss__hdf5_checkpoints)
{
    lose_power(".h5");
}
END_TEST

TEST_MAIN_WITHIN(120 + image_count() / 50, test_power_loss__tensorflow_checkpoints,
                 test_power_loss__hdf5_checkpoints)
