/** OpenAPI 3.1 from the same schemas that validate. */
import { z } from 'zod'
import type { Operation } from '../contract/contract.rules.ts'

const schema = (type: z.ZodType, io: 'input' | 'output') => {
  const { $schema: _, ...rest } = z.toJSONSchema(type, { io, unrepresentable: 'any', target: 'draft-2020-12' }) as Record<string, unknown>
  return rest
}

export function openApi(operations: readonly Operation[], version: string): object {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const o of operations) {
    const url = `/api${o.path.replace(/:(\w+)/g, '{$1}')}`
    const inPath = [...o.path.matchAll(/:(\w+)/g)].map((m) => m[1]!)
    const input = schema(o.input, 'input') as { properties?: Record<string, object>; required?: string[] }
    const properties = input.properties ?? {}
    const parameters = Object.keys(properties)
      .filter((name) => inPath.includes(name) || o.method === 'GET')
      .map((name) => ({
        name, in: inPath.includes(name) ? 'path' : 'query',
        required: inPath.includes(name) || (input.required ?? []).includes(name), schema: properties[name],
      }))
    const body = { ...input, properties: Object.fromEntries(Object.entries(properties).filter(([n]) => !inPath.includes(n))), required: input.required?.filter((n) => !inPath.includes(n)) }
    ;(paths[url] ??= {})[o.method.toLowerCase()] = {
      operationId: o.id, summary: o.label, tags: [o.id.split('.')[0]],
      'x-access': o.access,
      ...(o.access === 'public' ? { security: [] } : {}),
      ...(parameters.length ? { parameters } : {}),
      ...(o.method === 'POST'
        ? { requestBody: { required: true, content: o.upload ? { 'multipart/form-data': { schema: { type: 'object', properties: { input: body, file: { type: 'string', format: 'binary' } } } } } : { 'application/json': { schema: body } } } }
        : {}),
      responses: {
        200: { description: '成功', content: o.binary ? { 'application/octet-stream': {} } : { 'application/json': { schema: schema(o.output, 'output') } } },
        default: { description: '拒绝', content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } },
      },
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Gongxie 公廨', version, description: '机关事务管理平台接口。写操作均为 POST + JSON，并带 x-gongxie-token。' },
    paths,
    components: {
      securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: 'gongxie' } },
      schemas: {
        Problem: {
          type: 'object', required: ['code', 'message'],
          properties: {
            code: { type: 'string' }, message: { type: 'string' }, basis: { type: 'string' }, params: { type: 'object' },
            fields: { type: 'array', items: { type: 'object', properties: { path: { type: 'string' }, message: { type: 'string' } } } },
          },
        },
      },
    },
    security: [{ session: [] }],
  }
}
