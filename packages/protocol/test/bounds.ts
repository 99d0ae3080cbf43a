/** The part of JSON Schema that the contract uses. */
export interface JsonSchema {
  type?: string
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: boolean
  items?: JsonSchema
  anyOf?: JsonSchema[]
  const?: unknown
  pattern?: string
  maxLength?: number
  maxItems?: number
  minimum?: number
  maximum?: number
}

/** Places in a schema that a client could fill without limit. */
export function unbounded(schema: JsonSchema, at: string): string[] {
  if (schema.anyOf) return schema.anyOf.flatMap((one, index) => unbounded(one, `${at}|${index}`))
  if (schema.const !== undefined) return []
  switch (schema.type) {
    case 'object':
      return [
        ...(schema.additionalProperties === false ? [] : [`${at} takes unknown members`]),
        ...Object.entries(schema.properties ?? {}).flatMap(([name, member]) =>
          unbounded(member, `${at}.${name}`),
        ),
      ]
    case 'array':
      return [
        ...(schema.maxItems === undefined ? [`${at} has no maxItems`] : []),
        ...unbounded(schema.items ?? {}, `${at}[]`),
      ]
    case 'string':
      return isBoundedString(schema) ? [] : [`${at} has neither maxLength nor a bounding pattern`]
    case 'integer':
    case 'number':
      return schema.minimum !== undefined && schema.maximum !== undefined
        ? []
        : [`${at} has no minimum and maximum`]
    case 'boolean':
    case 'null':
      return []
    default:
      return [`${at} takes anything`]
  }
}

/** A pattern bounds when it is anchored at both ends and repeats nothing without limit. */
function isBoundedString({ maxLength, pattern }: JsonSchema): boolean {
  if (maxLength !== undefined) return true
  return pattern !== undefined && /^\^.*\$$/.test(pattern) && !/(?<!\\)[*+]|,\}/.test(pattern)
}
