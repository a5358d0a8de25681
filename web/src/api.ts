// The one door to the server: session, CSRF token, versions, problems (RFC 9457).
import type { Session, Uploaded } from "./types";

export class Problem extends Error {
  constructor(
    public status: number,
    public type: string,
    title: string,
    public detail: string,
    public todo: string,
    public wait: number,
  ) {
    super(title);
  }
}

let csrf = "";
let onLost: () => void = () => undefined;

export function useSession(session: Session | null, lost: () => void) {
  csrf = session?.csrf ?? "";
  onLost = lost;
}

function language(): string {
  return document.documentElement.lang.startsWith("zh") ? "zh" : "en";
}

async function problemOf(answer: Response): Promise<Problem> {
  let told: Record<string, unknown> = {};
  try {
    told = (await answer.json()) as Record<string, unknown>;
  } catch {
    // an answer without a body still has its status
  }
  const text = (name: string) => (typeof told[name] === "string" ? (told[name] as string) : "");
  return new Problem(
    answer.status,
    text("type"),
    text("title") || answer.statusText,
    text("detail"),
    text("todo"),
    Number(answer.headers.get("Retry-After") ?? 0),
  );
}

export interface Answer<T> {
  value: T;
  version: string | null;
  headers: Headers;
}

interface How {
  method?: string;
  body?: unknown;
  version?: string | null;
  key?: boolean; // with an idempotency key
  signal?: AbortSignal;
  quiet?: boolean; // a 401 is an answer, not a lost session
}

async function ask(path: string, how: How = {}): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json", "Accept-Language": language() };
  if (how.method && how.method !== "GET") headers["X-CSRF-Token"] = csrf;
  if (how.body !== undefined) headers["Content-Type"] = "application/json";
  if (how.version) headers["If-Match"] = how.version;
  if (how.key) headers["Idempotency-Key"] = crypto.randomUUID();
  const answer = await fetch(path, {
    method: how.method ?? "GET",
    headers,
    body: how.body === undefined ? undefined : JSON.stringify(how.body),
    credentials: "same-origin",
    signal: how.signal,
  });
  if (!answer.ok) {
    if (answer.status === 401 && !how.quiet) onLost();
    throw await problemOf(answer);
  }
  return answer;
}

export async function call<T>(path: string, how: How = {}): Promise<Answer<T>> {
  const answer = await ask(path, how);
  const value = answer.status === 204 ? (undefined as T) : ((await answer.json()) as T);
  return { value, version: answer.headers.get("ETag"), headers: answer.headers };
}

export async function text(path: string): Promise<string> {
  return (await ask(path)).text();
}

export async function blob(path: string, how: How): Promise<{ data: Blob; headers: Headers }> {
  const answer = await ask(path, how);
  return { data: await answer.blob(), headers: answer.headers };
}

/** Streams a file into the vault; fetch cannot tell how far it is, XMLHttpRequest can. */
export function upload(file: File, progress: (done: number) => void, signal: AbortSignal): Promise<Uploaded> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/uploads");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
    request.setRequestHeader("X-CSRF-Token", csrf);
    request.setRequestHeader("Idempotency-Key", crypto.randomUUID());
    request.upload.onprogress = (event) => progress(event.loaded);
    request.onload = () => {
      if (request.status === 201) resolve(JSON.parse(request.responseText) as Uploaded);
      else
        void problemOf(new Response(request.responseText, { status: request.status || 500 })).then(reject);
    };
    request.onerror = () => reject(new Problem(0, "", "network", "", "", 0));
    signal.addEventListener("abort", () => request.abort());
    request.onabort = () => reject(new DOMException("", "AbortError"));
    request.send(file);
  });
}
