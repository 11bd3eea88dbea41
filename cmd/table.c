/* SPDX-License-Identifier: MIT */
/* Every command, in the order of help and manual. */
#include "cmds.h"

#include <base/err.h>

static const char *const run_examples[] = {
	"husk run web.vm  # foreground: the console is yours",
	"husk run -d web  # /etc/husk/web.vm, in the background",
	"husk run --name demo --kernel vmlinuz --initrd initrd.img --append console=ttyS0",
	"husk run --dry-run web.vm  # QEMU's command line and descriptors",
	NULL
};
static const struct cmd_exit run_exits[] = {
	{ 0, "the guest shut down, or the VM was stopped on request; with -d: its CPUs run" },
	{ 5, "a VM of that name runs, or an image is in use" },
	{ 0, NULL }
};
static const char run_man[] =
	"Launches one QEMU for the VM that a file, a name or the options alone describe.\n"
	"In the foreground the guest's console is standard output; where standard input is a terminal it is the\n"
	"console's input, and Ctrl-] stops the VM.\n"
	"SIGTERM, SIGINT and SIGHUP climb the ladder of\n.Cm stop ;\na second one stops at once.\n"
	"A VM of that name that is just ending is waited for, for up to 3 seconds.\n"
	"With\n.Fl d\nit returns when the guest's CPUs run, or says why they do not, with the last lines that QEMU wrote.\n";
static const char *const status_examples[] = { "husk status web && echo it runs", NULL };
static const struct cmd_exit status_exits[] = {
	{ 0, "it runs, is paused or is being started" },
	{ 3, "it does not run" },
	{ 6, "it runs but does not answer" },
	{ 0, NULL }
};
static const char *const stop_examples[] = { "husk stop web", "husk stop --timeout 20s web", "husk stop --now web", "husk stop --all", NULL };
static const struct cmd_exit stop_exits[] = {
	{ 0, "it has ended, or did not run; of several, all of them" },
	{ 1, "of several, some did not end: the highest code of any of them" },
	{ 0, NULL }
};
static const char stop_man[] =
	"Asks the guest agent, presses the ACPI power button, tells QEMU to quit, kills QEMU:\n"
	"each has its share of\n.Fl -timeout\n(3, 4, 1 and 1 ninths), and what one does not use goes to the next.\n"
	"What does not run is stopped already; what is being launched is waited for.\n"
	"When it returns, the VM's name is free.\nThe receipt says which rung worked and what the others met.\n"
	"Several VMs, or with\n.Fl -all\nevery one, are stopped at the same time, each within the whole of\n.Fl -timeout ;\n"
	"where a name is wrong, none is.\n";
static const char status_json[] =
	"name      string\n"
	"state     starting, running, paused, unresponsive, stopped or broken\n"
	"runstate  QEMU's own word, null where QEMU was not asked\n"
	"supervised  whether its keeper lives\n"
	"detail    one line, may be empty\n"
	"pid, keeper, uid  of QEMU, of the keeper (0: none), of QEMU on the host\n"
	"started_us  microseconds since 1970\n"
	"accel, machine, memory (bytes), cpus, qemu (version), file\n"
	"ended     once it has: reason, detail, exit, shutdown, signal or code, syscall, started_us, ended_us\n";
static const char stop_json[] =
	"name, was_running\n"
	"rung      agent, acpi, quit, kill, or null: it did not run\n"
	"ms        milliseconds in all\n"
	"rungs     array of rung, ms, result\n"
	"With several names or --all an array of these, each with error (null or one line); --all leaves out what did not run.\n";
static const char *const reboot_examples[] = { "husk reboot web", NULL };
static const struct cmd_exit reboot_exits[] = {
	{ 1, "it has on-reboot stop, so that a reboot would end it; or it has ended instead" },
	{ 0, NULL }
};
static const char reboot_man[] =
	"Asks the guest agent, presses the ACPI power button and resets the VM once the guest is down, presses reset:\n"
	"each has its share of\n.Fl -timeout\n(3, 5 and 1 ninths).\nOnly QEMU's RESET event counts as success.\n"
	"While the guest goes down for the power button, QEMU waits instead of ending; where husk is killed then, the VM's keeper "
	"finishes the reboot.\n";
static const char *const wait_examples[] = {
	"husk wait web; echo $?",
	"husk wait --for agent --timeout 60s web",
	"husk wait --for console=login: web",
	"husk wait --for event=BLOCK_IO_ERROR --since 5m web",
	NULL
};
static const struct cmd_exit wait_exits[] = {
	{ 0, "with --for: it is so, or was" },
	{ 1, "it ended and nobody saw how; with --for: the job failed, or its keeper is gone and records nothing any more" },
	{ 3, "with --for: it has ended, and what was waited for cannot come any more" },
	{ 6, "it still runs; with --for: it did not come in time" },
	{ 0, NULL }
};
static const char wait_man[] =
	"What it waits for is said by\n.Fl -for :\n"
	"the VM has ended\n.Pq Cm stopped ,\nwhich is the default; its CPUs run\n.Pq Cm running\n"
	"or do not\n.Pq Cm paused ,\nfrom whatever cause; the guest agent answers\n.Pq Cm agent ;\n"
	"QEMU's event of that type, or one of husk's own, is in the journal\n.Pq Cm event= ;\n"
	"the console said that text\n.Pq Cm console= ;\nthat job has ended well\n.Pq Cm job= .\n"
	"Events and the console count from the start of this run, as far as the bounded logs still have it;\n"
	".Fl -since\nleaves out earlier events.\n"
	"A job that does not exist yet is waited for, too.\n";
static const char wait_json[] = "as status; with --for: name, for, event (as events prints it, or null)\n";
static const char *const events_examples[] = {
	"husk events -f web",
	"husk events --json --since 5m --type SHUTDOWN,RESET web",
	"husk events -n 1 --type block_io_error web",
	NULL
};
static const char events_man[] =
	"The journal has QEMU's events and husk's own (HUSK_START, HUSK_STOP, HUSK_END) since the VM was started; it is kept\n"
	"until its next start, and bounded as the logs are.\n"
	"A time for\n.Fl -since\nis a span before now\n.Pq 30s, 5m, 2h, 1d ,\n"
	"a date with or without time and zone, or @ and seconds since 1970.\n"
	"With\n.Fl f\na slow reader gets all that the journal still has; what was lost is said on standard error.\n";
static const char events_json[] =
	"one object a line, as QMP has it:\n"
	"timestamp  seconds, microseconds\n"
	"event     type\n"
	"data      depends on the type; may be missing\n";
static const struct cmd_exit logged_exits[] = {
	{ 0, "with -f: the VM has ended" },
	{ 1, "with -f: its keeper is gone, nothing is recorded any more" },
	{ 6, "with -f: it still runs" },
	{ 0, NULL }
};
static const char *const logs_examples[] = { "husk logs -f web", "husk logs -n 20 --qemu web", NULL };
static const char *const console_examples[] = {
	"husk console web  # Ctrl-] leaves, the VM runs on",
	"echo uptime | husk console --until 'load average' --timeout 10s web",
	"husk console --read-only --replay 1M web",
	NULL
};
static const struct cmd_exit console_exits[] = {
	{ 0, "left by key; --until: its text was seen; input from a pipe: all taken; or the VM has ended" },
	{ 3, "it does not run; --until: it ended before its text was seen" },
	{ 5, "another one has the console, or has taken it over; it is named" },
	{ 6, "the deadline passed" },
	{ 128, "plus its number: ended by a signal" },
	{ 0, NULL }
};
static const char console_man[] =
	"What the console said last is shown first, then what it says, byte for byte; what is typed goes to the guest.\n"
	"Of the old output a terminal gets text, colours and movements only: the answers to a query in it would be typed to "
	"the guest.\n"
	"The terminal is in raw mode meanwhile.\n"
	"A terminal that is slow slows the guest's console; nothing is lost.\n.Pp\n"
	"Input that is no terminal is sent as fast as the guest takes it; at its end\n.Nm husk Cm console\n"
	"leaves when all was taken, unless\n.Fl -until\nis given.\n"
	"Nothing to send means that it leaves at once:\n.Cm logs -f\nand\n.Fl -read-only\nfollow a console.\n"
	"The guest's echo of the input counts as its output.\n.Pp\n"
	"One writes at a time, as many as like read with\n.Fl -read-only .\n"
	"A foreground\n.Cm run\nthat reads its standard input is the writer, and cannot be taken over.\n";
static const char console_json[] =
	"on standard error, at the end:\n"
	"name, ms, sent, received (bytes)\n"
	"end       key, matched, input-end, vm-ended, deadline, taken-over, signal, output-closed or failed\n";
static const char *const inspect_examples[] = { "husk inspect web", "husk inspect --sandbox web && echo tight", NULL };
static const char inspect_man[] =
	"With\n.Fl -sandbox\nit looks at the running QEMU in\n.Pa /proc\n"
	"and judges what it finds by the plan that husk run has recorded: identity, capabilities, filter, namespaces, "
	"mounts, every descriptor, limits, memory, session and environment, and the keeper's own privileges.\n"
	"There is one line for each fact, marked\n.Cm \\&!\nwhere a promise is not in force,\n.Cm \\&?\n"
	"where that cannot be read, and\n.Cm -\nwhere it was given up; mounts that are as planned are only counted.\n"
	"No kernel shows a process's Landlock domain or PR_SET_MDWE to others: of these it is only said that they were asked for.\n";
static const struct cmd_exit inspect_exits[] = {
	{ 0, "with --sandbox: all that the plan promised is in force" },
	{ 1, "with --sandbox: a promise is not in force, or cannot be read; each one is named" },
	{ 3, "with --sandbox: it does not run" },
	{ 0, NULL }
};
static const char inspect_json[] =
	"status    as status prints it\ndir       the VM's directory\nrecord    state.json: processes, sockets, plan\n"
	"With --sandbox instead:\n"
	"name, pid (of QEMU), keeper\n"
	"ok        whether all that was promised is in force\n"
	"facts     array of part, name (which of several, or null), state, text\n"
	"state     in-force, missing, unreadable, given-up, not-shown (by the kernel, to anybody), or fact: nothing was promised\n"
	"part      uid, capabilities, seccomp, no_new_privs, threads, signals, namespace, pid, network, users, landlock, root,\n"
	"          mount, mounts, file, files, fd, fds, memory, mdwe, limit, cgroup, session, environment, directory,\n"
	"          oom_score_adj, dumpable, keeper\n";
static const char *const why_examples[] = { "husk why web", NULL };
static const char *const check_examples[] = { "husk check --boot", NULL };
static const char check_man[] =
	"Everything is tried, not guessed from versions, and nothing is left behind.\n"
	"Each line is one finding:\n.Cm ok ,\n.Cm warning\n(VMs run, but something is slower, looser or not to be had) or\n"
	".Cm missing\n(VMs cannot run; the exit code is 8), with what would help.\n"
	"The last line is the verdict; where only parts of the sandbox are missing, it has the\n.Fl -sandbox-without\n"
	"that VMs would need.\n"
	"The answers hold for the user who asks.\n"
	"With\n.Fl -boot\na guest of 512 bytes is started in a temporary run directory, heard on its console and stopped by its\n"
	"power button.\n";
static const char check_json[] =
	"ok        whether VMs can run\n"
	"sandbox_without  what they would have to go without, as --sandbox-without takes it, or null\n"
	"checks    array of name, state (ok, warning, missing), text, and values that depend on the name\n"
	"boot      null without --boot; else ok, why (null when ok), accel, start_ms, line_ms, stop_ms\n";
static const char why_man[] =
	"The first line is the verdict: from the journal of QEMU's events, QEMU's wait status, and the kernel's log where\n"
	"it may be read.\nThe evidence stands below it: last events, last words of QEMU, end of the console.\n";

static const char *const stats_examples[] = { "husk stats", "husk stats --watch web", "husk stats --prometheus >husk.prom", NULL };
static const struct cmd_exit stats_exits[] = {
	{ 3, "a VM that was named does not run" },
	{ 6, "a VM that was named does not answer: only the host's numbers are there" },
	{ 0, NULL }
};
static const char stats_man[] =
	"Without a name: of all VMs.\nEvery VM is asked at the same time; one that does not answer within 250 ms (or\n.Fl -timeout )\n"
	"has only what the host counts, and delays no other.\n"
	"The table has host CPU time and resident memory of QEMU, its helpers and its keeper together, bytes and operations of "
	"all disks, bytes of all network cards; a dash is what nobody counts.\n"
	"With\n.Fl -watch\nit is shown again and again, per second: in place on a terminal, else one block below the other, or with\n"
	".Fl -json\none object a line; it ends by a signal or, with 0, after\n.Fl -timeout .\n"
	"JSON keys end in their unit; metrics are in seconds and bytes, and what is unknown is left out of them.\n"
	"Network cards are counted where they are taps: passt and QEMU's own stack count nothing.\n"
	"Looking changes nothing: what the guest says of its memory is as old as\n.Ql updated_s\n"
	"says until the\n.Ql guest-stats-polling-interval\nof the balloon is set.\n";
static const char stats_json_text[] =
	"time_us   microseconds since 1970\n"
	"vms       array of name, up (it runs and answers), status (as status prints it), helpers_known, and\n"
	"processes array of name (qemu, keeper, a helper's), pid, user_us, system_us, threads, rss_bytes, anonymous_bytes,\n"
	"          file_bytes, shared_bytes, pss_bytes, private_bytes, swap_bytes\n"
	"vcpus     array of name (index), run_ns, thread (on the host)\n"
	"disks     array of name, read_bytes, write_bytes, discard_bytes, reads, writes, flushes, discards, read_ns, write_ns,\n"
	"          flush_ns, read_errors, write_errors, flush_errors\n"
	"nics      array of name, rx_bytes, rx_packets, rx_errors, rx_dropped, and tx_ of each; as the guest sees it\n"
	"balloon   null, or actual_bytes, free_bytes, total_bytes, available_bytes, caches_bytes, swap_in_bytes,\n"
	"          swap_out_bytes, major_faults, minor_faults, updated_s (since 1970), interval_s\n"
	"cgroup    null, or memory_bytes, memory_peak_bytes, swap_bytes, pids, user_us, system_us, throttled_us, throttled,\n"
	"          oom_kills\n"
	"rates     with --watch, each second since the object before: cpu_permille (of one CPU), read_bytes, write_bytes,\n"
	"          disk_operations, rx_bytes, tx_bytes\n"
	"Each number is null where it is not known.\n";

static const char *const qmp_examples[] = {
	"husk qmp web query-block",
	"husk qmp web block_resize node-name=disk0 size=2147483648",
	"husk qmp web '{\"execute\": \"query-status\"}'",
	NULL
};
static const char qmp_man[] =
	"Prints the command's return value as JSON; a QMP error goes to standard error with its class, exit code 1.\n"
	"A value is taken as JSON where it is JSON, else as a string; dots nest:\n.Ql a.b=1\nis {\"a\": {\"b\": 1}}.\n"
	"With\n.Cm \\-\neach line of standard input is one command as JSON, and the first that fails ends it.\n"
	"Commands that would make QEMU start a program are refused.\n";
static const char *const agent_examples[] = {
	"husk agent web exec -- uname -a",
	"husk agent web frozen -- lvcreate -s -n snap -L 1G vg/web  # a consistent snapshot; the guest is thawed whatever happens",
	"husk agent web get /etc/hostname -",
	"husk agent --input setup.sh web exec -- sh -s",
	NULL
};
static const char agent_man[] =
	"The VM needs the option\n.Cm agent ,\nand the guest a running QEMU guest agent; where none has opened the port, that is "
	"said at once.\nOne command at a time speaks to it.\n"
	"Whatever the budget, an agent that is silent for 10 seconds before a command is given up, and so is each step of\n"
	".Cm exec , get\nand\n.Cm put\nafter a minute.\n.Pp\n"
	".Cm exec\nends with the program's own exit code, or 128 and the signal's number; where husk or the agent fails it is 125, "
	"and 126 or 127 where the program cannot be executed or found.\n"
	"Codes 2 to 6 may be husk's too, as with every command: with\n.Fl -json\nonly a program's own end is printed on standard output.\n"
	"The agent keeps at most 16 MiB of each stream; what is cut is said.\n"
	"The deadline ends the waiting, not the program, and the same goes for a signal.\n.Pp\n"
	".Cm frozen\nhands on COMMAND's exit code, or 1 where the guest could not be thawed again.\n"
	"A child of husk thaws the guest when husk is killed.\n.Pp\n"
	".Cm get\nand\n.Cm put\ncompare both files by the guest's sha256sum, or where that cannot be run by their size.\n"
	".Cm get\nreplaces its target at once, when all is there; a\n.Cm put\nthat fails leaves part of the file in the guest.\n";
static const char agent_json[] =
	"ping      name, ms\n"
	"exec      pid, exit (as the exit code), exitcode (the agent's), signal (or null), stdout, stderr, stdout_cut, stderr_cut;\n"
	"          stdout_base64, stderr_base64 where the text is no UTF-8; with --detach pid alone\n"
	"ip        array of interface, mac, address, prefix, family (4 or 6)\n"
	"get, put  bytes, sha256, check (sha256, size, none)\n"
	"fsfreeze, fsthaw  name, filesystems\nfsstatus  name, status (frozen, thawed)\n"
	"shutdown, reboot, set-time  name, done\n"
	"frozen prints nothing of its own; the others print what the agent returned\n";
static const struct cmd_exit agent_exits[] = {
	{ 1, "the agent refused, or none runs in the guest" },
	{ 5, "another command speaks to the agent; it is named" },
	{ 6, "the agent does not answer, or the deadline passed" },
	{ 125, "exec: husk or the agent failed" },
	{ 126, "exec, frozen: the program could not be executed" },
	{ 127, "exec, frozen: the program was not found" },
	{ 0, NULL }
};
static const char *const sendkey_examples[] = {
	"husk sendkey web ctrl-alt-delete", "husk sendkey web --text 'root\\n'", NULL
};
static const char sendkey_man[] =
	"A word is a combination of QEMU's key names, or of PS/2 scan codes such as 0x1d; its keys are pressed in order and let\n"
	"go together.\nIt returns when all has been played.\nA guest without a keyboard is an error.\n";
static const char screenshot_man[] =
	"The guest needs a display: see the option\n.Cm display .\n"
	"The file is written whole or not at all;\n.Cm \\-\nis standard output.\n";
static const char balloon_man[] =
	"Without a size it prints what the guest has now.\n"
	"With one it waits until the guest has given or taken the memory; exit code 6 says how far it came.\n"
	"The guest needs the option\n.Cm balloon\nand a driver.\n";
static const char *const set_examples[] = {
	"husk set web --disk disk0,iops=500,bps-wr=10M", "husk set web --cdrom cdrom0,file=/srv/tools.iso",
	"husk set web --nic net0,link=down --on-reboot stop", NULL
};
static const char set_man[] =
	"All is checked first, then done in the order of the options below; the first that fails ends it, and what was\n"
	"changed before is named.\n"
	"It lasts until the VM ends: neither its file nor its record is changed.\n"
	"A medium is used raw and read-only; a tray that the guest has locked is waited for, and after a failure the old\n"
	"medium is in again.\n";
static const char set_json[] =
	"name\n"
	"drives    array of name, limits, and of CD-ROM drives medium (whether), file (a new one's), open, locked\n"
	"links     of the cards that were changed: up or down\n"
	"balloon (bytes), on_reboot, on_panic  where changed\n";
static const char *const hmp_examples[] = { "husk hmp web info block", NULL };

const struct cmd commands[] = {
	{ .name = "run", .summary = "launch a VM and stay with it until it ends", .args = "[FILE|NAME]", ARGS(0, 1),
	  OWN_OPTS(run_opts, struct run_opts), .spec_opts = true, .run = cmd_run, .man = DOC(run_man), .examples = run_examples,
	  .exits = run_exits, .json = DOC("with -d: as status; with --dry-run: the plan (name, dir, accel, rlimits, fds, argv)\n") },
	{ .name = "start", .summary = "launch a VM in the background", .args = "[FILE|NAME]", ARGS(0, 1),
	  OWN_OPTS(run_opts, struct run_opts), .init = run_preset_detach, .spec_opts = true, .run = cmd_run,
	  .same_as = "run -d" },
	{ .name = "stop", .summary = "make VMs end: agent, ACPI, quit, KILL", .args = "[NAME ...]", ARGS(0, ARGS_ANY),
	  OWN_OPTS(stop_opts, struct stop_opts), .budget_ms = 90000, .run = cmd_stop, .man = DOC(stop_man),
	  .json = DOC(stop_json), .examples = stop_examples, .exits = stop_exits },
	{ .name = "reboot", .summary = "make a guest boot again: agent, ACPI, reset", .args = "NAME", ARGS(1, 1),
	  OWN_OPTS(reboot_opts, struct reboot_opts), .needs = NEEDS_NAME, .budget_ms = 90000, .run = cmd_reboot, .man = DOC(reboot_man),
	  .json = DOC("as stop, with the rungs agent, acpi and reset\n"), .examples = reboot_examples, .exits = reboot_exits },
	{ .name = "status", .summary = "say how a VM is", .args = "NAME", ARGS(1, 1), .needs = NEEDS_NAME, .budget_ms = 2000,
	  .run = cmd_status, .json = DOC(status_json), .examples = status_examples, .exits = status_exits },
	{ .name = "list", .summary = "show all VMs", .args = "", ARGS(0, 0), OWN_OPTS(list_opts, struct list_opts),
	  .run = cmd_list, .json = DOC("an array of what status prints\n"),
	  .man = DOC("Every VM is asked at the same time; one that does not answer within 250 ms (or\n.Fl -timeout )\n"
		 "is shown as unresponsive and delays no other.\n") },
	{ .name = "stats", .summary = "show what VMs use: CPU, memory, disks, network", .args = "[NAME ...]", ARGS(0, ARGS_ANY),
	  OWN_OPTS(stats_opts, struct stats_opts), .init = stats_defaults, .run = cmd_stats, .man = DOC(stats_man),
	  .json = DOC(stats_json_text), .examples = stats_examples, .exits = stats_exits },
	{ .name = "wait", .summary = "wait until a VM has ended, the exit code says how; or until it runs, answers, says something", .args = "NAME",
	  ARGS(1, 1), OWN_OPTS(wait_opts, struct wait_opts), .needs = NEEDS_NAME, .run = cmd_wait, .man = DOC(wait_man),
	  .json = DOC(wait_json), .examples = wait_examples, .exits = wait_exits },
	{ .name = "events", .summary = "show what happened, and go on with what happens", .args = "NAME", ARGS(1, 1),
	  OWN_OPTS(events_opts, struct events_opts), .init = events_defaults, .needs = NEEDS_NAME, .run = cmd_events,
	  .man = DOC(events_man), .json = DOC(events_json), .examples = events_examples, .exits = logged_exits },
	{ .name = "logs", .summary = "show the console's log", .args = "NAME", ARGS(1, 1), OWN_OPTS(logs_opts, struct logs_opts),
	  .init = logs_defaults, .needs = NEEDS_NAME, .run = cmd_logs, .examples = logs_examples,
	  .exits = logged_exits,
	  .man = DOC("On a terminal, control bytes of the guest are shown as \\exNN, unless\n.Fl -raw\nis given.\n") },
	{ .name = "console", .summary = "attach to the console", .args = "NAME", ARGS(1, 1),
	  OWN_OPTS(console_opts, struct console_opts), .init = console_defaults, .needs = NEEDS_NAME, .run = cmd_console,
	  .man = DOC(console_man), .json = DOC(console_json), .examples = console_examples, .exits = console_exits },
	{ .name = "qmp", .summary = "run a QMP command, or a stream of them", .args = "NAME COMMAND|JSON|- [KEY=VALUE ...]",
	  ARGS(2, ARGS_ANY), OWN_OPTS(qmp_opts, struct qmp_opts), .needs = NEEDS_NAME, .budget_ms = 60000, .run = cmd_qmp,
	  .man = DOC(qmp_man), .examples = qmp_examples },
	{ .name = "hmp", .summary = "run a command of QEMU's human monitor", .args = "NAME COMMAND ...", ARGS(2, ARGS_ANY),
	  .needs = NEEDS_NAME, .budget_ms = 60000, .run = cmd_hmp, .json = DOC("the output as one string\n"), .examples = hmp_examples },
	{ .name = "agent", .summary = "speak to the guest agent: run programs, copy files, freeze", .args = "NAME VERB [ARG ...]",
	  ARGS(2, ARGS_ANY), OWN_OPTS(agent_opts, struct agent_opts), .init = agent_defaults, .needs = NEEDS_NAME,
	  .verbs = agent_verbs, .run = cmd_agent, .man = DOC(agent_man), .json = DOC(agent_json), .examples = agent_examples,
	  .exits = agent_exits },
	{ .name = "pause", .summary = "stop the guest's CPUs", .args = "NAME", ARGS(1, 1), .needs = NEEDS_NAME,
	  .budget_ms = 5000, .run = cmd_simple, .json = DOC("name, done\n") },
	{ .name = "resume", .summary = "let the guest's CPUs go on", .args = "NAME", ARGS(1, 1), .needs = NEEDS_NAME,
	  .budget_ms = 5000, .run = cmd_simple, .json = DOC("name, done\n") },
	{ .name = "reset", .summary = "press the reset button", .args = "NAME", ARGS(1, 1), .needs = NEEDS_NAME,
	  .budget_ms = 5000, .run = cmd_simple, .json = DOC("name, done\n") },
	{ .name = "powerdown", .summary = "press the power button, and do not wait", .args = "NAME", ARGS(1, 1), .needs = NEEDS_NAME,
	  .budget_ms = 5000, .run = cmd_simple, .json = DOC("name, done\n") },
	{ .name = "nmi", .summary = "send the guest a non-maskable interrupt", .args = "NAME", ARGS(1, 1), .needs = NEEDS_NAME,
	  .budget_ms = 5000, .run = cmd_simple, .json = DOC("name, done\n") },
	{ .name = "sendkey", .summary = "type at the guest's keyboard", .args = "NAME [KEYS ...]", ARGS(1, ARGS_ANY),
	  OWN_OPTS(sendkey_opts, struct sendkey_opts), .needs = NEEDS_NAME, .budget_ms = 60000, .run = cmd_sendkey,
	  .man = DOC(sendkey_man), .examples = sendkey_examples, .json = DOC("name, sent (combinations)\n") },
	{ .name = "screenshot", .summary = "save what the guest's display shows", .args = "NAME FILE|-", ARGS(2, 2),
	  OWN_OPTS(screenshot_opts, struct screenshot_opts), .needs = NEEDS_NAME, .budget_ms = 10000, .run = cmd_screenshot,
	  .man = DOC(screenshot_man), .json = DOC("name, file, width, height, bytes\n") },
	{ .name = "balloon", .summary = "show or change the memory that the guest uses", .args = "NAME [SIZE]", ARGS(1, 2),
	  OWN_OPTS(balloon_opts, struct balloon_opts), .needs = NEEDS_NAME, .budget_ms = 30000, .run = cmd_balloon,
	  .man = DOC(balloon_man), .json = DOC("name, actual, maximum, wanted (where a size was given): bytes\n") },
	{ .name = "set", .summary = "change a running VM: limits, links, media, memory", .args = "NAME", ARGS(1, 1),
	  OWN_OPTS(set_opts, struct set_opts), .init = set_defaults, .needs = NEEDS_NAME, .budget_ms = 15000, .run = cmd_set,
	  .man = DOC(set_man), .json = DOC(set_json), .examples = set_examples },
	{ .name = "inspect", .summary = "print everything known about a VM as JSON, or what its sandbox is", .args = "NAME", ARGS(1, 1),
	  OWN_OPTS(inspect_opts, struct inspect_opts), .needs = NEEDS_NAME, .budget_ms = 2000, .run = cmd_inspect,
	  .man = DOC(inspect_man), .json = DOC(inspect_json), .examples = inspect_examples, .exits = inspect_exits },
	{ .name = "why", .summary = "say what happened, with the evidence", .args = "NAME", ARGS(1, 1), .needs = NEEDS_NAME,
	  .budget_ms = 2000, .run = cmd_why, .man = DOC(why_man), .examples = why_examples,
	  .json = DOC("verdict   one line\nstatus    as status prints it\nevents, qemu_log, console  the last 4 KiB of each, or null\n") },
	{ .name = "remove", .summary = "forget a VM that has ended", .args = "NAME", ARGS(1, 1),
	  OWN_OPTS(remove_opts, struct remove_opts), .needs = NEEDS_NAME, .budget_ms = 10000, .run = cmd_remove,
	  .json = DOC("name, removed\n"),
	  .man = DOC("Removes its directory with logs, journal and record; images and the .vm file are not touched.\n") },
	{ .name = "check", .summary = "say whether this host can run VMs, and how tightly", .args = "", ARGS(0, 0),
	  OWN_OPTS(check_opts, struct check_opts), .budget_ms = 30000, .run = cmd_check_host, .examples = check_examples,
	  .man = DOC(check_man), .json = DOC(check_json) },
	{ .name = "help", .summary = "explain husk, or one command", .args = "[COMMAND]", ARGS(0, 1), .run = cmd_help },
	{ .name = "version", .summary = "print husk's version", .args = "", ARGS(0, 0), .run = cmd_version,
	  .json = DOC("version\n") },
	{ 0 }
};
