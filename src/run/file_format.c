/* The table of file name extensions; see file_format.h. */
#include "run/file_format.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *extension;
    enum file_format format;
} extensions[] = {
    {".npy", FORMAT_NPY},     {".f32", FORMAT_F32},     {".pb", FORMAT_PB},
    {".png", FORMAT_PICTURE}, {".jpg", FORMAT_PICTURE}, {".jpeg", FORMAT_PICTURE},
    {".pgm", FORMAT_PICTURE}, {".ppm", FORMAT_PICTURE}, {".u8", FORMAT_U8},
};

enum file_format file_format_of(const char *path) {
    const char *extension = strrchr(path, '.');
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions && extension; i++)
        if (strcasecmp(extension, extensions[i].extension) == 0)
            return extensions[i].format;
    return FORMAT_UNKNOWN;
}
