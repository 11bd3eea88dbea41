/* SPDX-License-Identifier: MIT */
/* A VM's console from outside: what it said, what it says, and what is typed to it. */
#ifndef VM_CONSOLE_H
#define VM_CONSOLE_H

#include <base/buf.h>
#include <base/loop.h>
#include <poll.h>
#include <state/state.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * How it works: the same bytes come twice, by QEMU's console.sock to the one client that it serves, and by the keeper
 * to console.log.  Where the socket's first byte stands in the log nobody says, so output comes from the log at first:
 * replay and live meet at an offset.  At the guest's first byte on the socket its place in what was logged last is found
 * by content, and from there on the socket is read alone: nothing is lost or doubled, it needs no keeper, no room in /run
 * and no rotation, and a reader that is slow slows the guest.  A socket that stays silent does not tell whether QEMU
 * serves us or somebody else; until then it stays with the log.
 * The log would not do for longer: each time its client's socket is full, QEMU (qemu_chr_write_buffer) logs what
 * it logs again when that is written, and of a serial line's single bytes a socket holds some 270.  A virtio console
 * is the other way round (virtio-console.c, flush_buf): what the socket does not take at once is dropped, and logged
 * once.  There it stays with the log, as long as the keeper lives.
 */
#define CONSOLE_LOCK "console.lock"
#define CONSOLE_TAKE_SIGNAL SIGUSR1	/* asks a husk console to leave; its sender has taken over */

/* console.c */
struct console {
	struct vmdir *dir;
	struct vm_record record;
	int lock;		/* who writes; -1: this one only reads */
	int sock;		/* console.sock; -1: none, or closed by QEMU */
	int log, watch;		/* console.log, and the inotify on its directory; watch -1: output comes from the socket */
	int qemu, keeper;	/* pidfds; -1: gone */
	struct buf logged;	/* of the log, where it may be on the socket too */
	struct buf first;	/* the socket's first bytes, until their place in the log is known */
	struct buf ready;	/* to be handed out */
	int64_t opened_us, moved_us;	/* when it was opened; when the log grew, or the socket was closed */
	int64_t served_us;	/* when the socket's first byte came */
	int64_t end_us;		/* when QEMU was seen to be gone; 0: it is there */
	uint64_t lost;		/* how often the log was rotated twice between two looks */
	bool elsewhere;		/* the guest talks, and not to us: another program has console.sock */
};
#define CONSOLE_INIT { .lock = -1, .sock = -1, .log = -1, .watch = -1, .qemu = -1, .keeper = -1 }

struct console_options {
	bool read_only;		/* take neither the lock nor, where there is a keeper, the socket */
	bool takeover;		/* end the husk console that has it */
	uint64_t replay;	/* bytes of old output wanted, at most CONSOLE_REPLAY_MAX */
};
#define CONSOLE_REPLAY_MAX (64 << 20)
/*
 * console_open - attach to a VM that runs.
 * @d: open; must outlive c
 * @old: receives the last bytes of what was said before; what console_read() gives follows it without a gap
 * 0 or recorded: EXIT_NOT_RUNNING, EXIT_BUSY naming the holder, ...
 */
int console_open(struct console *c, struct vmdir *d, const struct console_options *o, struct buf *old, deadline_t until);
void console_close(struct console *c);
#define autoconsole __attribute__((cleanup(console_close)))
/* console_read - the next output: its length, 0: none now, -ENODATA: QEMU is gone and all was read, or recorded. */
ssize_t console_read(struct console *c, char *data, size_t size);
/* console_write - how much QEMU's socket took, 0: it is full; -EPIPE: there is none (any more). Not recorded. */
ssize_t console_write(struct console *c, const char *data, size_t len);
/* console_untaken - written to the socket, and not yet read by QEMU; not 0 where that cannot be told. */
bool console_untaken(const struct console *c);
/* console_poll - what to wait for until console_read() may have more. */
enum { CONSOLE_POLL_SOCK, CONSOLE_POLL_LOG, CONSOLE_POLL_QEMU, CONSOLE_POLL_KEEPER, CONSOLE_POLLS };
void console_poll(const struct console *c, struct pollfd p[CONSOLE_POLLS], bool want_read, bool want_write, deadline_t *until);

/* console_text.c: functions of bytes, without I/O */
/*
 * console_calm - old output as a terminal may show it again: text, colours, moves of the cursor and deletions stay.
 * All else goes: queries, which the terminal would answer into the guest, modes, titles, the clipboard, other strings.
 */
void console_calm(struct buf *out, const char *data, size_t len);
/*
 * console_align - where the first bytes of a socket stand in a log that gets the same a little later.
 * @final: more will not come, or was waited for; else it waits for CONSOLE_PREFIX bytes, or for both to be the same
 * true: found, *before bytes of the log stand before them.
 */
bool console_align(const char *log, size_t nlog, const char *sock, size_t nsock, bool final, size_t *before);
#define CONSOLE_PREFIX 200	/* fewer than fill a socket one by one: until then nothing is logged twice */
/*
 * console_find - a text in a stream of which the last keep->len bytes were looked at already.
 * @keep: of the caller, empty at first; at most text_len - 1 bytes are left in it
 * The place in data just behind the text, or 0.
 */
size_t console_find(struct buf *keep, const char *text, size_t text_len, const char *data, size_t len);
/* console_key - "^]" as the byte that it is; 0: "none"; -1: no such key. */
int console_key(const char *text);
/* console_holder - who holds a lock, from its file; what: the word in parentheses.  0 or -EPROTO, not recorded. */
int console_holder(const char *text, size_t len, struct proc_id *id, char *what, size_t size);

#endif
