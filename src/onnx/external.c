/* External data; see external.h. Each component of the path is opened in the directory before it
 * without following links, so that nothing can be exchanged between a check and its use. */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64
#include "onnx/external.h"

#include "base/checked.h"
#include "onnx/file.h"
#include "onnx/import.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum key { KEY_LOCATION, KEY_OFFSET, KEY_LENGTH, KEY_CHECKSUM, KEY_COUNT };

/* The entries of external_data. The checksum is ONNX's optional SHA-1, which is not checked. */
struct place {
    const char *values[KEY_COUNT]; /* NULL where not given */
    uint64_t offset, length;
};

#define REFUSE(diagnostic, name, ...) refuse(diagnostic, SNV2_BAD_MODEL, name, __VA_ARGS__)

/* A message about the external data of the tensor `name`. */
static enum snv2_status refuse(struct snv2_diagnostic *diagnostic, enum snv2_status status,
                               const char *name, const char *what, const char *value) {
    diagnose(diagnostic, status, "external data of tensor '%s': %s%s%s%s", shown(name).text, what,
             *value ? " '" : "", shown(value).text, *value ? "'" : "");
    return status;
}

/* A decimal number and nothing else. */
static bool parse_decimal(const char *text, uint64_t *number) {
    uint64_t result = 0;
    if (*text == '\0')
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || !checked_mul(result, 10, &result) ||
            !checked_add(result, (uint64_t)(*text - '0'), &result))
            return false;
    }
    *number = result;
    return true;
}

static enum snv2_status read_place(const Onnx__TensorProto *proto, const char *name,
                                   struct place *place, struct snv2_diagnostic *diagnostic) {
    static const char *const keys[KEY_COUNT] = {"location", "offset", "length", "checksum"};
    for (size_t i = 0; i < proto->n_external_data; i++) {
        const char *key = proto_text(proto->external_data[i]->key);
        int k = 0;
        while (k < KEY_COUNT && strcmp(keys[k], key) != 0)
            k++;
        if (k == KEY_COUNT)
            return REFUSE(diagnostic, name, "unknown key", key);
        if (place->values[k])
            return REFUSE(diagnostic, name, "repeated key", key);
        place->values[k] = proto_text(proto->external_data[i]->value);
    }
    if (!place->values[KEY_LOCATION])
        return REFUSE(diagnostic, name, "there is no 'location'", "");
    if (strcmp(place->values[KEY_LOCATION], "*/_ORT_MEM_ADDR_/*") == 0)
        return REFUSE(diagnostic, name, "it is an address in memory, not a file", "");
    const char *offset = place->values[KEY_OFFSET], *length = place->values[KEY_LENGTH];
    if (offset && !parse_decimal(offset, &place->offset))
        return REFUSE(diagnostic, name, "the offset is no decimal number:", offset);
    if (length && !parse_decimal(length, &place->length))
        return REFUSE(diagnostic, name, "the length is no decimal number:", length);
    return SNV2_OK;
}

/* Opens the component of `length` bytes at `component` in `directory`, which is closed. */
static int open_component(int directory, const char *component, size_t length, int flags) {
    char text[256];
    int fd = -1;
    if (length >= sizeof text)
        errno = ENAMETOOLONG;
    else {
        memcpy(text, component, length);
        text[length] = '\0';
        fd = openat(directory, text, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | flags);
    }
    int error = errno;
    close(directory);
    errno = error;
    return fd;
}

/* Components that are names, and nothing else: no empty one, no "." and no "..". */
static bool is_plain_path(const char *location) {
    for (;;) {
        size_t length = strcspn(location, "/");
        if (length <= 2 && strspn(location, ".") >= length)
            return false;
        if (location[length] == '\0')
            return true;
        location += length + 1;
    }
}

/* The file at a plain path below the folder, or -1 and errno. */
static int open_below(const char *folder, const char *location) {
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (fd >= 0) {
        size_t length = strcspn(location, "/");
        bool last = location[length] == '\0';
        fd = open_component(fd, location, length, last ? O_NONBLOCK | O_NOCTTY : O_DIRECTORY);
        if (last)
            break;
        location += length + 1;
    }
    return fd;
}

/* The location is a plain path below a folder that we know. */
static enum snv2_status check_location(const struct external *external, const char *name,
                                       const char *location, struct snv2_diagnostic *diagnostic) {
    if (!external->folder)
        return REFUSE(diagnostic, name,
                      "there is no folder to read it from; give the model as a file", "");
    if (!is_plain_path(location))
        return REFUSE(diagnostic, name,
                      "the location must be a plain path below the model's folder, not", location);
    return SNV2_OK;
}

static enum snv2_status open_location(const struct external *external, const char *name,
                                      const char *location, int *fd,
                                      struct snv2_diagnostic *diagnostic) {
    *fd = open_below(external->folder, location);
    if (*fd >= 0)
        return SNV2_OK;
    /* What is wrong with the path itself is the model's fault: a link (ELOOP, or ENOTDIR where a
     * directory was expected), a device (ENXIO). */
    if (errno == ELOOP || errno == ENOTDIR || errno == ENXIO)
        return REFUSE(diagnostic, name,
                      "the location leads through a link or is no regular file:", location);
    enum snv2_status status = file_diagnose(NULL, errno);
    return refuse(diagnostic, status, name,
                  status == SNV2_NO_INPUT ? "there is no file" : "cannot open", location);
}

static bool is_same_file(int fd, const char *path) {
    struct stat file, other;
    return fstat(fd, &file) == 0 && stat(path, &other) == 0 && file.st_dev == other.st_dev &&
           file.st_ino == other.st_ino;
}

/* That the range of `size` bytes lies in a regular file of one name. */
static enum snv2_status check_range(int fd, const char *name, const struct place *place,
                                    uint64_t size, struct snv2_diagnostic *diagnostic) {
    const char *location = place->values[KEY_LOCATION];
    uint64_t file_size, links, end;
    enum snv2_status status = file_check_regular(fd, &file_size, &links, NULL);
    if (status == SNV2_NO_INPUT)
        return REFUSE(diagnostic, name, "this is no regular file:", location);
    if (status)
        return refuse(diagnostic, status, name, "cannot read", location);
    if (links > 1)
        return REFUSE(diagnostic, name, "the file has several names (hard links):", location);
    uint64_t length = place->length;
    if (!place->values[KEY_LENGTH])
        length = place->offset <= file_size ? file_size - place->offset : 0;
    if (!checked_add(place->offset, length, &end) || end > file_size)
        return REFUSE(diagnostic, name, "offset and length reach past the end of", location);
    if (length != size)
        return diagnose(diagnostic, SNV2_BAD_MODEL,
                        "external data of tensor '%s': %llu bytes, but its dims and type need %llu",
                        shown(name).text, (unsigned long long)length, (unsigned long long)size);
    return SNV2_OK;
}

/* Allocates only what is there to be read. */
static enum snv2_status read_range(struct external *external, int fd, const char *name,
                                   const struct place *place, uint64_t size, struct arena *arena,
                                   unsigned char **bytes, struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = check_range(fd, name, place, size, diagnostic);
    if (status)
        return status;
    *bytes = size <= external->budget ? arena_alloc(arena, (size_t)size, 1) : NULL;
    if (!*bytes)
        return refuse(diagnostic, SNV2_NO_MEMORY, name, "there is no memory for",
                      place->values[KEY_LOCATION]);
    external->budget -= size;
    status = file_read_at(fd, *bytes, size, place->offset, NULL);
    if (status)
        return refuse(diagnostic, status, name,
                      "reading failed or was cut short:", place->values[KEY_LOCATION]);
    XXH3_64bits_update(&external->digest, *bytes, size);
    return SNV2_OK;
}

enum snv2_status external_read(struct external *external, const Onnx__TensorProto *proto,
                               const char *name, uint64_t size, struct arena *arena,
                               unsigned char **bytes, struct snv2_diagnostic *diagnostic) {
    struct place place = {.offset = 0};
    int fd;
    enum snv2_status status = read_place(proto, name, &place, diagnostic);
    const char *location = place.values[KEY_LOCATION];
    if (!status)
        status = check_location(external, name, location, diagnostic);
    if (status)
        return status;
    status = open_location(external, name, location, &fd, diagnostic);
    if (status)
        return status;
    if (external->output && is_same_file(fd, external->output))
        status = refuse(diagnostic, SNV2_USAGE, name, "choose another output than", location);
    if (!status)
        status = read_range(external, fd, name, &place, size, arena, bytes, diagnostic);
    close(fd);
    return status;
}
