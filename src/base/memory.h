/* Memory from an allocator. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include "snv2/allocator.h"

/* The C library's heap. */
extern const struct snv2_allocator system_memory;

/* As the allocator's functions say (snv2/allocator.h). Releasing NULL does nothing. */
void *memory_new(const struct snv2_allocator *allocator, size_t size, size_t alignment);
void memory_free(const struct snv2_allocator *allocator, void *memory, size_t size);

#endif
