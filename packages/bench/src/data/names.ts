import { createHash } from 'node:crypto'
import type {
  AccountId,
  ClientId,
  ConversationId,
  DeviceId,
  MessageId,
} from '@takeback/protocol/ids.ts'
import { Chance } from './chance.ts'

/** What the things of a data set are called: known from their numbers, without reading it. */

const kinds = { account: 1, device: 2, conversation: 3, message: 4, client: 5, person: 6 }

const digits = '0123456789abcdefghjkmnpqrstvwxyz'
const client64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** As the service makes them: the time, then 80 bits of chance. @param at Unix milliseconds */
function ulid(kind: number, index: number, at: number): string {
  let time = Math.floor(at)
  let text = ''
  for (let digit = 0; digit < 10; digit++) {
    text = digits.charAt(time % 32) + text
    time = Math.floor(time / 32)
  }
  return text + letters(digits, 5, new Chance(kind, index), 16)
}

/** @param width bits a letter */
function letters(alphabet: string, width: number, chance: Chance, count: number): string {
  const each = Math.floor(32 / width)
  let text = ''
  while (text.length < count) {
    let bits = chance.bits()
    for (let letter = 0; letter < each && text.length < count; letter++) {
      text += alphabet.charAt(bits & (alphabet.length - 1))
      bits >>>= width
    }
  }
  return text
}

/** When the accounts of data sets were opened; before all messages. */
const OPENED = Date.UTC(2025, 5, 1)

export const accountId = (account: number): AccountId =>
  ulid(kinds.account, account, OPENED + account) as AccountId

export const deviceId = (account: number): DeviceId =>
  ulid(kinds.device, account, OPENED + account) as DeviceId

/** Of the one device that each account has. */
export const tokenOf = (account: number): string =>
  createHash('sha256').update(`a device of the bench ${account}`).digest('base64url')

export const conversationId = (conversation: number, at: number): ConversationId =>
  ulid(kinds.conversation, conversation, at) as ConversationId

export const messageId = (message: number, at: number): MessageId =>
  ulid(kinds.message, message, at) as MessageId

export const clientId = (message: number): ClientId =>
  letters(client64, 6, new Chance(kinds.client, message), 22) as ClientId

const first =
  'Ada Alma Amir Anna Aylin Ben Björn Carla Chen Clara David Elif Emma Eva Felix Fatima Finn Hana Hugo Ida Ines Ivan Jana Jonas José Julia Kai Karim Lara Lea Leon Lina Luis Malik Maria Marta Max Maya Mehmet Mia Mina Nils Nina Noah Nora Olga Oskar Paul Petra Rosa Sara Sofia Tara Theo Tom Vera Yara Yusuf Zoë'.split(
    ' ',
  ) as [string, ...string[]]
const last =
  'Abadi Adler Bauer Becker Brandt Castro Costa Demir Dietz Engel Fischer Fuchs Garcia Graf Haas Hansen Huber Ito Jung Kaya Keller Klein Koch Kowalski Lang Lopez Maier Martin Meyer Moreno Nguyen Novak Okafor Ortiz Park Peters Popov Ricci Rossi Roth Sato Schmid Silva Singh Sommer Stein Tanaka Vogel Wagner Weber Winter Wolf Yilmaz Zhang Ziegler'.split(
    ' ',
  ) as [string, ...string[]]

/** What people call themselves. */
export function personOf(account: number): { username: string; display_name: string } {
  const chance = new Chance(kinds.person, account)
  const given = chance.pick(first)
  const family = chance.pick(last)
  const plain = `${given}.${family}`.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  return { username: `${plain}.${account}`, display_name: `${given} ${family}` }
}
