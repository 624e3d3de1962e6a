/* What ./inspect prints, as text and as JSON. Names from files are printed without control characters. */
#ifndef PROGRAMS_SHARED_INSPECT_PRINT_H
#define PROGRAMS_SHARED_INSPECT_PRINT_H

#include <stdbool.h>
#include <horn/file.h>

void inspect_print(const horn_file *file);
void inspect_print_verified(const horn_file *file, const char *report, bool json);
void inspect_print_comparison(const horn_file *first, const horn_file *second,
                              const horn_file_comparison *comparison);

/* In inspect_json.c. */
void inspect_print_json(const horn_file *file);
void inspect_print_comparison_json(const horn_file *first, const horn_file *second,
                                   const horn_file_comparison *comparison);

#endif
