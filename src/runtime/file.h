/* Mapping a model file. */
#ifndef RUNTIME_FILE_H
#define RUNTIME_FILE_H

#include "snv2/status.h"

#include <stddef.h>

struct mapping {
    void *bytes; /* NULL: none */
    size_t size;
};

/* Maps a regular file for reading. Never waits on a FIFO or a device. The diagnostic names the
 * file: SNV2_NO_INPUT, SNV2_PERMISSION, SNV2_IO, SNV2_NO_MEMORY; SNV2_BAD_MODEL for an empty file
 * or one that is not regular. */
enum snv2_status map_file(const char *path, struct mapping *mapping,
                          struct snv2_diagnostic *diagnostic);
void unmap_file(struct mapping *mapping);

#endif
