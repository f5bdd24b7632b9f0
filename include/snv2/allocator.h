/* Where memory comes from, if not from the C library. */
#ifndef SNV2_ALLOCATOR_H
#define SNV2_ALLOCATOR_H

#include <stddef.h>

/* Both are called by the thread that opens or closes a model, or makes, profiles or frees a context
 * of it, never by a run. `user` is passed on to them. */
struct snv2_allocator {
    /* `size` bytes, at least 1, of any contents, aligned to `alignment`, a power of two up to 4096;
     * or NULL. */
    void *(*allocate)(void *user, size_t size, size_t alignment);
    /* Takes back what allocate gave; the size is the one that was asked for. */
    void (*release)(void *user, void *memory, size_t size);
    void *user;
};

#endif
