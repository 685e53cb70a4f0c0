/** A database's own objects as sentences, to compare two schemas: what stands in one and not in the other is seen by name. */
import type pg from 'pg'

const OWN = `n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'jobs') AND n.nspname NOT LIKE 'pg_temp%' AND n.nspname NOT LIKE 'pg_toast_temp%'`

export async function schemaOf(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ s: string }>(`
    SELECT format('table %s.%s %s rls=%s force=%s options=%s acl=%s', n.nspname, c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.reloptions, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(c.relacl) a)) AS s
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND ${OWN}
    UNION ALL SELECT format('column %s.%s.%s %s notnull=%s default=%s generated=%s identity=%s', n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attgenerated, a.attidentity)
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v') AND ${OWN}
    UNION ALL SELECT format('constraint %s %s %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid)) FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace WHERE ${OWN}
    UNION ALL SELECT format('index %s', pg_get_indexdef(x.indexrelid)) FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OWN}
    UNION ALL SELECT format('function %s.%s(%s) %s acl=%s', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid), md5(p.prosrc || coalesce(p.proconfig::text, '') || p.prosecdef::text || p.provolatile::text), (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(p.proacl) a)) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${OWN}
    UNION ALL SELECT format('trigger %s', pg_get_triggerdef(t.oid)) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal AND ${OWN}
    UNION ALL SELECT format('policy %s.%s.%s %s %s %s %s', schemaname, tablename, policyname, cmd, roles, qual, with_check) FROM pg_policies WHERE schemaname <> 'jobs'
    ORDER BY 1`)
  return rows.map((r) => r.s)
}
