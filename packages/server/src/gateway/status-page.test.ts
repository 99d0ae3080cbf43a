import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wantsPage } from './status-page.ts'

test('a page is for whoever names it before JSON', () => {
  const chromium =
    'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'
  for (const accept of [
    chromium,
    'text/html',
    'TEXT/HTML; charset=utf-8',
    'application/json;q=0.5, text/html',
    'text/html;level=1;q=0.4, */*',
  ])
    assert.ok(wantsPage(accept), accept)
  for (const accept of [
    undefined,
    '',
    '*/*',
    'application/json',
    'text/plain, text/*',
    'application/json, text/html;q=0.9',
    'text/html;q=0',
  ])
    assert.ok(!wantsPage(accept), accept)
})
