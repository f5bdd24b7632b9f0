/* Taking a model file with POSIX calls; see file.h. */
#include "runtime/file.h"

#include "base/diagnostic.h"
#include "base/memory.h"
#include "runtime/huge_pages.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MAP_POPULATE
#define MAP_POPULATE 0 /* else: takes all pages in one go, since all are read soon */
#endif

enum { PAGE_BYTES = 4096 };

static enum snv2_status diagnose_errno(struct snv2_diagnostic *diagnostic, const char *doing,
                                       int error) {
    static const struct {
        int error;
        enum snv2_status status;
        const char *text;
    } known[] = {
        {ENOENT, SNV2_NO_INPUT, "there is no such file"},
        {ENOTDIR, SNV2_NO_INPUT, "a part of the path is not a folder"},
        {ENAMETOOLONG, SNV2_NO_INPUT, "the path is too long"},
        {EACCES, SNV2_PERMISSION, "permission denied"},
        {EPERM, SNV2_PERMISSION, "operation not permitted"},
        {ENOMEM, SNV2_NO_MEMORY, "out of memory"},
        {EMFILE, SNV2_IO, "too many open files"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].error == error)
            return diagnose(diagnostic, known[i].status, "%s: %s", doing, known[i].text);
    return diagnose(diagnostic, SNV2_IO, "%s: error %d of the operating system", doing, error);
}

/* Reads to the end of a file that has `size` bytes. */
static enum snv2_status read_all(int descriptor, char *bytes, size_t size,
                                 struct snv2_diagnostic *diagnostic) {
    while (size > 0) {
        ssize_t length = read(descriptor, bytes, size);
        if (length == 0)
            return diagnose(diagnostic, SNV2_IO, "cannot read: the file became shorter");
        if (length < 0 && errno != EINTR)
            return diagnose_errno(diagnostic, "cannot read", errno);
        if (length > 0) {
            bytes += length;
            size -= (size_t)length;
        }
    }
    return SNV2_OK;
}

static enum snv2_status take_descriptor(int descriptor, const struct snv2_allocator *allocator,
                                        struct file_memory *file,
                                        struct snv2_diagnostic *diagnostic) {
    struct stat info;
    if (fstat(descriptor, &info) != 0)
        return diagnose_errno(diagnostic, "cannot read", errno);
    if (!S_ISREG(info.st_mode))
        return diagnose(diagnostic, SNV2_BAD_MODEL, "not a regular file: give a .snv2 file");
    if (info.st_size == 0)
        return diagnose(diagnostic, SNV2_BAD_MODEL, "the file is empty");
    if ((uintmax_t)info.st_size > PTRDIFF_MAX)
        return diagnose(diagnostic, SNV2_NO_MEMORY, "the file is too large for this machine");
    size_t size = (size_t)info.st_size;
    *file = (struct file_memory){.size = size};
    if (allocator != &system_memory) {
        file->bytes = memory_new(allocator, size, PAGE_BYTES);
        return file->bytes ? read_all(descriptor, file->bytes, size, diagnostic)
                           : diagnose_no_memory(diagnostic);
    }
    file->bytes = huge_pages_map(size, &file->mapped);
    if (file->bytes)
        return read_all(descriptor, file->bytes, size, diagnostic);
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, descriptor, 0);
    if (bytes == MAP_FAILED)
        return diagnose_errno(diagnostic, "cannot map", errno);
    file->bytes = bytes;
    file->mapped = size;
    return SNV2_OK;
}

enum snv2_status take_file(const char *path, const struct snv2_allocator *allocator,
                           struct file_memory *file, struct snv2_diagnostic *diagnostic) {
    enum snv2_status status;
    int descriptor;
    do
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    while (descriptor < 0 && errno == EINTR);
    if (descriptor < 0) {
        status = diagnose_errno(diagnostic, "cannot open", errno);
    } else {
        status = take_descriptor(descriptor, allocator, file, diagnostic);
        close(descriptor);
    }
    if (status != SNV2_OK)
        diagnostic_set_file(diagnostic, path);
    return status;
}

void release_file(struct file_memory *file, const struct snv2_allocator *allocator) {
    if (file->mapped)
        munmap(file->bytes, file->mapped);
    else
        memory_free(allocator, file->bytes, file->size);
    *file = (struct file_memory){NULL, 0, 0};
}
