/** Builds the web application into dist/web: hashed assets, each with its compressed twins beside it. */
import fs from 'node:fs'
import path from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/** Pages opened before an update still ask for the parts of their own version; after a week nobody does. */
const KEPT_MS = 7 * 86_400_000
const COMPRESSIBLE = /\.(js|css|svg|json|geojson)$/

/** The server hands out `.br` and `.gz` as they lie there; nothing is compressed while somebody waits. */
function compressedTwins(): Plugin {
  let out = ''
  const written = new Set<string>()
  return {
    name: 'compressed-twins',
    apply: 'build',
    configResolved: (config) => {
      out = path.resolve(config.root, config.build.outDir, 'assets')
    },
    writeBundle(_options, bundle) {
      for (const name of Object.keys(bundle)) written.add(path.basename(name))
    },
    closeBundle() {
      for (const name of fs.existsSync(out) ? fs.readdirSync(out) : []) {
        const file = path.join(out, name)
        const current = written.has(name.replace(/\.(br|gz)$/, ''))
        if (!current && Date.now() - fs.statSync(file).mtimeMs > KEPT_MS) {
          fs.rmSync(file)
          continue
        }
        // A name carries its content's hash: what has a twin has the right one.
        if (!COMPRESSIBLE.test(name) || fs.existsSync(`${file}.gz`)) continue
        const content = fs.readFileSync(file)
        if (content.length < 1024) continue
        fs.writeFileSync(`${file}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } }))
        fs.writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }))
      }
    },
  }
}

export default defineConfig({
  root: 'src/apps/web',
  plugins: [react(), compressedTwins()],
  // The server puts a fresh nonce in its place with every page.
  html: { cspNonce: '__NONCE__' },
  // No other host, no data: scripts; maps are files of their own.
  assetsInclude: ['**/*.geojson'],
  build: {
    outDir: '../../../dist/web',
    emptyOutDir: false,
    target: ['chrome111', 'edge111', 'firefox114', 'safari16.4'],
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1500,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8080', '/health': 'http://127.0.0.1:8080' } },
})
