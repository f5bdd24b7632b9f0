/* The size of a loaded library; see engine.h. */
#include "bench/engine.h"

#include <link.h>
#include <stdbool.h>

struct search {
    uintptr_t address;
    uint64_t bytes;
};

static int look_at(struct dl_phdr_info *object, size_t size, void *data) {
    (void)size;
    struct search *search = data;
    uint64_t bytes = 0;
    bool found = false;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD)
            continue;
        uintptr_t start = object->dlpi_addr + segment->p_vaddr;
        found = found || (search->address >= start && search->address - start < segment->p_memsz);
        bytes += segment->p_filesz;
    }
    search->bytes = found ? bytes : 0;
    return found;
}

uint64_t loaded_bytes(const void *address) {
    struct search search = {.address = (uintptr_t)address};
    dl_iterate_phdr(look_at, &search);
    return search.bytes;
}
