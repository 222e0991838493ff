/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* What every test program needs: Check, and one way to run a list of tests. */
#pragma once

#include <check.h>

/* Ends the test program, before any test ran, as skipped. */
void skip_all(const char *reason) __attribute__((noreturn));

/*
 * Runs the tests, each in a process of its own after `setup` (may be NULL), `loops` times with _i counting from 0; the program's
 * exit status.
 */
int run_tests(const char *name, void (*setup)(void), const TTest *const *tests, int count, int loops);

#define RUN_TESTS(name, setup, tests) run_tests(name, setup, tests, sizeof(tests) / sizeof((tests)[0]), 1)
#define RUN_LOOPS(name, setup, tests, loops) run_tests(name, setup, tests, sizeof(tests) / sizeof((tests)[0]), loops)
