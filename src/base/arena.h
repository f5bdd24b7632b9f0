/* A growing arena: allocations are never freed one by one, all of them end with the arena.
 * Not thread safe: one arena belongs to one thread at a time. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "snv2/allocator.h"

#include <stddef.h>
#include <stdint.h>

struct arena_block;

struct arena {
    struct arena_block *blocks;             /* newest first */
    size_t used;                            /* bytes used in the newest block */
    uint64_t total;                         /* bytes handed out since the last reset */
    uint64_t budget;                        /* `total` never passes this; UINT64_MAX: no bound */
    const struct snv2_allocator *allocator; /* outlives the arena */
};

/* An arena that refuses to hand out more than `budget` bytes in all. */
void arena_init(struct arena *arena, uint64_t budget);

/* One without a bound, of memory from an allocator. */
void arena_init_from(struct arena *arena, const struct snv2_allocator *allocator);

/* `count` objects of `size` bytes, zeroed, aligned to 64 bytes where the object is 64 bytes or
 * larger and to 16 otherwise. NULL when memory or the budget is exhausted, or count * size
 * overflows. A request of zero bytes gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t count, size_t size);

/* Copies of a string, or of `length` bytes of one, with a NUL behind. NULL when out of memory. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);

/* A formatted string in the arena. NULL when out of memory. */
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Ends all allocations; the arena can be used again (keeping one block), or not (free). */
void arena_reset(struct arena *arena);
void arena_free(struct arena *arena);

#endif
