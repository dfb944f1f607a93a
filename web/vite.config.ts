import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// `QUINTANT_URL=http://127.0.0.1:8000 npm run dev` shows the page from the sources above a running server.
const server = process.env["QUINTANT_URL"] ?? "http://127.0.0.1:8000";
// Origin must stay the page's own: the server refuses changes from a foreign one.
const proxied = Object.fromEntries(
  ["/api", "/openapi.json", "/docs"].map((path) => [path, { target: server, changeOrigin: false }]),
);

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "~": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { port: 5173, strictPort: true, proxy: proxied },
  build: {
    outDir: "../src/quintant/server/web/dist",
    emptyOutDir: true,
    target: "es2023",
    assetsInlineLimit: 0, // font-src and script-src refuse data: addresses
    modulePreload: { polyfill: false }, // an inline script, which the policy forbids
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      output: {
        entryFileNames: "assets/[name]-[hash].js",
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
