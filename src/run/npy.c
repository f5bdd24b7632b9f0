/* The npy format: "\x93NUMPY", version, length of the header, header, data. The header is a Python
 * dict, {'descr': '<f4', 'fortran_order': False, 'shape': (1, 10), }, padded with spaces and ended
 * by a newline. See npy.h. */
#include "run/npy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const unsigned char magic[] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

enum { PREAMBLE = 8, ALIGNMENT = 64 }; /* magic and version; where written data start */

/* The types that NumPy's kind and size name. */
static const struct {
    const char *name;
    enum dtype dtype;
} types[] = {
    {"f2", DTYPE_FLOAT16}, {"f4", DTYPE_FLOAT32}, {"f8", DTYPE_FLOAT64}, {"b1", DTYPE_BOOL},
    {"i1", DTYPE_INT8},    {"i2", DTYPE_INT16},   {"i4", DTYPE_INT32},   {"i8", DTYPE_INT64},
    {"u1", DTYPE_UINT8},   {"u2", DTYPE_UINT16},  {"u4", DTYPE_UINT32},  {"u8", DTYPE_UINT64},
};

struct header {
    enum dtype dtype;
    bool big_endian, fortran_order;
    struct shape shape;
};

/* ---- the header's dict ---- */

struct cursor {
    const char *start, *next, *end;
    struct snv2_diagnostic *diagnostic;
};

static enum snv2_status expected(const struct cursor *cursor, const char *what) {
    return diagnose(cursor->diagnostic, SNV2_BAD_MODEL, "npy header: %s expected at character %td",
                    what, cursor->next - cursor->start);
}

static void skip_space(struct cursor *cursor) {
    while (cursor->next < cursor->end && strchr(" \t\n", *cursor->next) && *cursor->next)
        cursor->next++;
}

/* Whether `c` is next; it is passed then. */
static bool take(struct cursor *cursor, char c) {
    skip_space(cursor);
    if (cursor->next == cursor->end || *cursor->next != c)
        return false;
    cursor->next++;
    return true;
}

static bool take_word(struct cursor *cursor, const char *word) {
    size_t length = strlen(word);
    skip_space(cursor);
    if ((size_t)(cursor->end - cursor->next) < length || memcmp(cursor->next, word, length) != 0)
        return false;
    cursor->next += length;
    return true;
}

/* A quoted string of at most 31 characters; escapes are not interpreted. */
enum { STRING_BYTES = 32 };
static bool take_string(struct cursor *cursor, char text[STRING_BYTES]) {
    char quote = take(cursor, '\'') ? '\'' : take(cursor, '"') ? '"' : '\0';
    if (!quote)
        return false;
    size_t length = 0;
    while (cursor->next < cursor->end && *cursor->next != quote && length < STRING_BYTES - 1)
        text[length++] = *cursor->next++;
    text[length] = '\0';
    return take(cursor, quote);
}

static enum snv2_status read_type(struct cursor *cursor, struct header *header) {
    char text[STRING_BYTES];
    if (!take_string(cursor, text))
        return expected(cursor, "the name of a plain type");
    bool has_order = *text && strchr("<>|=", *text);
    header->big_endian = *text == '>';
    for (size_t i = 0; i < sizeof types / sizeof *types && has_order; i++)
        if (strcmp(text + 1, types[i].name) == 0)
            header->dtype = types[i].dtype;
    /* '|' says that there is no order: one byte. '=' is the writer's own order, which is unknown.
     */
    if (header->dtype == DTYPE_NONE || *text == '=' ||
        (*text == '|' && dtype_bytes(header->dtype) != 1))
        return diagnose(cursor->diagnostic, SNV2_BAD_MODEL,
                        "npy: elements of type '%s' are not read: save as float32", text);
    return SNV2_OK;
}

static enum snv2_status read_order(struct cursor *cursor, struct header *header) {
    header->fortran_order = take_word(cursor, "True");
    if (header->fortran_order || take_word(cursor, "False"))
        return SNV2_OK;
    return expected(cursor, "True or False");
}

static bool take_dim(struct cursor *cursor, int64_t *dim) {
    const char *start = cursor->next;
    *dim = 0;
    for (; cursor->next < cursor->end && *cursor->next >= '0' && *cursor->next <= '9';
         cursor->next++) {
        int digit = *cursor->next - '0';
        if (*dim > (INT64_MAX - digit) / 10)
            return false;
        *dim = *dim * 10 + digit;
    }
    bool any = cursor->next > start;
    if (any && cursor->next < cursor->end && *cursor->next == 'L')
        cursor->next++; /* as Python 2 wrote it */
    return any;
}

static enum snv2_status read_shape(struct cursor *cursor, struct header *header) {
    struct shape *shape = &header->shape;
    shape->rank = 0;
    if (!take(cursor, '('))
        return expected(cursor, "'('");
    while (!take(cursor, ')')) {
        if (shape->rank == MAX_RANK)
            return diagnose(cursor->diagnostic, SNV2_BAD_MODEL, "npy: more than %d dimensions",
                            MAX_RANK);
        skip_space(cursor);
        if (!take_dim(cursor, &shape->dims[shape->rank++]))
            return expected(cursor, "a dimension below 2^63");
        if (!take(cursor, ',') && (cursor->next == cursor->end || *cursor->next != ')'))
            return expected(cursor, "',' or ')'");
    }
    if (!shape_is_valid(shape))
        return diagnose(cursor->diagnostic, SNV2_BAD_MODEL, "npy: the shape is too large");
    return SNV2_OK;
}

static const struct {
    const char *key;
    enum snv2_status (*read)(struct cursor *cursor, struct header *header);
} entries[] = {{"descr", read_type}, {"fortran_order", read_order}, {"shape", read_shape}};
enum { ENTRY_COUNT = sizeof entries / sizeof *entries };

/* One key and its value. */
static enum snv2_status read_entry(struct cursor *cursor, struct header *header,
                                   bool seen[ENTRY_COUNT]) {
    char key[STRING_BYTES];
    if (!take_string(cursor, key) || !take(cursor, ':'))
        return expected(cursor, "a key and ':'");
    for (int i = 0; i < ENTRY_COUNT; i++) {
        if (strcmp(key, entries[i].key) != 0 || seen[i])
            continue;
        seen[i] = true;
        return entries[i].read(cursor, header);
    }
    return diagnose(cursor->diagnostic, SNV2_BAD_MODEL, "npy header: unknown or repeated key '%s'",
                    key);
}

static enum snv2_status read_header(struct cursor *cursor, struct header *header) {
    bool seen[ENTRY_COUNT] = {false};
    if (!take(cursor, '{'))
        return expected(cursor, "'{'");
    while (!take(cursor, '}')) {
        enum snv2_status status = read_entry(cursor, header, seen);
        if (status != SNV2_OK)
            return status;
        if (!take(cursor, ',') && (cursor->next == cursor->end || *cursor->next != '}'))
            return expected(cursor, "',' or '}'");
    }
    skip_space(cursor);
    if (cursor->next != cursor->end)
        return expected(cursor, "the end");
    for (int i = 0; i < ENTRY_COUNT; i++)
        if (!seen[i])
            return diagnose(cursor->diagnostic, SNV2_BAD_MODEL, "npy header: no key '%s'",
                            entries[i].key);
    if (header->fortran_order && header->shape.rank > 1)
        return diagnose(cursor->diagnostic, SNV2_BAD_MODEL,
                        "npy: the data are in Fortran order: save numpy.ascontiguousarray(a)");
    return SNV2_OK;
}

/* ---- the file ---- */

/* Copies elements, the bytes of each turned round where they are not in the host's order. */
static void copy_elements(unsigned char *to, const unsigned char *from, size_t bytes,
                          size_t element_bytes, bool big_endian) {
    const uint16_t one = 1;
    bool host_is_big = *(const unsigned char *)&one == 0;
    if (big_endian == host_is_big) {
        memcpy(to, from, bytes);
        return;
    }
    for (size_t i = 0; i < bytes; i += element_bytes)
        for (size_t k = 0; k < element_bytes; k++)
            to[i + k] = from[i + element_bytes - 1 - k];
}

/* Where the header starts; its length is *length. NULL: not in the file. */
static const unsigned char *find_header(const unsigned char *bytes, size_t size, size_t *length) {
    size_t length_bytes = bytes[6] == 1 ? 2 : 4, start = PREAMBLE + length_bytes;
    if (size < start)
        return NULL;
    *length = 0;
    for (size_t i = length_bytes; i-- > 0;)
        *length = *length << 8 | bytes[PREAMBLE + i];
    return *length <= size - start ? bytes + start : NULL;
}

enum snv2_status npy_decode(const unsigned char *bytes, size_t size, struct arena *arena,
                            struct tensor *tensor, struct snv2_diagnostic *diagnostic) {
    if (size < PREAMBLE || memcmp(bytes, magic, sizeof magic) != 0)
        return diagnose(diagnostic, SNV2_BAD_MODEL, "this is no npy file");
    if (bytes[6] < 1 || bytes[6] > 3)
        return diagnose(diagnostic, SNV2_BAD_MODEL, "npy: format version %d.%d is not 1 to 3",
                        bytes[6], bytes[7]);
    size_t length;
    const unsigned char *start = find_header(bytes, size, &length);
    if (!start)
        return diagnose(diagnostic, SNV2_BAD_MODEL, "npy: the file ends within its header");

    const char *text = (const char *)start;
    struct header header = {.dtype = DTYPE_NONE};
    struct cursor cursor = {text, text, text + length, diagnostic};
    enum snv2_status status = read_header(&cursor, &header);
    if (status != SNV2_OK)
        return status;
    size_t element_bytes = dtype_bytes(header.dtype);
    size_t available = size - (size_t)(start - bytes) - length;
    uint64_t wanted = (uint64_t)shape_elements(&header.shape) * element_bytes;
    if (available != wanted)
        return diagnose(diagnostic, SNV2_BAD_MODEL,
                        "npy: %zu bytes of data, and the shape needs %" PRIu64, available, wanted);
    unsigned char *data = arena_alloc(arena, available, 1);
    if (!data)
        return diagnose_no_memory(diagnostic);
    copy_elements(data, start + length, available, element_bytes, header.big_endian);
    *tensor = (struct tensor){header.dtype, header.shape, data};
    return SNV2_OK;
}

enum snv2_status npy_encode(const struct tensor *tensor, struct arena *arena,
                            const unsigned char **bytes, size_t *size,
                            struct snv2_diagnostic *diagnostic) {
    enum { HEADER_BYTES = 320 - PREAMBLE - 2 }; /* MAX_RANK dimensions of 19 digits fit */
    char header[HEADER_BYTES + 1];
    const struct shape *shape = &tensor->shape;
    int length =
        snprintf(header, sizeof header, "{'descr': '<f4', 'fortran_order': False, 'shape': (");
    for (int i = 0; i < shape->rank; i++)
        length += snprintf(header + length, sizeof header - (size_t)length, "%s%" PRId64,
                           i ? ", " : "", shape->dims[i]);
    length += snprintf(header + length, sizeof header - (size_t)length, "%s), }",
                       shape->rank == 1 ? "," : "");

    /* The newline, then up to the next multiple of the alignment. */
    size_t start = ((size_t)(PREAMBLE + 2 + length) / ALIGNMENT + 1) * ALIGNMENT;
    size_t header_bytes = start - PREAMBLE - 2;
    size_t data_bytes = (size_t)shape_elements(shape) * sizeof(float);
    unsigned char *file = arena_alloc(arena, start + data_bytes, 1);
    if (!file)
        return diagnose_no_memory(diagnostic);
    memcpy(file, magic, sizeof magic);
    file[6] = 1;
    file[8] = (unsigned char)header_bytes;
    file[9] = (unsigned char)(header_bytes >> 8);
    memset(file + PREAMBLE + 2, ' ', header_bytes - 1);
    memcpy(file + PREAMBLE + 2, header, (size_t)length);
    file[start - 1] = '\n';
    copy_elements(file + start, tensor->data, data_bytes, sizeof(float), false);
    *bytes = file;
    *size = start + data_bytes;
    return SNV2_OK;
}
