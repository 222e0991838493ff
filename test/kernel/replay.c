/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Differences of the kernel backend from the native one: it runs host programs, and the kernel refuses some packets. */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <sys/wait.h>

#include "capture_bytes.h"
#include "lab.h"
#include "ledger.h"

static uint8_t frame[5000] = { [12] = 8, [14] = 0x45, [17] = 46, [22] = 64, [23] = 17 };
static struct ebpfi_packet last;
static unsigned int events, records;

static int keep(void *ctx, const struct ebpfi_event *event)
{
	(void)ctx;
	events++;
	memcpy(&last, event, sizeof(last));
	return 0;
}

static int count_record(void *ctx, const void *data, size_t size)
{
	(void)ctx;
	ck_assert_uint_ge(size, 8);
	ck_assert_uint_eq(*(const uint32_t *)data, 60); /* skb->len */
	records++;
	return 0;
}

static const char *one_packet(uint32_t link, uint32_t size)
{
	struct bytes b = { 0 };
	const char *path;

	pcap_begin(&b, link);
	pcap_add(&b, 1234567, frame, size);
	path = file_of(&b, b.size);
	free(b.at);
	return path;
}

static struct ebpfi_replay_info replay(struct ebpfi *s, const char *name, const char *program, enum ebpfi_hook hook,
				       const char *path)
{
	struct ebpfi_replay_opts opts = {
		.sz = sizeof(opts), .backend = EBPFI_BACKEND_KERNEL, .hook = hook, .program = program
	};
	struct ebpfi_replay_info info = { .sz = sizeof(info) };

	ck_assert_msg(!ebpfi_replay(s, name, path, &opts), "%s", ebpfi_errmsg(s));
	ck_assert_int_eq(ebpfi_replay_info(s, &info), 0);
	ck_assert_uint_eq(info.packets, 1);
	return info;
}

static struct ebpfi_replay_info replay_packet(enum ebpfi_hook hook, uint32_t link, uint32_t size)
{
	struct ebpfi *s = ebpfi_new(keep, NULL, NULL);
	struct ebpfi_replay_info info = replay(s, "packet", NULL, hook, one_packet(link, size));

	ck_assert_uint_eq(ledger_of(s).seen, 1);
	ck_assert_uint_eq(ledger_of(s).delivered, 1);
	ebpfi_free(s);
	return info;
}

START_TEST(event_has_the_captures_time_and_no_interface)
{
	struct ebpfi_replay_info info = replay_packet(EBPFI_HOOK_XDP, 1, 60);

	ck_assert_uint_eq(events, 1);
	ck_assert_uint_eq(last.event.time_ns, 1234567000);
	ck_assert_uint_eq(last.event.ifindex, 0);
	ck_assert_uint_eq(last.event.hook, EBPFI_HOOK_XDP);
	ck_assert_uint_eq(last.packet_len, 60);
	ck_assert_uint_eq(info.padded + info.cut + info.skipped, 0);
}
END_TEST

START_TEST(every_link_type_runs_at_every_hook)
{
	const uint16_t links[] = { 0, 1, 101, 108, 113, 276 };
	unsigned int i;
	int hook;

	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		for (hook = EBPFI_HOOK_XDP; hook <= EBPFI_HOOK_SOCKET; hook++) {
			replay_packet((enum ebpfi_hook)hook, links[i], 60);
			ck_assert_uint_eq(last.link_type, links[i]);
		}
}
END_TEST

START_TEST(short_packet_is_padded_and_counted)
{
	ck_assert_uint_eq(replay_packet(EBPFI_HOOK_XDP, 1, 5).padded, 1);
	ck_assert_uint_eq(last.packet_len, 5);
	ck_assert_uint_eq(replay_packet(EBPFI_HOOK_TC, 1, 14).padded, 1); /* its type is IPv4, but it ends there */
	ck_assert_uint_eq(replay_packet(EBPFI_HOOK_SOCKET, 1, 5).padded, 0);
}
END_TEST

START_TEST(long_packet_is_cut_and_counted)
{
	ck_assert_uint_eq(replay_packet(EBPFI_HOOK_TC, 1, 5000).cut, 1);
	ck_assert_uint_eq(last.packet_len, 5000);
	ck_assert_uint_eq(replay_packet(EBPFI_HOOK_SOCKET, 1, 5000).cut, 1);
	ck_assert_uint_eq(replay_packet(EBPFI_HOOK_XDP, 1, 5000).cut, 0);
}
END_TEST

/* Returns 1 if the filter refused the packet. */
static uint64_t is_refused(const char *filter, enum ebpfi_hook hook, uint32_t size)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_ledger ledger;

	ck_assert_msg(!ebpfi_set_filter(s, "packet", filter), "%s", ebpfi_errmsg(s));
	replay(s, "packet", NULL, hook, one_packet(1, size));
	ledger = ledger_of(s);
	ebpfi_free(s);
	ck_assert_uint_eq(ledger.filtered + ledger.delivered, 1);
	return ledger.filtered;
}

START_TEST(filter_sees_the_packet_before_padding_and_cutting)
{
	ck_assert_uint_eq(is_refused("less 14", EBPFI_HOOK_TC, 14), 0);
	ck_assert_uint_eq(is_refused("ip[8] = 0", EBPFI_HOOK_TC, 14), 1); /* the byte exists only in padding */
	ck_assert_uint_eq(is_refused("greater 5000", EBPFI_HOOK_TC, 5000), 0);
	ck_assert_uint_eq(is_refused("ether[4500] = 0", EBPFI_HOOK_SOCKET, 5000), 0);
}
END_TEST

static struct ebpfi *own_object(void)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	ck_assert_msg(!ebpfi_load_file(s, "mine", TEST_OBJECTS "/records.o", NULL), "%s", ebpfi_errmsg(s));
	ck_assert_int_eq(ebpfi_on_record(s, "mine.ring", count_record, NULL), 0);
	return s;
}

START_TEST(host_program_sees_packets_of_a_capture)
{
	struct ebpfi *s = own_object();

	replay(s, "mine", "to_ring", EBPFI_HOOK_TC, one_packet(1, 60));
	ck_assert_uint_eq(records, 1);
	ebpfi_free(s);
}
END_TEST

START_TEST(host_program_gets_only_ethernet)
{
	struct ebpfi *s = own_object();

	ck_assert_uint_eq(replay(s, "mine", "to_ring", EBPFI_HOOK_TC, one_packet(101, 60)).skipped, 1);
	ck_assert_uint_eq(records, 0);
	ebpfi_free(s);
}
END_TEST

START_TEST(host_program_has_no_native_build)
{
	struct ebpfi *s = own_object();

	ck_assert_int_eq(ebpfi_replay(s, "mine", one_packet(1, 60), NULL), -EOPNOTSUPP);
	ck_assert_ptr_nonnull(strstr(ebpfi_errmsg(s), "EBPFI_BACKEND_KERNEL"));
	ebpfi_free(s);
}
END_TEST

START_TEST(missing_rights_are_named_by_the_kernel_backend_and_not_needed_natively)
{
	struct ebpfi_replay_opts opts = { .sz = sizeof(opts), .backend = EBPFI_BACKEND_KERNEL };
	struct bytes b = { 0 };
	char path[] = "/tmp/replay.XXXXXX";
	struct ebpfi *s = ebpfi_new(keep, NULL, NULL);
	int native, kernel, fd = mkstemp(path);

	pcap_begin(&b, 1);
	pcap_add(&b, 1, frame, 60);
	ck_assert_int_eq(write(fd, b.at, b.size), (ssize_t)b.size);
	ck_assert_int_eq(fchown(fd, 65534, 65534), 0);
	ck_assert_int_eq(setresuid(65534, 65534, 0), 0);
	native = ebpfi_replay(s, "packet", path, NULL);
	kernel = ebpfi_replay(s, "packet", path, &opts);
	ck_assert_int_eq(setresuid(0, 0, 0), 0);
	unlink(path);
	ck_assert_int_eq(native, 0);
	ck_assert_int_eq(kernel, -EPERM);
	ck_assert_msg(strstr(ebpfi_errmsg(s), "CAP_BPF") != NULL, "%s", ebpfi_errmsg(s));
	ebpfi_free(s);
	free(b.at);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		event_has_the_captures_time_and_no_interface,
		every_link_type_runs_at_every_hook,
		short_packet_is_padded_and_counted,
		long_packet_is_cut_and_counted,
		filter_sees_the_packet_before_padding_and_cutting,
		host_program_sees_packets_of_a_capture,
		host_program_gets_only_ethernet,
		host_program_has_no_native_build,
		missing_rights_are_named_by_the_kernel_backend_and_not_needed_natively,
	};

	lab_require();
	return RUN_TESTS("replay", lab_setup, tests);
}
