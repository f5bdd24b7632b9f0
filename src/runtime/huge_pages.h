/* Memory by huge pages. The first touch of a page costs the system far more than clearing it, so a
 * model is ready sooner (doc/ARCHITECTURE.md has the figures), and the processor needs fewer
 * translations of addresses. */
#ifndef RUNTIME_HUGE_PAGES_H
#define RUNTIME_HUGE_PAGES_H

#include <stddef.h>

/* Zeroed memory of `bytes` bytes and more, at the start of a huge page. It belongs to the caller,
 * and munmap(memory, *mapped) ends it. NULL where huge pages do not pay: the system has none for
 * those who ask, more than as much again would be lost, or memory is short. */
void *huge_pages_map(size_t bytes, size_t *mapped);

#endif
