/* Building JSON with cJSON: what the reports of both programs share.
 *
 * cJSON's functions return NULL where memory ran out or their parent is NULL, so that what hangs
 * below a failed object fails too. Each function here notes it in the writer, and json_print gives
 * NULL then. `object` may be an array: `key` is NULL then. */
#ifndef REPORT_JSON_WRITER_H
#define REPORT_JSON_WRITER_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

struct json_writer {
    bool failed; /* memory ran out somewhere */
};

/* Adds `item`, and gives it back; frees it and returns NULL where that fails. */
cJSON *json_add(struct json_writer *writer, cJSON *object, const char *key, cJSON *item);

cJSON *json_add_object(struct json_writer *writer, cJSON *parent, const char *key);
cJSON *json_add_array(struct json_writer *writer, cJSON *parent, const char *key);
void json_add_bool(struct json_writer *writer, cJSON *parent, const char *key, bool value);
/* All digits, where a JSON number by way of double would round. */
void json_add_integer(struct json_writer *writer, cJSON *parent, const char *key, int64_t value);
/* JSON has neither NaN nor infinities: they become null. */
void json_add_real(struct json_writer *writer, cJSON *parent, const char *key, double value);
/* A string made harmless, cut at 4 kB; null for NULL. */
void json_add_text(struct json_writer *writer, cJSON *parent, const char *key, const char *value);

/* The whole text with a newline behind, malloc'ed; NULL where memory ran out. Frees `root`. */
char *json_print(const struct json_writer *writer, cJSON *root);

#endif
