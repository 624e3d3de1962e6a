/* How much memory saving and loading a model take: no copy of the weights, which are written from where they are. Allocations are counted by the
 * functions that the linker puts around malloc and its kin (--wrap, see the Makefile). */
#include <malloc.h>
#include "model/small_run.h"

static long long live, peak;

static void *count(void *block)
{
    if (block) live += (long long)malloc_usable_size(block);
    if (live > peak) peak = live;
    return block;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return count(__real_malloc(size));
}

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
    return count(__real_calloc(n, size));
}

void *__real_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size)
{
    const long long before = block ? (long long)malloc_usable_size(block) : 0;
    void *grown = __real_realloc(block, size);
    if (grown) live -= before;
    return count(grown);
}

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return count(__real_aligned_alloc(alignment, size));
}

void __real_free(void *block);
void __wrap_free(void *block);
void __wrap_free(void *block)
{
    if (block) live -= (long long)malloc_usable_size(block);
    __real_free(block);
}

enum { FEATURES = 900, UNITS = 256, BYTES = FEATURES * UNITS * 4 };

static horn_model *make(void)
{
    horn_model *m;
    ck_ok(horn_sequential_new(&m, NULL));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){
                                .units = UNITS, .no_bias = true, .input_shape = { FEATURES } })));
    return m;
}

/* Each is a new file, then replaced. The first save also allocates the weights. */
START_TEST(test_saving_memory__is_not_that_of_the_weights)
{
    static const char *const names[] = { "saved", "saved.h5", "saved.keras", "saved.weights.h5" };
    setup();
    horn_model *m = make();
    ck_ok(horn_model_save(m, in_folder("first.keras"), NULL));
    ck_assert_msg(peak >= BYTES, "%lld bytes: not all are counted", peak);
    for (int i = 0; i < 8; i++) {
        const long long before = peak = live;
        horn_status status =
            (i / 2 == 3 ? horn_model_save_weights : horn_model_save)(m, in_folder(names[i / 2]), NULL);
        ck_ok(status);
        ck_assert_msg(peak - before < BYTES * 3 / 4, "%s: %lld bytes, of a model of %d", names[i / 2],
                      peak - before, BYTES);
    }
    horn_model_free(m);
    cleanup();
}
END_TEST

/* Every weight is what it was. */
static void check_loaded(horn_model *m, const char *path)
{
    horn_model *back;
    horn_weight before, after;
    ck_ok(horn_model_load(&back, path, NULL));
    ck_assert_uint_eq(horn_model_weight_count(back), horn_model_weight_count(m));
    for (size_t i = 0; i < horn_model_weight_count(m); i++) {
        ck_ok(horn_model_get_weight(&before, m, i));
        ck_ok(horn_model_get_weight(&after, back, i));
        ck_assert_uint_eq(horn_view_count(&after.view), horn_view_count(&before.view));
        ck_assert_mem_eq(after.view.data, before.view.data, horn_view_count(&before.view) * sizeof(float));
    }
    horn_model_free(back);
}

/* The file, the weights, room for their gradients; no copy between the file and the weights. */
START_TEST(test_saving_memory__loading_takes_no_copy_of_the_weights)
{
    static const char *const names[] = { "saved", "saved.h5" };
    setup();
    horn_model *m = make();
    for (int i = 0; i < 2; i++) {
        ck_ok(horn_model_save(m, in_folder(names[i]), NULL));
        const long long before = peak = live;
        check_loaded(m, in_folder(names[i]));
        ck_assert_msg(peak - before < BYTES * 7 / 2, "%s: %lld bytes, of a model of %d", names[i],
                      peak - before, BYTES);
    }
    horn_model_free(m);
    cleanup();
}
END_TEST

/* In a .keras the weights begin at any byte, as the names before them are long or short. */
START_TEST(test_saving_memory__weights_are_read_from_any_place)
{
    char name[9] = "";
    setup();
    for (int i = 0; i < 8; i++) {
        horn_model *m;
        name[i] = 'n';
        ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .name = name, .seed = (uint64_t)i }));
        ck_ok(horn_model_add(
            m, horn_dense(&(horn_dense_options){ .name = name, .units = 200, .input_shape = { 150 } })));
        ck_ok(horn_model_save(m, in_folder("m.keras"), NULL));
        check_loaded(m, in_folder("m.keras"));
        ck_ok(horn_model_save(m, in_folder("m.h5"), NULL));
        check_loaded(m, in_folder("m.h5"));
        horn_model_free(m);
    }
    cleanup();
}
END_TEST

TEST_MAIN(test_saving_memory__is_not_that_of_the_weights,
          test_saving_memory__loading_takes_no_copy_of_the_weights,
          test_saving_memory__weights_are_read_from_any_place)
