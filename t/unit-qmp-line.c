/* SPDX-License-Identifier: MIT */
/* One QMP line: what it is, what its error says, and what the trace shows of it. */
#include <qmp/qmp.h>

#include <base/err.h>
#include <errno.h>

#include "tap.h"

static void lines_are_told_apart(void)
{
	static const struct { const char *line; enum qmp_kind kind; bool has_id; uint64_t id; } lines[] = {
		{ "{\"QMP\": {\"version\": {}}}", QMP_GREETING, false, 0 },
		{ "{\"return\": [1], \"id\": 18446744073709551615}\r", QMP_RETURN, true, UINT64_MAX },
		{ " {\"id\":1,\"error\":{\"class\":\"C\",\"desc\":\"d\"}} ", QMP_ERROR, true, 1 },
		{ "{\"event\":\"RESUME\"}", QMP_EVENT, false, 0 },
		{ "{\"ev\\u0065nt\":\"RESUME\",\"data\":{},\"new\":1}", QMP_EVENT, false, 0 },
		{ "", QMP_BAD, false, 0 }, { "null", QMP_BAD, false, 0 }, { "{}", QMP_BAD, false, 0 },
		{ "{\"QMP\":1}", QMP_BAD, false, 0 }, { "{\"error\":\"x\"}", QMP_BAD, false, 0 },
		{ "{\"event\":1}", QMP_BAD, false, 0 }, { "{\"event\":\"\"}", QMP_BAD, false, 0 },
		{ "{\"event\":\"A\\u0000B\"}", QMP_BAD, false, 0 }, { "{\"event\":\"A\",\"data\":1}", QMP_BAD, false, 0 },
		{ "{\"event\":\"A\",\"return\":{}}", QMP_BAD, false, 0 }, { "{\"return\":{},\"id\":-1}", QMP_BAD, false, 0 },
		{ "{\"return\":{},\"id\":1.0}", QMP_BAD, false, 0 }, { "{\"return\":{},\"id\":1,\"id\":1}", QMP_BAD, false, 0 },
		{ "{\"return\":{}}{\"return\":{}}", QMP_BAD, false, 0 },
	};
	struct json j = JSON_INIT;
	struct qmp_msg msg;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		int rc = qmp_parse_line(&j, lines[i].line, strlen(lines[i].line), &msg);

		ok(rc == (lines[i].kind == QMP_BAD ? -EPROTO : 0) && msg.kind == lines[i].kind,
		   "\"%s\" is of kind %d", lines[i].line, lines[i].kind);
		if (rc == 0)
			ok(msg.has_id == lines[i].has_id && msg.id == lines[i].id, "... with the right id");
	}
	json_free(&j);
}

static void an_event_has_a_time_and_data(void)
{
	static const char line[] = "{\"timestamp\":{\"seconds\":1700000000,\"microseconds\":-1},\"event\":\"X\",\"data\":{\"k\":3}}";
	struct json j = JSON_INIT;
	struct qmp_msg msg;

	is_int(qmp_parse_line(&j, line, sizeof(line) - 1, &msg), 0, "an event");
	is_str(msg.event, "X", "... has a name");
	ok(msg.seconds == 1700000000 && msg.micros == -1, "... a time");
	is_int(json_int_or(&j, json_get(&j, msg.value, "k"), 0), 3, "... and data");
	qmp_parse_line(&j, "{\"event\":\"X\"}", 13, &msg);
	ok(msg.seconds == 0 && msg.micros == 0 && msg.value == -1, "... or neither");
	json_free(&j);
}

static void is_masked(const char *line, const char *want, const char *name)
{
	struct json j = JSON_INIT;
	struct buf out = BUF_INIT;

	json_parse(&j, line, strlen(line));
	qmp_mask(&j, &out, 1000);
	is_str(buf_str(&out), want, "%s", name);
	buf_free(&out);
	json_free(&j);
}

static void secrets_are_masked(void)
{
	struct json j = JSON_INIT;
	struct buf out = BUF_INIT;

	is_masked("{\"execute\": \"guest-set-user-password\", \"arguments\": {\"username\": \"r\", \"password\": \"aHVu\"}}",
		  "{\"execute\": \"guest-set-user-password\", \"arguments\": {\"username\": \"r\", \"password\": \"***\"}}",
		  "a password is masked");
	is_masked("{\"pass\\u0077ord\":[\"a\",{\"password\":1}],\"passphrase\":\"b\",\"secret\":7,\"key-secret\":\"c\",\"x\":\"password\"}",
		  "{\"pass\\u0077ord\":\"***\",\"passphrase\":\"***\",\"secret\":\"***\",\"key-secret\":\"***\",\"x\":\"password\"}",
		  "so are its kin, of any type and spelling");
	is_masked("{\"arguments\":{\"data\":\"hunter2\",\"id\":\"s\",\"qom-type\":\"secret\"}}",
		  "{\"arguments\":{\"data\":\"***\",\"id\":\"s\",\"qom-type\":\"secret\"}}", "so is a secret object's data");
	is_masked("{\"event\":\"X\",\"data\":{\"a\":1}}", "{\"event\":\"X\",\"data\":{\"a\":1}}", "an event's data is not");
	is_masked("[\"password\",\"x\"]", "[\"password\",\"x\"]", "nor what is no key");
	is_masked("{\"a\":\"password\",\"b\":\"x\"}", "{\"a\":\"password\",\"b\":\"x\"}", "nor what follows such a value");
	json_parse(&j, "{\"a\":\"0123456789\",\"password\":\"x\"}", 33);
	qmp_mask(&j, &out, 10);
	is_str(buf_str(&out), "{\"a\":\"0123", "a long line is cut");
	buf_free(&out);
	json_free(&j);
}

static void error_texts_are_cut_between_characters(void)
{
	char line[2048];
	struct json j = JSON_INIT;
	struct qmp_error error;
	struct qmp_msg msg;
	size_t n = (size_t)snprintf(line, sizeof(line), "{\"error\":{\"class\":\"C\",\"desc\":\"");

	for (int i = 0; i < 300; i++, n += 3)
		memcpy(line + n, "\xe2\x82\xac", 3);
	n += (size_t)snprintf(line + n, sizeof(line) - n, "\"}}");
	is_int(qmp_parse_line(&j, line, n, &msg), 0, "an error of 300 euro signs");
	qmp_parse_error(&j, msg.value, &error);
	is_int((long long)strlen(error.desc), 510, "is cut to whole ones");
	qmp_parse_line(&j, "{\"error\":{}}", 12, &msg);
	qmp_parse_error(&j, msg.value, &error);
	is_str(error.desc, "refused without a reason", "an error without a text has one");
	json_free(&j);
}

int main(void)
{
	lines_are_told_apart();
	an_event_has_a_time_and_data();
	secrets_are_masked();
	error_texts_are_cut_between_characters();
	return done_testing();
}
