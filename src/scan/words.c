/* Word lists: what announces, follows and never is a name; what announces and ends an address; what labels a field. */
#include "scan/words.h"

#include "scan/scan.h"

#include <strings.h>

/* clang-format off */
static const char *const before[] = { "车主", "姓名", "名字", "客户", "联系人", "收件人", "收货人", "寄件人", "发件人", "用户",
	"户主", "业主", "员工", "本人", "父亲", "母亲", "配偶", "妻子", "丈夫", "儿子", "女儿", "经办人", "投保人", "被保险人", "受益人",
	"乘客", "司机", "会员", "法人", "代表人", "申请人", "借款人", "贷款人", "担保人", "持卡人", "持有人", "开户人", "户名", "机主",
	"购车人", "名叫", "我叫", "我是", "学生", "患者", "病人", "家长", "老公", "老婆", "同事", "联系", "负责人", "推荐人", "车主姓名",
	"客户姓名", "紧急联系人", "爸爸", "妈妈", "驾驶员", "订车人", "买家", "卖家", "当事人" };

static const char *const after[] = { "电话", "手机", "身份证", "证件", "地址", "住址", "家住", "现住", "居住", "住在", "住", "先生",
	"女士", "小姐", "性别", "邮箱", "邮件", "微信", "车牌", "号码", "同志", "收", "的电话", "的手机", "的身份证", "的邮箱", "的号码",
	"的微信", "的车", "账号", "帐号", "卡号", "生日", "出生", "女", "男" };

static const char *const stops[] = { "的", "是", "了", "我", "你", "他", "她", "您", "们", "吗", "呢", "吧", "这", "那", "哪", "请",
	"给", "说", "把", "被", "很", "也", "都", "还", "就", "又", "没", "从", "向", "对", "寄", "等", "个", "在", "或", "及", "为", "叫",
	"联系方式", "联系电话", "联系地址", "联系手机", "联系邮箱", "客户经理", "客户服务", "客户端", "客户号", "用户名", "用户号",
	"会员号", "会员卡", "员工号", "学生证", "订单", "型号", "价格", "样本", "数据", "城市", "门店", "备注" };

static const char *const announces[] = { "地址", "住址", "家住", "现住", "居住于", "居住在", "住在", "位于", "寄往", "寄到", "送至",
	"送到", "户籍", "居住", "住", "家在", "Address", "address", "ADDRESS", "addr", "Addr" };

static const char *const provinces[] = { "北京", "天津", "上海", "重庆", "河北", "山西", "辽宁", "吉林", "黑龙江", "江苏", "浙江",
	"安徽", "福建", "江西", "山东", "河南", "湖北", "湖南", "广东", "海南", "四川", "贵州", "云南", "陕西", "甘肃", "青海", "台湾",
	"内蒙古", "广西", "西藏", "宁夏", "新疆", "香港", "澳门" };

static const char *const ends[] = { "电话", "手机", "联系", "身份证", "证件", "邮箱", "邮编", "微信", "车牌", "姓名", "收件", "收货",
	"车主", "客户", "QQ", "Tel", "tel", "TEL", "Phone", "phone", "先生", "女士", "收到", "的", "了", "我", "你", "请" };

static const char *const labels[] = { "姓名", "名字", "手机", "电话", "身份证", "证件", "住址", "地址", "邮箱", "邮件", "车牌", "车架",
	"银行卡", "卡号", "生日", "出生", "车主", "客户", "联系人", "收件人", "收货人", "联系方式", "户名", "信用代码", "性别", "微信",
	"name", "phone", "mobile", "tel", "cell", "mail", "address", "addr", "plate", "vin", "idcard", "id card", "id no", "birth",
	"customer", "owner", "contact" };
/* clang-format on */

/* The words around names by their first character, those of a bucket in the order of the lists: there is one question a
 * character of every Chinese text. Filled before main, so that no thread has to. */
enum { BUCKETS = 1024, ENTRIES_MAX = 256 };

static struct {
	const char *text;
	uint8_t len, word, next; /* next: place of the next one + 1 */
} entries[ENTRIES_MAX];
static uint8_t buckets[BUCKETS]; /* place of the first one + 1; 0: none */

static inline unsigned bucket_of(const char *text)
{
	return ((unsigned)(unsigned char)text[1] << 5 ^ (unsigned char)text[2]) % BUCKETS;
}

/* Adds a list from its end, in front of what is there. */
static size_t add_words(const char *const *words, size_t count, enum word word, size_t at)
{
	for (size_t i = count; i > 0 && at + 1 < ENTRIES_MAX; i--, at++) {
		uint8_t *bucket = &buckets[bucket_of(words[i - 1])];
		entries[at].text = words[i - 1];
		entries[at].len = (uint8_t)strlen(words[i - 1]);
		entries[at].word = (uint8_t)word;
		entries[at].next = *bucket;
		*bucket = (uint8_t)(at + 1);
	}
	return at;
}

__attribute__((constructor)) static void fill_buckets(void)
{
	_Static_assert(LEN(before) + LEN(after) + LEN(stops) < ENTRIES_MAX, "all words have a place");
	size_t at = add_words(stops, LEN(stops), WORD_STOP, 0);
	at = add_words(after, LEN(after), WORD_AFTER, at);
	add_words(before, LEN(before), WORD_BEFORE, at);
}

enum word word_at(hufu_view text, size_t *len)
{
	enum word best = WORD_NONE;
	*len = 0;
	if (text.len < 3)
		return best;
	for (uint8_t i = buckets[bucket_of(text.ptr)]; i; i = entries[i - 1].next) {
		size_t here = entries[i - 1].len;
		if (here > *len && text.len >= here && memcmp(text.ptr, entries[i - 1].text, here) == 0) {
			*len = here;
			best = (enum word)entries[i - 1].word;
		}
	}
	return best;
}

bool word_announces_address(hufu_view text)
{
	for (size_t i = 0; i < LEN(announces); i++)
		if (view_ends(text, announces[i]))
			return true;
	return false;
}

bool word_is_province(hufu_view text)
{
	for (size_t i = 0; i < LEN(provinces); i++)
		if (view_starts(text, provinces[i]))
			return true;
	return false;
}

size_t word_ends_address(hufu_view text)
{
	size_t best = text.len;
	for (size_t i = 0; i < LEN(ends); i++) {
		const char *found = view_find(view_make(text.ptr, best), ends[i]);
		if (found)
			best = (size_t)(found - text.ptr);
	}
	return best;
}

static bool holds_word(hufu_view text, const char *word)
{
	size_t len = strlen(word);
	for (size_t i = 0; i + len <= text.len; i++)
		if (strncasecmp(text.ptr + i, word, len) == 0)
			return true;
	return false;
}

bool scan_is_label(hufu_view text)
{
	enum { LABEL_MAX = 36 };
	text = view_trim(text);
	if (text.len == 0 || text.len > LABEL_MAX)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] >= '0' && text.ptr[i] <= '9' && i + 1 < text.len && i > 1)
			return false;
	for (size_t i = 0; i < LEN(labels); i++)
		if (holds_word(text, labels[i]))
			return true;
	return false;
}

bool scan_labels(hufu_view text, size_t at)
{
	enum { BEFORE_MAX = 40 };
	at -= at > 0 && text.ptr[at - 1] == ' ';
	if (at == 0 || (text.ptr[at - 1] != ':' && text.ptr[at - 1] != '=' && text.ptr[at - 1] != '\t'))
		return false;
	size_t begin = --at;
	while (begin > 0 && at - begin < BEFORE_MAX && text.ptr[begin - 1] != '\n' && text.ptr[begin - 1] != '\r')
		begin--;
	return scan_is_label(view_make(text.ptr + begin, at - begin));
}
