import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import { en } from "./en";
import { zh, type Dictionary } from "./zh";

export type Language = "zh" | "en";
export type Key = keyof Dictionary;

interface Texts {
  language: Language;
  setLanguage: (language: Language) => void;
  t: (key: Key, ...values: (string | number)[]) => string;
  /** A text that carries both languages. */
  say: (words: { zh: string; en: string } | undefined | null) => string;
  number: (value: number) => string;
  /** What an entry of the timeline is; a new sort stands as it is. */
  entry: (what: string) => string;
  time: (value: string | null | undefined) => string;
  /** 4(4) as a law is cited; what is no number stands as it is. */
  article: (value: string) => string;
}

const Context = createContext<Texts | null>(null);
const kept = "hufu.language";

function first(): Language {
  const saved = window.localStorage.getItem(kept);
  if (saved === "zh" || saved === "en") return saved;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** UTC as the reader's clock has it, with its offset: nobody reads a deadline in another zone at night. */
function local(value: string): string {
  const at = new Date(value);
  const minutes = -at.getTimezoneOffset();
  const two = (number: number) => String(Math.floor(Math.abs(number))).padStart(2, "0");
  if (!minutes || Number.isNaN(minutes)) return value;
  const there = new Date(at.getTime() + minutes * 60_000).toISOString().slice(0, 19);
  return `${there}${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}

/** 2022-12-11T09:30:00+08:00 as the case tells it: in its own offset, without seconds. */
function shown(told: string): string {
  const value = /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]00:00)$/.test(told) ? local(told) : told;
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(?::\d{2})?(.*)$/.exec(value);
  return match ? `${match[1]} ${match[2]} ${match[3] === "Z" ? "UTC" : match[3]}` : value;
}

export function Language({ children }: { children: ReactNode }) {
  const [language, set] = useState<Language>(first);
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  }, [language]);
  const texts = useMemo<Texts>(() => {
    const words = language === "zh" ? zh : en;
    return {
      language,
      setLanguage: (next) => {
        window.localStorage.setItem(kept, next);
        document.documentElement.lang = next === "zh" ? "zh-CN" : "en";
        set(next);
      },
      t: (key, ...values) => words[key].replace(/\{(\d)\}/g, (_, at: string) => String(values[Number(at)] ?? "")),
      say: (both) => (both ? both[language] || both.zh : ""),
      entry: (what) => (`entry ${what}` in words ? words[`entry ${what}` as Key] : what),
      number: (value) => value.toLocaleString(language === "zh" ? "zh-CN" : "en"),
      time: (value) => (value ? shown(value) : "—"),
      article: (value) => value.replace(/^\d+/, language === "zh" ? "第$&条" : "art. $&"),
    };
  }, [language]);
  return <Context.Provider value={texts}>{children}</Context.Provider>;
}

export function useTexts(): Texts {
  const texts = useContext(Context);
  if (!texts) throw new Error("no language around");
  return texts;
}
