// The frame: who is signed in, where we are, what changed on the server.
import { Button, Spin } from "antd";
import { Suspense, createContext, lazy, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import { Problem, call, useSession } from "./api";
import { useTexts } from "./i18n";
import { NewPassword, SignIn } from "./pages/SignIn";
import { link, usePath } from "./router";
import type { Permission, Session } from "./types";

const load = {
  overview: () => import("./pages/Overview"),
  case: () => import("./pages/CasePage"),
  cases: () => import("./pages/Cases"),
  match: () => import("./pages/Match"),
  data: () => import("./pages/Data"),
  settings: () => import("./pages/Settings"),
};
const Overview = lazy(load.overview);
const CasePage = lazy(load.case);
const Cases = lazy(load.cases);
const Match = lazy(load.match);
const Data = lazy(load.data);
const Settings = lazy(load.settings);

// The page that the address names comes beside the first question to the server, not behind its answer.
const [place = "", thing] = window.location.hash.replace(/^#\/?/, "").split("/");
const wanted = place === "cases" && thing ? "case" : place in load ? (place as keyof typeof load) : "overview";
load[wanted]().catch(() => undefined); // told when it is asked for again

interface House {
  session: Session;
  may: (permission: Permission) => boolean;
  refresh: () => void;
  /** Counts what the server said changed: of a case, or of anything. */
  changes: { all: number; cases: Record<string, number> };
}

const Context = createContext<House | null>(null);

export function useHouse(): House {
  const house = useContext(Context);
  if (!house) throw new Error("nobody is signed in");
  return house;
}

/** The server says what changed; the pages ask anew. */
function useChanges(on: boolean): House["changes"] {
  const [changes, set] = useState<House["changes"]>({ all: 0, cases: {} });
  useEffect(() => {
    if (!on) return undefined;
    const source = new EventSource("/api/events");
    const changed = (event: MessageEvent<string>) => {
      const told = JSON.parse(event.data) as { id?: string; case?: string };
      const id = told.id ?? told.case ?? "";
      set((now) => ({ all: now.all + 1, cases: { ...now.cases, [id]: (now.cases[id] ?? 0) + 1 } }));
    };
    source.addEventListener("case", changed);
    source.addEventListener("job", changed);
    return () => source.close();
  }, [on]);
  return changes;
}

function Page() {
  const path = usePath();
  switch (path[0]) {
    case "cases":
      return path[1] ? <CasePage key={path[1]} id={path[1]} /> : <Cases />;
    case "match":
      return <Match job={path[1]} />;
    case "data":
      return <Data />;
    case "settings":
      return <Settings />;
    default:
      return <Overview />;
  }
}

interface Look {
  dark: boolean;
  setDark: (dark: boolean) => void;
}

function Tools({ dark, setDark, children }: Look & { children?: ReactNode }) {
  const { t, language, setLanguage } = useTexts();
  return (
    <div className="tools">
      <Button
        type="text"
        lang={language === "zh" ? "en" : "zh-CN"}
        onClick={() => setLanguage(language === "zh" ? "en" : "zh")}
      >
        {t("language")}
      </Button>
      <Button type="text" onClick={() => setDark(!dark)}>
        {dark ? t("light") : t("dark")}
      </Button>
      {children}
    </div>
  );
}

function Bar({ session, signOut, ...look }: Look & { session: Session; signOut: () => void }) {
  const { t } = useTexts();
  const [at = ""] = usePath();
  const places = [
    ["", t("overview")],
    ["cases", t("cases")],
    ["match", t("newCase")],
    ["data", t("data")],
    ["settings", t("settings")],
  ] as const;
  return (
    <header className="bar">
      <a className="mark" href={link()}>
        {t("product")}
      </a>
      <nav aria-label={t("menu")}>
        {places.map(([place, title]) => (
          <a key={place} href={place ? link(place) : "#/"} aria-current={at === place ? "page" : undefined}>
            {title}
          </a>
        ))}
      </nav>
      <Tools {...look}>
        <span className="quiet">{session.account.name}</span>
        <Button type="text" onClick={signOut}>
          {t("signOut")}
        </Button>
      </Tools>
    </header>
  );
}

export function Console(look: Look) {
  const { t } = useTexts();
  const [session, setSession] = useState<Session | null | undefined>(undefined);
  const [lost, setLost] = useState(false);
  const refresh = useCallback(() => {
    call<Session>("/api/session", { quiet: true })
      .then((answer) => setSession(answer.value))
      .catch((why: unknown) => {
        if (why instanceof Problem && why.status === 401) setSession(null);
        else setSession(null);
      });
  }, []);
  useEffect(refresh, [refresh]);
  useSession(session ?? null, () => {
    setLost(true);
    setSession(null);
  });
  const ready = Boolean(session && !session.account.must_change);
  const changes = useChanges(ready);
  const house = useMemo<House | null>(
    () =>
      session
        ? { session, may: (permission) => session.permissions.includes(permission), refresh, changes }
        : null,
    [session, refresh, changes],
  );
  if (session === undefined) return <Spin fullscreen aria-label={t("loading")} />;
  if (!session || !house)
    return (
      <main>
        <Tools {...look} />
        <SignIn
          lost={lost}
          done={(next) => {
            setLost(false);
            setSession(next);
            refresh(); // the whole of it: sign-in tells less
          }}
        />
      </main>
    );
  if (session.account.must_change)
    return (
      <main>
        <Tools {...look} />
        <NewPassword first account={session.account.name} done={refresh} />
      </main>
    );
  const signOut = () => {
    void call("/api/session", { method: "DELETE" }).finally(() => setSession(null));
  };
  return (
    <Context.Provider value={house}>
      <div className="frame">
        <a className="skip" href="#content" onClick={(event) => (event.preventDefault(), document.getElementById("content")?.focus())}>
          {t("skip")}
        </a>
        <Bar session={session} signOut={signOut} {...look} />
        <main id="content" tabIndex={-1}>
          <Suspense fallback={<Spin aria-label={t("loading")} />}>
            <Page />
          </Suspense>
        </main>
      </div>
    </Context.Provider>
  );
}
