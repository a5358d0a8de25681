import react from "@vitejs/plugin-react";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

/** Leaves each text file of the page compressed beside it: the server hands that out to whoever takes it. */
function compressed(): Plugin {
  let out = "";
  return {
    name: "compressed",
    apply: "build",
    configResolved: (config) => {
      out = config.build.outDir;
    },
    closeBundle: () => {
      for (const name of readdirSync(join(out, "assets"))) {
        if (!/\.(js|css|svg)$/.test(name)) continue;
        const path = join(out, "assets", name);
        const plain = readFileSync(path);
        if (plain.length < 1000) continue;
        writeFileSync(`${path}.br`, brotliCompressSync(plain));
        writeFileSync(`${path}.gz`, gzipSync(plain, { level: 9 }));
      }
    },
  };
}

// The server hands out dist/ under a policy without inline code: no data: scripts, no preload polyfill in the page.
export default defineConfig({
  plugins: [react(), compressed()],
  build: {
    target: "es2021",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    rollupOptions: {
      output: { manualChunks: { react: ["react", "react-dom"] } },
    },
  },
});
