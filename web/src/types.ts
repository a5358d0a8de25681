// What the server says. Field names are those of `hufu case show --json` and `hufu match --json`.

export interface Words {
  zh: string;
  en: string;
}

export type Permission =
  | "see"
  | "bundle"
  | "open"
  | "work"
  | "settle"
  | "notice"
  | "release"
  | "match"
  | "read"
  | "audit"
  | "accounts";

export interface Session {
  account: { name: string; role: string; must_change: boolean; totp: boolean };
  csrf: string;
  permissions: Permission[];
  expires_at: string;
  last_visit?: string | null;
  store?: { id: string; zone: string; database: string };
}

export interface Because {
  zh: string;
  en: string;
  holds: boolean;
  fact: string | null;
  threshold: string | null;
}

export type DutyStatus = "open" | "near" | "overdue" | "done" | "waived";

export interface Duty {
  rule: string;
  kind: string;
  title: Words;
  law: string;
  law_en: string;
  article: string;
  text_zh: string;
  text_en: string;
  addressee: string;
  addressee_en: string;
  legal: boolean;
  verified: boolean;
  source_url: string;
  contents: (Words & { first: boolean })[];
  immediate: boolean;
  due: string | null;
  when: Words;
  status: DutyStatus;
  may_waive: boolean;
  because: Because[];
  settled?: { at: string; by: string; note: string | null };
}

export interface Fact {
  name: string;
  value: string;
  basis: "claimed" | "estimated" | "confirmed";
  source: string;
  at: string;
  by: string;
  superseded: boolean;
}

export interface VerdictColumn {
  leak: string;
  column: string | null;
  kind: string | null;
  form: string;
  agreement: number | null;
}

export interface Window {
  after: string | null;
  before: string | null;
  snapshots: string[];
  newest_row: string | null;
  stitched?: { after: string | null; before: string | null; records: number }[];
}

export interface VerdictDataset {
  dataset: string;
  linked: number;
  recombined: number;
  people: number;
  fdr: number;
  columns: VerdictColumn[];
  window: Window;
  filter: { text: string; explains: number } | null;
  facets: Record<string, Record<string, number>>;
  origin: string[] | null;
}

export interface VerdictPart {
  path: string;
  format: string;
  encoding: string;
  records: number;
  malformed: number;
  verdict: string | null;
  copy_bits: number | null;
  copy_terms: { term: string; bits: number }[];
  datasets: VerdictDataset[];
}

export interface Verdict {
  leak: { path: string; bytes: number; sha256: string };
  verdict: string | null;
  people: number;
  people_bounds: [number, number];
  people_exposed: number;
  complete: boolean;
  unread: { what: string; why: string }[];
  reasons: string[];
  /** Of verdicts since both languages are kept. */
  reasons_in?: { en: string[]; zh: string[] };
  parts: VerdictPart[];
}

export interface ListingItem {
  text: string;
  count: number | null;
  unit: string | null;
  price: number | null;
  priced: string | null;
  per_record: number | null;
  currency: string | null;
  bundle: boolean;
  fits: { dataset: string; as_of: string; count: number; of: string }[];
  impossible: string | null;
  impossible_zh: string | null;
  source: string;
}

export interface Evidence {
  number: number;
  name: string;
  sha256: string;
  sm3: string;
  bytes: number;
  role: string;
  added_at: string;
  deleted: boolean;
  deleted_at: string | null;
  rule: string | null;
}

export interface Task {
  id: number;
  title: Words;
  role: string;
  assignee: string | null;
  due: string | null;
  state: "open" | "done" | "dropped";
  done_at: string | null;
}

export interface Case {
  id: string;
  title: string;
  kind: string;
  state: "open" | "closed";
  drill: boolean;
  opened_at: string;
  closed_at: string | null;
  hold: { at: string; why: string } | null;
  facts: Fact[];
  demand: {
    amount: number | null;
    currency: string | null;
    wallet: string | null;
    wallet_valid: boolean | null;
    deadline: string | null;
    source: string;
  } | null;
  listing: ListingItem[];
  listing_sum: { items_sum: number | null; currency: string | null; bundle_price: number | null; bundle_share: number | null } | null;
  evidence: Evidence[];
  verdicts: { sha256: string; at: string; verdict: Verdict | null }[];
  tasks: Task[];
  members: { name: string; role: string; contact: string | null }[];
  decisions: { at: string; by: string; what: string; why: string }[];
  impact: { name: string; value: string; at: string; by: string }[];
  stamps: { seq: number; hash: string; at: string; by: string; serial: string }[];
  rules_as_of: string;
  grades: { standard: string; zh: string; en: string; verified: boolean; article: string }[];
  duties: Duty[];
  duties_further: Duty[];
  warnings: Words[];
  faults: unknown[];
}

export interface CaseLine {
  id: string;
  title: string;
  kind: string;
  state: "open" | "closed";
  drill: boolean;
  opened_at: string;
  verdict: string | null;
  people: number | null;
  grades: Case["grades"];
  next_duty: Duty | null;
  open_duties: number;
  overdue_duties: number;
  open_tasks: number;
}

export interface Entry {
  case?: string;
  seq: number;
  at: string;
  by: string;
  what: string;
  body: unknown;
  hash?: string;
}

export interface SealLine {
  dataset: string;
  newest: string;
  rows: number;
  people: number | null;
  age_days: number;
}

export interface Overview {
  now: string;
  next_duty: { case: string; title_of_case: string; duty: Duty } | null;
  cases: CaseLine[];
  changes: Entry[];
  seals: SealLine[];
  drills: CaseLine[];
}

export interface Job {
  id: number | string;
  case: string | null;
  name: string;
  sha256: string;
  bytes: number;
  state: "queued" | "running" | "done" | "failed" | "cancelled";
  done_bytes: number;
  position: number | null;
  queued_at: string;
  started_at: string | null;
  ended_at: string | null;
  by: string;
  error: string | null;
  verdict: Verdict | null;
}

export interface Dataset {
  name: string;
  rows: number;
  bytes: number;
  person: string | null;
  space: string | null;
  key: string[];
  snapshots: { as_of: string; rows: number; people: number | null }[];
  columns: {
    name: string;
    kind: string | null;
    form?: string;
    role: "private" | "personal" | "public";
    facet: boolean;
    person: boolean;
    key: boolean;
  }[];
}

export interface Account {
  name: string;
  role: string;
  contact: string | null;
  must_change: boolean;
  totp: boolean;
  disabled_at: string | null;
  created_at: string;
  by: string;
  seen_at: string | null;
}

export interface Look {
  evidence: { number: number; name: string; sha256: string };
  part: string;
  parts: { path: string; format?: string; records?: number }[];
  columns: { name: string; kind: string | null }[];
  rows: (string | null)[][];
  masked: boolean;
  more: boolean;
  from: number;
}

export interface Uploaded {
  sha256: string;
  sm3: string;
  bytes: number;
  name: string;
  existed: boolean;
}

export interface Pack {
  file: string;
  law: string;
  law_en: string;
  rules: {
    rule: string;
    article: string;
    title: Words;
    verified: boolean;
    mark: string;
    valid_from: string;
    valid_to: string;
    source_url: string;
  }[];
}

export interface Calendar {
  name: string;
  years: number[];
}

export interface Setting {
  name: string;
  value: unknown;
  from: string;
  help: string;
}

export interface List<T> {
  items: T[];
  next: string | null;
}

export interface FilingVersion {
  version: number;
  at: string;
  by: string;
  approved_by: string;
  sent_by: string;
  reference: string | null;
  complete: boolean;
  sha256: string;
  changes: { item: string; before: string; now: string }[];
}

export interface Filing extends Words {
  kind: string;
  arises: boolean;
  rule: string | null;
  items: (Words & { no: number; text: string; known: boolean; first: boolean })[];
  known: number;
  missing: number;
  may_file: boolean;
  may_file_first: boolean;
  versions: FilingVersion[];
}

export interface Notices {
  case: string;
  drill: boolean;
  linked: number;
  unplanned: number;
  versions: {
    version: number;
    subject: string;
    zh: string;
    en: string;
    written_at: string;
    written_by: string;
    released_at: string | null;
    released_by: string | null;
    counts: Record<string, number>;
  }[];
  open: { n: number; version: number; person: string; state: string; status: string | null; why: string | null }[];
}

export interface NoticeSent {
  case: string;
  version: number;
  sent: number;
  refused: number;
  later: number;
  doubt: number;
  drill: number;
  stopped: string | null;
  left: boolean;
}

export interface Claim {
  n: number;
  kind: string;
  channel: string;
  at: string;
  by: string;
  note: string | null;
  state: string;
  asked: string | null;
  proved: { at: string; by: string; how: string } | null;
  in_leak: boolean | null;
  kinds: Words[];
  decided: { at: string; by: string; amount: string | null; currency: string | null; why: string } | null;
}
