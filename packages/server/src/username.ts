/**
 * How a username is written when it is compared: people type an @ before it, spaces around it and
 * capitals in it. Everybody who compares names does it like this, or one name has several lives.
 */
export const foldUsername = (typed: string): string => typed.trim().replace(/^@/, '').toLowerCase()
