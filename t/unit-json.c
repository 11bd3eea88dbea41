/* SPDX-License-Identifier: MIT */
/* JSON: what is accepted and refused (named after JSONTestSuite's families), the accessors, the writer. */
#include <base/json.h>

#include <base/buf.h>
#include <base/err.h>
#include <base/loop.h>
#include <errno.h>

#include "tap.h"

struct text {
	const char *name, *text;
	size_t len;
};

#define T(name, text) { name, text, sizeof(text) - 1 }

static const struct text accepted[] = {
	T("y_array_arraysWithSpaces", "[[]   ]"), T("y_array_empty", "[]"), T("y_array_empty_string", "[\"\"]"),
	T("y_array_ending_with_newline", "[\"a\"]\n"), T("y_array_false", "[false]"),
	T("y_array_heterogeneous", "[null, 1, \"1\", {}]"), T("y_array_null", "[null]"),
	T("y_array_with_1_and_newline", "[1\n]"), T("y_array_with_leading_space", " [1]"),
	T("y_array_with_several_null", "[1,null,null,null,2]"), T("y_array_with_trailing_space", "[2] "),
	T("y_number", "[123e65]"), T("y_number_0e+1", "[0e+1]"), T("y_number_0e1", "[0e1]"),
	T("y_number_after_space", "[ 4]"), T("y_number_double_close_to_zero", "[-0.000000000000000000000000000001]"),
	T("y_number_int_with_exp", "[20e1]"), T("y_number_minus_zero", "[-0]"), T("y_number_negative_int", "[-123]"),
	T("y_number_negative_one", "[-1]"), T("y_number_real_capital_e", "[1E22]"),
	T("y_number_real_capital_e_neg_exp", "[1E-2]"), T("y_number_real_capital_e_pos_exp", "[1E+2]"),
	T("y_number_real_exponent", "[123e45]"), T("y_number_real_fraction_exponent", "[123.456e78]"),
	T("y_number_simple_int", "[123]"), T("y_number_simple_real", "[123.456789]"),
	T("y_object", "{\"asd\":\"sdf\", \"dfg\":\"fgh\"}"), T("y_object_basic", "{\"asd\":\"sdf\"}"),
	T("y_object_duplicated_key", "{\"a\":\"b\",\"a\":\"c\"}"), T("y_object_empty", "{}"),
	T("y_object_empty_key", "{\"\":0}"), T("y_object_escaped_null_in_key", "{\"foo\\u0000bar\": 42}"),
	T("y_object_simple", "{\"a\":[]}"), T("y_object_with_newlines", "{\n\"a\": \"b\"\n}"),
	T("y_string_1_2_3_bytes_UTF-8_sequences", "[\"\\u0060\\u012a\\u12AB\"]"),
	T("y_string_accepted_surrogate_pair", "[\"\\uD801\\udc37\"]"), T("y_string_backslash_doublequotes", "[\"\\\"\"]"),
	T("y_string_allowed_escapes", "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]"), T("y_string_double_escape_a", "[\"\\\\a\"]"),
	T("y_string_comments", "[\"a/*b*/c/*d//e\"]"), T("y_string_escaped_control_character", "[\"\\u0012\"]"),
	T("y_string_escaped_noncharacter", "[\"\\uFFFF\"]"), T("y_string_in_array", "[\"asd\"]"),
	T("y_string_last_surrogates_1_and_2", "[\"\\uDBFF\\uDFFF\"]"), T("y_string_nbsp_uescaped", "[\"new\\u00A0line\"]"),
	T("y_string_nonCharacterInUTF-8_U+10FFFF", "[\"\xf4\x8f\xbf\xbf\"]"),
	T("y_string_nonCharacterInUTF-8_U+FFFF", "[\"\xef\xbf\xbf\"]"), T("y_string_null_escape", "[\"\\u0000\"]"),
	T("y_string_one-byte-utf-8", "[\"\\u002c\"]"), T("y_string_pi", "[\"\xcf\x80\"]"),
	T("y_string_reservedCharacterInUTF-8_U+1BFFF", "[\"\xf0\x9b\xbf\xbf\"]"), T("y_string_space", "\" \""),
	T("y_string_simple_ascii", "[\"asd \"]"), T("y_string_u+2028_line_sep", "[\"\xe2\x80\xa8\"]"),
	T("y_string_unescaped_char_delete", "[\"\x7f\"]"), T("y_string_utf8_first_4_bytes", "[\"\xf0\x90\x80\x80\"]"),
	T("y_string_with_del_character", "[\"a\x7f" "a\"]"), T("y_structure_lonely_false", "false"),
	T("y_structure_lonely_int", "42"), T("y_structure_lonely_negative_real", "-0.1"),
	T("y_structure_lonely_null", "null"), T("y_structure_lonely_string", "\"asd\""),
	T("y_structure_lonely_true", "true"), T("y_structure_string_empty", "\"\""),
	T("y_structure_trailing_newline", "[\"a\"]\n"), T("y_structure_true_in_array", "[true]"),
	T("y_structure_whitespace_array", " \t\r\n[] \t\r\n"),
	/* what the RFC leaves open, and husk accepts */
	T("i_number_huge_exp", "[0.4e00669999999999999999999999999999]"), T("i_number_neg_int_huge_exp", "[-1e+9999]"),
	T("i_number_too_big_pos_int", "[100000000000000000000]"), T("i_object_key_lone_2nd_surrogate", "{\"\\uDFAA\":0}"),
	T("i_string_1st_surrogate_but_2nd_missing", "[\"\\uDADA\"]"), T("i_string_inverted_surrogates", "[\"\\uDd1e\\uD834\"]"),
	T("i_string_1st_valid_surrogate_2nd_invalid", "[\"\\uD888\\u1234\"]"),
};

static const struct text refused[] = {
	T("n_array_1_true_without_comma", "[1 true]"), T("n_array_colon_instead_of_comma", "[\"\": 1]"),
	T("n_array_comma_after_close", "[\"\"],"), T("n_array_comma_and_number", "[,1]"),
	T("n_array_double_comma", "[1,,2]"), T("n_array_double_extra_comma", "[\"x\",,]"),
	T("n_array_extra_close", "[\"x\"]]"), T("n_array_extra_comma", "[\"\",]"), T("n_array_incomplete", "[\"x\""),
	T("n_array_inner_array_no_comma", "[3[4]]"), T("n_array_items_separated_by_semicolon", "[1:2]"),
	T("n_array_just_comma", "[,]"), T("n_array_just_minus", "[-]"), T("n_array_missing_value", "[   , \"\"]"),
	T("n_array_newlines_unclosed", "[\"a\",\n4\n,1,"), T("n_array_number_and_several_commas", "[1,,]"),
	T("n_array_spaces_vertical_tab_formfeed", "[\"\va\"\\f]"), T("n_array_star_inside", "[*]"),
	T("n_array_unclosed", "[\"\""), T("n_array_unclosed_with_object_inside", "[{}"),
	T("n_incomplete_false", "[fals]"), T("n_incomplete_null", "[nul]"), T("n_incomplete_true", "[tru]"),
	T("n_multidigit_number_then_00", "123\0"), T("n_number_++", "[++1234]"), T("n_number_+1", "[+1]"),
	T("n_number_-01", "[-01]"), T("n_number_-2.", "[-2.]"), T("n_number_.2e-3", "[.2e-3]"),
	T("n_number_0.1.2", "[0.1.2]"), T("n_number_0.3e", "[0.3e]"), T("n_number_0e+", "[0e+]"),
	T("n_number_1_000", "[1 000.0]"), T("n_number_1eE2", "[1eE2]"), T("n_number_2.e3", "[2.e3]"),
	T("n_number_Inf", "[Inf]"), T("n_number_NaN", "[NaN]"), T("n_number_U+FF11_fullwidth", "[\xef\xbc\x91]"),
	T("n_number_expression", "[1+2]"), T("n_number_hex_1_digit", "[0x1]"), T("n_number_infinity", "[Infinity]"),
	T("n_number_invalid-utf-8-in-int", "[0\xe5]\n"), T("n_number_minus_space_1", "[- 1]"),
	T("n_number_neg_int_starting_with_zero", "[-012]"), T("n_number_neg_with_garbage_at_end", "[-1x]"),
	T("n_number_real_garbage_after_e", "[1ea]"), T("n_number_real_without_fractional_part", "[1.]"),
	T("n_number_starting_with_dot", "[.123]"), T("n_number_with_alpha", "[1.2a-3]"),
	T("n_number_with_leading_zero", "[012]"), T("n_object_bad_value", "[\"x\", truth]"),
	T("n_object_bracket_key", "{[: \"x\"}\n"), T("n_object_comma_instead_of_colon", "{\"x\", null}"),
	T("n_object_double_colon", "{\"x\"::\"b\"}"), T("n_object_garbage_at_end", "{\"a\":\"a\" 123}"),
	T("n_object_key_with_single_quotes", "{key: 'value'}"), T("n_object_lone_continuation_byte_in_key", "{\"\xb9\":\"0\",}"),
	T("n_object_missing_colon", "{\"a\" b}"), T("n_object_missing_key", "{:\"b\"}"),
	T("n_object_missing_semicolon", "{\"a\" \"b\"}"), T("n_object_missing_value", "{\"a\":"),
	T("n_object_no-colon", "{\"a\""), T("n_object_non_string_key", "{1:1}"),
	T("n_object_several_trailing_commas", "{\"id\":0,,,,,}"), T("n_object_single_quote", "{'a':0}"),
	T("n_object_trailing_comma", "{\"id\":0,}"), T("n_object_trailing_comment", "{\"a\":\"b\"}/**/"),
	T("n_object_two_commas_in_a_row", "{\"a\":\"b\",,\"c\":\"d\"}"), T("n_object_unquoted_key", "{a: \"b\"}"),
	T("n_object_unterminated-value", "{\"a\":\"a"), T("n_object_with_trailing_garbage", "{\"a\":\"b\"}#"),
	T("n_single_space", " "), T("n_string_1_surrogate_then_escape", "[\"\\uD800\\\"]"),
	T("n_string_1_surrogate_then_escape_u1", "[\"\\uD800\\u1\"]"), T("n_string_1_surrogate_then_escape_u1x", "[\"\\uD800\\u1x\"]"),
	T("n_string_accentuated_char_no_quotes", "[\xc3\xa9]"), T("n_string_backslash_00", "[\"\\\0\"]"),
	T("n_string_escape_x", "[\"\\x00\"]"), T("n_string_escaped_backslash_bad", "[\"\\\\\\\"]"),
	T("n_string_escaped_ctrl_char_tab", "[\"\\\t\"]"), T("n_string_escaped_emoji", "[\"\\\xf0\x9f\x8c\x80\"]"),
	T("n_string_incomplete_escape", "[\"\\\"]"), T("n_string_incomplete_escaped_character", "[\"\\u00A\"]"),
	T("n_string_invalid_backslash_esc", "[\"\\a\"]"), T("n_string_invalid_unicode_escape", "[\"\\uqqqq\"]"),
	T("n_string_invalid_utf8_after_escape", "[\"\\\xe5\"]"), T("n_string_leading_uescaped_thinspace", "[\\u0020\"asd\"]"),
	T("n_string_no_quotes_with_bad_escape", "[\\n]"), T("n_string_single_doublequote", "\""),
	T("n_string_single_quote", "['single quote']"), T("n_string_single_string_no_double_quotes", "abc"),
	T("n_string_start_escape_unclosed", "[\"\\"), T("n_string_unescaped_ctrl_char", "[\"a\0a\"]"),
	T("n_string_unescaped_newline", "[\"new\nline\"]"), T("n_string_unescaped_tab", "[\"\t\"]"),
	T("n_string_unicode_CapitalU", "\"\\UA66D\""), T("n_string_with_trailing_garbage", "\"\"x"),
	T("n_structure_U+2060_word_joined", "[\xe2\x81\xa0]"), T("n_structure_UTF8_BOM_no_data", "\xef\xbb\xbf"),
	T("n_structure_angle_bracket_.", "<.>"), T("n_structure_array_trailing_garbage", "[1]x"),
	T("n_structure_ascii-unicode-identifier", "a\xc3\xa5"), T("n_structure_capitalized_True", "[True]"),
	T("n_structure_close_unopened_array", "1]"), T("n_structure_comma_instead_of_closing_brace", "{\"x\": true,"),
	T("n_structure_double_array", "[][]"), T("n_structure_end_array", "]"), T("n_structure_lone-open-bracket", "["),
	T("n_structure_no_data", ""), T("n_structure_null-byte-outside-string", "[\0]"),
	T("n_structure_object_followed_by_closing_object", "{}}"), T("n_structure_object_unclosed_no_value", "{\"\":"),
	T("n_structure_object_with_comment", "{\"a\":/*comment*/\"b\"}"), T("n_structure_open_array_comma", "[,"),
	T("n_structure_open_array_open_object", "[{"), T("n_structure_open_object", "{"),
	T("n_structure_open_object_close_array", "{]"), T("n_structure_open_array_close_object", "[}"),
	T("n_structure_open_open", "[\"\\{[\"\\{[\"\\{[\"\\{"), T("n_structure_single_eacute", "\xe9"),
	T("n_structure_single_star", "*"), T("n_structure_trailing_#", "{\"a\":\"b\"}#{}"),
	T("n_structure_unclosed_array_partial_null", "[ false, nul"), T("n_structure_unicode-identifier", "\xc3\xa5"),
	T("n_structure_whitespace_U+2060_word_joiner", "\xe2\x81\xa0"), T("n_structure_whitespace_formfeed", "[\f]"),
	/* what the RFC leaves open, and husk refuses */
	T("i_string_UTF-8_invalid_sequence", "[\"\xe6\x97\xa5\xd1\x88\xfa\"]"),
	T("i_string_UTF8_surrogate_U+D800", "[\"\xed\xa0\x80\"]"), T("i_string_invalid_utf-8", "[\"\xff\"]"),
	T("i_string_iso_latin_1", "[\"\xe9\"]"), T("i_string_lone_utf8_continuation_byte", "[\"\x81\"]"),
	T("i_string_not_in_unicode_range", "[\"\xf4\xbf\xbf\xbf\"]"), T("i_string_overlong_sequence_2_bytes", "[\"\xc0\xaf\"]"),
	T("i_string_overlong_sequence_3_bytes", "[\"\xe0\x80\xaf\"]"), T("i_string_overlong_sequence_4_bytes", "[\"\xf0\x82\x82\xac\"]"),
	T("i_string_overlong_sequence_6_bytes_null", "[\"\xfc\x80\x80\x80\x80\x80\"]"),
	T("i_string_truncated-utf-8", "[\"\xe0\xff\"]"), T("i_string_cut_at_the_end", "\"\xf0\x9f\x98"),
	T("i_string_utf16LE_no_BOM", "[\0\"\0\xe9\0\"\0]\0"), T("i_structure_UTF-8_BOM_empty_object", "\xef\xbb\xbf{}"),
};

/* A copy without anything behind it: a sanitizer sees each byte read beyond. */
static int parse_exactly(struct json *j, const char *text, size_t len, char **copy)
{
	*copy = malloc(len ? len : 1);
	if (!*copy)
		bail_out("no memory");
	memcpy(*copy, text, len);
	return json_parse(j, *copy, len);
}

static void suite(void)
{
	struct json j = JSON_INIT;
	char *copy;
	int rc;

	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
		rc = parse_exactly(&j, accepted[i].text, accepted[i].len, &copy);
		ok(rc == 0 && json_check(copy, accepted[i].len, NULL, NULL) == 0 && j.ntok > 0, "%s is accepted",
		   accepted[i].name);
		free(copy);
	}
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		rc = parse_exactly(&j, refused[i].text, refused[i].len, &copy);
		ok(rc == -EPROTO && json_check(copy, refused[i].len, NULL, NULL) == -EPROTO && j.ntok == 0,
		   "%s is refused", refused[i].name);
		free(copy);
	}
	json_free(&j);
}

static void errors_name_place_and_reason(void)
{
	struct json j = JSON_INIT;
	const char *why = NULL;
	size_t at = 99;

	is_int(json_check("[1,]", 4, &at, &why), -EPROTO, "a trailing comma is refused");
	is_int((long long)at, 3, "... at its place");
	is_str(why, "no value starts like this", "... with a reason");
	is_int(json_parse(&j, "{\"a\" 1}", 7), -EPROTO, "a missing colon is refused");
	is_str(err_text(), "bad JSON at byte 5: expected : after the key", "... and recorded");
	json_check("\"ab\xff\"", 5, &at, NULL);
	is_int((long long)at, 3, "a bad byte is pointed at");
	json_check("\xef\xbb\xbf[]", 5, &at, NULL);
	is_int((long long)at, 0, "a byte order mark is pointed at");
}

static void *fill(size_t n, const char *unit, size_t size)
{
	char *text = malloc(n * size + 2);

	if (!text)
		bail_out("no memory");
	for (size_t i = 0; i < n; i++)
		memcpy(text + 1 + i * size, unit, size);
	return text;
}

static void depth_is_bounded(void)
{
	char text[2 * JSON_MAX_DEPTH + 2];
	struct json j = JSON_INIT;
	char *deep;

	memset(text, '[', JSON_MAX_DEPTH);
	memset(text + JSON_MAX_DEPTH, ']', JSON_MAX_DEPTH);
	is_int(json_parse(&j, text, (size_t)2 * JSON_MAX_DEPTH), 0, "n_structure nested to the bound is accepted");
	is_int(j.ntok, JSON_MAX_DEPTH, "... each level being a value");
	memset(text, '[', JSON_MAX_DEPTH + 1);
	memset(text + JSON_MAX_DEPTH + 1, ']', JSON_MAX_DEPTH + 1);
	is_int(json_parse(&j, text, sizeof(text)), -EPROTO, "i_structure_65_nested_arrays is refused");
	is_str(err_text(), "bad JSON at byte 64: nested too deep", "... by its depth");
	deep = fill(100000, "[", 1);
	is_int(json_check(deep + 1, 100000, NULL, NULL), -EPROTO, "n_structure_100000_opening_arrays is refused");
	free(deep);
	deep = fill(50000, "{\"\":", 4);
	is_int(json_check(deep + 1, 200000, NULL, NULL), -EPROTO, "n_structure_open_array_object is refused");
	free(deep);
	json_free(&j);
}

/* 16 MiB of the worst there is; quadratic work would take hours, so the bound can be generous. */
static void big_texts_take_linear_time_and_bounded_memory(void)
{
	static const struct { const char *text; int rc; } units[] = {
		{ "[],", -E2BIG }, { "1,", -E2BIG }, { "{\"a\":[[[[1]]]]},", -E2BIG }, { "[[[],[[]]],1],", -E2BIG },
		{ "    [],", 0 }, { "\"abcdefghij\",", 0 }, { "{\"a\":[[[                              ]]]},", 0 },
		{ "[[[[      [      ]      ],0      ],0        ],0      ],", 0 },
	};
	struct json j = JSON_INIT;
	int64_t start = clock_us();

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t size = strlen(units[i].text), n = (16u << 20) / size, len = n * size + 1;
		char *text = fill(n, units[i].text, size);
		int rc, iter = 0, value, count = 0;

		text[0] = '[';
		text[len - 1] = ']';
		rc = json_parse(&j, text, len);
		while (json_next(&j, 0, &iter, NULL, &value))
			count++;
		is_int(rc, units[i].rc, "16 MiB of %s are %s", units[i].text, units[i].rc ? "too many" : "read");
		is_int(count, units[i].rc ? 0 : (long long)n, "... and walked");
		is_int(json_get(&j, json_item(&j, 0, (int)n - 1), "b"), -1, "... and searched");
		ok((size_t)j.cap * sizeof(*j.tok) <= 64u << 20, "... in at most 64 MiB");
		free(text);
	}
	ok(clock_us() - start < 60 * 1000000LL, "... in linear time");
	json_free(&j);
}

static void a_fixed_array_is_never_grown(void)
{
	jsmntok_t tokens[4];
	struct json j = JSON_FIXED(tokens);

	is_int(json_parse(&j, "[1,2,3]", 7), 0, "as many values as the array holds");
	is_int(json_parse(&j, "[1,2,3,4]", 9), -E2BIG, "one more is refused");
	is_int(json_item(&j, 0, 0), -1, "... and nothing is there then");
	is_int(json_parse(&j, "[]", 2), 0, "the next text is fine again");
	json_free(&j);
	ok(j.tok == tokens, "the caller keeps its array");
}

static int parse(struct json *j, const char *text)
{
	int rc = json_parse(j, text, strlen(text));

	if (rc < 0)
		bail_out("%s: %s", text, err_text());
	return rc;
}

static void members_and_items_are_found(void)
{
	struct json j = JSON_INIT;
	int iter = 0, key, value, n = 0;
	size_t len;

	parse(&j, "{\"a\":{\"b\":[10,[],{\"c\":true}]},\"\\u0062\":\"two\",\"a\":1,\"n\":null,\"e\":{}}");
	is_int(json_size(&j, 0), 5, "an object's size counts its members");
	ok(json_is_object(&j, json_get(&j, 0, "a")), "the first of two equal keys is found");
	ok(json_eq(&j, json_get(&j, 0, "b"), "two"), "a key is compared decoded");
	is_int(json_get(&j, 0, "c"), -1, "a key of an inner object is not there");
	is_int(json_get(&j, 0, "two"), -1, "a value is no key");
	is_int(json_int_or(&j, json_item(&j, json_path(&j, 0, "a.b"), 0), -1), 10, "a path leads to an item");
	is_int(json_bool(&j, json_get(&j, json_item(&j, json_path(&j, 0, "a.b"), 2), "c")), 1, "look-ups chain");
	is_int(json_path(&j, 0, "a.x.y.z"), -1, "a path that breaks off is not there");
	is_int(json_path(&j, 0, "b.a"), -1, "a path through a string is not there");
	is_int(json_item(&j, json_path(&j, 0, "a.b"), 3), -1, "an item beyond the end is not there");
	is_int(json_item(&j, json_path(&j, 0, "a.b"), -1), -1, "nor before the start");
	is_int(json_size(&j, json_path(&j, 0, "a.b")), 3, "an array's size counts its items");
	is_int(json_size(&j, json_get(&j, 0, "b")), 0, "a string has no size");
	ok(json_is_null(&j, json_get(&j, 0, "n")) && !json_is_null(&j, -1), "null is told from absence");
	while (json_next(&j, 0, &iter, &key, &value))
		n += json_is_string(&j, key) && value == key + 1;
	is_int(n, 5, "every member is visited once");
	iter = 0;
	ok(!json_next(&j, json_get(&j, 0, "e"), &iter, &key, &value), "an empty object has no members");
	ok(!json_next(&j, json_get(&j, 0, "b"), &iter, &key, &value), "nor has a string");
	ok(strncmp(json_raw(&j, json_get(&j, 0, "b"), &len), "\"two\"", 5) == 0 && len == 5, "a raw string has its quotes");
	ok(strncmp(json_raw(&j, json_path(&j, 0, "a.b"), &len), "[10,[],{\"c\":true}]", 18) == 0 && len == 18,
	   "a raw array has its brackets");
	ok(!json_raw(&j, -1, &len) && len == 0 && !json_dup(&j, -1, &len) && json_bool(&j, -1) == -1 &&
	   json_get(&j, -1, "a") == -1 && json_item(&j, -1, 0) == -1 && json_size(&j, 1000) == 0 &&
	   !json_is_object(&j, 1000) && !json_eq(&j, -1, ""), "what is not there is harmless");
	json_free(&j);
}

static void strings_are_decoded(void)
{
	struct json j = JSON_INIT;
	char out[32], tight[4];
	size_t len;
	char *s;

	parse(&j, "[\"a\\n\\u00e9\\u20ac\\ud83d\\ude00\\/\",\"\\ud800x\",\"\\udc00\\ud800\",\"\\ud800\\ud83d\\ude00\","
	      "\"a\\u0000b\",\"abc\",\"\",7]");
	is_int(json_str(&j, 1, out, sizeof(out)), 12, "a decoded string's length counts bytes");
	is_str(out, "a\n\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80/", "escapes become UTF-8");
	json_str(&j, 2, out, sizeof(out));
	is_str(out, "\xef\xbf\xbdx", "a lone surrogate becomes U+FFFD");
	json_str(&j, 3, out, sizeof(out));
	is_str(out, "\xef\xbf\xbd\xef\xbf\xbd", "so do two in the wrong order");
	json_str(&j, 4, out, sizeof(out));
	is_str(out, "\xef\xbf\xbd\xf0\x9f\x98\x80", "a pair behind a lone one is kept");
	is_int(json_str(&j, 5, out, sizeof(out)), -1, "a NUL byte does not pass as a C string");
	s = json_dup(&j, 5, &len);
	ok(s && len == 3 && memcmp(s, "a\0b", 4) == 0, "... but in a copy with its length");
	free(s);
	is_int(json_str(&j, 6, tight, sizeof(tight)), 3, "a string that just fits");
	is_int(json_str(&j, 6, tight, 3), -1, "one byte less does not do");
	is_str(tight, "", "... and leaves nothing half");
	is_int(json_str(&j, 7, out, sizeof(out)), 0, "an empty string is a string");
	is_int(json_str(&j, 8, out, sizeof(out)), -1, "a number is not");
	ok(json_eq(&j, 7, "") && !json_eq(&j, 6, "ab") && !json_eq(&j, 6, "abcd") && !json_eq(&j, 8, "7"),
	   "comparison is of the whole string");
	json_free(&j);
}

static void numbers_are_exact(void)
{
	struct json j = JSON_INIT;
	uint64_t u = 1;
	int64_t n = 1;

	parse(&j, "[9223372036854775807,-9223372036854775808,9223372036854775808,-9223372036854775809,"
	      "18446744073709551615,18446744073709551616,1.0,1e3,-0,\"5\",true]");
	ok(json_int(&j, 1, &n) && n == INT64_MAX, "the greatest int64");
	ok(json_int(&j, 2, &n) && n == INT64_MIN, "the least int64");
	ok(!json_int(&j, 3, &n) && !json_int(&j, 4, &n), "one beyond either is none");
	ok(json_uint(&j, 5, &u) && u == UINT64_MAX, "the greatest uint64");
	ok(!json_uint(&j, 6, &u) && !json_uint(&j, 2, &u), "one beyond and a negative are none");
	ok(!json_int(&j, 7, &n) && !json_int(&j, 8, &n), "a fraction or an exponent is no integer");
	ok(json_int(&j, 9, &n) && n == 0, "minus zero is zero");
	ok(!json_int(&j, 10, &n) && !json_uint(&j, 11, &u) && json_int_or(&j, 10, -7) == -7, "a string is no number");
	json_free(&j);
}

static void what_is_written_reads_back(void)
{
	struct buf b = BUF_INIT;
	struct json_out o = JSON_OUT(&b);
	struct json j = JSON_INIT;
	size_t len;
	char *s;

	json_open(&o, NULL, '{');
	json_put_str(&o, "s", "q\"b\\s/\n\t\x01\x7f\xc3\xa9");
	json_put_str(&o, "none", NULL);
	json_put_str(&o, "bad", "a\xff\xed\xa0\x80z");
	json_put_strn(&o, "nul", "a\0b", 3);
	json_open(&o, "list", '[');
	json_put_int(&o, NULL, INT64_MIN);
	json_put_uint(&o, NULL, UINT64_MAX);
	json_put_bool(&o, NULL, true);
	json_put_null(&o, NULL);
	json_open(&o, NULL, '{');
	json_close(&o, '}');
	json_open(&o, NULL, '[');
	json_close(&o, ']');
	json_close(&o, ']');
	json_put_raw(&o, "raw", "[1, 2]", 6);
	json_close(&o, '}');
	is_str(buf_str(&b), "{\"s\":\"q\\\"b\\\\s/\\n\\u0009\\u0001\\u007f\xc3\xa9\",\"none\":null,\"bad\":\"a\xef\xbf\xbd"
	       "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\",\"nul\":\"a\\u0000b\",\"list\":[-9223372036854775808,"
	       "18446744073709551615,true,null,{},[]],\"raw\":[1, 2]}", "every kind of value is written");
	ok(!b.failed && o.depth == 0, "... without failure");
	is_int(json_parse(&j, b.data, b.len), 0, "... and is JSON");
	s = json_dup(&j, json_get(&j, 0, "s"), &len);
	is_str(s, "q\"b\\s/\n\t\x01\x7f\xc3\xa9", "... which says the same");
	free(s);
	json_free(&j);
	buf_free(&b);
}

static bool fails(void (*write)(struct json_out *o))
{
	struct buf b = BUF_INIT;
	struct json_out o = JSON_OUT(&b);
	bool failed;

	write(&o);
	failed = b.failed;
	buf_free(&b);
	return failed;
}

static void key_in_array(struct json_out *o)
{
	json_open(o, NULL, '[');
	json_put_int(o, "k", 1);
}

static void no_key_in_object(struct json_out *o)
{
	json_open(o, NULL, '{');
	json_put_int(o, NULL, 1);
}

static void key_at_the_top(struct json_out *o)
{
	json_put_int(o, "k", 1);
}

static void two_values(struct json_out *o)
{
	json_put_int(o, NULL, 1);
	json_put_int(o, NULL, 2);
}

static void wrong_close(struct json_out *o)
{
	json_open(o, NULL, '[');
	json_close(o, '}');
}

static void close_too_often(struct json_out *o)
{
	json_close(o, ']');
}

static void empty_raw(struct json_out *o)
{
	json_put_raw(o, NULL, "", 0);
}

static void no_bracket(struct json_out *o)
{
	json_open(o, NULL, '(');
}

static void too_deep(struct json_out *o)
{
	for (int i = 0; i <= JSON_MAX_DEPTH; i++)
		json_open(o, NULL, '[');
}

static void as_deep_as_read(struct json_out *o)
{
	for (int i = 0; i < JSON_MAX_DEPTH; i++)
		json_open(o, NULL, '[');
}

static void bad_json_cannot_be_written(void)
{
	char room[8];
	struct buf b = BUF_FIXED(room);
	struct json_out o = JSON_OUT(&b);

	ok(fails(key_in_array), "a key in an array fails");
	ok(fails(no_key_in_object), "no key in an object fails");
	ok(fails(key_at_the_top), "a key at the top fails");
	ok(fails(two_values), "a second value at the top fails");
	ok(fails(wrong_close), "the wrong closing bracket fails");
	ok(fails(close_too_often), "a closing bracket too many fails");
	ok(fails(empty_raw), "an empty raw value fails");
	ok(fails(no_bracket), "an unknown bracket fails");
	ok(fails(too_deep), "deeper than can be read back fails");
	ok(!fails(as_deep_as_read), "as deep as can be read back does not");
	json_put_str(&o, NULL, "longer than the room");
	ok(b.failed, "a full buffer fails");
}

int main(void)
{
	suite();
	errors_name_place_and_reason();
	depth_is_bounded();
	big_texts_take_linear_time_and_bounded_memory();
	a_fixed_array_is_never_grown();
	members_and_items_are_found();
	strings_are_decoded();
	numbers_are_exact();
	what_is_written_reads_back();
	bad_json_cannot_be_written();
	return done_testing();
}
