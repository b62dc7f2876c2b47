import {defineConfig} from 'vite';

// The node serves every file from one flat folder, under names that have a hash in them.
export default defineConfig({
  base: '/dashboard/',
  esbuild: {jsx: 'automatic', jsxImportSource: 'preact'},
  build: {
    target: 'es2022',
    assetsDir: '',
    assetsInlineLimit: 0,
    modulePreload: {polyfill: false},
    rollupOptions: {input: ['index.html', 'watch.html']},
  },
  // `npm run dev` beside a node on its usual port.
  server: {
    proxy: {'/v1': {target: 'http://127.0.0.1:7880', changeOrigin: true, headers: {origin: 'http://127.0.0.1:7880'}}},
  },
});
