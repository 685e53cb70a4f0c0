/**
 * The hats a person may wear: each post with what was granted to it at its own place, each grant at another place, each
 * post as somebody's deputy. One scope and one set of permissions a hat; which one is worn is chosen, never added up.
 * A right whose seal is broken is no hat, and raises an alarm.
 */
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { question, type Actor, type Transaction } from '../../db/database.ts'
import { permissionsOf, roleLabel } from '../roles.rules.ts'
import { isSealed, sealedText, type Sealed } from './seal.ts'

export interface Hat {
  postId: number
  /** The hat is a grant to the post at another place. */
  entitlementId: number | null
  role: string
  roleLabel: string
  organizationId: number
  organizationName: string
  orgPath: string
  kind: string
  permissions: readonly string[]
  /** For whom one stands in. */
  deputyFor: string | null
}

interface Sealable { id: number; text: string; mac: string | null; key: number | null }
interface GrantRow extends Sealable { role: string | null; permissions: string[]; organizationId: number; organizationName: string; orgPath: string; kind: string }
interface PostRow extends Sealable {
  personId: number; role: string; organizationId: number; organizationName: string; orgPath: string; kind: string
  deputyFor: string | null; principal: (Sealable & { valid: boolean }) | null; grants: GrantRow[] | null
}

const today = (a: string) => sql.raw(`${a}.valid_from <= app.today() AND (${a}.valid_to IS NULL OR ${a}.valid_to >= app.today())`)

/** One line of SQL for everything that a session needs to know about a person's rights. */
const rightsOf = question<PostRow, [number]>('rights.of', (personId) => sql`
  SELECT p.id, p.person_id AS "personId", p.role, p.mac, p.key_version AS key, ${sealedText('post', 'p')} AS text,
    o.id AS "organizationId", o.name AS "organizationName", o.org_path AS "orgPath", o.kind, n.name AS "deputyFor",
    CASE WHEN d.id IS NOT NULL THEN jsonb_build_object('id', d.id, 'mac', d.mac, 'key', d.key_version, 'text', ${sealedText('post', 'd')}, 'valid', ${today('d')}) END AS principal,
    (SELECT jsonb_agg(jsonb_build_object('id', e.id, 'mac', e.mac, 'key', e.key_version, 'text', ${sealedText('entitlement', 'e')}, 'role', e.role, 'permissions', e.permissions,
       'organizationId', g.id, 'organizationName', g.name, 'orgPath', g.org_path, 'kind', g.kind) ORDER BY e.id)
     FROM auth.entitlement e JOIN org.organization g ON g.id = e.organization_id WHERE e.post_id = p.id AND ${today('e')}) AS grants
  FROM auth.post p JOIN org.organization o ON o.id = p.organization_id LEFT JOIN auth.post d ON d.id = p.deputy_of LEFT JOIN auth.person n ON n.id = d.person_id
  WHERE p.person_id = ${personId} AND ${today('p')}
  ORDER BY (p.deputy_of IS NOT NULL), p.valid_from DESC, p.id`)

export async function hatsOf(trx: Transaction, personId: number): Promise<Hat[]> {
  const rows = await trx.ask(rightsOf, personId)
  const broken: [Sealed, Sealable][] = []
  const good = (kind: Sealed, row: Sealable): boolean => {
    const whole = isSealed(row.text, row.mac, row.key)
    if (!whole) broken.push([kind, row])
    return whole
  }
  const hats = rows.flatMap((p): Hat[] => {
    if (!good('post', p) || (p.principal && !(good('post', p.principal) && p.principal.valid))) return []
    const place = { organizationId: p.organizationId, organizationName: p.organizationName, orgPath: p.orgPath, kind: p.kind }
    const granted = (p.grants ?? []).filter((g) => good('entitlement', g))
    const given = (g: GrantRow) => (g.role ? permissionsOf(g.role) : g.permissions)
    const here = granted.filter((g) => g.organizationId === p.organizationId)
    return [
      { postId: p.id, entitlementId: null, role: p.role, roleLabel: roleLabel(p.role), ...place, deputyFor: p.deputyFor, permissions: [...new Set([...permissionsOf(p.role), ...here.flatMap(given)])] },
      ...granted.filter((g) => g.organizationId !== p.organizationId).map((g) => ({
        postId: p.id, entitlementId: g.id, role: g.role ?? p.role, roleLabel: `${g.role ? roleLabel(g.role) : roleLabel(p.role)}（另授）`,
        organizationId: g.organizationId, organizationName: g.organizationName, orgPath: g.orgPath, kind: g.kind, deputyFor: null, permissions: given(g),
      })),
    ]
  })
  for (const [kind, row] of broken) await raiseAlarm(trx, kind, row, personId)
  return hats
}

/** Once for each state of the row: whoever watches reads it, and the log has it at once. */
async function raiseAlarm(trx: Transaction, kind: Sealed, row: Sealable, personId: number): Promise<void> {
  const digest = createHash('sha256').update(`${row.text}|${row.mac}|${row.key}`).digest('hex')
  const fresh = await trx.run(sql`
    INSERT INTO auth.alarm (subject, record_id, person_id, detail, digest) VALUES (${`auth.${kind}`}, ${row.id}, ${personId}, ${JSON.stringify({ row: row.text, sealed: row.mac !== null })}, ${digest}) ON CONFLICT DO NOTHING`)
  if (fresh) process.stderr.write(`${JSON.stringify({ level: 'error', time: new Date().toISOString(), alarm: 'right without its seal', table: `auth.${kind}`, id: row.id, personId })}\n`)
}

export const actorWith = (person: { id: number; name: string }, hat: Hat): Actor => ({
  personId: person.id, name: hat.deputyFor ? `${person.name}（代${hat.deputyFor}）` : person.name, postId: hat.postId, entitlementId: hat.entitlementId, role: hat.role, deputyFor: hat.deputyFor,
  organizationId: hat.organizationId, organizationName: hat.organizationName, orgPath: hat.orgPath, permissions: hat.permissions,
})
