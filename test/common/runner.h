/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* For every test program: Check, and a function that runs a list of tests. */
#pragma once

#include <check.h>

/* Ends the test program as skipped. Call it before any test runs. */
void skip_all(const char *reason) __attribute__((noreturn));

/*
 * Runs each test in its own process after `setup` (may be NULL), `loops` times with _i from 0. Returns the program's exit status.
 */
int run_tests(const char *name, void (*setup)(void), const TTest *const *tests, int count, int loops);

#define RUN_TESTS(name, setup, tests) run_tests(name, setup, tests, sizeof(tests) / sizeof((tests)[0]), 1)
#define RUN_LOOPS(name, setup, tests, loops) run_tests(name, setup, tests, sizeof(tests) / sizeof((tests)[0]), loops)
