/* Running another program with its standard output in a pipe; see process.h. */
#include "bench/process.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Everything up to the end of the file; what does not fit is read and dropped. */
static void read_all(int descriptor, char *output, size_t size) {
    char rest[512];
    size_t length = 0;
    for (;;) {
        size_t room = size - 1 - length;
        ssize_t count = read(descriptor, room ? output + length : rest, room ? room : sizeof rest);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            break;
        length += room ? (size_t)count : 0;
    }
    output[length] = '\0';
}

static int spawn(pid_t *child, const char *const *argv, const int ends[2]) {
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error)
        return error;
    error = posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    if (!error)
        error = posix_spawn_file_actions_addclose(&actions, ends[0]);
    if (!error)
        error = posix_spawn_file_actions_addclose(&actions, ends[1]);
    if (!error)
        error = posix_spawnp(child, argv[0], &actions, NULL, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

enum snv2_status run_program(const char *const *argv, char *output, size_t size,
                             struct snv2_diagnostic *diagnostic) {
    int ends[2], ended = 0;
    pid_t child;
    if (pipe(ends) != 0)
        return diagnose(diagnostic, SNV2_IO, "cannot make a pipe: %s", strerror(errno));
    int error = spawn(&child, argv, ends);
    close(ends[1]);
    if (!error)
        read_all(ends[0], output, size);
    close(ends[0]);
    if (error)
        return diagnose(diagnostic, SNV2_USAGE, "cannot start '%s': %s", argv[0], strerror(error));
    while (waitpid(child, &ended, 0) < 0 && errno == EINTR)
        ;
    if (!WIFEXITED(ended) || WEXITSTATUS(ended) != 0)
        return diagnose(diagnostic, SNV2_USAGE, "'%s' failed: %s %d", argv[0],
                        WIFEXITED(ended) ? "exit status" : "signal",
                        WIFEXITED(ended) ? WEXITSTATUS(ended) : WTERMSIG(ended));
    return SNV2_OK;
}
