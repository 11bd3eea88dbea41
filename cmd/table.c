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
	"With\n.Fl d\nit returns when the guest's CPUs run, or says why they do not, with the last lines that QEMU wrote.\n";
static const char *const status_examples[] = { "husk status web && echo it runs", NULL };
static const struct cmd_exit status_exits[] = {
	{ 0, "it runs, is paused or is being started" },
	{ 3, "it does not run" },
	{ 6, "it runs but does not answer" },
	{ 0, NULL }
};
static const char *const stop_examples[] = { "husk stop web", "husk stop --timeout 20s web", "husk stop --now web", NULL };
static const char stop_man[] =
	"Asks the guest agent, presses the ACPI power button, tells QEMU to quit, kills QEMU:\n"
	"each has its share of\n.Fl -timeout\n(3, 4, 1 and 1 ninths), and what one does not use goes to the next.\n"
	"What does not run is stopped already.\nThe receipt says which rung worked and what the others met.\n";
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
	"rungs     array of rung, ms, result\n";
static const char *const wait_examples[] = { "husk wait web; echo $?", "husk wait --timeout 60s web", NULL };
static const struct cmd_exit wait_exits[] = {
	{ 1, "it ended and nobody saw how" },
	{ 6, "it still runs" },
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
static const char *const hmp_examples[] = { "husk hmp web info block", NULL };

const struct cmd commands[] = {
	{ .name = "run", .summary = "launch a VM and stay with it until it ends", .args = "[FILE|NAME]", ARGS(0, 1),
	  OWN_OPTS(run_opts, struct run_opts), .spec_opts = true, .run = cmd_run, .man = run_man, .examples = run_examples,
	  .exits = run_exits, .json = "with -d: as status; with --dry-run: the plan (name, dir, accel, rlimits, fds, argv)\n" },
	{ .name = "start", .summary = "launch a VM in the background", .args = "[FILE|NAME]", ARGS(0, 1),
	  OWN_OPTS(run_opts, struct run_opts), .init = run_preset_detach, .spec_opts = true, .run = cmd_run,
	  .same_as = "run -d" },
	{ .name = "stop", .summary = "make a VM end: agent, ACPI, quit, KILL", .args = "NAME", ARGS(1, 1),
	  OWN_OPTS(stop_opts, struct stop_opts), .needs = NEEDS_NAME, .budget_ms = 90000, .run = cmd_stop, .man = stop_man,
	  .json = stop_json, .examples = stop_examples },
	{ .name = "status", .summary = "say how a VM is", .args = "NAME", ARGS(1, 1), .needs = NEEDS_NAME, .budget_ms = 2000,
	  .run = cmd_status, .json = status_json, .examples = status_examples, .exits = status_exits },
	{ .name = "list", .summary = "show all VMs", .args = "", ARGS(0, 0), OWN_OPTS(list_opts, struct list_opts),
	  .run = cmd_list, .json = "an array of what status prints\n",
	  .man = "Every VM is asked at the same time; one that does not answer within 250 ms (or\n.Fl -timeout )\n"
		 "is shown as unresponsive and delays no other.\n" },
	{ .name = "wait", .summary = "wait until a VM has ended; the exit code says how", .args = "NAME", ARGS(1, 1),
	  .needs = NEEDS_NAME, .run = cmd_wait, .json = "as status\n", .examples = wait_examples, .exits = wait_exits },
	{ .name = "logs", .summary = "show the console's log", .args = "NAME", ARGS(1, 1), OWN_OPTS(logs_opts, struct logs_opts),
	  .init = logs_defaults, .needs = NEEDS_NAME, .run = cmd_logs, .examples = logs_examples,
	  .man = "On a terminal, control bytes of the guest are shown as \\exNN, unless\n.Fl -raw\nis given.\n" },
	{ .name = "console", .summary = "attach to the console", .args = "NAME", ARGS(1, 1),
	  OWN_OPTS(console_opts, struct console_opts), .init = console_defaults, .needs = NEEDS_NAME, .run = cmd_console,
	  .man = console_man, .json = console_json, .examples = console_examples, .exits = console_exits },
	{ .name = "qmp", .summary = "run a QMP command, or a stream of them", .args = "NAME COMMAND|JSON|- [KEY=VALUE ...]",
	  ARGS(2, ARGS_ANY), OWN_OPTS(qmp_opts, struct qmp_opts), .needs = NEEDS_NAME, .budget_ms = 60000, .run = cmd_qmp,
	  .man = qmp_man, .examples = qmp_examples },
	{ .name = "hmp", .summary = "run a command of QEMU's human monitor", .args = "NAME COMMAND ...", ARGS(2, ARGS_ANY),
	  .needs = NEEDS_NAME, .budget_ms = 60000, .run = cmd_hmp, .json = "the output as one string\n", .examples = hmp_examples },
	{ .name = "pause", .summary = "stop the guest's CPUs", .args = "NAME", ARGS(1, 1), .needs = NEEDS_NAME,
	  .budget_ms = 5000, .run = cmd_simple, .json = "name, done\n" },
	{ .name = "resume", .summary = "let the guest's CPUs go on", .args = "NAME", ARGS(1, 1), .needs = NEEDS_NAME,
	  .budget_ms = 5000, .run = cmd_simple, .json = "name, done\n" },
	{ .name = "reset", .summary = "press the reset button", .args = "NAME", ARGS(1, 1), .needs = NEEDS_NAME,
	  .budget_ms = 5000, .run = cmd_simple, .json = "name, done\n" },
	{ .name = "powerdown", .summary = "press the power button, and do not wait", .args = "NAME", ARGS(1, 1), .needs = NEEDS_NAME,
	  .budget_ms = 5000, .run = cmd_simple, .json = "name, done\n" },
	{ .name = "nmi", .summary = "send the guest a non-maskable interrupt", .args = "NAME", ARGS(1, 1), .needs = NEEDS_NAME,
	  .budget_ms = 5000, .run = cmd_simple, .json = "name, done\n" },
	{ .name = "inspect", .summary = "print everything known about a VM as JSON, or what its sandbox is", .args = "NAME", ARGS(1, 1),
	  OWN_OPTS(inspect_opts, struct inspect_opts), .needs = NEEDS_NAME, .budget_ms = 2000, .run = cmd_inspect,
	  .man = inspect_man, .json = inspect_json, .examples = inspect_examples, .exits = inspect_exits },
	{ .name = "why", .summary = "say what happened, with the evidence", .args = "NAME", ARGS(1, 1), .needs = NEEDS_NAME,
	  .budget_ms = 2000, .run = cmd_why, .man = why_man, .examples = why_examples,
	  .json = "verdict   one line\nstatus    as status prints it\nevents, qemu_log, console  the last 4 KiB of each, or null\n" },
	{ .name = "remove", .summary = "forget a VM that has ended", .args = "NAME", ARGS(1, 1),
	  OWN_OPTS(remove_opts, struct remove_opts), .needs = NEEDS_NAME, .budget_ms = 10000, .run = cmd_remove,
	  .json = "name, removed\n",
	  .man = "Removes its directory with logs, journal and record; images and the .vm file are not touched.\n" },
	{ .name = "check", .summary = "say whether this host can run VMs, and how tightly", .args = "", ARGS(0, 0),
	  OWN_OPTS(check_opts, struct check_opts), .budget_ms = 30000, .run = cmd_check_host, .examples = check_examples,
	  .man = check_man, .json = check_json },
	{ .name = "help", .summary = "explain husk, or one command", .args = "[COMMAND]", ARGS(0, 1), .run = cmd_help },
	{ .name = "version", .summary = "print husk's version", .args = "", ARGS(0, 0), .run = cmd_version,
	  .json = "version\n" },
	{ 0 }
};
