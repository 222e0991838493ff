/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The choice of programs to load and to attach, and descriptors of the other programs. */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <stdio.h>
#include <unistd.h>

#include "lab.h"
#include "maps.h"
#include "runner.h"

#define OBJECT TEST_OBJECTS "/programs.o"
#define LOAD(s, ...)                                                                                                           \
	load_programs(s, (const struct ebpfi_program[]){ __VA_ARGS__ },                                                        \
		      sizeof((const struct ebpfi_program[]){ __VA_ARGS__ }) / sizeof(struct ebpfi_program))

enum { AT_ENTRY, AT_TARGET, AT_DEVICE, AT_CPU, AT_UNKNOWN };

static const unsigned char frame[60] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5 };

static int load_programs(struct ebpfi *s, const struct ebpfi_program *programs, size_t n)
{
	struct ebpfi_object_opts opts = { .sz = sizeof(opts), .programs = programs, .program_count = n };

	return ebpfi_load_file(s, "mine", OBJECT, &opts);
}

static void attach(struct ebpfi *s, const char *program)
{
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = EBPFI_HOOK_XDP, .program = program };

	lab_veth("veth0", "veth1");
	works(s, ebpfi_attach(s, "mine", "veth1", &opts));
}

static uint64_t count_of(struct ebpfi *s, uint32_t at)
{
	uint64_t n = 0;

	works(s, ebpfi_map_lookup(s, "mine.counts", &at, sizeof(at), &n, sizeof(n)));
	return n;
}

/* The kernel may run a program after send() returned. */
static void assert_runs(struct ebpfi *s, uint32_t at)
{
	int tries;

	lab_send("veth0", frame, sizeof(frame));
	for (tries = 0; !count_of(s, at) && tries < 5000; tries++)
		usleep(1000);
	ck_assert_uint_eq(count_of(s, at), 1);
}

START_TEST(optional_program_is_neither_loaded_nor_a_candidate)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .program = "perhaps" };

	works(s, ebpfi_load_file(s, "mine", TEST_OBJECTS "/optional.o", NULL));
	fails(s, ebpfi_attach(s, "mine", "lo", NULL), -ENOENT, "no program of mine fits; it has: perhaps (not loaded)");
	fails(s, ebpfi_attach(s, "mine", "lo", &opts), -ENOENT, "perhaps (not loaded)");
	fails(s, ebpfi_program_fd(s, "mine", "perhaps"), -ENOENT,
	      "perhaps of mine is not loaded: name it in the option \"programs\"");
	ebpfi_free(s);
}
END_TEST

START_TEST(programs_of_maps_are_not_candidates_for_an_interface)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = EBPFI_HOOK_XDP, .program = "at_cpu" };

	works(s, LOAD(s, { "entry", NULL }, { "at_device", NULL }, { "at_cpu", NULL }));
	fails(s, ebpfi_attach(s, "mine", "lo", &opts), -ENOENT, "at_cpu (SEC(\"xdp/cpumap\"), for no interface)");
	works(s, ebpfi_attach(s, "mine", "lo", NULL));
	ebpfi_free(s);
}
END_TEST

START_TEST(several_candidates_are_listed_with_the_option_that_chooses)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	works(s, ebpfi_load_file(s, "mine", OBJECT, NULL));
	fails(s, ebpfi_attach(s, "mine", "lo", NULL), -EINVAL,
	      "choose one by its name (option \"program\") from: entry (xdp), to_cpu (xdp)");
	ebpfi_free(s);
}
END_TEST

START_TEST(tail_call_reaches_a_program_by_its_descriptor)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	uint32_t first = 0, fd;

	works(s, LOAD(s, { "entry", NULL }, { "target", NULL }));
	works(s, ebpfi_program_fd(s, "mine", "target"));
	fd = (uint32_t)ebpfi_program_fd(s, "mine", "target");
	works(s, ebpfi_map_update(s, "mine.jumps", &first, sizeof(first), &fd, sizeof(fd), 0));
	attach(s, "entry");
	assert_runs(s, AT_TARGET);
	ck_assert_uint_eq(count_of(s, AT_ENTRY), 0);
	ebpfi_free(s);
}
END_TEST

START_TEST(cpumap_and_devmap_take_programs_by_their_descriptors)
{
	struct bpf_cpumap_val cpu = { .qsize = 64 };
	struct bpf_devmap_val device = { .ifindex = 1 };
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	uint32_t first = 0;

	works(s, ebpfi_load_file(s, "mine", OBJECT, NULL));
	cpu.bpf_prog.fd = ebpfi_program_fd(s, "mine", "at_cpu");
	device.bpf_prog.fd = ebpfi_program_fd(s, "mine", "at_device");
	works(s, ebpfi_map_update(s, "mine.devices", &first, sizeof(first), &device, sizeof(device), 0));
	works(s, ebpfi_map_update(s, "mine.cpus", &first, sizeof(first), &cpu, sizeof(cpu), 0));
	attach(s, "to_cpu");
	assert_runs(s, AT_CPU);
	ebpfi_free(s);
}
END_TEST

START_TEST(program_of_an_unknown_section_loads_with_a_section_of_the_hosts_choice)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	fails(s, LOAD(s, { "of_unknown_section", "coffee" }), -EINVAL, "libbpf does not know the section \"coffee\"");
	works(s, LOAD(s, { "of_unknown_section", "xdp" }));
	attach(s, NULL);
	assert_runs(s, AT_UNKNOWN);
	ebpfi_free(s);
}
END_TEST

START_TEST(only_named_programs_are_loaded)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	fails(s, LOAD(s, { "entri", NULL }), -ENOENT, "mine has no program entri; it has: entry (");
	works(s, LOAD(s, { "entry", NULL }));
	fails(s, ebpfi_program_fd(s, "mine", "to_cpu"), -ENOENT, "to_cpu of mine is not loaded");
	fails(s, ebpfi_program_fd(s, "mine", "entri"), -ENOENT, "mine has no program entri; it has: entry (xdp)");
	fails(s, ebpfi_program_fd(s, "yours", "entry"), -ENOENT, "nothing is loaded under the name yours");
	works(s, ebpfi_load(s, "packet", NULL));
	fails(s, ebpfi_program_fd(s, "packet", "packet_xdp"), -EOPNOTSUPP, "bundled inspector");
	ebpfi_free(s);
}
END_TEST

START_TEST(choice_of_programs_survives_a_filter)
{
	const struct ebpfi_program chosen[] = { { "at_tc", "tc/egress" }, { "at_socket", NULL } };
	struct ebpfi_object_opts opts = { .sz = sizeof(opts), .programs = chosen, .program_count = 2 };
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	int before, after;

	works(s, ebpfi_load_file(s, "mine", TEST_OBJECTS "/filter.o", &opts));
	before = ebpfi_program_fd(s, "mine", "at_tc");
	works(s, before);
	works(s, ebpfi_attach(s, "mine", "lo",
			      &(struct ebpfi_attach_opts){ .sz = sizeof(struct ebpfi_attach_opts), .program = "at_tc" }));
	works(s, ebpfi_set_filter(s, "mine", "icmp"));
	after = ebpfi_program_fd(s, "mine", "at_tc");
	works(s, after);
	ck_assert_int_ne(before, after);
	fails(s, ebpfi_program_fd(s, "mine", "at_xdp"), -ENOENT, "not loaded");
	ebpfi_free(s);
}
END_TEST

START_TEST(replacing_program_is_refused_with_advice)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	fails(s, ebpfi_load_file(s, "mine", TEST_OBJECTS "/replacement.o", NULL), -EINVAL,
	      "replaces a function of another program");
	ebpfi_free(s);
}
END_TEST

START_TEST(legacy_map_is_refused_with_its_new_form)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	fails(s, ebpfi_load_file(s, "mine", TEST_OBJECTS "/legacy_maps.o", NULL), -ENOEXEC, "SEC(\".maps\")");
	ebpfi_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		optional_program_is_neither_loaded_nor_a_candidate,
		programs_of_maps_are_not_candidates_for_an_interface,
		several_candidates_are_listed_with_the_option_that_chooses,
		tail_call_reaches_a_program_by_its_descriptor,
		cpumap_and_devmap_take_programs_by_their_descriptors,
		program_of_an_unknown_section_loads_with_a_section_of_the_hosts_choice,
		only_named_programs_are_loaded,
		choice_of_programs_survives_a_filter,
		replacing_program_is_refused_with_advice,
		legacy_map_is_refused_with_its_new_form,
	};

	lab_require();
	return RUN_TESTS("programs", lab_setup, tests);
}
