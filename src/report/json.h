/* The report of a conversion for programs: JSON, whose keys doc/report-json.md lists. */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include "convert/convert.h"

/* Everything that is known of the conversion, a failed one too (`failure` is its diagnostic, whose
 * status is SNV2_OK where nothing failed). To be freed; NULL where memory ran out. */
char *report_json_text(const struct convert_options *options, const struct convert_report *report,
                       const struct snv2_diagnostic *failure);

/* Writes that to the file `path`, whole or not at all, or to standard output where it is "-".
 * SNV2_NO_MEMORY, or as write_file. */
enum snv2_status report_json(const struct convert_options *options,
                             const struct convert_report *report,
                             const struct snv2_diagnostic *failure, const char *path,
                             struct snv2_diagnostic *diagnostic);

#endif
