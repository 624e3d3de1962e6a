#include "programs/training/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "programs/shared/options.h"
#include "programs/shared/terminal.h"

void source_check(const source_request *r)
{
    if (r->label_column && r->target) usage_error("--label-column does not go together with --target");
}

size_t source_features(const horn_model *m)
{
    size_t shape[HORN_MAX_RANK], product = 1;
    const int rank = horn_model_input_shape(shape, m, 0);
    for (int i = 0; i < rank; i++)
        product = shape[i] == HORN_OPEN || product > SIZE_MAX / (shape[i] + 1) ? 0 : product * shape[i];
    return rank ? product : 0;
}

const char **source_class_names(size_t *count, const horn_model *m)
{
    *count = horn_model_class_count(m);
    const char **names = calloc(*count + 1, sizeof *names);
    for (size_t i = 0; names && i < *count; i++) names[i] = horn_model_class_name(m, i);
    return names;
}

horn_status source_load(horn_dataset **out, const char *path, const source_request *r, const horn_model *m,
                        horn_dataset_options options)
{
    const char **names = source_class_names(&options.class_count, m);
    if (!names) return HORN_ERROR_MEMORY;
    options.label_column = r->label_column;
    options.target = r->target;
    options.class_names = names;
    const horn_status status = horn_dataset_load(out, path, &options);
    free(names);
    return status;
}

horn_status source_remember(const horn_dataset *d, horn_model *m)
{
    const size_t count = horn_dataset_class_count(d);
    if (!count) return HORN_OK;
    const char **names = calloc(count, sizeof *names);
    if (!names) return HORN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) names[i] = horn_dataset_class_name(d, i);
    const horn_status status = horn_model_set_class_names(m, names, count);
    free(names);
    return status;
}

/* ---- --labels ---- */

/* Cuts the text into lines, which replace its line ends. */
static size_t cut_lines(char *text, char **lines, size_t room)
{
    size_t count = 0;
    for (char *line = strtok(text, "\r\n"); line && count < room; line = strtok(NULL, "\r\n"))
        lines[count++] = line;
    return count;
}

static char *read_text(const char *path, size_t *size)
{
    char *text = NULL;
    size_t room = 0;
    FILE *file = fopen(path, "r");
    if (!file) return NULL;
    const ssize_t got = getdelim(&text, &room, '\0', file);
    *size = got > 0 ? (size_t)got : 0;
    if (got < 0 && ferror(file)) {
        free(text);
        text = NULL;
    }
    fclose(file);
    return text;
}

static int set_labels(const char *path, char **lines, size_t count, horn_model *m)
{
    size_t shape[HORN_MAX_RANK];
    const int rank = horn_model_output_shape(shape, m, 0);
    const size_t width = rank ? shape[rank - 1] : 0, wanted = width == 1 ? 2 : width;
    if (count != wanted)
        return print_error("%s: has %zu names, expected one a line for each of the model's %zu classes", path,
                           count, wanted);
    return horn_model_set_class_names(m, (const char *const *)lines, count) ? print_failure(path)
                                                                            : EXIT_SUCCESS;
}

int source_read_labels(const char *path, horn_model *m)
{
    size_t size = 0;
    char *text = read_text(path, &size);
    if (!text) return print_error("%s: %s", path, strerror(errno));
    char **lines = calloc(size / 2 + 1, sizeof *lines);
    const int result = lines ? set_labels(path, lines, cut_lines(text, lines, size / 2 + 1), m)
                             : print_error("%s: no memory", path);
    free(lines);
    free(text);
    return result;
}
