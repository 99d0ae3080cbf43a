import { gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/** Script that must be loaded before the inbox shows, gzip (PERFORMANCE.md, F9). */
const LIMIT_KB = 130

/** Adds up what the page loads before the inbox shows, prints it, and fails the build past the limit. */
function inboxBudget(): Plugin {
  return {
    name: 'takeback:inbox-budget',
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((part) => part.type === 'chunk')
      const needed = new Set<string>()
      const need = (name: string) => {
        const chunk = chunks.find(({ fileName }) => fileName === name)
        if (chunk === undefined || needed.has(name)) return
        needed.add(name)
        chunk.imports.forEach(need)
      }
      for (const { isEntry, fileName } of chunks) if (isEntry) need(fileName)
      const bytes = chunks
        .filter(({ fileName }) => needed.has(fileName))
        .reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0)
      const kilobytes = bytes / 1024
      console.log(
        `Script before the inbox shows: ${kilobytes.toFixed(1)} KB gzip (limit ${LIMIT_KB}).`,
      )
      if (kilobytes > LIMIT_KB) this.error(`Over the limit of ${LIMIT_KB} KB.`)
    },
  }
}

/** Bytes from which compressing a file saves a packet. */
const WORTH_COMPRESSING = 1024

/** Puts a `.gz` beside each file, so that the service sends it compressed without ever compressing. */
function compressed(): Plugin {
  return {
    name: 'takeback:compressed',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        for (const part of Object.values(bundle)) {
          const source = part.type === 'chunk' ? part.code : part.source
          if (source.length < WORTH_COMPRESSING) continue
          this.emitFile({
            type: 'asset',
            fileName: `${part.fileName}.gz`,
            source: gzipSync(source, { level: 9 }),
          })
        }
      },
    },
  }
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), inboxBudget(), compressed()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // The policy is `default-src 'self'`: nothing inline, no data: URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      '/v1': { target: 'http://localhost:8080', ws: true },
      '/status': 'http://localhost:8080',
    },
  },
})
