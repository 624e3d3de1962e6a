/* Private to config/: Horn's bits in cJSON's type word, above those that cJSON uses. */
#ifndef CONFIG_CONFIG_MARKS_H
#define CONFIG_CONFIG_MARKS_H

enum {
    /* A part of the value could not be allocated. */
    CONFIG_INCOMPLETE = 1 << 12,
    /* Raw text, with its value in valuedouble. */
    CONFIG_IS_FLOAT = 1 << 13
};

#endif
