/* Chinese personal names: a surname of the list and one or two characters more, a compound or double surname
 * and what follows, or the names with '·' of other peoples. Loose: there is no check, so everyday words that
 * begin like a surname are refused by short lists of our own. Four characters behind a single surname are
 * refused unless the second is a surname too: phrases of four outnumber such names by far. */
#include "ident/fold.h"
#include "ident/words.h"

enum { HAN_MIN = 2, HAN_MAX = 20, COMPOUND_GIVEN_MAX = 4, NAME_BYTES = HAN_MAX * 4 + 8 };

/* Single surnames, the frequent ones first, since they are searched from the front; `words` are characters
 * that make an everyday word of two with it (成功, 江苏) and no name. */
struct surname {
	const char *text, *words;
};

/* clang-format off */
static const struct surname surnames[] = {
	{ "王", "" }, { "李", "" }, { "张", "" }, { "刘", "" }, { "陈", "" }, { "杨", "树" }, { "黄", "色金昏瓜山石油豆冈" },
	{ "赵", "" }, { "吴", "江" }, { "周", "期末边一二三四五六日年转" }, { "徐", "州" }, { "孙", "" }, { "马", "上达路力来" },
	{ "朱", "红" }, { "胡", "" }, { "郭", "" }, { "何", "时地处种必为" }, { "林", "业地区场" },
	{ "高", "级中低温大小速度端校管层铁清考兴档压效等" }, { "罗", "" }, { "郑", "州" }, { "梁", "" }, { "谢", "谢" }, { "宋", "体" },
	{ "唐", "山" }, { "许", "可多昌" }, { "韩", "" }, { "冯", "" }, { "邓", "" }, { "曹", "" }, { "彭", "" }, { "曾", "经" },
	{ "肖", "" }, { "田", "径" }, { "董", "" }, { "潘", "" }, { "袁", "" }, { "蔡", "" }, { "蒋", "" }, { "余", "额款" },
	{ "于", "是此" }, { "杜", "绝" }, { "叶", "片" }, { "程", "序度式" }, { "魏", "" }, { "苏", "州" }, { "吕", "" },
	{ "丁", "香" }, { "任", "务何职意" }, { "卢", "" }, { "姚", "" }, { "沈", "阳" }, { "钟", "" }, { "姜", "" }, { "崔", "" },
	{ "谭", "" }, { "陆", "续地" }, { "范", "围例" }, { "汪", "" }, { "廖", "" }, { "石", "油材头化家" },
	{ "金", "额融属色卡牌华" }, { "韦", "" }, { "贾", "" }, { "夏", "天季" }, { "付", "款费清" }, { "方", "向法便案式面块" }, { "邹", "" },
	{ "熊", "" }, { "白", "色天金银领城山酒" }, { "孟", "" }, { "秦", "" }, { "邱", "" }, { "侯", "选" },
	{ "江", "苏西南门北阴" }, { "尹", "" }, { "薛", "" }, { "闫", "" }, { "段", "落" }, { "雷", "达电" }, { "龙", "头岩" },
	{ "黎", "" }, { "史", "料" }, { "陶", "" }, { "贺", "州" }, { "毛", "利重" }, { "郝", "" }, { "顾", "客问" }, { "龚", "" },
	{ "邵", "" }, { "万", "元一分达科人家里象事" }, { "覃", "" }, { "武", "汉器昌警" }, { "钱", "包" }, { "戴", "" }, { "严", "禁" },
	{ "莫", "斯名" }, { "孔", "雀" }, { "向", "上下前导" }, { "常", "用见州规务年德熟量驻" }, { "汤", "类" }, { "温", "度州馨暖和" },
	{ "康", "复" }, { "施", "工行" }, { "文", "件本化字档员科明章" }, { "牛", "奶肉" }, { "樊", "" }, { "葛", "" }, { "邢", "" },
	{ "安", "全装徽卓排庆阳康保检" }, { "齐", "全" }, { "易", "用" }, { "乔", "" }, { "伍", "" }, { "庞", "" }, { "颜", "" },
	{ "倪", "" }, { "庄", "" }, { "聂", "" }, { "章", "程节" }, { "鲁", "班" }, { "岳", "" }, { "翟", "" }, { "殷", "" },
	{ "詹", "" }, { "申", "请报诉购" }, { "欧", "洲元" }, { "耿", "" }, { "关", "闭于系注联键机" }, { "兰", "" }, { "焦", "点作" },
	{ "俞", "" }, { "左", "侧右边" }, { "柳", "州" }, { "甘", "肃" }, { "祝", "" }, { "包", "装括含裹邮" }, { "宁", "波夏德" },
	{ "尚", "未" }, { "符", "合号" }, { "舒", "" }, { "阮", "" }, { "柯", "" }, { "纪", "" }, { "梅", "州" }, { "童", "装" },
	{ "凌", "晨" }, { "毕", "业" }, { "单", "位价号身据元人独次" }, { "季", "度节" }, { "裴", "" }, { "霍", "" }, { "涂", "" },
	{ "成", "都功本交员立为果长熟绩品分就人" }, { "苗", "木" }, { "谷", "" }, { "盛", "大" }, { "曲", "线靖" }, { "翁", "" }, { "冉", "" },
	{ "骆", "" }, { "蓝", "色牙图" }, { "路", "线由口况" }, { "游", "客戏" }, { "辛", "苦" }, { "靳", "" }, { "管", "理道家控" },
	{ "柴", "" }, { "蒙", "古" }, { "鲍", "" }, { "华", "为东南北中夏" }, { "喻", "" }, { "祁", "" }, { "蒲", "" },
	{ "房", "产屋间东型" }, { "滕", "" }, { "屈", "" }, { "饶", "" }, { "解", "决除约释放" }, { "牟", "" }, { "艾", "" },
	{ "尤", "其" }, { "穆", "" }, { "农", "业村历" }, { "司", "机法" }, { "卓", "" }, { "古", "代" }, { "吉", "林利" },
	{ "缪", "" }, { "简", "单介历体" }, { "车", "型牌位辆主险间机库架身" }, { "项", "目" }, { "连", "接续锁云锁" }, { "芦", "" },
	{ "麦", "当" }, { "褚", "" }, { "娄", "" }, { "窦", "" }, { "戚", "" }, { "岑", "" }, { "景", "区点" },
	{ "党", "员派委" }, { "宫", "" }, { "费", "用率" }, { "卜", "" }, { "冷", "却藏" }, { "晏", "" }, { "席", "位" },
	{ "卫", "生星浴" }, { "米", "粉" }, { "柏", "" }, { "宗", "" }, { "瞿", "" }, { "桂", "林" }, { "佟", "" },
	{ "应", "用付收急答" }, { "臧", "" }, { "闵", "" }, { "苟", "" }, { "邬", "" }, { "边", "界" }, { "卞", "" }, { "姬", "" },
	{ "师", "傅" }, { "仇", "恨" }, { "栾", "" }, { "隋", "" }, { "商", "品店户家城务业场" }, { "刁", "" }, { "沙", "发" },
	{ "荣", "誉耀" }, { "巫", "" }, { "寇", "" }, { "桑", "拿" }, { "郎", "" }, { "甄", "" }, { "丛", "" }, { "仲", "" },
	{ "虞", "" }, { "敖", "" }, { "巩", "" }, { "明", "细天年确" }, { "佘", "" }, { "池", "州" }, { "查", "询看无" },
	{ "麻", "" }, { "苑", "" }, { "迟", "" }, { "邝", "" }, { "官", "方网" }, { "封", "面闭" }, { "谈", "判" }, { "匡", "" },
	{ "鞠", "" }, { "惠", "州" }, { "荆", "" }, { "乐", "山趣园" }, { "冀", "" }, { "郁", "" }, { "胥", "" },
	{ "南", "京方昌宁通" }, { "班", "级次组" }, { "储", "存蓄值" }, { "栗", "" }, { "燕", "郊" }, { "楚", "" }, { "鄢", "" },
	{ "劳", "动务" }, { "谌", "" }, { "奚", "" }, { "皮", "" }, { "粟", "" }, { "冼", "" }, { "蔺", "" },
	{ "楼", "层盘号" }, { "盘", "点" }, { "闻", "名" }, { "厉", "" }, { "伊", "" }, { "仝", "" }, { "区", "域号" }, { "郜", "" },
	{ "阚", "" }, { "帅", "气" }, { "屠", "" }, { "豆", "" }, { "朴", "" }, { "盖", "章" }, { "练", "习" }, { "廉", "价" },
	{ "禹", "" }, { "井", "" }, { "祖", "国籍" }, { "漆", "" }, { "巴", "士" }, { "丰", "田富" }, { "支", "付持出行架票" },
	{ "卿", "" }, { "狄", "" }, { "索", "引赔取" }, { "宣", "传" }, { "晋", "" }, { "云", "南端计" }, { "容", "量" },
	{ "敬", "请" }, { "扈", "" }, { "晁", "" }, { "芮", "" }, { "阙", "" }, { "浦", "" }, { "戈", "" }, { "伏", "特" },
	{ "鹿", "" }, { "薄", "膜" }, { "邸", "" }, { "雍", "" }, { "辜", "" }, { "羊", "" }, { "乌", "" }, { "裘", "" },
	{ "亓", "" }, { "邰", "" }, { "赫", "" }, { "杭", "" }, { "况", "" }, { "宿", "" }, { "鲜", "" }, { "逯", "" },
	{ "茹", "" }, { "慕", "" }, { "危", "" }, { "亢", "" }, { "嵇", "" }, { "哈", "" }, { "湛", "江" }, { "宾", "" },
	{ "戎", "" }, { "勾", "" }, { "茅", "" }, { "於", "" }, { "呼", "" }, { "揭", "" }, { "尉", "" }, { "冶", "" },
	{ "斯", "" }, { "束", "" }, { "檀", "" }, { "衣", "服" }, { "阴", "天" }, { "昝", "" }, { "幸", "" }, { "植", "" },
	{ "衡", "阳水" }, { "尧", "" }, { "闭", "" }, { "陳", "" }, { "黃", "" }, { "劉", "" }, { "張", "" }, { "趙", "" },
	{ "吳", "" }, { "馬", "" }, { "楊", "" }, { "許", "" }, { "鄭", "" }, { "謝", "" }, { "韓", "" }, { "馮", "" },
	{ "鄧", "" }, { "蕭", "" }, { "葉", "" }, { "蘇", "" }, { "呂", "" }, { "盧", "" }, { "鍾", "" }, { "譚", "" },
	{ "陸", "" }, { "範", "" }, { "賈", "" }, { "鄒", "" }, { "閻", "" }, { "龍", "" }, { "賀", "" }, { "顧", "" },
	{ "龔", "" }, { "萬", "" }, { "錢", "" }, { "嚴", "" }, { "湯", "" }, { "溫", "" }, { "龐", "" }, { "顏", "" },
	{ "聶", "" }, { "魯", "" }, { "齊", "" }, { "喬", "" }, { "關", "" }, { "蘭", "" }, { "寧", "" }, { "紀", "" },
	{ "單", "" }, { "畢", "" }, { "駱", "" }, { "藍", "" }, { "遊", "" }, { "應", "" }, { "饒", "" }, { "繆", "" },
	{ "車", "" }, { "項", "" }, { "連", "" }, { "婁", "" }, { "竇", "" }, { "衛", "" }, { "羅", "" }, { "孫", "" },
	{ "費", "" }, { "宮", "" }, { "榮", "" },
	{ "洪", "水" }, { "竺", "" }, { "钮", "" }, { "宝", "马石贝" }, { "湯", "" },
};

static const char compounds[][7] = {
	"欧阳", "上官", "司马", "诸葛", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐", "长孙", "宇文", "司徒", "司空", "东方", "南宫", "独孤",
	"轩辕", "端木", "呼延", "东郭", "闻人", "赫连", "澹台", "公冶", "宗政", "濮阳", "淳于", "太叔", "申屠", "仲孙", "钟离", "鲜于", "闾丘",
	"漆雕", "乐正", "拓跋", "谷梁", "段干", "羊舌", "梁丘", "左丘", "纳兰", "耶律", "完颜", "叶赫", "歐陽", "諸葛",
};
/* clang-format on */

/* Words of three that begin like a surname and end like no office; no two of them end in the same two characters. */
static const char words_of_three[][10] = { "石家庄", "马鞍山", "张家口", "张家港", "连云港", "平顶山", "秦皇岛",
	"莫斯科", "黄鹤楼", "白云山", "方向盘", "安全带", "黄浦江", "万元整", "马来西", "金融街" };

/* What ends offices, places, grades and units, hardly ever a name. */
static bool is_office_end(uint32_t c)
{
	enum { ENDS = 118 }; /* all remainders differ, as in address.c */
#define P(c) [(c) % ENDS] = (c)
	static const uint16_t ends[ENDS] = { P(U'市'), P(U'省'), P(U'区'), P(U'县'), P(U'部'), P(U'厂'), P(U'局'),
		P(U'店'), P(U'厅'), P(U'街'), P(U'镇'), P(U'乡'), P(U'村'), P(U'室'), P(U'栋'), P(U'员'), P(U'级'),
		P(U'费'), P(U'款'), P(U'卡'), P(U'号'), P(U'色'), P(U'组'), P(U'处'), P(U'所'), P(U'院'), P(U'版'),
		P(U'类'), P(U'型'), P(U'量'), P(U'率'), P(U'价'), P(U'额') };
#undef P
	return ends[c % ENDS] == c;
}

/* All of two characters, six bytes. */
static const char refused_endings[][7] = { "公司", "集团", "中心", "银行", "工程", "经理", "先生", "女士", "小姐",
	"老师", "师傅", "主任", "总监", "大厦", "大道", "客户", "用户", "业务", "服务", "管理", "技术", "信息", "系统",
	"平台", "学校", "大学", "医院", "酒店", "时间", "日期", "状态", "类型", "成功", "失败", "完成" };

/* A cell's characters, blanks gone and dots made one: text, and how many of which. */
struct name {
	char text[NAME_BYTES];
	size_t len, han, dots;
	uint32_t last;
};

#define WORDS(array, bytes, by_pointer)                                                                                \
	{                                                                                                              \
		.first = (array), .step = sizeof(array)[0], .count = LEN(array), .len = (bytes),                       \
		.pointers = (by_pointer)                                                                               \
	}

static const struct surname *single_surname(const char *text, size_t len)
{
	static struct word_set set = WORDS(surnames, 3, true);
	int at = len >= 3 ? word_find(&set, text) : -1;
	return at < 0 ? NULL : &surnames[at];
}

static bool is_compound(const char *text, size_t len)
{
	static struct word_set set = WORDS(compounds, 6, false);
	return len >= 6 && word_find(&set, text) >= 0;
}

static bool is_word_of_three(const char text[9])
{
	static struct word_set set = {
		.first = words_of_three[0] + 3, .step = sizeof words_of_three[0], .count = LEN(words_of_three), .len = 6
	};
	int at = word_find(&set, text + 3);
	return at >= 0 && memcmp(words_of_three[at], text, 3) == 0;
}

static bool has_refused_ending(const char *text, size_t len)
{
	static struct word_set set = WORDS(refused_endings, 6, false);
	return word_find(&set, text + len - 6) >= 0;
}

/* Bytes of the surname in a name without dots, 0 when it begins with none. */
static size_t surname_len(hufu_view name)
{
	if (name.len > 6 && is_compound(name.ptr, name.len))
		return 6;
	return single_surname(name.ptr, name.len) ? 3 : 0;
}

/* Reads letters and dots; false for anything else, and for dots at the ends or side by side. */
static bool read_name(hufu_view rest, struct name *name)
{
	name->len = name->han = name->dots = 0;
	name->last = 0;
	while (rest.len) {
		uint32_t c = fold_common_han(rest.ptr, rest.len);
		if (c && name->han < HAN_MAX) {
			memcpy(name->text + name->len, rest.ptr, 3);
			rest = (hufu_view){ rest.ptr + 3, rest.len - 3 };
			name->len += 3;
			name->han++;
			name->last = c;
			continue;
		}
		c = fold_next(&rest);
		if (c == ' ')
			continue;
		if (c == '.')
			c = FOLD_DOT;
		bool dot = c == FOLD_DOT;
		if (!dot && (!fold_is_han(c) || ++name->han > HAN_MAX))
			return false;
		if (dot && (name->last == FOLD_DOT || name->len == 0 || ++name->dots > 3))
			return false;
		name->len += utf8_put(c, name->text + name->len);
		name->last = c;
	}
	return name->han >= HAN_MIN && name->last != FOLD_DOT;
}

static bool is_refused(const struct name *name)
{
	return is_office_end(name->last) || has_refused_ending(name->text, name->len) ||
	       (name->han == 3 && name->len == 9 && is_word_of_three(name->text));
}

/* Whether the name of `han` characters, all of three bytes, begins with a surname and is as long as that allows. */
static bool has_surname(const struct name *name)
{
	if (name->len != name->han * 3) /* rare characters of four bytes stand in given names only */
		return name->han <= 3 && single_surname(name->text, name->len) != NULL;
	if (name->han > 2 && is_compound(name->text, name->len))
		return name->han - 2 <= COMPOUND_GIVEN_MAX;
	const struct surname *first = single_surname(name->text, name->len);
	if (!first || name->han > 4)
		return false;
	if (name->han == 4)
		return single_surname(name->text + 3, name->len - 3) != NULL;
	if (name->han == 3)
		return true;
	for (const char *word = first->words; *word; word += 3) {
		if (memcmp(word, name->text + 3, 3) == 0)
			return false;
	}
	return true;
}

static bool name_normalise(hufu_view cell, struct ident_text *out)
{
	if (cell.len < 6 || cell.len > 2 * NAME_BYTES || !fold_fits(out, cell.len))
		return false;
	struct name name;
	if (!read_name(fold_trim(cell), &name) || is_refused(&name))
		return false;
	if (name.dots == 0 ? !has_surname(&name) : name.han < 3)
		return false;
	return fold_result(out, name.text, name.len);
}

/* The surname, or with dots the first character, then a star for each further one. */
static void name_mask(hufu_view normal, struct ident_text *out)
{
	out->len = 0;
	if (!fold_fits(out, normal.len) || normal.len == 0)
		return;
	hufu_view rest = normal;
	size_t shown = 0;
	if (fold_is_han(utf8_next(&rest)))
		shown = normal.len - rest.len;
	if (surname_len(normal) == 6)
		shown = 6;
	if (shown >= normal.len)
		shown = 0;
	memmove(out->ptr, normal.ptr, shown);
	out->len = shown;
	for (rest = view_from(normal, shown); rest.len; out->len++) {
		(void)utf8_next(&rest);
		out->ptr[out->len] = '*';
	}
}

static bool is_name(hufu_view value)
{
	char room[2 * NAME_BYTES + IDENT_SLACK];
	return value.len <= 2 * NAME_BYTES &&
	       name_normalise(value, &(struct ident_text){ .ptr = room, .cap = sizeof room });
}

/* Chinese sets no blanks between words: what announces a person, and what follows one, are cut off a run. */
static hufu_view cut(hufu_view run)
{
	static const char *const before[] = { "车主", "姓名", "客户", "联系人", "收件人", "收货人", "寄件人", "用户",
		"户主", "业主", "员工", "本人", "父亲", "母亲", "配偶", "经办人", "投保人", "被保险人", "乘客", "司机",
		"会员", "法人", "代表人", "申请人", "借款人", "担保人", "持卡人" };
	static const char *const after[] = { "电话", "手机", "身份证", "证件", "地址", "住址", "家住", "先生", "女士",
		"小姐", "性别", "邮箱", "微信", "车牌" };
	size_t begin = 0;
	for (size_t i = 0; i < LEN(before); i++) {
		hufu_view rest = view_from(run, begin);
		size_t len = strlen(before[i]);
		for (const char *hit; (hit = memmem(rest.ptr, rest.len, before[i], len)) != NULL;) {
			begin = (size_t)(hit - run.ptr) + len;
			rest = view_from(run, begin);
		}
	}
	run = view_from(run, begin);
	for (size_t i = 0; i < LEN(after); i++) {
		const char *hit = memmem(run.ptr, run.len, after[i], strlen(after[i]));
		if (hit && hit > run.ptr)
			run.len = (size_t)(hit - run.ptr);
	}
	return run;
}

static bool name_find(hufu_view text, size_t *at, size_t *len)
{
	enum { RUN_MAX = 300 };
	hufu_view rest = view_from(text, *at);
	while (rest.len) {
		size_t begin = text.len - rest.len, end = begin;
		for (uint32_t c; rest.len; end = text.len - rest.len) {
			c = fold_next(&rest);
			if (!fold_is_han(c) && (c != FOLD_DOT || end == begin))
				break;
		}
		hufu_view run = { text.ptr + begin, end - begin };
		if (run.len < 6 || run.len > RUN_MAX)
			continue;
		hufu_view value = cut(run);
		if (is_name(value)) {
			*at = (size_t)(value.ptr - text.ptr);
			*len = value.len;
			return true;
		}
	}
	return false;
}

const struct ident_kind ident_name = {
	.id = 8,
	.name = "name",
	.zh = "姓名",
	/* The chance that two strangers share a full name is some 1 in 30,000: surnames weigh 5 to 6 bits, given names
	 * near 10. Frequencies of our own tell more, where they are known. */
	.space_bits = 15,
	.loose = true,
	.normalise = name_normalise,
	.mask = name_mask,
	.find = name_find,
};
