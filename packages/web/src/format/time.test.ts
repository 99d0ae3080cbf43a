import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayName, daysAgo, shortTime, startOfDay, startOfNextDay } from './time.ts'

const words = { today: 'Today', yesterday: 'Yesterday' }
const at = (y: number, m: number, d: number, h = 12) => new Date(y, m - 1, d, h).getTime()
const now = at(2026, 11, 22)

test('days are counted by the local calendar, not by 24 hours', () => {
  assert.equal(daysAgo(at(2026, 11, 21, 23), at(2026, 11, 22, 1)), 1)
  assert.equal(daysAgo(at(2026, 11, 22, 0), at(2026, 11, 22, 23)), 0)
  assert.equal(daysAgo(at(2026, 3, 28), at(2026, 3, 30)), 2)
  assert.equal(startOfNextDay(at(2026, 11, 22, 23)), at(2026, 11, 23, 0))
  assert.equal(startOfDay(now), at(2026, 11, 22, 0))
})

test('a day is named by how far back it lies', () => {
  assert.equal(dayName(at(2026, 11, 22, 1), now, words), 'Today')
  assert.equal(dayName(at(2026, 11, 21), now, words), 'Yesterday')
  assert.match(dayName(at(2026, 11, 18), now, words), /^\p{L}+$/u)
  assert.doesNotMatch(dayName(at(2026, 3, 1), now, words), /2026/)
  assert.match(dayName(at(2024, 3, 1), now, words), /2024/)
})

test('a row shows the clock today and the day before that', () => {
  assert.match(shortTime(at(2026, 11, 22, 9), now, words), /9|09/)
  assert.equal(shortTime(at(2026, 11, 21), now, words), 'Yesterday')
  assert.match(shortTime(now + 60_000, now, words), /\d/)
})
