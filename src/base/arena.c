/* The growing arena of arena.h: a list of blocks, each at least as large as the sum of
 * a few typical requests. */
#include "base/arena.h"

#include "base/checked.h"
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK_BYTES = 256 * 1024, BLOCK_ALIGNMENT = 64 };

struct arena_block {
    struct arena_block *next;
    size_t size; /* bytes of `data` */
    _Alignas(BLOCK_ALIGNMENT) unsigned char data[];
};

void arena_init(struct arena *arena, uint64_t budget) {
    *arena = (struct arena){.budget = budget, .allocator = &system_memory};
}

void arena_init_from(struct arena *arena, const struct snv2_allocator *allocator) {
    *arena = (struct arena){.budget = UINT64_MAX, .allocator = allocator};
}

static struct arena_block *add_block(struct arena *arena, uint64_t bytes) {
    uint64_t size = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES, total;
    if (!checked_align(size, BLOCK_ALIGNMENT, &size) ||
        !checked_add(size, sizeof(struct arena_block), &total) || total > SIZE_MAX)
        return NULL;
    struct arena_block *block = memory_new(arena->allocator, (size_t)total, BLOCK_ALIGNMENT);
    if (!block)
        return NULL;
    block->next = arena->blocks;
    block->size = (size_t)size;
    arena->blocks = block;
    arena->used = 0;
    return block;
}

void *arena_alloc(struct arena *arena, size_t count, size_t size) {
    uint64_t bytes, total, start;
    if (!checked_mul(count, size, &bytes) || !checked_add(arena->total, bytes, &total) ||
        total > arena->budget)
        return NULL;
    uint64_t alignment = bytes >= BLOCK_ALIGNMENT ? BLOCK_ALIGNMENT : 16;
    struct arena_block *block = arena->blocks;
    if (!checked_align(arena->used, alignment, &start))
        return NULL;
    if (!block || start > block->size || bytes > block->size - start) {
        block = add_block(arena, bytes);
        if (!block)
            return NULL;
        start = 0;
    }
    arena->used = (size_t)(start + bytes);
    arena->total = total;
    return memset(block->data + start, 0, (size_t)bytes);
}

static void free_block(struct arena *arena, struct arena_block *block) {
    memory_free(arena->allocator, block, sizeof *block + block->size);
}

char *arena_strndup(struct arena *arena, const char *text, size_t length) {
    if (length == SIZE_MAX)
        return NULL;
    char *copy = arena_alloc(arena, length + 1, 1);
    if (copy)
        memcpy(copy, text, length);
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text) {
    return arena_strndup(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        return NULL;
    char *text = arena_alloc(arena, (size_t)length + 1, 1);
    if (!text)
        return NULL;
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

void arena_reset(struct arena *arena) {
    struct arena_block *keep = arena->blocks;
    if (keep) {
        while (keep->next) {
            struct arena_block *next = keep->next;
            keep->next = next->next;
            free_block(arena, next);
        }
    }
    arena->used = 0;
    arena->total = 0;
}

void arena_free(struct arena *arena) {
    for (struct arena_block *block = arena->blocks; block;) {
        struct arena_block *next = block->next;
        free_block(arena, block);
        block = next;
    }
    *arena = (struct arena){.budget = arena->budget, .allocator = arena->allocator};
}
