import { Chance } from './chance.ts'

/** Common first: a word is the rarer the further back it stands. */
const words =
  'the to you and it is in that of for on we at be have are this not but just with so me was what can all if your about no when do now like how there think one time good here will okay out get know then see from up more really going tomorrow today would some home thanks yes back they our still maybe them back need work later train could meet should bring after dinner before coffee weekend tonight morning nice right already forgot key letter station photo birthday garden Saturday evening sorry running late minutes weather kitchen river somebody question answer bicycle umbrella concert tickets museum neighbour bakery holiday mountain schön café übrigens 😀 👍 ❤️ appointment unfortunately congratulations interesting conversation recommendation'.split(
    ' ',
  ) as [string, ...string[]]

/** Kind of the dice. */
const TEXT = 7

/** What the n-th message of a data set says: 10 to about 110 bytes of words, 60 on average. */
export function textOf(message: number): string {
  const chance = new Chance(TEXT, message)
  const length = 10 + chance.below(92)
  let text = wordOf(chance)
  while (text.length < length) text += ` ${wordOf(chance)}`
  return text
}

const wordOf = (chance: Chance): string =>
  words[Math.floor(chance.fraction() ** 2 * words.length)] ?? words[0]
