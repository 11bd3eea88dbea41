/* SPDX-License-Identifier: MIT */
/* What the guest agent is asked and what it answers, as data: exec, exec-status, addresses, info. */
#include <base/buf.h>
#include <base/err.h>
#include <errno.h>
#include <qmp/qga_cmd.h>

#include "tap.h"

static void parse(struct json *j, const char *text)
{
	if (json_parse(j, text, strlen(text)) < 0)
		bail_out("bad JSON in the test: %s", text);
}

static void try_args(void)
{
	static const char *const argv[] = { "sh", "-c", "a \"b\"\n" }, *const env[] = { "A=1", "B=" };
	struct qga_exec e = { .argv = argv, .argc = 3 };
	autobuf struct buf b = BUF_INIT;

	is_int(qga_exec_args(&e, &b), 0, "guest-exec's arguments");
	is_str(buf_str(&b), "{\"path\":\"sh\",\"arg\":[\"-c\",\"a \\\"b\\\"\\n\"],\"capture-output\":true}", "... of a program");
	buf_clear(&b);
	e = (struct qga_exec){ .argv = argv, .argc = 1, .env = env, .nenv = 2, .input = "x\0y", .input_len = 3, .no_output = true };
	qga_exec_args(&e, &b);
	is_str(buf_str(&b), "{\"path\":\"sh\",\"arg\":[],\"env\":[\"A=1\",\"B=\"],\"input-data\":\"eAB5\",\"capture-output\":false}",
	       "... with environment and input");
	buf_clear(&b);
	e = (struct qga_exec){ .argv = argv, .argc = 1, .input = "" };
	qga_exec_args(&e, &b);
	is_str(buf_str(&b), "{\"path\":\"sh\",\"arg\":[],\"input-data\":\"\",\"capture-output\":true}", "... with an input that is empty");
}

static void status(const char *text, int rc, int code, const char *out)
{
	autojson struct json j = JSON_INIT;
	autobuf struct buf b = BUF_INIT;
	struct qga_exec_status s;

	parse(&j, text);
	if (!is_int(qga_parse_exec_status(&j, 0, &s), rc, "%s", text) || rc < 0)
		return;
	is_int(s.exited ? qga_exec_exit(&s) : -1, code, "... exit code");
	if (out && ok(qga_bytes(&j, s.out, &b) >= 0, "... output"))
		is_str(buf_str(&b), out, "... as it was");
	else if (!out)
		is_int(qga_bytes(&j, s.out, &b), s.out < 0 ? 0 : -EPROTO, "... no output");
}

static void try_status(void)
{
	status("{\"exited\": false}", 0, -1, NULL);
	status("{\"exited\": true, \"exitcode\": 7}", 0, 7, NULL);
	status("{\"exited\": true, \"signal\": 9}", 0, 137, NULL);
	status("{\"exited\": true, \"exitcode\": 256}", 0, 255, NULL);
	status("{\"exited\": true, \"exitcode\": -1073741819}", 0, 255, NULL);
	status("{\"exited\": true, \"signal\": 4711}", 0, 255, NULL);
	status("{\"exited\": true, \"exitcode\": 0, \"out-data\": \"YWI=\"}", 0, 0, "ab");
	status("{\"exited\": true, \"exitcode\": 0, \"out-data\": \"Pz8\\/\"}", 0, 0, "\?\?\?");
	status("{\"exited\": true, \"exitcode\": 0, \"out-data\": \"YWI\"}", 0, 0, NULL);
	status("{\"exited\": true, \"exitcode\": 0, \"out-data\": [1]}", 0, 0, NULL);
	status("{\"exited\": 1}", -EPROTO, 0, NULL);
	status("[]", -EPROTO, 0, NULL);
	is_int(qga_exec_refusal("Failed to execute child process \"x\" (No such file or directory)"), 127, "not found");
	is_int(qga_exec_refusal("Failed to execute child process \"x\" (Permission denied)"), 126, "not executable");
	is_int(qga_exec_refusal("Invalid parameter 'path'"), 125, "another refusal");
}

static void try_addresses(void)
{
	autojson struct json j = JSON_INIT;
	struct qga_addresses a = QGA_ADDRESSES(&j, 0);
	struct qga_address one;
	char text[512];

	parse(&j, "[{\"name\": \"lo\", \"ip-addresses\": [{\"ip-address\": \"127.0.0.1\", \"ip-address-type\": \"ipv4\", \"prefix\": 8},"
		  "{\"ip-address\": \"::1\", \"ip-address-type\": \"ipv6\", \"prefix\": 128}]}, {\"name\": \"down\"}, 7,"
		  "{\"hardware-address\": \"52:54:00:12:34:56\", \"ip-addresses\": [{\"ip-address\": \"\"}, {\"ip-address\": 5},"
		  "{\"ip-address\": \"192.0.2.1\"}]}]");
	ok(qga_next_address(&a, &one) && one.loopback && !one.v6 && one.prefix == 8, "loopback");
	is_str(one.interface, "lo", "... and its interface");
	ok(qga_next_address(&a, &one) && one.loopback && one.v6, "loopback of IPv6");
	ok(qga_next_address(&a, &one) && !one.loopback && one.prefix == -1, "what has no address or no believable one is passed by");
	snprintf(text, sizeof(text), "%s %s %s", one.interface, one.mac, one.address);
	is_str(text, "? 52:54:00:12:34:56 192.0.2.1", "an interface without a name");
	ok(!qga_next_address(&a, &one), "the end");
	ok(!qga_next_address(&a, &one), "... stays the end");
	parse(&j, "{\"a\": 1}");
	a = (struct qga_addresses)QGA_ADDRESSES(&j, 0);
	ok(!qga_next_address(&a, &one), "no list, no address");
}

static void try_allows(void)
{
	autojson struct json j = JSON_INIT;

	parse(&j, "{\"supported_commands\": [{\"name\": \"a\", \"enabled\": true}, {\"name\": \"b\", \"enabled\": false}, 3]}");
	is_int(qga_allows(&j, 0, "a"), QGA_ENABLED, "enabled");
	is_int(qga_allows(&j, 0, "b"), QGA_DISABLED, "disabled");
	is_int(qga_allows(&j, 0, "c"), QGA_UNKNOWN_COMMAND, "unknown");
}

int main(void)
{
	try_args();
	try_status();
	try_addresses();
	try_allows();
	return done_testing();
}
