import { createHash } from 'node:crypto'
import type { Output } from '@takeback/protocol/endpoints/registry.ts'
import type { Incident } from '@takeback/protocol/endpoints/status.ts'

/**
 * Whether an `Accept` header would rather have a page than JSON (RFC 9110, 12.5.1). Whoever takes
 * anything gets JSON: programs say so, browsers name `text/html`.
 */
export function wantsPage(accept = ''): boolean {
  const weights = new Map(
    accept.split(',').map((part) => {
      const [type = '', ...parameters] = part.toLowerCase().split(';')
      const q = parameters.map((one) => /^\s*q=([\d.]+)\s*$/.exec(one)?.[1]).find(Boolean)
      return [type.trim(), q === undefined ? 1 : Number(q)]
    }),
  )
  return (weights.get('text/html') ?? 0) > (weights.get('application/json') ?? 0)
}

/** Colours and sizes as the app's; it must also show while the app cannot be had. */
const style = `
:root { color-scheme: light dark; --paper: light-dark(#f7fafa, #0c1214); --raised: light-dark(#fff, #141b1e);
  --ink: light-dark(#16201f, #eef3f3); --soft: light-dark(#4d5c5e, #a9b6b8); --line: light-dark(#dbe2e3, #2a3437);
  --good: light-dark(#1e6b45, #7fd3a4); --bad: light-dark(#855400, #eec067); }
body { margin: 0 auto; max-width: 42rem; padding: 32px 16px 64px; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.625rem; line-height: 1.25; margin: 0 0 4px; }
h2 { font-size: 1.25rem; margin: 40px 0 12px; }
h3 { font-size: 1.0625rem; margin: 0; }
p { margin: 8px 0 0; white-space: pre-line; }
article { background: var(--raised); border: 1px solid var(--line); border-radius: 12px; padding: 16px; margin: 0 0 12px; }
ol { list-style: none; margin: 16px 0 0; padding: 0; }
li { border-top: 1px solid var(--line); padding: 12px 0 0; margin: 12px 0 0; }
.soft { color: var(--soft); font-size: 0.9375rem; }
.good { color: var(--good); }
.bad { color: var(--bad); }
a { color: inherit; }
`

const styleHash = createHash('sha256').update(style).digest('base64')

/** Nothing runs, and no style counts but the page's own. */
export const statusPagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${styleHash}'`,
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escape = (text: string): string => text.replace(/[&<>"']/g, (sign) => escapes[sign] ?? sign)

const shownTime = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'short',
  timeZone: 'UTC',
})
const time = (at: number): string =>
  `<time datetime="${new Date(at).toISOString()}">${shownTime.format(at)} UTC</time>`

const comfort =
  '<p>Nothing is lost: what people write waits on their devices and goes out by itself.</p>'

/** The public status page: complete by itself, without script. */
export function statusPage({ status, time: now, incidents }: Output<'status.get'>): string {
  const isOpen = ({ state }: Incident) => state === 'open'
  const open = incidents.filter((one) => isOpen(one) && one.kind === 'incident')
  const announced = incidents.filter((one) => isOpen(one) && one.kind === 'announcement')
  const over = incidents.filter((one) => !isOpen(one))
  const isStored = status === 'ok'
  const isGood = isStored && open.length === 0
  const trouble = isStored ? 'Something isn’t working' : 'Messages can’t be stored right now'
  const headline = isGood ? 'Everything works' : trouble
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${headline} · Takeback status</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<style>${style}</style>
</head>
<body>
<main>
<h1 class="${isGood ? 'good' : 'bad'}">${headline}</h1>
${isStored ? '' : comfort}<p class="soft">As of ${time(now)}. <a href="/">To the app</a></p>
${section('Now', open)}${section('Announcements', announced)}${section('Resolved in the last 7 days', over)}</main>
</body>
</html>
`
}

function section(heading: string, incidents: readonly Incident[]): string {
  if (incidents.length === 0) return ''
  return `<h2>${heading}</h2>\n${incidents.map(article).join('')}`
}

function article({ title, text, created_at, resolved_at, updates }: Incident): string {
  const until = resolved_at === null ? '' : `, resolved ${time(resolved_at)}`
  const later = updates.map(
    (update) =>
      `<li><span class="soft">${time(update.created_at)}</span><p dir="auto">${escape(update.text)}</p></li>\n`,
  )
  return `<article>
<h3 dir="auto">${escape(title)}</h3>
<span class="soft">${time(created_at)}${until}</span>
<p dir="auto">${escape(text)}</p>
${later.length === 0 ? '' : `<ol>\n${later.join('')}</ol>\n`}</article>
`
}
