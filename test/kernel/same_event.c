/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A packet gives the same event, byte for byte, at each hook and in a capture. */
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "frames.h"
#include "lab.h"
#include "runner.h"
#include "watch.h"

static const char *const places[PLACES] = { "capture", "XDP", "tc", "tc-egress", "socket", "socket egress" };

/* All hooks between veth0, which sends, and veth1. */
static struct watch *watch_veth(void)
{
	struct watch *w = watch_begin(65535);

	watch_attach(w, "veth0", EBPFI_HOOK_SOCKET);
	watch_attach(w, "veth0", EBPFI_HOOK_TC_EGRESS);
	watch_attach(w, "veth1", EBPFI_HOOK_XDP);
	watch_attach(w, "veth1", EBPFI_HOOK_TC);
	watch_attach(w, "veth1", EBPFI_HOOK_SOCKET);
	return w;
}

static void capture(const char *path, const void *bytes, size_t size)
{
	struct pcap_pkthdr head = { .caplen = (uint32_t)size, .len = (uint32_t)size };
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, 65535);
	pcap_dumper_t *dumper = pcap_dump_open(pcap, path);

	pcap_dump((unsigned char *)dumper, &head, bytes);
	pcap_dump_close(dumper);
	pcap_close(pcap);
}

/* Writes to the current directory, which belongs to the test. */
static void replay(struct watch *w, const void *bytes, size_t size)
{
	capture("frame.pcap", bytes, size);
	ck_assert_msg(!ebpfi_replay(w->session, "packet", "frame.pcap", NULL), "%s", ebpfi_errmsg(w->session));
	unlink("frame.pcap");
}

static void enter_directory(char *template)
{
	ck_assert_ptr_nonnull(mkdtemp(template));
	ck_assert_int_eq(chdir(template), 0);
}

static void leave_directory(const char *path)
{
	ck_assert_int_eq(chdir("/"), 0);
	rmdir(path);
}

static void assert_same_everywhere(struct watch *w, const char *name, const void *bytes, size_t size)
{
	int place;

	watch_reset(w);
	lab_send("veth0", bytes, size);
	watch_wait(w, PLACES - 1);
	replay(w, bytes, size);
	for (place = 0; place < PLACES; place++) {
		ck_assert_msg(w->count[place] == 1, "%s: %d events at %s", name, w->count[place], places[place]);
		ck_assert_msg(watch_same(w, AT_CAPTURE, place), "%s: %s differs", name, places[place]);
	}
	ck_assert_uint_eq(w->at[AT_XDP].packet.packet_len, size);
	ck_assert_uint_eq(w->at[AT_XDP].packet.data_len, size);
	ck_assert_mem_eq(w->at[AT_XDP].data, bytes, size);
}

static void assert_all_same_everywhere(const struct frame *const *frames, int n)
{
	char directory[] = "/tmp/same_event.XXXXXX";
	struct watch *w;

	lab_veth("veth0", "veth1");
	enter_directory(directory);
	w = watch_veth();
	for (; n--; frames++)
		if ((*frames)->link == L_ETHERNET)
			assert_same_everywhere(w, (*frames)->name, (*frames)->bytes, (*frames)->size);
	watch_end(w);
	leave_directory(directory);
}

START_TEST(each_frame_gives_the_same_event_at_each_hook)
{
	assert_all_same_everywhere(good_frames, GOOD_FRAMES);
}
END_TEST

START_TEST(each_malformed_frame_gives_the_same_event_at_each_hook)
{
	assert_all_same_everywhere(bad_frames, BAD_FRAMES);
}
END_TEST

static size_t jumbo(unsigned char *frame, size_t size)
{
	size_t i, total = size - 14;

	memcpy(frame, udp_bytes, udp.size);
	frame[16] = (unsigned char)(total >> 8);
	frame[17] = (unsigned char)total;
	for (i = 42; i < size; i++)
		frame[i] = (unsigned char)(i * 7);
	return size;
}

START_TEST(jumbo_frame_gives_the_same_event_at_each_hook)
{
	static unsigned char frame[8900];
	char directory[] = "/tmp/same_event.XXXXXX";
	struct watch *w;

	lab_veth("veth0", "veth1");
	lab_run("ip link set veth0 mtu 9000 && ip link set veth1 mtu 9000");
	enter_directory(directory);
	w = watch_veth();
	assert_same_everywhere(w, "3,600 bytes", frame, jumbo(frame, 3600));
	assert_same_everywhere(w, "8,900 bytes", frame, jumbo(frame, sizeof(frame)));
	ck_assert_uint_eq(w->at[AT_XDP].packet.payload_len, sizeof(frame) - 42);
	watch_end(w);
	leave_directory(directory);
}
END_TEST

/* The sizes around each change of a record's room. */
START_TEST(every_size_of_a_record_carries_its_bytes)
{
	static const uint16_t sizes[] = { 42, 63, 64, 65, 255, 256, 257, 1535, 2047, 2048, 2049, 8999 };
	static unsigned char frame[9000];
	char directory[] = "/tmp/same_event.XXXXXX";
	struct watch *w;
	unsigned int i;

	lab_veth("veth0", "veth1");
	lab_run("ip link set veth0 mtu 9000 && ip link set veth1 mtu 9000");
	enter_directory(directory);
	w = watch_veth();
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		assert_same_everywhere(w, "a size", frame, jumbo(frame, sizes[i]));
	watch_end(w);
	leave_directory(directory);
}
END_TEST

START_TEST(snaplen_cuts_the_same_at_each_hook)
{
	static const uint32_t snaplens[] = { 1, 12, 14, 16, 17, 40, 49, 50, 51 };
	struct watch *w = watch_begin(snaplens[_i]);
	uint32_t expected = snaplens[_i] < tagged.size ? snaplens[_i] : (uint32_t)tagged.size;

	lab_veth("veth0", "veth1");
	watch_attach(w, "veth1", EBPFI_HOOK_XDP);
	watch_attach(w, "veth1", EBPFI_HOOK_TC);
	watch_attach(w, "veth1", EBPFI_HOOK_SOCKET);
	lab_send("veth0", tagged.bytes, tagged.size);
	watch_wait(w, 3);
	ck_assert_uint_eq(w->at[AT_XDP].packet.data_len, expected);
	ck_assert_mem_eq(w->at[AT_XDP].data, tagged.bytes, expected);
	ck_assert(watch_same(w, AT_XDP, AT_TC));
	ck_assert(watch_same(w, AT_XDP, AT_SOCKET));
	watch_end(w);
}
END_TEST

/* A VLAN device adds its tag in the metadata, not in the packet. */
static void assert_offloaded(const struct frame *sent, const struct frame *expected, const char *add_vlan)
{
	static const enum place with_tag[] = { AT_TC, AT_TC_EGRESS, AT_SOCKET, AT_SOCKET_OUT };
	char directory[] = "/tmp/same_event.XXXXXX";
	struct watch *w;
	int i;

	lab_veth("veth0", "veth1");
	if (!lab_can(add_vlan, "this kernel has no VLAN devices"))
		return;
	lab_run("ip link set vlan0 up");
	enter_directory(directory);
	w = watch_veth();
	lab_send("vlan0", sent->bytes, sent->size);
	watch_wait(w, PLACES - 1);
	replay(w, expected->bytes, expected->size);
	for (i = 0; i < 4; i++) {
		ck_assert_int_eq(w->count[with_tag[i]], 1);
		ck_assert_msg(watch_same(w, AT_CAPTURE, with_tag[i]), "%s differs", places[with_tag[i]]);
	}
	ck_assert(w->at[AT_TC].packet.flags & EBPFI_PACKET_TAG_OFFLOADED);
	ck_assert(w->at[AT_SOCKET].packet.flags & EBPFI_PACKET_TAG_OFFLOADED);
	watch_end(w);
	leave_directory(directory);
}

FRAME(in_vlan_200, L_ETHERNET, 0, ETHER(T_Q), TAG(200, T_V4), V4(32, 17), UDP(12), PING);
FRAME(in_vlan_300, L_ETHERNET, 0, ETHER(T_Q), TAG(300, T_AD), TAG(200, T_V4), V4(32, 17), UDP(12), PING);

START_TEST(tag_of_a_vlan_device_is_seen)
{
	assert_offloaded(&udp, &in_vlan_200, "ip link add link veth0 name vlan0 type vlan id 200");
}
END_TEST

START_TEST(inner_tag_of_a_vlan_device_is_seen)
{
	assert_offloaded(&service_tagged, &in_vlan_300, "ip link add link veth0 name vlan0 type vlan id 300");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_frame_gives_the_same_event_at_each_hook,
		each_malformed_frame_gives_the_same_event_at_each_hook,
		jumbo_frame_gives_the_same_event_at_each_hook,
		every_size_of_a_record_carries_its_bytes,
		tag_of_a_vlan_device_is_seen,
		inner_tag_of_a_vlan_device_is_seen,
	};
	const TTest *const cuts[] = { snaplen_cuts_the_same_at_each_hook };

	lab_require();
	return RUN_TESTS("same_event", lab_setup, tests) | RUN_LOOPS("snaplen", lab_setup, cuts, 9);
}
