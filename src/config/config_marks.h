/* Private to config/: marks of our own in cJSON's type word, above the bits that cJSON uses. */
#ifndef CONFIG_CONFIG_MARKS_H
#define CONFIG_CONFIG_MARKS_H

enum {
    CONFIG_INCOMPLETE = 1 << 12, /* some part of it found no memory */
    CONFIG_IS_FLOAT = 1 << 13    /* a raw text whose value is valuedouble */
};

#endif
