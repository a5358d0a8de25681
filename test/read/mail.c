/* Mails: headers, texts, attachments, charsets, what is no mail, damage and bombs. All of them are invented. */
#include "collect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

struct row {
	const char *name;
	const char *in, *want; /* what must stand in the outcome, in this order, parted by "..." */
};

#define HEAD "From: Dark <d@example.net>\r\nTo: s@example.com\r\nMessage-ID: <1@example.net>\r\n"
#define HEAD_OUT                                                                                                       \
	"[headers mail-headers utf-8 2]\n<name><value>\n<From><Dark <d@example.net>>\n<To><s@example.com>\n"           \
	"<Message-ID><<1@example.net>>\n"

static const struct row rows[] = {
	{ "a plain one", HEAD "\r\nPay.\r\n\r\nSoon.\r\n",
	        HEAD_OUT "end 0\n[text mail-text utf-8 1]\n<text>\n<Pay.>\n<>\n<Soon.>\nend 0\n[body " },
	{ "received first, the others in their order",
	        "Subject: x\nReceived: from a\n\tby b; Mon, 12 Dec 2022 08:15:00 +0800\nFrom: d@example.net\n"
	        "Received: from c by a\nDate: y\n\nz\n",
	        "<name><value>\n<Received><from a by b; Mon, 12 Dec 2022 08:15:00 +0800>\n<Received><from c by a>\n"
	        "<Subject><x>\n<From><d@example.net>\n<Date><y>\nend 0\n" },
	{ "encoded words, a character cut between two",
	        HEAD "Subject: =?UTF-8?B?5L2g5Lus55qE5pWw?= =?utf-8?B?5o0=?=\r\n =?UTF-8?B?rg==?= a_b "
	             "=?gb2312?Q?=B8=B6_=BF=EE?=\r\n\r\nx\r\n",
	        "<Subject><你们的数据 a_b 付 款>\n" },
	{ "words that are none", HEAD "Subject: =? =?a?b =?utf-8?x?abc?= 1=2\r\n\r\nx\r\n",
	        "<Subject><=? =?a?b =?utf-8?x?abc?= 1=2>\n" },
	{ "raw GBK in a header", HEAD "Subject: \xc4\xe3\xc3\xc7\xb5\xc4\xca\xfd\xbe\xdd\r\n\r\nx\r\n",
	        "<Subject><你们的数据>\n" },
	{ "quoted, GBK",
	        HEAD "Content-Type: text/plain; charset=gbk\r\n"
	             "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
	             "=CA=FD=\r\n=BE=DD a=3Db  \r\nsecond=\r\n line=0D=0Athird\r\n",
	        "<text>\n<数据 a=b>\n<second line>\n<third>\nend 0\n" },
	{ "base64, Big5",
	        HEAD "Content-Type: text/plain; charset=\"big5\"\r\nContent-Transfer-Encoding: BASE64\r\n\r\n"
	             "uOquxqT5pK0NCg==\r\n",
	        "<text>\n<資料" },
	{ "ISO-2022-JP and EUC-KR", HEAD "Subject: =?ISO-2022-JP?B?GyRCJCIbKEI=?= =?EUC-KR?B?sKE=?=\r\n\r\nx\r\n",
	        "<Subject><あ가>\n" },
	{ "Cyrillic", HEAD "Content-Type: text/plain; charset=windows-1251\r\n\r\n\xcf\xeb\xe0\xf2\xe8\r\n",
	        "<text>\n<Плати>\nend 0\n" },
	{ "alternatives: the plain one",
	        HEAD "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\npreamble\r\n--b\r\n"
	             "Content-Type: text/plain\r\n\r\nSend 1 BTC.\r\n--b\r\nContent-Type: text/html\r\n\r\n"
	             "<p>Send 1 BTC.</p>\r\n--b--\r\nepilogue\r\n",
	        "<text>\n<Send 1 BTC.>\nend 0\n[body " },
	{ "alternatives: a plain one that says nothing",
	        HEAD "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nSee.\r\n--b\r\n"
	             "Content-Type: text/html\r\n\r\n<style>p{}</style><p>Send 1 BTC by Friday.</p>\r\n--b--\r\n",
	        "<text>\n<See.>\nend 0\n...<text>\n<Send 1 BTC by Friday.>\nend 0\n" },
	{ "a report on another mail's delivery",
	        HEAD
	        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nSorry.\r\n"
	        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; a\r\n\r\nAction: failed\r\n"
	        "Status: 5.1.1\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: s@example.com\r\n"
	        "To: x@example.net\r\nMessage-ID: <7@example.com>\r\nSubject: x\r\n\r\n--b--\r\n",
	        "[status mail-status utf-8 1]\n<text>\n<Reporting-MTA: dns; a>\n<>\n<Action: failed>\n<Status: "
	        "5.1.1>\nend "
	        "0\n...[part-2/headers mail-headers utf-8 2]\n...<Message-ID><<7@example.com>>" },
	{ "HTML alone",
	        HEAD "Content-Type: text/html; charset=utf-8\r\n\r\n<html><head><title>t</title></head><body>"
	             "<p>Pay&nbsp;&lt;1&gt; &#66;TC</p><!-- <b>x</b> --><script>var a = '<p>no</p>';</script>"
	             "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>1 < 2</body></html>\r\n",
	        "<text>\n<Pay <1> BTC>\n<a\tb\t>\n<c\td\t>\n<1 < 2>\nend 0\n" },
	{ "an attachment, and its coded name",
	        HEAD "Content-Type: multipart/mixed; boundary=\"b b\"\r\n\r\n--b b\r\n\r\nLook.\r\n--b b  \r\n"
	             "Content-Type: text/csv; name=\"=?utf-8?B?5qC35pysLmNzdg==?=\"\r\n"
	             "Content-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	             "bmFtZSxtb2JpbGUKQSwxCkIsMgo=\r\n--b b--\r\n",
	        "<text>\n<Look.>\nend 0\n...[样本.csv csv utf-8 2]\n<name><mobile>\n<A><1>\n<B><2>\nend 0\n"
	        "[attachments mail-files utf-8 3]\n<path><type><bytes>\n<样本.csv><text/csv><20>\nend 0\n" },
	{ "names in pieces (RFC 2231)",
	        HEAD
	        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: application/octet-stream\r\n"
	        "Content-Disposition: attachment; filename*0*=GB18030'zh'%D1%F9; filename*1*=%B1%BE;\r\n"
	        " filename*2=.csv\r\n\r\na,b\r\n1,2\r\n--b\r\nContent-Disposition: attachment;\r\n"
	        " filename*=utf-8''%E8%A1%A8.csv\r\n\r\nc,d\r\n--b--\r\n",
	        "[样本.csv csv utf-8 2]\n<a><b>\n<1><2>\nend 0\n[表.csv csv utf-8 2]\n<c><d>\nend 0\n" },
	{ "names that climb, hide or are none",
	        HEAD "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/csv\r\n"
	             "Content-Disposition: attachment; filename=\"../../etc\\x.csv\"\r\n\r\na,b\r\n--b\r\n"
	             "Content-Type: text/csv\r\n\r\nc,d\r\n--b\r\nContent-Type: text/plain; "
	             "name=\"/\"\r\n\r\ne,f\r\n--b--\r\n",
	        "[x.csv csv utf-8 2]\n<a><b>\nend 0\n[part-2.csv csv utf-8 2]\n<c><d>\nend 0\n[part-3 csv" },
	{ "a mail in a mail",
	        HEAD "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
	             "From: x@example.org\r\nMessage-ID: <2@x>\r\nSubject: inner\r\n\r\nInner text.\r\n--b--\r\n",
	        "[part-1.eml/headers mail-headers utf-8 2]\n<name><value>\n<From><x@example.org>\n<Message-ID><<2@x>>\n"
	        "<Subject><inner>\nend 0\n...[part-1.eml/text mail-text utf-8 1]\n<text>\n<Inner text.>\nend 0\n" },
	{ "one boundary the beginning of another",
	        HEAD "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n"
	             "Content-Type: multipart/mixed; boundary=ab\r\n\r\n--ab\r\n\r\ninner one\r\n--ab\r\n\r\n"
	             "inner two\r\n--ab--\r\n--a\r\n\r\nouter\r\n--abc\r\n--a--\r\n",
	        "<inner one>\nend 0\n...<inner two>\nend 0\n...<outer>\n<--abc>\nend 0\n" },
	{ "no blank line between header and text", HEAD "Pay us now or else\r\nyou will see\r\n",
	        HEAD_OUT
	        "end 1\n[text mail-text utf-8 1]\n<text>\n<Pay us now or else>\n<you will see>\nend 0\n...unread "
	        ": damaged" },
	{ "a header alone", HEAD, HEAD_OUT "end 0\n" },
	{ "a stray line among the fields", HEAD "stray line\r\nSubject: x\r\n\r\ny\r\n",
	        "<Message-ID><<1@example.net>stray line>\n<Subject><x>\nend 1\n...<text>\n<y>\nend 0\n" },
	{ "a boundary that never comes", HEAD "Content-Type: multipart/mixed; boundary=b\r\n\r\nPay 1 BTC.\r\n",
	        "<text>\n<Pay 1 BTC.>\nend 0\n...unread : damaged" },
	{ "another boundary than the one named",
	        HEAD "Content-Type: multipart/mixed; boundary=b\r\n\r\n--c\r\nContent-Type: "
	             "text/csv\r\n\r\na,b\r\n--c--\r\n",
	        "[part-1.csv csv utf-8 2]\n<a><b>\nend 0\n...unread : damaged" },
	{ "no boundary named", HEAD "Content-Type: multipart/mixed\r\n\r\nPay.\r\n",
	        "<text>\n<Pay.>\nend 0\n...unread : damaged" },
	{ "broken off inside an attachment",
	        HEAD "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/csv\r\n"
	             "Content-Transfer-Encoding: base64\r\n\r\nbmFtZSxtb2JpbGUKQSwxCkI",
	        "[part-1.csv csv utf-8 2]\n<name><mobile>\n<A><1>\n...unread : damaged" },
	{ "base64 with other bytes in it",
	        HEAD "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/csv\r\n"
	             "Content-Transfer-Encoding: base64\r\n\r\nbmFt#ZSxtb2JpbGUKQSwx\r\n--b--\r\n",
	        "<name><mobile>\n<A><1>\nend 0\nunread part-1.csv: damaged" },
	{ "uuencoded",
	        HEAD "Content-Type: application/zip\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a\r\n",
	        "unread part-1.zip: packed in a way that is not read yet\n" },
	{ "an mbox",
	        "From d@example.net Mon Dec 12 08:15:00 2022\nFrom: d@example.net\nSubject: one\n\nfirst\n>From here "
	        "on\n\n"
	        "From x@example.net Mon Dec 12 08:16:00 2022\nFrom: x@example.net\nSubject: two\n\nsecond\n\n"
	        "From now on, pay.\n",
	        "[headers mail-headers utf-8 2]\n<name><value>\n<From><d@example.net>\n<Subject><one>\nend 0\n"
	        "[people csv utf-8 2]\n<From:><d@example.net>\nend 0\n[text mail-text utf-8 "
	        "1]\n<text>\n<first>\n<From here "
	        "on>\nend 0\n...[2/headers mail-headers utf-8 "
	        "2]\n"
	        "<name><value>\n<From><x@example.net>\n<Subject><two>\nend 0\n...[2/text mail-text utf-8 1]\n<text>\n"
	        "<second>\n<>\n<From now on, pay.>\nend 0\n" },
	{ "people of a mail inside a mail",
	        HEAD
	        "Content-Type: message/rfc822\r\n\r\nFrom: =?utf-8?B?5byg5Lyf?= <zw@example.com>\r\nTo: \"Li, Na\" "
	        "<ln@example.com>, wf@example.com\r\nMessage-ID: <3@x>\r\n\r\nx\r\n",
	        "[part-1.eml/people ...zw@example.com...ln@example.com...wf@example.com...end 0\n" },
	{ "a saved letter without marks", "From: a\nTo: b\nDate: c\nSubject: d\n\ne\n", "!mail-" },
	{ "no mail: a list of people", "Name: Zhang San\nMobile: 13800000001\nEmail: a@example.com\n\nName: Li Si\n",
	        "!mail-" },
	{ "no mail: a chat", "From: Zhang\nTo: Li\nHello there\n\nFrom: Li\n", "!mail-" },
	{ "no mail: a table", "From,To,Subject,Message-ID\na,b,c,d\n", "!mail-" },
};

static void holds(const char *name, const char *text, const char *want)
{
	if (want[0] == '!') {
		if (strstr(text, want + 1))
			fail_msg("%s:\n%s", name, text);
		return;
	}
	const char *from = text;
	while (*want) {
		const char *end = strstr(want, "...");
		size_t len = end ? (size_t)(end - want) : strlen(want);
		const char *found = memmem(from, strlen(from), want, len);
		if (!found)
			fail_msg("%s: no\n%.*s\nin\n%s", name, (int)len, want, text);
		from = found + len;
		want += len + (end ? 3 : 0);
	}
}

static void test_read_mail__shapes(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct collected out = { 0 };
		collect_memory(view_of(rows[i].in), &out);
		holds(rows[i].name, out.text.ptr, rows[i].want);
		collected_done(&out);
	}
}

/* Nothing that depends on where a buffer ends. */
static void test_read_mail__same_however_the_bytes_come(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct collected whole = { 0 };
		collect_memory(view_of(rows[i].in), &whole);
		for (size_t chunk = 1; chunk < 8; chunk += 2) {
			struct source source;
			struct collected out = { 0 };
			source_memory(&source, view_of(rows[i].in));
			source.chunk = chunk;
			collect_source(&source, view_of("leak"), &read_limits_usual, &out);
			assert_string_equal(out.text.ptr, whole.text.ptr);
			collected_done(&out);
		}
		collected_done(&whole);
	}
}

/* Bytes and times that a mail can be made of without end. */
static void bomb(const char *start, const char *again, const char *end, size_t times, struct collected *out)
{
	struct bytes mail = { 0 };
	bytes_text(&mail, start);
	for (size_t i = 0; i < times; i++)
		bytes_text(&mail, again);
	bytes_text(&mail, end);
	assert_false(mail.failed);
	out->quiet = true;
	collect_memory(bytes_view(&mail), out);
	bytes_done(&mail);
}

static void test_read_mail__bombs(void **state)
{
	static const struct {
		const char *name, *start, *again, *end;
		size_t times;
		enum jail_why why;
		uint64_t most; /* records */
	} bombs[] = {
		{ "a million fields", HEAD, "X-A: b\r\n", "\r\nend\r\n", 1000000, JAIL_WHY_HEADER, 2100 },
		{ "one endless field", HEAD "X-A: b\r\n", " more and more\r\n", "\r\nend\r\n", 1000000, JAIL_WHY_HEADER,
		        20 },
		{ "a header of one endless line", HEAD "X-A: ", "abcdefgh", "", 1000000, JAIL_WHY_HEADER, 20 },
		{ "parts in parts", HEAD "Content-Type: multipart/mixed; boundary=b\r\n\r\n",
		        "--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n", "end", 100000, JAIL_WHY_DAMAGED,
		        20 },
		{ "empty parts", HEAD "Content-Type: multipart/mixed; boundary=b\r\n\r\n", "--b\r\n\r\n", "--b--\r\n",
		        1000000, JAIL_WHY_MEMBERS, 20 },
		{ "mails in mails", HEAD "Content-Type: message/rfc822\r\n\r\n",
		        HEAD "Content-Type: message/rfc822\r\n\r\n", "end", 10000, JAIL_WHY_DEPTH, 40 },
		{ "mails of an mbox", "", "\nFrom a@b Mon Dec 12 08:15:00 2022\nFrom: d@example.net\n\nx\n", "", 100000,
		        JAIL_WHY_MEMBERS, 100000 },
		{ "encoded words without an end", HEAD "Subject: ", "=?utf-8?q?", "\r\n\r\nx\r\n", 100000,
		        JAIL_WHY_HEADER, 20 },
		{ "open tags", HEAD "Content-Type: text/html\r\n\r\n", "<script><!--<a ", "x", 500000, JAIL_WHY_NONE,
		        20 },
		{ "control bytes", HEAD "\r\n", "\1\1\1\1", "x", 100000, JAIL_WHY_COLUMNS, 20 },
	};
	(void)state;
	for (size_t i = 0; i < LEN(bombs); i++) {
		struct collected out = { 0 };
		const char *start = bombs[i].start[0] ? bombs[i].start : bombs[i].again + 1;
		bomb(start, bombs[i].again, bombs[i].end, bombs[i].times, &out);
		if (out.why != bombs[i].why || out.records > bombs[i].most)
			fail_msg("%s: %s, %llu records", bombs[i].name, jail_why(out.why),
			        (unsigned long long)out.records);
		collected_done(&out);
	}
}

/* Levels of different names are levels; so many are too deep. */
static void test_read_mail__nesting_of_boundaries(void **state)
{
	struct bytes mail = { 0 };
	struct collected out = { 0 };
	(void)state;
	bytes_text(&mail, HEAD "Content-Type: multipart/mixed; boundary=b0\r\n\r\n");
	for (unsigned i = 0; i < 1000; i++)
		bytes_print(&mail, "--b%u\r\nContent-Type: multipart/mixed; boundary=b%u\r\n\r\n", i, i + 1);
	collect_memory(bytes_view(&mail), &out);
	assert_non_null(strstr(out.text.ptr, "deeper than the limit"));
	collected_done(&out);
	bytes_done(&mail);
}

static void test_read_mail__zeros_are_dropped(void **state)
{
	static const char in[] = HEAD "Subject: a\0b\r\n\r\nPay\0 us.\r\n";
	struct collected out = { 0 };
	(void)state;
	collect_memory(view_make(in, sizeof in - 1), &out);
	holds("zeros", out.text.ptr, "<Subject><ab>\n...<text>\n<Pay us.>\n");
	collected_done(&out);
}

/* A text longer than is shown is read whole all the same, in constant memory. */
static void test_read_mail__a_table_in_the_text(void **state)
{
	struct bytes mail = { 0 };
	struct collected out = { .quiet = true };
	(void)state;
	bytes_text(&mail, HEAD "\r\nid,mobile,city\r\n");
	for (unsigned i = 0; i < 200000; i++)
		bytes_print(&mail, "%u,138%08u,Shanghai\r\n", i, i);
	collect_memory(bytes_view(&mail), &out);
	assert_true(out.records > 200000 && out.records < 400000);
	assert_non_null(strstr(out.text.ptr, "[body csv utf-8 3]\nend 0\n"));
	collected_done(&out);
	bytes_done(&mail);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_mail__shapes),
		cmocka_unit_test(test_read_mail__same_however_the_bytes_come),
		cmocka_unit_test(test_read_mail__bombs),
		cmocka_unit_test(test_read_mail__nesting_of_boundaries),
		cmocka_unit_test(test_read_mail__zeros_are_dropped),
		cmocka_unit_test(test_read_mail__a_table_in_the_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
