/* Huge pages as Linux has them (it calls them transparent); elsewhere there are none. */
#include "runtime/huge_pages.h"

#include "base/checked.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef MADV_HUGEPAGE

#define SETTINGS "/sys/kernel/mm/transparent_hugepage/"

/* The start of a file of the system's, "" where there is none. */
static const char *read_setting(const char *path, char *text, size_t size) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = descriptor < 0 ? 0 : read(descriptor, text, size - 1);
    if (descriptor >= 0)
        close(descriptor);
    text[length > 0 ? length : 0] = '\0';
    return text;
}

/* Bytes of a huge page, 0 where there are none. */
static size_t huge_page_bytes(void) {
    char text[64];
    const char *enabled = read_setting(SETTINGS "enabled", text, sizeof text);
    if (!*enabled || strstr(enabled, "[never]"))
        return 0;
    return (size_t)strtoull(read_setting(SETTINGS "hpage_pmd_size", text, sizeof text), NULL, 10);
}

/* Memory that is new from the system: what a heap hands out again stands in small pages. */
static void *map_aligned(size_t size, size_t alignment) {
    unsigned char *start =
        mmap(NULL, size + alignment, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED)
        return NULL;
    size_t before = -(uintptr_t)start % alignment;
    if (before > 0)
        munmap(start, before);
    munmap(start + before + size, alignment - before);
    madvise(start + before, size, MADV_HUGEPAGE); /* advice: nothing breaks where it is refused */
    return start + before;
}

void *huge_pages_map(size_t bytes, size_t *mapped) {
    uint64_t page = huge_page_bytes(), size, all;
    if (page == 0 || !checked_align(bytes, page, &size) || size - bytes > bytes ||
        (bytes < page && size - bytes > bytes / 2))
        return NULL;
    if (size - bytes > bytes / 2)
        size = bytes; /* what is over in small pages */
    if (!checked_align(size, (uint64_t)sysconf(_SC_PAGESIZE), &size) ||
        !checked_add(size, page, &all) || all > SIZE_MAX)
        return NULL;
    void *memory = map_aligned((size_t)size, (size_t)page);
    if (memory)
        *mapped = (size_t)size;
    return memory;
}

#else

void *huge_pages_map(size_t bytes, size_t *mapped) {
    (void)bytes, (void)mapped;
    return NULL;
}

#endif
