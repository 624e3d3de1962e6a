/* Converts models and checkpoints from one format to another. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <horn/horn.h>
#include "programs/programs.h"
#include "programs/shared/destination.h"
#include "programs/shared/options.h"
#include "programs/shared/terminal.h"
#include "programs/shared/weights_alone.h"

typedef struct request {
    const char *source, *target;
    horn_convert_options how;
    uint64_t shards;
} request;

static const option_entry options[] = {
    { "from", "FORMAT", OPTION_TEXT, offsetof(request, how.from), "the format of SRC [by content]", 0, 0 },
    { "to", "FORMAT", OPTION_TEXT, offsetof(request, how.to), "the format of DST [by suffix]", 0, 0 },
    { "architecture", "FILE", OPTION_TEXT, offsetof(request, how.architecture),
      "for weights alone: the model they belong to (JSON, or any saved one)", 0, 0 },
    { "dialect", "NAME", OPTION_TEXT, offsetof(request, how.dialect),
      "keras2, keras3, both or legacy [by format]", 0, 0 },
    { "names", "FILE", OPTION_TEXT, offsetof(request, how.names),
      "names of PyTorch's modules, lines LAYER = NAME [their index]", 0, 0 },
    { "dry-run", NULL, OPTION_SWITCH, offsetof(request, how.dry_run),
      "say what would be carried, and write nothing", 0, 0 },
    { "shards", "N", OPTION_WHOLE, offsetof(request, shards),
      "data files, if DST is a TensorFlow checkpoint [1]", 1, 1024 },
};

static void parse(request *r, int argc, char **argv)
{
    const command convert = { .purpose = "Writes the model or checkpoint SRC (a file, a prefix or a "
                                         "directory) as DST in another format.",
                              .operand = "SRC",
                              .operand_target = &r->source,
                              .second = "DST",
                              .second_target = &r->target,
                              .into = r,
                              .options = options,
                              .option_count = sizeof options / sizeof options[0] };
    command_parse(&convert, argc, argv);
    if (!*r->source) usage_error("SRC is empty");
    if (!*r->target) usage_error("DST is empty");
    if (!r->how.to) destination_check_suffix("", r->target, "--to tf-weights writes a TensorFlow checkpoint");
    r->how.shards = r->shards;
}

/* A SavedModel is a directory. */
static bool check_target(const request *r)
{
    const size_t length = strlen(r->target);
    const bool folder = r->how.to ? strcmp(r->how.to, "saved-model") == 0 : r->target[length - 1] == '/';
    return folder ? destination_check_folder(r->target) : destination_check(r->target);
}

/* With the command to type, if an architecture would help. */
static int refuse(const request *r, horn_status status)
{
    char line[1024];
    snprintf(line, sizeof line, "%s", horn_last_error());
    if (status == HORN_ERROR_UNSUPPORTED && !r->how.architecture && weights_stand_alone(r->source))
        return print_error("%s: ./convert %s %s --architecture model.json", line, r->source, r->target);
    return print_error("%s", line);
}

int convert_main(int argc, char **argv)
{
    request r = { 0 };
    char *report = NULL;
    parse(&r, argc, argv);
    if (!check_target(&r)) return EXIT_FAILURE;
    horn_status status = horn_convert(&report, r.source, r.target, &r.how);
    if (status == HORN_ERROR_ARGUMENT) usage_error("%s", horn_last_error());
    if (status) return refuse(&r, status);
    print_clean(report, "\n");
    free(report);
    return finish_output();
}
