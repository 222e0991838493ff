/* doctor: shows which library features this kernel, these capabilities and this interface allow, and why others fail. */
#include <argp.h>
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { JSON = 256 };

static struct ebpfi_preflight report = { .sz = sizeof(report) };
static bool json;

static const struct argp_option options[] = {
	{ "interface", 'i', "IF", 0, "Look at this interface, too; nothing is attached to it", 0 },
	{ "json", JSON, NULL, 0, "One JSON object per line", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'i':
		report.interface = arg;
		break;
	case JSON:
		json = true;
		break;
	case ARGP_KEY_ARG:
		argp_error(state, "what is \"%s\"? an interface is named with -i", arg);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const char *const states[] = { "unknown", "yes", "no" };

static bool fatal(const struct ebpfi_check *check)
{
	return check->state != EBPFI_CHECK_YES && (!strncmp(check->id, "inspector.", 10) || !strcmp(check->id, "interface"));
}

/* Several checks often have the same reason. */
static void print_text(const struct ebpfi_check *check)
{
	static const char *last = "";

	/* The only check where "no" is the recommended state. */
	if (!strcmp(check->id, "kernel.unprivileged") && check->state == EBPFI_CHECK_NO) {
		puts("yes      bpf(2) is closed to processes without capabilities, as distributions recommend");
		return;
	}
	printf("%-8s %s", states[check->state], check->name);
	if (*check->value)
		printf(": %s", check->value);
	if (*check->why)
		printf("\n         %s", strcmp(check->why, last) ? check->why : "for the same reason");
	putchar('\n');
	last = check->why;
}

static void print_string(const char *key, const char *string, const char *end)
{
	printf("\"%s\":\"", key);
	for (; *string; string++)
		if ((unsigned char)*string < ' ' || *string == '"' || *string == '\\')
			printf("\\u%04x", (unsigned int)*string);
		else
			putchar(*string);
	printf("\"%s", end);
}

static void print_json(const struct ebpfi_check *check)
{
	putchar('{');
	print_string("id", check->id, ",");
	print_string("name", check->name, ",");
	print_string("state", states[check->state], ",");
	print_string("value", check->value, ",");
	print_string("why", check->why, "}\n");
}

/* Prints the summary with the first reason; the list follows. */
static bool verdict(void)
{
	const struct ebpfi_check *check = report.checks;

	while (check && !fatal(check))
		check = check->next;
	if (json)
		return !check;
	if (check)
		printf("Not everything can run here. %s: %s\n\n", check->name, check->why);
	else
		printf("The bundled inspectors can run here.\n\n");
	return !check;
}

static void print_version(FILE *to, struct argp_state *state)
{
	(void)state;
	fprintf(to, "doctor (libebpfinspect) %s\n", ebpfi_version());
}

int main(int argc, char **argv)
{
	static const struct argp argp = { options,
					  parse,
					  NULL,
					  "Tells whether the bundled inspectors can run here.\v"
					  "Exits with 0 when they can, with 1 when not.",
					  NULL,
					  NULL,
					  NULL };
	const struct ebpfi_check *check;
	bool well;
	int err;

	argp_err_exit_status = 2;
	argp_program_version_hook = print_version;
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	err = ebpfi_preflight(&report);
	if (err)
		return fprintf(stderr, "doctor: %s\n", strerror(-err)), 1;
	well = verdict();
	for (check = report.checks; check; check = check->next)
		json ? print_json(check) : print_text(check);
	ebpfi_preflight_free(&report);
	if (fflush(stdout) || ferror(stdout))
		return fprintf(stderr, "doctor: cannot write to standard output: %s\n", strerror(errno)), 1;
	return well ? 0 : 1;
}
