import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { seedFor } from '../../test/seed.ts'
import { isBirthDate, isOfAge, turns } from './age.ts'

const DAY = 86_400_000

describe('ages', () => {
  test('one is of age from the first moment of the birthday, UTC', () => {
    const birthday = Date.UTC(2026, 4, 5)
    assert.equal(isOfAge('2010-05-05', 16, birthday - 1), false)
    assert.equal(isOfAge('2010-05-05', 16, birthday), true)
  })

  test('born on 29 February: on that day in leap years, on 1 March in others', () => {
    assert.equal(turns('2008-02-29', 16), Date.UTC(2024, 1, 29))
    assert.equal(turns('2012-02-29', 18), Date.UTC(2030, 2, 1))
    assert.equal(isOfAge('2012-02-29', 18, Date.UTC(2030, 1, 28, 23, 59, 59, 999)), false)
    assert.equal(isOfAge('2012-02-29', 18, Date.UTC(2030, 2, 1)), true)
    assert.equal(turns('2000-02-29', 100), Date.UTC(2100, 2, 1), '2100 is no leap year')
  })

  test('31 December and 1 January', () => {
    assert.equal(turns('2009-12-31', 16), Date.UTC(2025, 11, 31))
    assert.equal(turns('2010-01-01', 16), Date.UTC(2026, 0, 1))
  })

  test('who was born later is never of age sooner', (t) => {
    const day = fc.date({
      min: new Date(Date.UTC(1900, 0, 1)),
      max: new Date(Date.UTC(2026, 0, 1)),
      noInvalidDate: true,
    })
    const iso = (date: Date) => date.toISOString().slice(0, 10)
    fc.assert(
      fc.property(day, day, fc.integer({ min: 1, max: 120 }), (one, two, years) => {
        const [first, second] = [iso(one), iso(two)].toSorted()
        assert.ok(turns(first ?? '', years) <= turns(second ?? '', years))
      }),
      { seed: seedFor(t) },
    )
  })
})

describe('birth dates', () => {
  const now = Date.UTC(2026, 0, 15, 12)
  const accepted = [
    '2026-01-15',
    '2026-01-14',
    '2024-02-29',
    '1990-12-31',
    '2000-02-29',
    '1896-01-16',
  ]
  const refused = [
    '2026-01-16',
    '2199-01-01',
    '1896-01-15',
    '1800-01-01',
    '0001-01-01',
    '0000-00-00',
    '0099-06-01',
    '2025-02-29',
    '1900-02-29',
    '2020-02-30',
    '2020-04-31',
    '2020-13-01',
    '2020-00-10',
    '2020-10-00',
    '9999-12-31',
    '',
    '2020-1-1',
    '20-01-01',
    '+02020-01-01',
    ' 2020-01-01',
    '2020-01-01 ',
    '2020-01-01T00:00:00Z',
    '２０２０-01-01',
  ]
  for (const date of accepted)
    test(`${date} is one`, () => assert.equal(isBirthDate(date, now), true))
  for (const date of refused)
    test(`${JSON.stringify(date)} is none`, () => assert.equal(isBirthDate(date, now), false))

  test('every day of the last 129 years is one', () => {
    for (let time = Date.UTC(1897, 0, 1); time <= now; time += DAY)
      assert.ok(isBirthDate(new Date(time).toISOString().slice(0, 10), now))
  })
})
