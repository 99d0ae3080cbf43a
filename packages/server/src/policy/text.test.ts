import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { MAX_TEXT } from '@takeback/protocol/limits.ts'
import { seedFor } from '../../test/seed.ts'
import { canBeName, canBeText, canBeUsername, isStorable } from './text.ts'

/** Any UTF-16, broken pairs included; and Unicode with rare characters. */
const anyText = fc.oneof(
  fc.string({
    unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    maxLength: 40,
  }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom(
      '\0',
      ' ',
      '\u200b',
      '\u3164',
      '\ufe0f',
      '\u202e',
      '\ud83d',
      '\ude00',
      'a',
      '\n',
      '\u2028',
    ),
    maxLength: 6,
  }),
)
const roundTrips = (text: string) => Buffer.from(text, 'utf8').toString('utf8') === text

describe('texts', () => {
  test('whatever is accepted survives UTF-8 unchanged and holds no NUL', (t) => {
    fc.assert(
      fc.property(anyText, (text) => {
        if (canBeText(text) === null) assert.ok(roundTrips(text) && !text.includes('\0'))
      }),
      { seed: seedFor(t), numRuns: 2000 },
    )
  })

  test('whatever does not survive is invalid_input, whatever its length', (t) => {
    fc.assert(
      fc.property(
        anyText,
        fc.constantFrom('\0', '\ud800', '\udfff'),
        fc.boolean(),
        (text, bad, long) => {
          // Apart from the text: a half that meets its other half is a character (seed 91960586).
          const whole = `${text} ${bad} ${long ? 'x'.repeat(MAX_TEXT + 1) : ''}`
          assert.equal(canBeText(whole)?.code, 'invalid_input')
        },
      ),
      { seed: seedFor(t) },
    )
  })

  test('two halves that meet are one character', () => {
    assert.equal(canBeText('\ud800' + '\udfff'), null)
  })

  test('whatever holds a letter or digit and is storable is accepted up to 4,000 code points, refused beyond', (t) => {
    const point = fc.constantFrom('x', 'é', '👩', 'ا', '字', '\u0301')
    fc.assert(
      fc.property(point, fc.integer({ min: -3, max: 3 }), (filler, more) => {
        const text = `a${filler.repeat(MAX_TEXT - 1 + more)}`
        assert.equal(canBeText(text)?.code ?? null, more > 0 ? 'message_too_long' : null)
      }),
      { seed: seedFor(t) },
    )
  })

  test('around what shows, anything storable may stand', (t) => {
    fc.assert(
      fc.property(anyText, anyText, (before, behind) => {
        const text = `${before}!${behind}`
        assert.equal(canBeText(text) === null, isStorable(text))
      }),
      { seed: seedFor(t) },
    )
  })

  for (const text of ['👍', '🏳️‍🌈', '🇩🇪', '1️⃣', '.', '\u0301', '्', '‍a', '\u00ad-', '𝒳', '\ue000'])
    test(`something to see: ${JSON.stringify(text)}`, () => assert.equal(canBeText(text), null))
  for (const text of [
    '',
    ' ',
    '\n',
    '\u00a0',
    '\u2003',
    '\u3000',
    '\u2029',
    '\u200b',
    '\u200d',
    '\ufeff',
    '\u00ad',
    '\u061c',
    '\u180e',
    '\u2060',
    '\u3164',
    '\uffa0',
    '\u115f\u1160',
    '\ufe0f',
    '\u{e0020}',
    '\u2800',
    '\u0085',
    '\u001f',
  ])
    test(`nothing to see: ${JSON.stringify(text)}`, () =>
      assert.equal(canBeText(text)?.code, 'invalid_input'))
})

describe('names', () => {
  for (const name of [
    'Ann',
    'Zoë',
    'Zoe\u0308',
    'Åse',
    '李雷',
    'محمد',
    'שרה',
    'नेहा',
    '👩‍🚀 Ann',
    "O'Neil",
    'x'.repeat(50),
    '🫠'.repeat(50),
    ' Ann ',
    '\u0301',
    'می‌خواهم',
  ])
    test(`accepted: ${JSON.stringify(name)}`, () => assert.equal(canBeName(name), null))
  const refused: [string, string][] = [
    ['NUL', 'A\0nn'],
    ['a lone surrogate', 'Ann\ud83d'],
    ['a line break', 'Ann\nAdmin'],
    ['a tab', 'Ann\tAdmin'],
    ['a C1 control', 'Ann\u0085'],
    ['delete', 'Ann\u007f'],
    ['a line separator', 'Ann\u2028Admin'],
    ['a paragraph separator', 'Ann\u2029Admin'],
    ['nothing', ''],
    ['white space', ' \u00a0'],
    ['fillers', '\u3164\u115f'],
    ['zero width', '\u200b\u200d'],
    ['51 characters', 'x'.repeat(51)],
    ['51 astral characters', '🫠'.repeat(51)],
  ]
  for (const [why, name] of refused)
    test(`refused: ${why}`, () => assert.equal(canBeName(name)?.code, 'invalid_input'))

  test('refused: every character that turns the direction of text (Unicode Bidi_Control)', () => {
    const controls = [
      0x061c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068,
      0x2069,
    ]
    for (const control of controls)
      assert.equal(
        canBeName(`Ann${String.fromCodePoint(control)}x`)?.code,
        'invalid_input',
        control.toString(16),
      )
  })

  test('whatever is accepted survives UTF-8 unchanged, in one line', (t) => {
    fc.assert(
      fc.property(anyText, (name) => {
        if (canBeName(name) === null)
          assert.ok(roundTrips(name) && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name))
      }),
      { seed: seedFor(t), numRuns: 2000 },
    )
  })
})

test('usernames: dots only between other characters, and none that speaks for the service', () => {
  for (const name of ['ann', 'ann.b', '_ann_', 'a.n.n', 'administrators'])
    assert.equal(canBeUsername(name), null, name)
  for (const name of ['.ann', 'ann.', 'a..nn', '...'])
    assert.equal(canBeUsername(name)?.code, 'invalid_input', name)
  for (const name of ['admin', 'ad.min', '_support_', 'takeback'])
    assert.equal(canBeUsername(name)?.code, 'username_taken', name)
})
