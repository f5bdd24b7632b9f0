/* Writing by rename; see write_file.h. */
#include "base/write_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum snv2_status fail(struct snv2_diagnostic *diagnostic, const char *path,
                             const char *what) {
    int error = errno;
    enum snv2_status status = error == EACCES || error == EPERM || error == EROFS ? SNV2_PERMISSION
                              : error == ENOENT || error == ENOTDIR || error == EISDIR ||
                                      error == ENAMETOOLONG || error == ELOOP
                                  ? SNV2_CANNOT_CREATE
                                  : SNV2_IO;
    diagnose(diagnostic, status, "cannot %s: %s", what, strerror(error));
    diagnostic_set_file(diagnostic, path);
    return status;
}

/* What stands at `path` already must be a regular file that is not the input, or nothing. */
static enum snv2_status check_target(const char *path, const char *must_differ,
                                     struct snv2_diagnostic *diagnostic) {
    struct stat target, input;
    if (lstat(path, &target) != 0)
        return errno == ENOENT ? SNV2_OK : fail(diagnostic, path, "look at the output");
    enum snv2_status status = SNV2_OK;
    if (!S_ISREG(target.st_mode))
        status = diagnose(diagnostic, SNV2_CANNOT_CREATE,
                          "exists and is not a regular file: choose another output");
    else if (must_differ && stat(must_differ, &input) == 0 && input.st_dev == target.st_dev &&
             input.st_ino == target.st_ino)
        status = diagnose(diagnostic, SNV2_USAGE, "is the input: choose another output");
    if (status != SNV2_OK)
        diagnostic_set_file(diagnostic, path);
    return status;
}

static bool write_all(int descriptor, const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t written = write(descriptor, bytes, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

/* A new file beside `path`, with the permissions that a plain open gives; its name replaces
 * *temporary, which has room for it. -1 and errno on failure. */
static int create_beside(const char *path, char *temporary, size_t size) {
    int descriptor = -1;
    errno = EEXIST;
    for (int attempt = 0; descriptor < 0 && errno == EEXIST && attempt < 100; attempt++) {
        snprintf(temporary, size, "%s.%ld-%d.tmp", path, (long)getpid(), attempt);
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    }
    return descriptor;
}

/* Writes the temporary file and renames it, or removes it. */
static enum snv2_status write_and_rename(const char *path, const void *bytes, size_t size,
                                         struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = SNV2_OK;
    size_t room = strlen(path) + 48; /* for ".PID-ATTEMPT.tmp" */
    char *temporary = malloc(room);
    if (!temporary)
        return diagnose_no_memory(diagnostic);
    int descriptor = create_beside(path, temporary, room);
    if (descriptor < 0) {
        status = fail(diagnostic, path, "create the output");
        free(temporary);
        return status;
    }
    bool written = write_all(descriptor, bytes, size) && fsync(descriptor) == 0;
    if (!written)
        status = fail(diagnostic, path, "write the output");
    if (close(descriptor) != 0 && written)
        status = fail(diagnostic, path, "close the output");
    if (status == SNV2_OK && rename(temporary, path) != 0)
        status = fail(diagnostic, path, "put the output in its place");
    if (status != SNV2_OK)
        unlink(temporary);
    free(temporary);
    return status;
}

enum snv2_status write_file(const char *path, const char *must_differ, const void *bytes,
                            size_t size, struct snv2_diagnostic *diagnostic) {
    static const int ending[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    enum snv2_status status = check_target(path, must_differ, diagnostic);
    if (status != SNV2_OK)
        return status;
    /* What ends the process waits until no temporary file is left. */
    sigset_t blocked, before;
    sigemptyset(&blocked);
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
        sigaddset(&blocked, ending[i]);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    status = write_and_rename(path, bytes, size, diagnostic);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

enum snv2_status make_folder(const char *path, struct snv2_diagnostic *diagnostic) {
    struct stat found;
    if (mkdir(path, 0777) == 0 ||
        (errno == EEXIST && stat(path, &found) == 0 && S_ISDIR(found.st_mode)))
        return SNV2_OK;
    if (errno == EEXIST || errno == 0)
        errno = ENOTDIR;
    return fail(diagnostic, path, "make the folder");
}
