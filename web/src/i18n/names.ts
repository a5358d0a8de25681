// Names that the server tells as identifiers: facts, kinds of data, roles of a task force. As in src/duty/fact.c,
// src/ident and duties/playbooks; what is not here stands as it is.
import type { Language } from ".";

type Names = Record<string, [zh: string, en: string]>;

const facts: Names = {
  verdict: ["判定", "verdict"],
  people: ["涉及人数", "people"],
  people_exposed: ["可识别身份的人数", "people exposed"],
  people_sensitive: ["涉及敏感个人信息人数", "people with sensitive data"],
  people_held: ["处理个人信息的总人数", "people whose data are processed"],
  datasets: ["数据集", "datasets"],
  kinds: ["信息种类", "kinds of data"],
  window_after: ["取得时间晚于", "taken after"],
  window_before: ["取得时间早于", "taken before"],
  regions: ["地区", "regions"],
  sector: ["行业领域", "sector"],
  cii: ["关键信息基础设施", "critical infrastructure"],
  state_organ: ["国家机关及其所属单位", "state organ"],
  ransom: ["勒索", "ransom demanded"],
  learned_at: ["发现或获知时间", "learned of it"],
  important_data: ["重要数据", "important data"],
  core_data: ["核心数据", "core data"],
  unlawful_access: ["非法获取", "unlawful access"],
  crime_suspected: ["涉嫌犯罪", "crime suspected"],
  loss_cny: ["直接经济损失（元）", "direct loss, CNY"],
  outage_h: ["中断时间（小时）", "outage, hours"],
  jurisdiction: ["法域", "jurisdiction"],
  handled_end: ["处置结束时间", "handling ended"],
  rules_as_of: ["适用规则的时间", "rules as of"],
  harm_prevented: ["措施能够有效避免危害", "measures effectively avoid harm"],
};

const kinds: Names = {
  mobile: ["手机号", "mobile number"],
  resident_id: ["身份证号", "identity card number"],
  vin: ["车架号", "VIN"],
  plate: ["车牌号", "number plate"],
  bank_card: ["银行卡号", "bank card number"],
  uscc: ["统一社会信用代码", "social credit code"],
  email: ["邮箱", "e-mail"],
  name: ["姓名", "name"],
  address: ["地址", "address"],
  date: ["日期", "date"],
};

const roles: Names = {
  lead: ["应急总指挥", "incident lead"],
  security: ["安全技术组", "security"],
  privacy: ["个人信息保护组", "privacy"],
  legal: ["法务合规组", "legal"],
  communication: ["对外沟通组", "communication"],
  business: ["业务与数据所有者", "data owner"],
};

export const sectors: Names = {
  automotive: ["汽车", "automotive"],
  telecom: ["电信", "telecom"],
  industry: ["工业", "industry"],
  finance: ["金融", "finance"],
  health: ["卫生健康", "health"],
  other: ["其他", "other"],
};

const inLanguage = (names: Names, name: string, language: Language) => names[name]?.[language === "zh" ? 0 : 1] ?? name;

export const factName = (name: string, language: Language) => {
  const [plain = name, region] = name.split(".");
  return inLanguage(facts, plain, language) + (region ? ` ${region}` : "");
};
export const kindName = (name: string, language: Language) => inLanguage(kinds, name, language);
export const roleName = (name: string, language: Language) => inLanguage(roles, name, language);
export const sectorName = (name: string, language: Language) => inLanguage(sectors, name, language);
export const factNames = Object.keys(facts);
export const roleNames = Object.keys(roles);
