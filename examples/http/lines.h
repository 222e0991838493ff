/* The lines of http. */
#pragma once

#include <ebpfinspect/ebpfinspect.h>

#include "../args/http.h"

/* Prints an event as the arguments say. A negative number: standard output cannot be written to; errno says why. */
int print_line(const struct ebpfi *session, const struct args *args, const struct ebpfi_event *event);
