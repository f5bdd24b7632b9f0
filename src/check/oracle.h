/* Running the interpreter on storage-form inputs: what check.c and pass_check.c share. */
#ifndef CHECK_ORACLE_H
#define CHECK_ORACLE_H

#include "check/check.h"
#include "interp/interp.h"

/* interp_run on a case. outputs[i].data is the caller's to free (oracle_free). */
enum snv2_status oracle_run(const struct graph *graph, enum precision precision,
                            const struct check_case *inputs, struct interp_tensor *outputs,
                            interp_observer *observer, void *user,
                            struct snv2_diagnostic *diagnostic);
void oracle_free(struct interp_tensor *tensors, int count);

#endif
