/* Open addressing with linear probing; see names.h. */
#include "onnx/names.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { FIRST_SLOTS = 64 };

void name_table_init(struct name_table *table, struct arena *arena) {
    *table = (struct name_table){.arena = arena};
}

/* The slot that holds `name`, or else the free one where it belongs. */
static struct name_entry *find_slot(const struct name_table *table, const char *name) {
    uint32_t i = (uint32_t)XXH3_64bits(name, strlen(name)) & (table->slot_count - 1);
    while (table->slots[i].name && strcmp(table->slots[i].name, name) != 0)
        i = (i + 1) & (table->slot_count - 1);
    return &table->slots[i];
}

static bool grow(struct name_table *table) {
    struct name_table larger = *table;
    if (table->slot_count > UINT32_MAX / 4)
        return false;
    larger.slot_count = table->slot_count ? 2 * table->slot_count : FIRST_SLOTS;
    larger.slots = arena_alloc(table->arena, larger.slot_count, sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (uint32_t i = 0; i < table->slot_count; i++)
        if (table->slots[i].name)
            *find_slot(&larger, table->slots[i].name) = table->slots[i];
    *table = larger;
    return true;
}

void *name_table_find(const struct name_table *table, const char *name) {
    return table->slot_count ? find_slot(table, name)->value : NULL;
}

struct name_entry *name_table_add(struct name_table *table, const char *name, bool *is_new) {
    if (table->count >= table->slot_count / 2 && !grow(table))
        return NULL;
    struct name_entry *entry = find_slot(table, name);
    *is_new = !entry->name;
    if (*is_new) {
        entry->name = name;
        table->count++;
    }
    return entry;
}
