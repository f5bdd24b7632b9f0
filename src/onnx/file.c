/* Reading files; see file.h. */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64
#include "onnx/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK_BYTES = 1 << 20 };

enum snv2_status file_diagnose(struct snv2_diagnostic *diagnostic, int error) {
    static const struct {
        int error;
        enum snv2_status status;
        const char *message;
    } known[] = {
        {ENOENT, SNV2_NO_INPUT, "no such file"},
        {ENOTDIR, SNV2_NO_INPUT, "no such file: a part of its path is not a directory"},
        {EISDIR, SNV2_NO_INPUT, "this is a directory, not a file"},
        {ENXIO, SNV2_NO_INPUT, "this is not a regular file"},
        {ENAMETOOLONG, SNV2_NO_INPUT, "the path is too long"},
        {ELOOP, SNV2_NO_INPUT, "the path leads through a symbolic link that may not be followed"},
        {EACCES, SNV2_PERMISSION, "no permission to read it"},
        {EPERM, SNV2_PERMISSION, "no permission to read it"},
        {ENOMEM, SNV2_NO_MEMORY, "out of memory"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].error == error)
            return diagnose(diagnostic, known[i].status, "%s", known[i].message);
    return diagnose(diagnostic, SNV2_IO, "reading failed (errno %d)", error);
}

enum snv2_status file_check_regular(int fd, uint64_t *size, uint64_t *links,
                                    struct snv2_diagnostic *diagnostic) {
    struct stat info;
    if (fstat(fd, &info) != 0)
        return file_diagnose(diagnostic, errno);
    if (S_ISDIR(info.st_mode))
        return file_diagnose(diagnostic, EISDIR);
    if (!S_ISREG(info.st_mode))
        return file_diagnose(diagnostic, ENXIO);
    *size = (uint64_t)info.st_size;
    *links = (uint64_t)info.st_nlink;
    return SNV2_OK;
}

static enum snv2_status too_large(uint64_t limit, struct snv2_diagnostic *diagnostic) {
    return diagnose(diagnostic, SNV2_BAD_MODEL, "the file has more than %llu bytes",
                    (unsigned long long)limit);
}

/* Reads to the end of the file into a block that starts with `capacity` bytes and doubles. */
static enum snv2_status read_all(int fd, uint64_t limit, size_t capacity, unsigned char **bytes,
                                 size_t *size, struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = SNV2_OK;
    size_t used = 0;
    unsigned char *block = malloc(capacity);
    if (!block)
        return diagnose_no_memory(diagnostic);
    for (;;) {
        if (used == capacity) {
            unsigned char *larger = capacity <= SIZE_MAX / 2 ? realloc(block, 2 * capacity) : NULL;
            if (!larger) {
                status = diagnose_no_memory(diagnostic);
                break;
            }
            block = larger;
            capacity *= 2;
        }
        ssize_t count = read(fd, block + used, capacity - used);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            status = file_diagnose(diagnostic, errno);
        if (count <= 0)
            break;
        used += (size_t)count;
        if (used > limit) {
            status = too_large(limit, diagnostic);
            break;
        }
    }
    if (status) {
        free(block);
        return status;
    }
    *bytes = block;
    *size = used;
    return SNV2_OK;
}

/* Standard input may be a pipe; any other path must be a regular file. */
enum snv2_status file_read(const char *path, uint64_t limit, unsigned char **bytes, size_t *size,
                           struct snv2_diagnostic *diagnostic) {
    if (strcmp(path, "-") == 0)
        return read_all(STDIN_FILENO, limit, CHUNK_BYTES, bytes, size, diagnostic);
    uint64_t file_size, links;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return file_diagnose(diagnostic, errno);
    enum snv2_status status = file_check_regular(fd, &file_size, &links, diagnostic);
    if (!status && file_size > limit)
        status = too_large(limit, diagnostic);
    if (!status) /* one byte more than the file, so that its end is seen without growing */
        status = read_all(fd, limit, (size_t)file_size + 1, bytes, size, diagnostic);
    close(fd);
    return status;
}

enum snv2_status file_read_at(int fd, void *bytes, uint64_t size, uint64_t offset,
                              struct snv2_diagnostic *diagnostic) {
    unsigned char *next = bytes;
    while (size > 0) {
        size_t wanted = size < CHUNK_BYTES ? (size_t)size : CHUNK_BYTES;
        ssize_t count = pread(fd, next, wanted, (off_t)offset);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return file_diagnose(diagnostic, errno);
        if (count == 0)
            return diagnose(diagnostic, SNV2_IO, "the file became shorter while it was read");
        next += count;
        offset += (uint64_t)count;
        size -= (uint64_t)count;
    }
    return SNV2_OK;
}
