/* A model file in memory. */
#ifndef RUNTIME_FILE_H
#define RUNTIME_FILE_H

#include "snv2/allocator.h"
#include "snv2/status.h"

#include <stddef.h>

struct file_memory {
    void *bytes;   /* aligned to a page; NULL: none */
    size_t size;   /* bytes of the file */
    size_t mapped; /* of the mapping that holds them; 0: the allocator's memory does */
};

/* Copies a regular file into huge pages, or maps it where there are none (huge_pages.h); with an
 * allocator other than the system's, copies it into memory of that. Never
 * waits on a FIFO or a device. The diagnostic names the file: SNV2_NO_INPUT, SNV2_PERMISSION,
 * SNV2_IO, SNV2_NO_MEMORY; SNV2_BAD_MODEL for an empty file or one that is not regular. */
enum snv2_status take_file(const char *path, const struct snv2_allocator *allocator,
                           struct file_memory *file, struct snv2_diagnostic *diagnostic);
void release_file(struct file_memory *file, const struct snv2_allocator *allocator);

#endif
