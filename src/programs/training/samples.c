#include "programs/training/samples.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "programs/training/scale.h"
#include "programs/training/source.h"
#include "programs/shared/terminal.h"

/* The share that is held out if there is no test set. */
static const double held_out = 0.2;

/* Uses the last part of the training samples as test set. */
static int hold_out(sample_sets *s, const char *path)
{
    size_t kept = (size_t)floor((double)s->count * (1 - s->validation_split));
    s->x_test = s->x_train;
    s->y_test = s->y_train;
    s->w_test = s->w_train;
    if (s->validation_split == 0) return EXIT_SUCCESS;
    if (kept == 0 || kept == s->count)
        return print_error(
            "%s: validation split %g of %zu samples leaves %zu to train on and %zu to validate on", path,
            s->validation_split, s->count, kept, s->count - kept);
    s->x_test = horn_view_samples(&s->x_train, kept, s->count - kept);
    s->y_test = horn_view_samples(&s->y_train, kept, s->count - kept);
    s->x_train = horn_view_samples(&s->x_train, 0, kept);
    s->y_train = horn_view_samples(&s->y_train, 0, kept);
    if (s->w_train.data) {
        s->w_test = horn_view_samples(&s->w_train, kept, s->count - kept);
        s->w_train = horn_view_samples(&s->w_train, 0, kept);
    }
    s->holds_out = true;
    return EXIT_SUCCESS;
}

static horn_view weights_of(const horn_view *weights)
{
    return weights ? *weights : (horn_view){ 0 };
}

const horn_view *samples_weights(const horn_view *weights)
{
    return weights->data ? weights : NULL;
}

size_t samples_batch(uint64_t given, const horn_model *m)
{
    enum { USUAL = 256 };
    if (given) return (size_t)given;
    return horn_model_batch_size(m) ? horn_model_batch_size(m) : USUAL;
}

static int arrange(sample_sets *s, const run_request *r, const horn_model *m)
{
    s->has_test = horn_dataset_x_test(s->data) != NULL;
    s->validation_split = r->validation_split;
    if (isnan(s->validation_split)) s->validation_split = s->has_test ? 0 : held_out;
    if (!s->has_test && r->test_samples && !r->tutorial)
        return print_error("%s: has no test set, --test-samples wants %zu samples of one", r->data,
                           r->test_samples);
    if (!s->has_test && !r->no_shuffle && horn_dataset_shuffle(s->data, r->seed))
        return print_failure(r->data);
    s->x_train = *horn_dataset_x_train(s->data);
    s->y_train = *horn_dataset_y_train(s->data);
    s->w_train = weights_of(horn_dataset_w_train(s->data));
    s->count = s->x_train.shape[0];
    scale_apply(r->scale, m, &s->x_train);
    if (!s->has_test) return hold_out(s, r->data);
    s->x_test = *horn_dataset_x_test(s->data);
    s->y_test = *horn_dataset_y_test(s->data);
    s->w_test = weights_of(horn_dataset_w_test(s->data));
    scale_apply(r->scale, m, &s->x_test);
    return EXIT_SUCCESS;
}

int samples_load(sample_sets *s, const run_request *r, horn_model *m)
{
    const horn_dataset_options options = { .train_samples = r->train_samples,
                                           .test_samples = r->test_samples };
    *s = (sample_sets){ 0 };
    if (source_load(&s->data, r->data, &r->source, m, options) || source_remember(s->data, m))
        return print_failure(r->data);
    return arrange(s, r, m);
}

void samples_free(sample_sets *s)
{
    horn_dataset_free(s->data);
}

void samples_describe(const sample_sets *s, const run_request *r, const horn_model *m, char *out, size_t size)
{
    const size_t tested = s->x_test.shape[0];
    char line[SCALE_TEXT];
    const char *scale = scale_describe(line, r->scale, m, &s->x_train);
    char split[40] = "";
    if (s->validation_split > 0) snprintf(split, sizeof split, ", validation split %g", s->validation_split);
    if (s->has_test)
        snprintf(out, size, "training on %zu samples of %s, testing on %zu%s%s", s->count, r->data, tested,
                 split, scale);
    else if (s->holds_out)
        snprintf(out, size,
                 "%s has no test set: training on %zu of its samples, validating and testing on %zu others%s",
                 r->data, s->x_train.shape[0], tested, scale);
    else
        snprintf(out, size, "%s has no test set: training and testing on the same %zu samples%s", r->data,
                 tested, scale);
}

horn_status samples_load_test(horn_dataset **out, const samples_wanted *wanted, const horn_model *m,
                              horn_view *x, horn_view *y, horn_view *w)
{
    horn_status status =
        source_load(out, wanted->path, wanted->source, m,
                    (horn_dataset_options){ .train_samples = wanted->count,
                                            .test_samples = wanted->count,
                                            .no_train = true,
                                            .fall_back = true,
                                            .features = wanted->no_labels ? source_features(m) : 0 });
    if (status) return status;
    const bool has_test = horn_dataset_x_test(*out) != NULL;
    *x = *(has_test ? horn_dataset_x_test(*out) : horn_dataset_x_train(*out));
    const horn_view *labels = has_test ? horn_dataset_y_test(*out) : horn_dataset_y_train(*out);
    *y = labels ? *labels : (horn_view){ 0 };
    if (w) *w = weights_of(has_test ? horn_dataset_w_test(*out) : horn_dataset_w_train(*out));
    return HORN_OK;
}

void samples_say_used(const horn_dataset *data, const char *path, const horn_view *x, const char *scale,
                      const horn_model *model)
{
    const bool has_test = data && horn_dataset_x_test(data);
    char line[SCALE_TEXT];
    fprintf(stderr, "%zu%s samples of %s%s%s\n", x->shape[0],
            has_test ? " test"
            : data   ? " training"
                     : "",
            path, has_test || !data ? "" : ", which has no test set", scale_describe(line, scale, model, x));
}
