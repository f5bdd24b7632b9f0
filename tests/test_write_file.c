/* Writing an output: whole or not at all, whatever stands there and whatever fails. */
#include "tests/tap.h"

#include "base/write_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "write_file.XXXXXX";

static void enter_folder(void) {
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

/* Removes everything in the folder, and says how many entries that were. */
static int empty_folder(void) {
    int count = 0;
    DIR *directory = opendir(".");
    ck_assert_ptr_nonnull(directory);
    for (struct dirent *entry; (entry = readdir(directory));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            count += remove(entry->d_name) == 0;
    closedir(directory);
    return count;
}

static void leave_folder(void) {
    chmod(".", 0700);
    empty_folder();
    ck_assert_int_eq(chdir(".."), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void create(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

static void require_contents(const char *path, const char *text) {
    char bytes[100] = "";
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    size_t size = fread(bytes, 1, sizeof bytes - 1, file);
    fclose(file);
    ck_assert_uint_eq(size, strlen(text));
    ck_assert_str_eq(bytes, text);
}

/* Writes "new" to `path` and requires the status, and on failure the path in the diagnostic. */
static void require_write(const char *path, const char *must_differ, enum snv2_status expected) {
    struct snv2_diagnostic diagnostic = {.message = ""};
    enum snv2_status status = write_file(path, must_differ, "new", 3, &diagnostic);
    ck_assert_msg(status == expected, "%s: status %d, not %d: %s", path, status, expected,
                  diagnostic.message);
    if (expected == SNV2_OK)
        require_contents(path, "new");
    else
        ck_assert_str_eq(diagnostic.file, path);
}

START_TEST(test_new_and_old) {
    create("input", "in");
    require_write("out", "input", SNV2_OK);
    create("out", "a longer old text");
    require_write("out", "missing", SNV2_OK);
    require_contents("input", "in");
    struct snv2_diagnostic diagnostic;
    ck_assert_int_eq(write_file("out", NULL, "", 0, &diagnostic), SNV2_OK);
    require_contents("out", "");
    ck_assert_int_eq(empty_folder(), 2); /* no temporary file is left */
}
END_TEST

START_TEST(test_input_is_output) {
    create("input", "in");
    ck_assert_int_eq(link("input", "hard"), 0);
    require_write("input", "input", SNV2_USAGE);
    require_write("./input", "input", SNV2_USAGE);
    require_write("hard", "input", SNV2_USAGE);
    require_contents("input", "in");
    ck_assert_int_eq(empty_folder(), 2);
}
END_TEST

START_TEST(test_not_regular) {
    create("file", "old");
    ck_assert_int_eq(mkdir("directory", 0700), 0);
    ck_assert_int_eq(mkfifo("fifo", 0600), 0);
    ck_assert_int_eq(symlink("file", "link"), 0);
    ck_assert_int_eq(symlink("nowhere", "dangling"), 0);
    require_write("directory", NULL, SNV2_CANNOT_CREATE);
    require_write("fifo", NULL, SNV2_CANNOT_CREATE);
    require_write("link", NULL, SNV2_CANNOT_CREATE);
    require_write("dangling", NULL, SNV2_CANNOT_CREATE);
    require_write("/dev/full", NULL, SNV2_CANNOT_CREATE);
    require_contents("file", "old");
    ck_assert_int_eq(empty_folder(), 5);
}
END_TEST

START_TEST(test_no_place) {
    char name[5000];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    create("file", "old");
    require_write("missing/out", NULL, SNV2_CANNOT_CREATE);
    require_write("file/out", NULL, SNV2_CANNOT_CREATE);
    struct snv2_diagnostic diagnostic;
    ck_assert_int_eq(write_file(name, NULL, "new", 3, &diagnostic), SNV2_CANNOT_CREATE);
    require_write("", NULL, SNV2_CANNOT_CREATE);
    ck_assert_int_eq(empty_folder(), 1);
}
END_TEST

START_TEST(test_no_permission) {
    if (geteuid() == 0)
        return; /* root may write anywhere */
    create("file", "old");
    ck_assert_int_eq(chmod(".", 0500), 0);
    require_write("file", NULL, SNV2_PERMISSION);
    require_write("out", NULL, SNV2_PERMISSION);
    require_contents("file", "old");
}
END_TEST

/* A write that fails half-way, as on a full disk: the limit lets through the first 10 bytes. */
START_TEST(test_failing_write) {
    const struct rlimit limit = {10, RLIM_INFINITY};
    struct rlimit before;
    struct snv2_diagnostic diagnostic = {.message = ""};
    create("out", "old");
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    enum snv2_status status = write_file("out", NULL, "0123456789abcdef", 16, &diagnostic);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    ck_assert_int_eq(status, SNV2_IO);
    ck_assert_str_eq(diagnostic.file, "out");
    require_contents("out", "old");
    ck_assert_int_eq(empty_folder(), 1);
}
END_TEST

/* write_file's fsync, at which the process is told to end where a test wants that. */
static int signal_at_fsync;

int fsync(int descriptor) {
    (void)descriptor;
    if (signal_at_fsync)
        raise(signal_at_fsync);
    return 0;
}

START_TEST(test_signals) {
    static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        create("out", "old");
        pid_t child = fork();
        if (child == 0) {
            struct snv2_diagnostic diagnostic;
            setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
            signal(signals[i], SIG_DFL); /* Check has handlers of its own */
            signal_at_fsync = signals[i];
            write_file("out", NULL, "new", 3, &diagnostic);
            _exit(0); /* not reached: the signal came through */
        }
        int ended;
        ck_assert_int_eq(waitpid(child, &ended, 0), child);
        ck_assert(WIFSIGNALED(ended) && WTERMSIG(ended) == signals[i]);
        require_contents("out", "new");
        ck_assert_int_eq(empty_folder(), 1);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("write_file");
    TCase *tests = tcase_create("write_file");
    tcase_add_checked_fixture(tests, enter_folder, leave_folder);
    tcase_add_test(tests, test_new_and_old);
    tcase_add_test(tests, test_input_is_output);
    tcase_add_test(tests, test_not_regular);
    tcase_add_test(tests, test_no_place);
    tcase_add_test(tests, test_no_permission);
    tcase_add_test(tests, test_failing_write);
    tcase_add_test(tests, test_signals);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
