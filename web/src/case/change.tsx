// Changing a case: with the version that one saw, so that two people do not overwrite each other.
import { App } from "antd";
import { createContext, useCallback, useContext, useState } from "react";
import { Problem, call } from "../api";
import { useTexts } from "../i18n";
import { useTold } from "../parts/common";
import type { Case } from "../types";

export interface Changing {
  value: Case;
  version: string | null;
  took: (value: Case, version: string | null) => void;
  reload: () => void;
}

const Context = createContext<Changing | null>(null);
export const CaseChanging = Context.Provider;

export function useCase(): Changing {
  const changing = useContext(Context);
  if (!changing) throw new Error("no case around");
  return changing;
}

/** Sends a change; true when it was taken. What was typed stays with the caller until then. */
export function useChange() {
  const { value, version, took, reload } = useCase();
  const { message } = App.useApp();
  const { t } = useTexts();
  const told = useTold();
  const [busy, setBusy] = useState(false);
  const send = useCallback(
    async (method: string, path: string, body: unknown): Promise<boolean> => {
      setBusy(true);
      try {
        const answer = await call<Case>(`/api/cases/${encodeURIComponent(value.id)}${path}`, { method, body, version });
        took(answer.value, answer.version);
        return true;
      } catch (why) {
        if (why instanceof Problem && why.status === 412) {
          void message.warning(t("stale"), 8);
          reload();
        } else told(why);
        return false;
      } finally {
        setBusy(false);
      }
    },
    [value.id, version, took, reload, message, t, told],
  );
  return { send, busy };
}
