/** Reads which module imports what, from the source text: enough for the laws of the layout. */
import { globSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { root } from './paths.ts'

export interface Import {
  /** Importing file, from the root: `packages/server/src/core/core.ts`. */
  from: string
  line: number
  /** Imported file from the root, or the name of an outside module (`typebox`, `node:fs`). */
  to: string
  /** Gone at run time. */
  typeOnly: boolean
  /** Started as a thread or process (`new URL('./worker.ts', import.meta.url)`), not loaded. */
  started: boolean
}

export interface Source {
  file: string
  text: string
  /** The text with comments blanked out, so that no rule trips over prose. Lines keep their places. */
  code: string
}

/** Every source file of the packages that ships: tests and built files left out. */
export function shippedSources(): Source[] {
  return globSync('packages/*/src/**/*.{ts,tsx}', { cwd: root })
    .filter((file) => !/\.test\.tsx?$/.test(file))
    .sort()
    .map((file) => {
      const text = readFileSync(join(root, file), 'utf8')
      return { file, text, code: withoutComments(text) }
    })
}

export function withoutComments(text: string): string {
  const blank = (comment: string) => comment.replace(/[^\n]/g, ' ')
  // Strings and templates are matched first so that `//` inside one is no comment.
  return text.replace(
    /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (found) => (found.startsWith('/') ? blank(found) : found),
  )
}

const STATIC =
  /\b(?:import|export)\s+(type\s+)?((?:[\w*\s,$]|\{[^}]*\})+?\s+from\s+)?(['"])([^'"\n]+)\3/g
const DYNAMIC =
  /(\bawait\s+|\.\s*then\s*\(\s*)?\bimport\(\s*(['"])([^'"\n]+)\2\s*\)(\s*\.\s*[A-Z])?/g
const WORKER = /new URL\(\s*(['"])(\.[^'"\n]+\.ts)\1\s*,\s*import\.meta\.url\s*\)/g

export function importsOf({ file, code }: Source): Import[] {
  const found: Import[] = []
  const add = (index: number, specifier: string, typeOnly: boolean, started = false) =>
    found.push({
      from: file,
      line: code.slice(0, index).split('\n').length,
      to: resolve(file, specifier),
      typeOnly,
      started,
    })
  for (const match of code.matchAll(STATIC)) {
    const [, type, clause, , specifier = ''] = match
    add(match.index, specifier, type !== undefined || namesOnlyTypes(clause ?? ''))
  }
  for (const match of code.matchAll(DYNAMIC)) {
    const [, awaited, , specifier = '', member] = match
    add(match.index, specifier, awaited === undefined && member !== undefined)
  }
  for (const match of code.matchAll(WORKER)) add(match.index, match[2] ?? '', false, true)
  return found
}

/** `{ type A, type B } from` keeps nothing at run time. */
function namesOnlyTypes(clause: string): boolean {
  const names = /^\{([^}]*)\}\s+from\s+$/.exec(clause)?.[1]
  return (
    names?.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type ')) ??
    false
  )
}

function resolve(from: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(from), specifier)
  const own = /^@takeback\/([\w-]+)\/(.+)$/.exec(specifier)
  return own ? `packages/${own[1]}/src/${own[2]}` : specifier
}
