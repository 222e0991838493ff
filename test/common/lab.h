/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * A laboratory: a network namespace of the test's own, which the kernel removes with everything in it when the test's process ends,
 * however it ends.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Skips the whole program where namespaces cannot be made (no root). Call it in main, before the tests. */
void lab_require(void);

/* A check fixture: enters a new namespace with `lo` up and no IPv6 chatter. */
void lab_setup(void);

/* Runs a command through the shell; the test fails if the command does. */
void lab_run(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Whether a command works that this kernel may not have; where it does not, the reason is printed as a skip of one test. */
bool lab_can(const char *command, const char *reason);

/* A veth pair, both ends here and up. */
void lab_veth(const char *one, const char *other);

/* Waits until an interface that was set up is ready to send. */
void lab_wait_up(const char *interface);

/* Sends a frame out of an interface, link-layer header included, once or many times. */
void lab_flood(const char *interface, const void *frame, size_t size, int times);
void lab_send(const char *interface, const void *frame, size_t size);

/* A mount namespace of the test's own: what it mounts, nobody else sees. */
void lab_private_mounts(void);

/* tracefs, in such a namespace; where it is mounted, nothing changes. */
void lab_tracefs(void);
