#include "config/config.h"

#include <cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/option.h"
#include "base/status.h"
#include "config/config_marks.h"

/* ---- building ---- */

config *config_object(void)
{
    return cJSON_CreateObject();
}

config *config_list(void)
{
    return cJSON_CreateArray();
}

config *config_from_string(const char *text)
{
    return cJSON_CreateString(text);
}

config *config_copy(const config *value)
{
    return value ? cJSON_Duplicate(value, 1) : NULL;
}

void config_free(config *value)
{
    cJSON_Delete(value);
}

/* A float is kept as its text, so that 10.0 does not print as 10, with its value in valuedouble. */
static config *new_number(double value)
{
    char text[32];
    config_format_number(value, text);
    config *item = cJSON_CreateRaw(text);
    if (!item) return NULL;
    item->valuedouble = value;
    item->type |= CONFIG_IS_FLOAT;
    return item;
}

static void take(config *parent, config *item, bool added)
{
    if (added) {
        if (item->type & CONFIG_INCOMPLETE) parent->type |= CONFIG_INCOMPLETE;
        return;
    }
    cJSON_Delete(item);
    if (parent) parent->type |= CONFIG_INCOMPLETE;
}

/* If there is no memory for the key, cJSON before 1.7.16 inserts the value without a key. */
static void replace(config *object, const char *key, config *value)
{
    bool replaced = cJSON_ReplaceItemInObjectCaseSensitive(object, key, value);
    if (replaced && !value->string) {
        cJSON_DetachItemViaPointer(object, value);
        replaced = false;
    }
    take(object, value, replaced);
}

void config_set(config *object, const char *key, config *value)
{
    if (object && value && cJSON_GetObjectItemCaseSensitive(object, key))
        replace(object, key, value);
    else
        take(object, value, object && value && cJSON_AddItemToObject(object, key, value));
}

void config_set_null(config *object, const char *key)
{
    config_set(object, key, cJSON_CreateNull());
}

void config_set_boolean(config *object, const char *key, bool value)
{
    config_set(object, key, cJSON_CreateBool(value));
}

void config_set_integer(config *object, const char *key, int64_t value)
{
    config_set(object, key, cJSON_CreateNumber((double)value));
}

void config_set_number(config *object, const char *key, double value)
{
    config_set(object, key, new_number(value));
}

void config_set_option(config *object, const char *key, double value)
{
    if (option_is_given(value)) config_set_number(object, key, option_number(value, 0));
}

void config_set_string(config *object, const char *key, const char *value)
{
    config_set(object, key, value ? cJSON_CreateString(value) : cJSON_CreateNull());
}

void config_set_sizes(config *object, const char *key, const size_t *values, size_t count)
{
    config *list = config_list();
    for (size_t i = 0; i < count; i++) config_append_integer(list, (int64_t)values[i]);
    config_set(object, key, list);
}

void config_remove(config *object, const char *key)
{
    cJSON_DeleteItemFromObjectCaseSensitive(object, key);
}

void config_append(config *list, config *value)
{
    take(list, value, list && value && cJSON_AddItemToArray(list, value));
}

void config_append_string(config *list, const char *value)
{
    config_append(list, cJSON_CreateString(value));
}

void config_append_integer(config *list, int64_t value)
{
    config_append(list, cJSON_CreateNumber((double)value));
}

void config_append_size(config *list, size_t size)
{
    if (size)
        config_append_integer(list, (int64_t)size);
    else
        config_append_null(list);
}

config *config_batch_shape(const size_t *sizes, int rank)
{
    config *list = config_list();
    config_append_null(list);
    for (int i = 0; i < rank; i++) config_append_size(list, sizes[i]);
    return list;
}

void config_append_number(config *list, double value)
{
    config_append(list, new_number(value));
}

void config_append_null(config *list)
{
    config_append(list, cJSON_CreateNull());
}

horn_status config_status(const config *value)
{
    return value && !(value->type & CONFIG_INCOMPLETE) ? HORN_OK : fail_memory("config", sizeof(cJSON));
}

/* ---- reading ---- */

const config *config_get(const config *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

const char *config_get_string(const config *object, const char *key)
{
    return config_string(config_get(object, key));
}

bool config_is_null(const config *value)
{
    return !value || cJSON_IsNull(value);
}

bool config_is_object(const config *value)
{
    return cJSON_IsObject(value);
}

bool config_is_list(const config *value)
{
    return cJSON_IsArray(value);
}

bool config_is_true(const config *value)
{
    return cJSON_IsTrue(value);
}

bool config_is_false(const config *value)
{
    return cJSON_IsFalse(value);
}

const char *config_string(const config *value)
{
    return cJSON_IsString(value) ? value->valuestring : NULL;
}

bool config_number(const config *value, double *out)
{
    if (!cJSON_IsNumber(value) && !(value && value->type & CONFIG_IS_FLOAT)) return false;
    *out = value->valuedouble;
    return true;
}

bool config_integer(const config *value, int64_t *out)
{
    double number;
    if (!config_number(value, &number) || number != floor(number) || fabs(number) > 9007199254740992.0)
        return false;
    *out = (int64_t)number;
    return true;
}

bool config_is_float(const config *value)
{
    return value && value->type & CONFIG_IS_FLOAT;
}

size_t config_count(const config *value)
{
    return config_is_list(value) || config_is_object(value) ? (size_t)cJSON_GetArraySize(value) : 0;
}

const config *config_at(const config *value, size_t index)
{
    const config *item = config_is_list(value) || config_is_object(value) ? value->child : NULL;
    while (item && index--) item = item->next;
    return item;
}

const char *config_key(const config *member)
{
    return member->string;
}

const config *config_next(const config *member)
{
    return member->next;
}

const char *config_key_at(const config *object, size_t index)
{
    const config *item = config_at(object, index);
    return item ? item->string : NULL;
}

static bool equal_members(const config *a, const config *b)
{
    if (config_count(a) != config_count(b)) return false;
    const config *y = b->child;
    for (const config *x = a->child; x; x = x->next, y = y->next) {
        const config *other = config_is_object(a) ? config_get(b, x->string) : y;
        if (!other || !config_equal(x, other)) return false;
    }
    return true;
}

bool config_equal(const config *a, const config *b)
{
    double x, y;
    if (!a || !b) return a == b;
    if (config_number(a, &x)) return config_number(b, &y) && (x == y || (isnan(x) && isnan(y)));
    if ((a->type & 0xff) != (b->type & 0xff)) return false;
    if (config_string(a)) return strcmp(config_string(a), config_string(b)) == 0;
    return config_is_list(a) || config_is_object(a) ? equal_members(a, b) : true;
}
