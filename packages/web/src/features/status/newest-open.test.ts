import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Incident } from '@takeback/protocol/endpoints/status.ts'
import type { IncidentId } from '@takeback/protocol/ids.ts'
import { newestOpen } from './newest-open.ts'

const incident = (id: string, created_at: number, more: Partial<Incident> = {}): Incident => ({
  id: id as IncidentId,
  kind: 'incident',
  title: id,
  text: id,
  state: 'open',
  created_at,
  updated_at: created_at,
  resolved_at: null,
  updates: [],
  ...more,
})

const old = incident('old', 1)
const recent = incident('recent', 2)
const over = incident('over', 3, { state: 'resolved', resolved_at: 4 })
const news = incident('news', 5, { kind: 'announcement' })
const later = incident('later', 6, { kind: 'announcement' })

test('the newest open incident comes before any announcement', () => {
  assert.equal(newestOpen([later, news, over, recent, old], []), recent)
  assert.equal(newestOpen([old, recent], []), recent)
})

test('an announcement can be dismissed, an incident can not', () => {
  assert.equal(newestOpen([news, later, over], []), later)
  assert.equal(newestOpen([news, later], [later.id]), news)
  assert.equal(newestOpen([news, later], [later.id, news.id]), null)
  assert.equal(newestOpen([old], [old.id]), old)
})

test('nothing open is nothing to show', () => {
  assert.equal(newestOpen([], []), null)
  assert.equal(newestOpen([over], []), null)
})
