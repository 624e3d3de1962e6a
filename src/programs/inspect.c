/* Shows the format and the content of a file, verifies it, and compares it with another one. */
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <horn/horn.h>
#include "programs/programs.h"
#include "programs/shared/inspect_print.h"
#include "programs/shared/options.h"
#include "programs/shared/terminal.h"

typedef struct request {
    const char *path, *other;
    bool verify, json;
} request;

static const option_entry options[] = {
    { "verify", NULL, OPTION_SWITCH, offsetof(request, verify),
      "check every checksum and length, and say which", 0, 0 },
    { "compare", "PATH2", OPTION_TEXT, offsetof(request, other),
      "the greatest difference of each tensor; exit status 1 if they differ", 0, 0 },
    { "json", NULL, OPTION_SWITCH, offsetof(request, json), "print the same as one JSON object", 0, 0 },
};

static void parse(request *r, int argc, char **argv)
{
    const command inspect = {
        .purpose = "Shows what a model, a checkpoint (its prefix or its directory) or any HDF5 file holds.",
        .operand = "PATH",
        .operand_target = &r->path,
        .into = r,
        .options = options,
        .option_count = sizeof options / sizeof options[0]
    };
    command_parse(&inspect, argc, argv);
    if (r->verify && r->other) usage_error("--verify does not go together with --compare");
}

static int show(const request *r, const horn_file *file)
{
    const horn_file_facts *facts = horn_file_about(file);
    if (r->json)
        inspect_print_json(file);
    else
        inspect_print(file);
    return facts->is_broken ? print_error("%s", facts->trouble) : EXIT_SUCCESS;
}

static int verify(const request *r, const horn_file *file)
{
    char *report = NULL;
    if (horn_file_verify(&report, file)) return print_failure(r->path);
    inspect_print_verified(file, report, r->json);
    free(report);
    return EXIT_SUCCESS;
}

static int compare(const request *r, const horn_file *file)
{
    horn_file *other = NULL;
    horn_file_comparison *found = NULL;
    int result;
    if (horn_file_open(&other, r->other)) return print_failure(r->other);
    if (horn_file_compare(&found, file, other)) {
        result = print_failure(r->path);
    } else {
        bool differ = !found->is_equal || found->other_architecture || found->other_compile;
        result = differ ? EXIT_FAILURE : EXIT_SUCCESS;
        (r->json ? inspect_print_comparison_json : inspect_print_comparison)(file, other, found);
    }
    horn_file_comparison_free(found);
    horn_file_close(other);
    return result;
}

int inspect_main(int argc, char **argv)
{
    request r = { 0 };
    horn_file *file = NULL;
    parse(&r, argc, argv);
    if (horn_file_open(&file, r.path)) return print_failure(r.path);
    int result = r.verify ? verify(&r, file) : r.other ? compare(&r, file) : show(&r, file);
    horn_file_close(file);
    int finished = finish_output();
    return result ? result : finished;
}
