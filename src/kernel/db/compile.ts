/**
 * From a query to its text and parameters. Most queries here are nested `sql` templates; those are written down directly,
 * which takes a fifth of the time of the general compiler. Whatever else appears is left to that.
 */
import { Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, DummyDriver, type Compilable, type OperationNode, type RawBuilder } from 'kysely'

/** Builds SQL and runs none: queries run on the transaction's own connection. */
export const build = new Kysely<any>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
})

export interface Compiled {
  sql: string
  parameters: unknown[]
}
/** What was compiled before is asked as it is. */
export type Query<T> = RawBuilder<T> | Compilable<T> | Compiled

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
const OTHER = Symbol('left to the general compiler')

function write(node: any, parameters: unknown[]): string {
  switch ((node as OperationNode).kind as string) {
    case 'RawNode': {
      const { sqlFragments, parameters: inner } = node as { sqlFragments: string[]; parameters: unknown[] }
      let text = ''
      for (let i = 0; i < sqlFragments.length; i++) {
        text += sqlFragments[i]!
        if (i < inner.length) text += write(inner[i], parameters)
      }
      return text
    }
    case 'ValueNode':
      if (node.immediate) throw OTHER
      return `$${parameters.push(node.value)}`
    case 'IdentifierNode':
      return quoted(node.name as string)
    case 'ColumnNode':
      return write(node.column, parameters)
    case 'ReferenceNode':
      return node.table ? `${write(node.table, parameters)}.${write(node.column, parameters)}` : write(node.column, parameters)
    case 'TableNode':
      return write(node.table, parameters)
    case 'SchemableIdentifierNode':
      return node.schema ? `${write(node.schema, parameters)}.${write(node.identifier, parameters)}` : write(node.identifier, parameters)
    default:
      throw OTHER
  }
}

export function compile(query: Query<any>): Compiled {
  if ('parameters' in query) return query
  if (!('isRawBuilder' in query)) return (query as Compilable).compile() as unknown as Compiled
  const parameters: unknown[] = []
  try {
    return { sql: write(query.toOperationNode(), parameters), parameters }
  } catch (error) {
    if (error !== OTHER) throw error
    return query.compile(build) as unknown as Compiled
  }
}
