/*
 * event_loop: a session in an existing event loop. In every loop, watch the descriptor ebpfi_fd() and call ebpfi_poll() without
 * waiting when it is readable.
 */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#ifdef HAVE_LIBUV
#include <uv.h>
#endif
#ifdef HAVE_GLIB
#include <glib-unix.h>
#endif

static struct ebpfi *session;
static unsigned long left = -1UL;
static int output_error; /* errno of the first write that failed */

/* Stores the errno of the first failed write. Returns whether this write failed. */
static int check_write(int result)
{
	if (result < 0 && !output_error)
		output_error = errno;
	return result < 0;
}

static int on_event(void *ctx, const struct ebpfi_event *event)
{
	char line[EBPFI_STR_MAX];

	(void)ctx;
	return check_write(puts(ebpfi_event_str(session, event, line, sizeof(line)))) || --left == 0;
}

/* Every loop calls this when the descriptor is readable. False ends the loop. */
static int serve(void)
{
	return ebpfi_poll(session, 0) >= 0 && !check_write(fflush(stdout));
}

static void run_epoll(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	int loop = epoll_create1(EPOLL_CLOEXEC);

	epoll_ctl(loop, EPOLL_CTL_ADD, ebpfi_fd(session), &event);
	while (epoll_wait(loop, &event, 1, -1) == 1 && serve())
		;
	close(loop);
}

#ifdef HAVE_LIBUV
static void on_uv(uv_poll_t *handle, int status, int events)
{
	(void)events;
	if (status < 0 || !serve())
		uv_close((uv_handle_t *)handle, NULL);
}

static void run_libuv(void)
{
	uv_loop_t *loop = uv_default_loop();
	uv_poll_t poll;

	uv_poll_init(loop, &poll, ebpfi_fd(session));
	uv_poll_start(&poll, UV_READABLE, on_uv);
	uv_run(loop, UV_RUN_DEFAULT);
	uv_loop_close(loop);
}
#endif

#ifdef HAVE_GLIB
static gboolean on_glib(gint fd, GIOCondition condition, gpointer loop)
{
	(void)fd;
	(void)condition;
	if (serve())
		return G_SOURCE_CONTINUE;
	g_main_loop_quit(loop);
	return G_SOURCE_REMOVE;
}

static void run_glib(void)
{
	GMainLoop *loop = g_main_loop_new(NULL, FALSE);

	g_unix_fd_add(ebpfi_fd(session), G_IO_IN, on_glib, loop);
	g_main_loop_run(loop);
	g_main_loop_unref(loop);
}
#endif

static const struct {
	const char *name;
	void (*run)(void);
} loops[] = {
	{ "epoll", run_epoll },
#ifdef HAVE_LIBUV
	{ "libuv", run_libuv },
#endif
#ifdef HAVE_GLIB
	{ "glib", run_glib },
#endif
};

int main(int argc, char **argv)
{
	size_t i, n = sizeof(loops) / sizeof(loops[0]);

	for (i = 0; argc >= 3 && i < n && strcmp(argv[1], loops[i].name); i++)
		;
	if (argc < 3 || i == n)
		return fprintf(stderr,
			       "usage: event_loop epoll|libuv|glib INTERFACE [COUNT] (those this copy was built with)\n"),
		       2;
	if (argc > 3)
		left = strtoul(argv[3], NULL, 10);
	session = ebpfi_new(on_event, NULL, NULL);
	if (!session || ebpfi_attach(session, "packet", argv[2], NULL) < 0)
		return fprintf(stderr, "event_loop: %s\n", session ? ebpfi_errmsg(session) : "out of memory"), 1;
	loops[i].run();
	ebpfi_free(session);
	if (check_write(fflush(stdout)) || output_error)
		fprintf(stderr, "event_loop: cannot write to standard output: %s\n", strerror(output_error));
	return output_error != 0;
}
