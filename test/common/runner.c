/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "runner.h"

#include <stdio.h>
#include <stdlib.h>

void skip_all(const char *reason)
{
	printf("SKIP: %s\n", reason);
	exit(77);
}

int run_tests(const char *name, void (*setup)(void), const TTest *const *tests, int count, int loops)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner = srunner_create(suite);
	int i, failed;

	tcase_set_timeout(tcase, 120);
	if (setup)
		tcase_add_checked_fixture(tcase, setup, NULL);
	for (i = 0; i < count; i++)
		tcase_add_loop_test(tcase, tests[i], 0, loops);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
