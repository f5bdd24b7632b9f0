/* Writing an output file so that it appears whole or not at all. */
#ifndef BASE_WRITE_FILE_H
#define BASE_WRITE_FILE_H

#include "base/diagnostic.h"

/* Writes a new file beside `path`, syncs it, and renames it to `path`: an older file stays as it
 * was on any failure. Signals that end the process wait meanwhile, so no temporary file stays. What
 * exists and is no regular file is refused (SNV2_CANNOT_CREATE): directories, devices, links.
 * `must_differ` (or NULL) is an input path: the same file is refused (SNV2_USAGE). SNV2_PERMISSION,
 * SNV2_IO. The diagnostic names `path`. */
enum snv2_status write_file(const char *path, const char *must_differ, const void *bytes,
                            size_t size, struct snv2_diagnostic *diagnostic);

/* Makes the folder, unless it is there; its parent must be. SNV2_CANNOT_CREATE, SNV2_PERMISSION,
 * SNV2_IO; the diagnostic names `path`. */
enum snv2_status make_folder(const char *path, struct snv2_diagnostic *diagnostic);

#endif
