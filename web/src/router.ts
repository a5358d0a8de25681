// Where we are: the part of the address behind "#". Links are plain links, so that the browser's own ways work.
import { useSyncExternalStore } from "react";

function here(): string {
  return window.location.hash.replace(/^#/, "") || "/";
}

export function usePath(): string[] {
  const path = useSyncExternalStore((changed) => {
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, here);
  return path.split("/").filter(Boolean).map(decodeURIComponent);
}

export function go(...parts: (string | number)[]) {
  window.location.hash = "/" + parts.map((part) => encodeURIComponent(String(part))).join("/");
}

export function link(...parts: (string | number)[]): string {
  return "#/" + parts.map((part) => encodeURIComponent(String(part))).join("/");
}
