/* Building JSON; see json_writer.h. */
#include "report/json_writer.h"

#include "base/diagnostic.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 4096 };

cJSON *json_add(struct json_writer *writer, cJSON *object, const char *key, cJSON *item) {
    bool added =
        item && object &&
        (key ? cJSON_AddItemToObject(object, key, item) : cJSON_AddItemToArray(object, item));
    if (added)
        return item;
    writer->failed = true;
    cJSON_Delete(item);
    return NULL;
}

cJSON *json_add_object(struct json_writer *writer, cJSON *parent, const char *key) {
    return json_add(writer, parent, key, cJSON_CreateObject());
}

cJSON *json_add_array(struct json_writer *writer, cJSON *parent, const char *key) {
    return json_add(writer, parent, key, cJSON_CreateArray());
}

void json_add_bool(struct json_writer *writer, cJSON *parent, const char *key, bool value) {
    json_add(writer, parent, key, cJSON_CreateBool(value));
}

void json_add_integer(struct json_writer *writer, cJSON *parent, const char *key, int64_t value) {
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, value);
    json_add(writer, parent, key, cJSON_CreateRaw(digits));
}

void json_add_real(struct json_writer *writer, cJSON *parent, const char *key, double value) {
    json_add(writer, parent, key, isfinite(value) ? cJSON_CreateNumber(value) : cJSON_CreateNull());
}

void json_add_text(struct json_writer *writer, cJSON *parent, const char *key, const char *value) {
    char text[TEXT_BYTES];
    if (value)
        sanitize_text(text, sizeof text, value);
    json_add(writer, parent, key, value ? cJSON_CreateString(text) : cJSON_CreateNull());
}

char *json_print(const struct json_writer *writer, cJSON *root) {
    char *text = writer->failed ? NULL : cJSON_Print(root);
    cJSON_Delete(root);
    size_t length = text ? strlen(text) : 0;
    char *line = text ? realloc(text, length + 2) : NULL;
    if (!line) {
        free(text);
        return NULL;
    }
    memcpy(line + length, "\n", 2);
    return line;
}
