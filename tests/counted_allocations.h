/* What a program asks the C library for is counted, and fails when the budget is used up. The
 * linker puts these functions in place of the library's (-Wl,--wrap=malloc and so on); one file of
 * a program includes them. */
#ifndef TESTS_COUNTED_ALLOCATIONS_H
#define TESTS_COUNTED_ALLOCATIONS_H

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

static atomic_long allocations;
static atomic_long allocation_budget = LONG_MAX;

static bool may_allocate(void) {
    return atomic_fetch_add(&allocations, 1) < atomic_load(&allocation_budget);
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size) {
    return may_allocate() ? __real_malloc(size) : NULL;
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size) {
    return may_allocate() ? __real_calloc(count, size) : NULL;
}

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size) {
    return may_allocate() ? __real_aligned_alloc(alignment, size) : NULL;
}

#endif
