import { App as Antd, ConfigProvider, theme } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import { StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { Language, useTexts } from "./i18n";
import { Console } from "./shell";
import "./page.css";

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
const kept = "hufu.dark";

// A library of Ant Design's measures scroll bars with a style element of its own and forgets the nonce.
const create = document.createElement.bind(document);
document.createElement = ((name: string, options?: ElementCreationOptions) => {
  const element = create(name, options);
  if (name.toLowerCase() === "style") element.setAttribute("nonce", nonce);
  return element;
}) as typeof document.createElement;

/** Light or dark: as the system is, until somebody chooses. */
function useDark(): [boolean, (dark: boolean) => void] {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const [chosen, choose] = useState(window.localStorage.getItem(kept));
  const [dark, setDark] = useState(system.matches);
  useEffect(() => {
    const changed = () => setDark(system.matches);
    system.addEventListener("change", changed);
    return () => system.removeEventListener("change", changed);
  }, [system]);
  const set = (next: boolean) => {
    window.localStorage.setItem(kept, next ? "dark" : "light");
    choose(next ? "dark" : "light");
  };
  return [chosen ? chosen === "dark" : dark, set];
}

function Themed() {
  const { language } = useTexts();
  const [dark, setDark] = useDark();
  useEffect(() => {
    document.documentElement.dataset.theme = dark ? "dark" : "light";
  }, [dark]);
  return (
    <ConfigProvider
      csp={{ nonce }}
      locale={language === "zh" ? zhCN : enUS}
      theme={{
        algorithm: dark ? theme.darkAlgorithm : theme.defaultAlgorithm,
        token: {
          colorPrimary: dark ? "#d9a441" : "#8c2f1b",
          colorLink: dark ? "#e0b45c" : "#8c2f1b",
          colorError: dark ? "#ff8a80" : "#b42318",
          colorTextTertiary: dark ? "#b5b5b5" : "#595959",
          colorTextDescription: dark ? "#b5b5b5" : "#595959",
          colorTextPlaceholder: dark ? "#9a9a9a" : "#6b6b6b",
          borderRadius: 4,
          fontFamily:
            '-apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif',
        },
        components: { Button: { primaryColor: dark ? "#1f1300" : "#ffffff" } },
      }}
    >
      <Antd>
        <Console dark={dark} setDark={setDark} />
      </Antd>
    </ConfigProvider>
  );
}

const root = document.getElementById("root");
if (root)
  createRoot(root).render(
    <StrictMode>
      <Language>
        <Themed />
      </Language>
    </StrictMode>,
  );
