/* Reading files that the user or a model names: regular files only, so that nothing hangs. */
#ifndef ONNX_FILE_H
#define ONNX_FILE_H

#include "base/diagnostic.h"

#include <stdint.h>

/* The status and message of an errno value at a file that was to be read: what is not there or is
 * no file is SNV2_NO_INPUT, what may not be read SNV2_PERMISSION, all else SNV2_IO. */
enum snv2_status file_diagnose(struct snv2_diagnostic *diagnostic, int error);

/* Checks that the open `fd` is a regular file; *size is its size, *links the number of its names.
 */
enum snv2_status file_check_regular(int fd, uint64_t *size, uint64_t *links,
                                    struct snv2_diagnostic *diagnostic);

/* Reads the whole of `path`, or standard input where it is "-", into *bytes, malloc'ed here and the
 * caller's to free. More than `limit` bytes are refused as SNV2_BAD_MODEL. */
enum snv2_status file_read(const char *path, uint64_t limit, unsigned char **bytes, size_t *size,
                           struct snv2_diagnostic *diagnostic);

/* Reads exactly `size` bytes at `offset`; a file that has become shorter is SNV2_IO. */
enum snv2_status file_read_at(int fd, void *bytes, uint64_t size, uint64_t offset,
                              struct snv2_diagnostic *diagnostic);

#endif
