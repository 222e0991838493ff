/* The lines of http. */
#pragma once

#include <ebpfinspect/ebpfinspect.h>

#include "../args/http.h"

/* Prints an event as the arguments say. A negative number: standard output cannot be written to; errno says why. */
int print_line(const struct ebpfi *session, const struct args *args, const struct ebpfi_event *event);

/* The ledger and what else is to be known at the end, on standard error. `one_way`: requests whose server was not seen. */
void print_summary(struct ebpfi *session, const struct args *args, unsigned long long one_way, unsigned long long early);
