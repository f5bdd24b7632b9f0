/* A map from names to pointers, in an arena. */
#ifndef ONNX_NAMES_H
#define ONNX_NAMES_H

#include "base/arena.h"

#include <stdbool.h>

struct name_entry {
    const char *name; /* the caller's; NULL: a free slot */
    void *value;
};

struct name_table {
    struct arena *arena;
    struct name_entry *slots; /* a power of two of them, at most half full */
    uint32_t slot_count, count;
};

void name_table_init(struct name_table *table, struct arena *arena);

/* The value of `name`, or NULL where the table does not have it. */
void *name_table_find(const struct name_table *table, const char *name);

/* The entry of `name`, made with a NULL value where there was none; *is_new says which. Valid until
 * the next call. NULL where memory ran out. */
struct name_entry *name_table_add(struct name_table *table, const char *name, bool *is_new);

#endif
