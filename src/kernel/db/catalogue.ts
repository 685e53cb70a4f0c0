/**
 * What the database's own catalogue says against the laws of authority (architecture.md, security M5, C21–C25):
 * one sentence per table, policy, role, view or function that breaks one. Nobody lists tables: a table that does not
 * exist yet is already under these laws.
 */
import type pg from 'pg'

/** pg-boss keeps its own schema, which only the system reaches; public holds the migrations' ledger. */
const FOREIGN = `('pg_catalog', 'information_schema', 'pg_toast', 'jobs', 'public')`
const DEFINERS = ['org.carry_path', 'org.organizations_named', 'org.pick', 'org.pick_exactly', 'org.name_above', 'auth.logins', 'auth.drop_unused', 'auth.open_account', 'auth.change_account', 'auth.drop_second_factor', 'auth.link_identity', 'auth.erase_person', 'auth.colleagues', 'auth.hand_over', 'auth.wholly_within']
/** gongxie_city is the app of whoever stands at the root: it inherits the app's rights and adds one way of reading. */
const ROLES = ['gongxie_app', 'gongxie_city', 'gongxie_system']
/** Reference tables of a few hundred rows, whose keys nobody deletes: an index would never be used. */
const SMALL = new Set(['org.region_succession', 'reports.lock', 'reports.publication', 'energy.target', 'org.placement.region_id'])

type Rows = Record<string, any>[]

const LAWS: { law: string; query: string; broken: (rows: Rows) => string[] }[] = [
  {
    law: 'row security is enabled and forced on every table',
    query: `SELECT n.nspname || '.' || c.relname AS t, c.relrowsecurity AS on, c.relforcerowsecurity AS forced FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ${FOREIGN} AND n.nspname NOT LIKE 'pg_%'`,
    broken: (rows) => rows.filter((r) => !r.on || !r.forced).map((r) => `${r.t}: row security is ${r.on ? 'not forced' : 'off'}`),
  },
  {
    law: 'one policy per command for the app, or none and no grant',
    query: `SELECT n.nspname || '.' || c.relname AS t,
        ARRAY(SELECT p.cmd FROM pg_policies p WHERE p.schemaname = n.nspname AND p.tablename = c.relname AND 'gongxie_app' = ANY (p.roles)) AS app,
        ARRAY(SELECT p.cmd FROM pg_policies p WHERE p.schemaname = n.nspname AND p.tablename = c.relname AND 'gongxie_system' = ANY (p.roles)) AS system,
        ARRAY(SELECT v FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) v WHERE has_table_privilege('gongxie_app', c.oid, v)) AS granted
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ${FOREIGN} AND n.nspname NOT LIKE 'pg_%'`,
    broken: (rows) => rows.flatMap((r) => {
      const commands = ['SELECT', 'INSERT', 'UPDATE', 'DELETE']
      const sealed = r.app.length === 0
      return [
        ...(r.system.length ? [] : [`${r.t}: not even the system has a policy`]),
        ...(sealed ? r.granted.map((g: string) => `${r.t}: sealed, yet ${g} is granted to the app`) : commands.filter((c) => !r.app.includes(c) && !r.app.includes('ALL')).map((c) => `${r.t}: no policy of the app for ${c}`)),
        ...r.granted.filter((g: string) => !commands.includes(g)).map((g: string) => `${r.t}: ${g} is granted to the app`),
      ]
    }),
  },
  {
    law: 'what the app writes is bound to something, and nothing is for everybody',
    query: `SELECT schemaname || '.' || tablename AS t, policyname AS p, cmd, roles::text[] AS roles, coalesce(qual, '') AS qual, coalesce(with_check, '') AS check FROM pg_policies WHERE schemaname NOT IN ${FOREIGN}`,
    broken: (rows) => rows.flatMap((r) => [
      ...(r.roles.includes('public') ? [`${r.t}.${r.p}: is for everybody`] : []),
      ...(r.roles.some((role: string) => role === 'gongxie_app' || role === 'gongxie_city') && (r.qual === 'true' || r.check === 'true') ? [`${r.t}.${r.p}: lets the app ${r.cmd} every row`] : []),
      ...(r.roles.includes('gongxie_city') && (r.cmd !== 'SELECT' || !r.qual.includes('sees_all')) ? [`${r.t}.${r.p}: gives the city more than the reading of everything`] : []),
    ]),
  },
  {
    law: 'the app roles own nothing and have no powers',
    query: `SELECT r.rolname AS name, r.rolsuper OR r.rolbypassrls OR r.rolcreatedb OR r.rolcreaterole OR r.rolcanlogin OR r.rolreplication AS powerful,
        ARRAY(SELECT c.oid::regclass::text FROM pg_class c WHERE c.relowner = r.oid) AS owned,
        ARRAY(SELECT n.nspname::text FROM pg_namespace n WHERE n.nspowner = r.oid OR has_schema_privilege(r.oid, n.oid, 'CREATE') AND n.nspname NOT LIKE 'pg_%') AS creates,
        ARRAY(SELECT m.rolname::text FROM pg_auth_members a JOIN pg_roles m ON m.oid = a.roleid WHERE a.member = r.oid) AS member
      FROM pg_roles r WHERE r.rolname IN ('${ROLES.join("', '")}')`,
    broken: (rows) => [
      ...ROLES.filter((role) => !rows.some((r) => r.name === role)).map((role) => `${role}: does not exist`),
      ...rows.flatMap((r) => [
        ...(r.powerful ? [`${r.name}: has powers`] : []), ...r.owned.map((t: string) => `${r.name}: owns ${t}`),
        ...r.creates.map((s: string) => `${r.name}: may create in ${s}`), ...r.member.filter((m: string) => !(r.name === 'gongxie_city' && m === 'gongxie_app')).map((m: string) => `${r.name}: is a member of ${m}`),
      ]),
    ],
  },
  {
    law: 'views ask with the rights of who asks; nothing is materialised past row security',
    query: `SELECT n.nspname || '.' || c.relname AS t, c.relkind AS kind, coalesce(c.reloptions::text, '') AS options FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('v', 'm') AND n.nspname NOT IN ${FOREIGN} AND n.nspname NOT LIKE 'pg_%'`,
    broken: (rows) => rows.filter((r) => r.kind === 'm' || !/security_invoker=(true|on|1)/.test(r.options)).map((r) => `${r.t}: ${r.kind === 'm' ? 'is materialised' : 'is a view without security_invoker'}`),
  },
  {
    law: 'functions that act as another are few, and find their tables by a fixed path',
    query: `SELECT n.nspname || '.' || p.proname AS f, coalesce(p.proconfig::text, '') AS config, r.rolsuper AS super FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_roles r ON r.oid = p.proowner
      WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'jobs')`,
    broken: (rows) => rows.flatMap((r) => [
      ...(DEFINERS.includes(r.f) ? [] : [`${r.f}: acts as another and is on no list`]),
      ...(/search_path=pg_catalog/.test(r.config) ? [] : [`${r.f}: acts as another along the caller's search_path`]),
      ...(r.super ? [`${r.f}: acts as a superuser`] : []),
    ]),
  },
  {
    law: 'a foreign key has an index',
    query: `SELECT k.conrelid::regclass::text AS t, k.conname AS name, ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)) AS columns,
        EXISTS (SELECT FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indpred IS NULL AND (i.indkey::smallint[])[0] = k.conkey[1]) AS indexed
      FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace WHERE k.contype = 'f' AND n.nspname NOT IN ${FOREIGN}`,
    broken: (rows) => rows.filter((r) => !r.indexed && !SMALL.has(r.t) && !SMALL.has(`${r.t}.${r.columns[0]}`)).map((r) => `${r.t}: ${r.name} has no index`),
  },
]

/** Empty is what a healthy database answers. */
export async function brokenLaws(client: pg.ClientBase): Promise<string[]> {
  const found: string[] = []
  for (const { query, broken } of LAWS) found.push(...broken((await client.query(query)).rows))
  return found.sort()
}
