/* SPDX-License-Identifier: MIT */
/* Words of a command line as QMP arguments, and the commands that are not passed on. */
#include <qmp/args.h>

#include "tap.h"

#include <base/buf.h>
#include <base/err.h>
#include <base/pool.h>

static void args(const char *wanted, const char *w1, const char *w2, const char *w3)
{
	const char *words[3] = { w1, w2, w3 };
	size_t n = w3 ? 3 : w2 ? 2 : w1 ? 1 : 0;
	autobuf struct buf b = BUF_INIT;
	autopool struct pool pool = { 0 };
	int rc = qmp_args(&pool, words, n, &b);

	ok(rc == 0 && !strcmp(buf_str(&b), wanted), "%s %s %s is %s", w1 ? w1 : "nothing", w2 ? w2 : "", w3 ? w3 : "", wanted);
	if (rc < 0)
		diag("%s", err_text());
	else
		diag("%s", buf_str(&b));
}

static void bad(const char *wanted, const char *w1, const char *w2)
{
	const char *words[2] = { w1, w2 };
	autobuf struct buf b = BUF_INIT;
	autopool struct pool pool = { 0 };
	int rc = qmp_args(&pool, words, w2 ? 2 : 1, &b);

	ok(rc < 0 && err_code() == EXIT_USAGE && !strcmp(err_text(), wanted), "%s %s: %s", w1, w2 ? w2 : "", wanted);
	diag("%s", err_text());
}

static void refusal(bool refused, const char *command, const char *text)
{
	autojson struct json j = JSON_INIT;
	bool good = json_parse(&j, text, strlen(text)) == 0;

	ok(good && (qmp_refusal(command, &j, 0) != NULL) == refused, "%s %s is %s", command, text, refused ? "refused" : "sent");
}

int main(void)
{
	char deep[64] = "a";

	args("{}", NULL, NULL, NULL);
	args("{\"a\":1}", "a=1", NULL, NULL);
	args("{\"a\":true,\"b\":null,\"c\":-1.5e3}", "a=true", "b=null", "c=-1.5e3");
	args("{\"a\":\"01\",\"b\":\"text\",\"c\":\"\"}", "a=01", "b=text", "c=");
	args("{\"a\":\"5\"}", "a=\"5\"", NULL, NULL);
	args("{\"a\":[1,2],\"b\":{\"c\":1}}", "a=[1,2]", "b={\"c\":1}", NULL);
	args("{\"a\":{\"b\":1,\"c\":2}}", "a.b=1", "a.c=2", NULL);
	args("{\"a\":{\"b\":{\"c\":1}},\"d\":\"x=y\"}", "a.b.c=1", "d=x=y", NULL);
	args("{\"a\":\"say \\\"hi\\\"\"}", "a=say \"hi\"", NULL, NULL);
	bad("word: expected KEY=VALUE", "word", NULL);
	bad("=1: a key is empty", "=1", NULL);
	bad("a..b=1: a key is empty", "a..b=1", NULL);
	bad("a=2: a was given already", "a=1", "a=2");
	bad("a.b=2: a was given already", "a=1", "a.b=2");
	bad("a=2: a was given already", "a.b=1", "a=2");
	for (int i = 0; i < 20; i++)
		memcpy(deep + 1 + 2 * i, ".a", 2);
	memcpy(deep + 41, "=1", 3);
	bad("a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1: nests too deep", deep, NULL);

	refusal(true, "migrate", "{\"uri\": \"exec:cat\"}");
	refusal(true, "migrate", "{\"uri\": \"EXEC:cat\"}");
	refusal(true, "migrate", "{\"uri\": \"\\u0065xec:cat\"}");
	refusal(true, "migrate-incoming", "{\"uri\": \"exec:cat\"}");
	refusal(true, "migrate", "{\"channels\": [{\"addr\": {\"transport\": \"exec\", \"args\": [\"cat\"]}}]}");
	refusal(false, "migrate", "{\"uri\": \"fd:out\"}");
	refusal(true, "netdev_add", "{\"type\": \"tap\", \"id\": \"n\", \"script\": \"/etc/qemu-ifup\"}");
	refusal(false, "netdev_add", "{\"type\": \"tap\", \"id\": \"n\", \"fd\": \"n\", \"script\": \"no\"}");
	refusal(true, "netdev_add", "{\"type\": \"bridge\", \"id\": \"n\"}");
	refusal(true, "human-monitor-command", "{\"command-line\": \"migrate -d exec:cat\"}");
	refusal(true, "human-monitor-command", "{\"command-line\": \"  MIGRATE \\\"exec:cat\\\"\"}");
	refusal(true, "human-monitor-command", "{}");
	refusal(false, "human-monitor-command", "{\"command-line\": \"info block\"}");
	refusal(false, "query-block", "{}");
	return done_testing();
}
