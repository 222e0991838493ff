/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * A laboratory: a private network namespace of the test. The kernel removes it with everything in it when the test's process ends, however
 * it ends.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Skips the whole program if namespaces cannot be made (no root). Call it in main, before the tests. */
void lab_require(void);

/* A check fixture: enters a new namespace with `lo` up and no IPv6 chatter. */
void lab_setup(void);

/* Runs a command through the shell; the test fails if the command does. */
void lab_run(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Whether this kernel supports a command. If not, prints the reason as a skip of one test. */
bool lab_can(const char *command, const char *reason);

/* Makes a veth pair with both ends up in this namespace. */
void lab_veth(const char *one, const char *other);

/* Waits until an interface that was set up is ready to send. */
void lab_wait_up(const char *interface);

/* Sends a frame out of an interface, link-layer header included, once or many times. */
void lab_flood(const char *interface, const void *frame, size_t size, int times);
void lab_send(const char *interface, const void *frame, size_t size);

/* Enters a private mount namespace: other processes do not see its mounts. */
void lab_private_mounts(void);

/* Mounts tracefs in such a namespace, unless it is mounted. */
void lab_tracefs(void);
