import { Type, type TProperties, type TSchema } from 'typebox'

/** A closed object: unknown members are refused. */
export const closed = <P extends TProperties>(properties: P) =>
  Type.Object(properties, { additionalProperties: false })

export const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])

/** Unix time in milliseconds. */
export const Time = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

/** Place of a message in its conversation, or of an event in a person's log. Starts at 1; 0 is before all. */
export const Seq = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

export const PageLimit = Type.Integer({ minimum: 1, maximum: 100 })

export const Empty = closed({})

/** A list with a continuation; `next_cursor` is null on the last page. */
export const page = <S extends TSchema>(items: S) =>
  closed({ items: Type.Array(items), next_cursor: nullable(Type.String()) })

export const ListCursor = Type.String({ minLength: 1, maxLength: 120 })
