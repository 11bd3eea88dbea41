/* SPDX-License-Identifier: MIT */
/* Base64 and SHA-256. */
#include <base/base64.h>
#include <base/buf.h>
#include <base/sha256.h>
#include <errno.h>

#include "tap.h"

static void try_encode(const char *bytes, const char *text)
{
	autobuf struct buf b = BUF_INIT;
	char out[64];
	ssize_t n;

	is_int(base64_add(&b, bytes, strlen(bytes)), 0, "encode \"%s\"", bytes);
	is_str(buf_str(&b), text, "... as RFC 4648 does");
	n = base64_decode(text, strlen(text), out);
	ok(n == (ssize_t)strlen(bytes) && memcmp(out, bytes, (size_t)n) == 0, "... and back");
}

static void refuse(const char *text, const char *why)
{
	char out[64];

	is_int(base64_decode(text, strlen(text), out), -EPROTO, "refused: %s", why);
}

static void try_every_byte(void)
{
	unsigned char bytes[256], back[400];
	autobuf struct buf b = BUF_INIT;
	ssize_t n;

	for (int i = 0; i < 256; i++)
		bytes[i] = (unsigned char)i;
	base64_add(&b, bytes, sizeof(bytes));
	n = base64_decode(b.data, b.len, back);
	ok(n == 256 && memcmp(back, bytes, 256) == 0, "every byte there and back");
	n = base64_decode(b.data, b.len, b.data);
	ok(n == 256 && memcmp(b.data, bytes, 256) == 0, "... in place");
}

/* @pieces: cut the text so, as a file is read */
static const char *digest(const char *text, size_t len, size_t piece)
{
	static char out[SHA256_HEX];
	struct sha256 s;

	sha256_init(&s);
	for (size_t i = 0; i < len; i += piece)
		sha256_add(&s, text + i, len - i < piece ? len - i : piece);
	sha256_end(&s, out);
	return out;
}

/* FIPS 180-4's examples, and lengths around a block */
static void try_sha256(void)
{
	static const char *const two = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	static char many[1000000];

	is_str(digest("", 0, 1), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "SHA-256 of nothing");
	is_str(digest("abc", 3, 3), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "of abc");
	is_str(digest(two, strlen(two), 64), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1", "of two blocks");
	memset(many, 'a', sizeof(many));
	is_str(digest(many, sizeof(many), 1000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", "of a million");
	is_str(digest(many, sizeof(many), 63), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", "in odd pieces");
	is_str(digest(many, 55, 55), "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318", "of 55 bytes");
	is_str(digest(many, 56, 56), "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a", "of 56 bytes");
	is_str(digest(many, 64, 64), "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb", "of 64 bytes");
}

int main(void)
{
	try_encode("", "");
	try_encode("f", "Zg==");
	try_encode("fo", "Zm8=");
	try_encode("foo", "Zm9v");
	try_encode("foob", "Zm9vYg==");
	try_every_byte();
	refuse("Zg=", "a length that is no multiple of 4");
	refuse("Zg==Zg==", "padding within");
	refuse("Z===", "three fills");
	refuse("====", "nothing but fills");
	refuse("Zg=a", "a digit behind a fill");
	refuse("Zh==", "bits behind the end");
	refuse("Zm9=", "bits behind the end, of two bytes");
	refuse("Zm9 ", "a blank");
	refuse("Zm-_", "the alphabet of URLs");
	refuse("\xc3\xa4" "aa", "bytes beyond ASCII");
	try_sha256();
	return done_testing();
}
