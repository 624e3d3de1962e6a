/* Values as YAML text: what PyYAML's safe_load reads and its dump writes, as Keras 2.0 to 2.5 used them (to_yaml).
 *
 *     class_name: Sequential                  a key's value may be a block of deeper lines, or [a, b] and {k: v}
 *     config: {name: m, layers: []}
 *     shape: !!python/tuple [null, 784]       the one tag that is read: a list
 *     kernel_size: &id001 [3, 3]              a name for a value,
 *     strides: *id001                         and the value again
 *
 * Plain scalars mean what YAML 1.1 says: null, booleans (yes and off, too), decimal integers and floats, .inf and .nan; a
 * float has a point, so that 1e-07 is a string. Refused by the line: every other tag, what YAML alone knows (octal,
 * hexadecimal, base 60, dates, merge keys), keys that are no strings or appear twice, names of values that contain themselves
 * or stand for more than 1 MiB, text over 16 MiB, more than 262,144 values, nesting deeper than 64, a second document. */
#ifndef CONFIG_CONFIG_YAML_H
#define CONFIG_CONFIG_YAML_H

#include "config/config.h"

/* `name` begins the error line. The caller frees *out. */
HORN_CHECKED horn_status config_parse_yaml(config **out, const char *text, size_t size, const char *name);

/* Appends what PyYAML 6 dumps of the same value with sort_keys=False: blocks. */
HORN_CHECKED horn_status config_print_yaml(const config *value, bytes *out);

#endif
