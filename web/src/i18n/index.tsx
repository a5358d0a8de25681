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
}

const Context = createContext<Texts | null>(null);
const kept = "hufu.language";

function first(): Language {
  const saved = window.localStorage.getItem(kept);
  if (saved === "zh" || saved === "en") return saved;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** 2022-12-11T09:30:00+08:00 as the case tells it: in its own offset, without seconds. */
function shown(value: string): string {
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
    };
  }, [language]);
  return <Context.Provider value={texts}>{children}</Context.Provider>;
}

export function useTexts(): Texts {
  const texts = useContext(Context);
  if (!texts) throw new Error("no language around");
  return texts;
}
