/** A JSON Schema in words, for the generated pages. */
export interface Shape {
  $ref?: string
  type?: string
  enum?: string[]
  const?: string
  anyOf?: Shape[]
  items?: Shape
  properties?: Record<string, Shape>
  required?: string[]
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  pattern?: string
  description?: string
}

/** A table of an object's members, or a line for anything else. */
export function describeSchema(schema: Shape, note: (member: string) => string = () => ''): string {
  if (schema.properties === undefined) return schema.type === 'null' ? '' : `${typeText(schema)}.`
  const members = Object.entries(schema.properties)
  if (members.length === 0) return ''
  const rows = members.map(([name, member]) => {
    const optional = schema.required?.includes(name) ? '' : 'optional'
    const notes = [note(name), optional, bounds(member), member.description ?? '']
    return `| \`${name}\` | ${cell(typeText(member))} | ${cell(notes.filter(Boolean).join('; '))} |`
  })
  return ['| member | type | |', '| --- | --- | --- |', ...rows].join('\n')
}

function typeText(schema: Shape): string {
  if (schema.$ref !== undefined) return link(schema.$ref)
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(' \\| ')
  if (schema.const !== undefined) return `\`${schema.const}\``
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeText).join(' or ')
  if (schema.type === 'array') return `list of ${typeText(schema.items ?? {})}`
  if (schema.properties !== undefined) return inline(schema)
  if (schema.pattern?.includes('[0-7][0-9a-hjkmnp-tv-z]{25}')) return 'id'
  return schema.type ?? 'anything'
}

function inline({ properties = {}, required = [] }: Shape): string {
  const members = Object.entries(properties).map(
    ([name, member]) => `${name}${required.includes(name) ? '' : '?'}: ${typeText(member)}`,
  )
  return `{ ${members.join(', ')} }`
}

function bounds(schema: Shape): string {
  if (typeText(schema) === 'id') return ''
  if (schema.pattern !== undefined) return `\`${schema.pattern}\``
  if (schema.maxLength !== undefined) return `${schema.minLength ?? 0}–${schema.maxLength} long`
  const { minimum, maximum } = schema
  if (maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER)
    return `${minimum ?? ''}–${maximum}`
  return ''
}

function link(ref: string): string {
  const name = ref.slice(ref.lastIndexOf('/') + 1)
  return `[${name}](#${name.toLowerCase()})`
}

function cell(text: string): string {
  return text.replace(/(?<!\\)\|/g, '\\|')
}
