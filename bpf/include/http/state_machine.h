/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * HTTP/1.x as a state machine over bytes. The grammar is a table that user space makes (lib/inspect/http_grammar.c). All state is a few
 * integers in a map, so a message may be cut into segments anywhere.
 */
#pragma once

#include "world.h"

enum {
	HTTP_STATES = 512,
	HTTP_CLASSES = 64,
	HTTP_CHUNK = 4096,   /* bytes of a segment that are walked at a time */
	HTTP_TEXT = 1024,    /* bytes of text a message keeps, all fields together; a power of two */
	HTTP_WORDS_KEPT = 9, /* words that are kept at once; the last need not be whole */
};

/* What a byte asks for, besides the next state. */
enum {
	HTTP_ACTION_MASK = 63,
	HTTP_ARG_SHIFT = 6,      /* 6 bits */
	HTTP_ANOMALY_SHIFT = 12, /* 8 bits, 0: nothing is wrong */
};

/*
 * For a state and a class of bytes: where to go, and which of the moves to make; 0 is none. Two bytes an entry, so that the states
 * which a message meets stay in the nearest cache. With the move cut off, an entry is where the next state's row begins, in bytes, and
 * a class is where its entry lies in a row: from one byte to the next there is a load, a mask and an addition.
 */
enum {
	HTTP_MOVES = 128,
	/* Moves below: nothing, and to keep a byte of each field. Several bytes are done at once. */
	HTTP_RUNS = 1 + EBPFI_HTTP_FIELDS,
	HTTP_KEEP_FAST = EBPFI_HTTP_FIELDS,
	HTTP_FAST_MOVE = HTTP_RUNS, /* the move of HTTP_FAST, for which nothing has to be done */
	HTTP_MOVE_MASK = HTTP_MOVES - 1,
	HTTP_ROW_SHIFT = 7,
	HTTP_ROW_MASK = (HTTP_STATES - 1) << HTTP_ROW_SHIFT,
	HTTP_CLASS_MASK = (HTTP_CLASSES - 1) * 2,
};

/* The name of a header that is wanted, to be told from eight bytes at once. A name's slot: its first letter and its size, added. */
enum { HTTP_NAMES = 32, HTTP_NAME_WORDS = 3, HTTP_USUAL_WORDS = 2 };

struct http_name {
	__u64 letters[HTTP_NAME_WORDS]; /* upper case */
	__u64 mask[HTTP_NAME_WORDS];    /* without the bit that makes a letter lower case, and what is behind the name */
	__u32 size;
	__u32 field;      /* that is to keep the value; 0 is none of them: a field's number and 1 */
	__u16 note;       /* a bit, or none */
	__u16 state;      /* behind the colon */
	__u16 begun;      /* once the value has begun with what is no blank; 0: by the table */
	__u16 usual_note; /* for the usual value, up to the line's end */
	__u64 usual[HTTP_USUAL_WORDS];
	__u64 usual_mask[HTTP_USUAL_WORDS];
	__u64 usual_size; /* 0: no value is */
};

struct http_table {
	__u8 class[256]; /* in bytes: twice its number */
	__u32 moves[HTTP_MOVES];
	struct http_name names[HTTP_NAMES];
	__u16 step[HTTP_STATES * HTTP_CLASSES];
	__u32 http2; /* there is somebody who reads it */
};

enum http_action {
	HTTP_NOTHING,
	HTTP_START, /* first byte of a message, part of the method unless it is a response */
	HTTP_KEEP, /* append the byte to the field that the argument names; with HTTP_KEEP_FAST, those behind it come by words */
	HTTP_DIGIT, /* decimal number */
	HTTP_HEX,   /* chunk size */
	HTTP_MINOR, /* digit of the minor version */
	HTTP_FAST,  /* nothing; from here on the fast path (http/fast_path.h) may go on */
	HTTP_FIELD, /* a header whose text is wanted begins: forget what was kept of another of its name */
	HTTP_NOTE,  /* set the note that the argument names */
	HTTP_UNNOTE,
	HTTP_STATUS_END,
	HTTP_LENGTH_END, /* Content-Length is complete */
	HTTP_HEAD_END,
	HTTP_OLD_END,   /* the end of an HTTP/0.9 request, which is its line */
	HTTP_CHUNK_END, /* the line with a chunk's size is complete */
	HTTP_TRAILER_END,
};

/* States that this file knows by name; the grammar makes them first, in this order. */
enum http_state {
	HTTP_ANY,     /* between messages, the direction's role not known */
	HTTP_REQUEST, /* between messages, in the client's direction */
	HTTP_RESPONSE,
	HTTP_BODY,       /* `left` bytes are skipped, then the message ends */
	HTTP_CHUNK_DATA, /* `left` bytes are skipped, then the line end and the next chunk */
	HTTP_CHUNK_AFTER,
	HTTP_CHUNK_SIZE,
	HTTP_TRAILER, /* a line in the trailers begins */
	HTTP_TARGET,  /* behind a method and its blank */
	HTTP_PATH,    /* of the target, in a segment that is none of dots */
	HTTP_SLASH,   /* behind a slash in it */
	HTTP_QUERY,
	HTTP_VERSION, /* of a request, behind its target */
	HTTP_STATUS,  /* of a response, behind its version */
	HTTP_REASON,
	HTTP_LINE,    /* a line in the header begins */
	HTTP_SCHEME,  /* of an Authorization, where it begins */
	HTTP_LENGTH,  /* of a Content-Length */
	HTTP_LINE_CR, /* behind the CR that ends a line */
	HTTP_VALUE,   /* in a header value that nobody wants */
	HTTP_TUNNEL,  /* after CONNECT or Upgrade: no longer HTTP/1 */
	HTTP_H2,      /* HTTP/2, see http/http2_walk.h */
	HTTP_BROKEN,  /* not HTTP, or so wrong that where the next message begins is anybody's guess */
	HTTP_KEEPING, /* in a value that is kept: one state a field */
	HTTP_NAMED = HTTP_KEEPING + EBPFI_HTTP_FIELDS,
};

/* What a message is asked to remember; a bit each. */
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
	HTTP_HAS_VERSION, /* "HTTP/" was read: whatever is wrong after it, it is wrong with HTTP */
	HTTP_UNTIL_CLOSE, /* the body ends when the connection does */
	HTTP_HEAD_DONE,   /* the head is complete: a request has had its event */
	HTTP_STORED,      /* the text is not in the CPU's memory but where http/resume.h put it */
	HTTP_STORED_LONG, /* ... and a part of it in the map `texts` */
};

/* One message of one direction, as far as it was read, but for its text. */
struct http_message {
	__u16 state;
	__u16 status;
	__u16 notes;
	__u8 minor;      /* HTTP/1.minor */
	__u8 overflow;   /* of `number` */
	__u64 number;    /* the one being read; 0 where none is */
	__u64 length;    /* Content-Length */
	__u64 left;      /* body bytes that are still to come */
	__u64 anomalies; /* a bit each, enum ebpfi_http_anomaly */
	__u64 body_bytes;
	__u64 time_ns;                 /* of its first byte */
	__u32 to;                      /* where text was appended last */
	__u16 used[EBPFI_HTTP_FIELDS]; /* bytes of each field that were there, which may be more than its room */
	__u8 kind;                     /* of a request whose head is complete: the inspector's own number */
};

/* A piece of a segment on its way through the machine. */
struct http_walk {
	__u32 at, end; /* of `bytes` */
	__u32 begin;   /* of a step */
	__u32 from;    /* of a run over bytes that are alike */
	__u64 now;
	__u8 bytes[HTTP_CHUNK + 8 * (HTTP_WORDS_KEPT + 3)];
};

/* A message's fields, one behind the other; http_text_base() says where. Aligned, or it would be copied byte by byte. */
struct http_text {
	__u8 at[HTTP_TEXT + 16] __attribute__((aligned(8)));
};

/* What a CPU is reading. Between two segments the message lies in its connection's entry. */
struct http_reading {
	struct http_message m;
	struct http_text text;
	struct http_walk walk;
	__u32 stop; /* enum http_stop: of the last step */
};

static __always_inline void http_wrong(struct http_message *m, __u32 anomaly)
{
	m->anomalies |= 1ULL << (anomaly & 63);
}

static __always_inline void http_forget(struct http_message *m)
{
	m->status = 0;
	m->notes = 0;
	m->minor = 0;
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

/* Why a walk stopped before the end of its piece. */
enum http_stop { HTTP_GO_ON, HTTP_HEAD, HTTP_END, HTTP_LOST, HTTP_STOP, HTTP_DONE };
