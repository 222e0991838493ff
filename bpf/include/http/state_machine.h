/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * HTTP/1.x as a state machine over bytes. User space makes its table (lib/inspect/http_grammar.c). Its state is a few integers in a map,
 * so a message may be cut into segments anywhere.
 */
#pragma once

#include "world.h"

enum {
	HTTP_STATES = 512,
	HTTP_CLASSES = 64,
	HTTP_CHUNK = 4096,   /* bytes of a segment loaded at once */
	HTTP_TEXT = 2048,    /* bytes of text kept per message, all fields together; a power of two */
	HTTP_WORDS_KEPT = 9, /* words kept at once; the last word may be partial */
};

/* The layout of a move: action, argument, anomaly. */
enum {
	HTTP_ACTION_MASK = 63,
	HTTP_ARG_SHIFT = 6,      /* 6 bits */
	HTTP_ANOMALY_SHIFT = 12, /* 8 bits, 0: no anomaly */
};

/*
 * An entry gives, for a state and a class of bytes, the next state and the number of a move (0: none). It has two bytes, so that the
 * common states fit in the L1 cache. Without the move it is the byte offset of the next state's row, and a class is a byte offset in a
 * row: each byte costs a load, a mask and an addition.
 */
enum {
	HTTP_MOVES = 128,
	/* Smaller moves are 0 and HTTP_KEEP for each field. They handle several bytes at once. */
	HTTP_RUNS = 1 + EBPFI_HTTP_FIELDS,
	HTTP_KEEP_FAST = EBPFI_HTTP_FIELDS,
	HTTP_FAST_MOVE = HTTP_RUNS, /* the move of HTTP_FAST, which has no action */
	HTTP_MOVE_MASK = HTTP_MOVES - 1,
	HTTP_ROW_SHIFT = 7,
	HTTP_ROW_MASK = (HTTP_STATES - 1) << HTTP_ROW_SHIFT,
	HTTP_CLASS_MASK = (HTTP_CLASSES - 1) * 2,
};

/* The name of a wanted header, compared eight bytes at once. A name's slot is its first letter plus its size. */
enum { HTTP_NAMES = 32, HTTP_NAME_WORDS = 3, HTTP_USUAL_WORDS = 2 };

struct http_name {
	__u64 letters[HTTP_NAME_WORDS]; /* upper case */
	__u64 mask[HTTP_NAME_WORDS];    /* clears the lower-case bit of letters, and the bytes after the name */
	__u32 size;
	__u32 field;      /* the field that keeps the value, plus 1; 0: none */
	__u16 note;       /* one bit or none */
	__u16 state;      /* after the colon */
	__u16 begun;      /* the state after the value's first non-blank byte; 0: ask the table */
	__u16 usual_note; /* for the usual value, if the line ends after it */
	__u64 usual[HTTP_USUAL_WORDS];
	__u64 usual_mask[HTTP_USUAL_WORDS];
	__u64 usual_size; /* 0: there is no usual value */
};

struct http_table {
	__u8 class[256]; /* the class's byte offset: twice its number */
	__u32 moves[HTTP_MOVES];
	struct http_name names[HTTP_NAMES];
	__u16 step[HTTP_STATES * HTTP_CLASSES];
	__u32 http2; /* the library reads HTTP/2 */
};

enum http_action {
	HTTP_NOTHING,
	HTTP_START, /* first byte of a message, part of the method unless it is a response */
	HTTP_KEEP,  /* append the byte to the argument's field; HTTP_KEEP_FAST: the fast path appends the next bytes */
	HTTP_DIGIT, /* decimal number */
	HTTP_FIRST_DIGIT,
	HTTP_HEX,       /* chunk size */
	HTTP_MINOR,     /* digit of the minor version */
	HTTP_FAST,      /* none; the fast path (http/fast_path.h) may continue here */
	HTTP_FIELD,     /* a header whose text is kept begins: drop the text of an earlier header of that name */
	HTTP_AUTHORITY, /* like HTTP_KEEP; an authority begins behind the byte */
	HTTP_CUT,       /* forget the field's text from its authority on */
	HTTP_NOTE,      /* set the argument's note */
	HTTP_UNNOTE,
	HTTP_STATUS_END,
	HTTP_LENGTH_END, /* Content-Length is complete */
	HTTP_HEAD_END,
	HTTP_OLD_END,     /* the end of an HTTP/0.9 request, a single line */
	HTTP_PREFACE_END, /* the empty line in the preface of HTTP/2 */
	HTTP_CHUNK_END,   /* the line with a chunk's size is complete */
	HTTP_TRAILER_END,
};

/* States that this code uses by name. The grammar makes them first, in this order. */
enum http_state {
	HTTP_ANY,     /* between messages, the direction's role unknown */
	HTTP_REQUEST, /* between messages, in the client's direction */
	HTTP_RESPONSE,
	HTTP_BODY,       /* `left` bytes are skipped, then the message ends */
	HTTP_CHUNK_DATA, /* `left` bytes are skipped, then the line end and the next chunk */
	HTTP_CHUNK_AFTER,
	HTTP_CHUNK_SIZE,
	HTTP_TRAILER, /* a line in the trailers begins */
	HTTP_TARGET,  /* after the method and its blank */
	HTTP_PATH,    /* in a path segment that is not a dot segment */
	HTTP_SLASH,   /* after a slash in the path */
	HTTP_QUERY,
	HTTP_VERSION, /* of a request, after its target */
	HTTP_STATUS,  /* of a response, after its version */
	HTTP_REASON,
	HTTP_LINE,    /* a line in the header begins */
	HTTP_SCHEME,  /* at the start of an Authorization's scheme */
	HTTP_LENGTH,  /* at the start of a Content-Length's value */
	HTTP_LINE_CR, /* after the CR that ends a line */
	HTTP_VALUE,   /* in an ignored header value */
	HTTP_TUNNEL,  /* after CONNECT or Upgrade: no longer HTTP/1 */
	HTTP_H2,      /* HTTP/2, see http/http2_walk.h */
	HTTP_BROKEN,  /* not HTTP, or so broken that the start of the next message is unknown */
	HTTP_KEEPING, /* in a kept value: one state per field */
	HTTP_NAMED = HTTP_KEEPING + EBPFI_HTTP_FIELDS,
};

/* Facts about a message, one bit each. */
enum http_note {
	HTTP_HAS_LENGTH,
	HTTP_HAS_CODING, /* Transfer-Encoding */
	HTTP_CHUNKED,    /* ... whose last coding is chunked */
	HTTP_HAS_HOST,
	HTTP_CLOSE, /* Connection: close */
	HTTP_KEEP_ALIVE,
	HTTP_UPGRADE,
	HTTP_EXPECT, /* Expect: 100-continue */
	HTTP_IS_RESPONSE,
	HTTP_PREFACE,     /* PRI * HTTP/2.0 */
	HTTP_OLD,         /* no version: HTTP/0.9 */
	HTTP_HAS_VERSION, /* "HTTP/" was read, so any later anomaly is about HTTP */
	HTTP_UNTIL_CLOSE, /* the body ends when the connection does */
	HTTP_HEAD_DONE,   /* the head is complete and a request's event was emitted */
	HTTP_STORED,      /* the text is stored by http/resume.h, not in the CPU's memory */
	HTTP_STORED_LONG, /* ... and a part of it is in the map `texts` */
	HTTP_COUNTED,     /* a request that has its number */
	HTTP_HOST_DONE,   /* the line of Host was read to its end */
	HTTP_HAS_SCHEME,  /* the word in Authorization is a scheme */
};

enum { HTTP_NO_VERSION = 0xff }; /* the version was not read to its end */

/* One message of one direction, as far as it was read, without its text. */
struct http_message {
	__u16 state;
	__u16 status;
	__u32 notes;
	__u64 number;    /* the number being read; 0: none */
	__u64 length;    /* Content-Length */
	__u64 left;      /* remaining body bytes; in a request line, where the target's authority begins */
	__u64 anomalies; /* one bit each, enum ebpfi_http_anomaly */
	__u64 body_bytes;
	__u64 time_ns;                 /* of its first byte */
	__u32 to;                      /* where text was appended last */
	__u16 used[EBPFI_HTTP_FIELDS]; /* bytes received of each field, which may exceed its room */
	__u8 minor;                    /* HTTP/1.minor; HTTP_NO_VERSION */
	__u8 overflow;                 /* of `number` */
	__u8 kind;                     /* of a request with a complete head: the inspector's own number */
};

/* A piece of a segment in the state machine. */
struct http_walk {
	__u32 at, end; /* of `bytes` */
	__u32 begin;   /* of a step */
	__u32 from;    /* start of a run of bytes with the same action */
	__u64 now;
	__u8 bytes[HTTP_CHUNK + 8 * (HTTP_WORDS_KEPT + 3)];
};

/* The text of all fields, at http_text_base() each. Unaligned, it would be copied byte by byte. */
struct http_text {
	__u8 at[HTTP_TEXT + 16] __attribute__((aligned(8)));
};

/* The message that a CPU is reading. Between two segments it is stored in its connection's entry. */
struct http_reading {
	struct http_message m;
	struct http_text text;
	struct http_walk walk;
	__u32 stop; /* enum http_stop: of the last step */
};

static __always_inline void http_add_anomaly(struct http_message *m, __u32 anomaly)
{
	m->anomalies |= 1ULL << (anomaly & 63);
}

static __always_inline void http_reset_message(struct http_message *m)
{
	m->status = 0;
	m->notes = 0;
	m->minor = HTTP_NO_VERSION;
	m->overflow = 0;
	m->length = 0;
	m->left = 0;
	m->anomalies = 0;
	m->body_bytes = 0;
	__builtin_memset(m->used, 0, sizeof(m->used));
}

static __always_inline int http_has(const struct http_message *m, enum http_note note)
{
	return m->notes >> note & 1;
}

/* 0: the version is unknown. */
static __always_inline __u8 http_major(const struct http_message *m)
{
	return http_has(m, HTTP_PREFACE) ? 2 : http_has(m, HTTP_OLD) || m->minor == HTTP_NO_VERSION ? 0 : 1;
}

static __always_inline __u8 http_minor(const struct http_message *m)
{
	return m->minor == HTTP_NO_VERSION ? 0 : m->minor;
}

/* The reason why a walk stopped before the end of its piece. */
enum http_stop { HTTP_GO_ON, HTTP_HEAD, HTTP_END, HTTP_LOST, HTTP_STOP, HTTP_DONE };
