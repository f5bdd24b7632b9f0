/* The system's allocator, and calls of any one. */
#include "base/memory.h"

#include "base/checked.h"

#include <stdint.h>
#include <stdlib.h>

static void *allocate(void *user, size_t size, size_t alignment) {
    uint64_t whole; /* aligned_alloc wants a multiple of the alignment */
    (void)user;
    if (!checked_align(size, alignment, &whole) || whole > SIZE_MAX)
        return NULL;
    return aligned_alloc(alignment, (size_t)whole);
}

static void release(void *user, void *memory, size_t size) {
    (void)user, (void)size;
    free(memory);
}

const struct snv2_allocator system_memory = {allocate, release, NULL};

void *memory_new(const struct snv2_allocator *allocator, size_t size, size_t alignment) {
    return allocator->allocate(allocator->user, size, alignment);
}

void memory_free(const struct snv2_allocator *allocator, void *memory, size_t size) {
    if (memory)
        allocator->release(allocator->user, memory, size);
}
