import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The server hands out dist/ under a policy without inline code: no data: scripts, no preload polyfill in the page.
export default defineConfig({
  plugins: [react()],
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
