/* hufu case claim: the claims desk. What a caller says of himself, and the code he reads back, come by standard input
 * and never stand in an argument. */
#include "claim/claim.h"
#include "cmd/case.h"
#include "cmd/console.h"
#include "seal/key.h"

#include <stdlib.h>

/* ---- as it reads ---- */

static const char *text(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));
	return value ? value : "";
}

static const struct claim_words {
	const char *word, *zh;
} words[] = { { "question", "询问" }, { "feedback", "反馈" }, { "complaint", "投诉" }, { "claim", "索赔" },
	{ "telephone", "电话" }, { "letter", "信函" }, { "mail", "邮件" }, { "counter", "柜台" }, { "other", "其他" },
	{ "open", "处理中" }, { "accepted", "认可" }, { "partly", "部分认可" }, { "rejected", "驳回" },
	{ "withdrawn", "撤回" }, { "paid", "已支付" } };

static const char *word(const json_t *object, const char *name, bool chinese)
{
	const char *value = text(object, name);
	for (size_t i = 0; i < LEN(words) && chinese; i++)
		if (!strcmp(words[i].word, value))
			return words[i].zh;
	return value;
}

static void show_person(FILE *to, const json_t *claim, bool chinese)
{
	size_t at;
	json_t *kind;
	const json_t *in_leak = json_object_get(claim, "in_leak");
	if (json_is_null(in_leak)) {
		fputs(chinese ? "      身份未核实\n" : "      who it is is not proved\n", to);
		return;
	}
	if (json_is_false(in_leak)) {
		fputs(chinese ? "      身份已核实；不在泄露数据中\n" : "      proved; not in the leak\n", to);
		return;
	}
	fputs(chinese ? "      身份已核实；泄露数据中有其：" : "      proved; the leak holds of him: ", to);
	json_array_foreach(json_object_get(claim, "kinds"), at, kind)
	        fprintf(to, "%s%s", at ? (chinese ? "、" : ", ") : "", text(kind, chinese ? "zh" : "en"));
	fputc('\n', to);
}

static void show_claim(FILE *to, const json_t *claim, bool chinese)
{
	const json_t *decided = json_object_get(claim, "decided");
	char note[512];
	fprintf(to, "  %3lld  %s  ", (long long)json_integer_value(json_object_get(claim, "n")), text(claim, "at"));
	console_padded(to, word(claim, "kind", chinese), 10);
	console_padded(to, word(claim, "channel", chinese), 10);
	fprintf(to, "%s\n", word(claim, "state", chinese));
	printable(view_of(text(claim, "note")), note, sizeof note);
	if (note[0])
		fprintf(to, "      %s\n", note);
	show_person(to, claim, chinese);
	if (json_is_object(decided)) {
		printable(view_of(text(decided, "why")), note, sizeof note);
		fprintf(to, "      %s %s%s%s\n", text(decided, "amount"), text(decided, "currency"),
		        text(decided, "amount")[0] ? (chinese ? "：" : ": ") : "", note);
	}
}

static void show_claims(FILE *to, const json_t *value, bool chinese)
{
	size_t at;
	json_t *claim;
	if (json_is_object(value)) {
		show_claim(to, value, chinese);
		return;
	}
	json_array_foreach((json_t *)(uintptr_t)value, at, claim) show_claim(to, claim, chinese);
	if (!json_array_size(value))
		fputs(chinese ? "还没有诉求；登记：hufu case claim 编号 take --kind complaint --channel telephone\n"
		              : "no claim yet; hufu case claim ID take --kind complaint --channel telephone records "
		                "one\n",
		        to);
}

/* ---- what can be done ---- */

static hufu_status do_list(struct case_given *given, int64_t claim, hufu_error *error)
{
	json_t *value = NULL;
	hufu_status status = claim ? claim_show(given->book, given->words[0], claim, &value, error)
	                           : claim_list(given->book, given->words[0], &value, error);
	return status ? status : case_answer(given, value, show_claims, error);
}

static hufu_status do_take(struct case_given *given, hufu_error *error)
{
	const struct claim_taken taken = { .kind = given->kind ? given->kind : "",
		.channel = given->channel ? given->channel : "",
		.note = given->note,
		.at = given->at,
		.file = given->file };
	json_t *value = NULL;
	hufu_status status = claim_take(given->book, given->words[0], &taken, &value, error);
	return status ? status : case_answer(given, value, show_claims, error);
}

static hufu_status do_ask(struct case_given *given, int64_t claim, hufu_error *error)
{
	char *said = NULL;
	const char *from = given->from.count ? given->from.at[0] : NULL;
	struct config *config = NULL;
	hufu_status status = config_open(given->opened->dir, &config, error);
	if (!status)
		status = key_secret_ask(case_in_chinese(given)
		                                ? "来电者的客户号、手机号、邮箱或身份证号："
		                                : "customer number, mobile, e-mail or ID number of the caller: ",
		        false, &said, error);
	if (!status)
		status = claim_ask(given->book, config, given->words[0], claim, view_of(said), from, error);
	key_passphrase_free(said);
	config_close(config);
	if (!status)
		fputs(case_in_chinese(given)
		                ? "若其联系方式在案，验证码已发往该联系方式；请其读回。\n"
		                : "if a contact of his is on file, a code is on its way there; let him read it "
		                  "back\n",
		        stderr);
	return status;
}

static hufu_status do_code(struct case_given *given, int64_t claim, hufu_error *error)
{
	char *code = NULL;
	hufu_status status = key_secret_ask(
	        case_in_chinese(given) ? "其读回的验证码：" : "the code that he reads back: ", false, &code, error);
	if (!status)
		status = claim_code(given->book, given->words[0], claim, view_of(code), error);
	key_passphrase_free(code);
	return status ? status : do_list(given, claim, error);
}

static hufu_status do_prove(struct case_given *given, int64_t claim, hufu_error *error)
{
	hufu_status status = claim_prove(given->book, given->words[0], claim, given->note ? given->note : "", error);
	return status ? status : do_list(given, claim, error);
}

static hufu_status do_decide(struct case_given *given, int64_t claim, hufu_error *error)
{
	const struct claim_decision decision = { given->words[2], given->amount, given->currency, given->why };
	hufu_status status = claim_decide(given->book, given->words[0], claim, &decision, error);
	return status ? status : do_list(given, claim, error);
}

static hufu_status wrong_words(const char *word, hufu_error *error)
{
	return fail(error, HUFU_USAGE, view_of(word), "is nothing that can be done with a claim",
	        "take, export FILE; or N and ask, code, prove, accepted, partly, rejected, withdrawn, paid, open");
}

static hufu_status with_claim(struct case_given *given, hufu_error *error)
{
	static const struct {
		const char *name;
		hufu_status (*act)(struct case_given *given, int64_t claim, hufu_error *error);
	} acts[] = { { "ask", do_ask }, { "code", do_code }, { "prove", do_prove } };
	char *end;
	long long claim = strtoll(given->words[1], &end, 10);
	if (*end || claim <= 0 || given->count > 3)
		return wrong_words(given->words[1], error);
	if (given->count == 2)
		return do_list(given, claim, error);
	for (size_t i = 0; i < LEN(acts); i++)
		if (!strcmp(acts[i].name, given->words[2]))
			return acts[i].act(given, claim, error);
	return do_decide(given, claim, error);
}

hufu_status act_claim(struct case_given *given, hufu_error *error)
{
	if (given->count == 1)
		return do_list(given, 0, error);
	if (given->count == 2 && !strcmp(given->words[1], "take"))
		return do_take(given, error);
	if (given->count == 3 && !strcmp(given->words[1], "export"))
		return claim_export(given->book, given->words[0], given->words[2], error);
	return with_claim(given, error);
}

/* ---- one person's ledger ---- */

static void show_ledger(FILE *to, const json_t *value, bool chinese)
{
	size_t at;
	json_t *line;
	fprintf(to, chinese ? "  当事人 %s\n" : "  person %s\n", text(value, "person"));
	json_array_foreach(json_object_get(value, "notices"), at, line)
	{
		fprintf(to, chinese ? "  告知第 %lld 版  %s  %s  %s\n" : "  notice %lld  %s  %s  %s\n",
		        (long long)json_integer_value(json_object_get(line, "version")), text(line, "state"),
		        text(line, "channel"), text(line, "at"));
	}
	json_array_foreach(json_object_get(value, "claims"), at, line)
	{
		fprintf(to, chinese ? "  诉求 %lld  %s  %s  %s %s\n" : "  claim %lld  %s  %s  %s %s\n",
		        (long long)json_integer_value(json_object_get(line, "n")), word(line, "kind", chinese),
		        word(line, "state", chinese), text(line, "amount"), text(line, "currency"));
	}
}

hufu_status act_ledger(struct case_given *given, hufu_error *error)
{
	json_t *value = NULL;
	hufu_status status = claim_ledger(given->book, given->words[0], given->words[1], &value, error);
	return status ? status : case_answer(given, value, show_ledger, error);
}
